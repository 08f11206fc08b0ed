package extract

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/klarlagt/klarlagt/breach"
)

// sevenHead reads the tables of a 7z archive far enough to know that they
// claim no more than can stand in them: the module that reads archives
// allocates what they claim. See 7zFormat.txt of the LZMA SDK.
type sevenHead struct {
	b       []byte
	err     error
	most    int           // files
	folders []sevenFolder // streams packed as one
	streams int           // files with content
	files   int
}

// sevenFolder is what is known of a stream of files packed as one.
type sevenFolder struct {
	outs       int
	encrypted  bool
	rounds     int64 // of hashing, for a password
	salt       string
	dictionary int64 // bytes that unpacking asks for, all coders together
	memory     bool  // that is too much
}

var errSeven = errors.New("a table is broken")

// Parts of the tables.
const (
	sevenEnd       = 0x00
	sevenHeader    = 0x01
	sevenStreams   = 0x04
	sevenFiles     = 0x05
	sevenPack      = 0x06
	sevenUnpack    = 0x07
	sevenSub       = 0x08
	sevenSize      = 0x09
	sevenSum       = 0x0A
	sevenFolders   = 0x0B
	sevenUnpacked  = 0x0C
	sevenNumber    = 0x0D
	sevenNoContent = 0x0E
	sevenNames     = 0x11
	sevenEncoded   = 0x17

	maxCoders          = 32
	maxSevenDictionary = 256 << 20 // what 7-Zip asks for at its best
	oftenSeven         = 64 << 20  // more than this is asked for only where there is that much to unpack
)

func (s *sevenHead) fail() { s.b, s.err = nil, errSeven }

func (s *sevenHead) byte() byte {
	if len(s.b) == 0 {
		s.fail()
		return 0
	}
	c := s.b[0]
	s.b = s.b[1:]
	return c
}

func (s *sevenHead) skip(n int) []byte {
	if n < 0 || n > len(s.b) {
		s.fail()
		return nil
	}
	part := s.b[:n]
	s.b = s.b[n:]
	return part
}

// number reads a number whose first byte tells by its high bits how many
// follow.
func (s *sevenHead) number() int64 {
	first := s.byte()
	v, mask := uint64(0), byte(0x80)
	for i := 0; i < 8; i++ {
		if first&mask == 0 {
			return int64(v | uint64(first&(mask-1))<<(8*i))
		}
		v |= uint64(s.byte()) << (8 * i)
		mask >>= 1
	}
	return int64(v)
}

// count reads how many things follow that take at least a byte each.
func (s *sevenHead) count(most int) int {
	n := s.number()
	if n < 0 || n > int64(most) {
		s.fail()
		return 0
	}
	return int(n)
}

// bits counts those that are set of n.
func (s *sevenHead) bits(n int) int {
	set := 0
	for i, c := range s.skip((n + 7) / 8) {
		for j := range min(8, n-8*i) {
			if c&(0x80>>j) != 0 {
				set++
			}
		}
	}
	return set
}

func (s *sevenHead) sums(n int) {
	if s.byte() == 0 {
		n = s.bits(n)
	}
	s.skip(4 * n)
}

// header reads the tables of an archive.
func (s *sevenHead) header() error {
	if s.byte() != sevenHeader {
		return errSeven
	}
	id := s.byte()
	if id == sevenStreams {
		s.info()
		id = s.byte()
	}
	if id == sevenFiles {
		s.filesInfo()
	} else if id != sevenEnd {
		s.fail()
	}
	return s.err
}

// info reads where the packed streams are and how they are packed.
func (s *sevenHead) info() {
	id := s.byte()
	if id == sevenPack {
		s.number()
		n := s.count(len(s.b))
		for id = s.byte(); id != sevenEnd && s.err == nil; id = s.byte() {
			switch id {
			case sevenSize:
				for range n {
					s.number()
				}
			case sevenSum:
				s.sums(n)
			default:
				s.fail()
			}
		}
		id = s.byte()
	}
	if id == sevenUnpack {
		s.unpack()
		id = s.byte()
	}
	s.streams = len(s.folders)
	if id == sevenSub {
		s.sub()
		id = s.byte()
	}
	if id != sevenEnd {
		s.fail()
	}
}

func (s *sevenHead) unpack() {
	if s.byte() != sevenFolders {
		s.fail()
	}
	n := s.count(len(s.b))
	if s.byte() != 0 { // kept elsewhere: nobody writes that
		s.fail()
	}
	for range n {
		if s.err != nil {
			return
		}
		s.folder()
	}
	if s.byte() != sevenUnpacked {
		s.fail()
	}
	for i := range s.folders {
		f := &s.folders[i]
		size := int64(0)
		for range f.outs {
			size = max(size, s.number())
		}
		f.memory = f.dictionary > maxSevenDictionary || f.dictionary > oftenSeven && f.dictionary/2 > size
	}
	id := s.byte()
	if id == sevenSum {
		s.sums(n)
		id = s.byte()
	}
	if id != sevenEnd {
		s.fail()
	}
}

// folder reads by which chain of coders a stream is packed.
func (s *sevenHead) folder() {
	var f sevenFolder
	ins := 0
	coders := s.count(maxCoders)
	if coders == 0 {
		s.fail()
	}
	for range coders {
		flags := s.byte()
		id := s.skip(int(flags & 15))
		in, out := 1, 1
		if flags&0x10 != 0 {
			in, out = s.count(maxCoders), s.count(maxCoders)
		}
		var properties []byte
		if flags&0x20 != 0 {
			properties = s.skip(s.count(len(s.b)))
		}
		ins, f.outs = ins+in, f.outs+out
		if bytes.Equal(id, []byte{0x06, 0xF1, 0x07, 0x01}) {
			f.encrypted = true
			f.rounds += sevenRounds(properties)
			f.salt += sevenSalt(properties)
		}
		f.dictionary += sevenMemory(id, properties)
	}
	binds := f.outs - 1
	if f.outs == 0 || ins < binds || ins > maxCoders || f.outs > maxCoders {
		s.fail()
	}
	for range 2 * binds {
		s.number()
	}
	if packed := ins - binds; packed > 1 {
		for range packed {
			s.number()
		}
	}
	s.folders = append(s.folders, f)
}

// sevenMemory is what a coder will ask for.
func sevenMemory(id, properties []byte) int64 {
	switch {
	case len(properties) >= 5 && (bytes.Equal(id, []byte{3, 1, 1}) || bytes.Equal(id, []byte{3, 4, 1})): // LZMA, PPMd
		return int64(binary.LittleEndian.Uint32(properties[1:]))
	case len(properties) >= 1 && bytes.Equal(id, []byte{0x21}): // LZMA2
		return int64(2|properties[0]&1) << (properties[0]&63/2 + 11)
	}
	return 0
}

// sevenRounds is what a key will cost: a power of two.
func sevenRounds(properties []byte) int64 {
	if len(properties) == 0 || properties[0]&63 == 63 { // the password is the key
		return 1
	}
	return 1 << min(properties[0]&63, 31)
}

// sevenSalt is what goes into a key beside the password.
func sevenSalt(properties []byte) string {
	if len(properties) < 2 {
		return ""
	}
	n := int(properties[0]>>7 + properties[1]>>4)
	return string(properties[:1]) + string(properties[2:min(len(properties), 2+n)])
}

// sub reads which files the streams are made of.
func (s *sevenHead) sub() {
	id := s.byte()
	if id == sevenNumber {
		s.streams = 0
		for range s.folders {
			s.streams += s.count(s.most)
			if s.streams > s.most {
				s.fail()
			}
		}
		id = s.byte()
	}
	if id == sevenSize {
		for range s.streams - len(s.folders) {
			s.number()
		}
		id = s.byte()
	}
	if s.streams > len(s.folders)+4*len(s.b)+cap(s.b) { // more than there can be sizes of
		s.fail()
	}
	if id == sevenSum {
		s.sums(s.streams)
		id = s.byte()
	}
	if id != sevenEnd {
		s.fail()
	}
}

// filesInfo reads how many files there are, and that each with content has
// some.
func (s *sevenHead) filesInfo() {
	n := s.number()
	if n > int64(s.most) {
		s.b, s.err = nil, gap(breach.EntryCount)
		return
	}
	if n < 0 || n > int64(len(s.b)) { // the shortest name takes two bytes
		s.fail()
		return
	}
	s.files = int(n)
	empty := 0
	for id := s.byte(); id != sevenEnd && s.err == nil; id = s.byte() {
		size := s.number()
		if size < 0 || size > int64(len(s.b)) {
			s.fail()
			return
		}
		part := s.skip(int(size))
		if id == sevenNoContent {
			inner := sevenHead{b: part}
			empty = inner.bits(s.files)
		}
	}
	if s.files-empty != s.streams {
		s.fail()
	}
}
