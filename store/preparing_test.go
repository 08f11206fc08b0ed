package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
)

// TestReadersWhoStopHalfWayHarmNoOthers has many read the same at once, of whom some
// stop at the first row, some are cancelled there, and some ask the same again while
// they read: what a connection keeps for the next query is to be as new each time.
func TestReadersWhoStopHalfWayHarmNoOthers(t *testing.T) {
	s, id := open(t)
	files := map[string]string{}
	for i := range 30 {
		files[fmt.Sprintf("f%02d", i)] = "x"
	}
	share(t, s, id, files)
	want := account(t, s, id)
	g := can(t, s, id, auth.ReadAccount)
	read := func(ctx context.Context, each func() bool) (got []string, err error) {
		for r, err := range s.Account(ctx, g) {
			if err != nil {
				return got, err
			}
			got = append(got, fmt.Sprintf("%s! %s  ", r.Path, r.Outcome.State))
			if each != nil && !each() {
				return got, nil
			}
		}
		return got, nil
	}
	var readers sync.WaitGroup
	for reader := range 8 {
		readers.Go(func() {
			for range 10 {
				ctx, cancel := context.WithCancel(t.Context())
				var got []string
				var err error
				switch reader % 4 {
				case 0:
					got, err = read(ctx, func() bool { return false })
					got = append(got, want[1:]...)
				case 1:
					if got, err = read(ctx, func() bool { cancel(); return true }); errors.Is(err, context.Canceled) {
						got, err = want, nil
					}
				case 2:
					var within []string
					got, err = read(ctx, func() bool {
						within, err = read(ctx, nil)
						return false
					})
					got = append(got, within[1:]...)
				default:
					got, err = read(ctx, nil)
				}
				cancel()
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("reader %d: %d rows of %d, error %v", reader, len(got), len(want), err)
				}
			}
		})
	}
	readers.Wait()
}

// TestMoreQueriesThanAreKept asks more different texts than a connection keeps, then
// the first again.
func TestMoreQueriesThanAreKept(t *testing.T) {
	s, id := open(t)
	g, list := can(t, s, id, auth.ReadAccount), can(t, s, id, auth.ListPeople)
	for range 2 {
		for many := range 120 {
			people := make([]int64, many)
			got, err := s.Portraits(t.Context(), list, people...)
			if err != nil || len(got) != 0 {
				t.Fatalf("of %d people: %d, error %v", many, len(got), err)
			}
		}
		if roots, err := s.Roots(t.Context(), g); err != nil || len(roots) != 0 {
			t.Fatalf("%d roots, error %v", len(roots), err)
		}
	}
}
