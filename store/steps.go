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
			var rows int64
			if list, rows, err = a.page(ctx, after, page); err != nil {
				break
			}
			for _, step := range list {
				if !yield(step, nil) {
					return
				}
			}
			if rows < page {
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

func (a *audit) page(ctx context.Context, after, limit int64) (list []Step, rows int64, err error) {
	err = a.s.each(ctx, `SELECT number, notice, version, seq, wave, attempt, was, becomes, at, who, data, chain FROM deliveries
		WHERE case_id = $1 AND number > $2 ORDER BY number LIMIT $3`, []any{a.k.id, after, limit}, func(row *sql.Rows) error {
		var step Step
		var at int64
		var sealed, chained []byte
		err := row.Scan(&step.Number, &step.Notice, &step.Version, &step.Seq, &step.Wave, &step.Attempt, &step.Was, &step.Becomes, &at, &step.Who, &sealed, &chained)
		if err != nil {
			return err
		}
		step.At = time.UnixMicro(at).UTC()
		steps, err := a.follow(step, sealed, chained)
		if err != nil {
			return fmt.Errorf("step %d: %w", step.Number, err)
		}
		list, rows = append(list, steps...), rows+1
		return nil
	})
	return list, rows, err
}

// follow takes the steps of one row.
func (a *audit) follow(step Step, sealed, chained []byte) (steps []Step, err error) {
	if a.number++; step.Number != a.number {
		return nil, fmt.Errorf("the one before it, %d, is gone", a.number)
	}
	var salted, salt, detail []byte
	if len(sealed) > 0 {
		if salted, err = a.k.open(stepAt(step.Number), sealed); err != nil {
			return nil, err
		}
		if err := unpack(salted, &salt, &detail); err != nil {
			return nil, err
		}
	}
	if a.hash = step.link(a.hash, salted); string(chained) != string(a.hash[:]) {
		return nil, errors.New("not the step that was chained")
	}
	if step.Seq == grouped {
		steps, err = step.each(detail)
	} else {
		step.Detail = breach.Hide(string(detail))
		steps = []Step{step}
	}
	for _, s := range steps {
		if err == nil {
			err = a.take(s)
		}
	}
	return steps, err
}

// take takes one step on the states.
func (a *audit) take(step Step) error {
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
