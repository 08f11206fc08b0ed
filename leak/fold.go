package leak

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// compact is a text without all that parts it: only its letters and digits, in
// lower case and without accents. What is written "Åsa\r\n <b>Ek" and what is
// written "asa-ek" are the same here, so no blank, break or sign can hide a
// name. Where words began and ended is kept beside.
type compact struct {
	bytes []byte
	flags []uint8
	words []int32 // where in bytes each word begins
}

const (
	starts = 1 << iota // a run of letters, or of digits, begins here
	ends               // and ends here
)

const (
	none = iota
	letter
	digit
	foreign // begins a character beyond ASCII
)

// class and lower case of each byte.
var ascii = func() (table [256]struct{ class, lower uint8 }) {
	for b := range table {
		c := uint8(b)
		switch {
		case c >= '0' && c <= '9':
			table[b] = struct{ class, lower uint8 }{digit, c}
		case c >= 'a' && c <= 'z':
			table[b] = struct{ class, lower uint8 }{letter, c}
		case c >= 'A' && c <= 'Z':
			table[b] = struct{ class, lower uint8 }{letter, c + 'a' - 'A'}
		case c >= utf8.RuneSelf:
			table[b].class = foreign
		}
	}
	return table
}()

// fill makes the compact form of a text, in place of what was there.
func (c *compact) fill(text []byte) {
	c.bytes, c.flags, c.words = slices.Grow(c.bytes[:0], len(text)), slices.Grow(c.flags[:0], len(text)), c.words[:0]
	out, flags, n := c.bytes[:cap(c.bytes)], c.flags[:cap(c.flags)], 0
	was := uint8(none)
	for i := 0; i < len(text); i++ {
		e := ascii[text[i]]
		if e.class == foreign {
			c.bytes, c.flags = out[:n], flags[:n]
			var size int
			was, size = c.foreign(text[i:], was)
			i += size - 1
			n = len(c.bytes)
			out, flags = c.bytes[:cap(c.bytes)], c.flags[:cap(c.flags)]
			continue
		}
		if e.class != was && was != none {
			flags[n-1] |= ends
		}
		if e.class == none {
			was = none
			continue
		}
		flags[n] = 0
		if e.class != was {
			flags[n], was = starts, e.class
			c.words = append(c.words, int32(n))
		}
		out[n] = e.lower
		n++
	}
	if was != none {
		flags[n-1] |= ends
	}
	c.bytes, c.flags = out[:n], flags[:n]
}

// foreign adds the character beyond ASCII that a text begins with, and keeps
// room for what follows it. It tells of which class the character is, and of
// how many bytes.
func (c *compact) foreign(text []byte, was uint8) (class uint8, size int) {
	r, size := utf8.DecodeRune(text)
	folded := fold(r)
	switch {
	case folded != "":
		class = letter
		if unicode.IsDigit(r) {
			class = digit
		}
	case unicode.Is(unicode.Mn, r): // an accent by itself parts nothing
		return was, size
	}
	if class != was && was != none {
		c.flags[len(c.flags)-1] |= ends
	}
	if class == none {
		return none, size
	}
	if class != was {
		c.words = append(c.words, int32(len(c.bytes)))
	}
	for j := range len(folded) {
		flag := uint8(0)
		if j == 0 && class != was {
			flag = starts
		}
		c.bytes, c.flags = append(c.bytes, folded[j]), append(c.flags, flag)
	}
	c.bytes, c.flags = slices.Grow(c.bytes, len(text)), slices.Grow(c.flags, len(text))
	return class, size
}

// place tells where in a text the byte of its compact form comes from that is
// at a place there.
func place(text []byte, at int) int {
	for i, n := 0, 0; i < len(text); {
		size, many := 1, 1
		switch ascii[text[i]].class {
		case none:
			many = 0
		case foreign:
			var r rune
			r, size = utf8.DecodeRune(text[i:])
			many = len(fold(r))
		}
		if n += many; n > at {
			return i
		}
		i += size
	}
	return len(text)
}

// endsAt reports whether a word ends at a place, or so near behind it that what
// follows may be an ending: "Anna Bergs", "Anna Bergille".
func (c *compact) endsAt(i int) bool {
	if c.flags[i]&ends != 0 {
		return true
	}
	if b := c.bytes[i]; b >= '0' && b <= '9' {
		return false
	}
	for j := i + 1; j <= i+4 && j < len(c.flags) && c.flags[j]&starts == 0; j++ {
		if c.flags[j]&ends != 0 {
			return true
		}
	}
	return false
}

// fold is a letter or digit in lower case and without accents; "" of all else.
func fold(r rune) string {
	if table := folded(); r < rune(len(table)) {
		return table[r]
	}
	return foldSlowly(r)
}

// folded are the letters of Europe's Latin alphabets.
var folded = sync.OnceValue(func() *[0x250]string {
	var table [0x250]string
	for r := range rune(len(table)) {
		table[r] = foldSlowly(r)
	}
	return &table
})

func foldSlowly(r rune) string {
	if r == utf8.RuneError {
		return ""
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(string(r)) {
		if unicode.IsLetter(d) || unicode.IsDigit(d) {
			b.WriteRune(unicode.ToLower(d))
		}
	}
	return b.String()
}

// folds is the compact form of a short value.
func folds(text string) []byte {
	out := make([]byte, 0, len(text)+8)
	for _, r := range text {
		if r < utf8.RuneSelf {
			if e := ascii[r]; e.class != none {
				out = append(out, e.lower)
			}
			continue
		}
		out = append(out, fold(r)...)
	}
	return out
}
