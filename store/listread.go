package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// toLists is what grants open the versions of the list by number, and toList who
// stands on them.
var (
	toList  = []auth.Action{auth.ListPeople, auth.FreezeNotice}
	toLists = append([]auth.Action{auth.ReadReport, auth.Propose, auth.FreezeList, auth.ReadNotices, auth.WriteNotice, auth.FreezeNotice, auth.AnswerUnaffected, auth.Close}, toList...)
)

// Lists gives the versions of the list, oldest first.
func (s *Store) Lists(ctx context.Context, g auth.Grant) (lists []List, err error) {
	k, err := s.under(ctx, g, toLists...)
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, `SELECT `+listColumns+` FROM lists WHERE case_id = $1 ORDER BY number`, []any{k.id}, func(rows *sql.Rows) error {
		l, err := scanList(k, rows)
		lists = append(lists, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read lists: %w", err)
	}
	return lists, nil
}

// Listed yields who stands on a list, in the order of the keys.
func (s *Store) Listed(ctx context.Context, g auth.Grant, list int64) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		k, err := s.under(ctx, g, toList...)
		for page := int64(1); err == nil; page++ {
			var data []byte
			err = s.db.QueryRowContext(ctx, `SELECT data FROM list_pages WHERE case_id = $1 AND list = $2 AND page = $3`, g.Case(), list, page).Scan(&data)
			if errors.Is(err, sql.ErrNoRows) {
				return
			}
			if err == nil {
				data, err = k.open(listPageAt(list, page), data)
			}
			for err == nil && len(data) > 0 {
				var p Listed
				n := min(len(data), listedSize)
				if p, err = ParseListed(data[:n]); err == nil && !yield(p, nil) {
					return
				}
				data = data[n:]
			}
		}
		yield(Listed{}, fmt.Errorf("read list %d: %w", list, err))
	}
}

// A record is the key, the flags and the three sets of kinds, which the root is
// made of, and the number in the resolve.
const (
	listedHashed = len(ListKey{}) + 1 + 3*8
	listedSize   = listedHashed + 8
	// listedPage is how many people a page lists.
	listedPage = 1000
)

// Record is somebody on a list as bytes, whose order is that of the keys.
func (p Listed) Record() []byte {
	b := append(make([]byte, 0, listedSize), p.Who[:]...)
	b = append(b, byte(truth(p.Stranger))|byte(truth(p.Protected))<<1)
	for _, n := range []uint64{uint64(p.Proven), uint64(p.Likely), uint64(p.Possible), uint64(p.Number)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

// ParseListed reads a record.
func ParseListed(b []byte) (p Listed, err error) {
	if len(b) != listedSize {
		return p, errPacked
	}
	flags, rest := b[copy(p.Who[:], b)], b[len(p.Who)+1:]
	number := func(i int) uint64 { return binary.BigEndian.Uint64(rest[8*i:]) }
	p.Stranger, p.Protected = flags&1 != 0, flags&2 != 0
	p.Proven, p.Likely, p.Possible, p.Number = breach.Kinds(number(0)), breach.Kinds(number(1)), breach.Kinds(number(2)), int64(number(3))
	return p, nil
}

// listPages writes who stands on a list.
type listPages struct {
	w    *PeopleWriter
	list int64
	page int64
	open []byte
}

func (p *listPages) add(record []byte) error {
	p.open = append(p.open, record...)
	if len(p.open) < listedPage*listedSize {
		return nil
	}
	return p.turn()
}

// turn writes the open page.
func (p *listPages) turn() error {
	if len(p.open) == 0 {
		return nil
	}
	p.page++
	sealed := p.w.keys.seal(listPageAt(p.list, p.page), p.open)
	p.open = p.open[:0]
	_, err := p.w.tx.ExecContext(p.w.ctx, `INSERT INTO list_pages (case_id, list, page, data) VALUES ($1, $2, $3, $4)`, p.w.id, p.list, p.page, sealed)
	return err
}

func listPageAt(list, page int64) cell { return cell{table: "list_pages", row: rowKey(list, page)} }
