package nationalid

import "unicode/utf8"

// longest is the most characters a number has without its separator.
const longest = 12

// spelling is a text taken apart: its digits and capital letters, and the one
// separator that may stand between them.
type spelling struct {
	chars [longest]byte
	n     int
	sep   byte // '-', '+' or ' '; 0 if there is none
	at    int  // how many characters stand before the separator
}

// spell takes a text apart. Typographic hyphens and blanks and full-width
// digits count as plain ones; blanks may surround a hyphen. It fails on any
// other character, on a second separator, and on one at either end.
func spell(text string) (spelling, bool) {
	var s spelling
	for i := 0; i < len(text); {
		c, size := plain(text[i:])
		i += size
		switch {
		case c == 0:
			return s, false
		case c == ' ' || c == '-' || c == '+':
			if !s.separate(c) {
				return s, false
			}
		case s.n == longest:
			return s, false
		default:
			s.chars[s.n] = c
			s.n++
		}
	}
	return s, s.n > 0 && (s.sep == 0 || s.at < s.n)
}

// separate notes a separator.
func (s *spelling) separate(c byte) bool {
	switch {
	case s.n == 0:
		return false
	case s.sep == 0:
		s.sep, s.at = c, s.n
		return true
	case s.at != s.n: // a second one, further on
		return false
	case c == ' ':
		return s.sep != ' '
	case s.sep == ' ':
		s.sep = c
		return true
	}
	return false
}

// text gives the characters without the separator.
func (s *spelling) text() string { return string(s.chars[:s.n]) }

// split reports whether the separator, if any, is one of seps and stands
// before the last n characters.
func (s *spelling) split(n int, seps string) bool {
	if s.sep == 0 {
		return true
	}
	for i := range len(seps) {
		if s.sep == seps[i] {
			return s.at == s.n-n
		}
	}
	return false
}

// plain folds the first character of a text to a digit, a capital letter, a
// hyphen, a plus or a blank; 0 if it is none of these.
func plain(text string) (c byte, size int) {
	if c = text[0]; c < utf8.RuneSelf {
		switch {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', c == '-', c == '+', c == ' ':
			return c, 1
		case 'a' <= c && c <= 'z':
			return c - 'a' + 'A', 1
		}
		return 0, 1
	}
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case '０' <= r && r <= '９':
		return byte(r-'０') + '0', size
	case r >= '\u2010' && r <= '\u2013', r == '\u2212': // hyphens, figure dash, en dash, minus
		return '-', size
	case r == '\u00a0', r == '\u2009', r == '\u202f', r == '\u2007': // no-break, thin and figure blanks
		return ' ', size
	}
	return 0, size
}
