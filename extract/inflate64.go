package extract

import (
	"bufio"
	"errors"
	"io"
)

// inflate64 unpacks Deflate64, which is RFC 1951 with a window of 64 KiB and
// with more lengths and distances; Windows packs files of 2 GB and more so.
type inflate64 struct {
	r      *bufio.Reader
	bits   uint64
	n      uint
	window [1 << 16]byte
	at     int // in the window, where the next byte goes
	wrote  int64
	out    []byte // unpacked and not yet given, from pos on
	pos    int
	last   bool // the block at hand is the last
	open   bool // a block is at hand
	stored int  // bytes left of a stored block
	raw    bool
	lit    huffman
	dist   huffman
	err    error
}

var errDeflate64 = errors.New("packed data is broken")

func newInflate64(r io.Reader) *inflate64 {
	return &inflate64{r: bufio.NewReaderSize(r, 32<<10)}
}

func (z *inflate64) Read(p []byte) (int, error) {
	for z.pos == len(z.out) {
		if z.err != nil {
			return 0, z.err
		}
		z.out, z.pos = z.out[:0], 0
		z.err = z.fill()
	}
	n := copy(p, z.out[z.pos:])
	z.pos += n
	return n, nil
}

// fill unpacks until some thousand bytes wait, or the data ends.
func (z *inflate64) fill() error {
	const some = 16 << 10
	for len(z.out) < some {
		if !z.open {
			if z.last {
				return io.EOF
			}
			if err := z.block(); err != nil {
				return err
			}
		}
		var err error
		if z.raw {
			err = z.copyStored()
		} else {
			err = z.symbol()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (z *inflate64) put(c byte) {
	z.out = append(z.out, c)
	z.window[z.at] = c
	z.at = (z.at + 1) % len(z.window)
	z.wrote++
}

// need has n bits ready, at most 32.
func (z *inflate64) need(n uint) error {
	for z.n < n {
		c, err := z.r.ReadByte()
		if err != nil {
			return unexpected(err)
		}
		z.bits |= uint64(c) << z.n
		z.n += 8
	}
	return nil
}

func (z *inflate64) take(n uint) (int, error) {
	if err := z.need(n); err != nil {
		return 0, err
	}
	v := int(z.bits & (1<<n - 1))
	z.bits >>= n
	z.n -= n
	return v, nil
}

// block reads the head of a block.
func (z *inflate64) block() error {
	head, err := z.take(3)
	if err != nil {
		return err
	}
	z.last, z.open, z.raw = head&1 == 1, true, false
	switch head >> 1 {
	case 0:
		if _, err := z.take(z.n % 8); err != nil {
			return err
		}
		size, err := z.take(16)
		if err != nil {
			return err
		}
		if _, err := z.take(16); err != nil {
			return err
		}
		z.stored, z.raw = size, true
		return nil
	case 1:
		return z.fixed()
	case 2:
		return z.dynamic()
	}
	return errDeflate64
}

func (z *inflate64) copyStored() error {
	if z.stored == 0 {
		z.open = false
		return nil
	}
	c, err := z.take(8)
	if err != nil {
		return err
	}
	z.stored--
	z.put(byte(c))
	return nil
}

func (z *inflate64) fixed() error {
	var lengths [288]byte
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	if !z.lit.build(lengths[:]) {
		return errDeflate64
	}
	for i := range 32 {
		lengths[i] = 5
	}
	if !z.dist.build(lengths[:32]) {
		return errDeflate64
	}
	return nil
}

func (z *inflate64) dynamic() error {
	head, err := z.take(14)
	if err != nil {
		return err
	}
	nlit, ndist, ncode := head&31+257, head>>5&31+1, head>>10+4
	var lengths [320]byte
	for _, i := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}[:ncode] {
		n, err := z.take(3)
		if err != nil {
			return err
		}
		lengths[i] = byte(n)
	}
	var codes huffman
	if !codes.build(lengths[:19]) {
		return errDeflate64
	}
	clear(lengths[:])
	for i := 0; i < nlit+ndist; {
		s, err := z.next(&codes)
		if err != nil {
			return err
		}
		if s < 16 {
			lengths[i] = byte(s)
			i++
			continue
		}
		value, extra, least := byte(0), uint(2), 3
		switch s {
		case 16:
			if i == 0 {
				return errDeflate64
			}
			value = lengths[i-1]
		case 17:
			extra = 3
		default:
			extra, least = 7, 11
		}
		n, err := z.take(extra)
		if err != nil {
			return err
		}
		if n += least; i+n > nlit+ndist {
			return errDeflate64
		}
		for range n {
			lengths[i] = value
			i++
		}
	}
	if !z.lit.build(lengths[:nlit]) || !z.dist.build(lengths[nlit:nlit+ndist]) {
		return errDeflate64
	}
	return nil
}

// symbol unpacks a byte or a repetition.
func (z *inflate64) symbol() error {
	s, err := z.next(&z.lit)
	switch {
	case err != nil:
		return err
	case s < 256:
		z.put(byte(s))
		return nil
	case s == 256:
		z.open = false
		return nil
	case s > 285:
		return errDeflate64
	}
	length := s - 254
	switch s -= 257; {
	case s == 28: // here Deflate64 differs: 3 to 65,538
		n, err := z.take(16)
		if err != nil {
			return err
		}
		length = n + 3
	case s >= 8:
		extra := uint(s/4 - 1)
		n, err := z.take(extra)
		if err != nil {
			return err
		}
		length = (s%4+4)<<extra + 3 + n
	}
	d, err := z.next(&z.dist)
	if err != nil {
		return err
	}
	back := d + 1
	if d >= 4 {
		extra := uint(d/2 - 1)
		n, err := z.take(extra)
		if err != nil {
			return err
		}
		back = (d%2+2)<<extra + 1 + n
	}
	if int64(back) > z.wrote || back > len(z.window) {
		return errDeflate64
	}
	for range length {
		z.put(z.window[(z.at-back+len(z.window))%len(z.window)])
	}
	return nil
}

// huffman decodes the canonical codes of RFC 1951, 3.2.2, bit by bit.
type huffman struct {
	count  [16]int
	symbol [320]uint16
}

// build takes the lengths of the codes; it reports whether there can be such.
func (h *huffman) build(lengths []byte) bool {
	h.count = [16]int{}
	for _, n := range lengths {
		h.count[n]++
	}
	h.count[0] = 0
	var next [17]int
	left := 1
	for n := 1; n < 16; n++ {
		left = left<<1 - h.count[n]
		if left < 0 {
			return false
		}
		next[n+1] = next[n] + h.count[n]
	}
	for s, n := range lengths {
		if n > 0 {
			h.symbol[next[n]] = uint16(s)
			next[n]++
		}
	}
	return true
}

// next decodes a symbol.
func (z *inflate64) next(h *huffman) (int, error) {
	code, first, index := 0, 0, 0
	for n := 1; n < 16; n++ {
		bit, err := z.take(1)
		if err != nil {
			return 0, err
		}
		code |= bit
		if code-h.count[n] < first {
			return int(h.symbol[index+code-first]), nil
		}
		index += h.count[n]
		first = (first + h.count[n]) << 1
		code <<= 1
	}
	return 0, errDeflate64
}
