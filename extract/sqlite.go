package extract

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// sqliteFormat is read page by page, as https://www.sqlite.org/fileformat2.html
// has it: SQLite itself opens files by name, which a worker may not, gives up
// at what is damaged, and hides what was deleted.
var sqliteFormat = Format{
	Name:       "sqlite",
	Extensions: []string{"sqlite", "sqlite3", "db", "db3"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), sqliteMagic) },
	Read:       readSQLite,
	Strings:    true,
}

const (
	sqliteMagic = "SQLite format 3\x00"

	// maxPages bounds the memory for the account of pages: 32 MiB a set.
	maxPages = 1 << 28
)

// sqliteFile is a database.
type sqliteFile struct {
	ctx    context.Context
	f      io.ReaderAt
	out    Sink
	page   int64 // bytes of a page
	usable int64 // bytes of a page that hold cells
	pages  int64 // that are there
	stated int64 // that should be there
	utf16  binary.ByteOrder

	seen   pageSet // reached from a table
	bad    pageSet // unreadable, or not what it should be
	broken bool    // any of them is, or cannot be told
	stale  bool    // what is read is free anyway
	tables []*sqliteTable
	values []byte
}

// sqliteTable is one table.
type sqliteTable struct {
	sqliteColumns
	name    string
	at      breach.Place
	root    int64
	rows    *dbTable
	deleted *dbTable
	lost    *dbTable // nil until something was
}

// readSQLite hands over all tables, then what was deleted, then what lies in
// pages that no table leads to.
func readSQLite(ctx context.Context, in *Input, out Sink) (breach.Outcome, error) {
	f, size, err := in.Random()
	if err != nil {
		return breach.Outcome{}, err
	}
	d, err := openSQLite(ctx, f, size, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	if err := d.schema(); err != nil {
		return breach.Outcome{}, err
	}
	for _, t := range d.tables {
		if err := d.table(t); err != nil {
			return breach.Outcome{Missing: theRest}, err
		}
	}
	if err := d.remains(); err != nil {
		return breach.Outcome{Missing: theRest}, err
	}
	return d.outcome(), nil
}

func openSQLite(ctx context.Context, f io.ReaderAt, size int64, out Sink) (*sqliteFile, error) {
	var h [100]byte
	if _, err := f.ReadAt(h[:], 0); err != nil {
		return nil, unexpected(err)
	}
	d := &sqliteFile{ctx: ctx, f: f, out: out}
	d.page = int64(binary.BigEndian.Uint16(h[16:]))
	if d.page == 1 {
		d.page = 64 << 10
	}
	if d.page < 512 || d.page&(d.page-1) != 0 {
		return nil, gap(breach.Malformed)
	}
	d.usable = d.page - int64(h[20])
	if d.usable < 480 {
		d.usable = d.page
	}
	switch binary.BigEndian.Uint32(h[56:]) {
	case 2:
		d.utf16 = binary.LittleEndian
	case 3:
		d.utf16 = binary.BigEndian
	}
	d.pages = min(size/d.page, maxPages)
	d.stated = (size + d.page - 1) / d.page
	if bytes.Equal(h[24:28], h[92:96]) { // the count is kept up
		d.stated = max(d.stated, int64(binary.BigEndian.Uint32(h[28:])))
	}
	d.seen, d.bad = newPageSet(d.pages), newPageSet(d.pages)
	return d, nil
}

// outcome says which pages could not be read.
func (d *sqliteFile) outcome() breach.Outcome {
	if d.stated > d.pages {
		missing := fmt.Sprintf("pages %s of %d", span(d.pages+1, d.stated), d.stated)
		if bad := d.bad.String(); bad != "" {
			missing = fmt.Sprintf("pages %s, %s of %d", bad, span(d.pages+1, d.stated), d.stated)
		}
		return breach.Outcome{State: breach.Partly, Reason: breach.Truncated, Missing: missing}
	}
	if bad := d.bad.String(); bad != "" {
		return breach.Outcome{State: breach.Partly, Reason: breach.Malformed, Missing: fmt.Sprintf("pages %s of %d", bad, d.pages)}
	}
	if d.broken {
		return breach.Outcome{State: breach.Partly, Reason: breach.Malformed}
	}
	return breach.Outcome{}
}

// read gives page n, counted from 1; nil where it is not there.
func (d *sqliteFile) read(n int64) []byte {
	if n < 1 || n > d.pages {
		d.fault(0)
		return nil
	}
	p := make([]byte, d.page)
	if _, err := d.f.ReadAt(p, (n-1)*d.page); err != nil && err != io.EOF {
		d.fault(n)
		return nil
	}
	return p
}

// fault notes that page n is damaged; 0 where nobody knows which.
func (d *sqliteFile) fault(n int64) {
	if d.stale {
		return
	}
	d.broken = true
	if n > 0 {
		d.bad.add(n)
	}
}

// schema reads what tables there are; they are listed in a table themselves,
// whose root is the first page.
func (d *sqliteFile) schema() error {
	list := &sqliteTable{root: 1, name: "sqlite_schema"}
	list.alias = -1
	return d.walk(list, 1, 0, func(_ int64, p *sqlitePayload) error {
		values, ok := d.plain(p, 5)
		if !ok || len(values) < 5 {
			return nil
		}
		kind, name, sql := string(values[0]), string(values[1]), values[4]
		root := int64(0)
		if _, err := fmt.Sscan(string(values[3]), &root); err != nil {
			root = 0
		}
		if kind == "table" && root > 0 && len(d.tables) < maxSQLTables {
			t := &sqliteTable{sqliteColumns: columnsOfSQLite(sql), name: name, root: root, at: tableAt(len(d.tables)+1, name)}
			t.rows = newDBTable(d.out, t.at, t.columns)
			t.deleted = newDBTable(d.out, t.at.Down(deletedPart), t.columns)
			d.tables = append(d.tables, t)
		}
		if kind == "view" || kind == "trigger" {
			return d.out.Text(breach.At(breach.Step{Unit: breach.Property}), append([]byte(kind+": "), sql...))
		}
		return nil
	})
}

// table hands over the rows of a table.
func (d *sqliteFile) table(t *sqliteTable) error {
	n := int64(0)
	err := d.walk(t, t.root, 0, func(rowid int64, p *sqlitePayload) error {
		n++
		types, ok := p.serials()
		if !ok {
			d.fault(0)
			return nil
		}
		row, err := d.row(t, types, rowid, n+1, p) // the headings are the first row
		if err != nil {
			return err
		}
		return t.rows.add(row)
	})
	if err != nil {
		return err
	}
	return errors.Join(t.rows.flush(), t.deleted.flush())
}
