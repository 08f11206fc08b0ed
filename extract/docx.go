package extract

import (
	"bytes"
	"context"
	"path"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// docx is a document of Word since 2007.
var docx = Format{
	Name:       "docx",
	Extensions: []string{"docx", "docm", "dotx", "dotm"},
	Sniff:      func(in *Input) bool { return sniffOOXML(in, "word/") },
	Read:       readDOCX,
	Strings:    true,
}

func readDOCX(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	o, err := openOOXML(in, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	main, err := o.main("word/document.xml")
	if err != nil {
		return o.outcome(), err
	}
	w, headers := &wordText{out: o.out, numbers: newNumbering()}, int64(0)
	if err := o.part(path.Join(path.Dir(main), "styles.xml"), w.numbers.readStyles); err != nil {
		return o.outcome(), err
	}
	if err := o.part(path.Join(path.Dir(main), "numbering.xml"), w.numbers.readLists); err != nil {
		return o.outcome(), err
	}
	if err := o.part(main, func(m *markup) error { return w.read(m, breach.Place{}) }); err != nil {
		return o.outcome(), err
	}
	for _, m := range o.zip.Members {
		key := memberKey(m.Name)
		if path.Dir(key) != path.Dir(memberKey(main)) || path.Ext(key) != ".xml" {
			continue
		}
		var at breach.Place
		switch strings.TrimRight(strings.TrimSuffix(path.Base(key), ".xml"), "0123456789") {
		case "header", "footer":
			headers++
			at = breach.At(breach.Step{Unit: breach.Header, N: headers})
		case "comments", "footnotes", "endnotes":
		default:
			continue
		}
		err := o.part(m.Name, func(m *markup) error { return w.read(m, at) })
		if err != nil {
			return o.outcome(), err
		}
	}
	return o.outcome(), o.rest()
}

// wordText reads the text of WordprocessingML, and of DrawingML, which names
// its paragraphs and tables alike: ECMA-376, part 1, 17 and 21.
type wordText struct {
	out     Sink
	notes   int64
	nTables int64

	at     breach.Place
	paras  *batch
	open   [][]byte     // paragraphs being read: a text box stands inside one
	tables []*wordTable // likewise
	deep   int          // tables too deep to be told apart from their cell
	inText bool
	skip   int // elements inside one that is left out

	numbers    *numbering // nil where there are no lists
	style      string     // of the paragraph at hand
	use, level int        // of a list, as it says itself; -1 where it does not
	label      []byte     // its number, while it has no text
}

// wordTable is a table being read.
type wordTable struct {
	rows  *batch
	row   []byte
	cells int
	span  int // columns that the cell takes
	start int // of the cell, in row
}

const (
	maxNested    = 16      // text boxes in text boxes, tables in tables
	maxParagraph = 1 << 20 // bytes; a longer one comes in several
	maxSpan      = 64
)

// read reads one part.
func (w *wordText) read(m *markup, at breach.Place) error {
	w.at, w.paras = at, newBatch(w.out, at, breach.Paragraph)
	w.open, w.tables, w.deep, w.inText, w.skip = nil, nil, 0, false, 0
	for {
		kind, err := m.Next()
		if err == nil {
			switch {
			case w.skip > 0:
				w.skipped(kind)
			case kind == startTag:
				err = w.start(m)
			case kind == endTag:
				err = w.end(m)
			case w.inText:
				err = w.add(m.Text())
			}
		}
		if err != nil {
			if e := w.finish(); e != nil {
				return e
			}
			return err
		}
	}
}

// skipped goes on inside an element that is left out.
func (w *wordText) skipped(kind tokenKind) {
	switch kind {
	case startTag:
		w.skip++
	case endTag:
		w.skip--
	}
}

// finish hands over what a part that breaks off has left open.
func (w *wordText) finish() error {
	for len(w.open) > 0 {
		if err := w.endParagraph(); err != nil {
			return err
		}
	}
	for len(w.tables) > 0 {
		if err := w.endTable(); err != nil {
			return err
		}
	}
	return w.paras.Flush()
}

func (w *wordText) start(m *markup) error {
	w.inText = false
	switch m.Name() {
	case "p":
		if len(w.open) < maxNested {
			w.open = append(w.open, nil)
		}
		w.style, w.use, w.level, w.label = "", -1, -1, nil
	case "pStyle":
		w.style = m.Attr("val")
	case "ilvl":
		w.level = number(m.Attr("val"))
	case "numId":
		w.use = number(m.Attr("val"))
	case "pPrChange": // as the paragraph was before
		w.skip = 1
	case "t", "delText", "text": // the last in comments on slides
		w.inText = true
	case "tab", "br", "cr", "ptab":
		return w.add([]byte(" "))
	case "noBreakHyphen":
		return w.add([]byte("-"))
	case "docPr", "cNvPr": // of a picture: its description
		if said := m.Attr("descr"); said != "" {
			return w.add([]byte(" " + said + " "))
		}
	case "tbl":
		return w.startTable()
	case "tr":
		if t := w.table(); t != nil {
			t.row, t.cells = t.row[:0], 0
		}
	case "tc":
		w.startCell()
	case "gridSpan":
		if t := w.table(); t != nil && len(m.Attr("val")) <= 2 {
			t.span = number(m.Attr("val"))
		}
	case "Fallback": // says again, for old readers, what stands before it
		w.skip = 1
	case "comment", "footnote", "endnote":
		return w.startNote(m.Attr("author"))
	}
	return nil
}

func (w *wordText) end(m *markup) error {
	w.inText = false
	switch m.Name() {
	case "p", "cm":
		w.label = nil
		return w.endParagraph()
	case "pPr":
		if w.numbers != nil {
			if label := w.numbers.label(w.style, w.use, w.level); label != "" {
				w.label = append([]byte(label), ' ')
			}
		}
	case "tr":
		return w.endRow()
	case "tc":
		if t := w.table(); t != nil {
			for ; t.span > 1; t.span-- {
				t.row = append(t.row, '\t')
			}
		}
	case "tbl":
		if w.deep > 0 {
			w.deep--
			return nil
		}
		return w.endTable()
	}
	return nil
}

// add appends text to the innermost paragraph.
func (w *wordText) add(text []byte) error {
	if len(w.open) == 0 {
		w.open = append(w.open, nil)
	}
	p := &w.open[len(w.open)-1]
	*p = append(append(*p, w.label...), text...)
	w.label = nil
	if len(*p) < maxParagraph {
		return nil
	}
	full := *p
	*p = nil
	return w.paras.Add(full)
}

// endParagraph hands over the innermost paragraph, or puts it in its cell.
func (w *wordText) endParagraph() error {
	if len(w.open) == 0 {
		return nil
	}
	p := bytes.TrimSpace(w.open[len(w.open)-1])
	w.open = w.open[:len(w.open)-1]
	t := w.table()
	if t == nil {
		return w.paras.Add(p)
	}
	if len(p) == 0 {
		return nil
	}
	if len(t.row) > t.start {
		t.row = append(t.row, ' ')
	}
	t.row = appendCell(t.row, p)
	if len(t.row) > maxParagraph {
		return w.endRow()
	}
	return nil
}

// table is the innermost table, nil outside any.
func (w *wordText) table() *wordTable {
	if len(w.tables) == 0 {
		return nil
	}
	return w.tables[len(w.tables)-1]
}

func (w *wordText) startTable() error {
	if len(w.tables) == maxNested {
		w.deep++
		return nil
	}
	w.nTables++
	at := w.at.Down(breach.Step{Unit: breach.Table, N: w.nTables})
	w.tables = append(w.tables, &wordTable{rows: newBatch(w.out, at, breach.Row)})
	return w.paras.Flush()
}

func (w *wordText) endTable() error {
	t := w.table()
	if t == nil {
		return nil
	}
	if err := w.endRow(); err != nil {
		return err
	}
	w.tables = w.tables[:len(w.tables)-1]
	return t.rows.Flush()
}

func (w *wordText) startCell() {
	t := w.table()
	if t == nil || w.deep > 0 {
		return
	}
	if t.cells > 0 {
		t.row = append(t.row, '\t')
	}
	t.cells++
	t.start, t.span = len(t.row), 1
}

func (w *wordText) endRow() error {
	t := w.table()
	if t == nil || w.deep > 0 || t.cells == 0 && len(t.row) == 0 {
		return nil
	}
	err := t.rows.Add(t.row)
	t.row, t.cells, t.start = t.row[:0], 0, 0
	return err
}

// startNote begins a comment or a footnote, which has a number of its own.
func (w *wordText) startNote(author string) error {
	if err := w.finish(); err != nil {
		return err
	}
	w.notes++
	w.at = breach.At(breach.Step{Unit: breach.Comment, N: w.notes})
	w.paras = newBatch(w.out, w.at, breach.Paragraph)
	if author == "" {
		return nil
	}
	return w.paras.Add([]byte(author))
}

// number reads a small decimal number; -1 if it is none.
func number(s string) int {
	if s == "" {
		return -1
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > 1<<26 {
			return -1
		}
		n = 10*n + int(c-'0')
	}
	return n
}
