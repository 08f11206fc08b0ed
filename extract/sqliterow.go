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
		column := ""
		if i < len(t.columns) {
			column = t.columns[i]
		}
		var err error
		value := &io.LimitedReader{R: p, N: size}
		if row, err = d.value(row, s, value, valueName(t.name, column, strconv.FormatInt(n, 10))); err != nil {
			return nil, err
		}
		_, _ = io.Copy(io.Discard, value)
	}
	d.values = row
	return row, nil
}

// value appends a value to a row, or hands it over as a file.
func (d *sqliteFile) value(row []byte, s int64, r *io.LimitedReader, name string) ([]byte, error) {
	size := r.N
	head := make([]byte, min(size, longestBinary))
	if s >= 13 && s&1 == 1 && len(row) < maxSQLText {
		head = make([]byte, min(size, longestValue))
	}
	n, _ := io.ReadFull(r, head)
	head = head[:n]
	switch {
	case s < 12:
		if int64(n) < size {
			d.fault(0)
			return row, nil
		}
		return appendSerial(row, s, head), nil
	case s&1 == 1 && int64(cap(head)) == size: // what there is of it
		return appendCell(row, d.text(head)), nil
	case int64(n) == size && s&1 == 0 && !isFile(head):
		return appendBinary(row, head), nil
	case n == 0:
		return row, nil
	}
	return row, d.out.File(name, sized{io.MultiReader(bytes.NewReader(head), complete{r}), size})
}
