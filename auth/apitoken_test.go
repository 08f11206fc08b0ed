package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// own is the grant to change one's own means to sign in.
func own(t *testing.T) auth.Grant {
	t.Helper()
	g, err := auth.Check(t.Context(), newLedger(), user("anna", auth.DPO, "case"), auth.Ask{Action: auth.OwnSignIn, Now: at(0)})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAPITokensThatAreNotMade(t *testing.T) {
	for _, c := range []struct {
		name, called string
		scopes       []auth.Action
		lasts        time.Duration
	}{
		{"no scope", "lists", nil, time.Hour},
		{"an act that asks for a person", "lists", []auth.Action{auth.ListCases, auth.Reveal}, time.Hour},
		{"no such act", "lists", []auth.Action{"everything"}, time.Hour},
		{"no name", "", []auth.Action{auth.ListCases}, time.Hour},
		{"a long name", strings.Repeat("a", 101), []auth.Action{auth.ListCases}, time.Hour},
		{"no time", "lists", []auth.Action{auth.ListCases}, 0},
		{"more than a year", "lists", []auth.Action{auth.ListCases}, 400 * 24 * time.Hour},
	} {
		if _, _, err := auth.NewAPIToken(own(t), breach.Hide(c.called), c.scopes, c.lasts, at(0).Wall); err == nil {
			t.Errorf("%s: made", c.name)
		}
	}
	if _, _, err := auth.NewAPIToken(auth.Grant{}, breach.Hide("lists"), []auth.Action{auth.ListCases}, time.Hour, at(0).Wall); err == nil {
		t.Error("made without a grant")
	}
}

func TestAnAPITokenDoesLessThanItsOwner(t *testing.T) {
	token, secret, err := auth.NewAPIToken(own(t), breach.Hide("lists"), []auth.Action{auth.ReadFacts, auth.Decide}, time.Hour, at(0).Wall)
	if err != nil {
		t.Fatal(err)
	}
	if again, ok := auth.ParseAPIToken(auth.APITokenText(secret)); !ok || again.Hash() != secret.Hash() {
		t.Error("its text is not read back")
	}
	for _, c := range []struct {
		name   string
		after  time.Duration
		action auth.Action
		roles  []auth.Role
		want   auth.Verdict
	}{
		{"what it is for", time.Minute, auth.ReadFacts, []auth.Role{auth.DPO}, auth.Allowed},
		{"what it is not for", time.Minute, auth.ListPeople, []auth.Role{auth.DPO}, auth.OutOfScope},
		{"what asks for a person", time.Minute, auth.Reveal, []auth.Role{auth.DPO}, auth.OutOfScope},
		{"the owner has lost the role", time.Minute, auth.Decide, []auth.Role{auth.Communications}, auth.NotYourRole},
		{"the owner has no role", time.Minute, auth.ReadFacts, nil, auth.NotYourRole},
		{"after its end", time.Hour, auth.ReadFacts, []auth.Role{auth.DPO}, auth.SignedOut},
		{"before it was made", -time.Second, auth.ReadFacts, []auth.Role{auth.DPO}, auth.SignedOut},
	} {
		l := newLedger()
		l.cases["case"] = auth.Case{ID: "case", Tenant: "town"}
		s, _ := token.Session(c.roles, []auth.CaseID{"case"}, auth.OwnNetwork, at(c.after))
		if _, err := auth.Check(t.Context(), l, s, auth.Ask{Action: c.action, Case: "case", Object: "p1", Purpose: auth.AnswerInquiry, Now: at(c.after)}); l.last().Verdict != c.want {
			t.Errorf("%s: %s (%v)", c.name, l.last().Verdict, err)
		}
	}
}

func FuzzAPIToken(f *testing.F) {
	f.Add("klarlagt_" + strings.Repeat("A", 43))
	f.Add("klarlagt_")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if token, ok := auth.ParseAPIToken(text); ok && auth.APITokenText(token) != text {
			t.Error("a token has two texts")
		}
	})
}
