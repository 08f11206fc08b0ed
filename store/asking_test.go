package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

// TestManyWhoAskAtOnceAreEachAnswered has many ask while one writer keeps all of them
// in the line: each gets an answer of its own, and each has its record.
func TestManyWhoAskAtOnceAreEachAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := opened(t, lite(t))
		c, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
		if err != nil {
			t.Fatal(err)
		}
		w, err := s.BeginPeople(t.Context(), can(t, s, c.ID, auth.Resolve))
		if err != nil {
			t.Fatal(err)
		}
		const people = 250
		gone, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range people {
			all.Go(func() { askOnce(t, s, c.ID, i, gone) })
		}
		synctest.Wait() // until each is in the line
		leave()
		synctest.Wait()
		w.Abandon()
		all.Wait()
		seen := map[string]int{}
		for _, r := range told(t, s) {
			seen[r.Object]++
		}
		for i := range people {
			want := 0
			if i%4 == 0 {
				want = 1
			}
			if object := fmt.Sprint("number-", i); seen[object] != want {
				t.Errorf("%d records of %s, want %d", seen[object], object, want)
			}
		}
	})
}

// askOnce is one asker: of four, one is given leave, one asks for a case that is not
// there, one for an act that there is not, and one leaves before the answer.
func askOnce(t *testing.T, s *store.Store, id store.CaseID, i int, gone context.Context) {
	ctx, ask := t.Context(), auth.Ask{Action: auth.ReadReport, Case: id, Object: fmt.Sprint("number-", i), Now: moment(0)}
	switch i % 4 {
	case 1:
		ask.Case = "0123456789abcdef"
	case 2:
		ask.Action = "no such act"
	case 3:
		ctx = gone
	}
	g, err := s.Grant(ctx, console(), ask)
	var refused *auth.Refused
	right := false
	switch i % 4 {
	case 0:
		right = err == nil && g.For(auth.ReadReport) == nil && g.Case() == id && g.Object() == ask.Object
	case 1:
		right = errors.As(err, &refused) && refused.Verdict == auth.NoSuchCase && !g.Valid()
	case 2:
		right = errors.Is(err, auth.ErrNoGrant) && !g.Valid()
	default:
		right = errors.Is(err, context.Canceled) && !g.Valid()
	}
	if !right {
		t.Errorf("asker %d: leave for %q, error %v", i, g.Object(), err)
	}
}
