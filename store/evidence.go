package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"github.com/klarlagt/klarlagt/auth"

	"github.com/klarlagt/klarlagt/breach"
)

// Item is one thing that the walk of a scanned folder met. Its path is raw
// bytes, relative to the folder; it may hold names and is not to be logged.
type Item struct {
	Root     int64
	Path     string
	Position int64 // among what the walk met, from 1; of an item that waits: what Waiting pages over
	Size     int64
	MTime    int64 // nanoseconds
	Volumes  int64 // the same for the volumes that something was cut into, and another when they are others; 0 for what stands alone
	SHA256   []byte
	Reached  breach.Grade
	Content  int64         // 0 until its content is read
	State    breach.State  // while Content is 0
	Reason   breach.Reason // while Content is 0
}

// Root gives the number of a scanned folder, new or known.
func (s *Store) Root(ctx context.Context, g auth.Grant, path string) (int64, error) {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return 0, err
	}
	var root int64
	blind := k.look(blindRoot, path)
	err = s.tx(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT id FROM roots WHERE case_id = $1 AND blind = $2`, id, blind).Scan(&root)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) + 1 FROM roots WHERE case_id = $1`, id).Scan(&root); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO roots (id, case_id, blind, data) VALUES ($1, $2, $3, $4)`,
			root, id, blind, k.seal(rootAt(root), []byte(path)))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("note scanned folder: %w", err)
	}
	return root, nil
}

func rootAt(root int64) cell { return cell{table: "roots", row: rowKey(root)} }

// Roots lists the scanned folders by number.
func (s *Store) Roots(ctx context.Context, g auth.Grant) (map[int64]string, error) {
	id := g.Case()
	k, err := s.under(ctx, g, toCount...)
	if err != nil {
		return nil, err
	}
	roots := map[int64]string{}
	err = s.each(ctx, `SELECT id, data FROM roots WHERE case_id = $1`, []any{id}, func(rows *sql.Rows) error {
		var n int64
		var data []byte
		if err := rows.Scan(&n, &data); err != nil {
			return err
		}
		path, err := k.open(rootAt(n), data)
		roots[n] = string(path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list scanned folders: %w", err)
	}
	return roots, nil
}

// BeginWalk gives the number under which a walk's items are seen.
func (s *Store) BeginWalk(ctx context.Context, g auth.Grant, root int64) (int64, error) {
	if err := s.allow(g, toScan...); err != nil {
		return 0, err
	}
	id := g.Case()
	var walk int64
	err := s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(seen), 0) + 1 FROM items WHERE case_id = $1 AND root = $2`, id, root).Scan(&walk)
	if err != nil {
		return 0, fmt.Errorf("begin walk: %w", err)
	}
	return walk, nil
}

// sameItem says in SQL that an item is what it was when it was met before.
const sameItem = `items.size = excluded.size AND items.mtime = excluded.mtime AND items.volumes = excluded.volumes`

// SeeItems writes down what the walk met. What has the size and time it had,
// among the same volumes, keeps what was found in it; all else waits to be read.
func (s *Store) SeeItems(ctx context.Context, g auth.Grant, walk int64, items []Item) error {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return err
	}
	err = s.changeAccount(ctx, id, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, `INSERT INTO items (case_id, root, blind, position, data, size, mtime, hash, reached, content, state, reason, seen, volumes)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13)
			ON CONFLICT (case_id, root, blind) DO UPDATE SET reached = excluded.reached, seen = excluded.seen, position = excluded.position,
				hash    = CASE WHEN `+sameItem+` THEN items.hash ELSE excluded.hash END,
				content = CASE WHEN `+sameItem+` THEN items.content ELSE 0 END,
				state   = CASE WHEN `+sameItem+` AND items.state = 'volume_of' AND excluded.state = 'pending' THEN items.state ELSE excluded.state END,
				reason = excluded.reason, size = excluded.size, mtime = excluded.mtime, volumes = excluded.volumes`)
		if err != nil {
			return err
		}
		for _, it := range items {
			blind := k.look(blindPath, it.Path)
			if _, err := put.ExecContext(ctx, id, it.Root, blind, walk<<walkShift|it.Position, k.seal(itemAt(it.Root, blind), []byte(it.Path)),
				it.Size, it.MTime, []byte{}, it.Reached, it.State, it.Reason, walk, it.Volumes); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note items: %w", err)
	}
	return nil
}

// walkShift is where the number of a walk stands in a position: what later walks
// did not meet comes first. A walk may meet a million million items.
const walkShift = 40

func itemAt(root int64, blind []byte) cell { return cell{table: "items", row: rowKey(root, blind)} }

// Seen tells which walk met a path last and the time it had; zero if none did.
func (s *Store) Seen(ctx context.Context, g auth.Grant, root int64, path string) (walk, mtime int64, err error) {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return 0, 0, err
	}
	err = s.db.QueryRowContext(ctx, `SELECT seen, mtime FROM items WHERE case_id = $1 AND root = $2 AND blind = $3`,
		id, root, k.look(blindPath, path)).Scan(&walk, &mtime)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("look up item: %w", err)
	}
	return walk, mtime, nil
}

// EndStream forgets what an earlier walk knew to be missing of a stream that
// has now come whole: items of no known size.
func (s *Store) EndStream(ctx context.Context, g auth.Grant, root, walk int64) error {
	if err := s.allow(g, toScan...); err != nil {
		return err
	}
	id := g.Case()
	err := s.changeAccount(ctx, id, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM items WHERE case_id = $1 AND root = $2 AND seen < $3 AND size < 0`, id, root, walk)
		return err
	})
	if err != nil {
		return fmt.Errorf("end stream: %w", err)
	}
	return nil
}

// EndWalk forgets the items of the folder that a whole walk no longer met.
func (s *Store) EndWalk(ctx context.Context, g auth.Grant, root, walk int64) error {
	if err := s.allow(g, toScan...); err != nil {
		return err
	}
	id := g.Case()
	err := s.changeAccount(ctx, id, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM items WHERE case_id = $1 AND root = $2 AND seen < $3`, id, root, walk)
		return err
	})
	if err != nil {
		return fmt.Errorf("end walk: %w", err)
	}
	return nil
}

// Waiting lists up to limit items after a position whose content is still to be
// read, in the order of the walk. They come without hash.
func (s *Store) Waiting(ctx context.Context, g auth.Grant, root, after int64, limit int) ([]Item, error) {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return nil, err
	}
	var items []Item
	err = s.each(ctx, listedItem+`
		WHERE case_id = $1 AND root = $2 AND position > $3 AND content = 0 AND state = $4 ORDER BY position LIMIT $5`,
		[]any{id, root, after, breach.Pending, limit}, k.listItems(root, &items))
	if err != nil {
		return nil, fmt.Errorf("list waiting items: %w", err)
	}
	return items, nil
}

// VolumesWith lists the items that an item has its Volumes in common with, near
// it in the order of the walk, and itself. Those of another set of the same
// sizes and times may be among them.
func (s *Store) VolumesWith(ctx context.Context, g auth.Grant, it Item, near int64) ([]Item, error) {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return nil, err
	}
	var items []Item
	err = s.each(ctx, listedItem+`
		WHERE case_id = $1 AND root = $2 AND position BETWEEN $3 AND $4 AND volumes = $5 ORDER BY position`,
		[]any{id, it.Root, it.Position - near, it.Position + near, it.Volumes}, k.listItems(it.Root, &items))
	if err != nil {
		return nil, fmt.Errorf("list volumes: %w", err)
	}
	return items, nil
}

const listedItem = `SELECT blind, data, position, size, mtime, reached, content, state, volumes FROM items`

// listItems takes the rows of listedItem.
func (k *caseKeys) listItems(root int64, items *[]Item) func(rows *sql.Rows) error {
	return func(rows *sql.Rows) error {
		it := Item{Root: root}
		var blind, data []byte
		if err := rows.Scan(&blind, &data, &it.Position, &it.Size, &it.MTime, &it.Reached, &it.Content, &it.State, &it.Volumes); err != nil {
			return err
		}
		path, err := k.open(itemAt(root, blind), data)
		it.Path = string(path)
		*items = append(*items, it)
		return err
	}
}

// WaitingTotals counts the items still to be read, and their bytes.
func (s *Store) WaitingTotals(ctx context.Context, g auth.Grant, root int64) (items, bytes int64, err error) {
	if err := s.allow(g, toScan...); err != nil {
		return 0, 0, err
	}
	id := g.Case()
	err = s.db.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(size), 0) FROM items
		WHERE case_id = $1 AND root = $2 AND content = 0 AND state = $3`, id, root, breach.Pending).Scan(&items, &bytes)
	if err != nil {
		return 0, 0, fmt.Errorf("count waiting items: %w", err)
	}
	return items, bytes, nil
}

// SetItems writes the hash, content and state of items.
func (s *Store) SetItems(ctx context.Context, g auth.Grant, items []Item) error {
	k, err := s.under(ctx, g, toScan...)
	if err == nil {
		err = s.changeAccount(ctx, g.Case(), func(tx *sql.Tx) error { return setItems(ctx, tx, k, items) })
	}
	if err != nil {
		return fmt.Errorf("note items: %w", err)
	}
	return nil
}

func setItems(ctx context.Context, tx *sql.Tx, k *caseKeys, items []Item) error {
	set, err := tx.PrepareContext(ctx, `UPDATE items SET hash = $1, content = $2, state = $3, reason = $4
		WHERE case_id = $5 AND root = $6 AND blind = $7`)
	if err != nil {
		return err
	}
	defer set.Close()
	for _, it := range items {
		if _, err := set.ExecContext(ctx, k.hash(it.SHA256), it.Content, it.State, it.Reason, k.id, it.Root, k.look(blindPath, it.Path)); err != nil {
			return err
		}
	}
	return nil
}
