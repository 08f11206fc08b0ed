package extract

import (
	"bytes"
	"io"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// tokenKind is what a markup reader met.
type tokenKind uint8

const (
	startTag tokenKind = iota + 1
	endTag
	textRun
)

const (
	maxTag   = 256 << 10 // a longer tag loses its last attributes
	maxRun   = 32 << 10  // longer text comes in several runs
	fillSize = 32 << 10
)

// markup reads the XML of office files as a stream of tags and text. It is
// lenient and knows no document type: entities other than XML's own five and
// characters by number stay as they are, so nothing can expand. It holds no
// stack, so nothing can be too deep, and its memory is bounded.
type markup struct {
	r    io.Reader
	buf  []byte
	pos  int
	err  error // what ended r
	name []byte
	attr []byte // the attributes of a start tag, as written
	text []byte // a run, decoded; good until the next token
	shut bool   // the start tag closes itself: its end tag is next
}

// newMarkup reads UTF-8, or UTF-16 where a byte order mark says so.
func newMarkup(r io.Reader) *markup {
	m := &markup{r: r}
	m.fill()
	if b := m.buf; len(b) >= 2 && (b[0] == 0xFF && b[1] == 0xFE || b[0] == 0xFE && b[1] == 0xFF) {
		whole := io.MultiReader(bytes.NewReader(m.buf), r)
		m = &markup{r: transform.NewReader(whole, unicode.BOMOverride(encoding.Nop.NewDecoder()))}
	}
	return m
}

// fill reads more, and reports whether there was any.
func (m *markup) fill() bool {
	if m.err != nil {
		return false
	}
	if m.pos > 0 {
		m.buf = m.buf[:copy(m.buf, m.buf[m.pos:])]
		m.pos = 0
	}
	if cap(m.buf)-len(m.buf) < fillSize {
		bigger := make([]byte, len(m.buf), 2*cap(m.buf)+fillSize)
		copy(bigger, m.buf)
		m.buf = bigger
	}
	for tries := 0; m.err == nil; tries++ {
		n, err := m.r.Read(m.buf[len(m.buf):cap(m.buf)])
		m.buf = m.buf[:len(m.buf)+n]
		m.err = err
		if n > 0 {
			return true
		}
		if tries > 100 {
			m.err = io.ErrNoProgress
		}
	}
	return false
}

// Next reads the next token. At the end it gives io.EOF.
func (m *markup) Next() (tokenKind, error) {
	if m.shut {
		m.shut = false
		return endTag, nil
	}
	for {
		if m.pos == len(m.buf) && !m.fill() {
			return 0, m.err
		}
		if m.buf[m.pos] != '<' {
			return textRun, m.run()
		}
		kind, err := m.tag()
		if kind != 0 || err != nil {
			return kind, err
		}
	}
}

// Name is the name of the tag without its prefix.
func (m *markup) Name() string { return string(m.name) }

// Is reports whether the tag has the name, given without prefix.
func (m *markup) Is(name string) bool { return string(m.name) == name }

// Text is the run of text, good until the next token.
func (m *markup) Text() []byte { return m.text }

// Attr gives an attribute of the start tag, "" if it has none. A name without
// a prefix is that of the first attribute with any prefix or none.
func (m *markup) Attr(name string) string {
	for rest := m.attr; len(rest) > 0; {
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			return ""
		}
		key := bytes.TrimSpace(rest[:eq])
		if i := bytes.LastIndexAny(key, " \t\r\n"); i >= 0 {
			key = key[i+1:]
		}
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return ""
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return ""
		}
		if string(key) == name || string(local(key)) == name {
			return string(appendUnescaped(nil, rest[1:1+end]))
		}
		rest = rest[end+2:]
	}
	return ""
}

// run reads text up to the next tag.
func (m *markup) run() error {
	n := 0
	for {
		part := m.buf[m.pos:]
		if i := bytes.IndexByte(part[n:], '<'); i >= 0 {
			n += i
			break
		}
		n = len(part)
		if n >= maxRun || !m.fill() {
			break
		}
	}
	if n > maxRun {
		n = maxRun
	}
	part := m.buf[m.pos : m.pos+n]
	if n == maxRun {
		part = wholeRun(part)
	}
	m.pos += len(part)
	m.text = appendUnescaped(m.text[:0], part)
	return nil
}

// wholeRun cuts a run before a character or an entity that it would split.
func wholeRun(b []byte) []byte {
	const longestEntity = 12
	if i := bytes.LastIndexByte(b[len(b)-longestEntity:], '&'); i >= 0 {
		return b[:len(b)-longestEntity+i]
	}
	for i := 1; i <= utf8.UTFMax; i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// tag reads what begins with "<". Kind 0 is nothing to tell: a comment, a
// processing instruction, a document type.
func (m *markup) tag() (tokenKind, error) {
	for len(m.buf)-m.pos < len("<![CDATA[") && m.fill() {
	}
	b := m.buf[m.pos:]
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		return 0, m.skip("-->")
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		m.pos += len("<![CDATA[")
		return textRun, m.cdata()
	case bytes.HasPrefix(b, []byte("<?")):
		return 0, m.skip("?>")
	case bytes.HasPrefix(b, []byte("<!")):
		return 0, m.doctype()
	}
	body, ok := m.body()
	if !ok {
		return 0, m.err
	}
	if len(body) > 0 && body[0] == '/' {
		m.name = append(m.name[:0], local(bytes.TrimSpace(body[1:]))...)
		return endTag, nil
	}
	if n := len(body); n > 0 && body[n-1] == '/' {
		m.shut, body = true, body[:n-1]
	}
	name, attr := body, []byte(nil)
	if i := bytes.IndexAny(body, " \t\r\n"); i >= 0 {
		name, attr = body[:i], body[i:]
	}
	m.name = append(m.name[:0], local(name)...)
	m.attr = append(m.attr[:0], attr...)
	return startTag, nil
}

// local takes the prefix off a name.
func local(name []byte) []byte { return name[bytes.LastIndexByte(name, ':')+1:] }

// body reads what stands between "<" and ">", which may stand in quotes too.
func (m *markup) body() ([]byte, bool) {
	quote := byte(0)
	for i := 1; ; i++ {
		if m.pos+i >= len(m.buf) && !m.fill() {
			m.pos = len(m.buf)
			return nil, false
		}
		c := m.buf[m.pos+i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			body := m.buf[m.pos+1 : m.pos+i]
			m.pos += i + 1
			return body, true
		}
		if i > maxTag {
			// Keep what there is, and go on after the next ">".
			body := append([]byte(nil), m.buf[m.pos+1:m.pos+i]...)
			m.pos += i
			return body, m.skip(">") == nil
		}
	}
}

// skip goes on behind the next mark.
func (m *markup) skip(mark string) error {
	for {
		if i := bytes.Index(m.buf[m.pos:], []byte(mark)); i >= 0 {
			m.pos += i + len(mark)
			return nil
		}
		m.pos = max(m.pos, len(m.buf)-len(mark)+1)
		if !m.fill() {
			m.pos = len(m.buf)
			return m.err
		}
	}
}

// cdata reads text up to "]]>". What is longer than a run goes on as text.
func (m *markup) cdata() error {
	const mark = "]]>"
	for {
		b := m.buf[m.pos:]
		if i := bytes.Index(b, []byte(mark)); i >= 0 {
			m.text = append(m.text[:0], b[:i]...)
			m.pos += i + len(mark)
			return nil
		}
		if len(b) >= maxRun || !m.fill() {
			b = m.buf[m.pos:]
			m.text = append(m.text[:0], b...)
			m.pos += len(b)
			return nil
		}
	}
}

// doctype skips a document type with its declarations in brackets.
func (m *markup) doctype() error {
	depth := 0
	for {
		for ; m.pos < len(m.buf); m.pos++ {
			switch m.buf[m.pos] {
			case '[':
				depth++
			case ']':
				depth--
			case '>':
				if depth <= 0 {
					m.pos++
					return nil
				}
			}
		}
		if !m.fill() {
			return m.err
		}
	}
}

// appendUnescaped appends text with entities resolved.
func appendUnescaped(to, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			return append(to, text...)
		}
		to = append(to, text[:i]...)
		text = text[i:]
		end := bytes.IndexByte(text[:min(len(text), 12)], ';')
		r := rune(-1)
		if end > 0 {
			r = entity(string(text[1:end]))
		}
		if r < 0 {
			to, text = append(to, '&'), text[1:]
			continue
		}
		to, text = utf8.AppendRune(to, r), text[end+1:]
	}
}

// entity gives the character of an entity, -1 if it is none that XML knows.
func entity(name string) rune {
	switch name {
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "amp":
		return '&'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	if len(name) < 2 || name[0] != '#' {
		return -1
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune {
		return -1
	}
	return rune(n)
}
