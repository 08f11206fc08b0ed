package compare_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/compare"
)

// print makes the print of a text handed over in pieces.
func print(pieces ...string) (compare.Print, bool) {
	var p compare.Printer
	for _, piece := range pieces {
		p.Add([]byte(piece))
	}
	return p.Print()
}

const letter = "Förskolan Björken, 12 maj. Hej! Nu närmar sig sommaren, och vi vill gärna veta vilka veckor ert barn är ledigt. " +
	"Lämna lappen till avdelningen senast fredag. Effektiv planering förutsätter svar från alla."

// half is where a sentence of the letter begins.
var half = strings.Index(letter, " Nu ")

func TestTextsThatAreTheSame(t *testing.T) {
	want, ok := print(letter)
	if !ok {
		t.Fatal("the letter has no print")
	}
	for name, pieces := range map[string][]string{
		"other line breaks":      {strings.ReplaceAll(letter, " ", "\r\n\t")},
		"capitals":               {strings.ToUpper(letter)},
		"without punctuation":    {strings.NewReplacer(".", "", ",", "", "!", "").Replace(letter)},
		"in two pieces":          {letter[:half], letter[half:]},
		"letters set as one":     {strings.Replace(letter, "Effektiv", "Eﬀektiv", 1)},
		"with soft hyphens":      {strings.ReplaceAll(letter, "planering", "pla\u00ADne\u00ADring")},
		"bytes that are no text": {letter + "\xff\xfe \x00"},
	} {
		if got, ok := print(pieces...); !ok || got != want {
			t.Errorf("%s: another print, of %d words where there are %d", name, got.Words, want.Words)
		}
	}
}

func TestTextsThatAreNotTheSame(t *testing.T) {
	want, _ := print(letter)
	for name, text := range map[string]string{
		"another date":   strings.Replace(letter, "12 maj", "13 maj", 1),
		"another order":  letter[half:] + letter[:half],
		"words run on":   strings.Replace(letter, "senast fredag", "senastfredag", 1),
		"without rings":  strings.ReplaceAll(letter, "å", "a"),
		"one word more":  letter + " Hej",
		"twice the text": letter + letter,
	} {
		if got, ok := print(text); !ok || got.Same == want.Same {
			t.Errorf("%s: the print of the letter", name)
		}
	}
}

func TestFewWordsHaveNoPrint(t *testing.T) {
	for n, want := range map[int]bool{0: false, compare.MinWords - 1: false, compare.MinWords: true} {
		if _, ok := print(strings.Repeat("ord ", n)); ok != want {
			t.Errorf("%d words: print %v, want %v", n, ok, want)
		}
	}
}

// words makes a text of numbered words, so that how much of two is the same is
// known: a run of three is in both where all of its words are.
func words(from, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "ord%d ", from+i)
	}
	return b.String()
}

func TestLikenessIsCloseToTheTruth(t *testing.T) {
	const n = 2000
	for _, truth := range []float64{0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1} {
		var off, sum float64
		const times = 40
		for i := range times {
			// Two windows over the same words share s of n+(n-s) runs.
			shift := int(math.Round(float64(n) * (1 - truth) / (1 + truth)))
			p, _ := print(words(i*10*n, n))
			q, _ := print(words(i*10*n+shift, n))
			like := p.Like(&q)
			sum += like
			off += (like - truth) * (like - truth)
		}
		mean, deviation := sum/times, math.Sqrt(off/times)
		if math.Abs(mean-truth) > 0.03 || deviation > 0.07 {
			t.Errorf("likeness %.2f: mean %.3f, off by %.3f", truth, mean, deviation)
		}
	}
}

func TestTextsNearlyTheSameShareABand(t *testing.T) {
	const n, times = 1000, 200
	for _, c := range []struct {
		truth       float64
		least, most float64
	}{{0.9, 1, 1}, {0.8, 0.97, 1}, {0.5, 0.1, 0.5}, {0.3, 0, 0.06}, {0, 0, 0}} {
		met := 0
		shift := int(math.Round(n * (1 - c.truth) / (1 + c.truth)))
		for i := range times {
			p, _ := print(words(i*10*n, n))
			q, _ := print(words(i*10*n+shift, n))
			a, b := p.Bands(), q.Bands()
			for band := range a {
				if a[band] == b[band] {
					met++
					break
				}
			}
		}
		if share := float64(met) / times; share < c.least || share > c.most {
			t.Errorf("likeness %.1f: %.3f of pairs meet, want %.2f to %.2f", c.truth, share, c.least, c.most)
		}
	}
}

func TestPrintsAreKept(t *testing.T) {
	want, _ := print(letter)
	b := want.Bytes()
	if got, ok := compare.Parse(b); !ok || got != want || len(b) != compare.Size {
		t.Errorf("%d bytes, read back %v", len(b), ok)
	}
	if _, ok := compare.Parse(b[1:]); ok {
		t.Error("a print cut short is one")
	}
}

func FuzzPrinter(f *testing.F) {
	f.Add([]byte(letter))
	f.Add(bytes.Repeat([]byte("a"), 10_000))
	f.Add([]byte(strings.Repeat("ﬃ", 300)))
	f.Add([]byte("\xf0\x9f \xcc\x81\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p compare.Printer
		p.Add(text)
		first, ok := p.Print()
		p.Reset()
		p.Add(text)
		if again, okAgain := p.Print(); again != first || ok != okAgain {
			t.Error("the same text has two prints")
		}
		if ok && first.Like(&first) != 1 {
			t.Error("a text is not like itself")
		}
	})
}

func BenchmarkPrinter(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	list := strings.Fields(letter)
	for name, join := range map[string]string{"text": " ", "table": "\t"} {
		var text []byte
		for len(text) < 64<<10 {
			text = append(append(text, list[r.IntN(len(list))]...), join...)
		}
		b.Run(name, func(b *testing.B) {
			var p compare.Printer
			p.Reset()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				p.Add(text)
			}
		})
	}
}
