package extract

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zlib"
	"github.com/pierrec/lz4/v4"

	"github.com/klarlagt/klarlagt/breach"
)

// pgdumpFormat is the custom format of pg_dump: a table of contents, then the
// data of each table as COPY writes it, packed. How it is laid out stands in
// PostgreSQL's pg_backup_archiver.c and pg_backup_custom.c alone.
var pgdumpFormat = Format{
	Name:       "pgdump",
	Extensions: []string{"dump", "backup", "pgdump"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), "PGDMP") },
	Read:       readPGDump,
	Strings:    true,
}

const (
	pgCustom = 1 // the format of the archive: the whole in one file

	pgData  = 1 // kinds of blocks
	pgBlobs = 3

	maxPGEntries = 1 << 20
	maxPGText    = 4 << 20 // of a definition
)

var errPGDump = errors.New("not as pg_dump writes")

// pgDump reads an archive from its beginning to its end.
type pgDump struct {
	r       *bufio.Reader
	version int // 10 for 1.10
	ints    int // bytes of a number
	offsets int // bytes of an offset
	format  byte
	packing byte // pgNone and so on
	charset string
	entries map[int64]pgEntry
	sql     sqlDump
}

const (
	pgNone = iota
	pgGzip
	pgLZ4
	pgZstd
)

// pgEntry is what the table of contents says of data: the statement that
// comes before its rows, and the name for where there is none.
type pgEntry struct{ copy, tag string }

// readPGDump hands over the rows of all tables, the definitions, and the
// large objects as files.
func readPGDump(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d := &pgDump{r: bufio.NewReaderSize(in.Stream(), 64<<10), entries: map[int64]pgEntry{}}
	d.sql = sqlDump{out: out, prose: newBatch(out, breach.Place{}, breach.Paragraph), tables: map[string]*sqlTable{}}
	d.sql.t.style = sqlPlain
	if err := d.head(); err != nil {
		return breach.Outcome{}, err
	}
	err := d.contents()
	missing := "the data of all tables"
	if err == nil && d.format == pgCustom {
		missing, err = d.blocks(in, out)
	}
	if e := d.sql.flush(); e != nil {
		return breach.Outcome{}, e
	}
	if err != nil {
		return breach.Outcome{Missing: missing}, err
	}
	return breach.Outcome{}, nil
}

// head reads up to the table of contents.
func (d *pgDump) head() error {
	var h [11]byte
	if _, err := io.ReadFull(d.r, h[:]); err != nil {
		return unexpected(err)
	}
	d.version = int(h[6])
	d.ints, d.offsets, d.format = int(h[8]), int(h[9]), h[10]
	switch {
	case h[5] != 1 || d.version < 10:
		return gap(breach.UnknownType)
	case d.ints < 1 || d.ints > 8 || d.offsets > 8:
		return errPGDump
	}
	if d.version >= 15 {
		d.packing, _ = d.r.ReadByte()
		if d.packing > pgZstd {
			return gap(breach.UnknownType)
		}
	} else if level, err := d.int(); err != nil {
		return err
	} else if level != 0 {
		d.packing = pgGzip
	}
	for range 7 { // when it was made
		if _, err := d.int(); err != nil {
			return err
		}
	}
	for range 3 { // the database and the versions of both programs
		if _, _, err := d.text(); err != nil {
			return err
		}
	}
	return nil
}

// int reads a number: its sign, then its bytes, the low ones first.
func (d *pgDump) int() (int64, error) {
	sign, err := d.r.ReadByte()
	if err != nil {
		return 0, unexpected(err)
	}
	v := uint64(0)
	for i := range d.ints {
		c, err := d.r.ReadByte()
		if err != nil {
			return 0, unexpected(err)
		}
		v |= uint64(c) << (8 * i)
	}
	if sign != 0 {
		return -int64(v), nil
	}
	return int64(v), nil
}

// text reads a text; ok is false where there is none.
func (d *pgDump) text() (s string, ok bool, err error) {
	n, err := d.int()
	if err != nil || n < 0 {
		return "", false, err
	}
	var b bytes.Buffer // grows with what is there, not with what is claimed
	if _, err := io.CopyN(&b, d.r, min(n, maxPGText)); err != nil {
		return "", false, unexpected(err)
	}
	if _, err := io.CopyN(io.Discard, d.r, n-min(n, maxPGText)); err != nil {
		return "", false, unexpected(err)
	}
	return b.String(), true, nil
}

// contents reads the table of contents.
func (d *pgDump) contents() error {
	n, err := d.int()
	if err != nil {
		return err
	}
	if n < 0 || n > maxPGEntries {
		return errPGDump
	}
	for range n {
		if err := d.entry(); err != nil {
			return err
		}
	}
	return nil
}

// entry reads one entry, and hands over its definition.
func (d *pgDump) entry() error {
	id, err := d.int()
	if err != nil {
		return err
	}
	if _, err = d.int(); err != nil { // whether there is data
		return err
	}
	var texts [9]string
	read := func(names ...int) {
		for _, i := range names {
			if err == nil {
				texts[i], _, err = d.text()
			}
		}
	}
	number := func(since int) {
		if err == nil && d.version >= since {
			_, err = d.int()
		}
	}
	const other, tag, kind, definition, drop, statement, owner = 0, 1, 2, 3, 4, 5, 6
	read(other, other, tag, kind)
	number(11)
	read(definition, drop, statement, other, other) // and namespace, tablespace
	if d.version >= 14 {
		read(other) // access method
	}
	number(16)
	read(owner, other) // and whether it has oids
	for more := err == nil; more; {
		_, more, err = d.text() // what it depends on
	}
	if err != nil {
		return err
	}
	if err := d.position(); err != nil {
		return err
	}
	if len(d.entries) < maxSQLTables*10 {
		d.entries[id] = pgEntry{texts[statement], texts[tag]}
	}
	return d.define(texts[kind], texts[definition])
}

// position passes over where the data lies.
func (d *pgDump) position() error {
	if d.format != pgCustom {
		_, _, err := d.text() // the name of a file
		return err
	}
	_, err := d.r.Discard(1 + d.offsets)
	return unexpected(err)
}

// define hands over a definition, and learns the charset.
func (d *pgDump) define(kind, definition string) error {
	if kind == "ENCODING" {
		if _, after, ok := strings.Cut(definition, "'"); ok {
			d.charset, _, _ = strings.Cut(after, "'")
		}
	}
	switch kind {
	case "ENCODING", "STDSTRINGS", "SEARCHPATH", "":
		return nil
	}
	return d.read(strings.NewReader(definition))
}

// pgCharsets are charsets by PostgreSQL's names, where those are its own.
var pgCharsets = map[string]string{
	"LATIN1": "iso-8859-1", "LATIN9": "iso-8859-15", "WIN1252": "windows-1252", "WIN1250": "windows-1250", "WIN1251": "windows-1251", "UTF8": "utf-8",
}

// read reads statements.
func (d *pgDump) read(r io.Reader) error {
	d.sql.t.r = bufio.NewReaderSize(newDecoder(r, pgCharsets[d.charset]), 32<<10)
	d.sql.t.again, d.sql.t.err = false, nil
	d.sql.t.kind = sqlEnd
	if err := d.sql.read(); err != nil {
		return err
	}
	return d.sql.t.err
}

// blocks reads the data up to the end of the archive.
func (d *pgDump) blocks(in *Input, out Sink) (missing string, err error) {
	for n := 1; ; n++ {
		missing = fmt.Sprintf("data blocks %d on", n)
		kind, err := d.r.ReadByte()
		if err == io.EOF {
			return "", nil
		}
		if err != nil {
			return missing, err
		}
		id, err := d.int()
		if err != nil {
			return missing, err
		}
		switch kind {
		case pgData:
			err = d.rows(in, d.entries[id])
		case pgBlobs:
			err = d.blobs(in, out)
		default:
			err = errPGDump
		}
		if err != nil {
			return missing, err
		}
	}
}

// rows reads the data of one table.
func (d *pgDump) rows(in *Input, e pgEntry) error {
	chunks := &pgChunks{d: d}
	data, err := d.unpack(in, chunks)
	if err == nil {
		err = d.read(io.MultiReader(strings.NewReader(e.copy), data))
	}
	if _, e := io.Copy(io.Discard, chunks); err == nil {
		err = e
	}
	return err
}

// blobs hands over large objects.
func (d *pgDump) blobs(in *Input, out Sink) error {
	for {
		id, err := d.int()
		if err != nil || id == 0 {
			return err
		}
		chunks := &pgChunks{d: d}
		data, err := d.unpack(in, chunks)
		if err == nil {
			err = out.File(fmt.Sprintf("blob %d", id), data)
		}
		if _, e := io.Copy(io.Discard, chunks); err == nil {
			err = e
		}
		if err != nil {
			return err
		}
	}
}

func (d *pgDump) unpack(in *Input, r io.Reader) (io.Reader, error) {
	var err error
	switch d.packing {
	case pgGzip:
		r, err = zlib.NewReader(r)
	case pgLZ4:
		r = lz4.NewReader(r)
	case pgZstd:
		r, err = newZstd(r, in.ask)
	}
	if err != nil {
		return nil, unexpected(err)
	}
	return in.Unpacked(r), nil
}

// pgChunks reads pieces, each after its length, up to one of none.
type pgChunks struct {
	d    *pgDump
	left int64
	err  error
}

func (c *pgChunks) Read(p []byte) (int, error) {
	for c.left == 0 && c.err == nil {
		c.left, c.err = c.d.int()
		switch {
		case c.err != nil:
		case c.left == 0:
			c.err = io.EOF
		case c.left < 0:
			c.err = errPGDump
		}
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.d.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	c.err = unexpected(err)
	return n, nil
}
