package extract

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// xlsx is a workbook of Excel since 2007.
var xlsx = Format{
	Name:       "xlsx",
	Extensions: []string{"xlsx", "xlsm", "xltx", "xltm"},
	Sniff:      func(in *Input) bool { return sniffOOXML(in, "xl/") },
	Read:       readXLSX,
	Strings:    true,
}

func readXLSX(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	o, err := openOOXML(in, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	w := &workbook{ooxml: o}
	for _, step := range []func() error{w.open, w.sheets, w.caches, w.people, o.rest} {
		if err := step(); err != nil {
			return w.outcome(), err
		}
	}
	return w.outcome(), nil
}

// workbook is an XLSX file while it is read: ECMA-376, part 1, 18.
type workbook struct {
	*ooxml
	main    string
	parts   map[string]relation // of the workbook, by id
	list    []sheetRef
	since04 bool // days are counted from 1904
	styles  []numberFormat
	shared  sharedStrings
}

// sheetRef is a sheet as the workbook names it.
type sheetRef struct{ name, id string }

// open reads what the sheets need: their list, styles and shared strings.
func (w *workbook) open() error {
	var err error
	if w.main, err = w.ooxml.main("xl/workbook.xml"); err != nil {
		return err
	}
	if w.parts, err = w.relations(w.main); err != nil {
		return err
	}
	if err := w.part(w.main, w.contents); err != nil {
		return err
	}
	if err := w.part(w.related("styles", "xl/styles.xml"), w.readStyles); err != nil {
		return err
	}
	return w.part(w.related("sharedStrings", "xl/sharedStrings.xml"), func(m *markup) error { return w.shared.read(m) })
}

// related finds the part of a kind that the workbook points to.
func (w *workbook) related(kind, usual string) string {
	for _, r := range sorted(w.parts) {
		if r.kind == kind {
			return r.target
		}
	}
	return usual
}

// maxSheets bounds the list of sheets.
const maxSheets = 10_000

// contents reads the list of sheets, and names that stand for cells or values.
func (w *workbook) contents(m *markup) error {
	names := newBatch(w.out, breach.At(breach.Step{Unit: breach.Property}), breach.Paragraph)
	name := ""
	for {
		kind, err := m.Next()
		if err != nil {
			return errors.Join(err, names.Flush())
		}
		switch {
		case kind == startTag && m.Is("workbookPr"):
			on := m.Attr("date1904")
			w.since04 = on == "1" || on == "true"
		case kind == startTag && m.Is("sheet") && len(w.list) < maxSheets:
			w.list = append(w.list, sheetRef{m.Attr("name"), m.Attr("id")})
		case kind == startTag && m.Is("definedName"):
			name = m.Attr("name")
		case kind == textRun && name != "":
			if err := names.Add(append([]byte(name+": "), m.Text()...)); err != nil {
				return err
			}
			name = ""
		}
	}
}

// sheets reads every sheet, the hidden ones too, in the order of the workbook.
func (w *workbook) sheets() error {
	for i, ref := range w.list {
		target := w.parts[ref.id].target
		if target == "" {
			target = fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)
		}
		at := breach.At(breach.Step{Unit: breach.Sheet, N: int64(i + 1), Name: breach.Hide(ref.name)})
		if err := sheetTitle(w.out, at); err != nil {
			return err
		}
		if err := w.sheet(target, at); err != nil {
			return err
		}
	}
	// Sheets that the workbook does not name: it is broken, or hides them well.
	n := int64(len(w.list))
	for _, m := range w.zip.Members {
		key := memberKey(m.Name)
		if strings.HasPrefix(key, "xl/worksheets/sheet") && !w.read[key] && strings.HasSuffix(key, ".xml") {
			n++
			if err := w.sheet(m.Name, breach.At(breach.Step{Unit: breach.Sheet, N: n})); err != nil {
				return err
			}
		}
	}
	return nil
}

// sheet reads one sheet and the comments on it.
func (w *workbook) sheet(target string, at breach.Place) error {
	beside, err := w.relations(target)
	if err != nil {
		return err
	}
	s := sheetReader{book: w, at: at, rows: newBatch(w.out, at, breach.Row)}
	if err := w.part(target, s.read); err != nil {
		return err
	}
	comments := cellComments{out: w.out, at: at}
	for _, r := range sorted(beside) {
		if r.kind == "comments" || r.kind == "threadedComment" {
			if err := w.part(r.target, comments.read); err != nil {
				return err
			}
		}
	}
	return nil
}

// people reads who wrote the threaded comments.
func (w *workbook) people() error {
	b := newBatch(w.out, breach.At(breach.Step{Unit: breach.Property}), breach.Paragraph)
	for _, m := range w.zip.Members {
		if !strings.HasPrefix(memberKey(m.Name), "xl/persons/") {
			continue
		}
		err := w.part(m.Name, func(m *markup) error {
			for {
				kind, err := m.Next()
				if err != nil {
					return err
				}
				if kind == startTag && m.Is("person") {
					if err := b.Add([]byte(m.Attr("displayName") + " " + m.Attr("userId"))); err != nil {
						return err
					}
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return b.Flush()
}

// cellComments reads comments and notes on the cells of a sheet.
type cellComments struct {
	out    Sink
	at     breach.Place
	n      int64
	text   []byte
	author []string
}

func (c *cellComments) read(m *markup) error {
	var row int64
	inText, inAuthor := false, false
	for {
		kind, err := m.Next()
		if err != nil {
			return err
		}
		switch {
		case kind == startTag && (m.Is("comment") || m.Is("threadedComment")):
			row, _ = cellAt(m.Attr("ref"))
			c.text = c.text[:0]
			if n := number(m.Attr("authorId")); n >= 0 && n < len(c.author) {
				c.text = append(append(c.text, c.author[n]...), '\n')
			}
		case kind == startTag:
			inText = m.Is("t") || m.Is("text")
			inAuthor = m.Is("author")
		case kind == textRun && inText && len(c.text) < maxParagraph:
			c.text = append(c.text, m.Text()...)
		case kind == textRun && inAuthor && len(c.author) < maxRelations:
			c.author = append(c.author, string(m.Text()))
			inAuthor = false
		case kind == endTag && (m.Is("comment") || m.Is("threadedComment")):
			c.n++
			at := c.at.Down(breach.Step{Unit: breach.Row, N: row}).Down(breach.Step{Unit: breach.Comment, N: c.n})
			if err := prose(c.out, at, c.text); err != nil {
				return err
			}
		case kind == endTag && (m.Is("t") || m.Is("text")):
			inText = false
		}
	}
}
