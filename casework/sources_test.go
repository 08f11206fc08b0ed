package casework_test

import (
	"context"
	"maps"
	"testing"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// newCase opens a case without registers.
func newCase(t testing.TB, d *casework.Desk) store.CaseID {
	t.Helper()
	c, err := d.Open(context.Background(), "a test")
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// check holds the account of a case against what is wanted: the state and
// reason of each file.
func check(t testing.TB, d *casework.Desk, id store.CaseID, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	_, err := d.Account(context.Background(), id, func(r store.AccountRow) error {
		if r.Member == "" {
			got[r.Path] = string(r.Outcome.State) + " " + string(r.Outcome.Reason)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("the account is\n%q\nwant\n%q", got, want)
	}
}
