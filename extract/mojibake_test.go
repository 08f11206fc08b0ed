package extract_test

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/klarlagt/klarlagt/extract"
)

// over writes text as a program does that takes its UTF-8 for Windows-1252.
func over(text string) string {
	var out []rune
	for _, c := range []byte(text) {
		r := charmap.Windows1252.DecodeByte(c)
		if r == utf8.RuneError { // five bytes stand for nothing, and stay as they are
			r = rune(c)
		}
		out = append(out, r)
	}
	return string(out)
}

func TestTextWrittenTwice(t *testing.T) {
	latin := []rune{}
	for _, c := range []byte("Åsa Öberg") {
		latin = append(latin, rune(c))
	}
	for _, c := range []struct{ name, text, want string }{
		{"Swedish", over("Åsa Öberg i Växjö är på väg"), "Åsa Öberg i Växjö är på väg"},
		{"capitals", over("JYRKI MÄÄTTÄ, YRJÖ ÅKERBLOM §12"), "JYRKI MÄÄTTÄ, YRJÖ ÅKERBLOM §12"},
		{"by way of Latin-1", string(latin), "Åsa Öberg"},
		{"thrice", over(over("Åsa Öberg")), "Åsa Öberg"},
		{"punctuation", over("“Åsa” – 10 €"), "“Åsa” – 10 €"},
		{"in part", over("Åsa") + " Öberg", "Åsa Öberg"},
		{"right as it is", "”Åsa” sa ”Ä”, â la São Paulo, MANHÃ, Â", "”Åsa” sa ”Ä”, â la São Paulo, MANHÃ, Â"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := walk(t, "x.txt", []byte(c.text+"\n"), extract.Limits{})
			expect(t, a.items[0].Passages, "line 1: "+c.want)
		})
	}
}
