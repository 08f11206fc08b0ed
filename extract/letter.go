package extract

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// letter is what a byte of a one-byte charset is, for guessing whether a text
// is written in it.
type letter struct {
	score               float64 // standing between others as it should
	is, upper, lower    bool    // a letter, and of which case
	control, joinsWords bool
}

// letterTables has the bytes of each of the candidates.
var letterTables = sync.OnceValue(func() map[*charmap.Charmap]*[256]letter {
	all := map[*charmap.Charmap]*[256]letter{}
	for _, c := range candidates {
		t := new([256]letter)
		for b := range t {
			t[b] = newLetter(c.table.DecodeByte(byte(b)))
		}
		all[c.table] = t
	}
	return all
})

func newLetter(r rune) letter {
	l := letter{
		is: unicode.IsLetter(r), upper: unicode.IsUpper(r), lower: unicode.IsLower(r),
		control:    r == utf8.RuneError || unicode.IsControl(r),
		joinsWords: strings.ContainsRune("’\u00AD´", r),
		score:      -1,
	}
	switch {
	case strings.ContainsRune("åäöÅÄÖ", r):
		l.score = 3
	case strings.ContainsRune("æøÆØ", r):
		l.score = 2.6
	case strings.ContainsRune("éüßÉÜ", r):
		l.score = 1.6
	case strings.ContainsRune("šžŠŽáàèíóúðþýçñëïôêâ", r):
		l.score = 0.8
	case l.is:
		l.score = 0.2
	case strings.ContainsRune("\u00A0€§°–—”“’‘„…»«£½²³µ·•´×±ºª©®™¼¾¿¡¨", r):
		l.score = 0.3
	}
	return l
}

// between is how likely it stands between two others.
func (l *letter) between(before, after *letter) float64 {
	switch {
	case l.control:
		return -5
	case !l.is && before.is && after.is && !l.joinsWords:
		return -3
	case !l.is:
		return l.score
	case l.upper && before.lower, l.lower && before.upper && after.upper:
		return l.score/4 - 2
	case !before.is && !after.is:
		return l.score / 4
	}
	return l.score
}

// plausible scores how well bytes above 0x7F read as letters of words.
func plausible(text []byte, table *[256]letter) float64 {
	score := 0.0
	blank := &table[' ']
	for i, c := range text {
		if c < utf8.RuneSelf {
			continue
		}
		before, after := blank, blank
		if i > 0 {
			before = &table[text[i-1]]
		}
		if i+1 < len(text) {
			after = &table[text[i+1]]
		}
		score += table[c].between(before, after)
	}
	return score
}
