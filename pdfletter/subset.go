package pdfletter

import (
	"bytes"
	"slices"
)

// glyphSet is which glyphs of a font are used, by number.
type glyphSet []uint64

func newGlyphSet(f *font) glyphSet { return make(glyphSet, (len(f.widths)+63)/64) }

func (s glyphSet) add(g uint16)      { s[g/64] |= 1 << (g % 64) }
func (s glyphSet) has(g uint16) bool { return s[g/64]&(1<<(g%64)) != 0 }

func (s glyphSet) addText(f *font, text string) {
	for _, r := range text {
		s.add(f.glyph(r))
	}
}

func (s glyphSet) join(t glyphSet) {
	for i := range s {
		s[i] |= t[i]
	}
}

// within reports whether all of s is in t.
func (s glyphSet) within(t glyphSet) bool {
	for i := range s {
		if s[i]&^t[i] != 0 {
			return false
		}
	}
	return true
}

// subset is a TrueType font with the glyphs of a set alone. They keep their
// numbers, so the same text is the same bytes whatever subset goes with it.
func (f *font) subset(set glyphSet) []byte {
	drawn := slices.Clone(set)
	drawn.add(0)
	last := 0
	for g := range f.widths { // parts follow no order, but parts of parts do not occur twice
		if drawn.has(uint16(g)) {
			f.addParts(drawn, uint16(g))
		}
	}
	for g := range f.widths {
		if drawn.has(uint16(g)) {
			last = g
		}
	}
	var glyf, loca, hmtx bytes.Buffer
	word := func(b *bytes.Buffer, v uint16) { b.Write(be.AppendUint16(nil, v)) }
	for g := range last + 1 {
		word(&loca, uint16(glyf.Len()/2))
		if !drawn.has(uint16(g)) {
			hmtx.Write([]byte{0, 0, 0, 0})
			continue
		}
		outline := f.outline(uint16(g))
		glyf.Write(outline)
		glyf.Write(make([]byte, len(outline)%2))
		word(&hmtx, f.widths[g])
		word(&hmtx, f.bearing(g))
	}
	word(&loca, uint16(glyf.Len()/2))
	head, hhea, maxp := slices.Clone(f.tables["head"]), slices.Clone(f.tables["hhea"]), slices.Clone(f.tables["maxp"])
	be.PutUint16(head[50:], 0)
	be.PutUint16(hhea[34:], uint16(last+1))
	be.PutUint16(maxp[4:], uint16(last+1))
	return assemble([]table{{"glyf", glyf.Bytes()}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx.Bytes()}, {"loca", loca.Bytes()}, {"maxp", maxp}})
}

func (f *font) outline(g uint16) []byte { return f.tables["glyf"][f.loca[g]:f.loca[g+1]] }

// bearing is the left side bearing of a glyph.
func (f *font) bearing(g int) uint16 {
	hmtx, metrics := f.tables["hmtx"], int(be.Uint16(f.tables["hhea"][34:]))
	if g < metrics {
		return be.Uint16(hmtx[4*g+2:])
	}
	return be.Uint16(hmtx[4*metrics+2*(g-metrics):])
}

// addParts adds the glyphs that a composite glyph is put together from.
func (f *font) addParts(set glyphSet, g uint16) {
	b := f.outline(g)
	if len(b) < 10 || int16(be.Uint16(b)) >= 0 {
		return
	}
	const wide, scale, more, xyScale, twoByTwo = 1 << 0, 1 << 3, 1 << 5, 1 << 6, 1 << 7
	for b = b[10:]; ; {
		flags, part := be.Uint16(b), be.Uint16(b[2:])
		set.add(part)
		f.addParts(set, part)
		n := 6
		if flags&wide != 0 {
			n += 2
		}
		switch {
		case flags&scale != 0:
			n += 2
		case flags&xyScale != 0:
			n += 4
		case flags&twoByTwo != 0:
			n += 8
		}
		if flags&more == 0 {
			return
		}
		b = b[n:]
	}
}

type table struct {
	tag  string
	data []byte
}

// assemble writes a TrueType file of tables, which are given by tag in order.
func assemble(tables []table) []byte {
	n := uint16(len(tables))
	entry := uint16(1)
	for shift := uint16(0); entry*2 <= n; shift++ {
		entry *= 2
	}
	log := uint16(0)
	for 1<<(log+1) <= n {
		log++
	}
	out := be.AppendUint32(nil, 0x00010000)
	for _, v := range []uint16{n, entry * 16, log, n*16 - entry*16} {
		out = be.AppendUint16(out, v)
	}
	at := len(out) + 16*len(tables)
	var body []byte
	headAt := 0
	for _, t := range tables {
		data := slices.Clone(t.data)
		if t.tag == "head" {
			headAt = at + len(body)
			be.PutUint32(data[8:], 0)
		}
		out = append(out, t.tag...)
		out = be.AppendUint32(out, sum(data))
		out = be.AppendUint32(out, uint32(at+len(body)))
		out = be.AppendUint32(out, uint32(len(data)))
		body = append(body, data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out = append(out, body...)
	be.PutUint32(out[headAt+8:], 0xB1B0AFBA-sum(out))
	return out
}

// sum is the checksum of a table: its words added up.
func sum(b []byte) uint32 {
	var s uint32
	for ; len(b) >= 4; b = b[4:] {
		s += be.Uint32(b)
	}
	var tail [4]byte
	copy(tail[:], b)
	return s + be.Uint32(tail[:])
}
