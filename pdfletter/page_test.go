package pdfletter_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/pdfletter"
)

// drawn is one line of text on a page: where its base line begins, from the
// sheet's upper left corner in millimetres.
type drawn struct {
	x, y float64
	size float64
}

var textLine = regexp.MustCompile(`BT /[RB] ([0-9.]+) Tf ([0-9.]+) ([0-9.]+) Td`)

// page gives the lines of a content stream.
func page(t *testing.T, content []byte) []drawn {
	t.Helper()
	var lines []drawn
	for _, m := range textLine.FindAllSubmatch(content, -1) {
		var v [3]float64
		for i := range v {
			var err error
			if v[i], err = strconv.ParseFloat(string(m[i+1]), 64); err != nil {
				t.Fatal(err)
			}
		}
		const point = 25.4 / 72
		lines = append(lines, drawn{v[1] * point, 297 - v[2]*point, v[0] * point})
	}
	return lines
}

func TestOnlyTheAddressIsInTheWindow(t *testing.T) {
	for fold, end := range map[pdfletter.Fold]float64{pdfletter.C5: 74, pdfletter.E65: 70} {
		l := letter(3)
		l.Address = append(l.Address, "FINLAND")
		pdf, _ := file(t, press(t, fold), l)
		inside := 0
		for i, line := range page(t, contents(t, pdf)[0]) {
			address := i >= 3 && i < 7 // after two lines of sender and the day
			switch {
			case address && (line.x < 20 || line.y-0.8*line.size < 46 || line.y+line.size/4 > end):
				t.Errorf("fold %d: a line of the address at %.1f, %.1f", fold, line.x, line.y)
			case !address && line.x < 125 && line.y > 35 && line.y-line.size < 85:
				t.Errorf("fold %d: line %d shows in the window, at %.1f, %.1f", fold, i, line.x, line.y)
			}
			if address {
				inside++
			}
		}
		if inside != 4 {
			t.Errorf("fold %d: %d lines of address", fold, inside)
		}
	}
}

func TestNoLineAndNoHeadingStandsAlone(t *testing.T) {
	p := press(t, pdfletter.C5)
	for n := range 40 { // the pages break elsewhere each time
		l := letter(8)
		l.Parts[0].Blocks[0].Text = strings.Repeat("ord ", 1+n*12)
		pdf, _ := file(t, p, l)
		pages := contents(t, pdf)
		for i, content := range pages {
			text, _, _ := strings.Cut(string(content), "/Artifact")
			runs := strings.Split(strings.TrimSpace(text), "EMC\n")
			last, first := strings.TrimSuffix(runs[len(runs)-1], "EMC"), runs[0]
			if strings.HasPrefix(last, "/H") && i < len(pages)-1 {
				t.Errorf("%d words before: page %d ends with a heading", 1+n*12, i+1)
			}
			if i > 0 && strings.HasPrefix(first, "/P ") && strings.Count(first, "Tj") < 2 {
				t.Errorf("%d words before: page %d begins with a line alone", 1+n*12, i+1)
			}
			for _, line := range page(t, content) {
				if line.y > 292 || line.x < 19 {
					t.Errorf("a line at %.1f, %.1f is off the sheet", line.x, line.y)
				}
			}
		}
	}
}

func TestOthersReadTheFile(t *testing.T) {
	pdf, _ := file(t, press(t, pdfletter.C5), letter(12))
	path := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("it is tagged", func(t *testing.T) {
		info := tool(t, "pdfinfo", path)
		for _, want := range []string{"Tagged:          yes", "Title:           Dina uppgifter har läckt", "JavaScript:      no", "Form:            none"} {
			if !strings.Contains(info, want) {
				t.Errorf("no %q in\n%s", want, info)
			}
		}
	})
	t.Run("its structure is in order", func(t *testing.T) {
		got := tool(t, "pdfinfo", "-struct-text", path)
		at := 0
		for _, want := range []string{"P (block)", `"Box 999 999 99 Exempelstad"`, `"Exempla Provsson Provgatan 1 B 999 99 Exempelstad"`,
			"H1 (block)", `"Dina uppgifter har läckt"`, "H2 (block)", "L (block)", "LI (block)", "Lbl (block)", "LBody (block)", `"namn och adress"`} {
			i := strings.Index(got[at:], want)
			if i < 0 {
				t.Fatalf("no %s after the first %d bytes of\n%s", want, at, got)
			}
			at += i
		}
	})
	t.Run("it is sound", func(t *testing.T) {
		if got := tool(t, "qpdf", "--check", path); !strings.Contains(got, "No syntax or stream encoding errors") {
			t.Error(got)
		}
	})
}

func TestCodesAreRead(t *testing.T) {
	for _, code := range []string{"000001", "K7F3A2-000123", "12345", "A", "AB12345-9999999"} {
		l := letter(0)
		l.Code = code
		pdf, _ := file(t, press(t, pdfletter.C5), l)
		if got, want := decode(t, contents(t, pdf)[0]), code+"-1/1"; got != want {
			t.Errorf("read %q, printed %q", got, want)
		}
	}
}

var bar = regexp.MustCompile(`(?m)^([0-9.]+) [0-9.]+ ([0-9.]+) [0-9.]+ re$`)

// decode reads a Code 128 as a scanner does: from the widths of bars and the
// room between them, by its own table.
func decode(t *testing.T, content []byte) string {
	t.Helper()
	_, foot, _ := strings.Cut(string(content), "/Footer")
	foot, _, _ = strings.Cut(foot, "EMC")
	const module = 2.835 / 3
	var widths []byte
	end := 0.0
	for _, m := range bar.FindAllStringSubmatch(foot, -1) {
		x, _ := strconv.ParseFloat(m[1], 64)
		w, _ := strconv.ParseFloat(m[2], 64)
		if end > 0 {
			widths = append(widths, byte('0'+int((x-end)/module+0.5)))
		}
		widths = append(widths, byte('0'+int(w/module+0.5)))
		end = x + w
	}
	values, sum := []int{}, 0
	for ; len(widths) > 7; widths = widths[6:] {
		v := value(t, string(widths[:6]))
		values = append(values, v)
	}
	for i, v := range values[:len(values)-1] {
		sum += v * max(i, 1)
	}
	if sum%103 != values[len(values)-1] || string(widths) != "2331112" {
		t.Fatalf("the check symbol or the stop is wrong: %v", values)
	}
	var b strings.Builder
	inC := values[0] == 105
	for _, v := range values[1 : len(values)-1] {
		switch {
		case !inC && v == 99:
			inC = true
		case inC && v == 100:
			inC = false
		case inC:
			fmt.Fprintf(&b, "%02d", v)
		default:
			b.WriteByte(byte(' ' + v))
		}
	}
	return b.String()
}

// value is the value of a pattern. The table is the standard's for 0 to 105,
// kept apart from the one that draws.
func value(t *testing.T, pattern string) int {
	t.Helper()
	table, err := os.ReadFile("testdata/code128.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range strings.Fields(string(table)) {
		if p == pattern {
			return i
		}
	}
	t.Fatalf("no symbol has the pattern %s", pattern)
	return 0
}
