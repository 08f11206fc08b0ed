package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// BreakGlass breaks the glass of the grant's case: for [auth.GlassFor] whoever
// breaks it may read there. The mails that say so are queued in the same
// transaction.
func (s *Store) BreakGlass(ctx context.Context, g auth.Grant, reason string) (b auth.BreakGlass, err error) {
	if err := s.allow(g, auth.BreakTheGlass); err != nil {
		return b, err
	}
	k, err := s.keysOf(ctx, g.Case()) // of a case that nobody can read there is nothing to break
	if err != nil {
		return b, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		w, err := s.watchers(ctx, tx)
		if err != nil {
			return err
		}
		var mails []auth.Mail
		if b, mails, err = auth.NewBreakGlass(g, plain(reason), w.Watchers, g.Asked()); err != nil {
			return err
		}
		if err := (ledger{s: s, tx: tx}).saveGlass(ctx, b); err != nil {
			return err
		}
		if err := s.paper(ctx, tx, b.Case, b.ID, reasonPaper, []byte(b.Reason.Reveal())); err != nil {
			return err
		}
		for _, m := range mails {
			if err := s.queue(ctx, tx, b.Case, "glass:"+b.ID, w.Language, m, g.Asked().Wall); err != nil {
				return err
			}
		}
		return s.done(ctx, tx, g, k, g.Asked(), "glass:"+b.ID, said{reasonPaper, b.Reason})
	})
	if err != nil {
		return auth.BreakGlass{}, fmt.Errorf("break the glass: %w", err)
	}
	return b, nil
}

// EndGlass gives broken glass back before its time is over.
func (s *Store) EndGlass(ctx context.Context, g auth.Grant, id string) error {
	if err := s.allow(g, auth.BreakTheGlass); err != nil {
		return err
	}
	return s.changeGlass(ctx, g, id, "ended", func(b auth.BreakGlass) (auth.BreakGlass, error) { return b.End(g) })
}

// ReviewGlass keeps what somebody else concluded of broken glass; it ends what is
// still open.
func (s *Store) ReviewGlass(ctx context.Context, g auth.Grant, id string, f auth.GlassFinding) error {
	if err := s.allow(g, auth.ReviewGlass); err != nil {
		return err
	}
	return s.changeGlass(ctx, g, id, string(f), func(b auth.BreakGlass) (auth.BreakGlass, error) { return b.Review(g, f) })
}

func (s *Store) changeGlass(ctx context.Context, g auth.Grant, id, what string, f func(auth.BreakGlass) (auth.BreakGlass, error)) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		b, err := s.glassOf(ctx, tx, g, id)
		if err == nil {
			b, err = f(b)
		}
		if err == nil {
			err = ledger{s: s, tx: tx}.saveGlass(ctx, b)
		}
		if err != nil {
			return err
		}
		return s.done(ctx, tx, g, nil, g.Asked(), "glass:"+b.ID+","+what)
	})
	if err != nil {
		return fmt.Errorf("broken glass: %w", err)
	}
	return nil
}

// ErrNoGlass is the answer to broken glass that there is not, or of another case.
var ErrNoGlass = &breach.Refusal{Key: "refusal.no-such-glass"}

func (s *Store) glassOf(ctx context.Context, q queryer, g auth.Grant, id string) (auth.BreakGlass, error) {
	list, err := s.readGlasses(ctx, q, `id = $1 AND case_id = $2`, plain(id), string(g.Case()))
	if err != nil {
		return auth.BreakGlass{}, err
	}
	if len(list) != 1 {
		return auth.BreakGlass{}, ErrNoGlass
	}
	return list[0], nil
}

// Glass gives one broken glass of the grant's case with its reason, for whoever
// reviews it.
func (s *Store) Glass(ctx context.Context, g auth.Grant, id string) (auth.BreakGlass, error) {
	if err := s.allow(g, auth.ReviewGlass); err != nil {
		return auth.BreakGlass{}, err
	}
	b, err := s.glassOf(ctx, s.db, g, id)
	var reason []byte
	if err == nil {
		reason, _, err = s.readPaper(ctx, s.db, b.Case, b.ID, reasonPaper)
	}
	if err != nil {
		return auth.BreakGlass{}, fmt.Errorf("read broken glass: %w", err)
	}
	b.Reason = breach.Hide(string(reason))
	return b, nil
}

// Glasses lists the tenant's broken glass, without reasons, the newest first;
// with waiting, only what nobody has reviewed.
func (s *Store) Glasses(ctx context.Context, g auth.Grant, waiting bool) ([]auth.BreakGlass, error) {
	if err := s.allow(g, auth.ListGlasses); err != nil {
		return nil, err
	}
	least := 0
	if waiting {
		least = 1
	}
	list, err := s.readGlasses(ctx, s.db, `waits >= $1`, least)
	if err != nil {
		return nil, fmt.Errorf("list broken glass: %w", err)
	}
	return list, nil
}

// OwnGlasses lists what somebody has broken and can still go through: for the
// banner on each of their pages.
func (s *Store) OwnGlasses(ctx context.Context, who auth.Session, now auth.Instant) (own []auth.BreakGlass, err error) {
	if who.Tenant != s.tenant || who.User == "" {
		return nil, auth.ErrNoGrant
	}
	list, err := s.readGlasses(ctx, s.db, `waits = 1`)
	if err != nil {
		return nil, fmt.Errorf("list broken glass: %w", err)
	}
	for _, b := range list {
		if b.User == who.User && b.Open(now) {
			own = append(own, b)
		}
	}
	return own, nil
}

// glassRow is broken glass as it is sealed: all but its reason.
type glassRow struct {
	User     auth.UserID
	Began    auth.Instant
	Seen     auth.Instant
	Age      int64 // nanoseconds
	Reviewed auth.UserID
	Finding  auth.GlassFinding
}

func glassAt(id string, c auth.CaseID, version int64) cell {
	return cell{table: "glasses", row: rowKey(id, c), version: version}
}

// glasses gives what was broken of a case and waits for its review, as it stands
// now: that it was looked at is kept, for time only adds up.
func (l ledger) glasses(ctx context.Context, id auth.CaseID) ([]auth.BreakGlass, error) {
	list, err := l.s.readGlasses(ctx, l.tx, `case_id = $1 AND waits = 1`, plain(string(id)))
	for i, b := range list {
		if err == nil && b.Age < auth.GlassFor {
			list[i] = b.Touch(l.now)
			err = l.saveGlass(ctx, list[i])
		}
	}
	return list, err
}

func (l ledger) saveGlass(ctx context.Context, b auth.BreakGlass) error {
	k, err := l.s.office(ctx, l.tx)
	if err != nil {
		return err
	}
	var version int64
	data, err := json.Marshal(glassRow{b.User, b.Began, b.Seen, int64(b.Age), b.Reviewed, b.Finding})
	if err == nil {
		err = l.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM glasses WHERE id = $1`, b.ID).Scan(&version)
	}
	waits := 0
	if b.Reviewed == "" {
		waits = 1
	}
	if err == nil {
		_, err = l.tx.ExecContext(ctx, `INSERT INTO glasses (id, case_id, began, waits, version, data) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (id) DO UPDATE SET waits = excluded.waits, version = excluded.version, data = excluded.data`,
			b.ID, b.Case, b.Began.Wall.UnixMicro(), waits, version, k.seal(glassAt(b.ID, b.Case, version), data))
	}
	return err
}

func (s *Store) readGlasses(ctx context.Context, q queryer, condition string, args ...any) ([]auth.BreakGlass, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, case_id, waits, version, data FROM glasses WHERE `+condition+` ORDER BY began DESC, id`, args...) // #nosec G202 -- texts of ours alone
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	var list []auth.BreakGlass
	for rows.Next() {
		b := auth.BreakGlass{Tenant: s.tenant}
		var waits, version int64
		var data []byte
		if err := rows.Scan(&b.ID, &b.Case, &waits, &version, &data); err != nil {
			return nil, err
		}
		k, err := s.officeOf(ctx)
		if err == nil {
			data, err = k.open(glassAt(b.ID, b.Case, version), data)
		}
		var row glassRow
		if err == nil {
			err = json.Unmarshal(data, &row)
		}
		if err == nil && (row.Reviewed == "") != (waits == 1) {
			err = fmt.Errorf("%v: %w", k.where(glassAt(b.ID, b.Case, version)), seal.ErrForged)
		}
		if err != nil {
			return nil, err
		}
		b.User, b.Began, b.Seen, b.Age = row.User, row.Began, row.Seen, time.Duration(row.Age)
		b.Reviewed, b.Finding = row.Reviewed, row.Finding
		list = append(list, b)
	}
	return list, explain(rows.Err())
}
