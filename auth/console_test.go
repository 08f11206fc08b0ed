package auth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

func TestConsoleActsAlone(t *testing.T) {
	console := auth.Console("console:1000", "town", at(0))
	for name, c := range map[string]struct {
		ask   auth.Ask
		spent auth.Spent
		shut  bool
		want  auth.Verdict
	}{
		"reads the account":            {ask: auth.Ask{Action: auth.ReadAccount, Case: "c1"}, want: auth.Allowed},
		"opens a case":                 {ask: auth.Ask{Action: auth.OpenCase}, want: auth.Allowed},
		"exports values, alone":        {ask: auth.Ask{Action: auth.ExportValues, Case: "c1", Purpose: auth.HandOver}, want: auth.Allowed},
		"reveals without a purpose":    {ask: auth.Ask{Action: auth.Reveal, Case: "c1", Object: "p1"}, want: auth.NoPurpose},
		"reveals with one of its own":  {ask: auth.Ask{Action: auth.Reveal, Case: "c1", Object: "p1", Purpose: "because"}, want: auth.NoPurpose},
		"reveals somebody protected":   {ask: auth.Ask{Action: auth.RevealProtected, Case: "c1", Object: "p1", Purpose: auth.ReachPerson}, want: auth.Allowed},
		"a case that is not there":     {ask: auth.Ask{Action: auth.ReadAccount, Case: "c2"}, want: auth.NoSuchCase},
		"a case of another tenant":     {ask: auth.Ask{Action: auth.ReadAccount, Case: "other"}, want: auth.NoSuchCase},
		"a case that is closed":        {ask: auth.Ask{Action: auth.Scan, Case: "c1"}, shut: true, want: auth.CaseClosed},
		"over budget, and told so":     {ask: auth.Ask{Action: auth.Reveal, Case: "c1", Object: "p1", Purpose: auth.JudgeMatch}, spent: auth.Spent{User: 1e6}, want: auth.Allowed},
		"days after it began":          {ask: auth.Ask{Action: auth.Scan, Case: "c1", Now: at(100 * time.Hour)}, want: auth.Allowed},
		"with the clock set back":      {ask: auth.Ask{Action: auth.Scan, Case: "c1", Now: at(-100 * time.Hour)}, want: auth.Allowed},
		"an action that there is not":  {ask: auth.Ask{Action: "rewrite"}, want: ""},
		"raises its own budget, alone": {ask: auth.Ask{Action: auth.RaiseBudget, Subject: "console:1000"}, want: auth.NotOneself},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger()
			l.cases["c1"] = auth.Case{ID: "c1", Tenant: "town", Closed: c.shut}
			l.cases["other"] = auth.Case{ID: "other", Tenant: "village"}
			l.spent = c.spent
			if c.ask.Now == (auth.Instant{}) {
				c.ask.Now = at(time.Hour)
			}
			g, err := auth.Check(t.Context(), l, console, c.ask)
			var no *auth.Refused
			got := auth.Allowed
			switch {
			case errors.As(err, &no):
				got = no.Verdict
			case err != nil:
				got = ""
			}
			if got != c.want || g.Valid() != (c.want == auth.Allowed) {
				t.Fatalf("verdict %q, want %q", got, c.want)
			}
			if c.want != "" && (l.last().Verdict != c.want || l.last().Origin != auth.AtConsole) {
				t.Errorf("the journal says %q from %q", l.last().Verdict, l.last().Origin)
			}
			if g.NearBudget() != (c.spent.User > 0) {
				t.Errorf("told that the budget is near its end: %t", g.NearBudget())
			}
		})
	}
}
