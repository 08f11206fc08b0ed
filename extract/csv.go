package extract

import (
	"bytes"
	"context"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

var csvFormat = Format{
	Name:       "csv",
	Extensions: []string{"csv", "tsv", "tab"},
	Sniff:      func(in *Input) bool { _, ok := sniffTable(in); return ok },
	Read:       readCSV,
}

// sniffSize is how much of a text tells whether it is a table.
const sniffSize = 8 << 10

// separators in the order they win when equally regular.
const separators = "\t;|,"

// sniffTable finds the separator of a table in text, and whether it is one.
func sniffTable(in *Input) (byte, bool) {
	head := in.TextHead()
	if len(head) == 0 {
		return 0, false
	}
	named := in.HasExtension("csv", "tsv", "tab")
	if in.size != int64(len(in.Head())) || len(head) > sniffSize { // the last line is cut
		if i := bytes.LastIndexByte(head[:min(len(head), sniffSize)], '\n'); i > 0 {
			head = head[:i+1]
		}
	}
	if named && bytes.HasPrefix(head, []byte("sep=")) && len(head) > 4 {
		return head[4], true
	}
	best, bestScore := byte(0), 0.0
	for _, sep := range []byte(separators) {
		if s := regularity(head, sep, named); s > bestScore {
			best, bestScore = sep, s
		}
	}
	if best == 0 && named {
		return ';', true
	}
	return best, best != 0
}

// regularity scores a separator by how alike the lines are; 0 if it is none.
// A text that is not named as a table must be a very regular one.
func regularity(head []byte, sep byte, named bool) float64 {
	counts := map[int]int{}
	lines, most, with := 0, 0, 0
	for rest := head; len(rest) > 0 && lines < 60; {
		n, cells, _ := record(rest, sep, nil, true)
		line := rest[:n]
		rest = rest[n:]
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		lines++
		if cells > 1 {
			with++
			counts[cells]++
		}
	}
	cells := 1
	for c, n := range counts {
		if n > most || n == most && c > cells {
			cells, most = c, n
		}
	}
	if cells < 2 || lines == 0 {
		return 0
	}
	alike := float64(most) / float64(lines)
	if named {
		return float64(with)/float64(lines)/2 + alike
	}
	switch {
	case lines < 2, alike < 0.9:
		return 0
	case (sep == ',' || sep == '|') && (cells < 3 || lines < 3 || alike < 0.95):
		return 0
	}
	return alike
}

// maxRecord is how far a quoted cell may reach: one that is not closed by then
// is no quoted cell, else a single stray quote would make all rows below it
// one.
const maxRecord = 128 << 10

// readCSV hands over a table in text, whatever its separator, quotes and
// charset, ragged rows and stray quotes included.
func readCSV(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	sep, _ := sniffTable(in)
	d := newDecoder(in.Stream(), "")
	t := table{sep: sep, rows: newBatch(out, breach.Place{}, breach.Row)}
	err := t.read(d)
	o := textOutcome(d)
	o.Dialect = string(sep)
	if sep == '\t' {
		o.Dialect = "tab"
	}
	return o, err
}

// table reads rows of text.
type table struct {
	sep  byte
	rows *batch
	row  []byte
	part bool // what comes next goes on with a row begun
}

func (t *table) read(r io.Reader) error {
	buf := make([]byte, maxRecord)
	kept := 0
	for {
		n, err := readFull(r, buf[kept:])
		data := buf[:kept+n]
		used, e := t.some(data, err != nil)
		if e != nil {
			return e
		}
		kept = copy(buf, data[used:])
		if err == io.EOF {
			return t.rows.Flush()
		}
		if err != nil {
			_ = t.rows.Flush()
			return err
		}
	}
}

// some reads the records in data and tells how many bytes they took. A record
// that reaches the end waits for more, unless it fills all there is room for.
func (t *table) some(data []byte, end bool) (int, error) {
	used := 0
	for used < len(data) {
		rest := data[used:]
		n, _, row := record(rest, t.sep, t.row[:0], false)
		t.row = row
		switch {
		case n > 0:
		case !end && used > 0:
			return used, nil
		default:
			n, err := t.endless(rest, end)
			return used + n, err
		}
		used += n
		if err := t.piece(true); err != nil {
			return used, err
		}
	}
	return used, nil
}

// endless reads data in which a record begins and none ends: no quoted cell
// ends in it, so quotes are letters, and a line without end is cut.
func (t *table) endless(data []byte, end bool) (int, error) {
	used := 0
	for used < len(data) {
		n, row := plainLine(data[used:], t.sep, t.row[:0])
		if n == 0 {
			break
		}
		t.row = row
		used += n
		if err := t.piece(true); err != nil {
			return used, err
		}
	}
	if used > 0 && !end || used == len(data) {
		return used, nil
	}
	rest := data[used:]
	if !end {
		rest = rest[:cutPoint(rest)]
	}
	_, _, t.row = record(rest, t.sep, t.row[:0], true)
	return used + len(rest), t.piece(end)
}

// piece hands over a row, or part of one.
func (t *table) piece(last bool) error {
	if last && !t.part {
		return t.rows.Add(t.row)
	}
	t.part = !last
	if err := t.rows.Flush(); err != nil {
		return err
	}
	if err := t.rows.Part(t.row); err != nil || !last {
		return err
	}
	t.rows.Skip()
	return nil
}

// record reads one record from the start of data: how many bytes it takes,
// newline included, how many cells it has, and the cells with tabs between.
// It takes none where the record does not end within data, unless loose.
func record(data []byte, sep byte, row []byte, loose bool) (n, cells int, _ []byte) {
	i := 0
	for cells = 1; ; cells++ {
		if i < len(data) && data[i] == '"' {
			end, ok := quoted(data, i, &row, sep)
			if !ok && !loose {
				return 0, cells, row
			}
			if ok {
				i = end
			}
		}
		start := i
		for i < len(data) && data[i] != sep && data[i] != '\n' {
			i++
		}
		row = appendCell(row, data[start:i])
		if i == len(data) {
			if loose {
				return i, cells, row
			}
			return 0, cells, row
		}
		if data[i] == '\n' {
			return i + 1, cells, row
		}
		row = append(row, '\t')
		i++
	}
}

// quoted reads a quoted cell and tells where it ends: at a quote before a
// separator or a line's end. Quotes inside that are not doubled are letters.
func quoted(data []byte, i int, row *[]byte, sep byte) (int, bool) {
	begin := len(*row)
	for j := i + 1; j < len(data); {
		k := bytes.IndexByte(data[j:], '"')
		if k < 0 {
			break
		}
		*row = appendCell(*row, data[j:j+k])
		j += k + 1
		switch {
		case j == len(data):
			// Whether it ends here, the next bytes tell; at the end of the
			// file the caller is loose.
			return j, true
		case data[j] == '"':
			*row = append(*row, '"')
			j++
		case data[j] == sep || data[j] == '\n':
			return j, true
		default:
			*row = append(*row, '"')
		}
	}
	*row = (*row)[:begin]
	return i, false
}

// plainLine reads a line whose quotes are not closed as if they were letters;
// 0 bytes where there is no line's end.
func plainLine(data []byte, sep byte, row []byte) (int, []byte) {
	n := bytes.IndexByte(data, '\n')
	if n < 0 {
		return 0, row
	}
	for i, cell := range bytes.Split(data[:n], []byte{sep}) {
		if i > 0 {
			row = append(row, '\t')
		}
		row = appendCell(row, bytes.TrimPrefix(cell, []byte{'"'}))
	}
	return n + 1, row
}

// appendCell appends a cell; blanks take the place of tabs and newlines.
func appendCell(row, cell []byte) []byte {
	start := len(row)
	row = append(row, cell...)
	for i := start; i < len(row); i++ {
		if row[i] == '\t' || row[i] == '\n' {
			row[i] = ' '
		}
	}
	return row
}
