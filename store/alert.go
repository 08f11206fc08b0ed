package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
)

// Alert is a mail that has to go out: where to, and the keys of its texts with
// the ids that fill them.
type Alert struct {
	ID            int64
	Case          auth.CaseID
	To            breach.Personal
	Language      string
	Subject, Text string
	Args          map[string]string
	MadeAt        time.Time
	Tries         int
}

// alertRow is an alert as it is sealed.
type alertRow struct {
	To, Language, Subject, Text string
	Args                        map[string]string
}

func alertAt(id int64) cell { return cell{table: "alerts", row: rowKey(id)} }

// queue writes a mail into the outbox, in the transaction of what it tells of.
// What fills its texts is brought to the characters that ids and times have.
func (s *Store) queue(ctx context.Context, tx *sql.Tx, c auth.CaseID, topic, language string, m auth.Mail, now time.Time) error {
	row := alertRow{m.To.Reveal(), language, m.Subject, m.Text, map[string]string{}}
	for name, value := range m.Args {
		if at, ok := value.(time.Time); ok {
			value = at.UTC().Format(time.RFC3339)
		}
		row.Args[name] = idOf(fmt.Sprint(value))
	}
	return s.enqueue(ctx, tx, c, topic, row, now)
}

func (s *Store) enqueue(ctx context.Context, tx *sql.Tx, c auth.CaseID, topic string, row alertRow, now time.Time) error {
	k, err := s.office(ctx, tx)
	if err != nil {
		return err
	}
	var id int64
	data, err := json.Marshal(row)
	if err == nil {
		err = tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) + 1 FROM alerts`).Scan(&id)
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO alerts (id, case_id, topic, made_at, state, tries, next_at, sent_at, data) VALUES ($1, $2, $3, $4, 'waiting', 0, $4, 0, $5)`,
			id, c, topic, now.UnixMicro(), k.seal(alertAt(id), data))
	}
	return err
}

// warnOnce queues a mail to the data protection officer that one topic has only
// once a day. Where nobody is named to be told, there is none.
func (s *Store) warnOnce(ctx context.Context, tx *sql.Tx, c auth.CaseID, topic string, m auth.Mail, now time.Time) error {
	w, due, err := s.dueOnce(ctx, tx, topic, now)
	if err != nil || !due {
		return err
	}
	m.To = w.DPO
	return s.queue(ctx, tx, c, topic, w.Language, m, now)
}

// dueOnce reports whether there is somebody to tell, and no mail of a topic went
// out within a day.
func (s *Store) dueOnce(ctx context.Context, tx *sql.Tx, topic string, now time.Time) (w Watchers, due bool, err error) {
	var had bool
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM alerts WHERE topic = $1 AND made_at > $2)`, topic, now.Add(-auth.Day).UnixMicro()).Scan(&had)
	if err != nil || had {
		return w, false, err
	}
	w, err = s.watchers(ctx, tx)
	return w, !w.DPO.IsZero(), err
}

// MailCheckpoint queues a signed checkpoint of the journal to the data protection
// officer, who then holds what tells whether the journal was rewritten: once a
// day, whenever the server was started, and not where nobody is named to be told.
func (s *Store) MailCheckpoint(ctx context.Context, signed []byte, now time.Time) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		w, due, err := s.dueOnce(ctx, tx, "checkpoint", now)
		if err != nil || !due {
			return err
		}
		return s.enqueue(ctx, tx, "", "checkpoint", alertRow{w.DPO.Reveal(), w.Language, "mail.checkpoint.subject", "mail.checkpoint.text",
			map[string]string{"Tenant": string(s.tenant), "Checkpoint": string(signed)}}, now)
	})
	if err != nil {
		return fmt.Errorf("mail a checkpoint: %w", err)
	}
	return nil
}

// Alerts lists the mails that wait and whose time has come, the oldest first. It
// takes no grant: it shows nothing of a case, and who sends them is the server.
func (s *Store) Alerts(ctx context.Context, now time.Time, most int) ([]Alert, error) {
	var list []Alert
	var sealed [][]byte
	err := s.each(ctx, `SELECT id, case_id, made_at, tries, data FROM alerts WHERE state = 'waiting' AND next_at <= $1 ORDER BY id LIMIT $2`,
		[]any{now.UnixMicro(), most}, func(rows *sql.Rows) error {
			var a Alert
			var at int64
			var data []byte
			err := rows.Scan(&a.ID, &a.Case, &at, &a.Tries, &data)
			a.MadeAt = time.UnixMicro(at).UTC()
			list, sealed = append(list, a), append(sealed, data)
			return err
		})
	for i := range list {
		if err == nil {
			err = s.openAlert(ctx, &list[i], sealed[i])
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	return list, nil
}

func (s *Store) openAlert(ctx context.Context, a *Alert, data []byte) error {
	var row alertRow
	k, err := s.officeOf(ctx)
	if err == nil {
		data, err = k.open(alertAt(a.ID), data)
	}
	if err == nil {
		err = json.Unmarshal(data, &row)
	}
	a.To, a.Language, a.Subject, a.Text, a.Args = breach.Hide(row.To), row.Language, row.Subject, row.Text, row.Args
	return err
}

// The states of an alert.
const (
	alertSent    = "sent"
	alertRefused = "refused"
)

// AlertSent notes that a mail was handed over; AlertRefused that it never will
// be. Both are in the journal.
func (s *Store) AlertSent(ctx context.Context, a Alert, now time.Time) error {
	return s.endAlert(ctx, a, alertSent, now)
}

// AlertRefused is the opposite of [Store.AlertSent].
func (s *Store) AlertRefused(ctx context.Context, a Alert, now time.Time) error {
	return s.endAlert(ctx, a, alertRefused, now)
}

func (s *Store) endAlert(ctx context.Context, a Alert, state string, now time.Time) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE alerts SET state = $1, tries = tries + 1, sent_at = $2 WHERE id = $3 AND state = 'waiting'`, state, now.UnixMicro(), a.ID)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 { // another server was first
			return err
		}
		_, err = journal.Append(ctx, journalTx{tx}, journal.Record{At: now, Tenant: string(s.tenant), Case: string(a.Case), Who: "server",
			Act: "alert", Object: fmt.Sprintf("alert:%d,%s", a.ID, state), Verdict: journal.Done})
		return err
	})
	if err != nil {
		return fmt.Errorf("note an alert: %w", err)
	}
	return nil
}

// AlertLater puts a mail off that could not be handed over.
func (s *Store) AlertLater(ctx context.Context, a Alert, next time.Time) error {
	_, err := s.db.ExecContext(ctx, `UPDATE alerts SET tries = tries + 1, next_at = $1 WHERE id = $2 AND state = 'waiting'`, next.UnixMicro(), a.ID)
	if err != nil {
		return fmt.Errorf("put an alert off: %w", explain(err))
	}
	return nil
}

// AlertsWaiting counts the mails that could not be sent yet, and those that were
// refused, for whoever looks after the server.
func (s *Store) AlertsWaiting(ctx context.Context) (waiting, refused int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT COALESCE(SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'refused' THEN 1 ELSE 0 END), 0) FROM alerts`).Scan(&waiting, &refused)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("count alerts: %w", explain(err))
	}
	return waiting, refused, nil
}
