package extract

import (
	"encoding/binary"
	"iter"
)

// rarBlock is a block of an archive: a header, and the data behind it.
type rarBlock struct {
	at, next int64 // where it begins, and the block behind it
	kind     byte
	flags    uint64
	header   *rarHeader // of RAR 5, what follows the sizes; before, all of it
	extra    uint64     // how many bytes at the end of the header are extra; RAR 5
}

// Kinds of blocks.
const (
	fiveMain, fiveFile, fiveService, fiveLock = 1, 2, 3, 4
	fourMain, fourFile, fourService           = 0x73, 0x74, 0x7A
)

const (
	maxRARHeader = 64 << 10
	usualHeader  = 512 // most are shorter
)

// fiveBlocks walks the blocks of RAR 5, https://www.rarlab.com/technote.htm,
// as far as their headers hold together.
func (v *rarVolume) fiveBlocks() iter.Seq[rarBlock] { return v.blocks(8, v.fiveBlock) }

// fourBlocks walks the blocks of the versions before.
func (v *rarVolume) fourBlocks() iter.Seq[rarBlock] { return v.blocks(7, v.fourBlock) }

func (v *rarVolume) blocks(at int64, read func(at int64) (rarBlock, bool)) iter.Seq[rarBlock] {
	return func(yield func(rarBlock) bool) {
		for {
			b, ok := read(at)
			if !ok || b.next <= at || !yield(b) {
				return
			}
			at = b.next
		}
	}
}

func (v *rarVolume) fiveBlock(at int64) (rarBlock, bool) {
	const flagExtra, flagData = 1, 2
	h := &rarHeader{b: v.bytes(at, usualHeader)}
	all := len(h.b)
	h.skip(4) // a sum
	size := h.number()
	from := at + int64(all-len(h.b))
	if h.short || size > maxRARHeader {
		return rarBlock{}, false
	}
	if int(size) > len(h.b) {
		h.b = v.bytes(from, int(size))
	}
	b := rarBlock{at: at, header: h}
	h.b = h.skip(int(size)) // and nothing behind it
	kind := h.number()
	b.kind, b.flags = byte(min(kind, 0xFF)), h.number()
	if b.flags&flagExtra != 0 {
		b.extra = h.number()
	}
	data := int64(0)
	if b.flags&flagData != 0 {
		data = int64(h.number())
	}
	b.next = from + int64(size) + data
	return b, !h.short && data >= 0
}

func (v *rarVolume) fourBlock(at int64) (rarBlock, bool) {
	const (
		flagBig  = 0x100
		flagMore = 0x8000
	)
	h := v.bytes(at, usualHeader)
	if len(h) < 7 {
		return rarBlock{}, false
	}
	size := u16(h, 5)
	if size > len(h) {
		h = v.bytes(at, size)
	}
	if size < 7 || size > len(h) {
		return rarBlock{}, false
	}
	h = h[:size]
	b := rarBlock{at: at, kind: h[2], flags: uint64(u16(h, 3)), header: &rarHeader{b: h}}
	data := int64(0)
	if b.flags&flagMore != 0 || b.kind == fourFile {
		data = int64(u32(h, 7))
	}
	if (b.kind == fourFile || b.kind == fourService) && b.flags&flagBig != 0 && size >= 40 {
		data |= int64(u32(h, 32)) << 32
	}
	b.next = at + int64(size) + data
	return b, data >= 0
}

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
