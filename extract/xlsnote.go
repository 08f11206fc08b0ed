package extract

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

const maxHeldTexts = 16 << 20

// drawnText takes the text of a drawing: a note, a text box, a button. Which
// of them a note is, and on which cell, a later record says.
func (b *book) drawnText() error {
	n := u16(b.rec.data, 10)
	if n == 0 || !b.rec.more() || len(b.rec.data) == 0 {
		return nil
	}
	t := textReader{rec: &b.rec, data: b.rec.data[1:]}
	text, _ := t.chars(nil, n, b.rec.data[0]&1 != 0)
	s := b.sheet
	if _, twice := s.texts[s.object]; twice || s.object < 0 || s.held > maxHeldTexts {
		return s.note(-1, text)
	}
	s.texts[s.object] = text
	s.held += len(text)
	return nil
}

// note takes a note on a cell.
func (b *book) note() error {
	d := b.rec.data
	s := b.sheet
	if b.version < 8 {
		row := u16(d, 0)
		if row == 0xFFFF {
			row = -1 // goes on from the one before
		}
		return s.note(row, []byte(b.text(d, 4, 2)))
	}
	id := u16(d, 6)
	text, ok := s.texts[id]
	author := b.text(d, 8, 2)
	if !ok {
		text = nil
	}
	delete(s.texts, id)
	if author != "" && !bytes.HasPrefix(text, []byte(author)) {
		text = append([]byte(author+"\n"), text...)
	}
	return s.note(u16(d, 0), text)
}

// external takes cells of another workbook, which this one remembers.
func (b *book) external() error {
	d := b.rec.data
	if b.version < 8 || len(d) < 4 {
		return nil
	}
	last, first, row := int(d[0]), int(d[1]), u16(d, 2)
	d = d[4:]
	var line []byte
	for column := first; column <= last && len(d) >= 9; column++ {
		if column > first {
			line = append(line, '\t')
		}
		kind := d[0]
		switch kind {
		case 1:
			if v := real(d, 1); !math.IsNaN(v) {
				line = strconv.AppendFloat(line, v, 'f', -1, 64)
			}
		case 2:
			n := u16(d, 1)
			line = appendCell(line, b.chars(nil, d[3:], n))
			size := n
			if d[3]&1 != 0 {
				size *= 2
			}
			d = d[min(len(d), 4+size):]
			continue
		case 4:
			line = append(line, strings.ToUpper(strconv.FormatBool(d[1] != 0))...)
		}
		d = d[9:]
	}
	if line = bytes.TrimSpace(line); len(line) == 0 {
		return nil
	}
	at := breach.At(breach.Step{Unit: breach.Part}, breach.Step{Unit: breach.Row, N: int64(row) + 1})
	return b.out.Text(at, line)
}

// pivots reads the sources of pivot tables: the distinct values of each field.
func (b *book) pivots() error {
	dir := b.f.find(0, "_SX_DB_CUR")
	if dir < 0 {
		return nil
	}
	for i, kid := range b.f.entries[dir].kids {
		if b.f.entries[kid].storage {
			continue
		}
		if err := b.pivot(b.f.stream(kid), breach.At(breach.Step{Unit: breach.Part, N: int64(i + 1)})); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) pivot(s *oleStream, at breach.Place) error {
	rows := newBatch(b.out, at, breach.Row)
	rec := newRecords(s.Reader(0))
	field := -1
	for rec.next() == nil {
		switch rec.kind {
		case 0x0C7:
			field++
			text := b.text(rec.data, 14, 2)
			if err := rows.Add([]byte(strings.Repeat("\t", min(field, 255)) + oneLine(text))); err != nil {
				return err
			}
		case 0x0CD:
			text := b.text(rec.data, 0, 2)
			if err := rows.Add([]byte(strings.Repeat("\t", min(max(field, 0), 255)) + oneLine(text))); err != nil {
				return err
			}
		}
	}
	return rows.Flush()
}
