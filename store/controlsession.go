package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// touchEvery is how long a session may go without its touch being written: ten
// seconds sooner an end, against a write for each request.
const touchEvery = 10 * time.Second

// BeginSession keeps the session of somebody who has signed in. Of more than
// [auth.MostSessions] the oldest end.
func (c *Control) BeginSession(ctx context.Context, s auth.Session) error {
	err := c.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (id, hash, user_id, origin, signed_in_at, seen_wall, seen_run, seen_up, age, proved_age)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, s.ID, s.Hash[:], s.User, s.Origin, s.SignedInAt.UnixMicro(),
			s.Seen.Wall.UnixMicro(), s.Seen.Run, int64(s.Seen.Up), int64(s.Age), int64(s.ProvedAge))
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1 AND id <> $2 AND id NOT IN
				(SELECT id FROM sessions WHERE user_id = $1 AND id <> $2 ORDER BY signed_in_at DESC, id LIMIT $3)`, s.User, s.ID, auth.MostSessions-1)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	return nil
}

// Session finds the session that a token opens, as it stands now, with the
// user's roles and cases of this moment; false where there is none, or it has
// ended.
func (c *Control) Session(ctx context.Context, hash auth.TokenHash, now auth.Instant) (auth.Session, bool, error) {
	list, err := c.sessions(ctx, `s.hash = $1`, hash[:])
	if err != nil || len(list) == 0 {
		return auth.Session{}, false, err
	}
	s, open := list[0].Touch(now)
	if !open {
		return auth.Session{}, false, c.dropSession(ctx, list[0].ID)
	}
	if s.Roles, s.Cases, err = c.rightsOf(ctx, s.User); err != nil {
		return auth.Session{}, false, err
	}
	if s.Age-list[0].Age >= touchEvery || now.Run != list[0].Seen.Run {
		err = c.keepSession(ctx, s, s.Hash)
	}
	return s, err == nil, err
}

// Look finds a session by its number, as Session does, and leaves it as it is: to
// look at it is no request of whoever has it.
func (c *Control) Look(ctx context.Context, id auth.SessionID, now auth.Instant) (auth.Session, bool, error) {
	list, err := c.sessions(ctx, `s.id = $1`, id)
	if err != nil || len(list) == 0 {
		return auth.Session{}, false, err
	}
	s, open := list[0].Touch(now)
	if !open {
		return auth.Session{}, false, nil
	}
	if s.Roles, s.Cases, err = c.rightsOf(ctx, s.User); err != nil {
		return auth.Session{}, false, err
	}
	return s, true, nil
}

// sessions reads those of accounts that have not ended.
func (c *Control) sessions(ctx context.Context, condition string, args ...any) ([]auth.Session, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT s.id, s.hash, s.user_id, u.tenant, s.origin, s.signed_in_at, s.seen_wall, s.seen_run, s.seen_up, s.age, s.proved_age
		FROM sessions s JOIN users u ON u.id = s.user_id WHERE `+condition+` ORDER BY s.signed_in_at DESC, s.id`, args...) // #nosec G202 -- texts of ours alone; values go as arguments
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", explain(err))
	}
	defer rows.Close()
	var list []auth.Session
	for rows.Next() {
		var s auth.Session
		var hash []byte
		var at, wall, up, age, proved int64
		if err := rows.Scan(&s.ID, &hash, &s.User, &s.Tenant, &s.Origin, &at, &wall, &s.Seen.Run, &up, &age, &proved); err != nil {
			return nil, fmt.Errorf("read sessions: %w", err)
		}
		copy(s.Hash[:], hash)
		s.SignedInAt, s.Seen.Wall, s.Seen.Up = time.UnixMicro(at).UTC(), time.UnixMicro(wall).UTC(), time.Duration(up)
		s.Age, s.ProvedAge = time.Duration(age), time.Duration(proved)
		list = append(list, s)
	}
	return list, explain(rows.Err())
}

// StepUp keeps a session whose owner has proved anew who they are: from now on
// the new token alone opens it.
func (c *Control) StepUp(ctx context.Context, s auth.Session, old auth.TokenHash) error {
	return c.keepSession(ctx, s, old)
}

func (c *Control) keepSession(ctx context.Context, s auth.Session, old auth.TokenHash) error {
	err := c.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sessions SET hash = $1, seen_wall = $2, seen_run = $3, seen_up = $4, age = $5, proved_age = $6 WHERE id = $7 AND hash = $8`,
			s.Hash[:], s.Seen.Wall.UnixMicro(), s.Seen.Run, int64(s.Seen.Up), int64(s.Age), int64(s.ProvedAge), s.ID, old[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	return nil
}

// Sessions lists the open sessions of whoever has this one, the newest first.
func (c *Control) Sessions(ctx context.Context, mine auth.Session, now auth.Instant) ([]auth.Session, error) {
	list, err := c.sessions(ctx, `s.user_id = $1`, mine.User)
	var open []auth.Session
	for _, s := range list {
		if _, ok := s.Touch(now); ok {
			open = append(open, s)
		}
	}
	return open, err
}

// EndSession ends one session of whoever has this one: itself, or another.
func (c *Control) EndSession(ctx context.Context, mine auth.Session, id auth.SessionID) error {
	err := c.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE id = $1 AND user_id = $2`, id, mine.User)
		return err
	})
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// EndOthers ends every session but this one of whoever has it, and every API
// token: after a change of the password, what was open before is not to be
// trusted.
func (c *Control) EndOthers(ctx context.Context, mine auth.Session) error {
	err := c.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1 AND id <> $2`, mine.User, mine.ID)
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM api_tokens WHERE user_id = $1`, mine.User)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("end other sessions: %w", err)
	}
	return nil
}

func (c *Control) dropSession(ctx context.Context, id auth.SessionID) error {
	return c.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE id = $1`, id)
		return err
	})
}

// Wait is how long the next try with a name from an address has to wait.
func (c *Control) Wait(ctx context.Context, name, address string, now auth.Instant) (time.Duration, error) {
	ofName, err := c.readTries(ctx, c.db, "name", SignInName(name))
	if err != nil {
		return 0, fmt.Errorf("count tries: %w", err)
	}
	ofAddress, err := c.readTries(ctx, c.db, "address", address)
	if err != nil {
		return 0, fmt.Errorf("count tries: %w", err)
	}
	return max(ofName.Wait(auth.AccountPace, now), ofAddress.Wait(auth.AddressPace, now)), nil
}

// Failed notes a try that failed, whether anybody has the name or not. An empty
// name counts for the address alone.
func (c *Control) Failed(ctx context.Context, name, address string, now auth.Instant) (f Failure, err error) {
	err = c.tx(ctx, func(tx *sql.Tx) error {
		if f, err = c.failed(ctx, tx, now); err != nil {
			return err
		}
		for _, of := range [][2]string{{"name", SignInName(name)}, {"address", address}} {
			if of[1] == "" {
				continue
			}
			tries, err := c.readTries(ctx, tx, of[0], of[1])
			if err != nil {
				return err
			}
			tries = tries.Fail(now)
			if of[0] == "name" {
				f.OfName = tries.Failed
			}
			if err := c.keepTries(ctx, tx, of[0], of[1], tries); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM tries WHERE wall < $1`, now.Wall.Add(-48*time.Hour).UnixMicro())
		return err
	})
	if err != nil {
		return Failure{}, fmt.Errorf("note a failed try: %w", err)
	}
	return f, nil
}

// Forgive forgets the failed tries of a name whose owner has signed in, and
// tells how many there were.
func (c *Control) Forgive(ctx context.Context, name string) (failed int, err error) {
	err = c.tx(ctx, func(tx *sql.Tx) error {
		tries, err := c.readTries(ctx, tx, "name", SignInName(name))
		if err != nil {
			return err
		}
		failed = tries.Failed
		_, err = tx.ExecContext(ctx, `DELETE FROM tries WHERE subject = $1`, c.index("tries.name", SignInName(name)))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget failed tries: %w", err)
	}
	return failed, nil
}

func (c *Control) keepTries(ctx context.Context, tx *sql.Tx, column, value string, t auth.Tries) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO tries (subject, failed, wall, run, up) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (subject) DO UPDATE SET failed = excluded.failed, wall = excluded.wall, run = excluded.run, up = excluded.up`,
		c.index("tries."+column, value), t.Failed, t.Last.Wall.UnixMicro(), t.Last.Run, int64(t.Last.Up))
	return err
}

// rower is the database or a transaction.
type rower interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (c *Control) readTries(ctx context.Context, q rower, column, value string) (auth.Tries, error) {
	var t auth.Tries
	var wall, up int64
	err := q.QueryRowContext(ctx, `SELECT failed, wall, run, up FROM tries WHERE subject = $1`, c.index("tries."+column, value)).
		Scan(&t.Failed, &wall, &t.Last.Run, &up)
	if errors.Is(err, sql.ErrNoRows) {
		return auth.Tries{}, nil
	}
	t.Last.Wall, t.Last.Up = time.UnixMicro(wall).UTC(), time.Duration(up)
	return t, explain(err)
}
