package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/klarlagt/klarlagt/breach"
)

// Item is one thing that the walk of a scanned folder met. Its path is raw
// bytes, relative to the folder; it may hold names and is not to be logged.
type Item struct {
	Root    int64
	Path    string
	Size    int64
	MTime   int64 // nanoseconds
	SHA256  []byte
	Reached breach.Grade
	Content int64         // 0 until its content is read
	State   breach.State  // while Content is 0
	Reason  breach.Reason // while Content is 0
}

// Root gives the number of a scanned folder, new or known.
func (s *Store) Root(ctx context.Context, id CaseID, path string) (int64, error) {
	var root int64
	err := s.tx(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT id FROM roots WHERE case_id = $1 AND path = $2`, id, []byte(path)).Scan(&root)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return tx.QueryRowContext(ctx, `INSERT INTO roots (id, case_id, path)
			SELECT COALESCE(MAX(id), 0) + 1, $1, $2 FROM roots WHERE case_id = $1 RETURNING id`, id, []byte(path)).Scan(&root)
	})
	if err != nil {
		return 0, fmt.Errorf("note scanned folder: %w", err)
	}
	return root, nil
}

// Roots lists the scanned folders by number.
func (s *Store) Roots(ctx context.Context, id CaseID) (map[int64]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, path FROM roots WHERE case_id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("list scanned folders: %w", err)
	}
	defer rows.Close()
	roots := map[int64]string{}
	for rows.Next() {
		var n int64
		var path []byte
		if err := rows.Scan(&n, &path); err != nil {
			return nil, fmt.Errorf("list scanned folders: %w", err)
		}
		roots[n] = string(path)
	}
	return roots, rows.Err()
}

// BeginWalk gives the number under which a walk's items are seen.
func (s *Store) BeginWalk(ctx context.Context, id CaseID, root int64) (int64, error) {
	var walk int64
	err := s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(seen), 0) + 1 FROM items WHERE case_id = $1 AND root = $2`, id, root).Scan(&walk)
	if err != nil {
		return 0, fmt.Errorf("begin walk: %w", err)
	}
	return walk, nil
}

// SeeItems writes down what the walk met. What has the size and time it had
// keeps what was found in it; all else waits to be read.
func (s *Store) SeeItems(ctx context.Context, id CaseID, walk int64, items []Item) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, `INSERT INTO items (case_id, root, path, size, mtime, sha256, reached, content, state, reason, seen)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10)
			ON CONFLICT (case_id, root, path) DO UPDATE SET reached = excluded.reached, seen = excluded.seen,
				sha256  = CASE WHEN items.size = excluded.size AND items.mtime = excluded.mtime THEN items.sha256 ELSE excluded.sha256 END,
				content = CASE WHEN items.size = excluded.size AND items.mtime = excluded.mtime THEN items.content ELSE 0 END,
				state = excluded.state, reason = excluded.reason, size = excluded.size, mtime = excluded.mtime`)
		if err != nil {
			return err
		}
		for _, it := range items {
			if _, err := put.ExecContext(ctx, id, it.Root, []byte(it.Path), it.Size, it.MTime, []byte{}, it.Reached, it.State, it.Reason, walk); err != nil {
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

// Seen tells which walk met a path last and the time it had; zero if none did.
func (s *Store) Seen(ctx context.Context, id CaseID, root int64, path string) (walk, mtime int64, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT seen, mtime FROM items WHERE case_id = $1 AND root = $2 AND path = $3`,
		id, root, []byte(path)).Scan(&walk, &mtime)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("look up item: %w", err)
	}
	return walk, mtime, nil
}

// EndStream forgets what an earlier walk knew to be missing of a stream that
// has now come whole: items of no known size.
func (s *Store) EndStream(ctx context.Context, id CaseID, root, walk int64) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM items WHERE case_id = $1 AND root = $2 AND seen < $3 AND size < 0`, id, root, walk)
		return err
	})
	if err != nil {
		return fmt.Errorf("end stream: %w", err)
	}
	return nil
}

// EndWalk forgets the items of the folder that a whole walk no longer met.
func (s *Store) EndWalk(ctx context.Context, id CaseID, root, walk int64) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM items WHERE case_id = $1 AND root = $2 AND seen < $3`, id, root, walk)
		return err
	})
	if err != nil {
		return fmt.Errorf("end walk: %w", err)
	}
	return nil
}

// Waiting lists up to limit items after a path whose content is still to be
// read, in path order.
func (s *Store) Waiting(ctx context.Context, id CaseID, root int64, after string, limit int) ([]Item, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT path, size, mtime, sha256, reached FROM items
		WHERE case_id = $1 AND root = $2 AND path > $3 AND content = 0 AND state = $4 ORDER BY path LIMIT $5`,
		id, root, []byte(after), breach.Pending, limit)
	if err != nil {
		return nil, fmt.Errorf("list waiting items: %w", err)
	}
	defer rows.Close()
	var items []Item
	for rows.Next() {
		it := Item{Root: root, State: breach.Pending}
		var path []byte
		if err := rows.Scan(&path, &it.Size, &it.MTime, &it.SHA256, &it.Reached); err != nil {
			return nil, fmt.Errorf("list waiting items: %w", err)
		}
		it.Path = string(path)
		items = append(items, it)
	}
	return items, rows.Err()
}

// WaitingTotals counts the items still to be read, and their bytes.
func (s *Store) WaitingTotals(ctx context.Context, id CaseID, root int64) (items, bytes int64, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(size), 0) FROM items
		WHERE case_id = $1 AND root = $2 AND content = 0 AND state = $3`, id, root, breach.Pending).Scan(&items, &bytes)
	if err != nil {
		return 0, 0, fmt.Errorf("count waiting items: %w", err)
	}
	return items, bytes, nil
}

// SetItems writes the hash, content and state of items.
func (s *Store) SetItems(ctx context.Context, id CaseID, items []Item) error {
	err := s.tx(ctx, func(tx *sql.Tx) error { return setItems(ctx, tx, id, items) })
	if err != nil {
		return fmt.Errorf("note items: %w", err)
	}
	return nil
}

func setItems(ctx context.Context, tx *sql.Tx, id CaseID, items []Item) error {
	set, err := tx.PrepareContext(ctx, `UPDATE items SET sha256 = $1, content = $2, state = $3, reason = $4
		WHERE case_id = $5 AND root = $6 AND path = $7`)
	if err != nil {
		return err
	}
	defer set.Close()
	for _, it := range items {
		if it.SHA256 == nil {
			it.SHA256 = []byte{}
		}
		if _, err := set.ExecContext(ctx, it.SHA256, it.Content, it.State, it.Reason, id, it.Root, []byte(it.Path)); err != nil {
			return err
		}
	}
	return nil
}

// Occurrence is one place in the scanned folders where a content lies.
type Occurrence struct {
	Root    int64
	Path    string // raw bytes; may hold names
	Reached breach.Grade
}

// Occurrences lists where a content lies, in path order.
func (s *Store) Occurrences(ctx context.Context, id CaseID, content int64) ([]Occurrence, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT root, path, reached FROM items
		WHERE case_id = $1 AND content = $2 ORDER BY path, root`, id, content)
	if err != nil {
		return nil, fmt.Errorf("list occurrences: %w", err)
	}
	defer rows.Close()
	var list []Occurrence
	for rows.Next() {
		var o Occurrence
		var path []byte
		if err := rows.Scan(&o.Root, &path, &o.Reached); err != nil {
			return nil, fmt.Errorf("list occurrences: %w", err)
		}
		o.Path = string(path)
		list = append(list, o)
	}
	return list, rows.Err()
}

// Account yields every item and every member of every item, in path order:
// the whole account of a case, ready to be counted. Contents that lie in
// several places are told in full at the first and as DuplicateOf at the rest.
func (s *Store) Account(ctx context.Context, id CaseID) iter.Seq2[AccountRow, error] {
	return func(yield func(AccountRow, error) bool) {
		rows, err := s.db.QueryContext(ctx, accountSQL, id)
		if err != nil {
			yield(AccountRow{}, fmt.Errorf("read account: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scanAccount(rows)
			if err != nil {
				yield(AccountRow{}, fmt.Errorf("read account: %w", err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(AccountRow{}, fmt.Errorf("read account: %w", err))
		}
	}
}

// AccountRow is one line of the account.
type AccountRow struct {
	Root    int64
	Path    string // of the item, raw bytes
	Member  string // below it, raw bytes, steps parted by "!/"; "" for the item itself
	Size    int64
	Type    string
	Reached breach.Grade
	Outcome breach.Outcome
	First   string // for DuplicateOf: the path of the item that was read
}

// The item that stands first among those with the same content is told in full.
const accountSQL = `SELECT i.root, i.path, COALESCE(m.path, ''), CASE WHEN m.ordinal > 0 THEN m.size ELSE i.size END,
	COALESCE(m.type, ''), i.reached, COALESCE(m.state, i.state), COALESCE(m.reason, i.reason), COALESCE(m.missing, ''),
	COALESCE(m.text, 0), COALESCE(m.charset, ''), COALESCE(m.dialect, ''),
	(SELECT f.path FROM items f WHERE f.case_id = i.case_id AND f.content = i.content AND i.content <> 0 ORDER BY f.path, f.root LIMIT 1),
	(SELECT f.root FROM items f WHERE f.case_id = i.case_id AND f.content = i.content AND i.content <> 0 ORDER BY f.path, f.root LIMIT 1)
	FROM items i LEFT JOIN members m ON m.case_id = i.case_id AND m.content = i.content AND i.content <> 0
	WHERE i.case_id = $1 ORDER BY i.path, i.root, m.ordinal`

func scanAccount(rows *sql.Rows) (AccountRow, error) {
	var r AccountRow
	var path, member, first []byte
	var firstRoot sql.NullInt64
	err := rows.Scan(&r.Root, &path, &member, &r.Size, &r.Type, &r.Reached, &r.Outcome.State, &r.Outcome.Reason,
		&r.Outcome.Missing, &r.Outcome.Text, &r.Outcome.Charset, &r.Outcome.Dialect, &first, &firstRoot)
	if err != nil {
		return AccountRow{}, err
	}
	r.Path, r.Member = string(path), string(member)
	same := string(first) == r.Path && firstRoot.Int64 == r.Root
	if firstRoot.Valid && !same && r.Outcome.State != breach.Empty {
		r.First = string(first)
		r.Outcome = breach.Outcome{State: breach.DuplicateOf}
	}
	return r, nil
}
