package pdftext

import "math"

// layout puts the pieces of a page together to lines, in the way of PDFium, so
// that both readers give the same words: pieces that follow each other on one
// line are sorted along it, and what comes between two is told by joint.
type layout struct {
	pieces []piece
	items  []item
	images int
	paths  int
	forms  int
	steps  int64 // left, over all pages
	alone  bool  // the last piece is a letter or two at an angle

	view    matrix // from the page to its display, y downward
	along   direction
	astray  bool     // that is a near thing
	near    bool     // where ink ends was a near thing
	line    []*piece // on one line, sorted
	last    *piece   // that was put out
	current rect     // of the line so far
	chars   []char   // of the line so far
	any     bool     // something was written before the line
	tall    bool     // how high the last letter is, is known
	out     Writer
	doubt   error
}

// char is one character of a line.
type char struct {
	r    rune
	g    *glyph // nil for a blank that was put in
	p    *piece
	x, y float64 // where it stands
	in   float64 // where it stands in its piece
}

func (t *layout) reset(l *leaf) {
	*t = layout{pieces: t.pieces[:0], items: t.items[:0], line: t.line[:0], chars: t.chars[:0], steps: t.steps - pageSteps}
	switch b := l.box; l.rotate {
	case 0:
		t.view = matrix{1, 0, 0, -1, -b.left, b.top}
	case 1:
		t.view = matrix{0, 1, 1, 0, -b.bottom, -b.left}
	case 2:
		t.view = matrix{-1, 0, 0, 1, b.right, -b.bottom}
	default:
		t.view = matrix{0, -1, -1, 0, b.top, b.right}
	}
}

// appendText appends the text of the pieces.
func (t *layout) appendText(to []byte, l *leaf) ([]byte, error) {
	t.out = Writer{Text: to}
	t.along = t.flow(l)
	for i := range t.pieces {
		if p := &t.pieces[i]; p.box.width() >= noWidth {
			t.take(p, i)
		}
		if t.steps < 0 {
			return to, errSteps
		}
	}
	t.endLine()
	t.closeLine()
	return t.out.Text, t.doubt
}

// noWidth is how wide, in points, what is not there at all is: a lone blank.
const noWidth = 0.01

// take puts a piece in its place on the line, or begins a new line.
func (t *layout) take(p *piece, i int) {
	n := len(t.line)
	if n == 0 {
		t.line = append(t.line, p)
		return
	}
	if t.doubled(i) {
		return
	}
	before := t.line[n-1]
	gap := max(before.full.about(before.advance(t.latest(before))), p.full.about(p.advance(t.first(p)))) / 4
	x, y := t.seen(p)
	if _, above := t.seen(before); math.Abs(y-above) > 2*gap {
		t.endLine()
		t.line = append(t.line, p)
		return
	}
	for ; n > 0; n-- {
		t.steps--
		if other, _ := t.seen(t.line[n-1]); x >= other {
			break
		}
	}
	t.line = append(t.line, nil)
	copy(t.line[n+1:], t.line[n:])
	t.line[n] = p
}

// seen tells where a piece stands as the page is displayed.
func (t *layout) seen(p *piece) (x, y float64) {
	return t.view.apply(p.full.e, p.full.f)
}

// advance is how far a letter moves the next, in its piece.
func (p *piece) advance(it *item) float64 { return math.Abs(float64(it.g.width) * p.size / 1000) }

func (t *layout) first(p *piece) *item  { return &t.items[p.from] }
func (t *layout) latest(p *piece) *item { return &t.items[p.to-1] }

// endLine puts out the pieces that are sorted.
func (t *layout) endLine() {
	for _, p := range t.line {
		t.put(p)
	}
	t.line = t.line[:0]
}

// put puts out one piece.
func (t *layout) put(p *piece) {
	if t.last != nil {
		if n := len(t.chars); n > 0 && t.chars[n-1].p != nil {
			t.last = t.chars[n-1].p
		}
		switch t.joint(p) {
		case nothing:
		case blank:
			t.chars = append(t.chars, char{r: ' '})
		case newLine:
			t.closeLine()
			if t.any {
				t.out.Write('\n', Box{})
			}
			t.current = p.box
		case hyphen:
			t.breakWord()
		}
		t.current = t.current.union(p.box)
	} else {
		t.current = p.box
	}
	t.last = p
	t.letters(p)
}

// breakWord makes the hyphen at the end one that a word was broken at.
func (t *layout) breakWord() {
	n := len(t.chars)
	for n > 0 && t.chars[n-1].r == ' ' {
		n--
	}
	t.chars = t.chars[:n]
	t.chars[n-1].r = brokenWord
}

// closeLine writes the line.
func (t *layout) closeLine() {
	before := rune(0)
	for i := range t.chars {
		c := &t.chars[i]
		if c.r == ' ' && before == ' ' {
			continue
		}
		before = c.r
		var b Box
		if c.r > ' ' && c.g != nil {
			b = c.p.loose(c)
		}
		if b != (Box{}) && t.out.last.near(b, c.p.font.tall && t.tall) {
			t.doubt = Unsure("how high letters are")
		}
		t.tall = c.p == nil || c.p.font.tall
		t.out.Write(c.r, b)
	}
	t.any = t.any || len(t.chars) > 0
	t.chars = t.chars[:0]
}

// loose is where a letter stands, with the space that its font gives it.
func (p *piece) loose(c *char) Box {
	f := p.font
	scale := p.size / 1000
	r := p.full.box(rect{c.in, f.descent * scale, c.in + float64(c.g.width)*p.size/1000, f.ascent * scale}.ordered())
	return Box{float32(r.left), float32(r.top), float32(r.right), float32(r.bottom)}
}

// doubled reports whether a piece is printed over an equal one shortly before,
// to look bold.
func (t *layout) doubled(i int) bool {
	p := &t.pieces[i]
	for k, seen := i-1, 0; k >= 0 && seen < 5; k-- {
		other := &t.pieces[k]
		t.steps--
		if other.stream != p.stream {
			continue
		}
		seen++
		if other.to-other.from != p.to-p.from || !t.alike(other, p) {
			continue
		}
		over := other.prints(p, 0)
		if over != other.prints(p, slack) {
			t.doubt = Unsure("whether letters are printed over each other")
		}
		if over {
			return true
		}
	}
	return false
}

// alike reports whether two pieces show the same letters.
func (t *layout) alike(p, before *piece) bool {
	for i := range p.to - p.from {
		a, b := &t.items[p.from+i], &t.items[before.from+i]
		if a.code != b.code || (a.g == nil) != (b.g == nil) {
			return false
		}
	}
	return true
}

// prints reports whether a piece is printed where another one with the same
// letters is, of letters that have so much less ink.
func (p *piece) prints(before *piece, less float64) bool {
	a, b := p.core(less), before.core(less)
	shared := b.intersect(a)
	if shared.empty() || math.Abs(shared.width()-a.width()) > a.width()/2 || p.size != before.size {
		return false
	}
	most := max(shared.height(), shared.width(), before.size)
	return math.Abs(p.tm.e-before.tm.e) <= 0.9*before.lastWidth && math.Abs(p.tm.f-before.tm.f) <= most/8
}

// core is the rectangle of a piece, made smaller: most letters begin and end with
// a blank.
func (p *piece) core(less float64) rect {
	m := less * math.Abs(p.tm.about(p.size))
	r := p.box
	if p.slanted() {
		return rect{r.left + m, r.bottom + slackAlong*m, r.right - m, r.top - slackAlong*m}
	}
	return rect{r.left + slackAlong*m, r.bottom + m, r.right - slackAlong*m, r.top - m}
}
