package journal

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is the hash of a leaf or a node of the tree.
type Hash = tlog.Hash

// Entry is a record as it is stored.
type Entry struct {
	Record Record
	Line   []byte // what is hashed
	First  int64  // the number of the first of Hashes among all hashes of the tree
	Hashes []Hash // the leaf's, and those of the subtrees that it completes; two on average
}

// Tx is one tenant's journal inside a transaction of the store. Two
// transactions at once may not write one Seq: the store serialises them, or
// lets one fail.
type Tx interface {
	// Size is the number of records.
	Size(ctx context.Context) (int64, error)
	// Hashes reads the hashes with these numbers, in this order.
	Hashes(ctx context.Context, numbers []int64) ([]Hash, error)
	// Write adds an entry: its line at Record.Seq, its hashes from First on.
	Write(ctx context.Context, e Entry) error
}

// Append writes a record as the next of the journal, and gives it back with its
// Seq. It is part of the caller's transaction: when that is rolled back, there
// was no record, and no act.
func Append(ctx context.Context, tx Tx, r Record) (Record, error) {
	size, err := tx.Size(ctx)
	if err != nil {
		return Record{}, fmt.Errorf("journal: size: %w", err)
	}
	r.Seq, r.At = size, r.At.UTC().Truncate(time.Microsecond)
	line, err := r.Line()
	if err != nil {
		return Record{}, fmt.Errorf("journal: record %d: %w", size, err)
	}
	hashes, err := tlog.StoredHashes(size, line, reader(ctx, tx))
	if err != nil {
		return Record{}, fmt.Errorf("journal: record %d: %w", size, err)
	}
	e := Entry{Record: r, Line: line, First: tlog.StoredHashIndex(0, size), Hashes: hashes}
	if err := tx.Write(ctx, e); err != nil {
		return Record{}, fmt.Errorf("journal: record %d: %w", size, err)
	}
	return r, nil
}

// Head is the tree as it stands, to be signed.
func Head(ctx context.Context, tx Tx, tenant string, at time.Time) (Checkpoint, error) {
	size, err := tx.Size(ctx)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("journal: size: %w", err)
	}
	root, err := tlog.TreeHash(size, reader(ctx, tx))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("journal: root of %d records: %w", size, err)
	}
	return Checkpoint{Tenant: tenant, Size: size, Root: root, At: at.UTC().Truncate(time.Microsecond)}, nil
}

func reader(ctx context.Context, tx Tx) tlog.HashReader {
	return tlog.HashReaderFunc(func(numbers []int64) ([]Hash, error) {
		if len(numbers) == 0 {
			return nil, nil
		}
		return tx.Hashes(ctx, numbers)
	})
}
