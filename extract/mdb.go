package extract

import (
	"bytes"
	"context"
	"crypto/rc4" // #nosec G503 -- old files are locked with it
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/klarlagt/klarlagt/breach"
)

// mdbFormat is a database of Microsoft Access: Jet 3 and 4, and ACE after
// them. The layout is known by the work of the mdbtools and Jackcess projects,
// not from its maker.
var mdbFormat = Format{
	Name:       "mdb",
	Extensions: []string{"mdb", "accdb", "mde", "accde"},
	Sniff: func(in *Input) bool {
		return hasAnyPrefix(in.Head(), "\x00\x01\x00\x00Standard Jet DB", "\x00\x01\x00\x00Standard ACE DB")
	},
	Read:    readMDB,
	Strings: true,
}

const (
	mdbDataPage  = 1
	mdbTablePage = 2

	mdbCatalog = 2 // the page that defines MSysObjects, which lists all tables

	maxMDBPages = 1 << 20 // 2 GiB is as large as they come
)

var errMDB = errors.New("not as Access writes")

// mdbFile is a database.
type mdbFile struct {
	ctx   context.Context
	f     io.ReaderAt
	out   Sink
	jet3  bool
	size  int64 // of a page
	pages int64
	short bool // the last page is cut
	key   uint32
	ansi  *charmap.Charmap // of the texts of Jet 3
	owned map[uint32][]uint32
	used  map[uint32]bool // pieces of long values read: page and row
	bad   pageSet
	row   []byte
	rowN  int64

	unpacked func(io.Reader) io.Reader
}

// readMDB hands over all tables, then those that no longer are.
func readMDB(ctx context.Context, in *Input, out Sink) (breach.Outcome, error) {
	f, size, err := in.Random()
	if err != nil {
		return breach.Outcome{}, err
	}
	d := &mdbFile{ctx: ctx, f: f, out: out, owned: map[uint32][]uint32{}, used: map[uint32]bool{}, unpacked: in.Unpacked}
	if err := d.open(size); err != nil {
		return breach.Outcome{}, err
	}
	if err := d.survey(); err != nil {
		return breach.Outcome{}, err
	}
	tables, err := d.catalog()
	if err != nil {
		return breach.Outcome{}, err
	}
	for i, t := range tables {
		if err := d.table(i+1, t); err != nil {
			return breach.Outcome{Missing: theRest}, err
		}
	}
	return d.outcome(len(tables)), nil
}

// outcome says which pages could not be read.
func (d *mdbFile) outcome(tables int) breach.Outcome {
	o := breach.Outcome{State: breach.Partly, Reason: breach.Malformed}
	bad := d.bad.String()
	switch {
	case d.short:
		o.Reason, o.Missing = breach.Truncated, fmt.Sprintf("what follows page %d", d.pages)
	case bad != "":
		o.Missing = fmt.Sprintf("pages %s of %d", bad, d.pages)
	case tables == 0:
		o.Missing = "the list of tables"
	default:
		return breach.Outcome{}
	}
	return o
}

// open reads the first page. Part of it is always encrypted, with a key that
// everybody knows; the other pages are where a key stands there. That key is
// no secret, unless what encrypts is what Office 2007 and later use.
func (d *mdbFile) open(size int64) error {
	p := make([]byte, 0x300)
	if _, err := d.f.ReadAt(p, 0); err != nil {
		return unexpected(err)
	}
	d.jet3 = p[0x14] == 0
	d.size = 4096
	if d.jet3 {
		d.size = 2048
	}
	d.pages = min(size/d.size, maxMDBPages)
	d.short = size%d.size != 0 || size/d.size > maxMDBPages
	if d.pages <= mdbCatalog {
		return io.ErrUnexpectedEOF
	}
	d.bad = newPageSet(d.pages)
	c, err := rc4.NewCipher([]byte{0xC7, 0xDA, 0x39, 0x6B}) // #nosec G405 -- the file's own format asks for it
	if err != nil {
		return err
	}
	head := p[0x18:0x98]
	if d.jet3 {
		head = head[:126]
	}
	c.XORKeyStream(head, head)
	d.key = binary.LittleEndian.Uint32(p[0x3E:])
	if !d.jet3 && d.key != 0 && p[0x14] > 1 && binary.LittleEndian.Uint16(p[0x299:]) != 0 {
		return gap(breach.PasswordNeeded)
	}
	d.ansi = charmap.Windows1252
	switch binary.LittleEndian.Uint16(p[0x3C:]) {
	case 1250:
		d.ansi = charmap.Windows1250
	case 1251:
		d.ansi = charmap.Windows1251
	case 1257:
		d.ansi = charmap.Windows1257
	}
	return nil
}

// page reads page n; nil where it is not there.
func (d *mdbFile) page(n uint32) []byte {
	if n == 0 || int64(n) >= d.pages {
		return nil
	}
	p := make([]byte, d.size)
	if _, err := d.f.ReadAt(p, int64(n)*d.size); err != nil && err != io.EOF {
		d.bad.add(int64(n))
		return nil
	}
	if d.key != 0 {
		key := binary.LittleEndian.AppendUint32(nil, d.key^n)
		// #nosec G405 -- the file's own format asks for it
		if c, err := rc4.NewCipher(key); err == nil {
			c.XORKeyStream(p, p)
		}
	}
	return p
}

// survey finds the pages of each table, which say themselves whose they are:
// so none is lost where the maps of pages are damaged.
func (d *mdbFile) survey() error {
	for n := uint32(1); int64(n) < d.pages; n++ {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		p := d.page(n)
		if p == nil || p[0] != mdbDataPage || p[1] != 1 || string(p[4:8]) == "LVAL" {
			continue
		}
		owner := binary.LittleEndian.Uint32(p[4:])
		d.owned[owner] = append(d.owned[owner], n)
	}
	return nil
}

// catalog lists the tables: those in use first, then those whose definition
// is still there.
func (d *mdbFile) catalog() ([]*mdbTable, error) {
	list := d.define(mdbCatalog)
	var tables []*mdbTable
	known := map[uint32]bool{mdbCatalog: true}
	if list != nil {
		id, name, kind := list.find("Id"), list.find("Name"), list.find("Type")
		err := d.rows(list, func(r mdbRow, deleted bool) error {
			n := uint32(r.int(d, id)) & 0xFFFFFF
			if deleted || r.int(d, kind) != 1 || known[n] || len(tables) >= maxSQLTables {
				return nil
			}
			known[n] = true
			text := string(d.text(r.bytes(d, name)))
			if strings.HasPrefix(text, "MSys") {
				return nil // how Access keeps house
			}
			if t := d.define(n); t != nil {
				t.name = text
				tables = append(tables, t)
			} else {
				d.bad.add(min(int64(n), d.pages-1))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if list == nil {
		d.bad.add(mdbCatalog)
	}
	for n := uint32(mdbCatalog + 1); int64(n) < d.pages && len(tables) < maxSQLTables; n++ {
		if known[n] || len(d.owned[n]) == 0 {
			continue
		}
		if t := d.define(n); t != nil {
			t.deleted = true
			tables = append(tables, t)
		}
	}
	return tables, nil
}

// table hands over the rows of a table, and those that were deleted after.
func (d *mdbFile) table(n int, t *mdbTable) error {
	columns := make([]string, len(t.columns))
	for i, c := range t.columns {
		columns[i] = c.name
	}
	at := tableAt(n, t.name)
	if t.deleted {
		at = at.Down(deletedPart)
	}
	live, deleted := newDBTable(d.out, at, columns), newDBTable(d.out, at, columns)
	if !t.deleted {
		deleted.rows.at = at.Down(deletedPart)
	}
	d.rowN = 1
	err := d.rows(t, func(r mdbRow, gone bool) error {
		d.rowN++
		row, err := d.cells(t, r)
		if err != nil {
			return err
		}
		if gone {
			return deleted.add(row)
		}
		return live.add(row)
	})
	return errors.Join(err, live.flush(), deleted.flush())
}

// rows gives every row of a table, deleted ones too.
func (d *mdbFile) rows(t *mdbTable, give func(r mdbRow, deleted bool) error) error {
	for _, n := range d.owned[t.page] {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		p := d.page(n)
		if p == nil {
			continue
		}
		for i := range d.count(p) {
			b, flags, ok := d.slot(p, i)
			if !ok {
				d.bad.add(int64(n))
				break
			}
			if flags&mdbElsewhere != 0 && flags&mdbDeleted == 0 {
				b = d.elsewhere(b)
			} else if flags&mdbElsewhere != 0 || d.used[n<<8|uint32(i)&0xFF] {
				continue
			}
			r, ok := d.crack(t, b)
			if !ok {
				if flags&mdbDeleted == 0 {
					d.bad.add(int64(n))
				}
				continue
			}
			if err := give(r, flags&mdbDeleted != 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flags of a row's offset.
const (
	mdbDeleted   = 0x8000
	mdbElsewhere = 0x4000
)

// count is how many rows a page holds.
func (d *mdbFile) count(p []byte) int {
	at := 12
	if d.jet3 {
		at = 8
	}
	return min(int(binary.LittleEndian.Uint16(p[at:])), (len(p)-at-2)/2)
}

// slot is row i of a page.
func (d *mdbFile) slot(p []byte, i int) (b []byte, flags int, ok bool) {
	at := 14
	if d.jet3 {
		at = 10
	}
	if i < 0 || i >= d.count(p) {
		return nil, 0, false
	}
	v := int(binary.LittleEndian.Uint16(p[at+2*i:]))
	start, end := v&0x1FFF, len(p)
	if i > 0 {
		end = int(binary.LittleEndian.Uint16(p[at+2*i-2:])) & 0x1FFF
	}
	if start > end || end > len(p) || start < at {
		return nil, 0, false
	}
	return p[start:end], v &^ 0x1FFF, true
}

// elsewhere is a row that has moved to another page.
func (d *mdbFile) elsewhere(b []byte) []byte {
	if len(b) < 4 {
		return nil
	}
	to := binary.LittleEndian.Uint32(b)
	p := d.page(to >> 8)
	if p == nil || p[0] != mdbDataPage || d.used[to] {
		return nil
	}
	d.used[to] = true
	b, _, _ = d.slot(p, int(to&0xFF))
	return b
}

// text decodes a text. From Jet 4 on it is UTF-16, where two bytes before say
// that letters of Latin-1 are one byte, up to a zero, and from another on.
func (d *mdbFile) text(b []byte) []byte {
	if d.jet3 {
		return appendTable(nil, b, d.ansi)
	}
	if !bytes.HasPrefix(b, []byte{0xFF, 0xFE}) {
		return mdbWide(b)
	}
	var wide []byte
	narrow := true
	for b = b[2:]; len(b) > 0; {
		switch {
		case b[0] == 0:
			narrow = !narrow
			b = b[1:]
		case narrow:
			wide = append(wide, b[0], 0)
			b = b[1:]
		case len(b) > 1:
			wide = append(wide, b[0], b[1])
			b = b[2:]
		default:
			b = nil
		}
	}
	return mdbWide(wide)
}
