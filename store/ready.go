package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/journal"
)

// clockSlack is how far clocks of machines that share a database may differ.
const clockSlack = 5 * time.Minute

// ErrClock says that the clock stands before what the journal has already seen:
// it was set back, and what is written now would be out of its time.
var ErrClock = errors.New("the clock stands before the journal's last record")

// Ready reports whether the tenant can be worked on: its database can be written
// to, its key opens, and the clock does not stand before the journal's last
// record.
func (s *Store) Ready(ctx context.Context, now auth.Instant) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		var line []byte
		err := tx.QueryRowContext(ctx, `SELECT data FROM journal_records ORDER BY seq DESC LIMIT 1`).Scan(&line)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		last, err := journal.ParseLine(line)
		if err == nil && last.At.After(now.Wall.Add(clockSlack)) {
			err = ErrClock
		}
		return err
	})
	if err == nil {
		err = s.keys.tx(ctx, func(tx *sql.Tx) error {
			key, err := s.keys.tenantIn(ctx, tx, s.tenant)
			if err == nil {
				key.Destroy()
			}
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("tenant is not ready: %w", err)
	}
	return nil
}
