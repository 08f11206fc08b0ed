package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// CaseOf reads the case that a grant opens.
func (s *Store) CaseOf(ctx context.Context, g auth.Grant) (Case, error) {
	if err := s.allow(g, append([]auth.Action{auth.ReadReport, auth.SetSecret, auth.ReadAccount, auth.Judge, auth.ListPeople, auth.ReadCaseJournal, auth.Explain, auth.Scan, auth.ImportRegister, auth.ListApprovals, auth.Propose, auth.Approve, auth.BreakTheGlass, auth.ReviewGlass,
		auth.ReadFacts, auth.RecordFacts, auth.Decide, auth.FileNotification}, toCheck...)...); err != nil {
		return Case{}, err
	}
	c := Case{ID: g.Case()}
	var title []byte
	err := s.each(ctx, `SELECT data, opened_at, closed_at FROM cases WHERE id = $1`, []any{g.Case()}, func(rows *sql.Rows) error {
		var at, closed int64
		err := rows.Scan(&title, &at, &closed)
		c.OpenedAt, c.Closed = time.UnixMicro(at).UTC(), closed != 0
		return err
	})
	if err == nil {
		err = s.openTitle(ctx, &c, title)
	}
	if err != nil {
		return Case{}, fmt.Errorf("read case: %w", err)
	}
	return c, nil
}

// CloseCase marks the case that a grant opens as closed: from then on the check
// lets nobody do what is done in open cases.
func (s *Store) CloseCase(ctx context.Context, g auth.Grant) error {
	if err := s.allow(g, auth.Close); err != nil {
		return err
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE cases SET closed_at = $1 WHERE id = $2 AND closed_at = 0`, g.Asked().Wall.UnixMicro(), g.Case())
		return err
	})
	if err != nil {
		return fmt.Errorf("close case: %w", err)
	}
	return nil
}
