package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Act is something done in a case that has to be answered for.
type Act struct {
	At      time.Time
	Who     string // the account on this machine
	What    string // the command
	Purpose string
}

// Note writes an act down.
func (s *Store) Note(ctx context.Context, id CaseID, a Act) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO acts (id, case_id, at, who, act, purpose)
			SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5 FROM acts WHERE case_id = $1`,
			id, a.At.UnixMicro(), plain(a.Who), plain(a.What), plain(a.Purpose))
		return err
	})
	if err != nil {
		return fmt.Errorf("note an act: %w", err)
	}
	return nil
}

// Acts lists what was done, oldest first.
func (s *Store) Acts(ctx context.Context, id CaseID) ([]Act, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT at, who, act, purpose FROM acts WHERE case_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("list acts: %w", err)
	}
	defer rows.Close()
	var acts []Act
	for rows.Next() {
		var a Act
		var at int64
		if err := rows.Scan(&at, &a.Who, &a.What, &a.Purpose); err != nil {
			return nil, fmt.Errorf("list acts: %w", err)
		}
		a.At = time.UnixMicro(at).UTC()
		acts = append(acts, a)
	}
	return acts, rows.Err()
}
