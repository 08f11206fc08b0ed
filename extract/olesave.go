package extract

import (
	"encoding/binary"
	"io"
	"unicode/utf16"

	"github.com/klarlagt/klarlagt/breach"
)

// What is embedded in a document of a compound file is often a storage: a
// document of its own in all but its header. To be hashed, accounted for and
// read as any other file, it is written out as a compound file with large
// sectors alone.

const (
	saveShift  = 12
	saveSector = 1 << saveShift
	savePer    = saveSector / 4
	fatEnd     = 0xFFFFFFFE
	fatOwn     = 0xFFFFFFFD
	maxSaved   = 100 * savePer // sectors; many more need a table of tables
)

// saved is a storage on its way to become a compound file.
type saved struct {
	f       *oleFile
	entries []byte
	order   []int // of the entries whose streams follow
	fat     []uint32
}

// save gives the storage dir as a compound file, and its size.
func (f *oleFile) save(dir int) (io.Reader, int64, error) {
	s := &saved{f: f}
	count, data := s.measure(dir)
	if data > maxSaved {
		return nil, 0, gap(breach.Memory)
	}
	dirs := (count*128 + saveSector - 1) >> saveShift
	fats := int64(1)
	for fats*savePer < fats+dirs+data {
		fats++
	}
	for range fats {
		s.fat = append(s.fat, fatOwn)
	}
	s.run(dirs)
	s.add(dir, true)
	head := s.header(int(fats))
	for _, v := range s.fat {
		head = binary.LittleEndian.AppendUint32(head, v)
	}
	for int64(len(head)) < (fats+1)<<saveShift {
		head = append(head, 0xFF)
	}
	head = append(head, s.entries...)
	head = append(head, make([]byte, dirs<<saveShift-int64(len(s.entries)))...)
	return &savedReader{f: f, order: s.order, left: head}, int64(len(head)) + data<<saveShift, nil
}

// measure counts the entries below dir, itself included, and the sectors that
// their streams take.
func (s *saved) measure(dir int) (entries, sectors int64) {
	entries = 1
	for queue := []int{dir}; len(queue) > 0; queue = queue[1:] {
		for _, kid := range s.f.entries[queue[0]].kids {
			entries++
			if s.f.entries[kid].storage {
				queue = append(queue, kid)
			} else {
				sectors += (s.f.stream(kid).size + saveSector - 1) >> saveShift
				if sectors > maxSaved {
					return entries, sectors
				}
			}
		}
	}
	return entries, sectors
}

// run takes n sectors that follow each other and gives the first.
func (s *saved) run(n int64) uint32 {
	if n == 0 {
		return fatEnd
	}
	first := uint32(len(s.fat))
	for range n - 1 {
		s.fat = append(s.fat, uint32(len(s.fat)+1))
	}
	s.fat = append(s.fat, fatEnd)
	return first
}

// add writes the entries of dir and of all below it, storage by storage; the
// siblings in a storage form a list to the right.
func (s *saved) add(dir int, root bool) {
	s.entry(dir, root, oleNone, 0, 0)
	type open struct{ dir, at int }
	for queue := []open{{dir, 0}}; len(queue) > 0; queue = queue[1:] {
		kids := s.f.entries[queue[0].dir].kids
		for i, kid := range kids {
			at := len(s.entries) / 128
			if i == 0 {
				binary.LittleEndian.PutUint32(s.entries[queue[0].at*128+76:], uint32(at))
			}
			right := uint32(at + 1)
			if i == len(kids)-1 {
				right = oleNone
			}
			if s.f.entries[kid].storage {
				s.entry(kid, false, right, 0, 0)
				queue = append(queue, open{kid, at})
				continue
			}
			size := s.f.stream(kid).size
			start := s.run((size + saveSector - 1) >> saveShift)
			s.order = append(s.order, kid)
			s.entry(kid, false, right, start, size)
		}
	}
}

// entry writes one entry of the directory.
func (s *saved) entry(i int, root bool, right, start uint32, size int64) {
	e := s.f.entries[i]
	var b [128]byte
	name := utf16.Encode([]rune(e.name))
	name = name[:min(len(name), 31)]
	for j, c := range name {
		binary.LittleEndian.PutUint16(b[2*j:], c)
	}
	binary.LittleEndian.PutUint16(b[64:], uint16(2*len(name)+2))
	switch b[67] = 1; {
	case root:
		b[66] = 5
	case e.storage:
		b[66] = 1
	default:
		b[66] = 2
	}
	copy(b[80:], e.class[:])
	for at, v := range map[int]uint32{68: oleNone, 72: right, 76: oleNone, 116: start} {
		binary.LittleEndian.PutUint32(b[at:], v)
	}
	binary.LittleEndian.PutUint64(b[120:], uint64(size))
	s.entries = append(s.entries, b[:]...)
}

// header makes the first sector.
func (s *saved) header(fats int) []byte {
	h := make([]byte, saveSector)
	copy(h, oleMagic)
	for at, v := range map[int]uint16{24: 0x3E, 26: 4, 28: 0xFFFE, 30: saveShift, 32: oleMini} {
		binary.LittleEndian.PutUint16(h[at:], v)
	}
	// No stream is so small that it lies in the small sectors.
	for at, v := range map[int]uint32{44: uint32(fats), 48: uint32(fats), 56: 0, 60: fatEnd, 68: fatEnd} {
		binary.LittleEndian.PutUint32(h[at:], v)
	}
	for i := range 109 {
		v := uint32(oleNone)
		if i < fats {
			v = uint32(i)
		}
		binary.LittleEndian.PutUint32(h[76+4*i:], v)
	}
	return h
}

// savedReader reads what is written already, then each stream with the blank
// rest of its last sector.
type savedReader struct {
	f     *oleFile
	order []int
	left  []byte
	now   *oleStream
	at    int64
}

func (r *savedReader) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		switch {
		case r.now != nil && r.at < r.now.size:
			n, err := r.now.ReadAt(p[:min(int64(len(p)), r.now.size-r.at)], r.at)
			r.at += int64(n)
			return n, err
		case r.now != nil:
			r.left = make([]byte, -r.now.size&(saveSector-1))
			r.now = nil
		case len(r.order) > 0:
			r.now, r.at = r.f.stream(r.order[0]), 0
			r.order = r.order[1:]
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}
