package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
)

// Content is one different file content that was read whole: its members and
// findings lie in the store already. Committing it makes them count.
type Content struct {
	ID     int64
	SHA256 []byte
	Part   int64 // the findings part; 0 if nothing was found
	Item   Item  // the item that it was read at
}

// Member is one item inside a content; ordinal 0 is the content itself.
type Member struct {
	Content, Ordinal, Parent int64
	Path                     string // below the content, raw bytes, steps parted by "!/"
	Size                     int64
	SHA256                   []byte
	Type                     string
	Outcome                  breach.Outcome
	Print                    []byte // of its text, see package compare; nil for none
}

// BeginReading readies a case for a scan that reads in a certain way (readers,
// detectors, register index, limits): contents that were read another way are
// forgotten, leftovers of a scan that was stopped are cleared away. It gives
// the highest content number in use.
func (s *Store) BeginReading(ctx context.Context, id CaseID, reading string) (int64, error) {
	var last int64
	err := s.tx(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{
			`UPDATE items SET content = 0, state = 'pending', reason = '' WHERE case_id = $1 AND content <> 0 AND content NOT IN
				(SELECT id FROM contents WHERE case_id = $1 AND reading = $2)`,
			`DELETE FROM contents WHERE case_id = $1 AND reading <> $2`,
			`DELETE FROM members WHERE case_id = $1 AND content NOT IN (SELECT id FROM contents WHERE case_id = $1 AND reading = $2)`,
		} {
			if _, err := tx.ExecContext(ctx, q, id, reading); err != nil {
				return err
			}
		}
		return tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM contents WHERE case_id = $1`, id).Scan(&last)
	})
	if err != nil {
		return 0, fmt.Errorf("ready the case: %w", err)
	}
	return last, s.clearParts(ctx, id)
}

// ReadOtherwise reports whether a case has contents that were read in another
// way than the given: they wait to be read anew.
func (s *Store) ReadOtherwise(ctx context.Context, id CaseID, reading string) (bool, error) {
	var n int64
	err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM contents WHERE case_id = $1 AND reading <> $2`, id, reading).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for other readings: %w", err)
	}
	return n > 0, nil
}

// ContentOf finds the content with a hash, if it is committed.
func (s *Store) ContentOf(ctx context.Context, id CaseID, sha []byte, reading string) (content int64, ok bool, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT id FROM contents WHERE case_id = $1 AND sha256 = $2 AND reading = $3`, id, sha, reading).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look up content: %w", err)
	}
	return content, true, nil
}

// SaveMembers writes members of contents that may not be whole yet.
func (s *Store) SaveMembers(ctx context.Context, id CaseID, members []Member) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, `INSERT INTO members
			(case_id, content, ordinal, parent, path, size, sha256, type, state, reason, missing, text, charset, dialect, print)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`)
		if err != nil {
			return err
		}
		for _, m := range members {
			o := m.Outcome
			if m.SHA256 == nil {
				m.SHA256 = []byte{}
			}
			if _, err := put.ExecContext(ctx, id, m.Content, m.Ordinal, m.Parent, []byte(m.Path), m.Size, m.SHA256, m.Type,
				o.State, o.Reason, o.Missing, o.Text, o.Charset, o.Dialect, m.Print); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save members: %w", err)
	}
	return nil
}

// CommitContents makes contents count, and ties each to the item it was read
// at and to every other item known to have the same hash. A content that was
// read the same way before, with less to go by, is replaced.
func (s *Store) CommitContents(ctx context.Context, id CaseID, reading string, contents []Content) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		for _, c := range contents {
			if err := replaceContent(ctx, tx, id, reading, c); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO contents (id, case_id, sha256, reading, part) VALUES ($1, $2, $3, $4, $5)`,
				c.ID, id, c.SHA256, reading, c.Part); err != nil {
				return err
			}
			c.Item.Content, c.Item.SHA256 = c.ID, c.SHA256
			if err := setItems(ctx, tx, id, []Item{c.Item}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("commit contents: %w", err)
	}
	return nil
}

// replaceContent makes room for a content that was read before.
func replaceContent(ctx context.Context, tx *sql.Tx, id CaseID, reading string, c Content) error {
	var old int64
	err := tx.QueryRowContext(ctx, `SELECT id FROM contents WHERE case_id = $1 AND sha256 = $2 AND reading = $3`, id, c.SHA256, reading).Scan(&old)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, q := range []string{
		`DELETE FROM contents WHERE case_id = $1 AND id = $2`,
		`DELETE FROM members WHERE case_id = $1 AND content = $2`,
	} {
		if _, err := tx.ExecContext(ctx, q, id, old); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE items SET content = $1 WHERE case_id = $2 AND content = $3`, c.ID, id, old)
	return err
}

// AttachTwins ties the items that wait with a known hash to the content with
// that hash: the copies that were met while the first was being read.
func (s *Store) AttachTwins(ctx context.Context, id CaseID, reading string) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE items SET content =
			COALESCE((SELECT c.id FROM contents c WHERE c.case_id = items.case_id AND c.sha256 = items.sha256 AND c.reading = $2), 0)
			WHERE case_id = $1 AND content = 0 AND state = 'pending' AND length(sha256) > 0`, id, reading)
		return err
	})
	if err != nil {
		return fmt.Errorf("attach twins: %w", err)
	}
	return nil
}

// MemberPath gives the path of a member below its content, in raw bytes.
func (s *Store) MemberPath(ctx context.Context, id CaseID, content, ordinal int64) (string, error) {
	var path []byte
	err := s.db.QueryRowContext(ctx, `SELECT path FROM members WHERE case_id = $1 AND content = $2 AND ordinal = $3`, id, content, ordinal).Scan(&path)
	if err != nil {
		return "", fmt.Errorf("look up member: %w", err)
	}
	return string(path), nil
}
