package extract

import "bytes"

// copy reads COPY name (columns) FROM stdin; and the lines that follow, as
// PostgreSQL writes them.
func (s *sqlDump) copy() error {
	name, columns := s.header("FROM")
	if !s.t.is("FROM") {
		return s.rest()
	}
	s.t.next()
	stdin := s.t.is("STDIN")
	if err := s.other(); err != nil || !stdin {
		return err
	}
	s.line = s.line[:0]
	t := s.table(name, columns)
	if after, _ := s.t.r.Peek(1); len(after) > 0 && after[0] == '\n' {
		_, _ = s.t.r.Discard(1)
	}
	for {
		line, err := s.copyLine()
		if string(line) == `\.` || err != nil && len(line) == 0 {
			return nil
		}
		if bytes.Contains(line, []byte(`\x`)) {
			if line, err = s.hexCells(t, line); err != nil {
				return err
			}
		}
		if e := s.row(t, line); e != nil {
			return e
		}
	}
}

// copyLine reads a line of values parted by tabs.
func (s *sqlDump) copyLine() ([]byte, error) {
	line := s.line[:0]
	defer func() { s.line = line[:0] }()
	for {
		c, err := s.t.r.ReadByte()
		if err != nil || c == '\n' {
			return line, err
		}
		if c == '\\' {
			after, _ := s.t.r.Peek(1)
			switch {
			case len(after) == 0 || len(line) == 0 && after[0] == '.':
			case after[0] == 'N':
				_, _ = s.t.r.Discard(1)
				continue
			default:
				_, _ = s.t.r.Discard(1)
				c = unescapeSQL(after[0])
			}
		}
		if len(line) < 4*maxSQLText {
			line = append(line, c)
		} else if len(line) == 4*maxSQLText {
			line = append(line, ' ')
			s.t.cut++
		}
	}
}
