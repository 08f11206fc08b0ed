package engine

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// ErrDiskFull says that there is no room on the disk for what must be written.
var ErrDiskFull = errors.New("disk is full")

// spill is a run of sorted records on disk: each its length and its bytes.
type spill struct {
	file *os.File
	name string // to be removed at the end; "" if it is gone already
}

// newSpill makes an empty file. Where the system lets it, the file has no name
// any more, so that nothing is left of it whatever happens to us.
func newSpill(dir string) (*spill, error) {
	f, err := os.CreateTemp(dir, "sort-*")
	if err != nil {
		return nil, full("sort: make a temporary file", err)
	}
	s := &spill{file: f}
	if os.Remove(f.Name()) != nil {
		s.name = f.Name()
	}
	return s, nil
}

func (r *spill) close() error {
	err := r.file.Close()
	if r.name != "" {
		err = errors.Join(err, os.Remove(r.name))
	}
	return err
}

// full wraps an error of writing, and says so when the disk is full.
func full(doing string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, diskFull) {
		return fmt.Errorf("%s: %w: %w", doing, ErrDiskFull, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// spill writes the records in memory to disk.
func (s *Sorter) spill() error {
	s.order()
	i := 0
	err := s.write(0, func() ([]byte, error) {
		if i == len(s.held) {
			return nil, io.EOF
		}
		i++
		return s.held[i-1].record, nil
	})
	s.clear()
	if err != nil {
		return err
	}
	return s.compact()
}

// compact merges the runs of every level that is full.
func (s *Sorter) compact() error {
	for level := 0; level < len(s.levels); level++ {
		runs := s.levels[level]
		if len(runs) < maxRuns {
			continue
		}
		m, err := newMerge(runs, nil, s.budget())
		if err != nil {
			return err
		}
		if err := s.write(level+1, m.next); err != nil {
			return err
		}
		s.levels[level] = nil
		for _, r := range runs {
			if err := r.close(); err != nil {
				return fmt.Errorf("sort: remove a run: %w", err)
			}
		}
	}
	return nil
}

// mergeAll merges everything: the runs of all levels, of which there are few,
// and what is in memory.
func (s *Sorter) mergeAll() (*merge, error) {
	var runs []*spill
	for level := range s.levels {
		runs = append(runs, s.levels[level]...)
	}
	return newMerge(runs, s.held, s.budget())
}

// write writes records as a new run of a level.
func (s *Sorter) write(level int, next func() ([]byte, error)) error {
	run, err := newSpill(s.Dir)
	if err != nil {
		return err
	}
	for len(s.levels) <= level {
		s.levels = append(s.levels, nil)
	}
	s.levels[level] = append(s.levels[level], run)
	w := bufio.NewWriterSize(run.file, 256<<10)
	for {
		rec, err := next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		s.buf = binary.AppendUvarint(s.buf[:0], uint64(len(rec)))
		if _, err := w.Write(s.buf); err != nil {
			return full("sort: write a run", err)
		}
		if _, err := w.Write(rec); err != nil {
			return full("sort: write a run", err)
		}
	}
	if err := w.Flush(); err != nil {
		return full("sort: write a run", err)
	}
	return nil
}

// merge gives the records of several sorted sources in order.
type merge struct {
	heap []*source // smallest first
	last *source   // whose record was given last
}

// source is one run being read, or what is in memory.
type source struct {
	held
	r    *bufio.Reader
	rest []held // where r is nil
}

// newMerge begins to merge, with buffers that share a quarter of the memory.
func newMerge(runs []*spill, inMemory []held, memory int) (*merge, error) {
	m := &merge{}
	size := min(max(memory/4/max(len(runs), 1), 4<<10), 256<<10)
	for _, run := range runs {
		if _, err := run.file.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("sort: read a run: %w", err)
		}
		m.heap = append(m.heap, &source{r: bufio.NewReaderSize(run.file, size)})
	}
	m.heap = append(m.heap, &source{rest: inMemory})
	live := m.heap[:0]
	for _, s := range m.heap {
		ok, err := s.next()
		if err != nil {
			return nil, err
		}
		if ok {
			live = append(live, s)
		}
	}
	m.heap = live
	for i := len(live)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	return m, nil
}

// next gives the next record, valid until the call after; io.EOF at the end.
func (m *merge) next() ([]byte, error) {
	if m.last != nil {
		ok, err := m.last.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			last := len(m.heap) - 1
			m.heap[0], m.heap = m.heap[last], m.heap[:last]
		}
		m.down(0)
	}
	if len(m.heap) == 0 {
		m.last = nil
		return nil, io.EOF
	}
	m.last = m.heap[0]
	return m.last.record, nil
}

// down lets the source at i sink to its place.
func (m *merge) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(m.heap) {
			return
		}
		if right := child + 1; right < len(m.heap) && compareHeld(m.heap[right].held, m.heap[child].held) < 0 {
			child = right
		}
		if compareHeld(m.heap[i].held, m.heap[child].held) <= 0 {
			return
		}
		m.heap[i], m.heap[child] = m.heap[child], m.heap[i]
		i = child
	}
}

// next reads the next record of a source; false at its end.
func (s *source) next() (bool, error) {
	if s.r == nil {
		if len(s.rest) == 0 {
			return false, nil
		}
		s.held, s.rest = s.rest[0], s.rest[1:]
		return true, nil
	}
	n, err := binary.ReadUvarint(s.r)
	if err == io.EOF {
		return false, nil
	}
	if err == nil {
		s.record = append(s.record[:0], make([]byte, n)...)
		_, err = io.ReadFull(s.r, s.record)
	}
	if err != nil {
		return false, fmt.Errorf("sort: read a run: %w", err)
	}
	s.prefix = prefix(s.record)
	return true, nil
}
