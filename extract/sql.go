package extract

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

var sqlFormat = Format{
	Name:       "sql",
	Extensions: []string{"sql", "dump"},
	Sniff:      isSQL,
	Read:       readSQL,
}

// isSQL looks for statements that fill tables, at the beginning of lines.
func isSQL(in *Input) bool {
	head := in.TextHead()
	for line := range bytes.Lines(head) {
		line = bytes.TrimSpace(line[:min(len(line), 200)])
		for _, start := range []string{"INSERT INTO ", "INSERT [", "CREATE TABLE ", "PRAGMA foreign_keys", "-- MySQL dump", "-- MariaDB dump", "-- PostgreSQL database dump"} {
			if len(line) >= len(start) && bytes.EqualFold(line[:len(start)], []byte(start)) {
				return true
			}
		}
		if bytes.HasPrefix(line, []byte("COPY ")) && bytes.HasSuffix(line, []byte("FROM stdin;")) {
			return true
		}
	}
	return false
}

// readSQL hands over what a dump fills into tables as rows under the names of
// the columns, and all other statements and comments as paragraphs.
func readSQL(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d := newDecoder(in.Stream(), "")
	s := sqlDump{
		t:      sqlTokens{r: bufio.NewReaderSize(d, 64<<10)},
		out:    out,
		prose:  newBatch(out, breach.Place{}, breach.Paragraph),
		tables: map[string]*sqlTable{},
	}
	err := s.read()
	if e := s.flush(); e != nil {
		return breach.Outcome{}, e
	}
	if err == nil {
		err = s.t.err
	}
	o := textOutcome(d)
	if s.t.cut > 0 {
		o.State, o.Reason, o.Missing = breach.Partly, breach.TextBudget, fmt.Sprintf("the ends of %d long values", s.t.cut)
	}
	return o, err
}

// sqlDump reads the statements of a dump.
type sqlDump struct {
	t      sqlTokens
	out    Sink
	prose  *batch
	tables map[string]*sqlTable
	open   *sqlTable // whose rows came last
	line   []byte
	files  int // handed over so far
}

// sqlTable is what is known of a table.
type sqlTable struct {
	name    string
	rows    *batch
	columns []string
	headed  bool // the headings have been handed over
}

const (
	maxSQLTables  = 10_000
	maxSQLColumns = 1000
)

func (s *sqlDump) read() error {
	for {
		s.t.next()
		var err error
		switch {
		case s.t.kind == sqlEnd:
			return nil
		case s.t.kind == sqlComment:
			s.dialect()
			err = s.prose.Add(s.t.text)
		case s.t.is("INSERT"), s.t.is("REPLACE"):
			err = s.insert()
		case s.t.is("COPY"):
			err = s.copy()
		case s.t.is("CREATE"):
			err = s.create()
		case s.t.is("GO"):
		default:
			s.dialect()
			err = s.other()
		}
		if err != nil {
			return err
		}
	}
}

// dialect learns from a comment, or from how a statement begins, what a
// backslash means.
func (s *sqlDump) dialect() {
	has := func(text string) bool { return bytes.Contains(s.t.text, []byte(text)) }
	switch {
	case s.t.kind == sqlComment && (has("MySQL dump") || has("MariaDB dump")):
		s.t.style = sqlEscapes
	case s.t.kind == sqlComment && has("PostgreSQL database dump"), s.t.is("PRAGMA"), s.t.is("USE") && s.bracket():
		s.t.style = sqlPlain
	}
}

// bracket reports whether a name in brackets follows, as Microsoft writes it.
func (s *sqlDump) bracket() bool {
	after, _ := s.t.r.Peek(2)
	return string(after) == " ["
}

// begins reports whether a statement begins without the one before having
// ended by a semicolon, which some databases do not need.
func (s *sqlDump) begins() bool {
	return s.t.first && (s.t.is("INSERT") || s.t.is("GO"))
}

// add keeps the token as part of a statement that is handed over as it is. A
// very long one is handed over in parts.
func (s *sqlDump) add() error {
	if s.t.kind == sqlMark {
		s.line = append(s.line, s.t.char)
		return nil
	}
	if len(s.line) > batchSize/2 {
		if err := s.prose.Add(s.line); err != nil {
			return err
		}
		s.line = s.line[:0]
	}
	if len(s.line) > 0 {
		s.line = append(s.line, ' ')
	}
	s.line = append(s.line, s.t.text...)
	return nil
}

// other hands over the statement from the token at hand on.
func (s *sqlDump) other() error {
	for n := 0; s.t.kind != sqlEnd && !s.t.mark(';'); n++ {
		if n > 0 && s.begins() {
			s.t.unread()
			break
		}
		if err := s.add(); err != nil {
			return err
		}
		if s.t.is("standard_conforming_strings") {
			s.t.style = sqlPlain
		}
		s.t.next()
	}
	line := s.line
	s.line = s.line[:0]
	if len(line) == 0 {
		return nil
	}
	return s.prose.Add(line)
}

// header reads what stands before the rows or columns of a table: its name,
// and names in parentheses. It ends at the word, a parenthesis it has not
// taken, or the end of the statement.
func (s *sqlDump) header(word string) (name string, columns []string) {
	inside := false
	for {
		if len(s.line) < batchSize/2 {
			_ = s.add() // so short that nothing is handed over
		}
		s.t.next()
		switch {
		case s.begins():
			s.t.unread()
			return "", nil
		case s.t.kind == sqlEnd, s.t.mark(';'), word != "" && s.t.is(word):
			return name, columns
		case s.t.mark('('):
			if word == "" {
				return name, nil
			}
			inside = true
		case s.t.mark(')'):
			inside = false
		case s.t.naming() && inside && len(columns) < maxSQLColumns:
			columns = append(columns, string(s.t.text[:min(len(s.t.text), maxLabel)]))
		case s.t.naming() && !inside && !s.t.is("INTO") && !s.t.is("IGNORE") && !s.t.is("TABLE") && !s.t.is("IF") && !s.t.is("NOT") && !s.t.is("EXISTS"):
			name = qualified(name, string(s.t.text[:min(len(s.t.text), maxLabel)]))
		}
	}
}

// qualified puts a name together, from that of a schema, a dot, and its own.
func qualified(name, next string) string {
	if len(name) < 4*maxLabel && (strings.HasSuffix(name, ".") || strings.HasPrefix(next, ".")) {
		return name + next
	}
	return next
}

// table finds a table by its name, be that with its schema's or without.
// Statements that name other columns fill a table of their own, for its
// headings are others.
func (s *sqlDump) table(name string, columns []string) *sqlTable {
	key := strings.ToLower(name)
	name = name[strings.LastIndexByte(name, '.')+1:]
	t := s.tables[key]
	if t == nil && len(name) < len(key) && s.tables[strings.ToLower(name)] != nil {
		key = strings.ToLower(name)
		t = s.tables[key]
	}
	if t != nil && t.headed && len(columns) > 0 && !slices.Equal(t.columns, columns) {
		key += "(" + strings.Join(columns, ",")
		t = s.tables[key]
	}
	if t == nil {
		at := breach.At(breach.Step{Unit: breach.Table, N: int64(len(s.tables) + 1), Name: breach.Hide(name)})
		t = &sqlTable{name: name, rows: newBatch(s.out, at, breach.Row)}
		if len(s.tables) < maxSQLTables {
			s.tables[key] = t
		}
	}
	if len(columns) > 0 && !t.headed {
		t.columns = columns
	}
	return t
}

// row hands over a row, after the headings if it is the first.
func (s *sqlDump) row(t *sqlTable, row []byte) error {
	if s.open != nil && s.open != t {
		if err := s.open.rows.Flush(); err != nil {
			return err
		}
	}
	s.open = t
	if !t.headed {
		t.headed = true
		if len(t.columns) > 0 {
			if err := t.rows.Add([]byte(strings.Join(t.columns, "\t"))); err != nil {
				return err
			}
		}
	}
	return t.rows.Add(row)
}

func (s *sqlDump) flush() error {
	if s.open != nil {
		if err := s.open.rows.Flush(); err != nil {
			return err
		}
	}
	return s.prose.Flush()
}

// insert reads INSERT INTO name (columns) VALUES (row), (row);
func (s *sqlDump) insert() error {
	name, columns := s.header("VALUES")
	if !s.t.is("VALUES") || name == "" {
		return s.rest()
	}
	s.line = s.line[:0]
	t := s.table(name, columns)
	for n := 0; ; n++ {
		s.t.next()
		switch {
		case s.t.kind == sqlEnd, s.t.mark(';'):
			return nil
		case s.t.mark('('):
			if err := s.values(t); err != nil {
				return err
			}
		case n > 0 && s.begins():
			s.t.unread()
			return nil
		case !s.t.mark(',') && s.t.kind != sqlComment:
			return s.other() // what to do with those that are there
		}
	}
}

// rest hands over a statement whose beginning is in the line, and which may
// have ended there.
func (s *sqlDump) rest() error {
	if !s.t.again {
		return s.other()
	}
	line := s.line
	s.line = s.line[:0]
	return s.prose.Add(line)
}

// create reads the columns of CREATE TABLE.
func (s *sqlDump) create() error {
	name, _ := s.header("")
	if !s.t.mark('(') || !bytes.Contains(bytes.ToUpper(s.line[:min(len(s.line), 40)]), []byte("TABLE")) {
		return s.rest()
	}
	var columns []string
	first := true
	for depth := 1; depth > 0 && s.t.kind != sqlEnd; first = s.t.mark(',') && depth == 1 || first && s.t.kind == sqlComment {
		if err := s.add(); err != nil {
			return err
		}
		s.t.next()
		switch {
		case s.t.mark('('):
			depth++
		case s.t.mark(')'):
			depth--
		case first && s.t.naming() && !s.constraint() && len(columns) < maxSQLColumns:
			columns = append(columns, string(s.t.text[:min(len(s.t.text), maxLabel)]))
		}
	}
	s.table(name, columns)
	return s.other()
}

// constraint reports whether the token begins a rule and no column.
func (s *sqlDump) constraint() bool {
	for _, word := range []string{"PRIMARY", "KEY", "UNIQUE", "CONSTRAINT", "INDEX", "FULLTEXT", "SPATIAL", "FOREIGN", "CHECK", "EXCLUDE"} {
		if s.t.is(word) {
			return true
		}
	}
	return false
}
