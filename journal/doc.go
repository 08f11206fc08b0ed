// Package journal is the log of who did and saw what, when: append-only, and so
// that an outsider can tell whether it was rewritten.
//
// A [Record] is one line of text. The lines are the leaves of a Merkle tree
// (RFC 6962), one tree a tenant; [Append] adds to it inside the transaction of
// the act that the record tells of, so there is no act without its record. Now
// and then the tree's root is signed: a [Checkpoint], which goes out of the
// house by mail, by syslog, to a witness who signs it too. Whoever keeps one
// can say of any later copy of the journal whether what it vouches for is still
// as it was ([Verify]), of one record that it is in there ([OpenProof]), and of
// two checkpoints that the later grew from the earlier ([CheckGrowth]).
//
// Nothing in a record is anybody's personal data. Where a record speaks of a
// value it holds a [Commitment], whose salt is kept sealed under the case's
// key: when that key is destroyed, nobody learns any more which value it was,
// and the tree stays valid.
//
// An export is the lines alone, and its leaves' hashes are SHA-256 over a zero
// byte and the line without its newline: any tool can verify it.
package journal
