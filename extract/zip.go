package extract

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"

	"github.com/klarlagt/klarlagt/breach"
)

var zipFormat = Format{
	Name:       "zip",
	Extensions: []string{"zip", "jar", "kmz", "epub", "apk"},
	Sniff:      func(in *Input) bool { return isZip(in.Head()) },
	Read:       readZip,
}

func isZip(head []byte) bool {
	return hasAnyPrefix(head, "PK\x03\x04", "PK\x05\x06", "PK\x07\x08PK\x03\x04")
}

// readZip hands over every member, and the names of those it cannot open.
func readZip(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	a, err := in.Zip()
	if err != nil {
		return breach.Outcome{}, err
	}
	var missing ranges
	for i, m := range a.Members {
		if strings.HasSuffix(m.Name, "/") && m.Size <= 0 {
			continue // a folder
		}
		r, err := m.Open()
		if err != nil {
			r = errReader{err}
		}
		if m.overlaps {
			missing.add(int64(i) + 1)
		}
		if err := out.File(m.Name, sized{r, m.Size}); err != nil {
			return breach.Outcome{Missing: membersFrom(i + 1)}, err
		}
	}
	switch {
	case missing.n > 0:
		return breach.Outcome{State: breach.Partly, Reason: breach.OverlappingEntries, Missing: "members " + missing.String()}, nil
	case a.more:
		return breach.Outcome{State: breach.Partly, Reason: breach.EntryCount, Missing: membersFrom(len(a.Members) + 1)}, nil
	case a.Recovered:
		return breach.Outcome{State: breach.Partly, Reason: breach.Malformed, Missing: "table of contents; members come from their own headers"}, nil
	}
	return breach.Outcome{}, nil
}

func membersFrom(n int) string { return fmt.Sprintf("members %d on", n) }

// sized is a reader that tells how large it says it is.
type sized struct {
	io.Reader
	size int64
}

func (s sized) Size() int64 { return s.size }

// archive is a ZIP file opened for reading in any order.
type archive struct {
	Members   []*member
	Recovered bool // the table of contents was unusable
	more      bool // members beyond the limit were left out
	byName    map[string]*member
}

// member is one entry of an archive.
type member struct {
	Name string
	Size int64 // as stated; -1 if nothing is

	in       *Input
	file     io.ReaderAt
	header   int64 // offset of the local header
	packed   int64 // bytes of packed data
	crc      uint32
	noCRC    bool
	method   uint16
	flags    uint16
	aes      aesField
	overlaps bool
	lock     *odfLock // of the document that the archive is; nil where it is open
}

// Zip opens the content as a ZIP archive, once. Formats kept in ZIP files
// (docx, odt) share it for sniffing and reading.
func (in *Input) Zip() (*archive, error) {
	if in.zip == nil && in.zipErr == nil {
		in.zip, in.zipErr = openZip(in)
	}
	return in.zip, in.zipErr
}

// Find gives the member with a name, or nil. Letter case does not matter.
func (a *archive) Find(name string) *member { return a.byName[memberKey(name)] }

func memberKey(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

const (
	flagEncrypted = 1 << 0
	flagEnd       = 1 << 1 // LZMA: a mark ends the data
	flagLater     = 1 << 3 // sizes follow the data
	flagStrong    = 1 << 6 // encrypted in ways of which no more is published
	flagUTF8      = 1 << 11
	flagMasked    = 1 << 13
	methodAES     = 99 // the true method stands in a field
)

// Open reads the member, counted against the limits. It fails with a
// *breach.Gap where the member is encrypted or packed in a way we do not know.
func (m *member) Open() (io.Reader, error) {
	if m.overlaps {
		return nil, gap(breach.OverlappingEntries)
	}
	section, h, err := m.raw()
	if err != nil {
		return nil, err
	}
	if m.lock != nil {
		r, err := m.lock.unpack(m.in, section)
		if err != nil {
			return nil, err
		}
		return m.in.Unpacked(r), nil
	}
	if m.flags&(flagStrong|flagMasked) != 0 {
		return nil, gap(breach.PasswordNeeded)
	}
	var raw io.Reader = section
	if m.flags&flagEncrypted != 0 {
		sign := byte(m.crc >> 24) // what the password is checked by
		if m.flags&flagLater != 0 {
			sign = h[11]
		}
		if raw, err = m.unlock(section, sign); err != nil {
			return nil, err
		}
	}
	r, err := unpack(m.method, m.flags, m.Size, raw, m.in.ask)
	if err != nil {
		return nil, err
	}
	c := &checked{r: m.in.Unpacked(r), size: m.Size, want: m.crc}
	if !m.noCRC {
		c.sum = crc32.NewIEEE()
	}
	return c, nil
}

// raw finds the packed bytes, after the member's own header.
func (m *member) raw() (section *io.SectionReader, h [30]byte, err error) {
	if _, err := m.file.ReadAt(h[:], m.header); err != nil {
		return nil, h, fmt.Errorf("read the header of a member: %w", unexpected(err))
	}
	if string(h[:4]) != "PK\x03\x04" {
		return nil, h, errors.New("a member has no header")
	}
	start := m.header + 30 + int64(binary.LittleEndian.Uint16(h[26:])) + int64(binary.LittleEndian.Uint16(h[28:]))
	return io.NewSectionReader(m.file, start, m.packed), h, nil
}

// unpack gives the reader for a compression method of APPNOTE.TXT 4.4.5.
func unpack(method, flags uint16, size int64, raw io.Reader, ask func(int64) error) (io.Reader, error) {
	switch method {
	case 0:
		return raw, nil
	case 8:
		return flate.NewReader(raw), nil
	case 9:
		return newInflate64(raw), nil
	case 12:
		return bzip2.NewReader(raw), nil
	case 14:
		return newZipLZMA(raw, flags, size, ask)
	case 20, 93:
		return newZstd(raw, ask)
	case 95:
		return newXZ(raw, ask), nil
	}
	return nil, gap(breach.UnknownType)
}

// newZipLZMA reads LZMA as APPNOTE.TXT 5.8.8 has it, with a head of its own.
func newZipLZMA(r io.Reader, flags uint16, size int64, ask func(int64) error) (io.Reader, error) {
	var h [9]byte // version, length of the properties, properties
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, unexpected(err)
	}
	if binary.LittleEndian.Uint16(h[2:]) != 5 {
		return nil, errors.New("properties of LZMA are not as written")
	}
	if err := askLZMA(ask, binary.LittleEndian.Uint32(h[5:])); err != nil {
		return nil, err
	}
	if flags&flagEnd != 0 {
		size = -1
	}
	head := binary.LittleEndian.AppendUint64(h[4:9:9], uint64(size))
	z, err := lzma.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(head), r)))
	if err != nil {
		return nil, fmt.Errorf("open LZMA: %w", err)
	}
	return z, nil
}

// newZstd reads Zstandard without goroutines, and with a window that is no
// larger than that of the first frame or the usual one.
func newZstd(r io.Reader, ask func(int64) error) (io.Reader, error) {
	const usual = 8 << 20
	b := bufio.NewReaderSize(r, 32<<10)
	head, _ := b.Peek(zstd.HeaderMaxSize)
	var h zstd.Header
	window := int64(usual)
	if h.Decode(head) == nil {
		window = max(window, int64(min(h.WindowSize, math.MaxInt32)))
	}
	if window > maxDictionary {
		return nil, gap(breach.Memory)
	}
	if err := ask(window); err != nil {
		return nil, err
	}
	d, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(window)))
	if err != nil {
		return nil, fmt.Errorf("open zstd: %w", err)
	}
	return d, nil
}

// checked compares size and checksum at the end of a member.
type checked struct {
	r    io.Reader
	sum  hash.Hash32 // nil where the archive gives no checksum
	want uint32
	size int64
	got  int64
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.got += int64(n)
	if c.sum == nil {
		return n, err
	}
	_, _ = c.sum.Write(p[:n])
	if err == io.EOF {
		if c.size >= 0 && c.got < c.size {
			return n, io.ErrUnexpectedEOF
		}
		if c.sum.Sum32() != c.want {
			return n, errors.New("checksum of a member does not hold")
		}
	}
	return n, err
}

// unexpected is the end of a file where more should have come.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// sumOf starts a checksum where there is one to compare with.
func sumOf(want uint32) hash.Hash32 {
	if want == 0 {
		return nil
	}
	return crc32.NewIEEE()
}
