package casework

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
)

// tableRow is a row of the CSV and XLSX exports.
type tableRow []string

// exposureHeadings are the columns of exposures in tables.
var exposureHeadings = tableRow{"id", "register", "key", "grade", "probability", "kinds", "evidence", "evidence_kinds", "places", "one_of", "identifiers"}

// exposureRows gives a person as rows, one a file.
func exposureRows(l PersonLine) []tableRow {
	var ids []string
	for kind, value := range l.Identifiers {
		ids = append(ids, kind+"="+value)
	}
	slices.Sort(ids)
	rows := make([]tableRow, 0, len(l.Files))
	for _, f := range l.Files {
		oneOf := ""
		if f.OneOf > 1 {
			oneOf = strconv.Itoa(int(f.OneOf))
		}
		rows = append(rows, tableRow{string(l.ID), deref(l.Register), deref(l.Key), l.Grade,
			strconv.FormatFloat(l.Probability, 'f', -1, 64), strings.Join(l.Kinds, " "), f.Evidence,
			strings.Join(f.Kinds, " "), strings.Join(f.Places, "; "), oneOf, strings.Join(ids, " ")})
	}
	return rows
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// inert keeps a spreadsheet from taking a text of somebody's for a formula:
// what begins like one gets an apostrophe (OWASP, CSV injection).
func inert(row tableRow) tableRow {
	out := slices.Clone(row)
	for i, cell := range out {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			out[i] = "'" + cell
		}
	}
	return out
}

// csvExport writes the exposures alone: the account is another table.
type csvExport struct{ w *csv.Writer }

func newCSVExport(w io.Writer) *csvExport {
	x := &csvExport{csv.NewWriter(w)}
	_ = x.w.Write(exposureHeadings) // the writer keeps its first error for close
	return x
}

func (x *csvExport) person(l PersonLine) error {
	for _, row := range exposureRows(l) {
		if err := x.w.Write(inert(row)); err != nil {
			return err
		}
	}
	return nil
}

func (x *csvExport) evidence(EvidenceLine) error { return nil }
func (x *csvExport) account(AccountLine) error   { return nil }

func (x *csvExport) close() error {
	x.w.Flush()
	return x.w.Error()
}
