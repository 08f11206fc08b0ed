package pdftext

import (
	"math"
	"strings"
	"unicode"
)

// What comes between two pieces.
type between int

const (
	nothing between = iota
	blank
	newLine
	hyphen // the line ends within a word
)

// slack is how far, in sizes of the font, the ink of letters may end above and
// below from where we take it to. Before and behind them it is not known at all
// how much of their width is blank: that is slackAlong times as much.
const (
	slack      = 0.05
	slackAlong = 2.5
)

// joint tells what comes between the last piece and the next. Where that hangs
// on how far the ink of letters reaches, or on which way the page runs, and
// either is a near thing, the page is not sure.
func (t *layout) joint(p *piece) between {
	t.near = false
	found := t.decide(p, t.along, 0)
	if t.near && (t.matters(p, found, t.decide(p, t.along, slack)) || t.matters(p, found, t.decide(p, t.along, -slack))) {
		t.doubt = Unsure("whether letters stand on one line")
	}
	if t.astray {
		for _, other := range []direction{unknown, across, down} {
			if t.matters(p, found, t.decide(p, other, 0)) {
				t.doubt = Unsure("which way a page runs")
			}
		}
	}
	return found
}

// matters reports whether it makes another word or number of what stands on both
// sides, which of two comes between them.
func (t *layout) matters(p *piece, a, b between) bool {
	before, next := lastRune(t.latest(t.last).g), t.first(p).g.char
	switch {
	case a == b, !joins(before), !joins(next):
		return false
	case before == '-' || a == hyphen || b == hyphen:
		return true
	}
	return a == nothing || b == nothing
}

// joins reports whether a character may stand within a word, a number or an
// address.
func joins(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(".,:;@-+/_&%#=?'’", r) || r == 0xAD
}

// decide tells what comes between the last piece and the next on a page that runs
// one way, with letters that reach so much farther.
func (t *layout) decide(p *piece, along direction, farther float64) between {
	last := t.last
	before, next := t.latest(last), t.first(p)
	ended := newLine
	if t.broken(next.g.char) {
		ended = hyphen
	}
	mode := t.mode(p, along)
	if mode == unknown {
		mode = t.mode(last, along)
	}
	switch {
	case mode == across && t.apartInHeight(p.ink(farther), last.ink(farther)):
		return ended
	case mode == down && t.apartInWidth(p, farther):
		return ended
	}
	lastWidth, width := last.advance(before), p.advance(next)
	gap := max(lastWidth, width) / 4
	back := last.full.inverse()
	x, y := back.apply(p.full.e, p.full.f)
	if lastWidth < width {
		gap = back.about(gap)
	}
	if mode == across && t.moved(x, y, gap, farther) && !t.level(p, farther) {
		return ended
	}
	if next.g.char == ' ' || lastRune(before.g) == ' ' {
		return nothing
	}
	most := float64(max(before.g.width, next.g.width))
	most = share(most, 400, 700, 800) / 1000
	if before.g.width >= next.g.width {
		most *= math.Abs(last.size)
	} else {
		most = back.about(p.full.about(most * math.Abs(p.size)))
	}
	if wide(x, before.x, width, lastWidth, most) {
		return blank
	}
	return nothing
}

// moved reports whether a piece stands on another line, so far from the start of
// the last one, in that one's space.
func (t *layout) moved(x, y, gap, farther float64) bool {
	const rounding = 0.001 // of numbers that PDFium keeps with seven digits
	x, up := math.Abs(x), math.Abs(y)
	for _, edge := range [...]float64{y - 2*gap, y + 3*gap, up - 1, up - x} {
		t.near = t.near || math.Abs(edge) < rounding
	}
	switch {
	case farther > 0:
		up, gap = up+rounding, gap-rounding
	case farther < 0:
		up, gap = up-rounding, gap+rounding
	}
	return (y > 2*gap || y < -3*gap) && (up >= 1 || up > x)
}

// ink is the rectangle of a piece, made larger on all sides.
func (p *piece) ink(farther float64) rect {
	m := farther * p.unit()
	return rect{p.box.left - m, p.box.bottom - m, p.box.right + m, p.box.top + m}
}

// unit is the size of a piece's letters, by which what is known of their ink is
// measured.
func (p *piece) unit() float64 {
	size := math.Abs(p.tm.about(p.size))
	if p.slanted() {
		size *= slackAlong
	}
	return size
}

// closely notes that two edges are near each other, for letters of a size.
func (t *layout) closely(a, b float64, p *piece) {
	t.near = t.near || math.Abs(a-b) < 2*slack*p.unit()
}

func lastRune(g *glyph) rune {
	if g.more == "" {
		return g.char
	}
	r := []rune(g.more)
	return r[len(r)-1]
}

// wide reports whether the gap is one between words.
func wide(x, lastX, width, lastWidth, most float64) bool {
	step := x - lastX
	switch {
	case math.Abs(step-lastWidth) <= most:
		return false
	case math.Abs(step) > most+lastWidth, x < 0 && step < -most-lastWidth:
		return true
	}
	return step > width+lastWidth
}

// share is how much of a letter's width a gap between words has at least.
func share(width float64, half, quarter, fifth float64) float64 {
	switch {
	case width < half:
		return width / 2
	case width < quarter:
		return width / 4
	case width < fifth:
		return width / 5
	}
	return width / 6
}

// broken reports whether the line so far ends within a word that goes on.
func (t *layout) broken(next rune) bool {
	n := len(t.chars)
	for n > 1 && t.chars[n-1].r == ' ' {
		n--
		t.steps--
	}
	if n < 2 || t.chars[n-1].r != '-' && t.chars[n-1].r != 0xAD {
		return false
	}
	return unicode.IsLetter(t.chars[n-2].r) && (unicode.IsLetter(next) || unicode.IsDigit(next))
}

// apartInHeight reports whether two pieces, neither of them tiny, share no height.
func (t *layout) apartInHeight(a, b rect) bool {
	const tiny = 4.5 // points
	bottom, top := max(a.bottom, b.bottom), min(a.top, b.top)
	t.closely(bottom, top, t.last)
	t.closely(a.height(), tiny, t.last)
	t.closely(b.height(), tiny, t.last)
	if a.height() <= tiny || b.height() <= tiny {
		return false
	}
	return bottom >= top
}

// apartInWidth reports whether a piece shares no width with the line so far,
// which runs downward.
func (t *layout) apartInWidth(p *piece, farther float64) bool {
	ink := p.ink(farther)
	left, right := max(ink.left, t.current.left), min(ink.right, t.current.right)
	t.closely(left, right, p)
	if p.box.width() <= 0.1*p.size || t.last.box.width() <= 0.1*t.last.size {
		return false
	}
	return left >= right
}

// level reports whether a piece that is a little higher or lower stands on the
// line all the same: a raised figure, a sign of a foot note.
func (t *layout) level(p *piece, farther float64) bool {
	last := t.last
	if last.to-last.from < 2 || t.latest(last).x <= t.first(last).x {
		return false
	}
	v, m := t.view, last.tm
	if v.a <= 0.9 || v.b >= 0.1 || v.c >= 0.1 || v.d >= -0.9 || m.b >= 0.1 || m.c >= 0.1 {
		return false
	}
	on := func(at *piece, of *piece) bool {
		r := of.ink(farther)
		x, y := at.tm.e, at.tm.f
		t.closely(y, r.bottom, of)
		t.closely(y, r.top, of)
		return x >= 0 && x <= 1000 && y >= r.bottom && y <= r.top
	}
	return on(p, last) || on(last, p)
}

// mode tells how a piece runs.
func (t *layout) mode(p *piece, along direction) direction {
	if p.letters < 2 {
		return along
	}
	run := t.latest(p).x - t.first(p).x
	x, y := math.Abs(p.tm.a*run), math.Abs(p.tm.b*run)
	if x <= 0.0001 && y <= 0.0001 {
		return unknown
	}
	const slight = 0.0872 // the sine of 5 degrees
	flat, steep := y/length(x, y) <= slight, x/length(x, y) <= slight
	switch {
	case flat && !steep:
		return across
	case steep && !flat:
		return down
	}
	return along
}
