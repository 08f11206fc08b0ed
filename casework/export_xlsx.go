package casework

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// sheetRows is how many rows a sheet of a workbook may have (ECMA-376,
// part 1, 18.3.1.73), less the headings.
const sheetRows = 1<<20 - 1

// xlsxExport writes a workbook: exposures, evidence and account. Long tables go
// on in another sheet.
type xlsxExport struct {
	w         io.Writer
	book      *excelize.File
	exposures *sheet
	items     *sheet
	bold      int
}

// sheet is one table, over as many sheets as it takes.
type sheet struct {
	x        *xlsxExport
	name     string
	headings tableRow
	stream   *excelize.StreamWriter
	part     int
	row      int
}

func newXLSXExport(w io.Writer) (*xlsxExport, error) {
	x := &xlsxExport{w: w, book: excelize.NewFile()}
	var err error
	if x.bold, err = x.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return nil, fmt.Errorf("make workbook: %w", err)
	}
	if err := x.book.SetSheetName("Sheet1", "exposures"); err != nil {
		return nil, fmt.Errorf("make workbook: %w", err)
	}
	x.exposures = &sheet{x: x, name: "exposures", headings: exposureHeadings}
	x.items = &sheet{x: x, name: "evidence", headings: tableRow{"evidence", "state", "reason", "missing", "of", "format", "size", "reached"}}
	return x, nil
}

func (s *sheet) write(row tableRow) error {
	if s.stream == nil || s.row > sheetRows {
		if err := s.begin(); err != nil {
			return err
		}
	}
	s.row++
	return s.put(inert(row), 0)
}

// all writes a whole table.
func (s *sheet) all(rows []tableRow) error {
	for _, row := range rows {
		if err := s.write(row); err != nil {
			return err
		}
	}
	return s.flush()
}

func (s *sheet) begin() error {
	if err := s.flush(); err != nil {
		return err
	}
	s.part++
	name := s.name
	if s.part > 1 {
		name += " " + strconv.Itoa(s.part)
	}
	if _, err := s.x.book.NewSheet(name); err != nil {
		return fmt.Errorf("make sheet: %w", err)
	}
	var err error
	if s.stream, err = s.x.book.NewStreamWriter(name); err != nil {
		return fmt.Errorf("make sheet: %w", err)
	}
	if err := s.stream.SetColWidth(1, len(s.headings), 22); err != nil {
		return fmt.Errorf("make sheet: %w", err)
	}
	s.row = 1
	return s.put(s.headings, s.x.bold)
}

func (s *sheet) put(row tableRow, style int) error {
	cells := make([]any, len(row))
	for i, text := range row {
		cells[i] = excelize.Cell{Value: text, StyleID: style}
	}
	return s.stream.SetRow("A"+strconv.Itoa(s.row), cells)
}

func (s *sheet) flush() error {
	if s.stream == nil {
		return nil
	}
	return s.stream.Flush()
}

func (x *xlsxExport) person(l PersonLine) error {
	for _, row := range exposureRows(l) {
		if err := x.exposures.write(row); err != nil {
			return err
		}
	}
	return nil
}

func (x *xlsxExport) evidence(l EvidenceLine) error {
	return x.items.write(tableRow{l.Evidence, l.State, l.Reason, l.Missing, l.Of, l.Format, strconv.FormatInt(l.Size, 10), l.Reached})
}

func (x *xlsxExport) account(l AccountLine) error {
	s := &sheet{x: x, name: "account", headings: tableRow{"what", "count"}}
	rows := []tableRow{{"items", strconv.FormatInt(l.Items, 10)}, {"files", strconv.FormatInt(l.Files, 10)}, {"members", strconv.FormatInt(l.Members, 10)}}
	for _, part := range []struct {
		name   string
		counts map[string]int64
	}{{"state", l.States}, {"reason", l.Reasons}, {"people", l.People}} {
		for _, k := range slices.Sorted(maps.Keys(part.counts)) {
			rows = append(rows, tableRow{part.name + " " + k, strconv.FormatInt(part.counts[k], 10)})
		}
	}
	if err := s.all(rows); err != nil {
		return err
	}
	parts := &sheet{x: x, name: "account by part", headings: partHeadings}
	return parts.all(l.rows)
}

func (x *xlsxExport) close() error {
	for _, s := range []*sheet{x.exposures, x.items} {
		if s.stream == nil { // a table without rows still says what it would hold
			if err := s.begin(); err != nil {
				return err
			}
		}
		if err := s.flush(); err != nil {
			return err
		}
	}
	if err := x.book.Write(x.w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return x.book.Close()
}
