package extract

import "bytes"

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
			v.cell, v.joined = len(v.row), false
		case s.t.mark(':'):
			v.cast = true
		case s.t.mark('|'):
			v.joined = true
		case s.t.kind == sqlMark, s.t.kind == sqlComment, s.t.is("NULL"):
		case s.t.kind == sqlWord && v.noise(s.t.text, depth):
		case len(v.row) < 4*maxSQLText:
			v.add(s.t.text, s.t.kind == sqlWord)
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
	cast   bool // a type follows
}

func (v *sqlRow) add(text []byte, word bool) {
	start := len(v.row)
	if start > v.cell && !v.joined {
		v.row = append(v.row, ' ')
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
