package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"github.com/klarlagt/klarlagt/auth"

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
func (s *Store) BeginReading(ctx context.Context, g auth.Grant, reading string) (int64, error) {
	if err := s.allow(g, toScan...); err != nil {
		return 0, err
	}
	id := g.Case()
	var last int64
	err := s.changeAccount(ctx, id, func(tx *sql.Tx) error {
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
func (s *Store) ReadOtherwise(ctx context.Context, g auth.Grant, reading string) (bool, error) {
	if err := s.allow(g, toScan...); err != nil {
		return false, err
	}
	id := g.Case()
	var n int64
	err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM contents WHERE case_id = $1 AND reading <> $2`, id, reading).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for other readings: %w", err)
	}
	return n > 0, nil
}

// ContentOf finds the content with a hash, if it is committed.
func (s *Store) ContentOf(ctx context.Context, g auth.Grant, sha []byte, reading string) (content int64, ok bool, err error) {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return 0, false, err
	}
	err = s.db.QueryRowContext(ctx, `SELECT id FROM contents WHERE case_id = $1 AND hash = $2 AND reading = $3`, id, k.hash(sha), reading).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look up content: %w", err)
	}
	return content, true, nil
}

// SaveMembers writes members of contents that may not be whole yet.
func (s *Store) SaveMembers(ctx context.Context, g auth.Grant, members []Member) error {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return err
	}
	err = s.changeAccount(ctx, id, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, `INSERT INTO members
			(case_id, content, ordinal, parent, size, hash, data, type, state, reason, missing, text, charset, dialect)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`)
		if err != nil {
			return err
		}
		for _, m := range members {
			o := m.Outcome
			if _, err := put.ExecContext(ctx, id, m.Content, m.Ordinal, m.Parent, m.Size, k.hash(m.SHA256), k.sealMember(m), m.Type,
				o.State, o.Reason, plain(o.Missing), o.Text, o.Charset, o.Dialect); err != nil {
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

// sealMember seals what a member says of people, if it says anything. Its hash
// is needed again only where its pictures wait: a small file can be guessed by it.
func (k *caseKeys) sealMember(m Member) []byte {
	sha := m.SHA256
	if m.Outcome.State != breach.OCRPending {
		sha = nil
	}
	if m.Path == "" && len(sha) == 0 && len(m.Print) == 0 {
		return []byte{}
	}
	return k.seal(memberAt(m.Content, m.Ordinal), pack([]byte(m.Path), sha, m.Print))
}

func memberAt(content, ordinal int64) cell {
	return cell{table: "members", row: rowKey(content, ordinal)}
}

func (k *caseKeys) openMember(content, ordinal int64, sealed []byte) (path, sha, print []byte, err error) {
	if len(sealed) == 0 {
		return nil, nil, nil, nil
	}
	plain, err := k.open(memberAt(content, ordinal), sealed)
	if err == nil {
		err = unpack(plain, &path, &sha, &print)
	}
	return path, sha, print, err
}

// CommitContents makes contents count, and ties each to the item it was read
// at and to every other item known to have the same hash. A content that was
// read the same way before, with less to go by, is replaced.
func (s *Store) CommitContents(ctx context.Context, g auth.Grant, reading string, contents []Content) error {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return err
	}
	err = s.changeAccount(ctx, id, func(tx *sql.Tx) error {
		for _, c := range contents {
			if err := replaceContent(ctx, tx, k, reading, c); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO contents (id, case_id, hash, data, reading, part) VALUES ($1, $2, $3, $4, $5, $6)`,
				c.ID, id, k.hash(c.SHA256), k.seal(contentAt(c.ID), c.SHA256), reading, c.Part); err != nil {
				return err
			}
			c.Item.Content, c.Item.SHA256 = c.ID, c.SHA256
			if err := setItems(ctx, tx, k, []Item{c.Item}); err != nil {
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

func contentAt(content int64) cell { return cell{table: "contents", row: rowKey(content)} }

// replaceContent makes room for a content that was read before.
func replaceContent(ctx context.Context, tx *sql.Tx, k *caseKeys, reading string, c Content) error {
	var old int64
	err := tx.QueryRowContext(ctx, `SELECT id FROM contents WHERE case_id = $1 AND hash = $2 AND reading = $3`, k.id, k.hash(c.SHA256), reading).Scan(&old)
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
		if _, err := tx.ExecContext(ctx, q, k.id, old); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE items SET content = $1 WHERE case_id = $2 AND content = $3`, c.ID, k.id, old)
	return err
}

// AttachTwins ties the items that wait with a known hash to the content with
// that hash: the copies that were met while the first was being read.
func (s *Store) AttachTwins(ctx context.Context, g auth.Grant, reading string) error {
	if err := s.allow(g, toScan...); err != nil {
		return err
	}
	id := g.Case()
	err := s.changeAccount(ctx, id, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE items SET content =
			COALESCE((SELECT c.id FROM contents c WHERE c.case_id = items.case_id AND c.hash = items.hash AND c.reading = $2), 0)
			WHERE case_id = $1 AND content = 0 AND state = 'pending' AND length(hash) > 0`, id, reading)
		return err
	})
	if err != nil {
		return fmt.Errorf("attach twins: %w", err)
	}
	return nil
}

// MemberPath gives the path of a member below its content, in raw bytes.
func (s *Store) MemberPath(ctx context.Context, g auth.Grant, content, ordinal int64) (string, error) {
	id := g.Case()
	k, err := s.under(ctx, g, auth.Resolve)
	if err != nil {
		return "", err
	}
	var data, path []byte
	err = s.db.QueryRowContext(ctx, `SELECT data FROM members WHERE case_id = $1 AND content = $2 AND ordinal = $3`, id, content, ordinal).Scan(&data)
	if err == nil {
		path, _, _, err = k.openMember(content, ordinal, data)
	}
	if err != nil {
		return "", fmt.Errorf("look up member: %w", err)
	}
	return string(path), nil
}
