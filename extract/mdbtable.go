package extract

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// mdbTable is the definition of a table.
type mdbTable struct {
	page    uint32
	name    string
	columns []mdbColumn // in the order people see
	varied  bool        // there are columns of varying length
	deleted bool        // no list names it
}

// mdbColumn is one column.
type mdbColumn struct {
	name   string
	kind   byte
	number int // in the map of nulls
	fixed  bool
	at     int // of a value of fixed length, in bytes; else which of the varying ones
	size   int
	scale  int // digits after the point of a decimal number
}

// The kinds of columns.
const (
	mdbBool    = 1
	mdbByte    = 2
	mdbInt     = 3
	mdbLong    = 4
	mdbMoney   = 5
	mdbFloat   = 6
	mdbDouble  = 7
	mdbDate    = 8
	mdbBinary  = 9
	mdbText    = 10
	mdbOLE     = 11
	mdbMemo    = 12
	mdbGUID    = 15
	mdbNumeric = 16
	mdbComplex = 18
	mdbBig     = 19
)

// mdbLayout is where things stand in a definition.
type mdbLayout struct {
	varied, columns, indexes, first, index               int
	column, number, variable, scale, flags, offset, size int
}

var (
	mdbLayout3 = mdbLayout{23, 25, 31, 43, 8, 18, 1, 3, 10, 13, 14, 16}
	mdbLayout4 = mdbLayout{43, 45, 51, 63, 12, 25, 5, 7, 12, 15, 21, 23}
)

// define reads the definition on a page and those that go on with it; nil
// where there is none.
func (d *mdbFile) define(n uint32) *mdbTable {
	b := d.definition(n)
	l := mdbLayout4
	if d.jet3 {
		l = mdbLayout3
	}
	if len(b) < l.first {
		return nil
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	columns := u16(l.columns)
	at := l.first + l.index*int(min(binary.LittleEndian.Uint32(b[l.indexes:]), 1<<16))
	names := at + columns*l.column
	if columns == 0 || names > len(b) {
		return nil
	}
	t := &mdbTable{page: n, varied: u16(l.varied) > 0}
	rest := b[names:]
	for ; columns > 0; columns-- {
		c := mdbColumn{kind: b[at], number: u16(at + l.number), fixed: b[at+l.flags]&1 != 0, at: u16(at + l.variable), size: u16(at + l.size), scale: int(b[at+l.scale])}
		if c.fixed {
			c.at = u16(at + l.offset)
		}
		if c.name, rest = d.columnName(rest); c.name == "" {
			return nil
		}
		t.columns = append(t.columns, c)
		at += l.column
	}
	slices.SortStableFunc(t.columns, func(a, b mdbColumn) int { return a.number - b.number })
	return t
}

// definition joins the pages of a definition.
func (d *mdbFile) definition(n uint32) []byte {
	var b []byte
	for pages := 0; n != 0 && pages < 64; pages++ {
		p := d.page(n)
		if p == nil || p[0] != mdbTablePage {
			return nil
		}
		n = binary.LittleEndian.Uint32(p[4:])
		if pages > 0 {
			p = p[8:]
		}
		b = append(b, p...)
	}
	return b
}

// columnName reads a name from the front of b.
func (d *mdbFile) columnName(b []byte) (string, []byte) {
	skip, n := 2, 0
	switch {
	case d.jet3 && len(b) > 0:
		skip, n = 1, int(b[0])
	case !d.jet3 && len(b) > 1:
		n = int(binary.LittleEndian.Uint16(b))
	}
	if n == 0 || skip+n > len(b) {
		return "", nil
	}
	name := b[skip : skip+n]
	if d.jet3 {
		return string(appendTable(nil, name, d.ansi)), b[skip+n:]
	}
	return string(mdbWide(name)), b[skip+n:]
}

// find is the column with a name; nil where there is none.
func (t *mdbTable) find(name string) *mdbColumn {
	for i := range t.columns {
		if strings.EqualFold(t.columns[i].name, name) {
			return &t.columns[i]
		}
	}
	return nil
}

// mdbWide decodes UTF-16, the low bytes first.
func mdbWide(b []byte) []byte {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	var out []byte
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return bytes.TrimRight(out, "\x00")
}

// mdbRow is a row taken apart.
type mdbRow struct {
	data  []byte
	nulls []byte
	fixed int   // where values of fixed length begin
	ends  []int // where values of varying length begin, and the last ends
}

// crack takes a row apart: how many columns, values of fixed length, others,
// where those begin, how many they are, and which columns have none at all.
func (d *mdbFile) crack(t *mdbTable, b []byte) (r mdbRow, ok bool) {
	wide := 2
	if d.jet3 {
		wide = 1
	}
	if len(b) < wide+1 {
		return r, false
	}
	columns := int(b[0])
	if !d.jet3 {
		columns = int(binary.LittleEndian.Uint16(b))
	}
	nulls := (columns + 7) / 8
	end := len(b) - nulls
	if columns == 0 || end < wide {
		return r, false
	}
	r = mdbRow{data: b, nulls: b[end:], fixed: wide}
	if !t.varied {
		return r, true
	}
	if end < 2*wide {
		return r, false
	}
	if d.jet3 {
		return d.jumps(r, end)
	}
	count := int(binary.LittleEndian.Uint16(b[end-2:]))
	at := end - 4
	if at-2*count < 2 {
		return r, false
	}
	for i := 0; i <= count; i++ {
		r.ends = append(r.ends, int(binary.LittleEndian.Uint16(b[at-2*i:])))
	}
	return r, true
}

// jumps reads where values begin in a row of Jet 3, in bytes that each count
// from the last multiple of 256; a table says at which it steps to the next.
func (d *mdbFile) jumps(r mdbRow, end int) (mdbRow, bool) {
	b := r.data
	count := int(b[end-1])
	jumps := (len(b) - 1) / 256
	at := end - 1 - jumps - 1
	if (at-count)/256 < jumps {
		jumps--
	}
	if at-count < 1 || jumps < 0 {
		return r, false
	}
	for i, used := 0, 0; i <= count; i++ {
		for used < jumps && i == int(b[end-2-used]) {
			used++
		}
		r.ends = append(r.ends, int(b[at-i])+used*256)
	}
	return r, true
}
