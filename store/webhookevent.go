package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/journal"
)

// Event is something in a case that others can be told of, without anybody in it.
type Event string

// clockReached is told of by the clock: its record in the journal is of the mail.
const clockReached Event = "clock.reached"

// announced says which acts of the journal are events: of which action, with what
// in the name of their object. To tell of one more, add a line, and its text.
func announced() []struct {
	event  Event
	action auth.Action // "" for any
	part   string
} {
	return []struct {
		event  Event
		action auth.Action
		part   string
	}{
		{"case.opened", auth.OpenCase, "opened"},
		{"case.closed", auth.Destroy, "destroyed:rows"},
		{"decision.made", auth.Decide, "decision:"},
		{"notification.filed", auth.FileNotification, "filing:"},
		{"list.frozen", auth.FreezeList, "list:"},
		{"notice.approved", auth.SendNotice, ",approved"},
		{"notice.released", auth.ReleaseWave, ",wave="},
		{"notice.halted", "", ",halted="},
		{"notice.lifted", auth.LiftHalt, ",lifted"},
	}
}

// Events lists what webhooks can be made for.
func Events() []Event {
	list := []Event{clockReached}
	for _, a := range announced() {
		list = append(list, a.event)
	}
	return list
}

// announce tells webhooks of an act that is an event, in the transaction that does
// it: without the act nobody is told, and without the message nothing is done.
func (s *Store) announce(ctx context.Context, tx *sql.Tx, r journal.Record) error {
	for _, a := range announced() {
		if (a.action == "" || string(a.action) == r.Act) && strings.Contains(r.Object, a.part) {
			object, _, _ := strings.Cut(r.Object, ",")
			_, err := s.emit(ctx, tx, message{event: a.event, of: auth.CaseID(r.Case), object: object, topic: fmt.Sprintf("record:%d", r.Seq), at: r.At})
			return err
		}
	}
	return nil
}

// message is what webhooks are told: once for each topic.
type message struct {
	event         Event
	of            auth.CaseID
	object, topic string
	at            time.Time
}

// emit writes a message for each webhook that asked for its event, and counts
// them.
func (s *Store) emit(ctx context.Context, tx *sql.Tx, m message) (many int64, err error) {
	hooks, err := s.webhooks(ctx, tx)
	if err != nil {
		return 0, fmt.Errorf("tell webhooks: %w", err)
	}
	for _, h := range hooks {
		if len(h.Events) > 0 && !slices.Contains(h.Events, m.event) {
			continue
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO webhook_messages (id, hook, case_id, event, object, topic, at, state, tries, next_at, status)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, $7, 0) ON CONFLICT (hook, topic) DO NOTHING`,
			"msg_"+auth.NewID(), h.ID, m.of, m.event, m.object, m.topic, m.at.UnixMicro())
		if err != nil {
			return many, fmt.Errorf("tell webhooks: %w", err)
		}
		n, err := done.RowsAffected()
		if err != nil {
			return many, fmt.Errorf("tell webhooks: %w", err)
		}
		many += n
	}
	return many, nil
}
