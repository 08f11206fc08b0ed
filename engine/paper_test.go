package engine_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// spoiling is what happens to a page of paper before it is read.
type spoiling func(*image.Gray) *image.Gray

// conditions are what pages are read in, with the least share of identifiers
// that has to be found.
var conditions = []struct {
	name   string
	dpi    int
	least  float64
	spoils []spoiling
}{
	{"clean", 75, 0.7, nil},
	{"clean", 100, 0.8, nil},
	{"clean", 150, 0.9, nil},
	{"clean", 200, 0.9, nil},
	{"clean", 300, 0.9, nil},
	{"askew by 1 degree", 200, 0.85, []spoiling{turned(1)}},
	{"askew by 3 degrees", 200, 0.85, []spoiling{turned(-3)}},
	{"askew by 5 degrees", 200, 0.85, []spoiling{turned(5)}},
	{"turned by 90 degrees", 200, 0.9, []spoiling{turned(90)}},
	{"turned by 180 degrees", 200, 0.9, []spoiling{turned(180)}},
	{"turned by 270 degrees", 200, 0.9, []spoiling{turned(270)}},
	{"grainy", 200, 0.6, []spoiling{grainy(40)}},
	{"blurred", 200, 0.6, []spoiling{blurred}},
	{"JPEG of quality 15", 150, 0.8, []spoiling{squeezed(15)}},
	{"black and white, grainy", 150, 0.6, []spoiling{grainy(20), blackOrWhite}},
	{"askew, grainy, JPEG", 150, 0.6, []spoiling{turned(1.5), grainy(25), squeezed(30)}},
	{"the same, upside down", 150, 0.6, []spoiling{turned(178.5), grainy(25), squeezed(30)}},
}

// turned lays a page askew, on paper of its own.
func turned(degrees float64) spoiling {
	return func(p *image.Gray) *image.Gray {
		sin, cos := math.Sincos(degrees * math.Pi / 180)
		w, h := float64(p.Rect.Dx()), float64(p.Rect.Dy())
		toW, toH := math.Abs(w*cos)+math.Abs(h*sin), math.Abs(h*cos)+math.Abs(w*sin)
		to := image.NewGray(image.Rect(0, 0, int(math.Round(toW)), int(math.Round(toH))))
		draw.Draw(to, to.Rect, image.White, image.Point{}, draw.Src)
		draw.BiLinear.Transform(to, f64.Aff3{cos, -sin, toW/2 - cos*w/2 + sin*h/2, sin, cos, toH/2 - sin*w/2 - cos*h/2}, p, p.Rect, draw.Over, nil)
		return to
	}
}

func grainy(deviation float64) spoiling {
	return func(p *image.Gray) *image.Gray {
		r := rand.New(rand.NewPCG(1, 2))
		to := image.NewGray(p.Rect)
		for i, v := range p.Pix {
			to.Pix[i] = uint8(max(0, min(255, float64(v)*0.8+25+deviation*r.NormFloat64())))
		}
		return to
	}
}

// squeezed is what JPEG makes of a page.
func squeezed(quality int) spoiling {
	return func(p *image.Gray) *image.Gray {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: quality}); err != nil {
			return nil
		}
		img, err := jpeg.Decode(&b)
		if err != nil {
			return nil
		}
		return gray(img)
	}
}

func blurred(p *image.Gray) *image.Gray {
	small := image.NewGray(image.Rect(0, 0, p.Rect.Dx()*2/5, p.Rect.Dy()*2/5))
	draw.ApproxBiLinear.Scale(small, small.Rect, p, p.Rect, draw.Src, nil)
	to := image.NewGray(p.Rect)
	draw.BiLinear.Scale(to, to.Rect, small, small.Rect, draw.Src, nil)
	return to
}

func blackOrWhite(p *image.Gray) *image.Gray {
	for i, v := range p.Pix {
		p.Pix[i] = 0
		if v > 140 {
			p.Pix[i] = 255
		}
	}
	return p
}

func gray(img image.Image) *image.Gray {
	p := image.NewGray(img.Bounds())
	draw.Draw(p, p.Rect, img, img.Bounds().Min, draw.Src)
	return p
}

var (
	wordRule = regexp.MustCompile(`[\pL\pN]{2,}`)
	idRule   = regexp.MustCompile(`\b(?:\d{6}|\d{8})[-+A-FU-Y]?\d{3}[0-9A-Y]\b|\b0\d{1,3}-\d{5,8}\b|[\w.]+@[\w.]+`)
)

// share is how many of those there are were found.
type share struct{ found, all int }

func (s share) of() float64 { return float64(s.found) / float64(max(s.all, 1)) }

// count adds what a rule finds in a page's text and in what was read of it.
func (s *share) count(rule *regexp.Regexp, truth, read string) {
	have := map[string]int{}
	for _, w := range rule.FindAllString(strings.ToLower(read), -1) {
		have[w]++
	}
	for _, w := range rule.FindAllString(strings.ToLower(truth), -1) {
		s.all++
		if have[w] > 0 {
			have[w]--
			s.found++
		}
	}
}

// paged is a page of paper with the text that stands on it.
type paged struct{ path, text string }

// TestPaper measures how pages of paper are read. KLARLAGT_PAGES is a folder
// with NAME.txt and NAME-DPI.png for each page; with KLARLAGT_PAGES_RAW pages
// are read as they come.
func TestPaper(t *testing.T) {
	dir, raw := os.Getenv("KLARLAGT_PAGES"), os.Getenv("KLARLAGT_PAGES_RAW") != ""
	if dir == "" {
		t.Skip("no pages: scripts/ocr.sh makes them and sets KLARLAGT_PAGES")
	}
	texts, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(texts) == 0 {
		t.Fatalf("no pages in the folder: %v", err)
	}
	var pages []paged
	for _, path := range texts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, paged{strings.TrimSuffix(path, ".txt"), string(text)})
	}
	r := recognizer(t)
	var sure []point
	t.Logf("%-26s %4s %6s %6s %12s %s", "", "dpi", "words", "ids", "s a page", "confidence")
	for _, c := range conditions {
		var words, ids share
		var confidence []string
		began := time.Now()
		for _, page := range pages {
			img := drawn(t, fmt.Sprintf("%s-%d.png", page.path, c.dpi))
			for _, spoil := range c.spoils {
				img = spoil(img)
			}
			if img = asDrawn(t, img); !raw {
				img = extract.Ready(img)
			}
			reading, err := r.Read(t.Context(), img)
			if err != nil {
				t.Fatal(err)
			}
			read := string(reading.Text)
			var here share
			words.count(wordRule, page.text, read)
			ids.count(idRule, page.text, read)
			here.count(idRule, page.text, read)
			sure = append(sure, point{reading.Confidence, here.of()})
			confidence = append(confidence, fmt.Sprintf("%.0f", reading.Confidence))
		}
		took := time.Since(began).Seconds() / float64(len(pages))
		t.Logf("%-26s %4d %6.3f %6.3f %12.1f %s", c.name, c.dpi, words.of(), ids.of(), took, strings.Join(confidence, " "))
		if !raw && ids.of() < c.least {
			t.Errorf("%s, %d dpi: %.3f of the identifiers were found, want %.2f", c.name, c.dpi, ids.of(), c.least)
		}
	}
	limits(t, sure)
}

// point is how sure the reading of a page was, and the share of its
// identifiers that was found.
type point struct{ confidence, found float64 }

// limits tells what a limit of confidence would have said of the pages.
func limits(t *testing.T, pages []point) {
	slices.SortFunc(pages, func(a, b point) int { return int(a.confidence - b.confidence) })
	for limit := 55.0; limit <= 90; limit += 5 {
		var below, above, poorAbove, goodBelow int
		for _, p := range pages {
			switch poor := p.found < 0.8; {
			case p.confidence >= limit && poor:
				above, poorAbove = above+1, poorAbove+1
			case p.confidence >= limit:
				above++
			case poor:
				below++
			default:
				below, goodBelow = below+1, goodBelow+1
			}
		}
		t.Logf("limit %.0f: %d pages unsure, of which %d are well read; %d sure, of which %d are not (below 0.8 of the identifiers)", limit, below, goodBelow, above, poorAbove)
	}
}

func drawn(t *testing.T, path string) *image.Gray {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return gray(img)
}

// asDrawn is a page as a worker draws it.
func asDrawn(t *testing.T, page *image.Gray) (img *image.Gray) {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, page); err != nil {
		t.Fatal(err)
	}
	look := func(_ extract.Picture, draw func() (*image.Gray, error)) (s extract.Sight, err error) {
		img, err = draw()
		return s, err
	}
	if err := extract.Walk(t.Context(), bytes.NewReader(b.Bytes()), int64(b.Len()), "page.png", extract.Limits{Look: look}, nobody{}); err != nil {
		t.Fatal(err)
	}
	return img
}

// nobody visits files and tells nothing.
type nobody struct{}

func (nobody) Open(extract.Item) error                                  { return nil }
func (nobody) Text(int, breach.Place, []byte) error                     { return nil }
func (nobody) Close(int, breach.Outcome, [32]byte, string, int64) error { return nil }
