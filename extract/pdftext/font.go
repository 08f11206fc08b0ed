package pdftext

import (
	"math"
	"strings"
	"unicode/utf8"
)

// glyph is what a code of a font shows.
type glyph struct {
	char  rune   // 0 where nobody is sure
	whole rune   // the same before a ligature came apart
	more  string // what comes after it, of ligatures
	width int32  // in thousandths of the font's size
	wide  bool   // the width is known
	// low and high are about where it ends below and above, in thousandths:
	// for whether lines overlap, which the letter alone tells well enough.
	low, high int16
}

// font is what is known of a font: ISO 32000-1, 9.5.
type font struct {
	doubt   error // why nothing can be said; nil if something can
	wide    bool  // codes have two bytes
	glyphs  [256]*[256]glyph
	told    int   // codes that its tables speak of
	other   int32 // the width of a wide font's codes that are not listed
	blank   int32 // the width of its blank; 0 if not known
	tall    bool  // how far it reaches is known:
	ascent  float64
	descent float64
}

// glyph gives what a code shows, which may be not sure.
func (f *font) glyph(code uint32) *glyph {
	if p := f.glyphs[code>>8&0xFF]; p != nil {
		return &p[code&0xFF]
	}
	return nil
}

// make gives the room for a code.
func (f *font) make(code uint32) *glyph {
	p := &f.glyphs[code>>8&0xFF]
	if *p == nil {
		*p = new([256]glyph)
	}
	return &(*p)[code&0xFF]
}

// show says what characters a glyph stands for.
func (g *glyph) show(s string) {
	r, n := utf8.DecodeRuneInString(s)
	if strings.ContainsFunc(s, leftward) {
		r = 0 // another's
	}
	g.char, g.whole, g.more = r, r, s[n:]
	if whole, ok := ligatures[r]; ok {
		g.char = rune(whole[0])
		g.more = whole[1:] + g.more
	}
	g.low, g.high = extent(r)
}

// leftward reports whether a letter may be of a script that is written from
// right to left: the ranges of Unicode's own table of such blocks.
func leftward(r rune) bool {
	return r >= 0x590 && r < 0x900 || r >= 0xFB1D && r < 0xFE00 || r >= 0xFE70 && r < 0xFF00 ||
		r >= 0x10800 && r < 0x11000 || r >= 0x1E800 && r < 0x1F000 || r >= 0x200E && r < 0x2010 || r >= 0x202A && r < 0x202F
}

// ligatures come apart, for nobody looks for names with them.
var ligatures = map[rune]string{'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl", 'ﬅ': "st", 'ﬆ': "st"}

// extent is about how far a letter reaches below and above the line.
func extent(r rune) (low, high int16) {
	switch r {
	case ' ', 0xA0:
		return 0, 0
	case 'a', 'c', 'e', 'm', 'n', 'o', 'r', 's', 'u', 'v', 'w', 'x', 'z':
		return -10, 470
	case 'g', 'p', 'q', 'y':
		return -210, 470
	case 'j':
		return -210, 680
	case ',', ';':
		return -140, 110
	case '.':
		return 0, 110
	case '-', '–', '—', 0xAD:
		return 200, 290
	case '_':
		return -125, -75
	case '\'', '"', '’', '‘', '“', '”', '*', '°':
		return 420, 690
	case '(', ')', '[', ']', '{', '}', '/', '|', 'Q', 'ç', 'Ç':
		return -180, 730
	}
	return -10, 700
}

// font gives the font of a dictionary, which is read once.
func (d *Document) font(at any) *font {
	var key any // where the font lies, or its first entry
	switch v := at.(type) {
	case ref:
		key = v
	case dict:
		if len(v) > 0 {
			key = &v[0]
		}
	}
	if f, ok := d.fonts[key]; ok {
		return f
	}
	if len(d.fonts) > maxFonts {
		return &font{doubt: Unsure("so many fonts")}
	}
	f, err := d.readFont(at)
	if err != nil {
		f = &font{doubt: err}
	}
	d.fonts[key] = f
	return f
}

func (d *Document) readFont(at any) (*font, error) {
	o, err := d.resolve(at)
	if err != nil {
		return nil, err
	}
	dict, ok := o.(dict)
	if !ok {
		return nil, Unsure("a font that is not there")
	}
	f := &font{}
	switch dict.get("Subtype") {
	case name("Type1"), name("TrueType"), name("MMType1"):
		err = d.readSimple(f, dict)
	case name("Type0"):
		err = d.readComposite(f, dict)
	default:
		err = Unsure("a font of procedures")
	}
	if err != nil {
		return nil, err
	}
	f.measure()
	return f, nil
}

// measure fills in the widths that are not listed, and finds the blank's.
func (f *font) measure() {
	for high := range f.glyphs {
		if f.glyphs[high] == nil {
			continue
		}
		for low := range f.glyphs[high] {
			g := &f.glyphs[high][low]
			if f.wide && !g.wide {
				g.setWidth(float64(f.other))
			}
			if g.char == ' ' && g.more == "" && g.wide && f.blank == 0 {
				f.blank = g.width
			}
		}
	}
}

// lines reads how far above and below the line a font reaches. Where it does not
// say, its program does, which is not looked at.
func (d *Document) lines(f *font, from, descriptor dict) error {
	base, _ := from.get("BaseFont").(name)
	if h, ok := standardHeights[string(base)]; ok && descriptor == nil {
		f.tall, f.ascent, f.descent = true, h[0], h[1]
		return nil
	}
	box, err := d.numbers(descriptor, "FontBBox")
	if err != nil {
		return err
	}
	f.ascent, f.descent = 950, -250
	if len(box) == 4 && box[3]-box[1] >= 1 && box[1] > -32768 && box[3] < 32767 {
		f.tall, f.ascent, f.descent = true, math.Trunc(box[3]), math.Trunc(box[1])
	}
	return nil
}

// standardHeights are how far the standard fonts of PDFium reach.
var standardHeights = map[string][2]float64{
	"Helvetica":             {945, -224},
	"Helvetica-Bold":        {962, -227},
	"Helvetica-Oblique":     {951, -224},
	"Helvetica-BoldOblique": {962, -227},
	"Times-Roman":           {878, -249},
	"Times-Bold":            {889, -249},
	"Times-Italic":          {868, -249},
	"Times-BoldItalic":      {869, -249},
	"Courier":               {803, -248},
	"Courier-Bold":          {811, -248},
	"Courier-Oblique":       {803, -248},
	"Courier-BoldOblique":   {811, -248},
}
