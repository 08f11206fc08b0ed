package extract

import (
	"image"
	"math"
	"slices"
)

// Ready makes a picture of text ready to be read: small letters larger, specks
// fainter, lines level, rules gone. Which end is up it cannot tell. Measured by
// scripts/ocr.sh.
func Ready(p *image.Gray) *image.Gray {
	if graininess(p) > grainy {
		p = smooth(p)
	}
	paper := commonest(tones(p))
	scale := 1.0
	if long := max(p.Rect.Dx(), p.Rect.Dy()); long < small {
		scale = min(2, float64(large)/float64(long))
	}
	angle := skew(sketch(p, paper))
	if math.Abs(angle) < skewLeast {
		angle = 0
	}
	if scale != 1 || angle != 0 {
		p = turn(p, angle, scale, uint8(paper))
	}
	return unrule(p, paper)
}

// What pictures are made ready for.
const (
	small     = 1500 // pixels a side: a sheet of A4 with fewer has letters too small to be told apart
	large     = 2340 // a sheet of A4 at 200 dots an inch
	grainy    = 12   // tones that neighbours differ by where paper is blank
	skewSide  = 1000 // a sketch of this many pixels a side tells the lines
	skewMost  = 8.0  // degrees that a sheet may lie askew; more is a picture, not a page
	skewLeast = 0.2  // degrees that readers of pixels do not mind
	skewGain  = 1.05 // lines must be so much sharper for a picture to be turned
	minInk    = 200  // dots of ink in the sketch
)

// graininess is the standard deviation of the noise in a picture: J. Immerkær,
// "Fast noise variance estimation" (1996), with the median in place of the mean,
// for edges of letters are few.
func graininess(p *image.Gray) float64 {
	const step = 3 // a ninth of the pixels is enough
	var differences [256 * 16]int
	n := 0
	for y := 1; y < p.Rect.Dy()-1; y += step {
		above, row, below := p.Pix[(y-1)*p.Stride:], p.Pix[y*p.Stride:], p.Pix[(y+1)*p.Stride:]
		for x := 1; x < p.Rect.Dx()-1; x += step {
			corners := int(above[x-1]) + int(above[x+1]) + int(below[x-1]) + int(below[x+1])
			sides := int(above[x]) + int(below[x]) + int(row[x-1]) + int(row[x+1])
			differences[max(corners-2*sides+4*int(row[x]), -corners+2*sides-4*int(row[x]))]++
			n++
		}
	}
	seen := 0
	for d, count := range differences {
		if seen += count; 2*seen > n {
			return float64(d) / (6 * 0.6745)
		}
	}
	return 0
}

// smooth makes each pixel the mean of itself and its neighbours, the nearer the
// more.
func smooth(p *image.Gray) *image.Gray {
	to := image.NewGray(image.Rect(0, 0, p.Rect.Dx(), p.Rect.Dy()))
	w, h := p.Rect.Dx(), p.Rect.Dy()
	for y := range h {
		above, row, below := p.Pix[max(y-1, 0)*p.Stride:], p.Pix[y*p.Stride:], p.Pix[min(y+1, h-1)*p.Stride:]
		column := func(x int) int { return int(above[x]) + 2*int(row[x]) + int(below[x]) }
		for x := range w {
			to.Pix[y*to.Stride+x] = uint8((column(max(x-1, 0)) + 2*column(x) + column(min(x+1, w-1))) / 16)
		}
	}
	return to
}

// sketch is the ink of a picture, made small.
func sketch(p *image.Gray, paper int) (ink []image.Point) {
	s := shrink(p, skewSide)
	for y := range s.Rect.Dy() {
		for x, v := range s.Pix[y*s.Stride : y*s.Stride+s.Rect.Dx()] {
			if v := int(v); v < paper-contrast || v > paper+contrast {
				ink = append(ink, image.Pt(x, y))
			}
		}
	}
	return ink
}

// skew tells by how many degrees the lines fall, be they of text or rules, along
// or across; 0 where there are none.
func skew(ink []image.Point) float64 {
	if len(ink) < minInk {
		return 0
	}
	along, clear := sharpest(ink)
	for i, dot := range ink {
		ink[i] = image.Pt(dot.Y, -dot.X)
	}
	if across, clearer := sharpest(ink); clearer > clear {
		return across
	}
	return along
}

// sharpest finds by how many degrees lines fall, and how they stand out there.
func sharpest(ink []image.Point) (angle, sharp float64) {
	rows := make([]int32, 4*skewSide)
	level := sharpness(ink, 0, rows)
	sharp = level
	for _, pass := range []struct{ reach, step float64 }{{skewMost, 0.5}, {0.4, 0.1}} {
		middle := angle
		for a := middle - pass.reach; a <= middle+pass.reach+pass.step/2; a += pass.step {
			if s := sharpness(ink, a, rows); s > sharp {
				angle, sharp = a, s
			}
		}
	}
	if sharp < level*skewGain {
		return 0, level
	}
	return angle, sharp
}

// sharpness tells how much the ink changes from row to row, along rows that
// fall by so many degrees: W. Postl, US patent 4723297, expired.
func sharpness(ink []image.Point, degrees float64, rows []int32) (sum float64) {
	clear(rows)
	slope := math.Tan(degrees * math.Pi / 180)
	for _, dot := range ink {
		rows[2*skewSide+dot.Y-int(math.Floor(float64(dot.X)*slope))]++
	}
	for i := 1; i < len(rows); i++ {
		d := float64(rows[i] - rows[i-1])
		sum += d * d
	}
	return sum
}

// turn turns a picture around its middle so that rows which fall by so many
// degrees come level, and enlarges it; what comes into sight is paper.
func turn(p *image.Gray, degrees, scale float64, paper uint8) *image.Gray {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(p.Rect.Dx()), float64(p.Rect.Dy())
	to := image.NewGray(image.Rect(0, 0,
		min(MaxSide, int(scale*(w*cos+h*math.Abs(sin)))), min(MaxSide, int(scale*(h*cos+w*math.Abs(sin))))))
	midX, midY := float64(to.Rect.Dx()-1)/2, float64(to.Rect.Dy()-1)/2
	sin, cos = sin/scale, cos/scale
	for y := range to.Rect.Dy() {
		dy := float64(y) - midY
		for x := range to.Rect.Dx() {
			dx := float64(x) - midX
			to.Pix[y*to.Stride+x] = between(p, dx*cos-dy*sin+(w-1)/2, dx*sin+dy*cos+(h-1)/2, paper)
		}
	}
	return to
}

// between is the tone at a point between four pixels.
func between(p *image.Gray, x, y float64, outside uint8) uint8 {
	if x < 0 || y < 0 || x >= float64(p.Rect.Dx()-1) || y >= float64(p.Rect.Dy()-1) {
		return outside
	}
	x0, y0 := int(x), int(y)
	at := p.Pix[y0*p.Stride+x0:]
	fx, fy := int(256*(x-float64(x0))), int(256*(y-float64(y0)))
	top := int(at[0])*(256-fx) + int(at[1])*fx
	bottom := int(at[p.Stride])*(256-fx) + int(at[p.Stride+1])*fx
	return uint8((top*(256-fy) + bottom*fy) >> 16)
}

// Overturn turns a picture upside down.
func Overturn(p *image.Gray) *image.Gray {
	to := image.NewGray(image.Rect(0, 0, p.Rect.Dx(), p.Rect.Dy()))
	for y := range p.Rect.Dy() {
		row := to.Pix[(p.Rect.Dy()-1-y)*to.Stride:][:p.Rect.Dx()]
		copy(row, p.Pix[y*p.Stride:])
		slices.Reverse(row)
	}
	return to
}
