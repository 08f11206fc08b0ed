package pdftext

// direction is how text runs.
type direction int

const (
	unknown direction = iota
	across
	down
)

// flow tells how the text of a page runs: across, if more of its width than of
// its height has text.
func (t *layout) flow(l *leaf) direction {
	width, height := int(l.box.width()), int(l.box.height())
	if l.rotate%2 == 1 {
		width, height = height, width
	}
	const most = 20_000 // points; 14,400 is the most that programs take
	if width <= 0 || height <= 0 || width > most || height > most {
		return unknown
	}
	columns, rows := band{make([]bool, width), width, 0}, band{make([]bool, height), height, 0}
	line := 0.0
	for i := range t.pieces {
		p := &t.pieces[i]
		if p.stream != 0 || !columns.overlaps(p.box.left, p.box.right) || !rows.overlaps(p.box.bottom, p.box.top) {
			continue
		}
		t.steps -= int64(columns.mark(p.box.left, p.box.right)+rows.mark(p.box.bottom, p.box.top)) / markSteps
		if t.steps < 0 {
			return unknown
		}
		if line <= 0 {
			line = p.box.height()
		}
	}
	switch {
	case float64(rows.end-rows.start) < 2*line:
		return across
	case float64(columns.end-columns.start) < 2*line:
		return down
	}
	wide, tall := columns.filled(), rows.filled()
	t.astray = runs(wide-flowSlack, tall+flowSlack) != runs(wide+flowSlack, tall-flowSlack)
	return runs(wide, tall)
}

// flowSlack is by how much the shares of a page that have text may be wrong.
const flowSlack = 0.05

func runs(wide, tall float64) direction {
	switch {
	case wide > 0.8 || wide > tall:
		return across
	case wide < tall:
		return down
	}
	return unknown
}

// band is a side of the page, in points, and which of them have text.
type band struct {
	full       []bool
	start, end int
}

func (b *band) clip(from, to float64) (int, int) {
	most := float64(len(b.full))
	if !(from >= 0) { // also what is no number
		from = 0
	}
	if !(to <= most) {
		to = most
	}
	return int(min(from, most)), int(max(to, 0))
}

func (b *band) overlaps(from, to float64) bool {
	i, j := b.clip(from, to)
	return i < j
}

// mark notes text, and gives how many points it has.
func (b *band) mark(from, to float64) int {
	i, j := b.clip(from, to)
	for k := i; k < j; k++ {
		b.full[k] = true
	}
	b.start, b.end = min(b.start, i), max(b.end, j)
	return j - i
}

func (b *band) filled() float64 {
	if b.start >= b.end {
		return 0
	}
	n := 0
	for _, full := range b.full[b.start:b.end] {
		if full {
			n++
		}
	}
	return float64(n) / float64(b.end-b.start)
}
