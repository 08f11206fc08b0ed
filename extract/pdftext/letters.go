package pdftext

import "math"

// letters appends the letters of a piece to the line, with blanks where they
// stand apart.
func (t *layout) letters(p *piece) {
	size := p.size * length(p.tm.a, p.tm.b) // on the page
	size = math.Abs(size)
	standing := t.standing(p)
	near := p.full.along(0.07 * p.size)
	gap := 0.0
	for i := p.from; i < p.to; i++ {
		it := &t.items[i]
		if it.g == nil {
			if n := len(t.chars); n > 0 && t.chars[n-1].r != ' ' || n == 0 && t.any {
				gap = -size * it.x / 1000
			}
			continue
		}
		if math.Abs(p.chars) > 0.001 {
			gap += p.full.about(p.chars)
		}
		gap -= standing
		if gap != 0 && i > p.from {
			if least := p.leastGap(it.g, size); least != 0 && gap >= least {
				t.chars = append(t.chars, char{r: ' ', p: p})
			}
		}
		gap = 0
		t.letter(p, it, near, i == p.from)
	}
}

// leastGap is how wide a gap between words is at least.
func (p *piece) leastGap(next *glyph, size float64) float64 {
	if blank := size * float64(p.font.blank) / 1000; blank > 0 && blank <= size/3 {
		return blank / 2
	}
	return size * share(float64(next.width), 300, 500, 700) / 1000
}

// standing is the space that comes between all letters of a piece, so that it
// tells nothing.
func (t *layout) standing(p *piece) float64 {
	n := p.to - p.from
	if p.chars == 0 || n < 3 {
		return 0
	}
	chars := p.full.about(p.chars)
	least, gaps := chars, false
	size := math.Abs(p.size) * length(p.tm.a, p.tm.b)
	for i := p.from; i < p.to; i++ {
		if it := &t.items[i]; it.g == nil {
			least, gaps = min(least, chars-size*it.x/1000), true
		}
	}
	if least < 0 || n == 3 && gaps {
		return 0
	}
	return least
}

// letter appends one letter, unless it is printed over itself, as near as that,
// to look bold.
func (t *layout) letter(p *piece, it *item, near float64, first bool) {
	x, y := p.full.apply(it.x, 0)
	for k := len(t.chars) - 1; k >= max(0, len(t.chars)-7); k-- {
		c := &t.chars[k]
		if c.g == it.g && math.Abs(c.x-x) < near && math.Abs(c.y-y) < near {
			if n := len(t.chars); first && t.chars[n-1].r == ' ' {
				t.chars = t.chars[:n-1]
			}
			return
		}
	}
	c := char{r: it.g.char, g: it.g, p: p, x: x, y: y, in: it.x}
	t.chars = append(t.chars, c)
	for _, c.r = range it.g.more {
		t.chars = append(t.chars, c)
	}
}
