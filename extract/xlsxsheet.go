package extract

import (
	"bytes"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

const (
	maxColumns = 16_384    // of a sheet
	maxRows    = 1_048_576 // likewise
	maxCell    = 1 << 20   // bytes; Excel stops at 32,767 characters
	maxRow     = 4 << 20   // bytes
)

// sheetReader reads the cells of one sheet.
type sheetReader struct {
	book *workbook
	at   breach.Place
	rows *batch

	row    []byte
	n      int64 // of the row, as the sheet says
	column int   // of the last cell in row, counted from 1
	full   bool  // the row is too long: cells are left out
	lost   bool  // that has happened, or a cell was too long

	kind  string // of the cell
	style int
	value []byte
}

// sheetTitle hands over what a sheet is called: often a class, a street,
// somebody.
func sheetTitle(out Sink, at breach.Place) error {
	return prose(out, at.Down(breach.Step{Unit: breach.Property}), []byte(at.Last().Name.Reveal()))
}

func (s *sheetReader) read(m *markup) error {
	taking := false
	phonetic := 0 // how a text is spoken: it says the same again
	for {
		kind, err := m.Next()
		if err != nil {
			if e := s.rows.Flush(); e != nil {
				return e
			}
			if s.lost {
				return gap(breach.TextBudget)
			}
			return err
		}
		switch kind {
		case textRun:
			if taking && phonetic == 0 {
				s.take(m.Text())
			}
			continue
		case startTag:
			taking = m.Is("v") || m.Is("t")
			switch m.Name() {
			case "row":
				s.startRow(m.Attr("r"))
			case "c", "cell":
				s.startCell(m)
			case "rPh":
				phonetic++
			case "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter":
				taking, s.value = true, s.value[:0]
			}
			continue
		}
		taking = false
		switch m.Name() {
		case "c", "cell":
			s.endCell()
		case "row":
			err = s.endRow()
		case "rPh":
			phonetic = max(0, phonetic-1)
		case "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter":
			err = s.header()
		}
		if err != nil {
			return err
		}
	}
}

// take appends to the value of the cell.
func (s *sheetReader) take(text []byte) {
	if len(s.value) > maxCell {
		s.lost = true
		return
	}
	s.value = append(s.value, text...)
}

func (s *sheetReader) startRow(r string) {
	s.row, s.column, s.full = s.row[:0], 0, false
	if n := int64(number(r)); n > s.n && n <= maxRows {
		s.n = n
	} else {
		s.n++
	}
}

func (s *sheetReader) startCell(m *markup) {
	s.value, s.kind, s.style = s.value[:0], m.Attr("t"), number(m.Attr("s"))
	_, column := cellAt(m.Attr("r"))
	if column <= s.column || column > maxColumns {
		column = s.column + 1
	}
	if s.full = s.full || len(s.row) > maxRow; s.full {
		s.lost = true
		return
	}
	for max(s.column, 1) < column {
		s.row = append(s.row, '\t')
		s.column = max(s.column, 1) + 1
	}
	s.column = column
}

// endCell appends the cell's text to the row.
func (s *sheetReader) endCell() {
	if s.full || len(s.value) == 0 {
		return
	}
	switch s.kind {
	case "s":
		s.row = appendCell(s.row, s.book.shared.at(number(string(s.value))))
	case "b":
		s.row = append(s.row, truth(s.value)...)
	case "inlineStr", "str", "e":
		s.row = appendCell(s.row, unescapeX(s.value))
	case "d":
		s.row = appendCell(s.row, bytes.TrimSuffix(s.value, []byte("T00:00:00")))
	default:
		var f numberFormat
		if s.style >= 0 && s.style < len(s.book.styles) {
			f = s.book.styles[s.style]
		}
		s.row = f.append(s.row, s.value, s.book.since04)
	}
}

func truth(value []byte) string {
	if string(value) == "1" || string(value) == "true" {
		return "TRUE"
	}
	return "FALSE"
}

func (s *sheetReader) endRow() error {
	row := bytes.TrimRight(s.row, "\t")
	if len(row) == 0 {
		return nil
	}
	if s.n < s.rows.next { // the cells of several sheets of another workbook
		s.n = s.rows.next
	}
	return s.rows.AddAt(s.n, row)
}

// header hands over a page header, without its codes for fonts and places.
func (s *sheetReader) header() error {
	var text []byte
	for rest := string(s.value); rest != ""; {
		before, after, found := strings.Cut(rest, "&")
		text = append(text, before...)
		if !found || after == "" {
			break
		}
		switch c := after[0]; {
		case c == '&':
			text = append(text, '&')
			after = after[1:]
		case c == '"': // a font
			_, after, _ = strings.Cut(after[1:], `"`)
		case c >= '0' && c <= '9': // a size
			after = strings.TrimLeft(after, "0123456789")
		default:
			text = append(text, ' ')
			after = after[1:]
		}
		rest = after
	}
	s.value = s.value[:0]
	return prose(s.rows.out, s.at.Down(breach.Step{Unit: breach.Comment}), bytes.TrimSpace(text))
}

// cellAt reads a reference such as "AB12": row 12, column 28. What is missing is 0.
func cellAt(ref string) (row int64, column int) {
	i := 0
	for ; i < len(ref) && i < 4; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		column = 26*column + int(c-'A') + 1
	}
	return int64(max(0, number(ref[i:]))), column
}

// sharedStrings are the texts that cells point to, one after another.
type sharedStrings struct {
	text []byte
	ends []uint32
}

const (
	maxShared      = 64 << 20 // bytes of all together
	maxSharedCount = 8 << 20
)

func (t *sharedStrings) read(m *markup) error {
	taking := false
	phonetic := 0
	for {
		kind, err := m.Next()
		if err != nil {
			return err
		}
		switch {
		case kind == textRun && taking && phonetic == 0:
			t.text = append(t.text, m.Text()...)
		case kind == startTag:
			taking = m.Is("t")
			if m.Is("rPh") {
				phonetic++
			}
		case kind == endTag:
			taking = false
			switch m.Name() {
			case "rPh":
				phonetic = max(0, phonetic-1)
			case "si":
				t.end()
				if len(t.text) > maxShared || len(t.ends) > maxSharedCount {
					return gap(breach.Memory)
				}
			}
		}
	}
}

// end ends one text.
func (t *sharedStrings) end() {
	start := 0
	if n := len(t.ends); n > 0 {
		start = int(t.ends[n-1])
	}
	clean := unescapeX(t.text[start:])
	t.text = t.text[:start+len(clean)]
	t.ends = append(t.ends, uint32(len(t.text)))
}

// at gives text n, counted from 0; nothing if there is none.
func (t *sharedStrings) at(n int) []byte {
	switch {
	case n < 0 || n >= len(t.ends):
		return nil
	case n == 0:
		return t.text[:t.ends[0]]
	}
	return t.text[t.ends[n-1]:t.ends[n]]
}

// unescapeX resolves the escapes for control characters, "_x000D_": they
// become blanks. It works in place.
func unescapeX(text []byte) []byte {
	if !bytes.Contains(text, []byte("_x00")) {
		return text
	}
	kept := text[:0]
	for i := 0; i < len(text); i++ {
		if e := text[i:]; len(e) >= 7 && string(e[:4]) == "_x00" && e[6] == '_' && (e[4] == '0' || e[4] == '1') {
			kept = append(kept, ' ')
			i += 6
			continue
		}
		kept = append(kept, text[i])
	}
	return kept
}
