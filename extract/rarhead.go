package extract

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
)

// openVolume walks the headers of a volume up to the first file that begins in
// it. The module that reads archives begins with the first volume alone, so a
// later one is given a beginning of its own.
func openVolume(f io.ReaderAt, size int64) (rarVolume, error) {
	v := rarVolume{f: f, size: size}
	var sign [8]byte
	if _, err := f.ReadAt(sign[:], 0); err != nil {
		return v, unexpected(err)
	}
	switch {
	case string(sign[6:]) == "\x01\x00":
		v.five()
	case sign[6] == 0:
		v.four()
	}
	return v, nil
}

// maxBefore is how many files may go on from the volume before: one, where
// nobody plays tricks.
const maxBefore = 1000

// five looks for the first file of RAR 5.
func (v *rarVolume) five() {
	const flagBefore = 8
	for b := range v.fiveBlocks() {
		switch b.kind {
		case fiveMain:
			if archive := b.header.number(); archive&flagVolume != 0 && archive&flagNumber != 0 {
				v.later = b.header.number() > 0
				v.shift = v.later
			}
			if !v.later {
				return
			}
		case fiveFile:
			if b.flags&flagBefore == 0 || len(v.before) >= maxBefore {
				v.begin(b.at, fiveStart())
				return
			}
			name := b.header.name()
			if b.header.short {
				return
			}
			v.before = append(v.before, decodeName(name))
		case fiveService: // of the archive itself: a comment
		default: // encryption of the headers, or the end
			v.begin(b.at, fiveStart())
			return
		}
	}
}

// Flags of an archive of RAR 5.
const flagVolume, flagNumber = 1, 2

// fiveStart is the beginning of a first volume.
func fiveStart() []byte { return fiveMainBlock([]byte{flagVolume}) }

// fiveMainBlock is the beginning of a volume: the magic and the main header,
// with what follows its own flags.
func fiveMainBlock(archive []byte) []byte {
	main := append([]byte{byte(2 + len(archive)), fiveMain, 0}, archive...) // size, kind, no flags
	start := binary.LittleEndian.AppendUint32([]byte(rarMagic+"\x01\x00"), crc32.ChecksumIEEE(main))
	return append(start, main...)
}

// renumber gives a volume of RAR 5 another number, where its headers are open.
func (v *rarVolume) renumber(n int) {
	for b := range v.fiveBlocks() {
		if b.kind != fiveMain {
			return
		}
		flags := b.header.number() | flagVolume | flagNumber
		if b.header.short {
			return
		}
		v.from = b.next
		v.start = fiveMainBlock(binary.AppendUvarint(binary.AppendUvarint(nil, flags), uint64(n)))
		return
	}
}

// four looks for the first file of the versions before.
func (v *rarVolume) four() {
	const (
		flagLocked          = 0x80
		flagBefore, flagBig = 1, 0x100
	)
	for b := range v.fourBlocks() {
		switch b.kind {
		case fourMain:
			if b.flags&flagVolume == 0 || b.flags&flagLocked != 0 {
				return
			}
		case fourFile:
			if len(b.header.b) < 32 {
				return
			}
			if b.flags&flagBefore == 0 || len(v.before) >= maxBefore {
				v.begin(b.at, fourStart())
				return
			}
			v.later = true
			name := b.header.b[32:]
			if b.flags&flagBig != 0 && len(name) >= 8 {
				name = name[8:]
			}
			name, _, _ = bytes.Cut(name[:min(len(name), u16(b.header.b, 26))], []byte{0})
			v.before = append(v.before, strings.ReplaceAll(decodeName(name), `\`, "/"))
		default:
			if v.later {
				v.begin(b.at, fourStart())
				return
			}
		}
	}
}

// fourStart is the beginning of a first volume.
func fourStart() []byte {
	main := []byte{0x73, 1, 1, 13, 0, 0, 0, 0, 0, 0, 0} // kind, the first volume, size
	start := binary.LittleEndian.AppendUint16([]byte(rarMagic+"\x00"), uint16(crc32.ChecksumIEEE(main)))
	return append(start, main...)
}

// begin has a later volume begin at a block.
func (v *rarVolume) begin(at int64, start []byte) {
	if v.later {
		v.from, v.start = at, start
	}
}
