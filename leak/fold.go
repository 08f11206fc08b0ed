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
	from  []int32 // where in the text each byte comes from
}

const (
	starts = 1 << iota // a run of letters, or of digits, begins here
	ends               // and ends here
)

const (
	none = iota
	letter
	digit
)

// class and lower case of the bytes of ASCII.
var ascii = func() (table [128]struct{ class, lower uint8 }) {
	for b := range table {
		c := uint8(b)
		switch {
		case c >= '0' && c <= '9':
			table[b] = struct{ class, lower uint8 }{digit, c}
		case c >= 'a' && c <= 'z':
			table[b] = struct{ class, lower uint8 }{letter, c}
		case c >= 'A' && c <= 'Z':
			table[b] = struct{ class, lower uint8 }{letter, c + 'a' - 'A'}
		}
	}
	return table
}()

// fill makes the compact form of a text, in place of what was there.
func (c *compact) fill(text []byte) {
	c.bytes, c.flags, c.from = slices.Grow(c.bytes[:0], len(text)), slices.Grow(c.flags[:0], len(text)), slices.Grow(c.from[:0], len(text))
	was := uint8(none)
	for i := 0; i < len(text); {
		if b := text[i]; b < utf8.RuneSelf {
			if e := ascii[b]; e.class == none {
				was = c.pause(was)
			} else {
				was = c.put(e.class, was, i, e.lower)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		folded := fold(r)
		class := uint8(letter)
		if unicode.IsDigit(r) {
			class = digit
		}
		for j := range len(folded) {
			was = c.put(class, was, i, folded[j])
		}
		if folded == "" && !unicode.Is(unicode.Mn, r) { // an accent by itself parts nothing
			was = c.pause(was)
		}
		i += size
	}
	c.pause(was)
}

func (c *compact) put(class, was uint8, at int, b byte) uint8 {
	flag := uint8(0)
	if class != was {
		c.pause(was)
		flag = starts
	}
	c.bytes, c.flags, c.from = append(c.bytes, b), append(c.flags, flag), append(c.from, int32(at))
	return class
}

func (c *compact) pause(was uint8) uint8 {
	if was != none {
		c.flags[len(c.flags)-1] |= ends
	}
	return none
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
	if r < rune(len(folded())) {
		return folded()[r]
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
