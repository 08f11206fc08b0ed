package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// Times is when the files of the evidence were written last.
type Times struct {
	Years       map[int]int64 // files by year, in UTC
	Unknown     int64         // files that tell no time
	First, Last time.Time
}

// FileTimes counts the files of the case by when they were written last. What it
// gives is everybody's, and nobody may change it.
func (s *Store) FileTimes(ctx context.Context, g auth.Grant) (Times, error) {
	return OfAccount(ctx, s, g, "times", func() (Times, error) { return s.fileTimes(ctx, g) })
}

func (s *Store) fileTimes(ctx context.Context, g auth.Grant) (Times, error) {
	t := Times{Years: map[int]int64{}}
	const day = int64(24 * time.Hour)
	err := s.each(ctx, `SELECT mtime / $2, COUNT(*), MIN(mtime), MAX(mtime) FROM items WHERE case_id = $1 AND mtime > 0 GROUP BY 1`, []any{g.Case(), day}, func(rows *sql.Rows) error {
		var at, files, first, last int64
		if err := rows.Scan(&at, &files, &first, &last); err != nil {
			return err
		}
		t.Years[time.Unix(0, at*day).UTC().Year()] += files
		if begin := time.Unix(0, first).UTC(); t.First.IsZero() || begin.Before(t.First) {
			t.First = begin
		}
		if end := time.Unix(0, last).UTC(); end.After(t.Last) {
			t.Last = end
		}
		return nil
	})
	if err == nil {
		err = s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM items WHERE case_id = $1 AND mtime <= 0`, g.Case()).Scan(&t.Unknown)
	}
	if err != nil {
		return t, fmt.Errorf("count file times: %w", err)
	}
	return t, nil
}
