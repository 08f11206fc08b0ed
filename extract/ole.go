package extract

import (
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/klarlagt/klarlagt/breach"
)

// A compound file is a small file system of streams and storages; the office
// programs of before 2007 keep their documents in one: [MS-CFB]. This reader is
// our own, for it has to bound the directory, follow chains without recursion,
// and go on where sectors are missing.

const oleMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// oleFile is a compound file.
type oleFile struct {
	r       io.ReaderAt
	shift   uint  // of the size of a sector
	cutoff  int64 // smaller streams lie in the small sectors
	fat     []uint32
	miniFAT []uint32
	small   *oleStream // holds the small sectors
	entries []oleEntry // the first is the root
	damaged bool       // sectors that say where things are could not be read
	left    int64      // bytes that may still be read
}

// oleEntry is a stream or a storage.
type oleEntry struct {
	name        string
	storage     bool
	left, right uint32
	child       uint32
	class       [16]byte
	start       uint32
	size        int64
	kids        []int // of a storage, in the order of their names
}

const (
	oleNone       = 0xFFFFFFFF
	oleMini       = 6 // shift of the size of a small sector
	maxOLEEntries = 1 << 17
	maxOLESectors = 1 << 24

	// Streams can share their sectors, so that a small file holds many large
	// ones. What is read of a file is bounded by its size.
	oleReads = 100
	oleFree  = 64 << 20
)

// OLE is the content as a compound file.
func (in *Input) OLE() (*oleFile, error) {
	if in.ole == nil && in.oleErr == nil {
		var r io.ReaderAt
		var size int64
		if r, size, in.oleErr = in.Random(); in.oleErr == nil {
			in.ole, in.oleErr = openOLE(r, size)
		}
	}
	return in.ole, in.oleErr
}

func openOLE(r io.ReaderAt, size int64) (*oleFile, error) {
	var h [512]byte
	if _, err := r.ReadAt(h[:], 0); err != nil {
		return nil, unexpected(err)
	}
	f := &oleFile{r: r, shift: uint(u16(h[:], 30)), cutoff: int64(u32(h[:], 56)), left: oleReads*size + oleFree}
	if string(h[:8]) != oleMagic || f.shift < 7 || f.shift > 16 {
		return nil, gap(breach.Malformed)
	}
	sectors := size>>f.shift + 1
	if sectors > maxOLESectors {
		return nil, gap(breach.Memory)
	}
	f.readFAT(h[:], int(sectors))
	if err := f.readDirectory(u32(h[:], 48), u16(h[:], 26)); err != nil {
		return nil, err
	}
	f.adopt()
	f.small = f.chain(f.entries[0].start, f.entries[0].size, false)
	at := f.chain(u32(h[:], 60), int64(u32(h[:], 64))<<f.shift, false)
	f.miniFAT = f.table(at, min(int(f.small.size>>oleMini)+1, maxOLESectors))
	return f, nil
}

// readFAT reads the table of sectors; it has no use for more entries than the
// file has sectors.
func (f *oleFile) readFAT(h []byte, sectors int) {
	at := &oleStream{f: f}
	per := uint32(1) << f.shift / 4
	for i := range 109 {
		f.addFATSector(at, u32(h, 76+4*i), sectors)
	}
	sector, next := make([]byte, 1<<f.shift), u32(h, 68)
	for n := u32(h, 72); n > 0 && int64(next) < int64(sectors) && len(at.runs)*int(per) < sectors; n-- {
		if _, err := f.r.ReadAt(sector, f.offset(next)); err != nil {
			f.damaged = true
			break
		}
		for i := range per - 1 {
			f.addFATSector(at, u32(sector, int(4*i)), sectors)
		}
		next = u32(sector, int(4*(per-1)))
	}
	f.fat = f.table(at, sectors)
}

func (f *oleFile) addFATSector(at *oleStream, sector uint32, sectors int) {
	if int64(sector) < int64(sectors) && at.size < int64(4*sectors) {
		at.runs = append(at.runs, oleRun{uint32(len(at.runs)), sector})
		at.size += 1 << f.shift
	}
}

// table reads numbers of sectors.
func (f *oleFile) table(s *oleStream, most int) []uint32 {
	n := min(int(s.size/4), most)
	table := make([]uint32, 0, n)
	buf := make([]byte, 4096)
	for at := int64(0); len(table) < n; at += int64(len(buf)) {
		part := buf[:min(len(buf), 4*(n-len(table)))]
		if m, err := s.ReadAt(part, at); m < len(part) && err != nil {
			f.damaged = true
			clear(part[m:])
			for i := m &^ 3; i < len(part); i += 4 {
				binary.LittleEndian.PutUint32(part[i:], oleNone)
			}
		}
		for i := 0; i+4 <= len(part); i += 4 {
			table = append(table, u32(part, i))
		}
	}
	return table
}

func (f *oleFile) readDirectory(start uint32, version int) error {
	dir := f.chain(start, int64(maxOLEEntries)*128, false)
	var b [128]byte
	for at := int64(0); at+128 <= dir.size; at += 128 {
		if _, err := dir.ReadAt(b[:], at); err != nil {
			f.damaged = true
			break
		}
		e := oleEntry{
			storage: b[66] == 1 || b[66] == 5,
			left:    u32(b[:], 68), right: u32(b[:], 72), child: u32(b[:], 76),
			start: u32(b[:], 116), size: int64(u32(b[:], 120)),
		}
		copy(e.class[:], b[80:])
		if n := u16(b[:], 64); n >= 2 && n <= 64 {
			e.name = utf16le(b[:n-2])
		}
		if version > 3 {
			e.size |= int64(u32(b[:], 124)&0x7FFFFFFF) << 32
		}
		f.entries = append(f.entries, e)
	}
	if len(f.entries) == 0 || !f.entries[0].storage {
		return gap(breach.Malformed)
	}
	return nil
}

// adopt finds what lies in each storage. Each entry lies in one storage at
// most, whatever the file says, so that nothing goes in circles.
func (f *oleFile) adopt() {
	taken := make([]bool, len(f.entries))
	taken[0] = true
	for queue := []int{0}; len(queue) > 0; queue = queue[1:] {
		dir := &f.entries[queue[0]]
		var stack []uint32
		for at := dir.child; ; {
			for int64(at) < int64(len(f.entries)) && !taken[at] {
				taken[at] = true
				stack = append(stack, at)
				at = f.entries[at].left
			}
			if len(stack) == 0 {
				break
			}
			kid := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			dir.kids = append(dir.kids, int(kid))
			if f.entries[kid].storage {
				queue = append(queue, int(kid))
			}
			at = f.entries[kid].right
		}
	}
}

// find gives the entry with a name in a storage; -1 if there is none.
func (f *oleFile) find(dir int, name string) int {
	for _, kid := range f.entries[dir].kids {
		if strings.EqualFold(f.entries[kid].name, name) {
			return kid
		}
	}
	return -1
}

// open opens a stream in a storage; nil if there is none.
func (f *oleFile) open(dir int, name string) *oleStream {
	i := f.find(dir, name)
	if i < 0 || f.entries[i].storage {
		return nil
	}
	return f.stream(i)
}

// stream opens entry i.
func (f *oleFile) stream(i int) *oleStream {
	e := f.entries[i]
	return f.chain(e.start, e.size, e.size < f.cutoff)
}

// oleStream is a stream of a compound file, for reading in any order.
type oleStream struct {
	f    *oleFile
	mini bool
	runs []oleRun
	size int64 // of what the chain of sectors holds, at most what the entry states
	lost int64 // bytes stated beyond

	unlock func(b []byte, off int64) // what was read at an offset; nil where nothing is locked
}

// oleRun is sectors that follow each other: of the stream, from first on, in
// the file from sector on.
type oleRun struct{ first, sector uint32 }

// chain follows the sectors of a stream.
func (f *oleFile) chain(start uint32, size int64, mini bool) *oleStream {
	table, shift := f.fat, f.shift
	if mini {
		table, shift = f.miniFAT, oleMini
	}
	s := &oleStream{f: f, mini: mini}
	n := int64(0)
	for at := start; f.left > 0 && n < int64(len(table)) && n<<shift < size && int64(at) < int64(len(table)); at = table[at] {
		if last := len(s.runs) - 1; last < 0 || s.runs[last].sector+uint32(n)-s.runs[last].first != at {
			s.runs = append(s.runs, oleRun{uint32(n), at})
		}
		n++
	}
	f.left -= 8 * n
	s.size = min(size, n<<shift)
	s.lost = size - s.size
	return s
}

func (f *oleFile) offset(sector uint32) int64 { return (int64(sector) + 1) << f.shift }

// ReadAt implements io.ReaderAt.
func (s *oleStream) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.read(p, off)
	if s.unlock != nil {
		s.unlock(p[:n], off)
	}
	return n, err
}

// read reads what is in the file.
func (s *oleStream) read(p []byte, off int64) (n int, err error) {
	shift := s.f.shift
	if s.mini {
		shift = oleMini
	}
	if s.f.left -= int64(len(p)); s.f.left < 0 {
		return 0, gap(breach.BombRatio)
	}
	for n < len(p) {
		if off < 0 || off >= s.size {
			return n, io.EOF
		}
		i := s.run(off >> shift)
		end := s.size
		if i+1 < len(s.runs) {
			end = min(end, int64(s.runs[i+1].first)<<shift)
		}
		part := p[n:min(int64(len(p)), int64(n)+end-off)]
		inside := off - int64(s.runs[i].first)<<shift
		var m int
		if s.mini {
			m, err = s.f.small.ReadAt(part, int64(s.runs[i].sector)<<shift+inside)
		} else {
			m, err = s.f.r.ReadAt(part, s.f.offset(s.runs[i].sector)+inside)
		}
		n, off = n+m, off+int64(m)
		if m < len(part) {
			return n, unexpected(err)
		}
	}
	return n, nil
}

// run finds the run that a sector of the stream lies in.
func (s *oleStream) run(sector int64) int {
	lo, hi := 0, len(s.runs)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; int64(s.runs[mid].first) <= sector {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// Reader reads the stream from an offset on. Where sectors are missing it
// ends with io.ErrUnexpectedEOF.
func (s *oleStream) Reader(off int64) io.Reader {
	r := io.Reader(io.NewSectionReader(s, off, max(0, s.size-off)))
	if s.lost > 0 {
		r = io.MultiReader(r, errReader{io.ErrUnexpectedEOF})
	}
	return r
}

// bytes reads a stretch of the stream, as much of it as there is, up to most.
func (s *oleStream) bytes(off, n, most int64) []byte {
	n = min(n, most, s.size-off)
	if off < 0 || n <= 0 {
		return nil
	}
	b := make([]byte, n)
	m, _ := s.ReadAt(b, off)
	return b[:m]
}

// u16 and u32 read a number, little end first; 0 beyond the end.
func u16(b []byte, i int) int {
	if i < 0 || i+2 > len(b) {
		return 0
	}
	return int(binary.LittleEndian.Uint16(b[i:]))
}

func u32(b []byte, i int) uint32 {
	if i < 0 || i+4 > len(b) {
		return 0
	}
	return binary.LittleEndian.Uint32(b[i:])
}

// utf16le decodes UTF-16, little end first, up to the first zero.
func utf16le(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+2 <= len(b); i += 2 {
		c := binary.LittleEndian.Uint16(b[i:])
		if c == 0 {
			break
		}
		units = append(units, c)
	}
	return string(utf16.Decode(units))
}
