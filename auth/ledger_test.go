package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// ledger keeps what the store would, in memory.
type ledger struct {
	cases     map[auth.CaseID]auth.Case
	approvals map[string]auth.Approval
	spent     auth.Spent
	acts      []auth.Act
	down      bool
}

func newLedger() *ledger {
	return &ledger{cases: map[auth.CaseID]auth.Case{}, approvals: map[string]auth.Approval{}}
}

func (l *ledger) Case(_ context.Context, id auth.CaseID) (auth.Case, bool, error) {
	c, ok := l.cases[id]
	return c, ok, nil
}

func (l *ledger) Approval(_ context.Context, id string) (auth.Approval, bool, error) {
	a, ok := l.approvals[id]
	return a, ok, nil
}

func (l *ledger) SaveApproval(_ context.Context, a auth.Approval) error {
	l.approvals[a.ID] = a
	return nil
}

func (l *ledger) Spent(context.Context, auth.UserID, auth.CaseID, string, time.Time) (auth.Spent, error) {
	return l.spent, nil
}

var errFull = errors.New("disk full")

func (l *ledger) Append(_ context.Context, a auth.Act) error {
	if l.down {
		return errFull
	}
	l.acts = append(l.acts, a)
	return nil
}

// last is the newest line of the journal.
func (l *ledger) last() auth.Act {
	if len(l.acts) == 0 {
		return auth.Act{}
	}
	return l.acts[len(l.acts)-1]
}

// at is a moment so long after the beginning of one run of the server.
func at(d time.Duration) auth.Instant {
	return auth.Instant{Wall: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Add(d), Run: "run", Up: d}
}

// user is somebody signed in a moment ago, who works on the cases.
func user(id auth.UserID, role auth.Role, cases ...auth.CaseID) auth.Session {
	s, _ := auth.Begin(id, "town", []auth.Role{role}, cases, auth.OwnNetwork, at(0))
	return s
}

// must checks an ask that has to be allowed.
func must(t *testing.T, l *ledger, s auth.Session, ask auth.Ask) auth.Grant {
	t.Helper()
	g, err := auth.Check(t.Context(), l, s, ask)
	if err != nil {
		t.Fatalf("%s of %s: %v", ask.Action, s.User, err)
	}
	return g
}

// approve takes an act through its two approvals.
func approve(t *testing.T, l *ledger, author auth.Session, action auth.Action, c auth.CaseID, payload []byte) auth.Approval {
	t.Helper()
	a, err := auth.NewApproval(must(t, l, author, auth.Ask{Action: auth.Propose, Case: c, Now: at(0)}), action, payload, []byte("preview"), at(0))
	if err != nil {
		t.Fatalf("propose %s: %v", action, err)
	}
	for _, other := range []auth.UserID{"first", "second"} {
		g := must(t, l, user(other, auth.Approver, c), auth.Ask{Action: auth.Approve, Case: c, Now: at(0)})
		if a, err = a.Open(g, []byte("preview"), at(0)); err != nil {
			t.Fatalf("open the preview of %s: %v", action, err)
		}
		if a, err = a.Agree(g, at(0)); err != nil {
			t.Fatalf("agree to %s: %v", action, err)
		}
	}
	l.approvals[a.ID] = a
	return a
}

// verdictOf is the verdict of an error of a check.
func verdictOf(t *testing.T, err error) auth.Verdict {
	t.Helper()
	var refused *auth.Refused
	switch {
	case err == nil:
		return auth.Allowed
	case errors.As(err, &refused):
		return refused.Verdict
	}
	t.Fatalf("not a verdict: %v", err)
	return ""
}
