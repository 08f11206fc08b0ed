package pdfium

import (
	"bytes"
	"unicode"
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

// Hyphens that break a word at the end of a line, as PDFium marks them.
const (
	brokenWord    = 0x02
	brokenWordOld = 0xFFFE
)

// appendText is appendUTF16 for the text of a page: lines end in a newline,
// words broken at a line's end are whole again, and control characters, which
// fonts without a proper encoding give, are gone.
func appendText(to, text []byte) []byte {
	for len(text) >= 2 {
		r, n := decode(text)
		text = text[n:]
		switch {
		case r == brokenWord || r == brokenWordOld:
			text = skipBreak(text)
			if len(text) >= 2 {
				// A name keeps its hyphen: Anna-Liisa, and so does a number.
				if next, _ := decode(text); !unicode.IsLower(next) {
					to = append(to, '-')
				}
			}
		case r == '\r' || r == 0:
		case r < ' ' && r != '\n' && r != '\t':
			to = append(to, ' ')
		default:
			to = utf8.AppendRune(to, r)
		}
	}
	return to
}

// skipBreak skips one end of line.
func skipBreak(text []byte) []byte {
	text = bytes.TrimPrefix(text, []byte{'\r', 0})
	return bytes.TrimPrefix(text, []byte{'\n', 0})
}
