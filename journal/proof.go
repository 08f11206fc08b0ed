package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrFork means that one checkpoint did not grow from another: the journal had
// two histories.
var ErrFork = errors.New("the journal had two histories")

// ErrProof means that a proof does not prove what it says.
var ErrProof = errors.New("the proof does not hold")

const (
	proofHead  = "klarlagt journal proof 1\n"
	growthHead = "klarlagt journal growth 1\n"
	maxProof   = maxLine + maxSigned + 8<<10
	maxHashes  = 64 // as many as a tree is high, and some
)

// Prove makes a text that shows one record to be in the journal, to whoever has
// the journal's public key and nothing else:
//
//	klarlagt journal proof 1
//	<the record's line>
//	<the hashes beside its way to the root, one a line>
//
//	<a signed checkpoint>
func Prove(ctx context.Context, tx Tx, line []byte, signed []byte, key string) ([]byte, error) {
	r, err := ParseLine(line)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	c, _, err := Open(signed, key)
	if err != nil {
		return nil, fmt.Errorf("proof of record %d: %w", r.Seq, err)
	}
	proof, err := tlog.ProveRecord(c.Size, r.Seq, reader(ctx, tx))
	if err != nil {
		return nil, fmt.Errorf("proof of record %d: %w", r.Seq, err)
	}
	text := []byte(proofHead + string(line) + "\n" + hashLines(proof) + "\n" + string(signed))
	if _, _, err := OpenProof(text, key); err != nil {
		return nil, fmt.Errorf("proof of record %d: %w", r.Seq, err)
	}
	return text, nil
}

// OpenProof checks what Prove has made, and gives the record and the checkpoint
// that vouches for it.
func OpenProof(text []byte, key string) (Record, Checkpoint, error) {
	if len(text) > maxProof {
		return Record{}, Checkpoint{}, fmt.Errorf("%d bytes: %w", len(text), ErrProof)
	}
	rest, found := strings.CutPrefix(string(text), proofHead)
	line, rest, _ := strings.Cut(rest, "\n")
	lines, signed, apart := cutBlank(rest)
	hashes, err := parseHashes(lines)
	if !found || !apart || err != nil {
		return Record{}, Checkpoint{}, fmt.Errorf("not a proof: %w", ErrProof)
	}
	r, err := ParseLine([]byte(line))
	if err != nil {
		return Record{}, Checkpoint{}, fmt.Errorf("proof: %w", err)
	}
	c, _, err := Open([]byte(signed), key)
	if err != nil {
		return Record{}, Checkpoint{}, fmt.Errorf("proof of record %d: %w", r.Seq, err)
	}
	if r.Tenant != c.Tenant || r.Seq >= c.Size ||
		tlog.CheckRecord(hashes, c.Size, c.Root, r.Seq, tlog.RecordHash([]byte(line))) != nil {
		return Record{}, Checkpoint{}, fmt.Errorf("record %d: %w", r.Seq, ErrProof)
	}
	return r, c, nil
}

// ProveGrowth makes the text that shows one checkpoint to have grown from an
// earlier one: the journal's own nodes, one hash a line under a heading.
func ProveGrowth(ctx context.Context, tx Tx, older, newer Checkpoint) ([]byte, error) {
	if older.Size < 1 || older.Size >= newer.Size {
		return []byte(growthHead), nil // nothing to prove, or nothing that can be
	}
	proof, err := tlog.ProveTree(newer.Size, older.Size, reader(ctx, tx))
	if err != nil {
		return nil, fmt.Errorf("growth from %d to %d records: %w", older.Size, newer.Size, err)
	}
	return []byte(growthHead + hashLines(proof)), nil
}

// CheckGrowth checks that the records the older checkpoint vouches for are the
// first of those the newer vouches for. An error wraps ErrFork where the two
// cannot both be true, ErrProof where the proof is not one.
func CheckGrowth(older, newer Checkpoint, proof []byte) error {
	lines, found := strings.CutPrefix(string(proof), growthHead)
	hashes, err := parseHashes(lines)
	if !found || err != nil || len(proof) > maxProof {
		return fmt.Errorf("not a proof of growth: %w", ErrProof)
	}
	switch {
	case older.Tenant != newer.Tenant:
		return fmt.Errorf("checkpoints of two journals: %w", ErrProof)
	case older.Size > newer.Size:
		return fmt.Errorf("%d records, and %d before: %w", newer.Size, older.Size, ErrFork)
	case older.Size == newer.Size:
		if older.Root != newer.Root {
			return fmt.Errorf("two roots of %d records: %w", older.Size, ErrFork)
		}
		return nil
	case older.Size == 0:
		return nil
	}
	if tlog.CheckTree(hashes, newer.Size, newer.Root, older.Size, older.Root) != nil {
		return fmt.Errorf("%d records did not grow to %d as proved: %w: %w", older.Size, newer.Size, ErrProof, ErrFork)
	}
	return nil
}

func hashLines(hashes []Hash) string {
	var b strings.Builder
	for _, h := range hashes {
		b.WriteString(h.String() + "\n")
	}
	return b.String()
}

// cutBlank parts a text at its first blank line.
func cutBlank(text string) (before, after string, found bool) {
	if after, found = strings.CutPrefix(text, "\n"); found {
		return "", after, true
	}
	before, after, found = strings.Cut(text, "\n\n")
	return before + "\n", after, found
}

func parseHashes(lines string) ([]Hash, error) {
	var hashes []Hash
	for line := range strings.Lines(lines) {
		h, err := tlog.ParseHash(strings.TrimSuffix(line, "\n"))
		if err != nil || len(hashes) == maxHashes || h.String()+"\n" != line {
			return nil, errors.New("not a list of hashes")
		}
		hashes = append(hashes, h)
	}
	return slices.Clip(hashes), nil
}
