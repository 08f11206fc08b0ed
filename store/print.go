package store

import (
	"context"
	"fmt"
	"iter"

	"github.com/klarlagt/klarlagt/breach"
)

// Printed is one item or member where it lies, with what tells it from others.
type Printed struct {
	Root   int64
	Path   string // of the item, raw bytes
	Member string // below it, raw bytes; "" for the item itself
	Type   string
	Size   int64
	SHA256 []byte // empty where its bytes were not read to their end
	Print  []byte // see package compare; nil for none
}

// Printed yields everything that was read and is not empty, in every place
// where it lies, in path order.
func (s *Store) Printed(ctx context.Context, id CaseID) iter.Seq2[Printed, error] {
	return func(yield func(Printed, error) bool) {
		rows, err := s.db.QueryContext(ctx, `SELECT i.root, i.path, m.path, m.type, CASE WHEN m.ordinal > 0 THEN m.size ELSE i.size END,
			CASE WHEN m.ordinal > 0 THEN m.sha256 ELSE i.sha256 END, m.print
			FROM items i JOIN members m ON m.case_id = i.case_id AND m.content = i.content
			WHERE i.case_id = $1 AND i.content <> 0 AND m.state <> $2 ORDER BY i.path, i.root, m.ordinal`, id, breach.Empty)
		if err != nil {
			yield(Printed{}, fmt.Errorf("list prints: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var p Printed
			var path, member []byte
			if err := rows.Scan(&p.Root, &path, &member, &p.Type, &p.Size, &p.SHA256, &p.Print); err != nil {
				yield(Printed{}, fmt.Errorf("list prints: %w", err))
				return
			}
			p.Path, p.Member = string(path), string(member)
			if !yield(p, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Printed{}, fmt.Errorf("list prints: %w", err))
		}
	}
}
