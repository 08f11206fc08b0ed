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
	switch string(sign[6:]) {
	case "\x01\x00":
		v.five()
	default:
		if sign[6] == 0 {
			v.four()
		}
	}
	return v, nil
}

const (
	maxRARHeader = 64 << 10
	maxBefore    = 1000 // files that go on from the volume before: one, where nobody plays tricks
)

// five walks headers of RAR 5: https://www.rarlab.com/technote.htm.
func (v *rarVolume) five() {
	const (
		kindMain, kindFile     = 1, 2
		flagExtra, flagData    = 1, 2
		flagBefore             = 8
		flagVolume, flagNumber = 1, 2
	)
	at := int64(8)
	for {
		h := &rarHeader{b: v.bytes(at, maxRARHeader)}
		h.skip(4)
		size := h.number()
		begin := len(h.b)
		kind, flags := h.number(), h.number()
		if flags&flagExtra != 0 {
			h.number()
		}
		data := int64(0)
		if flags&flagData != 0 {
			data = int64(h.number())
		}
		next := at + int64(4+vintSize(size)) + int64(size) + data
		if h.short || size > maxRARHeader || data < 0 || next <= at {
			return
		}
		switch kind {
		case kindMain:
			if archive := h.number(); archive&flagVolume != 0 && archive&flagNumber != 0 {
				v.later = h.number() > 0
			}
			if !v.later {
				return
			}
		case kindFile:
			if flags&flagBefore == 0 || len(v.before) >= maxBefore {
				if v.later {
					v.begin(at, fiveStart())
				}
				return
			}
			name := h.name()
			if h.short || begin-len(h.b) > int(size) {
				return
			}
			v.before = append(v.before, decodeName(name))
		case 3: // of the archive itself: a comment
		default: // encryption of the headers, or the end
			if v.later {
				v.begin(at, fiveStart())
			}
			return
		}
		at = next
	}
}

// fiveStart is the beginning of a first volume.
func fiveStart() []byte {
	main := []byte{3, 1, 0, 1} // size, kind, no flags, a volume
	start := binary.LittleEndian.AppendUint32([]byte(rarMagic+"\x01\x00"), crc32.ChecksumIEEE(main))
	return append(start, main...)
}

// four walks headers of the versions before.
func (v *rarVolume) four() {
	const (
		kindMain, kindFile  = 0x73, 0x74
		flagLocked          = 0x80
		flagVolume          = 1
		flagBefore, flagBig = 1, 0x100
		flagMore            = 0x8000
	)
	le := binary.LittleEndian
	for at := int64(7); ; {
		b := v.bytes(at, maxRARHeader)
		if len(b) < 7 {
			return
		}
		kind, flags, size := b[2], le.Uint16(b[3:]), int(le.Uint16(b[5:]))
		if size < 7 || size > len(b) {
			return
		}
		b = b[:size]
		data := int64(0)
		if (flags&flagMore != 0 || kind == kindFile) && size >= 11 {
			data = int64(le.Uint32(b[7:]))
		}
		switch kind {
		case kindMain:
			if flags&flagVolume == 0 || flags&flagLocked != 0 {
				return
			}
		case kindFile:
			if size < 32 {
				return
			}
			if flags&flagBefore == 0 || len(v.before) >= maxBefore {
				if v.later {
					v.begin(at, fourStart())
				}
				return
			}
			v.later = true
			name := b[32:]
			if flags&flagBig != 0 && len(name) >= 8 {
				data |= int64(le.Uint32(name)) << 32
				name = name[8:]
			}
			name, _, _ = bytes.Cut(name[:min(len(name), int(le.Uint16(b[26:])))], []byte{0})
			v.before = append(v.before, strings.ReplaceAll(decodeName(name), `\`, "/"))
		default:
			if v.later {
				v.begin(at, fourStart())
				return
			}
		}
		if data < 0 || at+int64(size)+data <= at {
			return
		}
		at += int64(size) + data
	}
}

// fourStart is the beginning of a first volume.
func fourStart() []byte {
	main := []byte{0x73, 1, 1, 13, 0, 0, 0, 0, 0, 0, 0} // kind, the first volume, size
	start := binary.LittleEndian.AppendUint16([]byte(rarMagic+"\x00"), uint16(crc32.ChecksumIEEE(main)))
	return append(start, main...)
}

func (v *rarVolume) begin(at int64, start []byte) { v.from, v.start = at, start }

// bytes reads up to n bytes at an offset.
func (v *rarVolume) bytes(at int64, n int) []byte {
	if at < 0 || at >= v.size {
		return nil
	}
	b := make([]byte, min(int64(n), v.size-at))
	got, _ := v.f.ReadAt(b, at) // what there is
	return b[:got]
}

// rarHeader reads a header of RAR 5.
type rarHeader struct {
	b     []byte
	short bool
}

func (h *rarHeader) skip(n int) []byte {
	if n > len(h.b) {
		h.short, h.b = true, nil
		return nil
	}
	part := h.b[:n]
	h.b = h.b[n:]
	return part
}

// name reads on to the name of a file.
func (h *rarHeader) name() []byte {
	const flagTime, flagSum = 2, 4
	what := h.number()
	h.number() // size
	h.number() // attributes
	if what&flagTime != 0 {
		h.skip(4)
	}
	if what&flagSum != 0 {
		h.skip(4)
	}
	h.number() // how it is packed
	h.number() // system
	return h.skip(int(min(h.number(), maxRARHeader)))
}

// number reads seven bits a byte, the lowest first.
func (h *rarHeader) number() uint64 {
	v, n := binary.Uvarint(h.b)
	if n <= 0 {
		h.short, h.b = true, nil
		return 0
	}
	h.b = h.b[n:]
	return v
}

func vintSize(v uint64) int { return len(binary.AppendUvarint(nil, v)) }
