package pdfium

import (
	"unicode/utf16"
	"unicode/utf8"
)

// decode reads one rune of little-endian UTF-16 and how many bytes it takes.
func decode(text []byte) (rune, int) {
	r := rune(text[0]) | rune(text[1])<<8
	if utf16.IsSurrogate(r) && len(text) >= 4 {
		if pair := utf16.DecodeRune(r, rune(text[2])|rune(text[3])<<8); pair != utf8.RuneError {
			return pair, 4
		}
	}
	return r, 2
}

// appendUTF16 decodes little-endian UTF-16 and appends it as UTF-8.
func appendUTF16(to, text []byte) []byte {
	for len(text) >= 2 {
		r, n := decode(text)
		to, text = utf8.AppendRune(to, r), text[n:]
	}
	return to
}
