package extract

import (
	"encoding/binary"
	"sort"
)

// docMarks tells of the ends of paragraphs whether they stand in a table: a
// mark ends both cells and rows, and only the layout of its paragraph says
// which. The layouts lie in pages of 512 bytes, found by the offset of the text.
type docMarks struct {
	main   *oleStream
	old    bool
	starts []uint32 // the offset of the text that each page begins with
	pages  []uint32
	page   [512]byte
	number int64 // of the page at hand; -1 for none
}

// docMark is what the layout of a paragraph says.
type docMark struct {
	known   bool
	inTable bool
	rowEnd  bool

	style      int
	use, level int // of a list; -1 where only the style says
}

// load finds the pages.
func (m *docMarks) load(w *docReader) {
	m.main, m.old, m.number = w.main, w.old, -1
	b, width := []byte(nil), 4
	if m.old {
		b, width = w.main.bytes(int64(u32(w.fib, 0xC0)), int64(u32(w.fib, 0xC4)), maxClx), 2
	} else {
		b = w.pair(13, maxClx)
	}
	if len(b) < 8 {
		return
	}
	n := (len(b) - 4) / (4 + width)
	for i := range n {
		m.starts = append(m.starts, u32(b, 4*i))
		if m.old {
			m.pages = append(m.pages, uint32(u16(b, 4*(n+1)+2*i)))
		} else {
			m.pages = append(m.pages, u32(b, 4*(n+1)+4*i)&0x3FFFFF)
		}
	}
}

// at gives the mark at an offset of the text.
func (m *docMarks) at(fc int64) docMark {
	i := sort.Search(len(m.starts), func(i int) bool { return int64(m.starts[i]) > fc }) - 1
	if i < 0 {
		return docMark{}
	}
	if n := int64(m.pages[i]); n != m.number {
		m.number = -1
		if k, _ := m.main.ReadAt(m.page[:], n*512); k < 512 {
			return docMark{}
		}
		m.number = n
	}
	p := m.page[:]
	runs := int(p[511])
	stride := 13
	if m.old {
		stride = 7
	}
	j := sort.Search(runs, func(j int) bool { return int64(u32(p, 4*j+4)) > fc })
	bx := 4*(runs+1) + stride*j
	if j == runs || int64(u32(p, 4*j)) > fc || bx >= 511 {
		return docMark{}
	}
	mark := docMark{known: true, use: -1, level: -1}
	at := 2 * int(p[bx])
	if at == 0 || at >= 510 {
		return mark
	}
	size := 2*int(p[at]) - 1
	switch {
	case m.old:
		size++
	case p[at] == 0:
		at++
		size = 2 * int(p[at])
	}
	at++
	mark.style = u16(p, at)
	if props := p[min(at+2, 511):min(max(at+size, at+2), 511)]; m.old {
		mark.read6(props)
	} else {
		mark.read(props)
	}
	return mark
}

// read goes through the properties of a paragraph: [MS-DOC] 2.2.5.
func (k *docMark) read(b []byte) {
	for len(b) >= 3 {
		code := binary.LittleEndian.Uint16(b)
		switch code {
		case 0x2416:
			k.inTable = b[2] != 0
		case 0x2417:
			k.rowEnd = b[2] != 0
		case 0x260A:
			k.level = int(b[2])
		case 0x460B:
			k.use = u16(b, 2)
		}
		size := 1
		switch code >> 13 {
		case 2, 4, 5:
			size = 2
		case 3:
			size = 4
		case 7:
			size = 3
		case 6:
			switch size = 1 + int(b[2]); {
			case code == 0xD608:
				size = 1 + u16(b, 2)
			case code == 0xC615 && b[2] == 255:
				return
			}
		}
		b = b[min(len(b), 2+size):]
	}
}

// sizes6 are the sizes of the first properties of Word 6; 0 is a size of its
// own.
var sizes6 = [26]int{2: 2, 4: 1, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1, 10: 1, 11: 1, 13: 1, 14: 1, 16: 2, 17: 2, 18: 2, 19: 2, 20: 4, 21: 2, 22: 2, 24: 1, 25: 1}

// read6 does the same for Word 6.
func (k *docMark) read6(b []byte) {
	for len(b) >= 2 && int(b[0]) < len(sizes6) {
		switch b[0] {
		case 0:
			b = b[1:]
			continue
		case 24:
			k.inTable = b[1] != 0
		case 25:
			k.rowEnd = b[1] != 0
		}
		size := sizes6[b[0]]
		if size == 0 {
			size = 1 + int(b[1])
		}
		b = b[min(len(b), 1+size):]
	}
}
