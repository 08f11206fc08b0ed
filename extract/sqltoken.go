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

	first bool // the token is the first of its line
	again bool // next gives the token once more
	style sqlStyle
	cut   int // values of which only the beginning was kept
}

// sqlStyle is what a backslash in quotes stands for.
type sqlStyle uint8

const (
	sqlEither  sqlStyle = iota // nobody knows yet
	sqlEscapes                 // MySQL: the next letter means something else
	sqlPlain                   // the standard, and so the others: itself
)

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

// unread has next give the token once more.
func (s *sqlTokens) unread() { s.again = true }

// next reads a token.
func (s *sqlTokens) next() {
	if s.again {
		s.again = false
		return
	}
	s.first = s.kind == sqlEnd || s.kind == sqlComment
	s.text = s.text[:0]
	c, err := s.r.ReadByte()
	for err == nil && (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
		s.first = s.first || c == '\n'
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
		s.quoted(c, s.style)
	case c == '"' || c == '`':
		s.kind = sqlName
		if c == '`' && s.style == sqlEither {
			s.style = sqlEscapes
		}
		s.quoted(c, s.style)
	case c == '[':
		s.kind = sqlName
		s.until("]")
	case c == '#', c == '-' && len(after) > 0 && after[0] == '-':
		s.kind = sqlComment
		s.until("\n")
	case c == '/' && len(after) > 0 && after[0] == '*':
		s.kind = sqlComment
		s.until("*/")
	case c == '$' && s.dollar():
		s.kind = sqlString
	case isWordByte(c):
		s.kind = sqlWord
		s.word(c)
		s.prefixed()
	default:
		s.kind, s.char = sqlMark, c
	}
	if len(s.text) >= maxSQLText {
		s.cut++
	}
}

// prefixed reads the string that a word of one letter stands directly before.
func (s *sqlTokens) prefixed() {
	after, _ := s.r.Peek(1)
	if len(s.text) != 1 || len(after) == 0 || after[0] != '\'' {
		return
	}
	prefix := s.text[0] &^ 0x20
	style := s.style
	switch prefix {
	case 'N', 'B', 'X':
	case 'E':
		style = sqlEscapes
	default:
		return
	}
	_, _ = s.r.Discard(1)
	s.kind, s.text = sqlString, s.text[:0]
	s.quoted('\'', style)
	if prefix == 'X' {
		s.text = append([]byte("0x"), s.text...)
	}
}

// dollar reads a string between two tags such as $$ or $body$, after whose
// first letter it is called, and reports whether there was one.
func (s *sqlTokens) dollar() bool {
	head, _ := s.r.Peek(64)
	i := 0
	for i < len(head) && (isAlpha(head[i]) || isDigit(head[i]) || head[i] == '_') {
		i++
	}
	if i == len(head) || head[i] != '$' {
		return false
	}
	tag := append([]byte{'$'}, head[:i+1]...)
	_, _ = s.r.Discard(i + 1)
	var tail []byte
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return true
		}
		s.keep(c)
		tail = append(tail[max(0, len(tail)-len(tag)+1):], c)
		if bytes.Equal(tail, tag) {
			s.text = bytes.TrimSuffix(s.text, tag)
			return true
		}
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
func (s *sqlTokens) quoted(quote byte, style sqlStyle) {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return
		}
		switch {
		case c == quote:
			if after, _ := s.r.Peek(1); len(after) == 0 || after[0] != quote {
				return
			}
			_, _ = s.r.Discard(1)
			s.keep(c)
		case c == '\\' && s.escapes(quote, style):
			c, _ = s.r.ReadByte()
			s.keep(unescapeSQL(c))
		default:
			s.keep(c)
		}
	}
}

// escapes reports whether the backslash just read changes the letter after it.
// Where nobody knows, one before a quote that would end the value does not.
func (s *sqlTokens) escapes(quote byte, style sqlStyle) bool {
	if style != sqlEither {
		return style == sqlEscapes
	}
	after, _ := s.r.Peek(2)
	return len(after) < 2 || after[0] != quote || after[1] != ',' && after[1] != ')'
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
