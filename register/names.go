package register

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxWord is how many bytes of a word count. Longer words agree if their
// beginnings do; no name of a person needs more.
const maxWord = 64

// maxParts bounds how many words of one given name or surname are keys.
const maxParts = 6

// foldWord appends a word in small letters, at most maxWord bytes of it.
func foldWord(dst, w []byte) []byte {
	for i := 0; i < len(w); {
		if len(dst)+utf8.UTFMax > maxWord {
			return dst
		}
		switch c := w[i]; {
		case c < utf8.RuneSelf:
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			dst = append(dst, c)
			i++
		case c == 0xC3 && i+1 < len(w): // À–ÿ: a capital and its small letter differ in one bit
			d := w[i+1]
			if d < 0xA0 && d != 0x97 && d != 0x9F { // but × and ß have no other case
				d |= 0x20
			}
			dst = append(dst, c, d)
			i += 2
		default:
			r, size := utf8.DecodeRune(w[i:])
			if r == utf8.RuneError {
				dst = append(dst, w[i:i+size]...)
			} else {
				dst = utf8.AppendRune(dst, unicode.ToLower(r))
			}
			i += size
		}
	}
	return dst
}

// isWordByte reports whether a byte belongs to a word: an ASCII letter, or
// any byte of a character beyond ASCII.
func isWordByte(c byte) bool { return c >= utf8.RuneSelf || (c|0x20)-'a' < 26 }

// nextWord finds the first word in text from i on; start == end at its end.
func nextWord(text []byte, i int) (start, end int) {
	for i < len(text) && !isWordByte(text[i]) {
		i++
	}
	start = i
	for i < len(text) && isWordByte(text[i]) {
		i++
	}
	return start, i
}

// nameWords gives the words of a name that tell people apart, folded: no
// initials, and no particles where other words remain.
func nameWords(text []byte) [][]byte {
	words, particles := make([][]byte, 0, 3), [][]byte(nil)
	room := make([]byte, len(text)+utf8.UTFMax) // of all words, for few grow when folded
	for i := 0; i < len(text) && len(words) < maxParts; {
		start, end := nextWord(text, i)
		i = end
		w := slices.Clip(foldWord(room[:0], text[start:end]))
		room = room[min(len(w), len(room)):]
		switch {
		case utf8.RuneCount(w) < 2:
		case Particle(w):
			particles = append(particles, w)
		default:
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return particles
	}
	return words
}

// Particle reports whether a word, in small letters, is one of the little
// words inside surnames, as in "von Essen" and "de la Cruz".
func Particle(w []byte) bool {
	switch string(w) {
	case "von", "van", "der", "den", "de", "da", "di", "du", "del", "la", "le", "af", "av", "al", "el", "bin", "ibn",
		"dos", "das", "do", "ter", "ten", "zu", "zur":
		return true
	}
	return false
}
