package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Printed is one item or member where it lies, with what tells it from others.
type Printed struct {
	Root   int64
	Path   string // of the item, raw bytes
	Member string // below it, raw bytes; "" for the item itself
	Type   string
	Size   int64
	Hash   []byte // the same where the bytes are; empty where they were not read to their end
	Print  []byte // see package compare; empty for none
}

// Printed yields everything that was read and is not empty, in every place
// where it lies, in the order of the walks.
func (s *Store) Printed(ctx context.Context, g auth.Grant) iter.Seq2[Printed, error] {
	id := g.Case()
	return func(yield func(Printed, error) bool) {
		k, err := s.under(ctx, g, auth.ReadAccount)
		if err == nil {
			err = s.each(ctx, `SELECT i.root, i.blind, i.data, i.content, m.ordinal, m.data, m.type, CASE WHEN m.ordinal > 0 THEN m.size ELSE i.size END,
				CASE WHEN m.ordinal > 0 THEN m.hash ELSE i.hash END
				FROM items i JOIN members m ON m.case_id = i.case_id AND m.content = i.content
				WHERE i.case_id = $1 AND i.content <> 0 AND m.state <> $2 ORDER BY i.root, i.position, m.ordinal`,
				[]any{id, breach.Empty}, func(rows *sql.Rows) error {
					p, err := k.scanPrinted(rows)
					if err == nil && !yield(p, nil) {
						err = errStop
					}
					return err
				})
		}
		if err != nil && err != errStop {
			yield(Printed{}, fmt.Errorf("list prints: %w", err))
		}
	}
}

func (k *caseKeys) scanPrinted(rows *sql.Rows) (Printed, error) {
	var p Printed
	var blind, item, member []byte
	var content, ordinal int64
	if err := rows.Scan(&p.Root, &blind, &item, &content, &ordinal, &member, &p.Type, &p.Size, &p.Hash); err != nil {
		return Printed{}, err
	}
	path, err := k.open(itemAt(p.Root, blind), item)
	if err != nil {
		return Printed{}, err
	}
	below, _, print, err := k.openMember(content, ordinal, member)
	p.Path, p.Member, p.Print = string(path), string(below), print
	return p, err
}
