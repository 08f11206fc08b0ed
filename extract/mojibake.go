package extract

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Text that was UTF-8, was taken for Windows-1252 or Latin-1 and written as
// UTF-8 again shows two or three characters for one: "Ã…sa" for "Åsa". No
// language that we read writes an Ã or Â before such a character.

// mend puts right what was written twice over, and what was more often.
func (f *folder) mend(text []byte) []byte {
	for i := range f.mended {
		if !bytes.Contains(text, []byte("Ã")) && !bytes.Contains(text, []byte("Â")) && !bytes.Contains(text, []byte("â")) {
			return text
		}
		out, changed := appendMended(f.mended[i][:0], text)
		if f.mended[i] = out; !changed {
			return text
		}
		text = out
	}
	return text
}

func appendMended(out, text []byte) (mended []byte, changed bool) {
	for len(text) > 0 {
		next := bytes.IndexByte(text, 0xC3)
		if next < 0 {
			break
		}
		out = append(out, text[:next]...)
		text = text[next:]
		if r, n := twice(text); n > 0 {
			out, text, changed = utf8.AppendRune(out, r), text[n:], true
			continue
		}
		n := min(2, len(text))
		out = append(out, text[:n]...)
		text = text[n:]
	}
	return append(out, text...), changed
}

// twice decodes a character that was written twice over, which text begins
// with, and tells how long it is; 0 where there is none.
func twice(text []byte) (r rune, n int) {
	var raw [3]byte
	want := 2
	for i := 0; i < want; i++ {
		c, size := utf8.DecodeRune(text[n:])
		b, ok := charmap.Windows1252.EncodeRune(c)
		if c >= 0x80 && c < 0xA0 {
			b, ok = byte(c), true
		}
		switch {
		case !ok || size < 2:
			return 0, 0
		case i == 0 && b == 0xE2:
			want = 3
		case i == 0 && b != 0xC2 && b != 0xC3, i > 0 && (b < 0x80 || b > 0xBF):
			return 0, 0
		}
		raw[i] = b
		n += size
	}
	r, size := utf8.DecodeRune(raw[:want])
	if size != want || r < 0xA0 || want == 3 && (r < 0x2010 || r > 0x20AF) {
		return 0, 0
	}
	return r, n
}
