package extract

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// sqliteLog is the file beside a database of SQLite that holds its newest
// pages before they are written to it (-wal), or the pages as they were before
// (-journal). Which tables they are of, only the database knows.
var sqliteLog = Format{
	Name:       "sqlite-log",
	Extensions: []string{"db-wal", "sqlite-wal", "db-journal", "sqlite-journal"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), walMagicLittle, walMagicBig, journalMagic) },
	Read:       readSQLiteLog,
	Strings:    true,
}

const (
	walMagicLittle = "\x37\x7F\x06\x82"
	walMagicBig    = "\x37\x7F\x06\x83"
	journalMagic   = "\xD9\xD5\x05\xF9\x20\xA1\x63\xD7"
)

// readSQLiteLog hands over the rows of every page in the log. What goes on in
// another page is cut.
func readSQLiteLog(ctx context.Context, in *Input, out Sink) (breach.Outcome, error) {
	l := &sqlitePages{r: in.Stream(), log: &sqliteTable{sqliteColumns: sqliteColumns{alias: -1}, at: breach.At(breach.Step{Unit: breach.Part, N: 1})}}
	l.d = &sqliteFile{ctx: ctx, out: out, seen: newPageSet(0), bad: newPageSet(0), stale: true}
	l.log.lost = newDBTable(out, l.log.at, nil)
	var err error
	if hasAnyPrefix(in.Head(), journalMagic) {
		err = l.journal()
	} else {
		err = l.wal()
	}
	if e := l.log.lost.flush(); e != nil {
		return breach.Outcome{}, e
	}
	if err == nil && l.cut {
		return breach.Outcome{State: breach.Partly, Reason: breach.MissingVolume, Missing: "the ends of long values"}, nil
	}
	return breach.Outcome{}, err
}

// sqlitePages are pages without their database.
type sqlitePages struct {
	r   io.Reader
	at  int64 // bytes read
	d   *sqliteFile
	log *sqliteTable
	cut bool
}

// take reads n bytes.
func (l *sqlitePages) take(n int64) ([]byte, error) {
	b := make([]byte, n)
	got, err := io.ReadFull(l.r, b)
	l.at += int64(got)
	return b, err
}

// size takes over the size of pages.
func (l *sqlitePages) size(n uint32) bool {
	l.d.page, l.d.usable = int64(n), int64(n)
	return n >= 512 && n <= 1<<16 && n&(n-1) == 0
}

// wal reads the log of what is newer than the database.
func (l *sqlitePages) wal() error {
	h, err := l.take(32)
	if err != nil {
		return unexpected(err)
	}
	if !l.size(binary.BigEndian.Uint32(h[8:])) {
		return gap(breach.Malformed)
	}
	err = l.pages(24, 0, 1<<40)
	if err == io.EOF {
		return nil
	}
	return err
}

// journal reads what is older than the database: a head in a sector of its
// own, so many pages, and that again.
func (l *sqlitePages) journal() error {
	sector := int64(0)
	for first := true; ; first = false {
		h, err := l.take(28)
		if err != nil && !first {
			return nil // how SQLite leaves its end
		}
		if err != nil {
			return unexpected(err)
		}
		if !bytes.HasPrefix(h, []byte(journalMagic)) {
			return nil
		}
		count := int64(binary.BigEndian.Uint32(h[8:]))
		if first {
			sector = int64(binary.BigEndian.Uint32(h[20:]))
			if sector < 32 || sector > 1<<16 || !l.size(binary.BigEndian.Uint32(h[24:])) {
				return gap(breach.Malformed)
			}
		}
		if count == 0 || count == 1<<32-1 { // it was not noted
			count = 1 << 40
		}
		if _, err := l.take(sector - 28); err != nil {
			return nil
		}
		if err := l.pages(4, 4, count); err != nil {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return nil
			}
			return err
		}
		if _, err := l.take((sector - l.at%sector) % sector); err != nil {
			return nil
		}
	}
}

// pages reads so many pages, each between so many bytes.
func (l *sqlitePages) pages(before, after, count int64) error {
	for n := int64(1); n <= count; n++ {
		frame, err := l.take(before + l.d.page + after)
		if err != nil {
			return err
		}
		if err := l.d.ctx.Err(); err != nil {
			return err
		}
		if err := l.page(frame[before:before+l.d.page], n); err != nil {
			return err
		}
	}
	return nil
}

func (l *sqlitePages) page(p []byte, n int64) error {
	g, ok := l.d.parse(p, n+1)
	if bytes.HasPrefix(p, []byte(sqliteMagic)) {
		g, ok = l.d.parse(p, 1) // the first page, with the head of the file
	}
	if !ok || g.kind != tableLeaf {
		return nil
	}
	for i := range g.count {
		err := l.d.cell(g, g.cell(i), func(rowid int64, p *sqlitePayload) error {
			l.cut = l.cut || p.next > 0
			types, ok := p.serials()
			if !ok {
				return nil
			}
			row, err := l.d.row(l.log, types, rowid, n, p)
			if err != nil {
				return err
			}
			return l.log.lost.add(row)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
