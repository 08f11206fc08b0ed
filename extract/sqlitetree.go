package extract

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

// The kinds of pages of a B-tree.
const (
	indexInner = 0x02
	tableInner = 0x05
	indexLeaf  = 0x0A
	tableLeaf  = 0x0D
)

// walk gives every record of the tree below page n, in order.
func (d *sqliteFile) walk(t *sqliteTable, n int64, depth int, give func(rowid int64, p *sqlitePayload) error) error {
	if n < 1 || n > d.pages {
		d.fault(0)
		return nil
	}
	if depth > 40 || !d.seen.add(n) {
		d.fault(n)
		return nil
	}
	if err := d.ctx.Err(); err != nil {
		return err
	}
	p := d.read(n)
	if p == nil {
		return nil
	}
	g, ok := d.parse(p, n)
	if !ok || g.leafy() != t.keyed {
		d.fault(n)
		d.seen[n/64] &^= 1 << (n % 64) // what it is, is seen to later
		return nil
	}
	for i := range g.count {
		at := g.cell(i)
		if g.inner() {
			if at < 0 || at+4 > len(p) {
				d.fault(n)
				continue
			}
			if err := d.walk(t, int64(binary.BigEndian.Uint32(p[at:])), depth+1, give); err != nil {
				return err
			}
			if g.kind == tableInner {
				continue
			}
		}
		if err := d.cell(g, at, give); err != nil {
			return err
		}
	}
	if g.inner() {
		return d.walk(t, int64(binary.BigEndian.Uint32(p[g.head+8:])), depth+1, give)
	}
	return d.freeSpace(t, g)
}

// sqlitePage is a page of a tree.
type sqlitePage struct {
	data  []byte
	n     int64
	kind  byte
	head  int // where the head begins: the first page holds that of the file before
	first int // where the pointers to cells begin
	count int
	start int // where the cells begin
	used  int // bytes of cells given so far
}

func (g *sqlitePage) inner() bool { return g.kind == tableInner || g.kind == indexInner }

// leafy reports whether the page is of an index, whose records are keys.
func (g *sqlitePage) leafy() bool { return g.kind == indexInner || g.kind == indexLeaf }

// cell is where a cell begins; -1 where it is nowhere.
func (g *sqlitePage) cell(i int) int {
	at := int(binary.BigEndian.Uint16(g.data[g.first+2*i:]))
	if at < g.first+2*g.count {
		return -1
	}
	return at
}

// parse reads the head of a page.
func (d *sqliteFile) parse(p []byte, n int64) (*sqlitePage, bool) {
	g := &sqlitePage{data: p[:d.usable], n: n}
	if n == 1 {
		g.head = 100
	}
	g.kind = p[g.head]
	g.count = int(binary.BigEndian.Uint16(p[g.head+3:]))
	g.start = int(binary.BigEndian.Uint16(p[g.head+5:]))
	if g.start == 0 {
		g.start = 64 << 10
	}
	g.first = g.head + 8
	switch g.kind {
	case tableInner, indexInner:
		g.first += 4
	case tableLeaf, indexLeaf:
	default:
		return nil, false
	}
	return g, g.first+2*g.count <= g.start && g.start <= len(p)
}

// cell gives the record of a cell.
func (d *sqliteFile) cell(g *sqlitePage, at int, give func(rowid int64, p *sqlitePayload) error) error {
	if at < 0 || at >= len(g.data) {
		d.fault(g.n)
		return nil
	}
	data := g.data[at:]
	if g.kind == indexInner {
		data = data[min(4, len(data)):]
	}
	size, n := sqliteVarint(data)
	data = data[n:]
	most := d.usable - 35
	rowid := int64(0)
	if g.leafy() {
		most = (d.usable-12)*64/255 - 23
	} else if n > 0 {
		rowid, n = sqliteVarint(data)
		data = data[n:]
	}
	local := d.local(size, most)
	if n == 0 || size < 1 || local > int64(len(data)) {
		d.fault(g.n)
		return nil
	}
	if g.used += int(local); g.used > len(g.data) { // cells that overlap
		d.fault(g.n)
		return nil
	}
	p := &sqlitePayload{d: d, left: size, here: data[:local]}
	if local < size {
		if int64(len(data)) < local+4 {
			d.fault(g.n)
			return nil
		}
		p.next = int64(binary.BigEndian.Uint32(data[local:]))
	}
	if err := give(rowid, p); err != nil {
		return err
	}
	// Pages that hold the rest of a value are known even if nobody wanted it.
	if _, err := io.Copy(io.Discard, p); err != nil {
		d.fault(g.n)
	}
	return nil
}

// local is how much of a record is kept in its cell.
func (d *sqliteFile) local(size, most int64) int64 {
	if size <= most {
		return size
	}
	least := (d.usable-12)*32/255 - 23
	if k := least + (size-least)%(d.usable-4); k <= most {
		return k
	}
	return least
}

// sqliteVarint reads a number of up to nine bytes; n is 0 where it is cut.
func sqliteVarint(b []byte) (v int64, n int) {
	u := uint64(0)
	for i, c := range b {
		if i == 8 {
			return int64(u<<8 | uint64(c)), 9
		}
		u = u<<7 | uint64(c&0x7F)
		if c < 0x80 {
			return int64(u), i + 1
		}
	}
	return 0, 0
}

// sqlitePayload reads a record, from its cell and the chain of pages where it
// goes on.
type sqlitePayload struct {
	d    *sqliteFile
	left int64
	here []byte
	next int64
	page []byte
}

var errSQLite = errors.New("not as SQLite writes")

func (p *sqlitePayload) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, io.EOF
	}
	if len(p.here) == 0 {
		if p.next < 1 || p.next > p.d.pages || !p.d.seen.add(p.next) {
			p.left = 0
			p.d.fault(0)
			return 0, errSQLite
		}
		if p.page = p.d.read(p.next); p.page == nil {
			p.left = 0
			return 0, gap(breach.IOError)
		}
		p.next = int64(binary.BigEndian.Uint32(p.page))
		p.here = p.page[4:p.d.usable]
	}
	n := copy(b, p.here[:min(int64(len(p.here)), p.left)])
	p.here = p.here[n:]
	p.left -= int64(n)
	return n, nil
}

// maxRecordHead is the longest head of a record: 32,767 columns are allowed.
const maxRecordHead = 128 << 10

// serials reads the head of a record: the type of each value.
func (p *sqlitePayload) serials() ([]int64, bool) {
	var first [9]byte
	n, _ := io.ReadFull(p, first[:1])
	for n < 9 && n > 0 && first[n-1] >= 0x80 {
		more, _ := io.ReadFull(p, first[n:n+1])
		if more == 0 {
			return nil, false
		}
		n++
	}
	size, used := sqliteVarint(first[:n])
	if used == 0 || size < int64(used) || size > maxRecordHead {
		return nil, false
	}
	head := make([]byte, size-int64(used))
	if _, err := io.ReadFull(p, head); err != nil {
		return nil, false
	}
	var types []int64
	for len(head) > 0 {
		s, n := sqliteVarint(head)
		if n == 0 || s < 0 {
			return nil, false
		}
		types = append(types, s)
		head = head[n:]
	}
	return types, true
}

// serialSize is the length of a value; -1 for a type that is none.
func serialSize(s int64) int64 {
	switch {
	case s >= 12:
		return (s - 12) / 2
	case s < 0 || s >= 10:
		return -1
	}
	return [10]int64{0, 1, 2, 3, 4, 6, 8, 8, 0, 0}[s]
}

// appendSerial appends a value that is neither text nor bytes.
func appendSerial(row []byte, s int64, b []byte) []byte {
	switch s {
	case 0:
		return row
	case 8, 9:
		return strconv.AppendInt(row, s-8, 10)
	case 7:
		return strconv.AppendFloat(row, math.Float64frombits(binary.BigEndian.Uint64(b)), 'g', -1, 64)
	}
	v := int64(int8(b[0]))
	for _, c := range b[1:] {
		v = v<<8 | int64(c)
	}
	return strconv.AppendInt(row, v, 10)
}

// text decodes a text from the charset of the database.
func (d *sqliteFile) text(b []byte) []byte {
	if d.utf16 != nil {
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = d.utf16.Uint16(b[2*i:])
		}
		b = nil
		for _, r := range utf16.Decode(units) {
			b = utf8.AppendRune(b, r)
		}
		return b
	}
	if utf8.Valid(b) {
		return b
	}
	return appendLoose(nil, b)
}
