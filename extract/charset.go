package extract

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode/utf32"

	utf "golang.org/x/text/encoding/unicode"
)

// charset is how the bytes of a text stand for letters.
type charset struct {
	name    string
	table   *charmap.Charmap  // one byte a letter
	other   encoding.Encoding // anything else but UTF-8
	mark    int               // length of the byte order mark
	guessed bool              // by the plausibility of the letters alone
	doubt   float64           // share of bytes that make no sense: 0 for text
}

var utf8Charset = charset{name: "utf-8"}

// marks are the byte order marks, longest first.
var marks = []struct {
	mark string
	charset
}{
	{"\xFF\xFE\x00\x00", charset{name: "utf-32le", other: utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)}},
	{"\x00\x00\xFE\xFF", charset{name: "utf-32be", other: utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)}},
	{"\xEF\xBB\xBF", utf8Charset},
	{"\xFF\xFE", charset{name: "utf-16le", other: utf.UTF16(utf.LittleEndian, utf.IgnoreBOM)}},
	{"\xFE\xFF", charset{name: "utf-16be", other: utf.UTF16(utf.BigEndian, utf.IgnoreBOM)}},
}

// candidates are the one-byte charsets of the Nordic countries, the likely
// first: where two read a text alike, the first wins.
var candidates = []charset{
	{name: "windows-1252", table: charmap.Windows1252},
	{name: "iso-8859-15", table: charmap.ISO8859_15},
	{name: "cp850", table: charmap.CodePage850},
	{name: "cp865", table: charmap.CodePage865},
	{name: "macintosh", table: charmap.Macintosh},
}

// detect finds the charset of a text from its beginning: by its mark, by where
// its zeros stand, by whether it is UTF-8, and else by which letters are
// plausible in the Nordic languages.
func detect(head []byte) charset {
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.mark)) {
			m.charset.mark = len(m.mark)
			return m.charset
		}
	}
	if c, ok := detectWide(head); ok {
		return c
	}
	if validUTF8(head) {
		c := utf8Charset
		c.doubt = controls(head)
		return c
	}
	if mostlyUTF8(head) {
		c := utf8Charset
		c.guessed, c.doubt = true, controls(head)
		return c
	}
	best, score := candidates[0], -1e9
	for _, c := range candidates {
		if s := plausible(head, letterTables()[c.table]); s > score {
			best, score = c, s
		}
	}
	best.guessed = true
	best.doubt = controls(head)
	if score < 0 {
		best.doubt += -score / float64(3*len(head))
	}
	return best
}

// validUTF8 reports whether text is UTF-8; its last sequence may be cut off.
func validUTF8(text []byte) bool {
	for i := 0; i < utf8.UTFMax && i <= len(text); i++ {
		if utf8.Valid(text[:len(text)-i]) {
			return i == 0 || !utf8.FullRune(text[len(text)-i:])
		}
	}
	return false
}

// mostlyUTF8 reports whether a text that is not UTF-8 is so in most places, as
// one put together from several sources: other charsets hardly ever look so.
func mostlyUTF8(text []byte) bool {
	valid, invalid := 0, 0
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n <= 1:
			invalid++
		case n > 1:
			valid++
		}
		text = text[n:]
	}
	return valid >= max(invalid, 1)
}

// detectWide finds UTF-16 and UTF-32 without a mark: Latin text in them has a
// zero at the same place of each unit.
func detectWide(head []byte) (charset, bool) {
	n := len(head) &^ 3
	n = min(n, 4096)
	if n < 8 {
		return charset{}, false
	}
	var zeros [4]int
	for i, c := range head[:n] {
		if c == 0 {
			zeros[i&3]++
		}
	}
	units := n / 4
	most := func(v int) bool { return v*10 > units*7 }
	few := func(v int) bool { return v*20 < units }
	switch z := zeros; {
	case most(z[3]) && most(z[2]) && most(z[1]) && few(z[0]):
		return marks[0].charset, true
	case most(z[0]) && most(z[1]) && most(z[2]) && few(z[3]):
		return marks[1].charset, true
	case most(z[1]) && most(z[3]) && few(z[0]) && few(z[2]):
		return sane(marks[3].charset, head[:n], 0)
	case most(z[0]) && most(z[2]) && few(z[1]) && few(z[3]):
		return sane(marks[4].charset, head[:n], 1)
	}
	return charset{}, false
}

// sane holds UTF-16 for text only where its low bytes are mostly printable.
func sane(c charset, head []byte, low int) (charset, bool) {
	bad := 0
	for i := low; i < len(head); i += 2 {
		if b := head[i]; b < 0x20 && b != '\n' && b != '\r' && b != '\t' {
			bad++
		}
	}
	return c, bad*50 < len(head)
}

// controls is the share of control characters that text does not use.
func controls(head []byte) float64 {
	n := 0
	for _, c := range head {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1A && c != 0x1B || c == 0x7F {
			n++
		}
	}
	if n == 1 { // one may happen
		n = 0
	}
	return float64(n) / float64(max(1, len(head)))
}

// isBinary reports whether bytes have more control characters than text has in
// any charset, without looking at their letters.
func isBinary(head []byte) bool {
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.mark)) {
			return false
		}
	}
	_, wide := detectWide(head)
	return !wide && controls(head) >= notText
}

// declared finds the charset with a name such as "iso-8859-1", as written in
// headers and documents.
func declared(name string) (charset, bool) {
	name = strings.ToLower(strings.Trim(name, " \t\r\n\"'"))
	switch name {
	case "", "us-ascii", "ascii", "unknown-8bit", "8bit", "binary", "utf-16", "utf-32", "unicode":
		return charset{}, false
	case "utf-8", "utf8", "utf-7", "unicode-1-1-utf-7":
		return utf8Charset, true
	case "cp850", "ibm850", "cp-850", "850":
		return candidates[2], true
	case "cp865", "ibm865":
		return candidates[3], true
	case "cp437", "ibm437":
		return charset{name: "cp437", table: charmap.CodePage437}, true
	}
	e, err := htmlindex.Get(strings.TrimPrefix(name, "x-"))
	if err != nil {
		return charset{}, false
	}
	if n, err := htmlindex.Name(e); err == nil {
		name = n
	}
	if t, ok := e.(*charmap.Charmap); ok {
		return charset{name: name, table: t}, true
	}
	if name == "replacement" || name == "utf-8" {
		return charset{}, false
	}
	return charset{name: name, other: e}, true
}

// decodeName makes text of a file's name in whatever charset.
func decodeName(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	c := detect(raw)
	if c.table == nil {
		return string(bytes.ToValidUTF8(raw, []byte("?")))
	}
	out, err := c.table.NewDecoder().Bytes(raw)
	if err != nil {
		return string(bytes.ToValidUTF8(raw, []byte("?")))
	}
	return string(out)
}
