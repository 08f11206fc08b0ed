package extract_test

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/klarlagt/klarlagt/extract"
)

// printed is a page with lines of print, words of any length, which lies askew
// by so many degrees.
func printed(w, h int, degrees float64) *image.Gray {
	r := rand.New(rand.NewPCG(1, 2))
	words := make([][]bool, h/40)
	for line := range words {
		words[line] = make([]bool, w)
		for x, left, gap := w/6, 0, false; x < w*5/6; x++ {
			if left--; left <= 0 {
				gap, left = !gap, 10+r.IntN(80)
			}
			words[line][x] = !gap && r.IntN(3) > 0
		}
	}
	p := image.NewGray(image.Rect(0, 0, w, h))
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	for y := range h {
		for x := range w {
			dx, dy := float64(x-w/2), float64(y-h/2)
			fromX, fromY := int(dx*cos+dy*sin)+w/2, int(dy*cos-dx*sin)+h/2
			tone := uint8(255)
			if fromX >= 0 && fromX < w && fromY > h/6 && fromY < h*5/6 && fromY%40 < 16 && words[fromY/40][fromX] {
				tone = 20
			}
			p.SetGray(x, y, color.Gray{Y: tone})
		}
	}
	return p
}

// spread tells how unevenly the ink lies over the rows: much where lines are level.
func spread(p *image.Gray) (sum float64) {
	last := 0
	for y := range p.Rect.Dy() {
		ink := 0
		for x := range p.Rect.Dx() {
			if p.GrayAt(x, y).Y < 128 {
				ink++
			}
		}
		sum += float64(ink-last) * float64(ink-last)
		last = ink
	}
	return sum
}

func TestReadyMakesLinesLevel(t *testing.T) {
	level := spread(extract.Ready(printed(1600, 2200, 0)))
	for _, degrees := range []float64{-6, -1, 0.5, 3} {
		askew := printed(1600, 2200, degrees)
		before, after := spread(askew)/level, spread(extract.Ready(askew))/level
		if before > 0.5 || after < 0.4 {
			t.Errorf("by %v degrees: lines are %.2f as sharp as level ones before, %.2f after", degrees, before, after)
		}
	}
}

func TestReadyTakesRulesAway(t *testing.T) {
	ink := func(p *image.Gray, r image.Rectangle) (n int) {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				if p.GrayAt(x, y).Y < 128 {
					n++
				}
			}
		}
		return n
	}
	box := func(p *image.Gray, r image.Rectangle) { draw.Draw(p, r, image.Black, image.Point{}, draw.Src) }
	for name, c := range map[string]struct {
		drawn image.Rectangle
		gone  bool
	}{
		"a rule along":         {image.Rect(100, 100, 1500, 103), true},
		"a rule across":        {image.Rect(140, 100, 143, 2100), true},
		"a dash":               {image.Rect(100, 100, 200, 103), false},
		"a black ground":       {image.Rect(100, 100, 1500, 180), false},
		"a thick bar":          {image.Rect(100, 100, 1500, 120), false},
		"a rule at the border": {image.Rect(0, 0, 1600, 2), true},
	} {
		p := printed(1600, 2200, 0)
		box(p, c.drawn)
		was, is := ink(p, c.drawn), ink(extract.Ready(p), c.drawn)
		if c.gone && is > was/20 || !c.gone && is < was*19/20 {
			t.Errorf("%s: %d dots of %d are left", name, is, was)
		}
	}
}

func TestReadyEnlargesSmallPictures(t *testing.T) {
	for _, c := range []struct{ w, h, want int }{{600, 850, 1700}, {827, 1169, 2338}, {1000, 1400, 2340}, {1240, 1754, 1754}, {2, 2, 4}, {1, 1, 2}} {
		p := image.NewGray(image.Rect(0, 0, c.w, c.h))
		if got := extract.Ready(p).Rect.Dy(); got != c.want {
			t.Errorf("%d × %d: %d high, want %d", c.w, c.h, got, c.want)
		}
	}
}

func TestReadySmoothsGrain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p := image.NewGray(image.Rect(0, 0, 1600, 2000))
	for i := range p.Pix {
		p.Pix[i] = uint8(max(0, min(255, 200+30*r.NormFloat64())))
	}
	deviation := func(p *image.Gray) float64 {
		sum := 0.0
		for _, v := range p.Pix {
			sum += (float64(v) - 200) * (float64(v) - 200)
		}
		return math.Sqrt(sum / float64(len(p.Pix)))
	}
	if before, after := deviation(p), deviation(extract.Ready(p)); after > before/2 {
		t.Errorf("grain of %.1f tones is still %.1f", before, after)
	}
}

func TestOverturn(t *testing.T) {
	p := image.NewGray(image.Rect(0, 0, 3, 2))
	copy(p.Pix, []uint8{1, 2, 3, 4, 5, 6})
	if got := extract.Overturn(p).Pix; string(got) != "\x06\x05\x04\x03\x02\x01" {
		t.Errorf("%v", got)
	}
}

func FuzzReady(f *testing.F) {
	f.Add(3, 3, []byte{0, 255, 0, 255, 0, 255, 0, 255, 0})
	f.Add(300, 200, []byte("tones"))
	f.Fuzz(func(t *testing.T, w, h int, tones []byte) {
		w, h = 1+w&511, 1+h&511
		p := image.NewGray(image.Rect(0, 0, w, h))
		for i := range p.Pix {
			if len(tones) > 0 {
				p.Pix[i] = tones[i%len(tones)]
			}
		}
		if got := extract.Ready(p).Rect; got.Dx() < 1 || got.Dy() < 1 || got.Dx() > extract.MaxSide || got.Dy() > extract.MaxSide {
			t.Errorf("%d × %d became %v", w, h, got)
		}
	})
}
