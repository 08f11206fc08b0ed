package extract

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"

	"github.com/ulikunitz/xz/lzma"

	"github.com/klarlagt/klarlagt/breach"
)

// lzmaFormat is what came before xz. It has no magic: its head is told by the
// usual properties and a size that can be.
var lzmaFormat = Format{
	Name:       "lzma",
	Extensions: []string{"lzma", "tlz"},
	Sniff: func(in *Input) bool {
		h := in.Head()
		return len(h) > 13 && (h[0] == 0x5D || h[0] < 225 && in.HasExtension("lzma", "tlz")) && h[1] == 0 && h[2] == 0 && h[13] == 0 &&
			(binary.LittleEndian.Uint64(h[5:]) == 1<<64-1 || binary.LittleEndian.Uint64(h[5:]) < 1<<40)
	},
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		h := in.Head()
		if err := askLZMA(in.ask, binary.LittleEndian.Uint32(h[1:])); err != nil {
			return breach.Outcome{}, err
		}
		z, err := lzma.ReaderConfig{DictCap: maxDictionary}.NewReader(&headed{nil, bufio.NewReaderSize(in.Stream(), 32<<10)})
		if err != nil {
			return breach.Outcome{}, unexpected(err)
		}
		return single(in, out, innerName(in.Name, ".lzma", ".tlz"), &sticky{r: z})
	},
}

// askLZMA asks for a dictionary.
func askLZMA(ask func(int64) error, size uint32) error {
	if size > maxDictionary {
		return gap(breach.Memory)
	}
	return ask(int64(size))
}

// lzipFormat is LZMA with a head, and its checksum and sizes at the end.
var lzipFormat = Format{
	Name:       "lzip",
	Extensions: []string{"lz", "tlz"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), "LZIP\x01") },
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		return single(in, out, innerName(in.Name, ".lz", ".tlz"), &sticky{r: &lzipReader{r: bufio.NewReaderSize(in.Stream(), 32<<10), ask: in.ask}})
	},
}

// lzipReader unpacks the members of an lzip file one after the other.
type lzipReader struct {
	r      *bufio.Reader
	ask    func(int64) error
	member io.Reader
	some   bool
}

func (z *lzipReader) Read(p []byte) (int, error) {
	for {
		if z.member == nil {
			if err := z.next(); err != nil {
				return 0, err
			}
		}
		n, err := z.member.Read(p)
		if err == io.EOF {
			z.member = nil
			if _, err = z.r.Discard(20); err != nil {
				return n, unexpected(err)
			}
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next opens a member: six bytes that say less than the head of LZMA alone.
func (z *lzipReader) next() error {
	var h [6]byte
	n, err := io.ReadFull(z.r, h[:])
	switch {
	case n == 0 && err == io.EOF:
		return io.EOF
	case err != nil:
		return unexpected(err)
	case string(h[:5]) != "LZIP\x01":
		if z.some { // what follows is none of it
			return io.EOF
		}
		return gap(breach.Malformed)
	}
	size := uint32(1) << (h[5] & 31)
	size -= size / 16 * uint32(h[5]>>5)
	if err := askLZMA(z.ask, size); err != nil {
		return err
	}
	head := []byte{0x5D, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	binary.LittleEndian.PutUint32(head[1:], size)
	z.some = true
	z.member, err = lzma.ReaderConfig{DictCap: maxDictionary}.NewReader(&headed{head, z.r})
	if err != nil {
		return unexpected(err)
	}
	return nil
}

// headed reads a head before the rest, a byte at a time where asked so: LZMA
// must take no byte too many.
type headed struct {
	head []byte
	r    *bufio.Reader
}

func (h *headed) Read(p []byte) (int, error) {
	if len(h.head) > 0 {
		n := copy(p, h.head)
		h.head = h.head[n:]
		return n, nil
	}
	return h.r.Read(p)
}

func (h *headed) ReadByte() (byte, error) {
	if len(h.head) > 0 {
		c := h.head[0]
		h.head = h.head[1:]
		return c, nil
	}
	c, err := h.r.ReadByte()
	return c, unexpected(err) // LZMA knows its end
}

// sticky fails again as it failed once: a peek at what is unpacked takes the
// error away.
type sticky struct {
	r   io.Reader
	err error
}

func (s *sticky) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.err = err
	return n, err
}
