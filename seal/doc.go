// Package seal keeps personal values unreadable to whoever has the disk, the
// database or the backup, and not the key. It holds keys, what they seal, and
// the ways to hand a key on; where things are kept is the caller's.
//
//	master key      a file, a systemd credential or a passphrase
//	└─ tenant key   random, wrapped by the master key
//	   └─ case key  random, wrapped by the tenant key, or to each member
//	      ├─ Rows    values in the database, each bound to its row
//	      ├─ Writer  part files, read back at any offset
//	      └─ Blind   look-ups by exact value
//
// To destroy a case's key is to destroy the case: what was sealed under it
// stays on disks and in backups, and nobody reads it. So nothing here is sealed
// under a key that outlives its case.
//
// Everything is AES-256-GCM, HKDF and HMAC with SHA-256, and HPKE with
// ML-KEM-768 and X25519, all from the standard library; a passphrase file is an
// age file.
package seal
