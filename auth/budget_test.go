package auth_test

import (
	"slices"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

func TestBudgets(t *testing.T) {
	desk, reviewer := []auth.Role{auth.Desk}, []auth.Role{auth.Desk, auth.Reviewer}
	for _, c := range []struct {
		name   string
		limits auth.Limits
		roles  []auth.Role
		spent  auth.Spent
		want   auth.BudgetState
	}{
		{"nothing", auth.Limits{}, desk, auth.Spent{}, auth.WithinBudget},
		{"below four fifths", auth.Limits{}, desk, auth.Spent{User: 39}, auth.WithinBudget},
		{"four fifths", auth.Limits{}, desk, auth.Spent{User: 40}, auth.NearBudget},
		{"the last one", auth.Limits{}, desk, auth.Spent{User: 50}, auth.NearBudget},
		{"one too many", auth.Limits{}, desk, auth.Spent{User: 51}, auth.OverBudget},
		{"raised", auth.Limits{}, desk, auth.Spent{User: 51, UserRaise: 50}, auth.WithinBudget},
		{"the larger of two roles", auth.Limits{}, reviewer, auth.Spent{User: 200}, auth.WithinBudget},
		{"and its end", auth.Limits{}, reviewer, auth.Spent{User: 301}, auth.OverBudget},
		{"a role without one", auth.Limits{}, []auth.Role{auth.Communications}, auth.Spent{User: 51}, auth.OverBudget},
		{"the case", auth.Limits{}, reviewer, auth.Spent{User: 1, Case: 1001}, auth.OverBudget},
		{"the case, raised", auth.Limits{}, reviewer, auth.Spent{User: 1, Case: 1001, CaseRaise: 1000}, auth.WithinBudget},
		{"the tenant", auth.Limits{}, reviewer, auth.Spent{User: 1, Case: 1, Tenant: 2400}, auth.NearBudget},
		{"set lower", auth.Limits{User: map[auth.Role]int{auth.Desk: 10}}, desk, auth.Spent{User: 11}, auth.OverBudget},
		{"set higher", auth.Limits{User: map[auth.Role]int{auth.Desk: 100}, Case: 5000, Tenant: 9000}, desk, auth.Spent{User: 70, Case: 3000, Tenant: 7000}, auth.WithinBudget},
	} {
		if got := c.limits.State(c.roles, c.spent); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestACheckStopsAtTheBudget(t *testing.T) {
	l := newLedger()
	l.cases["case"] = auth.Case{ID: "case", Tenant: "town"}
	ask := auth.Ask{Action: auth.Reveal, Case: "case", Object: "p1", Purpose: auth.AnswerInquiry, Now: at(0)}
	l.spent = auth.Spent{User: 45}
	if g := must(t, l, user("u", auth.Desk, "case"), ask); !g.NearBudget() {
		t.Error("nobody is warned at nine tenths")
	}
	l.spent = auth.Spent{User: 51}
	if _, err := auth.Check(t.Context(), l, user("u", auth.Desk, "case"), ask); verdictOf(t, err) != auth.BudgetSpent {
		t.Errorf("one beyond the budget: %v", err)
	}
}

func TestRaises(t *testing.T) {
	l := newLedger()
	l.cases["case"] = auth.Case{ID: "case", Tenant: "town"}
	g := must(t, l, user("dpo", auth.DPO, "case"), auth.Ask{Action: auth.RaiseBudget, Case: "case", Subject: "u", Now: at(0)})
	r, err := auth.NewRaise(g, auth.OfUser, 100, at(0).Wall)
	if err != nil || r.For != "u" || r.By != "dpo" || r.More != 100 {
		t.Fatalf("%+v, %v", r, err)
	}
	for after, want := range map[time.Duration]bool{0: true, 23 * time.Hour: true, auth.Day: false, -time.Second: false} {
		if r.InForce(at(after).Wall) != want {
			t.Errorf("after %v in force: %v", after, !want)
		}
	}
	for _, more := range []int{1, 1000} {
		if _, err := auth.NewRaise(g, auth.OfUser, more, at(0).Wall); err != nil {
			t.Errorf("by %d: %v", more, err)
		}
	}
	for _, more := range []int{0, -5, 1001} {
		if _, err := auth.NewRaise(g, auth.OfUser, more, at(0).Wall); err == nil {
			t.Errorf("raised by %d", more)
		}
	}
	tenant := must(t, l, user("dpo", auth.DPO), auth.Ask{Action: auth.RaiseBudget, Subject: "u", Now: at(0)})
	if _, err := auth.NewRaise(tenant, auth.OfCase, 1, at(0).Wall); err == nil {
		t.Error("the budget of no case was raised")
	}
	if r, err := auth.NewRaise(tenant, auth.OfTenant, 1, at(0).Wall); err != nil || r.Case != "" {
		t.Errorf("the tenant's: %+v, %v", r, err)
	}
}

func TestHideSmall(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts []int64
		hide   []bool
	}{
		{"none", nil, []bool{}},
		{"all large", []int64{5, 9, 700}, []bool{false, false, false}},
		{"one small: with the sum it could be worked out", []int64{4, 90, 7}, []bool{true, false, true}},
		{"one small, the next smallest before it", []int64{7, 4, 90}, []bool{true, true, false}},
		{"two small", []int64{4, 90, 0}, []bool{true, false, true}},
		{"alone", []int64{3}, []bool{true}},
	} {
		if got := auth.HideSmall(c.counts); !slices.Equal(got, c.hide) {
			t.Errorf("%s: %v of %v, want %v", c.name, got, c.counts, c.hide)
		}
	}
}

func TestTwoReaders(t *testing.T) {
	r, err := auth.NewReaders("a", "b")
	if err != nil || !r.Has("a") || !r.Has("b") || r.Has("c") || r.Has("") || (auth.Readers{}).Has("") {
		t.Errorf("%v, %v", r, err)
	}
	for _, pair := range [][2]auth.UserID{{"a", "a"}, {"", "b"}, {"a", ""}} {
		if _, err := auth.NewReaders(pair[0], pair[1]); err == nil {
			t.Errorf("%q are two readers", pair)
		}
	}
}
