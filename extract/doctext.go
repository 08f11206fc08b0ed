package extract

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

// docText makes paragraphs and rows of the characters of a Word document.
type docText struct {
	out     Sink
	marks   *docMarks
	numbers *numbering // nil where there are none
	notes   int64
	nTables int64
	authors []string // of the comments, in order
	note    byte     // the character that begins a note
	high    rune     // the first half of a pair

	at     breach.Place
	paras  *batch
	body   *batch // of the text, which the text boxes go on from
	line   []byte // the paragraph at hand
	fields []docField
	rows   *batch // of the table at hand
	row    []byte
	cells  int
	start  int  // of the cell, in row
	last   byte // the control before
}

// docField is a field: instructions, and mostly what came of them.
type docField struct {
	code   []byte
	result bool
}

const (
	maxFields    = 64
	maxFieldCode = 4 << 10
)

// begin starts a part of the document at a place.
func (t *docText) begin(at breach.Place, note byte) {
	t.at, t.note = at, note
	if at.Depth() > 0 {
		t.paras = newBatch(t.out, at, breach.Paragraph)
		return
	}
	if t.body == nil {
		t.body = newBatch(t.out, at, breach.Paragraph)
	}
	t.paras = t.body
}

// end hands over what is open.
func (t *docText) end() error {
	for _, f := range t.fields { // that never end
		if !f.result {
			t.line = append(t.line, f.code...)
		}
	}
	t.fields = t.fields[:0]
	if len(bytes.TrimSpace(t.line)) > 0 {
		if err := t.paragraph(); err != nil {
			return err
		}
	}
	if err := t.endTable(); err != nil {
		return err
	}
	return t.paras.Flush()
}

// take reads text that stands at an offset of the document.
func (t *docText) take(b []byte, fc int64, wide bool, page int) error {
	width := 1
	if wide {
		width = 2
	}
	start := 0
	for i := 0; i+width <= len(b); i += width {
		if b[i] >= 0x20 || wide && b[i+1] != 0 {
			continue
		}
		t.add(b[start:i], wide, page)
		start = i + width
		if err := t.control(b[i], fc+int64(i)); err != nil {
			return err
		}
	}
	t.add(b[start:], wide, page)
	if len(t.line) > maxParagraph {
		return t.paragraph()
	}
	return nil
}

// add appends a run without controls.
func (t *docText) add(b []byte, wide bool, page int) {
	if len(b) == 0 {
		return
	}
	t.last = ' '
	to := &t.line
	if n := len(t.fields) - 1; n >= 0 && !t.fields[n].result {
		if f := &t.fields[n]; len(f.code) > maxFieldCode {
			t.line = append(t.line, f.code...) // never mind: it is text
			f.code, f.result = nil, true
		} else {
			to = &f.code
		}
	}
	if !wide {
		*to = appendPage(*to, b, page)
		return
	}
	*to, t.high = appendUTF16(*to, b, t.high)
}

// appendUTF16 decodes UTF-16, little end first; the first half of a pair waits
// for the second.
func appendUTF16(to, b []byte, high rune) ([]byte, rune) {
	for i := 0; i+2 <= len(b); i += 2 {
		c := rune(b[i]) | rune(b[i+1])<<8
		switch {
		case c < utf8.RuneSelf:
			to, high = append(to, byte(c)), 0
		case c >= 0xD800 && c < 0xDC00:
			high = c
		case c >= 0xDC00 && c < 0xE000:
			to, high = utf8.AppendRune(to, utf16.DecodeRune(high, c)), 0
		default:
			to, high = utf8.AppendRune(to, c), 0
		}
	}
	return to, high
}

// control takes a character that is none: [MS-DOC] 2.4.1.
func (t *docText) control(c byte, fc int64) error {
	last := t.last
	t.last = c
	switch c {
	case '\r', '\f', 0x0E:
		mark := t.marks.at(fc)
		t.number(mark)
		if mark.inTable && c == '\r' {
			t.cell(false)
			return nil
		}
		if err := t.paragraph(); err != nil {
			return err
		}
		return t.endTable()
	case 0x07:
		mark := t.marks.at(fc)
		if mark.rowEnd || !mark.known && last == 0x07 && t.cells > 0 {
			return t.endRow()
		}
		t.number(mark)
		t.cell(true)
	case '\t', 0x0B:
		t.add([]byte{' '}, false, 1252)
	case 0x1E:
		t.add([]byte{'-'}, false, 1252)
	case 0x13:
		if len(t.fields) < maxFields {
			t.fields = append(t.fields, docField{})
		}
	case 0x14:
		if n := len(t.fields); n > 0 {
			t.fields[n-1].result = true
		}
	case 0x15:
		if len(t.fields) > 0 {
			t.fieldEnd()
		}
	case t.note:
		if c != 0 && len(bytes.TrimSpace(t.line)) == 0 && len(t.fields) == 0 {
			return t.startNote()
		}
	}
	return nil
}

// number counts the paragraph at hand where it stands in a list, and puts its
// number before it.
func (t *docText) number(mark docMark) {
	if t.numbers == nil || len(t.numbers.uses) == 0 || !mark.known {
		return
	}
	label := t.numbers.label(strconv.Itoa(mark.style), mark.use, mark.level)
	if label != "" && len(bytes.TrimSpace(t.line)) > 0 {
		t.line = slices.Insert(t.line, 0, []byte(label+" ")...)
	}
}

// fieldEnd keeps the address that a link leads to.
func (t *docText) fieldEnd() {
	f := t.fields[len(t.fields)-1]
	t.fields = t.fields[:len(t.fields)-1]
	code := strings.TrimSpace(string(f.code))
	word, rest, _ := strings.Cut(code, " ")
	if !strings.EqualFold(word, "HYPERLINK") {
		return
	}
	address := contact(strings.Trim(strings.TrimSpace(rest), `"`))
	if address != "" && !bytes.Contains(t.line, []byte(address)) {
		t.line = append(append(append(t.line, ' '), address...), ' ')
	}
}

// paragraph ends the paragraph at hand.
func (t *docText) paragraph() error {
	line := bytes.TrimSpace(t.line)
	t.line = t.line[:0]
	if t.cells > 0 || len(t.row) > 0 { // a table that breaks off
		if err := t.endTable(); err != nil {
			return err
		}
	}
	return t.paras.Add(line)
}

// cell puts the paragraph at hand into its cell, and ends the cell.
func (t *docText) cell(end bool) {
	line := bytes.TrimSpace(t.line)
	if t.cells > 0 && t.start == 0 {
		t.row = append(t.row, '\t')
		t.start = len(t.row)
	}
	if len(line) > 0 && len(t.row) < maxRow {
		if len(t.row) > t.start {
			t.row = append(t.row, ' ')
		}
		t.row = appendCell(t.row, line)
	}
	t.line = t.line[:0]
	if end {
		t.cells++
		t.start = 0
	}
}

func (t *docText) endRow() error {
	t.line = t.line[:0]
	row := bytes.TrimRight(t.row, "\t")
	t.row, t.cells, t.start = t.row[:0], 0, 0
	if t.rows == nil {
		if err := t.paras.Flush(); err != nil {
			return err
		}
		t.nTables++
		t.rows = newBatch(t.out, t.at.Down(breach.Step{Unit: breach.Table, N: t.nTables}), breach.Row)
	}
	return t.rows.Add(row)
}

func (t *docText) endTable() error {
	if t.cells > 0 || len(t.row) > 0 {
		if err := t.endRow(); err != nil {
			return err
		}
	}
	if t.rows == nil {
		return nil
	}
	err := t.rows.Flush()
	t.rows = nil
	return err
}

// startNote begins a comment or a footnote, which has a number of its own.
func (t *docText) startNote() error {
	if err := t.end(); err != nil {
		return err
	}
	t.notes++
	t.at = breach.At(breach.Step{Unit: breach.Comment, N: t.notes})
	t.paras = newBatch(t.out, t.at, breach.Paragraph)
	if t.note != 5 || len(t.authors) == 0 {
		return nil
	}
	author := t.authors[0]
	t.authors = t.authors[1:]
	return t.paras.Add([]byte(author))
}
