package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Outcome is what became of a dispatch.
type Outcome struct {
	Seq     int64
	Attempt int64
	Was     breach.DeliveryState
	Becomes breach.DeliveryState
	Due     time.Time       // of what is to be tried again
	Detail  breach.Personal // what was answered, found or decided
}

// Turn is what a sender tells and asks for at once.
type Turn struct {
	Outcomes []Outcome
	Claim    []Dispatch // to hand over next, as Due gave them
	Now      time.Time
	Halt     string // why to stop, of the sender itself
	Note     bool   // the end of the chain goes into the journal
}

// Taken is the answer: what is claimed is durably marked as being handed over,
// before anybody knows of it.
type Taken struct {
	Claimed []Dispatch // all that were asked for, or none
	Halted  string
	Waits   int64     // released or deferred, and not claimed
	Next    time.Time // when the first of those is due; zero for none
}

// TakeTurn writes outcomes and claims more, in one transaction: what is lost by
// a crash is known to be uncertain. When the version is halted, nothing is
// claimed.
func (s *Store) TakeTurn(ctx context.Context, g auth.Grant, n NoticeVersion, t Turn) (taken Taken, err error) {
	k, err := s.under(ctx, g, toTell...)
	if err != nil {
		return taken, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		c, err := openChain(ctx, tx, k)
		if err != nil {
			return err
		}
		if err := move(ctx, c, g, n, t.Now, t.Outcomes); err != nil {
			return err
		}
		var state NoticeState
		if err := tx.QueryRowContext(ctx, `SELECT state, halted FROM notices WHERE case_id = $1 AND notice = $2 AND version = $3`, k.id, n.ID, n.Version).
			Scan(&state, &taken.Halted); err != nil {
			return err
		}
		if t.Halt != "" && taken.Halted == "" {
			taken.Halted = idOf(t.Halt)
			if err := s.haltIn(ctx, tx, g, k, n, taken.Halted); err != nil {
				return err
			}
		}
		if state == NoticeApproved && taken.Halted == "" {
			if taken.Claimed, err = claim(ctx, c, g, n, t); err != nil {
				return err
			}
		}
		if len(taken.Claimed) == 0 {
			if err := waits(ctx, tx, k, n, &taken); err != nil {
				return err
			}
		}
		if t.Note {
			return s.done(ctx, tx, g, k, g.Asked(), n.name()+c.name())
		}
		return nil
	})
	if err != nil {
		return Taken{}, fmt.Errorf("take a turn: %w", err)
	}
	return taken, nil
}

func (s *Store) haltIn(ctx context.Context, tx *sql.Tx, g auth.Grant, k *caseKeys, n NoticeVersion, why string) error {
	now, err := noticeIn(ctx, tx, k, n.ID, n.Version)
	if err != nil {
		return err
	}
	now.revision++
	_, err = tx.ExecContext(ctx, `UPDATE notices SET halted = $1, revision = $2, data = $3 WHERE case_id = $4 AND notice = $5 AND version = $6`,
		why, now.revision, k.seal(noticeAt(now), now.Data), k.id, n.ID, n.Version)
	if err == nil {
		err = s.done(ctx, tx, g, k, g.Asked(), n.name()+",halted="+why)
	}
	return err
}

// kind is what the steps of many dispatches have in common.
type kind struct {
	was, becomes breach.DeliveryState
	attempt, due int64
}

// move takes dispatches each one legal step on, by compare-and-set. Those that
// take the same step do so in one statement, and in one link of the chain.
func move(ctx context.Context, c *chain, g auth.Grant, n NoticeVersion, now time.Time, outcomes []Outcome) error {
	var kinds []kind
	alike := map[kind][]Outcome{}
	for _, o := range outcomes {
		if !o.Was.May(o.Becomes) {
			return fmt.Errorf("dispatch %d: no step leads from %s to %s", o.Seq, o.Was, o.Becomes)
		}
		k := kind{o.Was, o.Becomes, o.Attempt, 0}
		if !o.Due.IsZero() {
			k.due = o.Due.UnixMicro()
		}
		if alike[k] == nil {
			kinds = append(kinds, k)
		}
		if o.Becomes == breach.Handing {
			o.Attempt++
		}
		alike[k] = append(alike[k], o)
	}
	for _, k := range kinds {
		list := alike[k]
		if err := c.set(ctx, n, k, list[0].Attempt-k.attempt, list); err != nil {
			return err
		}
		step := Step{Notice: n.ID, Version: n.Version, Was: k.was, Becomes: k.becomes, At: now, Who: g.Who()}
		if err := c.addAll(ctx, step, list); err != nil {
			return err
		}
	}
	return nil
}

// set sets dispatches to a state, all of which have to be in the one before it:
// those that follow each other in one statement.
func (c *chain) set(ctx context.Context, n NoticeVersion, k kind, more int64, list []Outcome) error {
	seqs := make([]int64, len(list))
	for i, o := range list {
		seqs[i] = o.Seq
	}
	slices.Sort(seqs)
	for len(seqs) > 0 {
		run := 1
		for run < len(seqs) && seqs[run] == seqs[run-1]+1 {
			run++
		}
		done, err := c.tx.ExecContext(ctx, `UPDATE dispatches SET state = $1, due = $2, attempt = attempt + $3
			WHERE case_id = $4 AND notice = $5 AND version = $6 AND attempt = $7 AND state = $8 AND seq BETWEEN $9 AND $10`,
			k.becomes, k.due, more, c.k.id, n.ID, n.Version, k.attempt, k.was, seqs[0], seqs[run-1])
		if err != nil {
			return err
		}
		if rows, err := done.RowsAffected(); err != nil || rows != int64(run) {
			return fmt.Errorf("dispatch %d, and %d others: %w", seqs[0], run-1, errors.Join(ErrMoved, err))
		}
		seqs = seqs[run:]
	}
	return nil
}

// claim marks dispatches as being handed over: the intent.
func claim(ctx context.Context, c *chain, g auth.Grant, n NoticeVersion, t Turn) ([]Dispatch, error) {
	list := slices.Clone(t.Claim)
	var steps []Outcome
	for i, d := range list {
		steps = append(steps, Outcome{Seq: d.Seq, Attempt: d.Attempt, Was: d.State, Becomes: breach.Handing})
		list[i].State = breach.Handing
		list[i].Attempt++
	}
	return list, move(ctx, c, g, n, t.Now, steps)
}

// Due reads what is to be handed over next, after a dispatch: in the order of
// waves, and within each in the frozen order.
func (s *Store) Due(ctx context.Context, g auth.Grant, n NoticeVersion, now time.Time, after Dispatch, most int) ([]Dispatch, error) {
	k, err := s.under(ctx, g, toTell...)
	if err != nil {
		return nil, err
	}
	var list []Dispatch
	read, err := s.dispatchReader(ctx, k, n)
	if err == nil {
		err = s.each(ctx, selectDispatches+`d.state IN ('released', 'deferred') AND d.wave > 0 AND (d.wave, d.seq) > ($4, $5) AND d.due <= $6 ORDER BY d.wave, d.seq LIMIT $7`,
			[]any{k.id, n.ID, n.Version, after.Wave, after.Seq, now.UnixMicro(), most}, func(rows *sql.Rows) error {
				d, err := read(rows)
				list = append(list, d)
				return err
			})
	}
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	return list, nil
}

func waits(ctx context.Context, tx *sql.Tx, k *caseKeys, n NoticeVersion, taken *Taken) error {
	var next int64
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MIN(due), 0) FROM dispatches WHERE case_id = $1 AND notice = $2 AND version = $3
		AND state IN ('released', 'deferred') AND wave > 0`, k.id, n.ID, n.Version).Scan(&taken.Waits, &next)
	if taken.Waits > 0 {
		taken.Next = time.UnixMicro(next).UTC()
	}
	return err
}

// Settle takes dispatches one step on by evidence, or by a decision: each with
// what it rests on.
func (s *Store) Settle(ctx context.Context, g auth.Grant, n NoticeVersion, now time.Time, outcomes []Outcome) error {
	k, err := s.under(ctx, g, auth.SettleNotice, auth.ReleaseWave)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Detail.IsZero() {
			return fmt.Errorf("settle dispatch %d: by what?", o.Seq)
		}
	}
	return s.stepAll(ctx, g, k, n, now, outcomes, "settled")
}

// Recover makes uncertain what was being handed over when a sender stopped. The
// caller holds the lock of the version's sender.
func (s *Store) Recover(ctx context.Context, g auth.Grant, n NoticeVersion, now time.Time) (int, error) {
	k, err := s.under(ctx, g, toTell...)
	if err != nil {
		return 0, err
	}
	var open []Outcome
	err = s.each(ctx, `SELECT seq, attempt FROM dispatches WHERE case_id = $1 AND notice = $2 AND version = $3 AND state = 'handing' AND wave > 0 ORDER BY seq`,
		[]any{k.id, n.ID, n.Version}, func(rows *sql.Rows) error {
			o := Outcome{Was: breach.Handing, Becomes: breach.Uncertain, Detail: breach.Hide("found open at start")}
			err := rows.Scan(&o.Seq, &o.Attempt)
			open = append(open, o)
			return err
		})
	if err != nil || len(open) == 0 {
		return 0, err
	}
	return len(open), s.stepAll(ctx, g, k, n, now, open, "recovered")
}

func (s *Store) stepAll(ctx context.Context, g auth.Grant, k *caseKeys, n NoticeVersion, now time.Time, outcomes []Outcome, what string) error {
	if len(outcomes) == 0 {
		return nil
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		c, err := openChain(ctx, tx, k)
		if err != nil {
			return err
		}
		if err := move(ctx, c, g, n, now, outcomes); err != nil {
			return err
		}
		return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("%s,%s=%d%s", n.name(), what, len(outcomes), c.name()))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// LockSending lets one process at a time hand over for a case.
func (s *Store) LockSending(ctx context.Context, g auth.Grant) (*Lock, error) {
	if err := s.allow(g, toTell...); err != nil {
		return nil, err
	}
	unlock, err := s.dialect.lock(ctx, "cases/"+string(g.Case())+"/sending", false)
	if errors.Is(err, errHeld) {
		return nil, &breach.Refusal{Key: "refusal.sending"}
	}
	if err != nil {
		return nil, fmt.Errorf("lock sending: %w", explain(err))
	}
	return &Lock{unlock}, nil
}
