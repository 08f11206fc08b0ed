package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// The bounds of one transaction in which several are checked.
const (
	mostTogether = 100
	answerWithin = 30 * time.Second
)

// asking are those who ask for leave and wait for their turn: whoever comes first
// in the line of writers has all of them checked, for to have a record on the disk
// takes as long for one as for many.
type asking struct {
	mu      sync.Mutex
	waiting []*asked
}

// asked is somebody's ask, and its answer once done is closed.
type asked struct {
	who   auth.Session
	ask   auth.Ask
	left  func() error // why nobody waits for the answer any more; nil: somebody does
	done  chan struct{}
	grant auth.Grant
	err   error
}

// errUnanswered is the answer of a check that broke down.
var errUnanswered = errors.New("nobody has decided on what was asked")

func (q *asking) add(ctx context.Context, who auth.Session, ask auth.Ask) *asked {
	a := &asked{who: who, ask: ask, left: ctx.Err, done: make(chan struct{}), err: errUnanswered}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, a)
	return a
}

// take gives those who wait, who are nobody else's then.
func (q *asking) take() []*asked {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.waiting
	q.waiting = nil
	return all
}

// answer answers all who wait, for whoever is the first in the line. That one of
// them leaves meanwhile does not keep the others waiting.
func (s *Store) answer(ctx context.Context) {
	all := s.asking.take()
	defer func() {
		for _, a := range all {
			close(a.done)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	defer cancel()
	var here []*asked
	for _, a := range all {
		if err := a.left(); err != nil {
			a.err = err
		} else {
			here = append(here, a)
		}
	}
	for some := range slices.Chunk(here, mostTogether) {
		if s.checkAll(ctx, some) == nil || len(some) == 1 {
			continue
		}
		// One of them could not be checked at all: each for itself, so that the
		// others can.
		for i := range some {
			_ = s.checkAll(ctx, some[i:i+1]) // each has its own error
		}
	}
}

// checkAll checks several in one transaction. When it fails, nobody has leave.
func (s *Store) checkAll(ctx context.Context, all []*asked) error {
	err := s.first(ctx, func(tx *sql.Tx) error {
		for _, a := range all {
			a.grant, a.err = s.check(ctx, tx, a.who, a.ask)
			if no := (*auth.Refused)(nil); a.err != nil && !errors.As(a.err, &no) { // a refusal is committed
				return a.err
			}
		}
		return nil
	})
	if err != nil {
		for _, a := range all {
			a.grant, a.err = auth.Grant{}, err
		}
	}
	return err
}
