package detect_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/detect"
)

// TestHostileTextTakesNoLonger reads passages made to be slow: 16 KiB of each take
// a bounded time.
func TestHostileTextTakesNoLonger(t *testing.T) {
	s := detect.New(index(t, people()...))
	fill := func(part string) string { return strings.Repeat(part, 16<<10/len(part)) }
	addresses := func() string {
		var b bytes.Buffer
		for i := 0; b.Len() < 16<<10; i++ {
			fmt.Fprintf(&b, "Anna Berg <a%d@example.se> ", i)
		}
		return b.String()
	}()
	guardians := func() string {
		var b bytes.Buffer
		for i := 0; b.Len() < 16<<10; i++ {
			fmt.Fprintf(&b, "guardian %d email: g%d@example.se\n", i%10, i)
		}
		return b.String()
	}()
	for name, text := range map[string]string{
		"at signs":          fill("@"),
		"letters":           fill("A"),
		"capitals":          fill("A "),
		"digits":            fill("1"),
		"numbers":           fill("0101010101 "),
		"colons":            fill("tel: "),
		"labels":            fill("personnummer "),
		"newlines":          fill("\n"),
		"tabs":              fill("\t"),
		"names":             fill("Anna Berg "),
		"particles":         fill("Ebba von "),
		"streets":           fill("Storgatan 1 A 2 "),
		"addresses":         addresses,
		"many guardians":    guardians,
		"inflected":         fill("Anna Koivuselleseenkseen "),
		"broken characters": fill("\xc3\xff\xe2"),
		"known users":       fill("user=annber "),
	} {
		for _, unit := range []breach.Unit{breach.Line, breach.Row, breach.Record, breach.Header, breach.Paragraph, breach.Page} {
			start := time.Now()
			read(t, s, name, passage(unit, 1, text))
			if took := time.Since(start); took > 2*time.Minute {
				t.Errorf("%s as %v: %v", name, unit, took)
			} else if took > 300*time.Millisecond {
				t.Logf("%s as %v: %v", name, unit, took)
			}
		}
	}
}

func TestNoAllocationWithoutFindings(t *testing.T) {
	s := detect.New(index(t, people()...))
	text := []byte(strings.Repeat("Kommunen har 2024-05-01 beslutat om Plan 2030 för Malmö Stad, dnr 123456789, kl. 10:15.\n\n", 300))
	none := func(breach.Mention) error { t.Error("somebody is found"); return nil }
	s.Begin("plan.txt")
	for _, unit := range []breach.Unit{breach.Line, breach.Row, breach.Paragraph, breach.Page} {
		p := breach.Passage{Place: breach.At(breach.Step{Unit: unit, N: 1}), Text: text}
		scan := func() {
			if err := s.Passage(p, none); err != nil {
				t.Fatal(err)
			}
		}
		scan() // the buffers grow once
		if n := testing.AllocsPerRun(20, scan); n > 0 {
			t.Errorf("%v: %v allocations for a passage without findings", unit, n)
		}
	}
}
