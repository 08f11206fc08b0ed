package store

import (
	"context"
	"database/sql"
	"fmt"
	"github.com/klarlagt/klarlagt/auth"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// ForgetUnread lets every content of a scanned folder that has something unread
// for one of the reasons in it be read anew.
func (s *Store) ForgetUnread(ctx context.Context, g auth.Grant, root int64, reasons []breach.Reason) error {
	if err := s.allow(g, toScan...); err != nil {
		return err
	}
	id := g.Case()
	args := []any{id, root}
	var list []string
	for _, r := range reasons {
		args = append(args, string(r))
		list = append(list, fmt.Sprintf("$%d", len(args)))
	}
	unread := `SELECT m.content FROM members m WHERE m.case_id = $1 AND m.reason IN (` + strings.Join(list, ", ") + `)
		AND EXISTS (SELECT 1 FROM items f WHERE f.case_id = m.case_id AND f.content = m.content AND f.root = $2)`
	err := s.changeAccount(ctx, id, func(tx *sql.Tx) error {
		// The contents go first and name the rest: an item whose content is no
		// more waits again.
		// #nosec G202 -- texts of ours alone; values go as arguments
		if _, err := tx.ExecContext(ctx, `DELETE FROM contents WHERE case_id = $1 AND id IN (`+unread+`)`, args...); err != nil {
			return err
		}
		for _, q := range []string{
			`UPDATE items SET content = 0, state = 'pending', reason = '' WHERE case_id = $1 AND content <> 0
				AND content NOT IN (SELECT id FROM contents WHERE case_id = $1)`,
			`DELETE FROM members WHERE case_id = $1 AND content NOT IN (SELECT id FROM contents WHERE case_id = $1)`,
		} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget what was not read: %w", err)
	}
	return nil
}
