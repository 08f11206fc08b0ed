package extract

import (
	"bufio"
	"bytes"
	"io"
)

// sqlTokens reads the tokens of SQL as all common databases write it.
type sqlTokens struct {
	r    *bufio.Reader
	kind sqlKind
	text []byte // of the token; of a long string, its first megabyte
	char byte   // of a mark
	err  error
}

type sqlKind uint8

const (
	sqlEnd     sqlKind = iota
	sqlWord            // a keyword, name or number
	sqlName            // a name in quotes
	sqlString          // a value in quotes
	sqlComment         //
	sqlMark            // anything else, a byte at a time
)

// maxSQLText is how much of one token is kept.
const maxSQLText = 1 << 20

// next reads a token.
func (s *sqlTokens) next() {
	s.text = s.text[:0]
	c, err := s.r.ReadByte()
	for err == nil && (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
		c, err = s.r.ReadByte()
	}
	if err != nil {
		s.kind = sqlEnd
		if err != io.EOF {
			s.err = err
		}
		return
	}
	after, _ := s.r.Peek(1)
	switch {
	case c == '\'':
		s.kind = sqlString
		s.quoted(c)
	case c == '"' || c == '`':
		s.kind = sqlName
		s.quoted(c)
	case c == '[':
		s.kind = sqlName
		s.until("]")
	case c == '#', c == '-' && len(after) > 0 && after[0] == '-':
		s.kind = sqlComment
		s.until("\n")
	case c == '/' && len(after) > 0 && after[0] == '*':
		s.kind = sqlComment
		s.until("*/")
	case isWordByte(c):
		s.kind = sqlWord
		s.word(c)
	default:
		s.kind, s.char = sqlMark, c
	}
}

func isWordByte(c byte) bool {
	return isAlpha(c) || isDigit(c) || c == '_' || c == '.' || c == '$' || c == '-' || c == '+' || c >= 0x80
}

func (s *sqlTokens) keep(c byte) {
	if len(s.text) < maxSQLText {
		s.text = append(s.text, c)
	}
}

func (s *sqlTokens) word(c byte) {
	for err := error(nil); err == nil; c, err = s.r.ReadByte() {
		if !isWordByte(c) {
			_ = s.r.UnreadByte()
			return
		}
		s.keep(c)
	}
}

// quoted reads to the closing quote, which stands for itself when doubled or
// after a backslash.
func (s *sqlTokens) quoted(quote byte) {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return
		}
		switch c {
		case quote:
			if after, _ := s.r.Peek(1); len(after) == 0 || after[0] != quote {
				return
			}
			_, _ = s.r.Discard(1)
			s.keep(c)
		case '\\':
			c, _ = s.r.ReadByte()
			s.keep(unescapeSQL(c))
		default:
			s.keep(c)
		}
	}
}

func unescapeSQL(c byte) byte {
	switch c {
	case 'n', 'r', 't', '0', 'b', 'Z':
		return ' '
	}
	return c
}

// until reads up to a mark.
func (s *sqlTokens) until(mark string) {
	last := mark[len(mark)-1]
	seen := byte(0)
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return
		}
		if c == last && (len(mark) == 1 || seen == mark[0]) {
			s.text = bytes.TrimRight(s.text, "*")
			return
		}
		seen = c
		s.keep(c)
	}
}

// is reports whether the token is a keyword, given in capitals.
func (s *sqlTokens) is(word string) bool {
	return s.kind == sqlWord && bytes.EqualFold(s.text, []byte(word))
}

func (s *sqlTokens) mark(c byte) bool { return s.kind == sqlMark && s.char == c }

// naming reports whether the token can be a name.
func (s *sqlTokens) naming() bool { return s.kind == sqlWord || s.kind == sqlName }
