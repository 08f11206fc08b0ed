package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reading is how hard a text is to read. LIX (Björnsson 1968) is the words in
// a sentence plus the share of words of more than six letters in per cent.
// Finnish and Swedish join words, and so the same plainness gives Finnish a
// higher number than Swedish, and Swedish a higher one than English.
type Reading struct {
	Words, Sentences, Long int
}

// LIX is the number, rounded. A text without words has none.
func (r Reading) LIX() int {
	if r.Words == 0 {
		return 0
	}
	return (2*(r.Words*r.Words+100*r.Long*r.Sentences) + r.Words*r.Sentences) / (2 * r.Words * r.Sentences)
}

// Plain reports whether the text is as plain as the letters that come with the
// program have to be. The bounds are set by language: see Reading.
func (r Reading) Plain(lang string) bool {
	most := map[string]int{"en": 32, "sv": 36, "fi": 52}[lang]
	return most == 0 || r.LIX() <= most
}

// Read counts. A sentence ends with its mark, with a colon, or with the line of
// a heading or a list; fields are not words.
func Read(text string) Reading {
	var r Reading
	for line := range strings.SplitSeq(text, "\n") {
		open := false
		for word := range strings.FieldsSeq(line) {
			if strings.HasPrefix(word, "{") {
				continue
			}
			letters := strings.TrimFunc(word, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
			if letters == "" {
				continue
			}
			open = true
			r.Words++
			if utf8.RuneCountInString(letters) > 6 {
				r.Long++
			}
			if strings.ContainsAny(word[len(word)-1:], ".!?:") {
				r.Sentences++
				open = false
			}
		}
		if open {
			r.Sentences++
		}
	}
	return r
}
