package store

import (
	"context"
	"database/sql"
	"fmt"

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
func (s *Store) SaveSights(ctx context.Context, id CaseID, sights []Sight) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		for _, v := range sights {
			if v.Text == nil {
				v.Text = []byte{}
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO sights (case_id, sha256, page, state, reason, text, tool)
				VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (case_id, sha256, page) DO UPDATE SET
				state = excluded.state, reason = excluded.reason, text = excluded.text, tool = excluded.tool`,
				id, v.SHA256[:], v.Page, v.State, v.Reason, v.Text, v.Tool)
			if err != nil {
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

// Sights lists what is known of the pictures of one document or image.
func (s *Store) Sights(ctx context.Context, id CaseID, sha [32]byte) ([]Sight, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT page, state, reason, text, tool FROM sights
		WHERE case_id = $1 AND sha256 = $2 ORDER BY page`, id, sha[:])
	if err != nil {
		return nil, fmt.Errorf("list sights: %w", err)
	}
	defer rows.Close()
	var list []Sight
	for rows.Next() {
		v := Sight{SHA256: sha}
		if err := rows.Scan(&v.Page, &v.State, &v.Reason, &v.Text, &v.Tool); err != nil {
			return nil, fmt.Errorf("list sights: %w", err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
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
func (s *Store) UnseenContents(ctx context.Context, id CaseID, root int64, reading string) ([]int64, error) {
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
func (s *Store) PicturesWait(ctx context.Context, id CaseID, sha []byte) (bool, error) {
	var n int64
	err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM contents c JOIN members m ON m.case_id = c.case_id AND m.content = c.id
		WHERE c.case_id = $1 AND c.sha256 = $2 AND m.state = $3`, id, sha, breach.OCRPending).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for unseen pictures: %w", err)
	}
	return n > 0, nil
}

// Unseen tells what waits in a content. It has no hashes where nothing does.
func (s *Store) Unseen(ctx context.Context, id CaseID, root, content int64) (Unseen, error) {
	u := Unseen{Content: content, Item: Item{Root: root, Content: content}}
	var path []byte
	err := s.db.QueryRowContext(ctx, `SELECT path, size, mtime, sha256, reached, state, reason FROM items
		WHERE case_id = $1 AND root = $2 AND content = $3 ORDER BY path LIMIT 1`, id, root, content).
		Scan(&path, &u.Item.Size, &u.Item.MTime, &u.Item.SHA256, &u.Item.Reached, &u.Item.State, &u.Item.Reason)
	if err != nil {
		return u, fmt.Errorf("look up unseen pictures: %w", err)
	}
	u.Item.Path = string(path)
	err = s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM members WHERE case_id = $1 AND content = $2 AND reason = $3`,
		id, content, breach.PasswordNeeded).Scan(&u.Locked)
	if err != nil {
		return u, fmt.Errorf("look up unseen pictures: %w", err)
	}
	rows, err := s.db.QueryContext(ctx, `SELECT DISTINCT CASE WHEN m.ordinal = 0 THEN c.sha256 ELSE m.sha256 END
		FROM members m JOIN contents c ON c.case_id = m.case_id AND c.id = m.content
		WHERE m.case_id = $1 AND m.content = $2 AND m.state = $3`, id, content, breach.OCRPending)
	if err != nil {
		return u, fmt.Errorf("look up unseen pictures: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var sha []byte
		if err := rows.Scan(&sha); err != nil {
			return u, fmt.Errorf("look up unseen pictures: %w", err)
		}
		if len(sha) == 32 { // else its bytes were not read to their end
			u.Hashes = append(u.Hashes, [32]byte(sha))
		}
	}
	return u, rows.Err()
}
