package register

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// An index is one file, little-endian, mapped into memory and shared by all
// who read it:
//
//	header    headerSize bytes: magic, version, secret, counts, where each
//	          section lies, a checksum of the header
//	entries   one after the other
//	offsets   where each entry begins, 8 bytes each, and where the last ends
//	lists     for a key with several owners: their number and their ids
//	buckets   64 bytes each: 8 fingerprints, 8 owners (top bit: a list)
//	given     a bitmap of the keys of given names
//	surnames  the same of surnames
const (
	indexMagic   = "KLARIDX\x00"
	indexVersion = 1
	headerSize   = 512
	bitmapSize   = 1 << 17 // bytes; 2^20 bits
	bucketSize   = 64
	bucketSlots  = 8
	listBit      = 1 << 31
)

// ErrIndex is the cause when a file is no index that this version can read:
// it is to be built anew.
var ErrIndex = errors.New("not an index of this version")

// span is where a section lies.
type span struct{ at, size int64 }

func (s span) of(b []byte) []byte { return b[s.at : s.at+s.size] }

// header is what stands first in the file.
type header struct {
	secret   Secret
	entries  uint64
	buckets  uint64 // without the spare ones at the end
	counts   [countEnd]uint64
	sections [sectionEnd]span
}

const (
	sectionEntries = iota
	sectionOffsets
	sectionLists
	sectionBuckets
	sectionGiven
	sectionSurnames
	sectionEnd
)

// The values counted for Occupancy.
const (
	countSigned = iota // national numbers with a sign: Finnish ones
	countTen           // of ten or twelve digits
	countEleven        // of eleven digits
	countPhones
	countPairs    // distinct pairs of a given name and a surname
	countGiven    // distinct given names, by the bitmap
	countSurnames // distinct surnames, by the bitmap
	countEnd
)

func (h *header) encode() []byte {
	b := make([]byte, 0, headerSize)
	b = append(b, indexMagic...)
	b = binary.LittleEndian.AppendUint64(b, indexVersion)
	b = append(b, h.secret[:]...)
	b = binary.LittleEndian.AppendUint64(b, h.entries)
	b = binary.LittleEndian.AppendUint64(b, h.buckets)
	for _, c := range h.counts {
		b = binary.LittleEndian.AppendUint64(b, c)
	}
	for _, s := range h.sections {
		b = binary.LittleEndian.AppendUint64(b, uint64(s.at))
		b = binary.LittleEndian.AppendUint64(b, uint64(s.size))
	}
	b = b[:headerSize]
	binary.LittleEndian.PutUint32(b[headerSize-4:], crc32.ChecksumIEEE(b[:headerSize-4]))
	return b
}

// decodeHeader reads and checks the header of a whole file: afterwards every
// section lies inside it.
func decodeHeader(file []byte) (*header, error) {
	if len(file) < headerSize || string(file[:8]) != indexMagic || binary.LittleEndian.Uint64(file[8:]) != indexVersion {
		return nil, ErrIndex
	}
	if crc32.ChecksumIEEE(file[:headerSize-4]) != binary.LittleEndian.Uint32(file[headerSize-4:]) {
		return nil, fmt.Errorf("%w: header checksum", ErrIndex)
	}
	h := &header{secret: Secret(file[16:48])}
	b := file[48:]
	next := func() uint64 {
		v := binary.LittleEndian.Uint64(b)
		b = b[8:]
		return v
	}
	h.entries, h.buckets = next(), next()
	for i := range h.counts {
		h.counts[i] = next()
	}
	size := uint64(len(file))
	for i := range h.sections {
		at, n := next(), next()
		if at > size || n > size-at {
			return nil, fmt.Errorf("%w: a section ends outside the file", ErrIndex)
		}
		h.sections[i] = span{int64(at), int64(n)}
	}
	return h, h.check()
}

func (h *header) check() error {
	s := &h.sections
	buckets := uint64(s[sectionBuckets].size) / bucketSize
	switch {
	case h.entries >= listBit,
		uint64(s[sectionOffsets].size) != 8*(h.entries+1),
		s[sectionLists].size%4 != 0,
		s[sectionBuckets].size%bucketSize != 0,
		h.buckets == 0 || h.buckets >= buckets,
		s[sectionGiven].size != bitmapSize,
		s[sectionSurnames].size != bitmapSize:
		return fmt.Errorf("%w: sections do not fit together", ErrIndex)
	}
	return nil
}
