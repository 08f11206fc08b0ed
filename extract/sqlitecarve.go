package extract

import (
	"encoding/binary"
	"errors"

	"github.com/klarlagt/klarlagt/breach"
)

// freeSpace looks for rows that were deleted, in the parts of a page that no
// row uses.
func (d *sqliteFile) freeSpace(t *sqliteTable, g *sqlitePage) error {
	if t.deleted == nil || t.keyed {
		return nil
	}
	if err := d.carve(t, g, g.first+2*g.count, g.start, false); err != nil {
		return err
	}
	for at, hops := int(binary.BigEndian.Uint16(g.data[g.head+1:])), 0; at > 0 && at+4 <= len(g.data) && hops < len(g.data)/4; hops++ {
		next, size := int(binary.BigEndian.Uint16(g.data[at:])), int(binary.BigEndian.Uint16(g.data[at+2:]))
		if size < 4 || at+size > len(g.data) {
			break
		}
		if err := d.carve(t, g, at, at+size, true); err != nil {
			return err
		}
		if next <= at {
			break
		}
		at = next
	}
	return nil
}

// carve looks for rows in part of a page. Where it is a free block, the first
// four bytes of what was there are lost.
func (d *sqliteFile) carve(t *sqliteTable, g *sqlitePage, from, to int, block bool) error {
	area := g.data[from:min(to, len(g.data))]
	left := 0 // where what is no row begins
	for i := 0; i < len(area); {
		c, n := intactCell(area[i:], len(t.columns))
		if n == 0 && i == 0 && block {
			c, n = headlessCell(area, len(t.columns), t.alias)
		}
		if n == 0 {
			i++
			continue
		}
		if err := d.runs(t, g, area[left:i], from+left); err != nil {
			return err
		}
		if err := t.deleted.add(d.carved(c, t.alias)); err != nil {
			return err
		}
		i += n
		left = i
	}
	return d.runs(t, g, area[left:], from+left)
}

// runs hands over the readable bytes of a free part that are no row.
func (d *sqliteFile) runs(t *sqliteTable, g *sqlitePage, b []byte, from int) error {
	at := t.at
	if at.Last().Unit == breach.Table {
		at = at.Down(deletedPart)
	}
	return readableRuns(d.out, at, b, (g.n-1)*d.page+int64(from))
}

// carvedCell is a row found in free space.
type carvedCell struct {
	rowid int64
	types []int64
	body  []byte
}

// intactCell reads a row that stands whole at the beginning of b; n is 0 where
// none does. It has to have the columns of its table, if that is known, and to
// add up to the byte.
func intactCell(b []byte, columns int) (c carvedCell, n int) {
	if len(b) < 5 || b[0] < 3 {
		return c, 0
	}
	most := columns
	if columns == 0 {
		most = maxSQLColumns
	}
	size, n1 := sqliteVarint(b)
	if n1 == 0 || size < 2 || size > int64(len(b)) {
		return c, 0
	}
	rowid, n2 := sqliteVarint(b[n1:])
	begin := n1 + n2
	if n2 == 0 || int64(begin)+size > int64(len(b)) || rowid < 0 {
		return c, 0
	}
	record := b[begin : begin+int(size)]
	head, n3 := sqliteVarint(record)
	if n3 == 0 || head < int64(n3)+1 || head > size {
		return c, 0
	}
	types, sum, ok := carvedTypes(record[n3:head], most)
	if !ok || len(types) < 2 || columns > 0 && len(types) != columns || sum != size-head {
		return c, 0
	}
	return carvedCell{rowid, types, record[head:]}, begin + int(size)
}

// carvedTypes reads the types of values until there are enough; ok is false
// where one is none, or nothing has a text.
func carvedTypes(b []byte, most int) (types []int64, sum int64, ok bool) {
	for len(b) > 0 && len(types) < most {
		s, n := sqliteVarint(b)
		size := serialSize(s)
		if n == 0 || size < 0 || size > 1<<20 {
			return nil, 0, false
		}
		ok = ok || s > 13 && s&1 == 1
		types, sum = append(types, s), sum+size
		b = b[n:]
	}
	return types, sum, ok && len(b) == 0 || ok && len(types) == most
}

// headlessCell reads the row that begins a free block, whose first four bytes
// were written over: the sizes, and often the type of the first value. It has
// to end where the block does, or where another row begins.
func headlessCell(b []byte, columns, alias int) (c carvedCell, n int) {
	for begin := 4; begin < 9; begin++ {
		for _, lost := range []int{0, 1} {
			if columns == 0 || lost == 1 && (begin > 4 || columns < 3) || begin > len(b) {
				continue
			}
			types, sum, ok := carvedTypes(b[begin:], columns-lost)
			if !ok || len(types) != columns-lost {
				continue
			}
			head := begin
			for _, s := range types {
				head += varintSize(s)
			}
			if begin > 4 && int(b[begin-1]) != head-begin+1 { // the size of the head is there
				continue
			}
			end := int64(head) + sum
			if lost == 1 {
				types = append([]int64{0}, types...)
				if over := int64(len(b)) - end; alias != 0 && over > 0 && over < 1<<10 {
					types[0], end = 13+2*over, int64(len(b)) // a text, as it would be most likely
				}
			}
			if end > int64(len(b)) {
				continue
			}
			if _, more := intactCell(b[end:], columns); end == int64(len(b)) || more > 0 {
				return carvedCell{-1, types, b[head:end]}, int(end)
			}
		}
	}
	return c, 0
}

func varintSize(v int64) int {
	n := 1
	for v >>= 7; v > 0 && n < 9; v >>= 7 {
		n++
	}
	return n
}

// carved makes a row of a cell.
func (d *sqliteFile) carved(c carvedCell, alias int) []byte {
	row := d.values[:0]
	body := c.body
	for i, s := range c.types {
		if i > 0 {
			row = append(row, '\t')
		}
		size := min(serialSize(s), int64(len(body)))
		value := body[:size]
		body = body[size:]
		switch {
		case i == alias && s == 0 && c.rowid >= 0:
			row = appendSerial(row, 6, binary.BigEndian.AppendUint64(nil, uint64(c.rowid)))
		case s >= 12 && s&1 == 1:
			row = appendCell(row, d.text(value))
		case s >= 12:
			row = appendBinary(row, value)
		case size == serialSize(s):
			row = appendSerial(row, s, value)
		}
	}
	d.values = row
	return row
}

// remains reads the pages that no table leads to: those that are free hold
// what was deleted, others what a damaged tree has lost.
func (d *sqliteFile) remains() error {
	free := d.freePages()
	deleted := &sqliteTable{sqliteColumns: sqliteColumns{alias: -1}, at: breach.At(deletedPart)}
	deleted.lost = newDBTable(d.out, deleted.at, nil)
	deleted.deleted = deleted.lost
	lost := &sqliteTable{sqliteColumns: sqliteColumns{alias: -1}, at: breach.At(lostPart)}
	lost.lost = newDBTable(d.out, lost.at, nil)
	for n := int64(1); n <= d.pages; n++ {
		if d.seen.has(n) {
			continue
		}
		if err := d.ctx.Err(); err != nil {
			return err
		}
		t := lost
		if d.stale = free.has(n); d.stale {
			t = deleted
		}
		if err := d.stray(t, n); err != nil {
			return err
		}
	}
	err := errors.Join(deleted.lost.flush(), lost.lost.flush())
	for _, t := range d.tables {
		if t.lost != nil {
			err = errors.Join(err, t.lost.flush())
		}
	}
	return err
}

// stray reads the rows of a page that nothing leads to. Indexes repeat what
// stands in tables: they are read where something is damaged.
func (d *sqliteFile) stray(t *sqliteTable, n int64) error {
	p := d.read(n)
	if p == nil {
		return nil
	}
	g, ok := d.parse(p, n)
	if ok = ok && (g.kind == tableLeaf || g.kind == indexLeaf && d.broken && !d.stale); !ok {
		if d.stale {
			return d.carve(t, &sqlitePage{data: p, n: n}, 0, len(p), false)
		}
		return nil
	}
	d.seen.add(n)
	for i := range g.count {
		err := d.cell(g, g.cell(i), func(rowid int64, p *sqlitePayload) error {
			types, ok := p.serials()
			if !ok {
				d.fault(0)
				return nil
			}
			owner := t
			if !d.stale && g.kind == tableLeaf {
				owner = d.owner(len(types), t)
			}
			row, err := d.row(owner, types, rowid, int64(i+1), p)
			if err != nil {
				return err
			}
			return owner.lost.add(row)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// owner is the one table with as many columns, or else none.
func (d *sqliteFile) owner(columns int, none *sqliteTable) *sqliteTable {
	var found *sqliteTable
	for _, t := range d.tables {
		if len(t.columns) != columns || t.keyed {
			continue
		}
		if found != nil {
			return none
		}
		found = t
	}
	if found == nil {
		return none
	}
	if found.lost == nil {
		found.lost = newDBTable(d.out, found.at.Down(lostPart), found.columns)
	}
	return found
}

// freePages lists the pages that are free to be used again.
func (d *sqliteFile) freePages() pageSet {
	free := newPageSet(d.pages)
	first := d.read(1)
	if first == nil {
		return free
	}
	for trunk := int64(binary.BigEndian.Uint32(first[32:])); trunk >= 1 && trunk <= d.pages && free.add(trunk); {
		p := d.read(trunk)
		if p == nil {
			return free
		}
		leaves := min(int64(binary.BigEndian.Uint32(p[4:])), d.usable/4-2)
		for i := range leaves {
			if n := int64(binary.BigEndian.Uint32(p[8+4*i:])); n >= 1 && n <= d.pages {
				free.add(n)
			}
		}
		trunk = int64(binary.BigEndian.Uint32(p))
	}
	return free
}
