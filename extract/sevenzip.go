package extract

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/bodgit/sevenzip"

	"github.com/klarlagt/klarlagt/breach"
)

var sevenFormat = Format{
	Name:       "7z",
	Extensions: []string{"7z"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), sevenMagic) },
	Read:       readSeven,
}

const (
	sevenMagic  = "7z\xBC\xAF\x27\x1C"
	sevenStart  = 32       // bytes of the start header
	maxSeven    = 64 << 20 // bytes of the tables
	sevenLevels = 4        // tables packed in tables
)

// readSeven hands over the files of a 7z archive.
func readSeven(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	f, size, err := in.Random()
	if err != nil {
		return breach.Outcome{}, err
	}
	s := &seven{in: in, f: f, size: size, folder: -1}
	tables, err := s.tables()
	if err != nil || len(tables) == 0 {
		return breach.Outcome{}, err
	}
	head := &sevenHead{b: tables, most: in.Limits.Entries}
	if err := head.header(); err != nil {
		return breach.Outcome{}, err
	}
	a, err := s.open(tables, s.password)
	if err != nil {
		return breach.Outcome{}, err
	}
	locked := false
	for _, folder := range head.folders {
		locked = locked || folder.encrypted
	}
	if locked {
		if b := s.unlock(tables, head); b != nil {
			a, locked = b, false
		}
	}
	for i, file := range a.File {
		if file.FileInfo().IsDir() {
			continue
		}
		var folder sevenFolder
		if file.Stream < len(head.folders) && file.UncompressedSize > 0 {
			folder = head.folders[file.Stream]
			if file.Stream != s.folder {
				s.folder, s.refused = file.Stream, s.afford(folder, locked)
			}
		}
		if err := s.hand(file, folder, locked, out); err != nil {
			return breach.Outcome{Missing: membersFrom(i + 1)}, err
		}
	}
	return breach.Outcome{}, nil
}

// hand hands over one file.
func (s *seven) hand(file *sevenzip.File, folder sevenFolder, locked bool, out Sink) error {
	size := int64(min(file.UncompressedSize, 1<<62))
	fail := func(r breach.Reason) error {
		return out.File(file.Name, sized{errReader{gap(r)}, size})
	}
	switch mode := file.FileInfo().Mode(); {
	case mode&fs.ModeSymlink != 0:
		return fail(breach.LinkNotFollowed)
	case mode&(fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0:
		return fail(breach.SpecialFile)
	case folder.encrypted && locked:
		return fail(breach.PasswordNeeded)
	case folder.memory:
		return fail(breach.Memory)
	case s.refused != nil && file.UncompressedSize > 0:
		return out.File(file.Name, sized{errReader{s.refused}, size})
	}
	r, err := file.Open()
	if err != nil {
		return out.File(file.Name, sized{errReader{err}, size})
	}
	defer r.Close()
	return out.File(file.Name, sized{&checked{r: s.in.Unpacked(r), size: size, want: file.CRC32, sum: sumOf(file.CRC32)}, size})
}

// seven is a 7z archive before its tables are read.
type seven struct {
	in       *Input
	f        io.ReaderAt
	size     int64
	end      int64  // of the packed streams, from the start of the file
	password string // that the tables needed

	folder  int    // at hand; -1 for none
	salt    string // of the key made last
	refused error  // why it cannot be afforded
}

// afford takes what it costs to unpack a folder.
func (s *seven) afford(f sevenFolder, locked bool) error {
	if f.memory || f.encrypted && locked {
		return nil // told of each file
	}
	if err := s.in.ask(f.dictionary); err != nil {
		return err
	}
	if !f.encrypted || f.salt == s.salt { // the key is the one before
		return nil
	}
	s.salt = f.salt
	return s.in.derive(f.rounds)
}

// tables gives the tables as they are when unpacked.
func (s *seven) tables() ([]byte, error) {
	var h [sevenStart]byte
	if _, err := s.f.ReadAt(h[:], 0); err != nil {
		return nil, unexpected(err)
	}
	le := binary.LittleEndian
	offset, n := int64(le.Uint64(h[12:])), int64(le.Uint64(h[20:]))
	switch {
	case n == 0 && offset == 0:
		return nil, nil // it is empty
	case offset < 0 || n <= 0 || offset > s.size-sevenStart || n > s.size-sevenStart-offset:
		if s.in.HasExtension("001") {
			return nil, gap(breach.MissingVolume)
		}
		return nil, io.ErrUnexpectedEOF
	case n > maxSeven:
		return nil, gap(breach.Memory)
	}
	s.end = sevenStart + offset
	tables := make([]byte, n)
	if _, err := s.f.ReadAt(tables, s.end); err != nil && err != io.EOF {
		return nil, err
	}
	if crc32.ChecksumIEEE(tables) != le.Uint32(h[28:]) {
		return nil, errSeven
	}
	for range sevenLevels {
		if tables[0] != sevenEncoded {
			return tables, nil
		}
		var err error
		if tables, err = s.decode(tables); err != nil {
			return nil, err
		}
	}
	return nil, gap(breach.Nesting)
}

// decode unpacks tables that are packed: as the one file of an archive made of
// the same bytes.
func (s *seven) decode(tables []byte) ([]byte, error) {
	head := &sevenHead{b: tables[1:], most: 1}
	head.info()
	switch {
	case head.err != nil:
		return nil, head.err
	case len(head.folders) != 1 || len(head.b) > 0:
		return nil, errSeven
	case head.folders[0].memory:
		return nil, gap(breach.Memory)
	}
	archive := append([]byte{sevenHeader, sevenStreams}, tables[1:]...)
	archive = append(archive, sevenFiles, 1, sevenNames, 5, 0, 'x', 0, 0, 0, sevenEnd, sevenEnd)
	if err := s.in.ask(head.folders[0].dictionary); err != nil {
		return nil, err
	}
	if !head.folders[0].encrypted {
		return s.only(archive, "")
	}
	var inner []byte
	password, ok := s.in.password(head.folders[0].rounds, func(p string) bool {
		var err error
		inner, err = s.only(archive, p)
		return err == nil
	})
	if !ok {
		return nil, gap(breach.PasswordNeeded)
	}
	s.password = password
	return inner, nil
}

// only reads the one file of an archive, and takes it for tables.
func (s *seven) only(tables []byte, password string) ([]byte, error) {
	a, err := s.open(tables, password)
	if err != nil {
		return nil, err
	}
	if len(a.File) != 1 {
		return nil, errSeven
	}
	r, err := a.File[0].Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	inner, err := readUpTo(nil, s.in.Unpacked(r), maxSeven)
	switch {
	case err == nil:
		return nil, gap(breach.Memory)
	case err != io.EOF:
		return nil, err
	case len(inner) == 0 || inner[0] != sevenHeader && inner[0] != sevenEncoded:
		return nil, errSeven
	case a.File[0].CRC32 != 0 && crc32.ChecksumIEEE(inner) != a.File[0].CRC32:
		return nil, errSeven
	}
	return inner, nil
}

// open opens the archive as if these were its tables.
func (s *seven) open(tables []byte, password string) (*sevenzip.Reader, error) {
	le := binary.LittleEndian
	start := append([]byte(sevenMagic), 0, 4, 0, 0, 0, 0)
	start = le.AppendUint64(start, uint64(s.end-sevenStart))
	start = le.AppendUint64(start, uint64(len(tables)))
	start = le.AppendUint32(start, crc32.ChecksumIEEE(tables))
	le.PutUint32(start[8:], crc32.ChecksumIEEE(start[12:]))
	p := patched{f: s.f, start: start, end: s.end, tail: tables}
	return sevenzip.NewReaderWithPassword(p, s.end+int64(len(tables)), password)
}

// patched is a file with another beginning and another end.
type patched struct {
	f     io.ReaderAt
	start []byte
	end   int64
	tail  []byte
}

func (p patched) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(p.start)) {
		n = copy(b, p.start[off:])
	}
	if at := off + int64(n); n < len(b) && at < p.end {
		m, err := p.f.ReadAt(b[n:n+int(min(int64(len(b)-n), p.end-at))], at)
		n += m
		if err != nil && err != io.EOF {
			return n, err
		}
	}
	if at := off + int64(n) - p.end; n < len(b) && at >= 0 && at < int64(len(p.tail)) {
		n += copy(b[n:], p.tail[at:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// unlock finds the password of the files by what the smallest of the first
// locked ones unpacks to; nil where none fits.
func (s *seven) unlock(tables []byte, head *sevenHead) *sevenzip.Reader {
	rounds := int64(0)
	for _, f := range head.folders {
		if f.encrypted && !f.memory {
			rounds = f.rounds
			break
		}
	}
	password, ok := s.in.password(rounds, func(p string) bool { return s.fits(tables, head, p) })
	if !ok {
		return nil
	}
	a, _ := s.open(tables, password) // anew, so that nothing is half read
	return a
}

func (s *seven) fits(tables []byte, head *sevenHead, password string) bool {
	a, err := s.open(tables, password)
	if err != nil {
		return false
	}
	var least *sevenzip.File
	for _, file := range a.File {
		if file.UncompressedSize > 0 && file.Stream < len(head.folders) && head.folders[file.Stream].encrypted && !head.folders[file.Stream].memory &&
			(least == nil || file.Stream == least.Stream && file.UncompressedSize < least.UncompressedSize) {
			least = file
		}
	}
	if least == nil || s.in.ask(head.folders[least.Stream].dictionary) != nil {
		return false
	}
	r, err := least.Open()
	if err != nil {
		return false
	}
	defer r.Close()
	const enough = 1 << 20
	sum := crc32.NewIEEE()
	n, err := io.Copy(sum, io.LimitReader(s.in.Unpacked(r), enough))
	return err == nil && (n == enough || least.CRC32 == 0 || sum.Sum32() == least.CRC32)
}
