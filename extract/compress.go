package extract

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

var compressFormat = Format{
	Name:       "z",
	Extensions: []string{"z", "taz"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), "\x1F\x9D") },
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		z, err := newCompress(in.Stream())
		if err != nil {
			return breach.Outcome{}, err
		}
		return single(in, out, innerName(in.Name, ".z", ".taz"), z)
	},
}

var errCompress = errors.New("not as compress writes")

// compressReader unpacks what the Unix command compress packed: LZW with codes
// that grow from 9 bits, low bits first. The standard library's LZW knows
// neither 16 bits nor the padding where codes grow.
type compressReader struct {
	r       *bufio.Reader
	most    uint // bits of the longest code
	clear   bool // code 256 starts over
	width   uint
	codes   int64 // read with this width
	bits    uint32
	have    uint
	next    int // the code given next
	last    int // the code before; -1 for none
	first   byte
	prefix  []uint16
	suffix  []byte
	pending []byte // unpacked, in reverse
	err     error
}

func newCompress(r io.Reader) (*compressReader, error) {
	z := &compressReader{r: bufio.NewReaderSize(r, 32<<10)}
	var h [3]byte
	if _, err := io.ReadFull(z.r, h[:]); err != nil {
		return nil, unexpected(err)
	}
	z.most, z.clear = uint(h[2]&31), h[2]&0x80 != 0
	if z.most < 9 || z.most > 16 {
		return nil, errCompress
	}
	z.prefix, z.suffix = make([]uint16, 1<<z.most), make([]byte, 1<<z.most)
	z.reset()
	return z, nil
}

func (z *compressReader) reset() {
	z.width, z.codes, z.last, z.next = 9, 0, -1, 256
	if z.clear {
		z.next = 257
	}
}

func (z *compressReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if i := len(z.pending); i > 0 {
			p[n] = z.pending[i-1]
			z.pending = z.pending[:i-1]
			n++
			continue
		}
		if z.err != nil {
			break
		}
		z.err = z.step()
	}
	if n == 0 {
		return 0, z.err
	}
	return n, nil
}

// code reads a code.
func (z *compressReader) code() (int, error) {
	for z.have < z.width {
		c, err := z.r.ReadByte()
		if err != nil {
			return 0, io.EOF // compress marks no end
		}
		z.bits |= uint32(c) << z.have
		z.have += 8
	}
	c := int(z.bits & (1<<z.width - 1))
	z.bits >>= z.width
	z.have -= z.width
	z.codes++
	return c, nil
}

// align passes over the rest of the group of eight codes, as compress does
// where their width changes.
func (z *compressReader) align() error {
	for z.codes%8 != 0 {
		if _, err := z.code(); err != nil {
			return err
		}
	}
	z.codes, z.bits, z.have = 0, 0, 0
	return nil
}

// step unpacks one code.
func (z *compressReader) step() error {
	if z.next >= 1<<z.width && z.width < z.most {
		if err := z.align(); err != nil {
			return err
		}
		z.width++
	}
	code, err := z.code()
	if err != nil {
		return err
	}
	if code == 256 && z.clear {
		err = z.align()
		z.reset()
		return err
	}
	if z.last < 0 {
		if code > 255 {
			return errCompress
		}
		z.last, z.first = code, byte(code)
		z.pending = append(z.pending, z.first)
		return nil
	}
	at := code
	if code >= z.next {
		if code > z.next {
			return errCompress
		}
		z.pending = append(z.pending, z.first)
		at = z.last
	}
	for at > 255 {
		z.pending = append(z.pending, z.suffix[at])
		at = int(z.prefix[at])
	}
	z.first = byte(at)
	z.pending = append(z.pending, z.first)
	if z.next < 1<<z.most {
		z.prefix[z.next], z.suffix[z.next] = uint16(z.last), z.first
		z.next++
	}
	z.last = code
	return nil
}
