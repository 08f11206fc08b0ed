package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Marks gives each open case with a mark that changes when something is entered,
// decided or filed in it. It takes no grant: it shows nothing of a case, and who
// asks is the server.
func (s *Store) Marks(ctx context.Context) (map[CaseID]string, error) {
	marks := map[CaseID]string{}
	err := s.each(ctx, `SELECT id, (SELECT COUNT(*) FROM facts f WHERE f.case_id = c.id), (SELECT COUNT(*) FROM decisions d WHERE d.case_id = c.id),
		(SELECT COUNT(*) FROM filings n WHERE n.case_id = c.id) FROM cases c WHERE closed_at = 0`, nil, func(rows *sql.Rows) error {
		var id CaseID
		var facts, decisions, filings int64
		err := rows.Scan(&id, &facts, &decisions, &filings)
		marks[id] = fmt.Sprint(facts, decisions, filings)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for changes in cases: %w", err)
	}
	return marks, nil
}

// Recipient is whom a mail goes to, and in which language.
type Recipient struct {
	To       breach.Personal
	Language string
}

const blindClock = "alerts.clock"

// TellOfClock queues a mail to each recipient, or where the case names none to the
// tenant's data protection officer, and tells webhooks: once for each moment,
// whoever asks and however often. Moment says which of which clock; the outboxes
// have a keyed hash of it.
func (s *Store) TellOfClock(ctx context.Context, g auth.Grant, moment string, to []Recipient, m auth.Mail) (told bool, err error) {
	k, err := s.under(ctx, g, auth.ReadFacts)
	if err != nil {
		return false, err
	}
	topic := "clock:" + hex.EncodeToString(k.look(blindClock, moment))
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var had bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM alerts WHERE topic = $1)`, topic).Scan(&had); err != nil || had {
			return err
		}
		hooked, err := s.emit(ctx, tx, message{event: clockReached, of: g.Case(), object: "clock", topic: topic, at: g.Asked().Wall})
		if err != nil {
			return err
		}
		if len(to) == 0 {
			w, err := s.watchers(ctx, tx)
			if err != nil || w.DPO.IsZero() && hooked == 0 {
				return err
			}
			if !w.DPO.IsZero() {
				to = []Recipient{{w.DPO, w.Language}}
			}
		}
		for _, r := range to {
			m.To = r.To
			if err := s.queue(ctx, tx, g.Case(), topic, r.Language, m, g.Asked().Wall); err != nil {
				return err
			}
		}
		told = true
		return s.done(ctx, tx, g, nil, g.Asked(), "alert:clock")
	})
	if err != nil {
		return false, fmt.Errorf("tell of a clock: %w", err)
	}
	return told, nil
}
