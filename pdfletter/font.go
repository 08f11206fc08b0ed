package pdfletter

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
)

// Noto Sans, cut to Latin, Greek and Cyrillic; see fonts/README.md.
var (
	//go:embed fonts/NotoSans-Regular.ttf
	regularTTF []byte
	//go:embed fonts/NotoSans-Bold.ttf
	boldTTF []byte
)

// font is a TrueType font taken apart: what is needed to measure text and to
// cut a subset. The fonts are our own, so a fault in one is a fault of ours.
type font struct {
	name    string // PostScript name
	tables  map[string][]byte
	glyphs  [lastRune + 1]uint16 // of each character; 0: none
	runes   []rune               // of each glyph; 0: none
	widths  []uint16             // of each glyph, in thousandths of the size
	loca    []uint32
	ascent  int
	descent int
	caps    int // height of capitals
	box     [4]int
	bold    bool
}

// lastRune is the last character a font may hold: none of ours goes further.
const lastRune = 0x22ff

var be = binary.BigEndian

func parseFont(ttf []byte, name string, bold bool) (*font, error) {
	f := &font{name: name, bold: bold, tables: map[string][]byte{}}
	for i := range int(be.Uint16(ttf[4:])) {
		rec := ttf[12+16*i:]
		off, size := be.Uint32(rec[8:]), be.Uint32(rec[12:])
		f.tables[string(rec[:4])] = ttf[off : off+size]
	}
	head, hhea, hmtx, os2 := f.tables["head"], f.tables["hhea"], f.tables["hmtx"], f.tables["OS/2"]
	if be.Uint16(head[18:]) != 1000 {
		return nil, errors.New("not a thousand units to the em")
	}
	for i := range f.box {
		f.box[i] = int(int16(be.Uint16(head[36+2*i:])))
	}
	f.ascent, f.descent = int(int16(be.Uint16(hhea[4:]))), int(int16(be.Uint16(hhea[6:])))
	f.caps = int(int16(be.Uint16(os2[88:])))
	n, metrics := int(be.Uint16(f.tables["maxp"][4:])), int(be.Uint16(hhea[34:]))
	f.widths, f.loca, f.runes = make([]uint16, n), make([]uint32, n+1), make([]rune, n)
	for g := range f.widths {
		f.widths[g] = be.Uint16(hmtx[4*min(g, metrics-1):])
	}
	for g := range f.loca {
		if be.Uint16(head[50:]) == 0 {
			f.loca[g] = 2 * uint32(be.Uint16(f.tables["loca"][2*g:]))
		} else {
			f.loca[g] = be.Uint32(f.tables["loca"][4*g:])
		}
	}
	return f, f.parseCmap()
}

// parseCmap reads the segments of a format 4 table.
func (f *font) parseCmap() error {
	cmap := f.tables["cmap"]
	sub := cmap[be.Uint32(cmap[8:]):]
	if format := be.Uint16(sub); format != 4 {
		return fmt.Errorf("cmap of format %d", format)
	}
	n := int(be.Uint16(sub[6:])) / 2
	ends, starts := sub[14:], sub[16+2*n:]
	deltas, offsets := starts[2*n:], starts[4*n:]
	for s := range n {
		first, last := int(be.Uint16(starts[2*s:])), int(be.Uint16(ends[2*s:]))
		for r := first; r <= min(last, lastRune); r++ {
			g := uint16(r)
			if off := int(be.Uint16(offsets[2*s:])); off != 0 {
				g = be.Uint16(offsets[2*s+off+2*(r-first):])
			}
			g += be.Uint16(deltas[2*s:])
			if f.runes[g] != 0 {
				return fmt.Errorf("glyph %d stands for two characters", g)
			}
			f.glyphs[r], f.runes[g] = g, rune(r)
		}
	}
	// A soft hyphen would be drawn as a hyphen wherever it stands.
	f.runes[f.glyphs[0xad]], f.glyphs[0xad] = 0, 0
	return nil
}

// glyph is the glyph of a character; 0 where there is none.
func (f *font) glyph(r rune) uint16 {
	if r < 0 || r > lastRune {
		return 0
	}
	return f.glyphs[r]
}

// width is how wide a text is in thousandths of the size.
func (f *font) width(s string) int {
	w := 0
	for _, r := range s {
		w += int(f.widths[f.glyph(r)])
	}
	return w
}

// missing is the first character without a glyph, counted from 1; 0 if none.
func (f *font) missing(s string) int {
	n := 0
	for _, r := range s {
		n++
		if f.glyph(r) == 0 {
			return n
		}
	}
	return 0
}
