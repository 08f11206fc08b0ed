package extract

import (
	"bytes"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// odfText reads the text of one part.
type odfText struct {
	out     Sink
	at      breach.Place
	sheets  bool
	paras   *batch
	nTables int64
	notes   int64

	open   [][]byte // paragraphs being read: a note stands inside one
	tables []*odfTable
	note   []*odfNote
	deep   int  // tables too deep to be told apart from their cell
	lost   bool // a cell or a row was too long
}

// odfTable is a table being read.
type odfTable struct {
	rows    *batch
	n       int64 // of the row
	repeat  int64 // how often the row stands there
	row     []byte
	column  int // of the last cell that holds something, counted from 1
	at      int // of the cell
	cell    []byte
	columns int // how often the cell stands there
	value   string
}

// odfNote is a comment or a footnote being read.
type odfNote struct {
	outer *batch
	depth int // of the paragraphs outside
}

// maxRepeat is how often something that says it is repeated is handed over.
const maxRepeat = 100

func newODFText(out Sink, at breach.Place, sheets bool) *odfText {
	return &odfText{out: out, at: at, sheets: sheets, paras: newBatch(out, at, breach.Paragraph)}
}

// read reads one part.
func (t *odfText) read(m *markup) error {
	for {
		kind, err := m.Next()
		if err == nil {
			switch kind {
			case startTag:
				err = t.start(m)
			case endTag:
				err = t.end(m)
			case textRun:
				err = t.add(m.Text())
			}
		}
		if err != nil {
			if e := t.finish(); e != nil {
				return e
			}
			if t.lost {
				return gap(breach.TextBudget)
			}
			return err
		}
	}
}

// finish hands over what a part that breaks off has left open.
func (t *odfText) finish() error {
	for len(t.open) > 0 {
		if err := t.endParagraph(); err != nil {
			return err
		}
	}
	for len(t.note) > 0 {
		if err := t.endNote(); err != nil {
			return err
		}
	}
	for len(t.tables) > 0 {
		if err := t.endTable(); err != nil {
			return err
		}
	}
	return t.paras.Flush()
}

func (t *odfText) start(m *markup) error {
	switch m.Name() {
	case "p", "h", "creator", "title", "desc":
		// A title, a description, an author stand beside paragraphs in annotations and pictures.
		if len(t.open) < maxNested {
			t.open = append(t.open, nil)
		}
	case "s":
		return t.add([]byte(strings.Repeat(" ", min(max(1, number(m.Attr("c"))), 64))))
	case "tab", "line-break":
		return t.add([]byte(" "))
	case "annotation", "note":
		return t.startNote()
	case "table":
		return t.startTable(m.Attr("name"))
	case "table-row":
		if b := t.table(); b != nil && t.deep == 0 {
			b.startRow(repeats(m.Attr("number-rows-repeated")))
		}
	case "table-cell", "covered-table-cell":
		if b := t.table(); b != nil && t.deep == 0 {
			b.startCell(m)
		}
	case "a":
		// Where the text of a link does not say where it leads.
		if to := m.Attr("href"); strings.HasPrefix(to, "mailto:") {
			return t.add([]byte(" " + strings.TrimPrefix(to, "mailto:") + " "))
		}
	}
	return nil
}

func (t *odfText) end(m *markup) error {
	switch m.Name() {
	case "p", "h", "creator", "title", "desc":
		return t.endParagraph()
	case "annotation", "note":
		return t.endNote()
	case "table":
		if t.deep > 0 {
			t.deep--
			return nil
		}
		return t.endTable()
	case "table-row":
		if b := t.table(); b != nil && t.deep == 0 {
			return b.endRow()
		}
	case "table-cell", "covered-table-cell":
		if b := t.table(); b != nil && t.deep == 0 && !b.endCell() {
			t.lost = true
		}
	}
	return nil
}

// add appends text to the innermost paragraph; outside any, text is about
// looks or the date of a note.
func (t *odfText) add(text []byte) error {
	outer := 0
	if n := len(t.note); n > 0 {
		outer = t.note[n-1].depth
	}
	if len(t.open) <= outer {
		return nil
	}
	p := &t.open[len(t.open)-1]
	*p = append(*p, text...)
	if len(*p) < maxParagraph {
		return nil
	}
	full := *p
	*p = nil
	return t.paras.Add(full)
}

// endParagraph hands over the innermost paragraph, or puts it in its cell.
func (t *odfText) endParagraph() error {
	if len(t.open) == 0 {
		return nil
	}
	p := bytes.TrimSpace(t.open[len(t.open)-1])
	t.open = t.open[:len(t.open)-1]
	b := t.table()
	if b == nil || len(t.note) > 0 {
		return t.paras.Add(p)
	}
	if len(p) > 0 && len(b.cell) > 0 {
		b.cell = append(b.cell, ' ')
	}
	if len(b.cell) > maxParagraph {
		t.lost = true
		return nil
	}
	b.cell = appendCell(b.cell, p)
	return nil
}

// startNote begins a comment or a footnote, which has a number of its own.
func (t *odfText) startNote() error {
	if len(t.note) == maxNested {
		return nil
	}
	t.notes++
	at := t.at
	if b := t.table(); b != nil && t.sheets {
		at = b.rows.at.Down(breach.Step{Unit: breach.Row, N: b.n})
	}
	t.note = append(t.note, &odfNote{t.paras, len(t.open)})
	t.paras = newBatch(t.out, at.Down(breach.Step{Unit: breach.Comment, N: t.notes}), breach.Paragraph)
	return nil
}

func (t *odfText) endNote() error {
	if len(t.note) == 0 {
		return nil
	}
	n := t.note[len(t.note)-1]
	for len(t.open) > n.depth {
		if err := t.endParagraph(); err != nil {
			return err
		}
	}
	t.note = t.note[:len(t.note)-1]
	err := t.paras.Flush()
	t.paras = n.outer
	return err
}

// table is the innermost table, nil outside any.
func (t *odfText) table() *odfTable {
	if len(t.tables) == 0 {
		return nil
	}
	return t.tables[len(t.tables)-1]
}

func (t *odfText) startTable(name string) error {
	if len(t.tables) == maxNested {
		t.deep++
		return nil
	}
	t.nTables++
	s := breach.Step{Unit: breach.Table, N: t.nTables, Name: breach.Hide(name)}
	if t.sheets {
		s.Unit = breach.Sheet
	}
	t.tables = append(t.tables, &odfTable{rows: newBatch(t.out, t.at.Down(s), breach.Row), repeat: 1})
	if err := t.paras.Flush(); err != nil || !t.sheets {
		return err
	}
	return sheetTitle(t.out, t.at.Down(s))
}

func (t *odfText) endTable() error {
	b := t.table()
	if b == nil {
		return nil
	}
	if err := b.endRow(); err != nil {
		return err
	}
	t.tables = t.tables[:len(t.tables)-1]
	return b.rows.Flush()
}

// repeats reads how often something stands there.
func repeats(s string) int64 { return int64(max(1, number(s))) }

func (b *odfTable) startRow(repeat int64) {
	b.n++
	b.repeat = repeat
	b.row, b.column, b.at = b.row[:0], 0, 0
}

// endRow hands over the row as often as it stands there; empty ones only count.
func (b *odfTable) endRow() error {
	n, repeat := b.n, b.repeat
	b.n += repeat - 1
	b.repeat = 1
	if b.column == 0 || n < b.rows.next {
		return nil
	}
	for i := range min(repeat, maxRepeat) {
		if err := b.rows.AddAt(n+i, b.row); err != nil {
			return err
		}
	}
	b.row, b.column = b.row[:0], 0
	return nil
}

func (b *odfTable) startCell(m *markup) {
	b.cell = b.cell[:0]
	b.columns = int(repeats(m.Attr("number-columns-repeated")))
	b.value = ""
	switch m.Attr("value-type") {
	case "date":
		b.value = strings.Replace(strings.TrimSuffix(m.Attr("date-value"), "T00:00:00"), "T", " ", 1)
	case "float":
		b.value = m.Attr("value")
	}
}

// endCell appends the cell to the row: as shown, but dates and numbers in
// full. It reports whether there was room.
func (b *odfTable) endCell() bool {
	text := b.cell
	if b.value != "" && !sameDigits(text, b.value) {
		text = (numberFormat{}).append(nil, []byte(b.value), false)
	}
	text = bytes.TrimSpace(text)
	columns := b.columns
	b.columns, b.value = 1, ""
	if len(text) == 0 {
		b.at += columns
		return true
	}
	for range min(columns, maxRepeat) {
		b.at++
		if b.at > maxColumns || len(b.row) > maxRow {
			return false
		}
		for max(b.column, 1) < b.at {
			b.row = append(b.row, '\t')
			b.column = max(b.column, 1) + 1
		}
		b.column = b.at
		b.row = append(b.row, text...)
	}
	b.at += max(0, columns-maxRepeat)
	return true
}

// sameDigits reports whether a number is shown with all its digits, whatever
// stands between them: 0101 for 101, 1 234,50 for 1234.5.
func sameDigits(shown []byte, value string) bool {
	digits := func(s string) string {
		return strings.Trim(strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, s), "0")
	}
	return digits(string(shown)) == digits(value)
}
