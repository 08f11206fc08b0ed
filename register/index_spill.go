package register

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

// posting is one key of one entry or, once joined, of a list of entries.
type posting struct {
	key uint64
	id  uint32
}

const postingSize = 12

func appendPosting(dst []byte, p posting) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint64(dst, p.key), p.id)
}

func readPosting(r io.Reader) (p posting, ok bool, err error) {
	var b [postingSize]byte
	switch _, err := io.ReadFull(r, b[:]); {
	case errors.Is(err, io.EOF):
		return p, false, nil
	case err != nil:
		return p, false, err
	}
	return posting{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint32(b[8:])}, true, nil
}

// spill gathers postings by the high bits of their keys, so that one part at a
// time can be sorted in memory. Small registers stay in memory whole.
type spill struct {
	dir   string
	parts [spillParts]spillPart
	held  int // postings in memory
}

const (
	spillParts = 64
	spillHeld  = 1 << 18 // postings held in memory before they go to files: 4 MiB
)

type spillPart struct {
	held []posting
	file *os.File
}

func (s *spill) add(p posting) error {
	part := &s.parts[p.key>>58]
	part.held = append(part.held, p)
	if s.held++; s.held < spillHeld {
		return nil
	}
	s.held = 0
	for i := range s.parts {
		if err := s.parts[i].flush(s.dir); err != nil {
			return err
		}
	}
	return nil
}

func (p *spillPart) flush(dir string) (err error) {
	if p.file == nil {
		if p.file, err = os.CreateTemp(dir, ".index-keys-*"); err != nil {
			return err
		}
	}
	buf := make([]byte, 0, len(p.held)*postingSize)
	for _, h := range p.held {
		buf = appendPosting(buf, h)
	}
	p.held = p.held[:0]
	_, err = p.file.Write(buf)
	return err
}

// sorted gives the postings of one part in order, each once, and lets go of
// what it held.
func (s *spill) sorted(part int) ([]posting, error) {
	p := &s.parts[part]
	postings := p.held
	p.held = nil
	if p.file != nil {
		if _, err := p.file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		in := bufio.NewReaderSize(p.file, 64<<10)
		for {
			q, ok, err := readPosting(in)
			if err != nil {
				return nil, err
			}
			if !ok {
				break
			}
			postings = append(postings, q)
		}
		p.drop()
	}
	slices.SortFunc(postings, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id))
	})
	return slices.Compact(postings), nil
}

func (p *spillPart) drop() {
	if p.file != nil {
		_ = p.file.Close()
		_ = os.Remove(p.file.Name())
		p.file = nil
	}
}

// close removes what is left of the scratch files.
func (s *spill) close() {
	for i := range s.parts {
		s.parts[i].drop()
	}
}
