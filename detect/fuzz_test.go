package detect_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/detect"
	"github.com/klarlagt/klarlagt/nationalid"
)

// FuzzScanner reads hostile text in every layout: nothing panics, every
// finding stands inside the text, cuts at line ends change nothing, and what a
// slow reference finds is found.
func FuzzScanner(f *testing.F) {
	for _, d := range detect.All {
		for _, text := range append(d.Hits, d.Misses...) {
			f.Add([]byte(text+"\n"+text), uint8(0))
		}
	}
	f.Add([]byte("Namn\tPersonnummer\tVH1 namn\nAnna Berg\t20120304-2393\tErik Berg\n\t\t\n"), uint8(1))
	f.Add([]byte("From: \"Berg, Anna\" <anna.berg@example.se>, <@>,;\nTo:\n x@y.fi"), uint8(2))
	f.Add([]byte("guardian 1 name: x\n: \nname:\nsocial security number: 010594Y9032"), uint8(3))
	x := index(f, people()...)
	s := detect.New(x)
	units := []breach.Unit{breach.Line, breach.Row, breach.Header, breach.Record, breach.Paragraph, breach.Page, breach.FileName}
	f.Fuzz(func(t *testing.T, text []byte, layout uint8) {
		if len(text) > 1<<16 {
			return
		}
		unit := units[int(layout)%len(units)]
		name := string(text[:min(len(text), 100)])
		whole := read(t, s, name, passage(unit, 1, string(text)))
		for _, m := range whole {
			for _, f := range m.Findings {
				if f.Kind == 0 || f.Value.IsZero() || f.Form == "" || f.Strength == 0 {
					t.Errorf("a finding of kind %v lacks its form, value or strength", f.Kind)
				}
				if f.Place.Offset < 0 || f.Place.Offset > int64(max(len(text), 3*len(name))) {
					t.Errorf("a finding stands at %d of %d bytes", f.Place.Offset, len(text))
				}
			}
		}
		if again := read(t, s, name, passage(unit, 1, string(text))); show(again) != show(whole) {
			t.Errorf("read twice: got\n%s\nthen\n%s", show(whole), show(again))
		}
		if unit == breach.Line && utf8.Valid(text) {
			checkReference(t, text, show(whole))
		}
		if end := bytes.IndexByte(text, '\n') + 1; end > 0 && end < len(text) && (unit == breach.Line || unit == breach.Paragraph || unit == breach.Row) {
			cut := read(t, s, name, passage(unit, 1, string(text[:end])), passage(unit, 2, string(text[end:])))
			if show(cut) != show(whole) {
				t.Errorf("cut after the first line: got\n%s\nwhole\n%s", show(cut), show(whole))
			}
		}
	})
}

var (
	slowHetu  = regexp.MustCompile(`(?:^|[\s(;:])([0-3]\d[01]\d{3}[-+A-FU-Ya-fu-y]\d{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y])(?:$|[\s);])`)
	slowEmail = regexp.MustCompile(`(?:^|[\s(<;])([a-z]{1,15}[._]?[a-z]{1,15}@[a-z]{2,20}\.(?:se|fi|com))(?:$|[\s)>;])`)
)

// checkReference compares what is found with plain regular expressions.
func checkReference(t *testing.T, text []byte, got string) {
	for _, m := range slowHetu.FindAllSubmatch(text, -1) {
		if nationalid.ValidHetu(m[1]) && !strings.Contains(got, "="+strings.ToUpper(string(m[1]))) {
			t.Errorf("the reference finds a hetu that the scanner does not; got %s", got)
		}
	}
	for _, m := range slowEmail.FindAllSubmatch(text, -1) {
		if !strings.Contains(got, "="+string(m[1])) {
			t.Errorf("the reference finds an address that the scanner does not; got %s", got)
		}
	}
}
