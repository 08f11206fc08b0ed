package journal

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Report is what Verify found true.
type Report struct {
	Records     int64 // in all
	Root        Hash  // over all of them
	Checkpoints int   // that the records agree with
	Beyond      int64 // records after the last checkpoint, for which nobody vouches yet
}

// Wrong is what Verify finds wrong.
type Wrong string

// All that can be wrong.
const (
	NotARecord  Wrong = "is not a record of the journal"
	OutOfOrder  Wrong = "does not follow the one before"
	OfAnother   Wrong = "is of another journal"
	NotAsStored Wrong = "is not what its stored hashes were made of"
	NotAsSigned Wrong = "is not what was signed"
	Missing     Wrong = "is missing"
)

// Fault is where a journal is first wrong. What is wrong with one record is
// found at that record. Where the records fit together and another root than
// theirs was signed, it lies from Seq, the first record after the last
// checkpoint that agrees, to Last: the more often checkpoints were made, the
// closer it is told.
type Fault struct {
	Seq, Last int64
	Wrong     Wrong
}

// Error names the records.
func (f *Fault) Error() string {
	if f.Last > f.Seq {
		return fmt.Sprintf("journal: one of the records %d to %d %s", f.Seq, f.Last, f.Wrong)
	}
	return fmt.Sprintf("journal: record %d %s", f.Seq, f.Wrong)
}

// Verify computes the whole tree anew from the records of a journal and holds
// it against checkpoints, whose signatures Open has checked, in any order: two
// that contradict each other cannot both agree. Where entries come with their
// stored hashes, those are checked too. The error is a *Fault, or what entries
// gave.
func Verify(tenant string, entries iter.Seq2[Entry, error], heads ...Checkpoint) (Report, error) {
	heads = slices.Clone(heads)
	slices.SortStableFunc(heads, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	v := verifier{tenant: tenant, heads: heads}
	if err := v.meet(); err != nil {
		return Report{}, err
	}
	for e, err := range entries {
		if errors.Is(err, ErrRecord) {
			return Report{}, &Fault{v.tree.size, v.tree.size, NotARecord}
		}
		if err != nil {
			return Report{}, fmt.Errorf("journal: record %d: %w", v.tree.size, err)
		}
		if err := v.add(e); err != nil {
			return Report{}, err
		}
		if err := v.meet(); err != nil {
			return Report{}, err
		}
	}
	if len(v.heads) > 0 {
		return Report{}, &Fault{v.tree.size, v.heads[len(v.heads)-1].Size - 1, Missing}
	}
	return Report{v.tree.size, v.tree.root(), v.met, v.tree.size - v.agreed}, nil
}

type verifier struct {
	tenant string
	tree   tree
	heads  []Checkpoint // still to come
	met    int
	agreed int64 // records that the last checkpoint met vouches for
}

func (v *verifier) add(e Entry) error {
	seq := v.tree.size
	r, err := ParseLine(e.Line)
	switch {
	case err != nil:
		return &Fault{seq, seq, NotARecord}
	case r.Seq != seq:
		return &Fault{seq, seq, OutOfOrder}
	case r.Tenant != v.tenant:
		return &Fault{seq, seq, OfAnother}
	}
	hashes := v.tree.add(tlog.RecordHash(e.Line))
	if e.Hashes != nil && !slices.Equal(e.Hashes, hashes) {
		return &Fault{seq, seq, NotAsStored}
	}
	return nil
}

// meet holds the tree against the checkpoints of its size.
func (v *verifier) meet() error {
	for len(v.heads) > 0 && v.heads[0].Size <= v.tree.size {
		head := v.heads[0]
		if head.Tenant != v.tenant {
			return &Fault{0, head.Size - 1, OfAnother}
		}
		if head.Size != v.tree.size || head.Root != v.tree.root() {
			return &Fault{min(v.agreed, max(0, head.Size-1)), head.Size - 1, NotAsSigned}
		}
		v.heads, v.met, v.agreed = v.heads[1:], v.met+1, head.Size
	}
	return nil
}

// tree is a Merkle tree that grows and keeps nothing but its full subtrees, of
// which there are as many as its size has ones: 64 hashes at the most.
type tree struct {
	size int64
	full []Hash // from the largest
}

// add gives the hashes that the leaf completes, as tlog.StoredHashes does.
func (t *tree) add(leaf Hash) []Hash {
	hashes := append(make([]Hash, 0, 4), leaf)
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.full) - 1
		leaf = tlog.NodeHash(t.full[last], leaf)
		t.full, hashes = t.full[:last], append(hashes, leaf)
	}
	t.full, t.size = append(t.full, leaf), t.size+1
	return hashes
}

func (t *tree) root() Hash {
	if t.size == 0 {
		empty, _ := tlog.TreeHash(0, nil) // reads nothing, so cannot fail
		return empty
	}
	root := t.full[len(t.full)-1]
	for i := len(t.full) - 2; i >= 0; i-- {
		root = tlog.NodeHash(t.full[i], root)
	}
	return root
}
