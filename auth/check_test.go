package auth_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

func TestWithoutTheJournalThereIsNoGrant(t *testing.T) {
	l := newLedger()
	l.cases["case"] = auth.Case{ID: "case", Tenant: "town"}
	ask := auth.Ask{Action: auth.ListPeople, Case: "case", Now: at(0)}
	must(t, l, user("u", auth.Reviewer, "case"), ask)
	l.down = true
	g, err := auth.Check(t.Context(), l, user("u", auth.Reviewer, "case"), ask)
	if !errors.Is(err, errFull) || g.Valid() {
		t.Errorf("a grant that is valid: %v, with %v", g.Valid(), err)
	}
	if g.For(auth.ListPeople) == nil {
		t.Error("the grant of a check that failed is taken")
	}
}

// lost is a journal that cannot tell what it is asked.
type lost struct{ *ledger }

func (lost) Case(context.Context, auth.CaseID) (auth.Case, bool, error) {
	return auth.Case{}, false, errFull
}

func TestWithoutTheFactsThereIsNoGrant(t *testing.T) {
	g, err := auth.Check(t.Context(), lost{newLedger()}, user("u", auth.Reviewer, "case"), auth.Ask{Action: auth.ListPeople, Case: "case", Now: at(0)})
	if !errors.Is(err, errFull) || g.Valid() {
		t.Errorf("a grant that is valid: %v, with %v", g.Valid(), err)
	}
}

// TestNobodyElseMakesAGrant rests on the compiler: of a struct without exported
// fields, another package can write down the zero value alone.
func TestNobodyElseMakesAGrant(t *testing.T) {
	grant := reflect.TypeFor[auth.Grant]()
	for i := range grant.NumField() {
		if f := grant.Field(i); f.IsExported() || f.Anonymous {
			t.Errorf("field %s of a grant can be set from outside", f.Name)
		}
	}
	var zero auth.Grant
	if zero.Valid() || zero.For(auth.Actions()...) == nil {
		t.Error("the zero grant is leave for something")
	}
	if err := zero.For(""); !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("the zero grant is leave for no action at all: %v", err)
	}
	for name, use := range map[string]func() error{
		"propose": func() error {
			_, err := auth.NewApproval(zero, auth.Close, nil, nil, at(0))
			return err
		},
		"open":     func() error { _, err := auth.Approval{}.Open(zero, nil, at(0)); return err },
		"agree":    func() error { _, err := auth.Approval{}.Agree(zero, at(0)); return err },
		"decline":  func() error { _, err := auth.Approval{}.Decline(zero, at(0)); return err },
		"withdraw": func() error { _, err := auth.Approval{}.Withdraw(zero); return err },
		"raise":    func() error { _, err := auth.NewRaise(zero, auth.OfUser, 1, at(0).Wall); return err },
		"glass": func() error {
			_, _, err := auth.NewBreakGlass(zero, "people would come to harm", auth.Watchers{}, at(0))
			return err
		},
		"review": func() error { _, err := auth.BreakGlass{}.Review(zero, auth.Justified); return err },
	} {
		if err := use(); !errors.Is(err, auth.ErrNoGrant) {
			t.Errorf("%s with the zero grant: %v", name, err)
		}
	}
}

func TestAGrantSaysWhatItIsFor(t *testing.T) {
	l := newLedger()
	l.cases["case"] = auth.Case{ID: "case", Tenant: "town"}
	g := must(t, l, user("u", auth.Desk, "case"), auth.Ask{Action: auth.Reveal, Case: "case", Object: "p17", Purpose: auth.AnswerInquiry, Now: at(time.Minute)})
	if g.Tenant() != "town" || g.Case() != "case" || g.Who() != "u" || g.Action() != auth.Reveal || g.Purpose() != auth.AnswerInquiry ||
		g.Object() != "p17" || g.Shows() != auth.Values || g.Protected() || g.Glass() != "" || g.NearBudget() || g.Payload() != nil {
		t.Errorf("the grant says something else than was asked: %+v", g)
	}
	if err := g.For(auth.ListPeople, auth.Reveal); err != nil {
		t.Errorf("a grant for reveal: %v", err)
	}
	if err := g.For(auth.ListPeople); !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("a grant for reveal lists people: %v", err)
	}
	a := l.last()
	if a.Who != "u" || a.Case != "case" || a.Object != "p17" || a.Purpose != auth.AnswerInquiry || a.Verdict != auth.Allowed ||
		a.Origin != auth.OwnNetwork || a.Session == "" || !a.At.Equal(at(time.Minute).Wall) {
		t.Errorf("the journal says %+v", a)
	}
}

// TestNobodyLearnsWhetherACaseIsThere compares the answers, word for word.
func TestNobodyLearnsWhetherACaseIsThere(t *testing.T) {
	l := newLedger()
	l.cases["closed"] = auth.Case{ID: "closed", Tenant: "town", Closed: true}
	l.cases["others"] = auth.Case{ID: "others", Tenant: "town"}
	l.cases["theirs"] = auth.Case{ID: "theirs", Tenant: "neighbour"}
	for _, rule := range auth.Rules() {
		if rule.In == auth.InTenant {
			continue
		}
		for _, role := range auth.Roles() {
			var said []string
			for _, c := range []auth.CaseID{"closed", "others", "theirs", "none"} {
				_, err := auth.Check(t.Context(), l, user("u", role, "mine"), auth.Ask{Action: rule.Action, Case: c, Subject: "x", Purpose: auth.JudgeMatch, Now: at(0)})
				if err == nil {
					t.Fatalf("%s, %s: may see case %s", rule.Action, role, c)
				}
				var refusal *breach.Refusal
				if !errors.As(err, &refusal) {
					t.Fatalf("%s, %s: %v", rule.Action, role, err)
				}
				said = append(said, refusal.Key+" "+err.Error())
			}
			if said[0] != said[3] || said[1] != said[3] || said[2] != said[3] {
				t.Errorf("%s, %s: the answers differ: %q", rule.Action, role, said)
			}
		}
	}
}

func TestAsksThatAreMistakesOfOurs(t *testing.T) {
	for name, ask := range map[string]auth.Ask{
		"an action that is none":   {Action: "read-everything", Now: at(0)},
		"a tenant's act on a case": {Action: auth.ManageUsers, Case: "case", Now: at(0)},
	} {
		if g, err := auth.Check(t.Context(), newLedger(), user("u", auth.Administrator), ask); !errors.Is(err, auth.ErrNoGrant) || g.Valid() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := auth.Check(t.Context(), newLedger(), user("u", auth.Reviewer), auth.Ask{Action: auth.ListPeople, Now: at(0)}); verdictOf(t, err) != auth.NoSuchCase {
		t.Errorf("an act of a case without one: %v", err)
	}
}

func TestAFreeTextIsNoPurpose(t *testing.T) {
	l := newLedger()
	l.cases["case"] = auth.Case{ID: "case", Tenant: "town"}
	_, err := auth.Check(t.Context(), l, user("u", auth.Desk, "case"), auth.Ask{Action: auth.Search, Case: "case", Purpose: "because", Now: at(0)})
	if verdictOf(t, err) != auth.NoPurpose {
		t.Errorf("got %v", err)
	}
}

func BenchmarkCheck(b *testing.B) {
	l := newLedger()
	l.cases["case"] = auth.Case{ID: "case", Tenant: "town"}
	s := user("u", auth.Desk, "case")
	for b.Loop() {
		if _, err := auth.Check(b.Context(), l, s, auth.Ask{Action: auth.Reveal, Case: "case", Object: "p1", Purpose: auth.AnswerInquiry, Now: at(0)}); err != nil {
			b.Fatal(err)
		}
	}
}
