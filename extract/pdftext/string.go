package pdftext

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// literal appends a string in parentheses: ISO 32000-1, 7.3.4.2.
func (p *parser) literal(to []byte) ([]byte, error) {
	p.at++
	for open := 1; p.at < len(p.b); p.at++ {
		switch c := p.b[p.at]; c {
		case '(':
			open++
			to = append(to, c)
		case ')':
			if open--; open == 0 {
				p.at++
				return to, nil
			}
			to = append(to, c)
		case '\\':
			to = p.escape(to)
		case '\r':
			if p.at+1 < len(p.b) && p.b[p.at+1] == '\n' {
				p.at++
			}
			to = append(to, '\n')
		default:
			to = append(to, c)
		}
	}
	return to, errSyntax
}

// escape appends what a backslash and its successors stand for, and stops at
// the last of them.
func (p *parser) escape(to []byte) []byte {
	p.at++
	if p.at >= len(p.b) {
		return to
	}
	switch c := p.b[p.at]; c {
	case 'n':
		return append(to, '\n')
	case 'r':
		return append(to, '\r')
	case 't':
		return append(to, '\t')
	case 'b':
		return append(to, '\b')
	case 'f':
		return append(to, '\f')
	case '\n':
		return to
	case '\r':
		if p.at+1 < len(p.b) && p.b[p.at+1] == '\n' {
			p.at++
		}
		return to
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n := 0
		for k := 0; k < 3 && p.at < len(p.b) && p.b[p.at] >= '0' && p.b[p.at] <= '7'; k++ {
			n = 8*n + int(p.b[p.at]-'0')
			p.at++
		}
		p.at--
		return append(to, byte(n))
	default:
		return append(to, c)
	}
}

// hex appends a string in angle brackets: ISO 32000-1, 7.3.4.3.
func (p *parser) hex(to []byte) ([]byte, error) {
	p.at++
	high := -1
	for ; p.at < len(p.b); p.at++ {
		c := p.b[p.at]
		n := hexDigit(c)
		switch {
		case c == '>':
			p.at++
			if high >= 0 {
				to = append(to, byte(high<<4))
			}
			return to, nil
		case classes[c] == space:
		case n < 0:
			return to, errSyntax
		case high < 0:
			high = n
		default:
			to = append(to, byte(high<<4|n))
			high = -1
		}
	}
	return to, errSyntax
}

// pdfDoc is the upper part of PDFDocEncoding where it differs from Latin 1, and
// the lower from ASCII: ISO 32000-1, D.3.
const (
	pdfDocLow  = "\u02D8\u02C7\u02C6\u02D9\u02DD\u02DB\u02DA\u02DC" // from 0x18
	pdfDocHigh = "\u2022\u2020\u2021\u2026\u2014\u2013\u0192\u2044\u2039\u203A\u2212\u2030\u201E\u201C\u201D\u2018" +
		"\u2019\u201A\u2122\uFB01\uFB02\u0141\u0152\u0160\u0178\u017D\u0131\u0142\u0153\u0161\u017E\x00\u20AC" // from 0x80
)

// decode gives the text of a text string: ISO 32000-1, 7.9.2.2, and UTF-8 of
// ISO 32000-2.
func decode(t text) (string, error) {
	s := string(t)
	switch {
	case strings.HasPrefix(s, "\xFE\xFF"):
		wide, err := decodeUTF16(s[2:])
		if strings.ContainsRune(wide, 0x1B) {
			err = Unsure("a text with marks of language")
		}
		return wide, err
	case strings.HasPrefix(s, "\xEF\xBB\xBF"), strings.HasPrefix(s, "\xFF\xFE"):
		return "", Unsure("a text in UTF-8, or back to front")
	}
	low, high := []rune(pdfDocLow), []rune(pdfDocHigh)
	var to []byte
	for i := range len(s) {
		r := rune(s[i])
		switch {
		case r >= 0x18 && r < 0x20:
			r = low[r-0x18]
		case r >= 0x80 && int(r) < 0x80+len(high):
			r = high[r-0x80]
		}
		to = utf8.AppendRune(to, r)
	}
	return string(to), nil
}

// decodeUTF16 decodes big-endian UTF-16 that is whole.
func decodeUTF16(s string) (string, error) {
	if len(s)%2 != 0 {
		return "", Unsure("half a character")
	}
	var to []byte
	for i := 0; i < len(s); i += 2 {
		r := rune(s[i])<<8 | rune(s[i+1])
		if utf16.IsSurrogate(r) {
			if i+3 >= len(s) {
				return "", Unsure("half a character")
			}
			r = utf16.DecodeRune(r, rune(s[i+2])<<8|rune(s[i+3]))
			i += 2
			if r == utf8.RuneError {
				return "", Unsure("half a character")
			}
		}
		to = utf8.AppendRune(to, r)
	}
	return string(to), nil
}
