package engine

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"math"
	"slices"
)

const (
	// sortBlock is how records are held in memory: many small allocations of
	// one size, which come and go.
	sortBlock = 256 << 10
	// maxRuns is how many runs are merged at a time; as many files are open.
	maxRuns = 64
	// perRecord is what the sorter holds beside a record's bytes.
	perRecord = 32
)

// Sorter sorts any number of records in bounded memory, with temporary files
// where they do not fit. The order is that of bytes.Compare over whole records:
// put the key first, and the same records come out the same way in whatever
// order they were added.
//
// It belongs to one goroutine. The zero value sorts within 32 MiB and the
// system's folder for temporary files; that holds personal data for a while, so
// name a folder of the case.
type Sorter struct {
	Dir    string
	Memory int // bytes; 32 MiB

	blocks [][]byte // full blocks, and the one being filled last
	free   [][]byte // of sortBlock bytes
	held   []held
	size   int        // bytes in use
	levels [][]*spill // runs on disk; those of a level are merged into one of the next
	err    error      // what ended it
	buf    []byte
}

// held is a record in memory.
type held struct {
	prefix uint64 // its first eight bytes, which settle most comparisons
	record []byte
}

var errSorterDone = errors.New("sort: no more records after the end")

// Add adds a record. It keeps nothing of rec.
func (s *Sorter) Add(rec []byte) error {
	if s.err != nil {
		return s.err
	}
	if len(rec) > math.MaxInt32 {
		return s.fail(errors.New("sort: record too long"))
	}
	// The last quarter is for merging.
	if s.size > 0 && s.size+len(rec)+perRecord > s.budget()/4*3 {
		if err := s.spill(); err != nil {
			return s.fail(err)
		}
	}
	kept := s.keep(rec)
	s.held = append(s.held, held{prefix(kept), kept})
	s.size += len(rec) + perRecord
	return nil
}

func (s *Sorter) budget() int {
	if s.Memory <= 0 {
		return 32 << 20
	}
	return s.Memory
}

// keep copies a record into the blocks.
func (s *Sorter) keep(rec []byte) []byte {
	last := len(s.blocks) - 1
	if last < 0 || cap(s.blocks[last])-len(s.blocks[last]) < len(rec) {
		s.blocks = append(s.blocks, s.block(len(rec)))
		last++
	}
	b := append(s.blocks[last], rec...)
	kept := b[len(s.blocks[last]):len(b):len(b)]
	s.blocks[last] = b
	return kept
}

// block gives an empty block with room for a record.
func (s *Sorter) block(size int) []byte {
	if last := len(s.free) - 1; last >= 0 && size <= sortBlock {
		b := s.free[last]
		s.free = s.free[:last]
		return b
	}
	return make([]byte, 0, max(min(sortBlock, s.budget()), size))
}

// clear forgets the records in memory.
func (s *Sorter) clear() {
	for _, b := range s.blocks {
		if cap(b) == sortBlock {
			s.free = append(s.free, b[:0])
		}
	}
	clear(s.held)
	s.blocks, s.held, s.size = s.blocks[:0], s.held[:0], 0
}

// Sorted gives all records in order, once; each is valid until the next. An
// error ends them. Whether they are read to their end or not, the sorter is
// empty afterwards and its files are gone.
func (s *Sorter) Sorted() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		defer s.Close()
		if s.err != nil {
			yield(nil, s.err)
			return
		}
		s.order()
		if len(s.levels) == 0 {
			for _, h := range s.held {
				if !yield(h.record, nil) {
					return
				}
			}
			return
		}
		m, err := s.mergeAll()
		if err != nil {
			yield(nil, err)
			return
		}
		for {
			rec, err := m.next()
			if err == io.EOF || !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// Close removes what is on disk; the sorter takes no more records. It is needed
// only where Sorted is not called.
func (s *Sorter) Close() error {
	errs := []error{}
	for _, level := range s.levels {
		for _, run := range level {
			errs = append(errs, run.close())
		}
	}
	s.levels, s.blocks, s.free, s.held, s.size = nil, nil, nil, nil, 0
	if s.err == nil {
		s.err = errSorterDone
	}
	return errors.Join(errs...)
}

// fail ends the sorter.
func (s *Sorter) fail(err error) error {
	s.err = err
	_ = s.Close()
	return err
}

// order sorts the records in memory.
func (s *Sorter) order() { slices.SortFunc(s.held, compareHeld) }

func compareHeld(a, b held) int {
	if a.prefix != b.prefix {
		return cmp.Compare(a.prefix, b.prefix)
	}
	return bytes.Compare(a.record, b.record)
}

// prefix is the first bytes of a record as a number that orders as they do.
func prefix(rec []byte) uint64 {
	if len(rec) >= 8 {
		return binary.BigEndian.Uint64(rec)
	}
	var b [8]byte
	copy(b[:], rec)
	return binary.BigEndian.Uint64(b[:])
}
