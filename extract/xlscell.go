package extract

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// oldSheet gathers the cells of a sheet of an old workbook into rows.
type oldSheet struct {
	out    Sink
	at     breach.Place
	rows   *batch
	row    []byte
	n      int // of the row at hand, counted from 0; -1 before the first
	column int // of the last cell, counted from 1
	charts int64
	notes  int64
	waits  bool           // for the text of a formula
	object int            // id of the drawing at hand
	texts  map[int][]byte // of notes, by the id of their drawing
	held   int            // bytes of texts
	links  *batch
}

func newOldSheet(out Sink, at breach.Place) *oldSheet {
	s := &oldSheet{out: out, at: at, rows: newBatch(out, at, breach.Row), links: newBatch(out, at.Down(breach.Step{Unit: breach.Property}), breach.Paragraph)}
	s.clear()
	return s
}

func (s *oldSheet) clear() {
	s.row, s.n, s.column, s.waits, s.charts = nil, -1, 0, false, 0
	s.object, s.texts, s.held = -1, map[int][]byte{}, 0
}

// move goes to a cell, and gives the row to append its text to.
func (s *oldSheet) move(row, column int) error {
	if row != s.n || column < s.column {
		if err := s.endRow(); err != nil {
			return err
		}
		s.n = row
	}
	for max(s.column, 1) < column+1 && len(s.row) < maxRow {
		s.row = append(s.row, '\t')
		s.column = max(s.column, 1) + 1
	}
	s.column = column + 1
	return nil
}

func (s *oldSheet) endRow() error {
	row := bytes.TrimRight(s.row, "\t")
	s.row, s.column = s.row[:0], 0
	if len(row) == 0 {
		return nil
	}
	if int64(s.n) < s.rows.next-1 { // cells that come out of order
		if err := s.rows.Flush(); err != nil {
			return err
		}
		s.rows = newBatch(s.out, s.rows.at, breach.Row)
	}
	return s.rows.AddAt(int64(s.n)+1, row)
}

// end hands over the last row, and the texts that belong to no cell.
func (s *oldSheet) end() error {
	if err := s.endRow(); err != nil {
		return err
	}
	if err := s.rows.Flush(); err != nil {
		return err
	}
	if err := s.links.Flush(); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(s.texts)) {
		if err := s.note(-1, s.texts[id]); err != nil {
			return err
		}
	}
	return nil
}

// note hands over a note on a row, or what stands beside the cells.
func (s *oldSheet) note(row int, text []byte) error {
	s.notes++
	at := s.at
	if row >= 0 {
		at = at.Down(breach.Step{Unit: breach.Row, N: int64(row) + 1})
	}
	return prose(s.out, at.Down(breach.Step{Unit: breach.Comment, N: s.notes}), bytes.ReplaceAll(text, []byte("\r"), []byte("\n")))
}

// cell looks at a record of a sheet.
func (b *book) cell() error {
	d := b.rec.data
	switch b.rec.kind {
	case 0x002, 0x003, 0x004, 0x005:
		return b.cell2()
	case 0x203, 0x27E, 0x204, 0x0D6, 0x205, 0x0FD:
		if err := b.sheet.move(u16(d, 0), u16(d, 2)); err != nil {
			return err
		}
		b.value()
	case 0x0BD: // a row of numbers
		for i := 4; i+8 <= len(d); i += 6 {
			if err := b.sheet.move(u16(d, 0), u16(d, 2)+(i-4)/6); err != nil {
				return err
			}
			b.number(u16(d, i), packedNumber(u32(d, i+2)))
		}
	case 0x006, 0x206, 0x406:
		return b.formula()
	case 0x007, 0x207:
		return b.result()
	case 0x01C:
		return b.note()
	case 0x05D: // a drawing: its id
		if b.sheet.object = u16(d, 6); b.version < 8 {
			b.sheet.object = -1
		}
	case 0x1B6:
		return b.drawnText()
	case 0x1B8:
		return b.link()
	case 0x014, 0x015:
		return b.header()
	case 0x100D: // a text of a chart
		if err := b.sheet.endRow(); err != nil {
			return err
		}
		return b.sheet.note(-1, []byte(b.text(d, 2, 1)))
	}
	return nil
}

// cell2 takes a cell of Excel 2, whose style has three bytes.
func (b *book) cell2() error {
	d := b.rec.data
	if b.version != 2 && b.rec.kind != 0x004 || len(d) < 8 {
		return nil
	}
	if err := b.sheet.move(u16(d, 0), u16(d, 2)); err != nil {
		return err
	}
	style := int(d[4] & 0x3F)
	switch b.rec.kind {
	case 0x002:
		b.number(style, float64(u16(d, 7)))
	case 0x003:
		b.number(style, real(d, 7))
	case 0x004:
		b.sheet.add([]byte(b.text(d, 7, 1)))
	case 0x005:
		b.truth(d[7], len(d) > 8 && d[8] != 0)
	}
	return nil
}

// value appends a cell that is no formula.
func (b *book) value() {
	d := b.rec.data
	style := u16(d, 4)
	switch b.rec.kind {
	case 0x203:
		b.number(style, real(d, 6))
	case 0x27E:
		b.number(style, packedNumber(u32(d, 6)))
	case 0x204, 0x0D6:
		b.sheet.add([]byte(b.text(d, 6, 2)))
	case 0x0FD:
		b.sheet.add(b.shared.at(int(u32(d, 6))))
	case 0x205:
		if len(d) >= 8 {
			b.truth(d[6], d[7] != 0)
		}
	}
}

func (s *oldSheet) add(text []byte) {
	if len(s.row) < maxRow {
		s.row = appendCell(s.row, bytes.ReplaceAll(text, []byte("\r"), []byte(" ")))
	}
}

// number appends a number as its style shows it.
func (b *book) number(style int, v float64) {
	var f numberFormat
	if style < len(b.styles) {
		f = b.styles[style]
	}
	if len(b.sheet.row) < maxRow {
		b.sheet.row = f.append(b.sheet.row, strconv.AppendFloat(nil, v, 'g', -1, 64), b.since04)
	}
}

// real reads a number of eight bytes.
func real(d []byte, at int) float64 {
	if at+8 > len(d) {
		return math.NaN()
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(d[at:]))
}

// packedNumber reads a number of four bytes: the upper half of a real, or a
// whole number, either of them perhaps in hundredths.
func packedNumber(v uint32) float64 {
	n := math.Float64frombits(uint64(v&^3) << 32)
	if v&2 != 0 {
		n = float64(int32(v) >> 2)
	}
	if v&1 != 0 {
		n /= 100
	}
	return n
}

// errorNames are the values of cells that went wrong.
var errorNames = map[byte]string{0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}

func (b *book) truth(v byte, wrong bool) {
	switch {
	case wrong:
		b.sheet.add([]byte(errorNames[v]))
	case v != 0:
		b.sheet.add([]byte("TRUE"))
	default:
		b.sheet.add([]byte("FALSE"))
	}
}

// formula appends what a formula came to, as it was last worked out.
func (b *book) formula() error {
	d := b.rec.data
	if err := b.sheet.move(u16(d, 0), u16(d, 2)); err != nil {
		return err
	}
	at, style := 6, u16(d, 4)
	if b.version == 2 {
		if at = 7; len(d) > 4 {
			style = int(d[4] & 0x3F)
		}
	}
	if u16(d, at+6) != 0xFFFF || len(d) < at+8 {
		b.number(style, real(d, at))
		return nil
	}
	switch d[at] {
	case 0:
		b.sheet.waits = true
	case 1:
		b.truth(d[at+2], false)
	case 2:
		b.truth(d[at+2], true)
	}
	return nil
}

// result takes the text that a formula came to.
func (b *book) result() error {
	if !b.sheet.waits {
		return nil
	}
	b.sheet.waits = false
	width := 2
	if b.version == 2 {
		width = 1
	}
	if b.version < 8 {
		b.sheet.add([]byte(b.text(b.rec.data, 0, width)))
		return nil
	}
	t := textReader{rec: &b.rec, data: b.rec.data}
	text, _ := t.read(nil)
	b.sheet.add(text)
	return nil
}

// header hands over a page header.
func (b *book) header() error {
	width := 1
	if b.version == 8 {
		width = 2
	}
	h := sheetReader{at: b.sheet.at, rows: b.sheet.rows, value: []byte(b.text(b.rec.data, 0, width))}
	return h.header()
}

// urlMoniker begins an address, which follows it in UTF-16.
const urlMoniker = "\xE0\xC9\xEA\x79\xF9\xBA\xCE\x11\x8C\x82\x00\xAA\x00\x4B\xA9\x0B"

// link takes the address that a cell leads to.
func (b *book) link() error {
	_, after, ok := strings.Cut(string(b.rec.data), urlMoniker)
	if !ok || len(after) < 4 {
		return nil
	}
	address := utf16le([]byte(after[4:]))
	return b.sheet.links.Add([]byte(address))
}
