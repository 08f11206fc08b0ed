package engine

import (
	"bytes"
	"errors"
	"unicode/utf8"
)

// escapes says how an ASCII byte stands in a column: 0 as it is, 'x' as \xHH,
// else as \ and that letter.
var escapes = func() (t [utf8.RuneSelf]byte) {
	for c := range byte(' ') {
		t[c] = 'x'
	}
	t['\t'], t['\n'], t['\r'], t['\\'], t[0x7F] = 't', 'n', 'r', '\\', 'x'
	return t
}()

const hexDigits = "0123456789abcdef"

var errEscape = errors.New("no such escape")

// appendEscaped appends a text as it stands in a column. With blanks set,
// blanks are escaped too, as \s: a place parts its steps by them.
func appendEscaped[T string | []byte](dst []byte, text T, blanks bool) []byte {
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			if size := runeLen(text[i:]); size > 0 {
				i += size
				continue
			}
			dst = append(append(dst, text[from:i]...), '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			i++
			from = i
			continue
		}
		e := escapes[c]
		if c == ' ' && blanks {
			e = 's'
		}
		i++
		if e == 0 {
			continue
		}
		dst = append(append(dst, text[from:i-1]...), '\\', e)
		if e == 'x' {
			dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
		}
		from = i
	}
	return append(dst, text[from:]...)
}

// runeLen is the length of the rune that a text begins with, 0 if it is no
// UTF-8. The line and paragraph separators do not count as runes either: some
// readers of lines stop at them.
func runeLen[T string | []byte](text T) int {
	var b [utf8.UTFMax]byte
	r, size := utf8.DecodeRune(b[:copy(b[:], text)])
	if r == utf8.RuneError && size <= 1 || r == '\u0085' || r == '\u2028' || r == '\u2029' {
		return 0
	}
	return size
}

// appendUnescaped appends the text that a column stands for.
func appendUnescaped(dst, column []byte) ([]byte, error) {
	for {
		i := bytes.IndexByte(column, '\\')
		if i < 0 {
			return append(dst, column...), nil
		}
		dst = append(dst, column[:i]...)
		if column = column[i+1:]; len(column) == 0 {
			return dst, errEscape
		}
		c := column[0]
		column = column[1:]
		switch c {
		case 't':
			c = '\t'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 's':
			c = ' '
		case '\\':
		case 'x':
			if len(column) < 2 {
				return dst, errEscape
			}
			high, low := bytes.IndexByte([]byte(hexDigits), column[0]), bytes.IndexByte([]byte(hexDigits), column[1])
			if high < 0 || low < 0 {
				return dst, errEscape
			}
			c = byte(high<<4 | low)
			column = column[2:]
		default:
			return dst, errEscape
		}
		dst = append(dst, c)
	}
}
