package pdftext

import "unicode/utf8"

const errUnicode = Unsure("a table of characters")

// toUnicode reads the font's table of characters: ISO 32000-1, 9.10.3.
func (d *Document) toUnicode(f *font, dict dict) error {
	o, err := d.at(dict, "ToUnicode")
	if err != nil || o == nil {
		return err
	}
	s, ok := o.(*stream)
	if !ok {
		if o == name("Identity-H") {
			return nil // says nothing
		}
		return errUnicode
	}
	data, err := d.unpack(nil, s)
	if err != nil {
		return err
	}
	m := mapping{parser: parser{b: data}, font: f}
	return m.read()
}

// mapping reads a table of characters.
type mapping struct {
	parser
	font *font
	seen map[uint32]bool
}

// read reads the sections of a table.
func (m *mapping) read() error {
	m.seen = map[uint32]bool{}
	for {
		m.skip()
		if m.at >= len(m.b) {
			return nil
		}
		var err error
		switch c := m.b[m.at]; {
		case classes[c] == regular:
			switch string(m.word()) {
			case "beginbfchar":
				err = m.chars()
			case "beginbfrange":
				err = m.ranges()
			case "usecmap":
				err = errUnicode
			}
		case c == '(' || c == '/' || c == '[':
			_, err = m.object()
		case c == '<' || c == '>':
			m.at++ // codes of the code space, and dictionaries
		default:
			m.at++
		}
		if err != nil {
			return err
		}
	}
}

// code takes a string in hexadecimal that ends the section if it is none.
func (m *mapping) code() (code uint32, more bool, err error) {
	m.skip()
	if m.at >= len(m.b) || m.b[m.at] != '<' {
		if w := m.word(); string(w) != "endbfchar" && string(w) != "endbfrange" {
			return 0, false, errUnicode
		}
		return 0, false, nil
	}
	var room [4]byte
	b, err := m.hex(room[:0])
	if err != nil || len(b) == 0 || len(b) > 2 {
		return 0, false, errUnicode
	}
	for _, c := range b {
		code = code<<8 | uint32(c)
	}
	if !m.font.wide && code > 0xFF {
		return 0, false, errUnicode
	}
	return code, true, nil
}

// target takes what a code is mapped to.
func (m *mapping) target() (string, error) {
	m.skip()
	if m.at >= len(m.b) || m.b[m.at] != '<' {
		return "", errUnicode
	}
	b, err := m.hex(nil)
	if err != nil || len(b) > 64 {
		return "", errUnicode
	}
	if len(b) == 1 {
		b = []byte{0, b[0]}
	}
	s, err := decodeUTF16(string(b))
	if err != nil {
		return lost, nil // nobody may ever use it
	}
	return s, nil
}

// lost stands for a target that is none.
const lost = "\uFFFF"

func (m *mapping) chars() error {
	for {
		code, more, err := m.code()
		if err != nil || !more {
			return err
		}
		s, err := m.target()
		if err == nil {
			err = m.set(code, s)
		}
		if err != nil {
			return err
		}
	}
}

func (m *mapping) ranges() error {
	for {
		low, more, err := m.code()
		if err != nil || !more {
			return err
		}
		high, more, err := m.code()
		if err != nil || !more || high < low {
			return errUnicode
		}
		m.skip()
		if m.at < len(m.b) && m.b[m.at] == '[' {
			err = m.listed(low, high)
		} else {
			err = m.counted(low, high)
		}
		if err != nil {
			return err
		}
	}
}

// listed reads one target for each code of a range.
func (m *mapping) listed(low, high uint32) error {
	m.at++
	for code := low; code <= high; code++ {
		s, err := m.target()
		if err == nil {
			err = m.set(code, s)
		}
		if err != nil {
			return err
		}
	}
	m.skip()
	if m.at >= len(m.b) || m.b[m.at] != ']' {
		return errUnicode
	}
	m.at++
	return nil
}

// counted reads the target of the first code of a range, from which the others
// count on.
func (m *mapping) counted(low, high uint32) error {
	s, err := m.target()
	if err != nil {
		return err
	}
	last, n := utf8.DecodeLastRuneInString(s)
	for code := low; code <= high; code++ {
		r := last + rune(code-low)
		if !utf8.ValidRune(r) {
			return errUnicode
		}
		if err := m.set(code, s[:len(s)-n]+string(r)); err != nil {
			return err
		}
	}
	return nil
}

// set says what a code shows. A code that is given twice, and differently, is
// not sure, nor is one that is given nothing.
func (m *mapping) set(code uint32, s string) error {
	if m.font.told++; m.font.told > maxTold {
		return errUnicode
	}
	g := m.font.make(code)
	r, _ := utf8.DecodeRuneInString(s)
	if s == "" || r == 0 {
		return nil // the encoding may know it
	}
	before := *g
	if g.show(s); r == '\uFFFF' {
		g.char = 0
	}
	if m.seen[code] && (before.char != g.char || before.more != g.more) {
		g.char = 0
	}
	m.seen[code] = true
	return nil
}
