package extract

import (
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// What a workbook remembers of data that no sheet need show any more: the
// source of a pivot table, and the cells of another workbook. People hand
// such files on without knowing.

// maxItems bounds the distinct values of all fields of a pivot table.
const maxItems = 4 << 20

// caches reads them all.
func (w *workbook) caches() error {
	for i, m := range w.zip.Members {
		key := memberKey(m.Name)
		at := breach.At(breach.Step{Unit: breach.Part, N: int64(i + 1), Name: breach.Hide(m.Name)})
		var err error
		switch {
		case strings.HasPrefix(key, "xl/externallinks/") && strings.HasSuffix(key, ".xml"):
			s := sheetReader{book: w, at: at, rows: newBatch(w.out, at, breach.Row)}
			err = w.part(m.Name, s.read)
		case strings.HasPrefix(key, "xl/pivotcache/pivotcachedefinition"):
			err = w.pivot(m.Name, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pivot reads the source of a pivot table as a table: its headings, then its
// records, or the distinct values of each field where there are no records.
func (w *workbook) pivot(name string, at breach.Place) error {
	beside, err := w.relations(name)
	if err != nil {
		return err
	}
	p := pivotReader{rows: newBatch(w.out, at, breach.Row)}
	if err := w.part(name, p.definition); err != nil {
		return err
	}
	if err := p.rows.Add([]byte(strings.Join(p.names, "\t"))); err != nil {
		return err
	}
	found := false
	for _, r := range sorted(beside) {
		if r.kind == "pivotCacheRecords" && w.zip.Find(r.target) != nil {
			found = true
			if err := w.part(r.target, p.records); err != nil {
				return err
			}
		}
	}
	if !found {
		return p.values()
	}
	return p.rows.Flush()
}

// pivotReader reads the source of one pivot table: ECMA-376, part 1, 18.10.
type pivotReader struct {
	rows  *batch
	names []string   // of the fields
	items [][]string // the distinct values of each field
	total int        // of all items
}

func (p *pivotReader) definition(m *markup) error {
	shared := false
	for {
		kind, err := m.Next()
		if err != nil {
			return err
		}
		switch {
		case m.Is("sharedItems"):
			shared = kind == startTag
		case kind != startTag:
		case m.Is("cacheField"):
			if len(p.names) == maxColumns {
				return gap(breach.TextBudget)
			}
			p.names = append(p.names, oneLine(m.Attr("name")))
			p.items = append(p.items, nil)
		case shared && len(p.items) > 0:
			if p.total++; p.total > maxItems {
				return gap(breach.TextBudget)
			}
			last := &p.items[len(p.items)-1]
			*last = append(*last, pivotValue(m))
		}
	}
}

func (p *pivotReader) records(m *markup) error {
	var row []byte
	field := 0
	for {
		kind, err := m.Next()
		if err != nil {
			if e := p.rows.Flush(); e != nil {
				return e
			}
			return err
		}
		switch {
		case m.Is("r") && kind == startTag:
			row, field = row[:0], 0
		case m.Is("r"):
			if err := p.rows.Add(row); err != nil {
				return err
			}
		case kind == startTag && field < len(p.names) && len(row) < maxRow:
			if field > 0 {
				row = append(row, '\t')
			}
			value := pivotValue(m)
			if m.Is("x") {
				value = p.item(field, number(value))
			}
			row = append(row, value...)
			field++
		}
	}
}

// item is value n of a field.
func (p *pivotReader) item(field, n int) string {
	if n < 0 || n >= len(p.items[field]) {
		return ""
	}
	return p.items[field][n]
}

// values hands over the distinct values, each in the column of its field.
func (p *pivotReader) values() error {
	for field, items := range p.items {
		for _, item := range items {
			if err := p.rows.Add([]byte(strings.Repeat("\t", field) + item)); err != nil {
				return err
			}
		}
	}
	return p.rows.Flush()
}

// pivotValue is the value of an item; dates have a time that nobody wrote.
func pivotValue(m *markup) string {
	return strings.TrimSuffix(oneLine(m.Attr("v")), "T00:00:00")
}

// oneLine makes tabs and newlines blanks.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, s)
}
