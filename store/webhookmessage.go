package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// MessageState is how far a message to a webhook has come.
type MessageState string

// The states. What is dead was tried for as long as it is tried, and waits for
// somebody who sends it again.
const (
	MessageWaiting MessageState = "waiting"
	MessageSent    MessageState = "sent"
	MessageDead    MessageState = "dead"
)

// Message is one event on its way to one webhook.
type Message struct {
	ID     string // the same however often it is tried
	Hook   string
	Case   auth.CaseID
	Event  Event
	Object string // what the act was on, as the journal names it: "list:3"
	At     time.Time
	State  MessageState
	Tries  int
	Next   time.Time
	Status int // what was answered last; 0 for nothing
}

const selectMessages = `SELECT id, hook, case_id, event, object, at, state, tries, next_at, status FROM webhook_messages WHERE `

func (s *Store) messages(ctx context.Context, condition string, args ...any) (list []Message, err error) {
	err = s.each(ctx, selectMessages+condition, args, func(rows *sql.Rows) error {
		var m Message
		var at, next int64
		err := rows.Scan(&m.ID, &m.Hook, &m.Case, &m.Event, &m.Object, &at, &m.State, &m.Tries, &next, &m.Status)
		m.At, m.Next = time.UnixMicro(at).UTC(), time.UnixMicro(next).UTC()
		list = append(list, m)
		return err
	})
	return list, err
}

// Messages lists the newest messages to the tenant's webhooks, the newest first.
func (s *Store) Messages(ctx context.Context, g auth.Grant, most int) ([]Message, error) {
	if err := s.allow(g, auth.ManageHooks); err != nil {
		return nil, err
	}
	list, err := s.messages(ctx, `1 = 1 ORDER BY at DESC, id LIMIT $1`, most)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return list, nil
}

// Outgoing lists the messages whose time has come, the oldest first, with the
// webhooks that they go to. It takes no grant: it shows nothing of a case, and who
// sends them is the server.
func (s *Store) Outgoing(ctx context.Context, now time.Time, most int) (list []Message, hooks map[string]Webhook, err error) {
	list, err = s.messages(ctx, `state = 'waiting' AND next_at <= $1 ORDER BY next_at, id LIMIT $2`, now.UnixMicro(), most)
	if err != nil || len(list) == 0 {
		return nil, nil, explain(err)
	}
	all, err := s.webhooks(ctx, s.db)
	if err != nil {
		return nil, nil, fmt.Errorf("list messages: %w", err)
	}
	hooks = map[string]Webhook{}
	for _, h := range all {
		hooks[h.ID] = h
	}
	return list, hooks, nil
}

// MessageTried keeps what came of a try: sent, waiting for the next, or dead.
func (s *Store) MessageTried(ctx context.Context, m Message, state MessageState, status int, next time.Time) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE webhook_messages SET state = $1, tries = tries + 1, status = $2, next_at = $3 WHERE id = $4 AND state = 'waiting'`,
			state, status, next.UnixMicro(), m.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a try: %w", err)
	}
	return nil
}

// Replay has what is dead of a webhook tried anew, or one message whatever became
// of it, and counts how many.
func (s *Store) Replay(ctx context.Context, g auth.Grant, hook, id string, now time.Time) (many int64, err error) {
	if err := s.allow(g, auth.ManageHooks); err != nil {
		return 0, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE webhook_messages SET state = 'waiting', tries = 0, next_at = $1
			WHERE hook = $2 AND (id = $3 OR $3 = '' AND state = 'dead')`, now.UnixMicro(), plain(hook), plain(id))
		if err == nil {
			many, err = done.RowsAffected()
		}
		if err == nil && many == 0 {
			return ErrNoWebhook
		}
		if err != nil {
			return err
		}
		return s.done(ctx, tx, g, nil, g.Asked(), fmt.Sprintf("webhook:%s,replayed=%d", hook, many))
	})
	if err != nil {
		return 0, fmt.Errorf("send again: %w", err)
	}
	return many, nil
}
