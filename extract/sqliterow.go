package extract

import (
	"bytes"
	"io"
	"strconv"
)

// plain reads the first values of a record whole, as text.
func (d *sqliteFile) plain(p *sqlitePayload, most int) ([][]byte, bool) {
	types, ok := p.serials()
	if !ok {
		return nil, false
	}
	var values [][]byte
	for _, s := range types[:min(len(types), most)] {
		size := serialSize(s)
		if size < 0 || size > maxSQLText {
			return nil, false
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(p, b); err != nil {
			return nil, false
		}
		if s >= 12 {
			b = d.text(b)
		} else {
			b = appendSerial(nil, s, b)
		}
		values = append(values, b)
	}
	return values, true
}

// row reads the values of a record as the cells of a row, and hands over the
// files in it. What cannot be read ends the row early.
func (d *sqliteFile) row(t *sqliteTable, types []int64, rowid, n int64, p *sqlitePayload) ([]byte, error) {
	row := d.values[:0]
	for i, s := range types {
		if i > 0 {
			row = append(row, '\t')
		}
		if i == t.alias && s == 0 {
			row = strconv.AppendInt(row, rowid, 10)
			continue
		}
		size := serialSize(s)
		if size < 0 || size > p.left {
			d.fault(0)
			break
		}
		if size <= int64(len(p.here)) { // most are whole in their page
			b := p.here[:size]
			p.here = p.here[size:]
			p.left -= size
			if s < 12 || s&1 == 1 || size <= longestBinary && !isFile(b) {
				row = d.value(row, s, b)
			} else if err := d.out.File(t.valueName(i, n), bytes.NewReader(b)); err != nil {
				return nil, err
			}
			continue
		}
		var err error
		value := &io.LimitedReader{R: p, N: size}
		if row, err = d.longValue(row, s, value, t.valueName(i, n)); err != nil {
			return nil, err
		}
		_, _ = io.Copy(io.Discard, value)
	}
	d.values = row
	return row, nil
}

// valueName names the file in column i of row n.
func (t *sqliteTable) valueName(i int, n int64) string {
	column := ""
	if i < len(t.columns) {
		column = t.columns[i]
	}
	return valueName(t.name, column, strconv.FormatInt(n, 10))
}

// value appends a value that is no file.
func (d *sqliteFile) value(row []byte, s int64, b []byte) []byte {
	switch {
	case s < 12:
		return appendSerial(row, s, b)
	case s&1 == 1:
		return appendCell(row, d.text(b))
	}
	return appendBinary(row, b)
}

// longValue appends a value that goes on in other pages, or hands it over as a
// file.
func (d *sqliteFile) longValue(row []byte, s int64, r *io.LimitedReader, name string) ([]byte, error) {
	size, most := r.N, int64(longestBinary)
	text := s >= 13 && s&1 == 1
	if text && len(row) < maxSQLText {
		most = longestValue
	}
	head := make([]byte, min(size, most))
	n, _ := io.ReadFull(r, head)
	head = head[:n]
	switch {
	case n == 0:
		return row, nil
	case s < 12 && int64(n) < size:
		d.fault(0)
		return row, nil
	case size <= most && (s < 12 || text || !isFile(head)):
		return d.value(row, s, head), nil // of a text, what there is of it
	}
	return row, d.out.File(name, sized{io.MultiReader(bytes.NewReader(head), complete{r}), size})
}
