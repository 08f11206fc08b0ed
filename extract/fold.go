package extract

import (
	"encoding/binary"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folder gives text one spelling, so that what looks the same is the same
// bytes: written once, NFC, and blanks, hyphens, digits and letters that have an ASCII twin
// become it. It reuses its buffers.
type folder struct {
	nfc, out []byte
	mended   [3][]byte
}

// plain marks the bytes of text that needs no folding, as long as it is valid
// UTF-8: ASCII without controls, and the letters of U+00C0 to U+02FF.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x20 && c < 0xC2 && c != 0x7F || c == '\t' || c == '\n' || c >= 0xC3 && c <= 0xCB
	}
	return t
}()

// fold returns text itself where there is nothing to do, else a buffer that is
// good until the next call.
func (f *folder) fold(text []byte) []byte {
	high := byte(0)
	for i := 0; i < len(text); i++ {
		for i+8 <= len(text) && allPlain(binary.LittleEndian.Uint64(text[i:])) {
			i += 8
		}
		if i == len(text) {
			break
		}
		c := text[i]
		if !plain[c] {
			return f.slow(text, i)
		}
		high |= c
	}
	if high < 0x80 || utf8.Valid(text) {
		return text
	}
	return f.slow(text, 0)
}

// allPlain reports whether eight bytes are all ASCII without controls.
func allPlain(x uint64) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	del := x ^ 0x7F*ones
	return (x|(x-0x20*ones)|(del-ones)&^del)&tops == 0
}

// slow folds text whose first i bytes may be plain.
func (f *folder) slow(text []byte, i int) []byte {
	if right := f.mend(text); len(right) != len(text) {
		text, i = right, 0
	}
	if !norm.NFC.IsNormal(text) {
		f.nfc = norm.NFC.Append(f.nfc[:0], text...)
		text, i = f.nfc, 0
	}
	for i > 0 && !utf8.Valid(text[:i]) {
		i = 0
	}
	out := append(f.out[:0], text[:i]...)
	for i < len(text) {
		if c := text[i]; c < utf8.RuneSelf {
			if c < 0x20 && c != '\t' && c != '\n' || c == 0x7F {
				c = ' '
			}
			out = append(out, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		i += n
		out = foldRune(out, r, text[i:])
	}
	f.out = out
	return out
}

// foldRune appends the twin of a rune that is not ASCII.
func foldRune(out []byte, r rune, next []byte) []byte {
	switch {
	case r >= 0xC0 && r < 0x1680:
		return utf8.AppendRune(out, r)
	case r == 0xA0, r == 0x85, r == 0x1680, r >= 0x2000 && r <= 0x200A, r == 0x2028, r == 0x2029, r == 0x202F, r == 0x205F, r == 0x3000:
		return append(out, ' ')
	case r == 0xAD, r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069, r == 0xFEFF:
		return out // cannot be seen
	case r >= 0x80 && r < 0xA0:
		return append(out, ' ')
	case r == 0x2010, r == 0x2011, r == 0x2212, r == 0xFE63:
		return append(out, '-')
	case r >= 0x2012 && r <= 0x2015:
		if len(out) > 0 && isDigit(out[len(out)-1]) && len(next) > 0 && isDigit(next[0]) {
			return append(out, '-')
		}
	case r >= 0xFF01 && r <= 0xFF5E:
		return append(out, byte(r-0xFEE0))
	case r >= 0xFB00 && r <= 0xFB06:
		return append(out, ligatures[r-0xFB00]...)
	}
	return utf8.AppendRune(out, r)
}

var ligatures = [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
