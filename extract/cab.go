package extract

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/klarlagt/klarlagt/breach"
)

var cabFormat = Format{
	Name:       "cab",
	Extensions: []string{"cab"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), "MSCF\x00\x00\x00\x00") },
	Read:       readCab,
}

var errCab = errors.New("a table of the cabinet is broken")

// cabinet is a cabinet of Windows: [MS-CAB]. Its folders are streams in which
// the files stand one after another.
type cabinet struct {
	in      *Input
	f       io.ReaderAt
	size    int64
	extra   int64 // bytes kept free before the data of each block
	folders []cabFolder
	files   []cabFile

	folder int // that is being read; -1 for none
	stream io.Reader
	at     int64
}

type cabFolder struct {
	at     int64
	blocks int
	method uint16
}

type cabFile struct {
	name   string
	size   int64
	at     int64 // in the folder, unpacked
	folder int
}

// readCab hands over the files of a cabinet.
func readCab(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	f, size, err := in.Random()
	if err != nil {
		return breach.Outcome{}, err
	}
	c := &cabinet{in: in, f: f, size: size, folder: -1}
	if err := c.tables(); err != nil {
		return breach.Outcome{}, err
	}
	slices.SortStableFunc(c.files, func(a, b cabFile) int {
		return cmp.Or(cmp.Compare(a.folder, b.folder), cmp.Compare(a.at, b.at))
	})
	parted := false
	for i, file := range c.files {
		r, err := c.open(file)
		if err != nil {
			r = errReader{err}
		}
		parted = parted || file.folder >= fromBefore
		if err := out.File(file.name, sized{r, file.size}); err != nil {
			return breach.Outcome{Missing: membersFrom(i + 1)}, err
		}
	}
	if parted {
		return breach.Outcome{State: breach.Partly, Reason: breach.MissingVolume, Missing: "files that are parted between cabinets"}, nil
	}
	return breach.Outcome{}, nil
}

// tables reads which folders and files there are.
func (c *cabinet) tables() error {
	const (
		before, after, spare = 1, 2, 4
		wideName             = 0x80
	)
	le := binary.LittleEndian
	r := &cabReader{f: io.NewSectionReader(c.f, 0, c.size)}
	h := r.take(36)
	if r.err != nil {
		return r.err
	}
	folders, files, flags := int(le.Uint16(h[26:])), int(le.Uint16(h[28:])), le.Uint16(h[30:])
	table, perFolder := int64(le.Uint32(h[16:])), 0
	if flags&spare != 0 {
		s := r.take(4)
		perFolder, c.extra = int(s[2]), int64(s[3])
		r.take(int(le.Uint16(s)))
	}
	for _, flag := range []uint16{before, before, after, after} {
		if flags&flag != 0 {
			r.text()
		}
	}
	for range folders {
		b := r.take(8 + perFolder)
		if r.err != nil {
			return r.err
		}
		c.folders = append(c.folders, cabFolder{int64(le.Uint32(b)), int(le.Uint16(b[4:])), le.Uint16(b[6:])})
	}
	r = &cabReader{f: io.NewSectionReader(c.f, table, max(0, c.size-table))}
	for range files {
		b := r.take(16)
		name := r.text()
		if r.err != nil {
			return r.err
		}
		text := strings.ReplaceAll(decodeName(name), `\`, "/")
		if le.Uint16(b[14:])&wideName != 0 {
			text = strings.ReplaceAll(string(bytes.ToValidUTF8(name, []byte("?"))), `\`, "/")
		}
		c.files = append(c.files, cabFile{text, int64(le.Uint32(b)), int64(le.Uint32(b[4:])), int(le.Uint16(b[8:]))})
	}
	return nil
}

// Numbers of folders that are parted between cabinets.
const (
	fromBefore = 0xFFFD // to 0xFFFF, which goes on in the next too
	toNext     = 0xFFFE
)

// open goes to where a file begins.
func (c *cabinet) open(file cabFile) (io.Reader, error) {
	n := file.folder
	switch {
	case n == toNext:
		n = len(c.folders) - 1
	case n >= fromBefore:
		return nil, gap(breach.MissingVolume)
	}
	if n < 0 || n >= len(c.folders) {
		return nil, errCab
	}
	if n != c.folder || file.at < c.at {
		stream, err := c.unpack(c.folders[n])
		if err != nil {
			return nil, err
		}
		c.folder, c.stream, c.at = n, stream, 0
	}
	skipped, err := io.CopyN(io.Discard, c.in.Unpacked(c.stream), file.at-c.at)
	c.at += skipped
	if err != nil {
		return nil, c.short(file, unexpected(err))
	}
	return c.in.Unpacked(&cabBody{c: c, file: file, left: file.size}), nil
}

// short is why a folder ends before a file does.
func (c *cabinet) short(file cabFile, err error) error {
	if file.folder == toNext && errors.Is(err, io.ErrUnexpectedEOF) {
		return gap(breach.MissingVolume)
	}
	return err
}

// cabBody reads one file of the folder at hand.
type cabBody struct {
	c    *cabinet
	file cabFile
	left int64
}

func (b *cabBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err := b.c.stream.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	b.c.at += int64(n)
	if err == io.EOF && b.left > 0 {
		err = b.c.short(b.file, io.ErrUnexpectedEOF)
	}
	return n, err
}

// unpack opens a folder.
func (c *cabinet) unpack(f cabFolder) (io.Reader, error) {
	const stored, zipped = 0, 1
	switch f.method & 15 {
	case stored, zipped:
		return &cabStream{c: c, at: f.at, blocks: f.blocks, zipped: f.method&15 == zipped}, nil
	}
	return nil, gap(breach.UnknownType) // Quantum, LZX
}

// cabStream reads the blocks of a folder. A packed block may repeat what stood
// in the 32 KiB before it.
type cabStream struct {
	c      *cabinet
	at     int64
	blocks int
	zipped bool
	window []byte // the block before
	left   []byte
}

const cabBlock = 32 << 10

func (s *cabStream) Read(p []byte) (int, error) {
	for len(s.left) == 0 {
		if s.blocks == 0 {
			return 0, io.EOF
		}
		s.blocks--
		if err := s.block(); err != nil {
			s.blocks = 0
			return 0, err
		}
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

func (s *cabStream) block() error {
	var h [8]byte
	if _, err := s.c.f.ReadAt(h[:], s.at); err != nil {
		return unexpected(err)
	}
	packed, size := int64(binary.LittleEndian.Uint16(h[4:])), int(binary.LittleEndian.Uint16(h[6:]))
	raw := make([]byte, packed)
	if n, err := s.c.f.ReadAt(raw, s.at+8+s.c.extra); int64(n) < packed {
		return unexpected(err)
	}
	s.at += 8 + s.c.extra + packed
	if !s.zipped {
		s.left = raw
		return nil
	}
	if !hasAnyPrefix(raw, "CK") || size > cabBlock {
		return errCab
	}
	out := make([]byte, size)
	z := flate.NewReaderDict(bytes.NewReader(raw[2:]), s.window)
	n, err := readFull(z, out)
	s.left, s.window = out[:n], out[:n]
	if n == 0 && err != nil {
		return unexpected(err)
	}
	return nil
}

// cabReader reads tables.
type cabReader struct {
	f   *io.SectionReader
	err error
}

func (r *cabReader) take(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(r.f, b); err != nil && r.err == nil {
		r.err = unexpected(err)
	}
	return b
}

// text reads up to a zero.
func (r *cabReader) text() []byte {
	const longest = 256
	at, _ := r.f.Seek(0, io.SeekCurrent)
	b := make([]byte, longest+1)
	n, _ := r.f.ReadAt(b, at) // what there is
	end := bytes.IndexByte(b[:n], 0)
	if end < 0 {
		r.err = errCab
		return nil
	}
	_, _ = r.f.Seek(at+int64(end)+1, io.SeekStart)
	return b[:end]
}
