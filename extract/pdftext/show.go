package pdftext

import "math"

// piece is one string or array of strings that was shown: what PDFium calls a
// text object.
type piece struct {
	font      *font
	size      float64
	tm        matrix // from the piece's space to that of its stream
	full      matrix // from the piece's space to that of the page
	chars     float64
	from      int // its items
	to        int
	letters   int     // items that are not gaps
	lastWidth float64 // of its last letter, as it stands in the piece
	stream    int     // the page's own is 0, forms count on
	box       rect    // in the stream's space
}

// item is one letter of a piece, or a gap.
type item struct {
	x    float64 // where it stands in the piece; of a gap, how wide it is, in thousandths, to the left
	code uint32
	g    *glyph // nil for a gap
}

// show does the operators that show text: ISO 32000-1, 9.4.3.
func (in *interpreter) show(how byte) error {
	s := &in.state
	var parts []operand
	switch how {
	case 'J':
		o, ok := in.last(isArray)
		if !ok {
			return errContent
		}
		parts = in.elements[o.from:o.to]
	case '"':
		if in.count != 3 || in.operands[0].kind != isNumber || in.operands[1].kind != isNumber {
			return errContent
		}
		s.words, s.chars = in.operands[0].n, in.operands[1].n
		fallthrough
	case '\'':
		in.nextLine(0, -s.lead)
		fallthrough
	default:
		if _, ok := in.last(isString); !ok {
			return errContent
		}
		parts = in.operands[in.count-1 : in.count]
	}
	switch {
	case s.font == nil:
		return Unsure("a font that is not there")
	case s.font.doubt != nil:
		return s.font.doubt
	}
	return in.showParts(parts)
}

// showParts makes a piece of strings and the gaps between them.
func (in *interpreter) showParts(parts []operand) error {
	s, t := &in.state, &in.d.text
	p := piece{font: s.font, size: s.size, chars: s.chars, from: len(t.items), stream: in.stream}
	before, after := 0.0, 0.0
	for _, part := range parts {
		switch {
		case part.kind == isNumber && p.letters == 0:
			before += part.n
		case part.kind == isNumber:
			after += part.n
		case part.kind != isString:
			return errContent
		case len(part.bytes) > 0:
			if p.letters > 0 {
				t.items = append(t.items, item{x: after})
				after = 0
			}
			if err := t.add(&p, part.bytes); err != nil {
				return err
			}
		}
	}
	s.x -= before * s.size * s.scale / 1000
	if p.letters == 0 {
		s.x -= after * s.size * s.scale / 1000
		return nil
	}
	p.to = len(t.items)
	p.tm = matrix{a: s.scale, d: 1}.times(s.tm).times(s.ctm)
	p.tm.e, p.tm.f = s.tm.apply(s.x, s.y+s.rise)
	p.tm.e, p.tm.f = s.ctm.apply(p.tm.e, p.tm.f)
	p.full = p.tm.times(in.form)
	p.lastWidth = float64(t.latest(&p).g.width) * p.size / 1000
	s.x += t.place(&p, s.words)*s.scale - after*s.size*s.scale/1000
	alone := p.letters < 3 && p.slanted()
	if alone && t.alone {
		return Unsure("letters that stand at an angle, one by one")
	}
	t.alone = alone
	t.pieces = append(t.pieces, p)
	return nil
}

// add appends the letters of a string.
func (t *layout) add(p *piece, s []byte) error {
	if len(t.items) > maxItems || len(t.pieces) > maxPieces {
		return Unsure("so long a page")
	}
	step := 1
	if p.font.wide {
		step = 2
	}
	if len(s)%step != 0 {
		return errContent
	}
	for ; len(s) > 0; s = s[step:] {
		code := uint32(s[0])
		if p.font.wide {
			code = code<<8 | uint32(s[1])
		}
		g := p.font.glyph(code)
		switch {
		case g == nil || g.char == 0:
			return Unsure("what a letter is")
		case !g.wide:
			return Unsure("how wide a letter is")
		}
		t.items = append(t.items, item{code: code, g: g})
		p.letters++
	}
	return nil
}

// place says where the letters of a piece stand, and gives where it ends.
func (t *layout) place(p *piece, words float64) float64 {
	x := 0.0
	r := rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for i := p.from; i < p.to; i++ {
		it := &t.items[i]
		if it.g == nil {
			x -= it.x * p.size / 1000
			continue
		}
		it.x = x
		advance := float64(it.g.width) * p.size / 1000
		low, high := float64(it.g.low), float64(it.g.high)
		right := x + advance
		if high == 0 { // a blank has no ink
			right = x
		}
		r = rect{min(r.left, x, right), min(r.bottom, low), max(r.right, x, right), max(r.top, high)}
		x += advance + p.chars
		if it.code == ' ' && !p.font.wide {
			x += words
		}
	}
	r.bottom, r.top = r.bottom*p.size/1000, r.top*p.size/1000
	p.box = p.tm.box(r.ordered())
	return x
}

// slanted reports whether a piece does not stand upright on its page.
func (p *piece) slanted() bool {
	m := p.full
	return math.Abs(m.b)+math.Abs(m.c) > 0.1*length(m.a, m.b)
}
