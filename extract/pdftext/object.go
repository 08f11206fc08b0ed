package pdftext

import (
	"bytes"
	"math"
)

// Objects (ISO 32000-1, 7.3) are nil, bool, int, float64, name, text, array,
// dict, *stream and ref.
type (
	name  string
	text  string // the bytes of a string
	array []any
	dict  []entry
	ref   struct{ number, generation int }
)

// entry is one of a dictionary.
type entry struct {
	key   name
	value any
}

// stream is a dictionary with data, which begins at an offset.
type stream struct {
	dict dict
	at   int
	n    int // bytes as they lie in the file
	of   ref // whose it is
}

// get gives a value as it stands, which may be a ref; nil if there is none.
func (d dict) get(key name) any {
	for i := range d {
		if d[i].key == key {
			return d[i].value
		}
	}
	return nil
}

func (d dict) has(key name) bool { return d.get(key) != nil }

// What characters are: ISO 32000-1, 7.2.2.
const (
	regular = iota
	space
	delimiter
)

var classes = func() (c [256]byte) {
	for _, b := range []byte("\x00\t\n\f\r ") {
		c[b] = space
	}
	for _, b := range []byte("()<>[]{}/%") {
		c[b] = delimiter
	}
	return c
}()

const errSyntax = Unsure("its syntax")

// parser reads objects.
type parser struct {
	b     []byte
	at    int
	depth int
	taken int // objects, those within others too
}

// skip passes over blanks and comments.
func (p *parser) skip() {
	for p.at < len(p.b) {
		switch c := p.b[p.at]; {
		case classes[c] == space:
			p.at++
		case c == '%':
			for p.at < len(p.b) && p.b[p.at] != '\n' && p.b[p.at] != '\r' {
				p.at++
			}
		default:
			return
		}
	}
}

// word takes regular characters.
func (p *parser) word() []byte {
	from := p.at
	for p.at < len(p.b) && classes[p.b[p.at]] == regular {
		p.at++
	}
	return p.b[from:p.at]
}

// keyword takes a word if it is the next thing.
func (p *parser) keyword(w string) bool {
	p.skip()
	at := p.at
	if string(p.word()) == w {
		return true
	}
	p.at = at
	return false
}

// whole takes a number without sign or fraction.
func (p *parser) whole() (int, bool) {
	p.skip()
	at := p.at
	n, ok := digits(p.word())
	if !ok {
		p.at = at
	}
	return n, ok
}

func digits(w []byte) (int, bool) {
	if len(w) == 0 || len(w) > 10 {
		return 0, false
	}
	n := 0
	for _, c := range w {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// object takes one object.
func (p *parser) object() (any, error) {
	p.skip()
	if p.taken++; p.at >= len(p.b) || p.depth > maxDepth || p.taken > maxParts {
		return nil, errSyntax
	}
	switch c := p.b[p.at]; {
	case c == '/':
		return p.name()
	case c == '(':
		s, err := p.literal(nil)
		return text(s), err
	case c == '<' && p.at+1 < len(p.b) && p.b[p.at+1] == '<':
		return p.dict()
	case c == '<':
		s, err := p.hex(nil)
		return text(s), err
	case c == '[':
		return p.array()
	case c >= '0' && c <= '9':
		return p.numberOrRef()
	case c == '+' || c == '-' || c == '.':
		return number(p.word())
	}
	switch w := p.word(); string(w) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	return nil, errSyntax
}

// numberOrRef takes a number, or the three words of a ref.
func (p *parser) numberOrRef() (any, error) {
	w := p.word()
	after := p.at
	if n, ok := digits(w); ok {
		if generation, ok := p.whole(); ok && p.keyword("R") {
			return ref{n, generation}, nil
		}
	}
	p.at = after
	return number(w)
}

// number reads a number: ISO 32000-1, 7.3.3.
func number(w []byte) (any, error) {
	f, whole, ok := parseNumber(w)
	switch {
	case !ok:
		return nil, errSyntax
	case whole && math.Abs(f) < 1<<53:
		return int(f), nil
	}
	return f, nil
}

// parseNumber is strict: one sign, digits, one point.
func parseNumber(w []byte) (f float64, whole, ok bool) {
	i, sign := 0, 1.0
	if len(w) > 0 && (w[0] == '-' || w[0] == '+') {
		i = 1
		if w[0] == '-' {
			sign = -1
		}
	}
	whole = true
	n, scale, seen := 0.0, 1.0, 0
	for ; i < len(w); i++ {
		switch c := w[i]; {
		case c >= '0' && c <= '9':
			n = 10*n + float64(c-'0')
			seen++
			if !whole {
				scale *= 10
			}
		case c == '.' && whole:
			whole = false
		default:
			return 0, false, false
		}
	}
	return sign * n / scale, whole, seen > 0 && seen < 40
}

// name takes a name: ISO 32000-1, 7.3.5.
func (p *parser) name() (name, error) {
	p.at++ // the slash
	w := p.word()
	if bytes.IndexByte(w, '#') < 0 {
		return name(w), nil
	}
	var full []byte
	for i := 0; i < len(w); i++ {
		if w[i] != '#' {
			full = append(full, w[i])
			continue
		}
		if i+2 >= len(w) || hexDigit(w[i+1]) < 0 || hexDigit(w[i+2]) < 0 {
			return "", errSyntax
		}
		full = append(full, byte(hexDigit(w[i+1])<<4|hexDigit(w[i+2])))
		i += 2
	}
	return name(full), nil
}

func (p *parser) array() (any, error) {
	p.depth++
	defer func() { p.depth-- }()
	p.at++
	var a array
	for {
		p.skip()
		if p.at < len(p.b) && p.b[p.at] == ']' {
			p.at++
			return a, nil
		}
		o, err := p.object()
		if err != nil {
			return nil, err
		}
		a = append(a, o)
	}
}

func (p *parser) dict() (any, error) {
	p.depth++
	defer func() { p.depth-- }()
	p.at += 2
	var d dict
	for {
		p.skip()
		if p.at+1 >= len(p.b) {
			return nil, errSyntax
		}
		if p.b[p.at] == '>' && p.b[p.at+1] == '>' {
			p.at += 2
			return d, nil
		}
		if p.b[p.at] != '/' {
			return nil, errSyntax
		}
		key, err := p.name()
		if err != nil {
			return nil, err
		}
		value, err := p.object()
		if err != nil {
			return nil, err
		}
		if d.has(key) || len(d) > maxKeys {
			return nil, Unsure("a key that stands twice, or so many keys")
		}
		d = append(d, entry{key, value})
	}
}
