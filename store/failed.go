package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
)

// How many failures of sign-ins have a record of their own within one window.
// The others are counted alone, for whoever likes can fail, and a journal is
// never made shorter: it grows by some 600 KiB a day at most.
const (
	mostFailures  = 60
	failureWindow = time.Hour
)

// Failure is how a failure stands among the others.
type Failure struct {
	OfName int  // failures of this name until now; 0 where there is no name
	Told   bool // it is to have a record of its own
	Untold int  // how many of the window before had none
}

// failed counts a failure of the whole server, whoever's it is: whether it gets
// a record says nothing of whether anybody has the name.
func (c *Control) failed(ctx context.Context, tx *sql.Tx, now auth.Instant) (f Failure, err error) {
	window, err := c.readTries(ctx, tx, "window", "all")
	if err != nil {
		return f, err
	}
	if now.Wall.Sub(window.Last.Wall).Abs() >= failureWindow {
		f.Untold = max(0, window.Failed-mostFailures)
		window = auth.Tries{Last: now}
	}
	window.Failed++
	f.Told = window.Failed <= mostFailures
	return f, c.keepTries(ctx, tx, "window", "all", window)
}

// FailedElsewhere counts a failure in which no password was held against
// anything: it came too early, or was one at a provider or with a passkey.
func (c *Control) FailedElsewhere(ctx context.Context, now auth.Instant) (f Failure, err error) {
	err = c.tx(ctx, func(tx *sql.Tx) error {
		f, err = c.failed(ctx, tx, now)
		return err
	})
	if err != nil {
		return Failure{}, fmt.Errorf("note a failed try: %w", err)
	}
	return f, nil
}

// FailedSignIn is a failure as the journal keeps it.
type FailedSignIn struct {
	Act     string          // what was tried: "sign-in", "step-up"
	Why     string          // "wrong", "too-early"
	User    auth.UserID     // whose it is; "" where nobody has the name
	Session auth.SessionID  // of a step-up
	Name    breach.Personal // as it was typed; zero where none was
	Origin  auth.Origin
	Failure
}

// NoteFailed writes a failed sign-in into the journal. What was typed as a name
// may be anything, so the record only commits to it; the office's key opens it.
func (s *Store) NoteFailed(ctx context.Context, f FailedSignIn, now auth.Instant) error {
	if !f.Told {
		return nil
	}
	object := []string{"why=" + f.Why}
	if f.OfName > 0 {
		object = append(object, fmt.Sprintf("failed=%d", f.OfName))
	}
	if f.Untold > 0 {
		object = append(object, fmt.Sprintf("untold=%d", f.Untold))
	}
	r := journal.Record{At: now.Wall, Tenant: string(s.tenant), Who: whoOf(f.User), Session: idOf(string(f.Session)), Origin: idOf(string(f.Origin)),
		Act: f.Act, Object: idOf(strings.Join(object, ",")), Verdict: journal.Refused}
	salt := journal.NewSalt()
	if !f.Name.IsZero() {
		r.Commitments = []journal.Commitment{journal.Commit("name", salt, f.Name)}
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		r, err := journal.Append(ctx, journalTx{tx}, r)
		if err == nil && !f.Name.IsZero() {
			err = s.paper(ctx, tx, "", fmt.Sprintf("journal:%d", r.Seq), "name", pack([]byte(salt.Reveal()), []byte(f.Name.Reveal())))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("note a failed sign-in: %w", err)
	}
	return nil
}
