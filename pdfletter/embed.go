package pdfletter

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"unicode/utf16"
)

// common is what nearly every letter is written with, beside the letters of
// Latin scripts up to Latin Extended-A and those of Vietnamese. A letter that
// uses nothing else carries this subset, made and compressed once; so its size
// says nothing of the name in it either.
const common = "ƏəƠơƯưǤǥǦǧǨǩǮǯȘșȚțʒ–—‘’‚“”„•…‹›€−"

// program is a font made ready for a file: a subset with its widths and its
// way back to text.
type program struct {
	font      *font
	name      string // with the tag of its subset
	widths    string
	file      deflated
	toUnicode deflated
}

func (o *objects) program(f *font, set glyphSet) program {
	sum := sha256.New()
	for _, w := range set {
		_, _ = sum.Write(be.AppendUint64(nil, w))
	}
	tag := make([]byte, 6)
	for i, b := range sum.Sum(nil)[:6] {
		tag[i] = 'A' + b%26
	}
	return program{
		font: f, name: string(tag) + "+" + f.name, widths: f.widthArray(set),
		file: o.deflate(f.subset(set)), toUnicode: o.deflate(f.toUnicode(set)),
	}
}

// embed writes a font: a composite font whose codes are glyph numbers
// (ISO 32000-1, 9.7.4).
func (o *objects) embed(num int, p program) {
	cid, descriptor, file, cmap := o.number(), o.number(), o.number(), o.number()
	o.stream(file, fmt.Sprintf("/Length1 %d", p.file.size), p.file)
	o.stream(cmap, "", p.toUnicode)
	stem := 80
	if p.font.bold {
		stem = 140
	}
	o.put(num, "<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", p.name, cid, cmap)
	o.put(cid, "<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity/DW %d/W[%s]/FontDescriptor %d 0 R>>",
		p.name, p.font.widths[0], p.widths, descriptor)
	b := p.font.box
	o.put(descriptor, "<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %d 0 R>>",
		p.name, b[0], b[1], b[2], b[3], p.font.ascent, p.font.descent, p.font.caps, stem, file)
}

func (f *font) widthArray(set glyphSet) string {
	var b bytes.Buffer
	open := false
	for g, w := range f.widths {
		switch {
		case !set.has(uint16(g)):
			if open {
				b.WriteByte(']')
			}
			open = false
		case open:
			fmt.Fprintf(&b, " %d", w)
		default:
			fmt.Fprintf(&b, " %d[%d", g, w)
			open = true
		}
	}
	if open {
		b.WriteByte(']')
	}
	return b.String()
}

// toUnicode is the table by which text is read back.
func (f *font) toUnicode(set glyphSet) []byte {
	var lines [][]byte
	for g, r := range f.runes {
		if !set.has(uint16(g)) || r == 0 {
			continue
		}
		line := fmt.Appendf(nil, "<%04x> <", g)
		for _, u := range utf16.Encode([]rune{r}) {
			line = fmt.Appendf(line, "%04x", u)
		}
		lines = append(lines, append(line, ">\n"...))
	}
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n" +
		"1 begincodespacerange <0000> <ffff> endcodespacerange\n")
	for len(lines) > 0 {
		n := min(100, len(lines))
		fmt.Fprintf(&b, "%d beginbfchar\n%sendbfchar\n", n, bytes.Join(lines[:n], nil))
		lines = lines[n:]
	}
	b.WriteString("endcmap CMapName currentdict /CMap defineresource pop end end\n")
	return b.Bytes()
}
