package engine_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/engine"
)

const tsvHead = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"

func TestParseReading(t *testing.T) {
	word := func(block, paragraph, line, confidence, text string) string {
		return strings.Join([]string{"5", "1", block, paragraph, line, "1", "0", "0", "1", "1", confidence, text}, "\t") + "\n"
	}
	for name, c := range map[string]struct {
		table, text string
		confidence  float64
	}{
		"words of a line":         {tsvHead + word("1", "1", "1", "90", "Bo") + word("1", "1", "1", "90", "Ek"), "Bo Ek\n", 90},
		"lines and paragraphs":    {tsvHead + word("1", "1", "1", "90", "a") + word("1", "1", "2", "90", "b") + word("1", "2", "1", "90", "c") + word("2", "1", "1", "90", "d"), "a\nb\n\nc\n\nd\n", 90},
		"longer words count more": {tsvHead + word("1", "1", "1", "100", "abc") + word("1", "1", "1", "20", "d"), "abc d\n", 80},
		"rows that are no words":  {tsvHead + "1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t\n" + word("1", "1", "1", "-1", "x") + word("1", "1", "1", "50", " "), "", 0},
		"rows that do not fit":    {"5\t1\n\n" + word("1", "1", "1", "NaN", "x") + word("1", "1", "1", "high", "x"), "", 0},
		"bytes that are no text":  {word("1", "1", "1", "50", "Bo\xFF\xFE"), "Bo\n", 50},
		"nothing":                 {"", "", 0},
	} {
		got := engine.ParseReading([]byte(c.table))
		if string(got.Text) != c.text || got.Confidence != c.confidence {
			t.Errorf("%s: %q with %v, want %q with %v", name, got.Text, got.Confidence, c.text, c.confidence)
		}
	}
}

func FuzzParseReading(f *testing.F) {
	f.Add([]byte(tsvHead + "5\t1\t1\t1\t1\t1\t0\t0\t1\t1\t96.5\tBo\n"))
	f.Fuzz(func(t *testing.T, table []byte) {
		r := engine.ParseReading(table)
		if !utf8.Valid(r.Text) || len(r.Text) > 2*len(table)+1 || !(r.Confidence >= 0 && r.Confidence <= 100.001) {
			t.Errorf("%q with %v", r.Text, r.Confidence)
		}
	})
}
