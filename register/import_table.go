package register

import (
	"math"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// row is one row or record of a register.
type row struct {
	n     int64
	cells []string
}

func (r row) blank() bool {
	for i := range r.cells {
		if r.cell(i) != "" {
			return false
		}
	}
	return true
}

func (r row) bytes() int {
	n := 0
	for _, c := range r.cells {
		n += len(c)
	}
	return n
}

// cell is the i-th cell as a person means it: without surrounding blanks,
// without the signs by which spreadsheets are told that digits are text, and
// empty where an export writes a word for nothing.
func (r row) cell(i int) string {
	if i >= len(r.cells) {
		return ""
	}
	c := strings.TrimSpace(r.cells[i])
	if len(c) == 0 {
		return ""
	}
	switch c[0] {
	case '=':
		if inner, ok := strings.CutPrefix(c, `="`); ok {
			return strings.TrimSuffix(inner, `"`)
		}
	case '\'':
		if len(c) > 1 && (c[1] == '+' || c[1] >= '0' && c[1] <= '9') {
			return c[1:]
		}
	}
	switch c {
	case "NULL", "null", "(null)", "None", "-", "–", "--", "N/A", "n/a", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!":
		return ""
	}
	return c
}

// table is one sheet, one file of rows, or one run of records.
type table struct {
	place  breach.Place // without the step to the row
	record bool
	labels []string       // of records, in the order they appeared
	at     map[string]int // label → column
	head   []string       // headings; nil where there are none
	rows   []row          // the sample, until the columns are settled
	bytes  int            // in the sample
	plan   *plan          // nil until settled
}

// parseRecord makes a row of the "label: value" lines of a record. A label
// that comes again adds to its cell; a line without a label goes on with the
// value before.
func (t *table) parseRecord(n int64, text string) row {
	r := row{n: n, cells: make([]string, len(t.labels))}
	last := -1
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		label, value, ok := strings.Cut(line, ": ")
		if !ok {
			label, ok = strings.CutSuffix(line, ":")
		}
		if !ok {
			if last >= 0 {
				r.cells[last] += " " + line
			}
			continue
		}
		last = t.column(label)
		if last < 0 {
			continue
		}
		for len(r.cells) <= last {
			r.cells = append(r.cells, "")
		}
		if r.cells[last] != "" && value != "" {
			value = r.cells[last] + "; " + value
		}
		r.cells[last] = value
	}
	return r
}

// column gives the column of a label, a new one if there is room; -1 if not.
func (t *table) column(label string) int {
	label = strings.TrimSpace(label)
	if i, ok := t.at[label]; ok {
		return i
	}
	if len(t.labels) == maxColumns || len(label) > maxCell {
		return -1
	}
	t.at[label] = len(t.labels)
	t.labels = append(t.labels, label)
	return len(t.labels) - 1
}

// findHeadings looks for the row of headings among the first of the sample,
// takes it out with what stands above it, and returns how many rows that were.
func (t *table) findHeadings(m Map) int {
	if t.record {
		return 0
	}
	for i, r := range t.rows[:min(len(t.rows), 20)] {
		known, filled := 0, 0
		for k := range r.cells {
			cell := r.cell(k)
			if cell == "" || len(cell) > 200 {
				continue
			}
			filled++
			if _, mapped := m[foldHeading(cell)]; mapped || readHeading(cell, false).field != "" {
				known++
			}
		}
		if known >= 2 || known == 1 && filled <= 2 && (i == 0 || filled == 1 && len(r.cells) == 1) {
			t.takeHeadings(i)
			return i
		}
	}
	if len(t.rows) > 1 && t.firstRowDiffers() {
		t.takeHeadings(0)
	}
	return 0
}

func (t *table) takeHeadings(i int) {
	for k := range t.rows[i].cells {
		t.head = append(t.head, t.rows[i].cell(k))
	}
	for len(t.head) > 0 && t.head[len(t.head)-1] == "" {
		t.head = t.head[:len(t.head)-1]
	}
	t.rows = t.rows[i+1:]
}

// firstRowDiffers reports whether the first row reads like headings nobody
// taught us: it is filled, without digits, over columns that mostly hold some.
func (t *table) firstRowDiffers() bool {
	first, rest := t.rows[0], t.rows[1:]
	numeric := 0
	for k := range first.cells {
		cell := first.cell(k)
		if cell == "" || !hasNoDigit(cell) || strings.Contains(cell, "@") {
			return false
		}
		digits := 0
		for _, r := range rest {
			if !hasNoDigit(r.cell(k)) {
				digits++
			}
		}
		if digits*10 >= len(rest)*8 {
			numeric++
		}
	}
	return numeric > 0
}

// width is the number of columns.
func (t *table) width() int {
	switch {
	case t.record:
		return len(t.labels)
	case t.head != nil:
		return len(t.head)
	}
	// Without headings the commonest width counts: a broken row is rarely it.
	count := map[int]int{}
	best := 0
	for _, r := range t.rows {
		n := min(len(r.cells), maxColumns)
		count[n]++
		if count[n] > count[best] || count[n] == count[best] && n > best {
			best = n
		}
	}
	return best
}

// heading is the heading of the i-th column, "" if it has none.
func (t *table) heading(i int) string {
	switch {
	case t.record && i < len(t.labels):
		return t.labels[i]
	case i < len(t.head):
		return t.head[i]
	}
	return ""
}

// sheet numbers the sheet, 0 if the table is in none.
func (t *table) sheet() int64 {
	for _, s := range t.place.Path {
		if s.Unit == breach.Sheet {
			return max(s.N, 1)
		}
	}
	return 0
}

// columns tells what was recognised.
func (t *table) columns() []Column {
	var columns []Column
	for i := range t.plan.columns {
		columns = append(columns, t.columnAt(i))
	}
	return columns
}

func (t *table) columnAt(i int) Column {
	c := t.plan.columns[i]
	column := Column{Sheet: t.sheet(), Number: i + 1, Heading: t.heading(i), Field: c.field, By: c.by}
	if column.Field == "" {
		column.By = ""
	}
	return column
}

// values gives the filled cells of a column in the sample.
func (t *table) values(i int) []string {
	var values []string
	for _, r := range t.rows {
		if v := r.cell(i); v != "" {
			values = append(values, v)
		}
	}
	return values
}

// share is the part of the filled cells of a column for which is holds.
func (t *table) share(i int, is func(string) bool) float64 {
	values := t.values(i)
	if len(values) == 0 {
		return 0
	}
	n := 0
	for _, v := range values {
		if is(v) {
			n++
		}
	}
	return float64(n) / float64(len(values))
}

// identifies reports whether a column can be the key: mostly filled, and with
// values that differ, or that come again for the same person. The part of the
// rows that may break the rule depends on what else speaks for the column.
func (t *table) identifies(i int, person []int, broken float64) bool {
	values := t.values(i)
	allowed := math.Ceil(broken * float64(len(t.rows))) // one in a short list, too
	if len(values) == 0 || float64(len(t.rows)-len(values)) > allowed {
		return false
	}
	first := map[string]row{}
	strange := 0
	for _, r := range t.rows {
		v := r.cell(i)
		if v == "" {
			continue
		}
		f, again := first[v]
		if !again {
			first[v] = r
			continue
		}
		if len(person) == 0 || slices.ContainsFunc(person, func(k int) bool { return f.cell(k) != r.cell(k) }) {
			strange++
		}
	}
	return float64(strange) <= allowed
}
