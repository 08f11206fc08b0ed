package extract

import "image"

// unrule takes the rules of tables and forms off a level picture, for they make
// readers of pixels misread the letters that touch them. A rule is thin, and its
// ink runs on, along or across, for longer than that of any letter.
func unrule(p *image.Gray, paper int) *image.Gray {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	clean := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		copy(clean.Pix[y*w:][:w], p.Pix[y*p.Stride:])
	}
	r := ruler{from: append([]byte(nil), clean.Pix...), to: clean.Pix, paper: paper}
	r.n, r.step, r.lines, r.across = w, 1, h, w
	r.wipe()
	r.n, r.step, r.lines, r.across = h, w, w, 1
	r.wipe()
	return clean
}

// What a rule is, in pixels.
const (
	longest  = 120 // ink of a letter runs on for no longer
	thickest = 8
)

// ruler looks along the rows of a picture, or along its columns.
type ruler struct {
	from, to      []byte
	paper         int
	n, step       int // pixels of a line, and how far one is from the next
	lines, across int // and the same of the lines
}

// wipe takes off the rules that run along the lines.
func (r *ruler) wipe() {
	for line := range r.lines {
		start := 0
		for i := range r.n + 1 {
			if i < r.n && r.ink(line, i) {
				continue
			}
			if i-start > longest && r.thin(line, start, i) {
				r.blank(line, start, i)
			}
			start = i + 1
		}
	}
}

func (r *ruler) ink(line, i int) bool {
	v := int(r.from[line*r.across+i*r.step])
	return v < r.paper-contrast || v > r.paper+contrast
}

// thin reports whether a run of ink is that of a rule, and no ground that
// something stands on.
func (r *ruler) thin(line, start, end int) bool {
	const every = 10
	thin := 0
	for i := start; i < end; i += every {
		above, below := line, line
		for above > 0 && line-above <= thickest && r.ink(above-1, i) {
			above--
		}
		for below < r.lines-1 && below-line <= thickest && r.ink(below+1, i) {
			below++
		}
		if below-above < thickest {
			thin++
		}
	}
	return 2*thin*every > end-start
}

// blank makes paper of a run of ink, and of the grey on its sides.
func (r *ruler) blank(line, start, end int) {
	for side := max(line-1, 0); side <= min(line+1, r.lines-1); side++ {
		for i := start; i < end; i++ {
			r.to[side*r.across+i*r.step] = byte(r.paper)
		}
	}
}
