package leak

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"html"
	"mime/quotedprintable"
	"net/url"
	"unicode/utf8"
)

// views are a text and each other text that is in it by a common way of writing
// one inside another: HTML, percent signs, quoted-printable, base64,
// hexadecimal. A plain text is its only view.
type views struct {
	budget int // bytes of views: whoever nests more than a message can need has something to hide
	do     func([]byte)
}

// of calls do with every view of a text; it is false where the budget ended.
func of(text []byte, do func([]byte)) bool {
	v := views{16*len(text) + 64<<10, do}
	v.see(text, depth)
	return v.budget >= 0
}

// depth is how many ways of writing one text inside another are undone, each
// within the one before.
const depth = 3

func (v *views) see(text []byte, depth int) {
	if v.budget -= len(text); v.budget < 0 {
		return
	}
	v.do(text)
	if depth == 0 {
		return
	}
	next := func(view []byte) {
		if len(view) >= shortest && v.budget >= 0 && !bytes.Equal(view, text) {
			v.see(view, depth-1)
		}
	}
	if bytes.IndexByte(text, '<') >= 0 && bytes.IndexByte(text, '>') >= 0 {
		next(withoutTags(text))
	}
	if bytes.IndexByte(text, '&') >= 0 && bytes.IndexByte(text, ';') >= 0 {
		next([]byte(html.UnescapeString(string(text))))
	}
	if escaped(text, '%') {
		if plain, err := url.PathUnescape(string(unescapable(text))); err == nil {
			next([]byte(plain))
		}
	}
	if escaped(text, '=') {
		if plain, err := readAll(nil, quotedprintable.NewReader(bytes.NewReader(text)), len(text)); err == nil || len(plain) > 0 {
			next(plain)
		}
	}
	runs(text, next)
}

// withoutTags is a text without what stands between < and >.
func withoutTags(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		open := bytes.IndexByte(text, '<')
		if open < 0 {
			break
		}
		end := bytes.IndexByte(text[open:], '>')
		if end < 0 {
			break
		}
		out = append(out, text[:open]...)
		text = text[open+end+1:]
	}
	return append(out, text...)
}

// escaped reports whether a sign and two hexadecimal digits, or after = the end
// of a line, stand anywhere in a text.
func escaped(text []byte, sign byte) bool {
	for i := bytes.IndexByte(text, sign); i >= 0 && i+2 < len(text); {
		if isHex(text[i+1]) && isHex(text[i+2]) || sign == '=' && (text[i+1] == '\n' || text[i+1] == '\r') {
			return true
		}
		next := bytes.IndexByte(text[i+1:], sign)
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

// unescapable makes a percent sign that begins no escape one that does.
func unescapable(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i, b := range text {
		out = append(out, b)
		if b == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			out = append(out, "25"...)
		}
	}
	return out
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

// A run of an encoding's letters is worth decoding from encodedRun on, and says
// something when so many bytes of it are text. With fewer, one verification
// code in some thousands decodes to what looks like an address.
const (
	encodedRun = 14
	decodedRun = 10
)

// mostLines is over how many lines a run goes.
const mostLines = 64

// Of what a run is made. A carriage return says nothing.
const (
	other = iota
	upper
	lower
	digits
	sign
	lineEnd
	silent
	runKinds
)

var runKind = func() (table [256]uint8) {
	for b := range table {
		switch {
		case b >= 'a' && b <= 'z':
			table[b] = lower
		case b >= 'A' && b <= 'Z':
			table[b] = upper
		case b >= '0' && b <= '9':
			table[b] = digits
		case b == '+', b == '/', b == '-', b == '_':
			table[b] = sign
		case b == '\n':
			table[b] = lineEnd
		case b == '\r':
			table[b] = silent
		}
	}
	return table
}()

// runs calls do with what stretches of base64 and hexadecimal digits say, also
// over the ends of lines, where it is text.
func runs(text []byte, do func([]byte)) {
	var has [runKinds]int
	start, length := 0, 0
	flush := func(end int) {
		if length >= encodedRun && (has[upper] > 1 && has[lower] > 1 || has[digits] > 3) {
			decodeLines(text[start:end], do)
		}
		length, has = 0, [runKinds]int{}
	}
	for i, b := range text {
		kind := runKind[b]
		switch {
		case kind == other || kind == lineEnd && has[lineEnd] == mostLines-1:
			if length > 0 {
				flush(i)
			}
		case kind == lineEnd:
			if length > 0 {
				has[lineEnd]++
			}
		case kind != silent:
			if length == 0 {
				start = i
			}
			length++
			has[kind]++
		}
	}
	flush(len(text))
}

// decodeLines calls do with what a run says, and with what begins at its lines.
func decodeLines(text []byte, do func([]byte)) {
	run := make([]byte, 0, len(text))
	lines := []int{0} // where in the run they begin
	for _, b := range text {
		switch runKind[b] {
		case lineEnd:
			lines = append(lines, len(run))
		case silent:
		default:
			run = append(run, b)
		}
	}
	done := 0
	for _, at := range lines {
		if at >= done {
			done = at + decodeRun(run[at:], do)
		}
	}
}

// decodeRun calls do with what a run says in either encoding, and tells how much
// of the run that was. What is no encoding hardly ever begins with so much text.
func decodeRun(run []byte, do func([]byte)) (used int) {
	plain, _ := hex.AppendDecode(nil, run)
	if plain = readable(plain); len(plain) >= decodedRun {
		do(plain)
		used = 2 * len(plain)
	}
	standard := bytes.ReplaceAll(bytes.ReplaceAll(run, []byte("-"), []byte("+")), []byte("_"), []byte("/"))
	for skip := range min(4, len(standard)) { // a name of a parameter may stand before
		plain, _ := base64.RawStdEncoding.AppendDecode(nil, standard[skip:])
		if plain = readable(plain); len(plain) >= decodedRun {
			do(plain)
			used = max(used, skip+len(plain)*4/3)
		}
	}
	return used
}

// readable is the part of the bytes, from the front, that is text.
func readable(plain []byte) []byte {
	for i := 0; i < len(plain); {
		r, size := utf8.DecodeRune(plain[i:])
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return plain[:i]
		}
		i += size
	}
	return plain
}
