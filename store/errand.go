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
)

// ErrandKind is what the server can do about a notice beside requests.
type ErrandKind string

// The kinds.
const (
	ErrandRehearse ErrandKind = "rehearse" // send to the seed list, and read back
	ErrandReach    ErrandKind = "reach"    // ask who has a digital mailbox
	ErrandSend     ErrandKind = "send"     // hand over what is released
	ErrandLetters  ErrandKind = "letters"  // write a batch
	ErrandAsk      ErrandKind = "ask"      // ask the mailboxes what became of messages
)

// Action is what somebody may have it done by.
func (k ErrandKind) Action() auth.Action {
	switch k {
	case ErrandRehearse, ErrandReach:
		return auth.FreezeNotice
	case ErrandAsk:
		return auth.SettleNotice
	}
	return auth.ReleaseWave
}

// ErrandState is how an errand stands.
type ErrandState string

// The states. One that is going goes on when the server is started anew.
const (
	ErrandGoing  ErrandState = "going"
	ErrandDone   ErrandState = "done"
	ErrandFailed ErrandState = "failed"
)

// Errand is something that the server was asked to do about one version of a
// notice.
type Errand struct {
	Number int64 // from 1
	Notice breach.NoticeID
	Kind   ErrandKind
	State  ErrandState
	ErrandNote
	version int64
}

// ErrandNote is what is sealed of an errand.
type ErrandNote struct {
	Version      int64 // of the notice
	By           auth.UserID
	Began, Ended time.Time
	Problem      string          // the key of a text that says why it failed
	Args         map[string]any  // what fills the text
	Data         json.RawMessage // what exactly, and what came of it, as casework has it
}

// ErrErrandOpen says that the same is being done already.
var ErrErrandOpen = &breach.Refusal{Key: "refusal.errand-open"}

func errandAt(x Errand) cell {
	return cell{table: "errands", row: rowKey(x.Number, x.Notice, x.Kind, x.State), version: x.version}
}

// BeginErrand keeps an errand that is going to begin.
func (s *Store) BeginErrand(ctx context.Context, g auth.Grant, x Errand) (Errand, error) {
	k, err := s.under(ctx, g, x.Kind.Action())
	if err != nil {
		return x, err
	}
	x.State, x.version = ErrandGoing, 1
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var open bool
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1,
			EXISTS (SELECT 1 FROM errands WHERE case_id = $1 AND notice = $2 AND kind = $3 AND state = 'going')
			FROM errands WHERE case_id = $1`, k.id, x.Notice, x.Kind).Scan(&x.Number, &open)
		if err == nil && open {
			err = ErrErrandOpen
		}
		if err != nil {
			return err
		}
		data, err := json.Marshal(x.ErrandNote)
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO errands (case_id, number, version, notice, kind, state, data) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				k.id, x.Number, x.version, x.Notice, x.Kind, x.State, k.seal(errandAt(x), data))
		}
		if err != nil {
			return err
		}
		return s.done(ctx, tx, g, k, g.Asked(), x.name())
	})
	if err != nil {
		return x, fmt.Errorf("begin errand: %w", err)
	}
	return x, nil
}

// name is what the journal calls it.
func (x Errand) name() string {
	return fmt.Sprintf("notice:%s.%d,errand=%d,%s,%s", x.Notice, x.Version, x.Number, x.Kind, x.State)
}

// errErrandMoved says that an errand is no longer what it was when it was read.
var errErrandMoved = errors.New("somebody else has changed the errand")

// KeepErrand keeps an errand in a new state.
func (s *Store) KeepErrand(ctx context.Context, g auth.Grant, x Errand, at auth.Instant) (Errand, error) {
	k, err := s.under(ctx, g, x.Kind.Action())
	if err != nil {
		return x, err
	}
	x.version++
	err = s.tx(ctx, func(tx *sql.Tx) error {
		data, err := json.Marshal(x.ErrandNote)
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `UPDATE errands SET version = $1, state = $2, data = $3 WHERE case_id = $4 AND number = $5 AND version = $6`,
			x.version, x.State, k.seal(errandAt(x), data), k.id, x.Number, x.version-1)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, errErrandMoved)
		}
		return s.done(ctx, tx, g, k, at, x.name())
	})
	if err != nil {
		return x, fmt.Errorf("keep errand: %w", err)
	}
	return x, nil
}

// Errands lists what the server was asked to do about a notice, the newest first;
// about any, where none is named.
func (s *Store) Errands(ctx context.Context, g auth.Grant, notice breach.NoticeID) ([]Errand, error) {
	k, err := s.under(ctx, g, toCheck...)
	if err != nil {
		return nil, err
	}
	var list []Errand
	err = s.each(ctx, `SELECT number, version, notice, kind, state, data FROM errands WHERE case_id = $1 AND (notice = $2 OR $2 = '') ORDER BY number DESC`, []any{k.id, notice}, func(rows *sql.Rows) error {
		var x Errand
		var data []byte
		if err := rows.Scan(&x.Number, &x.version, &x.Notice, &x.Kind, &x.State, &data); err != nil {
			return err
		}
		data, err := k.open(errandAt(x), data)
		if err == nil {
			err = json.Unmarshal(data, &x.ErrandNote)
		}
		list = append(list, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list errands: %w", err)
	}
	return list, nil
}

// ErrandsGoing lists the cases of which an errand is going, for a server that was
// started anew. It takes no grant: it shows nothing of a case.
func (s *Store) ErrandsGoing(ctx context.Context) ([]CaseID, error) {
	var list []CaseID
	err := s.each(ctx, `SELECT DISTINCT case_id FROM errands WHERE state = $1 ORDER BY case_id`, []any{ErrandGoing}, func(rows *sql.Rows) error {
		var id CaseID
		err := rows.Scan(&id)
		list = append(list, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list errands: %w", err)
	}
	return list, nil
}
