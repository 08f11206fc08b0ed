package extract

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
)

// sqliteColumns is how the values of a record stand for columns.
type sqliteColumns struct {
	columns []string // in the order of records
	alias   int      // the column that is the number of the row and is not in the record; -1 for none
	keyed   bool     // the table is an index of its primary key: WITHOUT ROWID
}

// columnsOfSQLite reads CREATE TABLE as SQLite keeps it.
func columnsOfSQLite(sql []byte) sqliteColumns {
	s := sqliteDefinition{t: sqlTokens{r: bufio.NewReader(bytes.NewReader(sql)), style: sqlPlain}, alias: -1}
	for s.t.next(); s.t.kind != sqlEnd && !s.t.mark('('); s.t.next() {
	}
	for open := s.t.mark('('); open; {
		open = s.column()
	}
	keyed := false
	for s.t.next(); s.t.kind != sqlEnd; s.t.next() {
		keyed = keyed || s.t.is("WITHOUT")
	}
	return s.order(keyed)
}

// sqliteDefinition gathers the columns of a table.
type sqliteDefinition struct {
	t       sqlTokens
	columns []string
	whole   []bool // whether the type is INTEGER
	key     []string
	alias   int
}

// column reads one column or rule, and reports whether another follows.
func (s *sqliteDefinition) column() bool {
	for s.t.next(); s.t.kind == sqlComment; s.t.next() {
	}
	name, rule := string(s.t.text[:min(len(s.t.text), maxLabel)]), false
	if s.t.kind == sqlWord {
		for _, word := range []string{"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"} {
			rule = rule || s.t.is(word)
		}
	}
	words, inside, more := s.definition()
	has := func(w string) bool { return slices.Contains(words, w) }
	switch {
	case rule:
		if (strings.EqualFold(name, "PRIMARY") || has("PRIMARY")) && len(s.key) == 0 {
			s.key = inside
			if len(inside) == 1 {
				if i := s.find(inside[0]); i >= 0 && s.whole[i] && !has("DESC") {
					s.alias = i
				}
			}
		}
	case has("AS") && !has("STORED") || len(s.columns) == maxSQLColumns || name == "":
		// a computed column is not kept
	default:
		whole := len(words) > 0 && words[0] == "INTEGER"
		if has("PRIMARY") {
			s.key = []string{name}
			if whole && !has("DESC") {
				s.alias = len(s.columns)
			}
		}
		s.columns, s.whole = append(s.columns, name), append(s.whole, whole)
	}
	return more
}

// definition reads to the next comma or the end: the words, and the names in
// the first parentheses.
func (s *sqliteDefinition) definition() (words, inside []string, more bool) {
	closed := false
	for depth := 1; ; {
		s.t.next()
		switch {
		case s.t.kind == sqlEnd:
			return words, inside, false
		case s.t.mark('('):
			depth++
		case s.t.mark(')'):
			closed = true
			if depth--; depth == 0 {
				return words, inside, false
			}
		case s.t.mark(',') && depth == 1:
			return words, inside, true
		case s.t.naming() && depth == 1:
			words = append(words, strings.ToUpper(string(s.t.text)))
		case s.t.naming() && depth == 2 && !closed && len(inside) < maxSQLColumns:
			inside = append(inside, string(s.t.text))
		}
	}
}

func (s *sqliteDefinition) find(name string) int {
	return slices.IndexFunc(s.columns, func(c string) bool { return strings.EqualFold(c, name) })
}

// order puts the columns in the order of records: where the table is an index,
// those of its key come first.
func (s *sqliteDefinition) order(keyed bool) sqliteColumns {
	if !keyed {
		return sqliteColumns{columns: s.columns, alias: s.alias}
	}
	var first []string
	taken := make([]bool, len(s.columns))
	for _, k := range s.key {
		if i := s.find(k); i >= 0 && !taken[i] {
			taken[i] = true
			first = append(first, s.columns[i])
		}
	}
	for i, c := range s.columns {
		if !taken[i] {
			first = append(first, c)
		}
	}
	return sqliteColumns{columns: first, alias: -1, keyed: true}
}
