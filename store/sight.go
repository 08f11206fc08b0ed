package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Sight is what came of looking at a picture of text.
type Sight struct {
	SHA256 [32]byte // of the document or image that it is in
	Page   int64    // from 1; 0 for all pages of it that are not told apart
	State  breach.State
	Reason breach.Reason
	Text   []byte // personal data
	Tool   string // what read it
}

// SaveSights writes sights; a newer one of the same picture replaces the older.
func (s *Store) SaveSights(ctx context.Context, g auth.Grant, sights []Sight) error {
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		for _, v := range sights {
			if err := saveSight(ctx, tx, k, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save sights: %w", err)
	}
	return nil
}

func saveSight(ctx context.Context, tx *sql.Tx, k *caseKeys, v Sight) error {
	hash, version := k.hash(v.SHA256[:]), int64(0)
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM sights WHERE case_id = $1 AND hash = $2 AND page = $3`,
		k.id, hash, v.Page).Scan(&version)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO sights (case_id, hash, page, version, state, reason, data, tool)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (case_id, hash, page) DO UPDATE SET version = excluded.version,
		state = excluded.state, reason = excluded.reason, data = excluded.data, tool = excluded.tool`,
		k.id, hash, v.Page, version, v.State, v.Reason, k.seal(sightAt(hash, v.Page, version), v.Text), plain(v.Tool))
	return err
}

func sightAt(hash []byte, page, version int64) cell {
	return cell{table: "sights", row: rowKey(hash, page), version: version}
}

// Sights lists what is known of the pictures of one document or image.
func (s *Store) Sights(ctx context.Context, g auth.Grant, sha [32]byte) ([]Sight, error) {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return nil, err
	}
	var list []Sight
	hash := k.hash(sha[:])
	err = s.each(ctx, `SELECT page, version, state, reason, data, tool FROM sights
		WHERE case_id = $1 AND hash = $2 ORDER BY page`, []any{id, hash}, func(rows *sql.Rows) (err error) {
		v := Sight{SHA256: sha}
		var version int64
		var data []byte
		if err := rows.Scan(&v.Page, &version, &v.State, &v.Reason, &data, &v.Tool); err != nil {
			return err
		}
		v.Text, err = k.open(sightAt(hash, v.Page, version), data)
		list = append(list, v)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sights: %w", err)
	}
	return list, nil
}

// Unseen is a content with pictures that nobody has looked at.
type Unseen struct {
	Content int64
	Item    Item       // where it lies first in the folder
	Hashes  [][32]byte // of the documents and images inside that wait
	Locked  int64      // items inside that nobody had the password of
}

// UnseenContents numbers the contents in a folder, read in a certain way, with
// items whose pictures nobody has looked at.
func (s *Store) UnseenContents(ctx context.Context, g auth.Grant, root int64, reading string) ([]int64, error) {
	if err := s.allow(g, toScan...); err != nil {
		return nil, err
	}
	id := g.Case()
	rows, err := s.db.QueryContext(ctx, `SELECT c.id FROM contents c WHERE c.case_id = $1 AND c.reading = $2
		AND EXISTS (SELECT 1 FROM members m WHERE m.case_id = c.case_id AND m.content = c.id AND m.state = $3)
		AND EXISTS (SELECT 1 FROM items i WHERE i.case_id = c.case_id AND i.content = c.id AND i.root = $4)
		ORDER BY c.id`, id, reading, breach.OCRPending, root)
	if err != nil {
		return nil, fmt.Errorf("list unseen pictures: %w", err)
	}
	defer rows.Close()
	var list []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("list unseen pictures: %w", err)
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

// PicturesWait reports whether a content with a hash has pictures that nobody
// has looked at.
func (s *Store) PicturesWait(ctx context.Context, g auth.Grant, sha []byte) (bool, error) {
	id := g.Case()
	k, err := s.under(ctx, g, toScan...)
	if err != nil {
		return false, err
	}
	var n int64
	err = s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM contents c JOIN members m ON m.case_id = c.case_id AND m.content = c.id
		WHERE c.case_id = $1 AND c.hash = $2 AND m.state = $3`, id, k.hash(sha), breach.OCRPending).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for unseen pictures: %w", err)
	}
	return n > 0, nil
}

// Unseen tells what waits in a content. It has no hashes where nothing does.
func (s *Store) Unseen(ctx context.Context, g auth.Grant, root, content int64) (Unseen, error) {
	id := g.Case()
	u := Unseen{Content: content, Item: Item{Root: root, Content: content}}
	k, err := s.under(ctx, g, toScan...)
	if err == nil {
		err = s.unseenItem(ctx, k, &u)
	}
	if err == nil {
		err = s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM members WHERE case_id = $1 AND content = $2 AND reason = $3`,
			id, content, breach.PasswordNeeded).Scan(&u.Locked)
	}
	if err != nil {
		return u, fmt.Errorf("look up unseen pictures: %w", err)
	}
	seen := map[[32]byte]bool{}
	err = s.each(ctx, `SELECT ordinal, data FROM members WHERE case_id = $1 AND content = $2 AND state = $3`,
		[]any{id, content, breach.OCRPending}, func(rows *sql.Rows) error {
			var ordinal int64
			var data []byte
			if err := rows.Scan(&ordinal, &data); err != nil {
				return err
			}
			_, sha, _, err := k.openMember(content, ordinal, data)
			if ordinal == 0 {
				sha = u.Item.SHA256
			}
			if len(sha) == 32 && !seen[[32]byte(sha)] { // else its bytes were not read to their end
				seen[[32]byte(sha)] = true
				u.Hashes = append(u.Hashes, [32]byte(sha))
			}
			return err
		})
	if err != nil {
		return u, fmt.Errorf("look up unseen pictures: %w", err)
	}
	return u, nil
}

// unseenItem finds where a content lies first in a folder.
func (s *Store) unseenItem(ctx context.Context, k *caseKeys, u *Unseen) error {
	it := &u.Item
	var blind, data, sha []byte
	err := s.db.QueryRowContext(ctx, `SELECT i.blind, i.data, i.position, i.size, i.mtime, i.volumes, i.reached, i.state, i.reason, c.data
		FROM items i JOIN contents c ON c.case_id = i.case_id AND c.id = i.content
		WHERE i.case_id = $1 AND i.root = $2 AND i.content = $3 ORDER BY i.position LIMIT 1`, k.id, it.Root, it.Content).
		Scan(&blind, &data, &it.Position, &it.Size, &it.MTime, &it.Volumes, &it.Reached, &it.State, &it.Reason, &sha)
	if err != nil {
		return err
	}
	path, err := k.open(itemAt(it.Root, blind), data)
	if err != nil {
		return err
	}
	it.Path = string(path)
	it.SHA256, err = k.open(contentAt(it.Content), sha)
	return err
}
