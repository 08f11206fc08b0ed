package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Steps yields every step of every dispatch of the case, oldest first, after
// holding the chain together: the first that does not fit, or that says another
// state than the one before it left, is an error. At the end the states have to
// be those of the dispatches.
func (s *Store) Steps(ctx context.Context, g auth.Grant) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		k, err := s.under(ctx, g, auth.ReadNotices, auth.SettleNotice, auth.ProveNotice)
		a := audit{k: k, s: s, states: map[place]breach.DeliveryState{}, waves: map[place][]place{}}
		if err == nil {
			err = a.dispatches(ctx)
		}
		const page = 1000
		for after := int64(0); err == nil; {
			var list []Step
			if list, err = a.page(ctx, after, page); err != nil {
				break
			}
			for _, step := range list {
				if !yield(step, nil) {
					return
				}
			}
			if len(list) < page {
				if err = a.end(ctx); err == nil {
					return
				}
				break
			}
			after += page
		}
		yield(Step{}, fmt.Errorf("read the steps of dispatches: %w", err))
	}
}

// place is a dispatch, or with seq 0 a wave.
type place struct {
	notice       breach.NoticeID
	version, seq int64
}

// audit follows the states through the steps.
type audit struct {
	s      *Store
	k      *caseKeys
	number int64
	hash   [32]byte
	states map[place]breach.DeliveryState
	waves  map[place][]place // by notice, version and wave
}

func (a *audit) dispatches(ctx context.Context) error {
	return a.s.each(ctx, `SELECT notice, version, seq, wave, state FROM dispatches WHERE case_id = $1`, []any{a.k.id}, func(rows *sql.Rows) error {
		var p place
		var wave int64
		var state breach.DeliveryState
		err := rows.Scan(&p.notice, &p.version, &p.seq, &wave, &state)
		if a.states[p] = breach.Planned; state == breach.NotSent {
			a.states[p] = state
		}
		if wave > 0 {
			w := place{p.notice, p.version, wave}
			a.waves[w] = append(a.waves[w], p)
		}
		return err
	})
}

func (a *audit) page(ctx context.Context, after, limit int64) ([]Step, error) {
	var list []Step
	err := a.s.each(ctx, `SELECT number, notice, version, seq, wave, attempt, was, becomes, at, who, data, chain FROM deliveries
		WHERE case_id = $1 AND number > $2 ORDER BY number LIMIT $3`, []any{a.k.id, after, limit}, func(rows *sql.Rows) error {
		var step Step
		var at int64
		var sealed, chained []byte
		err := rows.Scan(&step.Number, &step.Notice, &step.Version, &step.Seq, &step.Wave, &step.Attempt, &step.Was, &step.Becomes, &at, &step.Who, &sealed, &chained)
		if err != nil {
			return err
		}
		step.At = time.UnixMicro(at).UTC()
		if err := a.follow(&step, sealed, chained); err != nil {
			return fmt.Errorf("step %d: %w", step.Number, err)
		}
		list = append(list, step)
		return nil
	})
	return list, err
}

// follow takes one step.
func (a *audit) follow(step *Step, sealed, chained []byte) (err error) {
	if a.number++; step.Number != a.number {
		return fmt.Errorf("the one before it, %d, is gone", a.number)
	}
	var salted []byte
	if len(sealed) > 0 {
		if salted, err = a.k.open(stepAt(step.Number), sealed); err != nil {
			return err
		}
		var salt, detail []byte
		if err := unpack(salted, &salt, &detail); err != nil {
			return err
		}
		step.Detail = breach.Hide(string(detail))
	}
	if a.hash = step.link(a.hash, salted); string(chained) != string(a.hash[:]) {
		return errors.New("not the step that was chained")
	}
	of := []place{{step.Notice, step.Version, step.Seq}}
	if step.Seq == 0 {
		of = a.waves[place{step.Notice, step.Version, step.Wave}]
	}
	for _, p := range of {
		if step.Seq == 0 && a.states[p] != step.Was {
			continue
		}
		if a.states[p] != step.Was {
			return fmt.Errorf("dispatch %d was %s, and it says %s", p.seq, a.states[p], step.Was)
		}
		a.states[p] = step.Becomes
	}
	return nil
}

// end holds the states against those of the dispatches.
func (a *audit) end(ctx context.Context) error {
	return a.s.each(ctx, `SELECT notice, version, seq, state FROM dispatches WHERE case_id = $1`, []any{a.k.id}, func(rows *sql.Rows) error {
		var p place
		var state breach.DeliveryState
		if err := rows.Scan(&p.notice, &p.version, &p.seq, &state); err != nil {
			return err
		}
		if a.states[p] != state {
			return fmt.Errorf("dispatch %d of %s.%d is %s, and its steps lead to %q", p.seq, p.notice, p.version, state, a.states[p])
		}
		return nil
	})
}
