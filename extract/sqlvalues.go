package extract

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// values reads a row up to its closing parenthesis.
func (s *sqlDump) values(t *sqlTable) error {
	v := sqlRow{row: s.line[:0]}
	for depth := 1; depth > 0; {
		s.t.next()
		switch {
		case s.t.kind == sqlEnd:
			depth = 0
		case s.t.mark('('):
			depth++
			v.call()
		case s.t.mark(')'):
			depth--
			v.word = 0
		case s.t.mark(',') && depth == 1:
			v.row = append(v.row, '\t')
			v.cell, v.joined, v.lines = len(v.row), false, false
		case s.t.mark(':'):
			v.cast = true
		case s.t.mark('|'):
			v.joined = true
		case s.t.kind == sqlMark, s.t.kind == sqlComment, s.t.is("NULL"):
		case s.t.kind == sqlWord && v.noise(s.t.text, depth):
		case len(v.row) < 4*maxSQLText:
			text, err := s.binary(t, s.t.text)
			if err != nil {
				return err
			}
			v.add(text, s.t.kind == sqlWord)
		default:
			s.t.cut++
		}
	}
	s.line = v.row[:0]
	return s.row(t, v.row)
}

// sqlRow is a row that grows value by value.
type sqlRow struct {
	row    []byte
	cell   int  // where the cell at hand begins
	word   int  // where the word just added begins; 0 for none
	joined bool // the parts of the cell are one text
	lines  bool // the cell is a text whose newlines are "\\n": replace('a\\nb','\\n',char(10))
	cast   bool // a type follows
}

func (v *sqlRow) add(text []byte, word bool) {
	start := len(v.row)
	switch {
	case start > v.cell && v.lines:
		return
	case start > v.cell && !v.joined:
		v.row = append(v.row, ' ')
	case v.lines && !word:
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte(`\r`), nil), []byte(`\n`), []byte(" "))
	}
	v.row = appendCell(v.row, text)
	v.word = 0
	if word {
		v.word = start + 1
	}
}

// call drops the word just added: it is the name of a function.
func (v *sqlRow) call() {
	if v.word == 0 {
		return
	}
	name := bytes.TrimSpace(v.row[v.word-1:])
	v.joined = bytes.EqualFold(name, []byte("CONCAT"))
	v.lines = v.lines || bytes.EqualFold(name, []byte("REPLACE"))
	v.row = v.row[:v.word-1]
	v.word = 0
}

// noise reports whether a word is none of the value: the type after "::", a
// charset before a text, or what is neither number nor name of a function
// inside of one.
func (v *sqlRow) noise(text []byte, depth int) bool {
	if v.cast {
		v.cast = false
		return true
	}
	if len(text) == 0 || text[0] == '_' {
		return true
	}
	for _, w := range []string{"AS", "DATE", "DATETIME", "DATETIME2", "TIMESTAMP", "VARCHAR", "NVARCHAR", "CHAR", "DECIMAL", "NUMERIC", "INT", "BINARY", "USING"} {
		if depth > 1 && bytes.EqualFold(text, []byte(w)) {
			return true
		}
	}
	return false
}

// binary makes text of a value written in hexadecimal, as the bytes in
// databases are: what can be read in it, or nothing where it is a file, which
// it hands over. Other values it gives back as they are.
func (s *sqlDump) binary(t *sqlTable, text []byte) ([]byte, error) {
	if len(text) < 6 || len(text)%2 != 0 || text[0] != '0' && text[0] != '\\' || text[1] != 'x' {
		return text, nil
	}
	raw := make([]byte, len(text)/2-1)
	if _, err := hex.Decode(raw, text[2:]); err != nil {
		return text, nil
	}
	if !isFile(raw) {
		return appendBinary(nil, raw), nil
	}
	s.files++
	return nil, s.out.File(valueName(t.name, "", fmt.Sprintf("file %d", s.files)), bytes.NewReader(raw))
}

// hexCells is a row whose cells in hexadecimal have been read.
func (s *sqlDump) hexCells(t *sqlTable, line []byte) ([]byte, error) {
	var row []byte
	for i, cell := range bytes.Split(line, []byte{'\t'}) {
		if i > 0 {
			row = append(row, '\t')
		}
		text, err := s.binary(t, cell)
		if err != nil {
			return nil, err
		}
		row = appendCell(row, text)
	}
	return row, nil
}
