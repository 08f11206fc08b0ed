package extract

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"

	"github.com/ulikunitz/xz/lzma"

	"github.com/klarlagt/klarlagt/breach"
)

var xzFormat = Format{
	Name:       "xz",
	Extensions: []string{"xz", "txz"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), xzMagic) },
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		return single(in, out, innerName(in.Name, ".xz", ".txz"), newXZ(in.Stream(), in.ask))
	},
}

const (
	xzMagic = "\xFD7zXZ\x00"

	// maxDictionary bounds the memory that unpacking may ask for: xz -9 needs
	// 64 MiB, other makers of archives twice that.
	maxDictionary = 128 << 20
)

var errXZ = errors.New("not as xz is written")

// xzReader unpacks xz, as https://tukaani.org/xz/xz-file-format.txt has it:
// streams of blocks, each packed by LZMA2. The module that unpacks LZMA2 reads
// xz too, but allocates whatever memory a block asks for.
type xzReader struct {
	r     *bufio.Reader
	ask   func(int64) error
	n     int64 // bytes of the block read, for its padding
	block io.Reader
	check byte // its kind, from the head of the stream
	sum   hash.Hash
	begun bool // within a stream
	whole bool // a stream was read
	err   error
}

// newXZ unpacks r, and asks for the memory that takes.
func newXZ(r io.Reader, ask func(int64) error) io.Reader {
	return &xzReader{r: bufio.NewReaderSize(r, 32<<10), ask: ask}
}

func (x *xzReader) Read(p []byte) (int, error) {
	for x.err == nil {
		if x.block == nil {
			x.err = x.next()
			continue
		}
		n, err := x.block.Read(p)
		if x.sum != nil {
			_, _ = x.sum.Write(p[:n])
		}
		switch {
		case err == io.EOF:
			x.block = nil
			x.err = x.endBlock()
		case err != nil:
			x.err = err
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, x.err
}

// next goes to the next block, through the end of one stream and the head of
// another.
func (x *xzReader) next() error {
	if !x.begun {
		return x.head()
	}
	size, err := x.r.ReadByte()
	if err != nil {
		return unexpected(err)
	}
	if size == 0 {
		return x.endStream()
	}
	return x.startBlock(size)
}

// head reads the head of a stream; four zeros each may stand before it.
func (x *xzReader) head() error {
	var h [12]byte
	for {
		n, err := io.ReadFull(x.r, h[:4])
		switch {
		case n == 0 && err == io.EOF && x.whole:
			return io.EOF
		case err != nil:
			return unexpected(err)
		}
		if !x.whole || h[0]|h[1]|h[2]|h[3] != 0 {
			break
		}
	}
	if _, err := io.ReadFull(x.r, h[4:]); err != nil {
		return unexpected(err)
	}
	if string(h[:6]) != xzMagic || h[6] != 0 || h[7] > 15 || crc32.ChecksumIEEE(h[6:8]) != binary.LittleEndian.Uint32(h[8:]) {
		return errXZ
	}
	x.check, x.begun = h[7], true
	return nil
}

// startBlock reads the head of a block, whose first byte is its size.
func (x *xzReader) startBlock(size byte) error {
	h := make([]byte, (int(size)+1)*4)
	h[0] = size
	if _, err := io.ReadFull(x.r, h[1:]); err != nil {
		return unexpected(err)
	}
	end := len(h) - 4
	if crc32.ChecksumIEEE(h[:end]) != binary.LittleEndian.Uint32(h[end:]) {
		return errXZ
	}
	rest := bytes.NewReader(h[2:end])
	for _, size := range []byte{0x40, 0x80} { // packed and unpacked: its end tells as much
		if h[1]&size != 0 {
			_, _ = binary.ReadUvarint(rest)
		}
	}
	id, _ := rest.ReadByte()
	length, _ := rest.ReadByte()
	bits, err := rest.ReadByte()
	switch {
	case err != nil || bits > 40:
		return errXZ
	case h[1]&3 != 0 || id != 0x21 || length != 1: // another filter comes first
		return gap(breach.UnknownType)
	}
	dictionary := int64(2|bits&1) << (bits/2 + 11)
	if dictionary > maxDictionary {
		return gap(breach.Memory)
	}
	if err := x.ask(dictionary); err != nil {
		return err
	}
	x.n = 0
	x.sum = xzCheck(x.check)
	x.block, err = lzma.Reader2Config{DictCap: int(dictionary)}.NewReader2(xzPacked{x})
	return err
}

// xzPacked is the packed bytes of a block.
type xzPacked struct{ x *xzReader }

func (p xzPacked) Read(b []byte) (int, error) {
	n, err := p.x.r.Read(b)
	p.x.n += int64(n)
	return n, err
}

func xzCheck(kind byte) hash.Hash {
	switch kind {
	case 1:
		return crc32.NewIEEE()
	case 4:
		return crc64.New(crc64.MakeTable(crc64.ECMA))
	}
	return nil
}

// endBlock reads the padding of a block and compares its checksum.
func (x *xzReader) endBlock() error {
	size := [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[x.check]
	end := make([]byte, int(-x.n&3)+size)
	if _, err := io.ReadFull(x.r, end); err != nil {
		return unexpected(err)
	}
	if x.sum == nil {
		return nil
	}
	stated := end[len(end)-size:]
	for i, c := range x.sum.Sum(nil) {
		if stated[size-1-i] != c {
			return errXZ
		}
	}
	return nil
}

// endStream passes over the index of a stream, whose first byte has been read,
// and its foot.
func (x *xzReader) endStream() error {
	count := &countingBytes{r: x.r, n: 1}
	records, err := binary.ReadUvarint(count)
	for i := uint64(0); i < records && err == nil; i++ {
		if _, err = binary.ReadUvarint(count); err == nil {
			_, err = binary.ReadUvarint(count)
		}
	}
	if err != nil {
		return unexpected(err)
	}
	if _, err := x.r.Discard(int(-count.n&3) + 4 + 12); err != nil {
		return unexpected(err)
	}
	x.begun, x.whole = false, true
	return nil
}

// countingBytes counts the bytes read.
type countingBytes struct {
	r io.ByteReader
	n int64
}

func (c *countingBytes) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	c.n++
	return b, err
}
