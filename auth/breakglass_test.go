package auth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

var watchers = auth.Watchers{DPO: breach.Hide("dpo@example.fi"), CISO: breach.Hide("security@example.fi")}

const reason = "A family has to be moved tonight."

// breakIt has somebody at the desk, who does not work on the case, break its glass.
func breakIt(t *testing.T, l *ledger) auth.BreakGlass {
	t.Helper()
	l.cases["case"] = auth.Case{ID: "case", Tenant: "town", Bearers: []auth.UserID{"duty"}}
	g := must(t, l, user("duty", auth.Desk), auth.Ask{Action: auth.BreakTheGlass, Case: "case", Now: at(0)})
	b, mails, err := auth.NewBreakGlass(g, reason, watchers, at(0))
	if err != nil {
		t.Fatal(err)
	}
	if len(mails) != 2 || mails[0].To != watchers.DPO || mails[1].To != watchers.CISO {
		t.Fatalf("mails to %d, want to both watchers", len(mails))
	}
	for _, m := range mails {
		if out := fmt.Sprintf("%+v", m); strings.Contains(out, "family") || strings.Contains(out, "example.fi") || m.Args["Case"] != "case" {
			t.Errorf("the mail is %s", out)
		}
	}
	c := l.cases["case"]
	c.Glasses = []auth.BreakGlass{b}
	l.cases["case"] = c
	return b
}

func TestBrokenGlassOpensReadingForAnHour(t *testing.T) {
	l := newLedger()
	b := breakIt(t, l)
	for _, c := range []struct {
		name  string
		who   auth.UserID
		after time.Duration
		want  auth.Verdict
	}{
		{"at once", "duty", 0, auth.Allowed},
		{"just within the hour", "duty", auth.GlassFor - time.Second, auth.Allowed},
		{"after the hour", "duty", auth.GlassFor, auth.NotYourRole},
		{"a colleague", "another", 0, auth.NotYourRole},
	} {
		s, _ := auth.Begin(c.who, "town", []auth.Role{auth.Desk}, nil, auth.OwnNetwork, at(c.after))
		g, err := auth.Check(t.Context(), l, s, auth.Ask{Action: auth.ListPeople, Case: "case", Now: at(c.after)})
		if got := verdictOf(t, err); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if err == nil && (g.Glass() != b.ID || l.last().Glass != b.ID) {
			t.Errorf("%s: nothing says that it was through glass", c.name)
		}
	}
}

func TestGlassClocks(t *testing.T) {
	b := breakIt(t, newLedger())
	for _, c := range []struct {
		name string
		now  auth.Instant
		open bool
	}{
		{"clock set back", moment{61 * time.Minute, -50 * time.Minute, "run", 0}.instant(), false},
		{"clock set forward", moment{time.Minute, 2 * time.Hour, "run", 0}.instant(), false},
		{"started anew", moment{time.Minute, 0, "next", 0}.instant(), true},
		{"started anew, clock set back", moment{time.Minute, -2 * time.Minute, "next", 0}.instant(), false},
	} {
		if b.Open(c.now) != c.open {
			t.Errorf("%s: open is %v", c.name, !c.open)
		}
	}
}

func TestGlassAddsUpWhatPassed(t *testing.T) {
	const m = time.Minute
	for _, c := range []struct {
		name    string
		touches []moment
		open    bool // at the last
	}{
		{"used all the while", []moment{{20 * m, 0, "run", 0}, {40 * m, 0, "run", 0}, {59 * m, 0, "run", 0}}, true},
		{"used beyond the hour", []moment{{30 * m, 0, "run", 0}, {60 * m, 0, "run", 0}}, false},
		{"two requests at once, the later first", []moment{{30*m + 1, 0, "run", 0}, {30 * m, 0, "run", 0}, {59 * m, 0, "run", 0}}, true},
		{"clock set back through a new start", []moment{{50 * m, 0, "run", 0}, {50 * m, 0, "next", 50 * m}, {61 * m, -50 * m, "next", 50 * m}}, false},
		{"clock set back between runs", []moment{{50 * m, 0, "run", 0}, {51 * m, -40 * m, "next", 50 * m}}, false},
		{"ended by a clock that nobody can trust stays ended", []moment{{50 * m, 0, "run", 0}, {51 * m, -40 * m, "next", 50 * m}, {52 * m, 0, "next", 50 * m}}, false},
	} {
		b := breakIt(t, newLedger())
		for _, touch := range c.touches {
			b = b.Touch(touch.instant())
		}
		if last := c.touches[len(c.touches)-1].instant(); b.Open(last) != c.open {
			t.Errorf("%s: open is %v, after %v", c.name, !c.open, b.Age)
		}
	}
}

func TestBrokenGlassIsReviewedByAnother(t *testing.T) {
	l := newLedger()
	b := breakIt(t, l)
	dpo := user("dpo", auth.DPO, "case")
	payload := []byte("close it")
	closing := func() error {
		a := approve(t, l, dpo, auth.Close, "case", payload)
		_, err := auth.Check(t.Context(), l, dpo, auth.Ask{Action: auth.Close, Case: "case", Approval: a.ID, Payload: payload, Now: at(0)})
		return err
	}
	if err := closing(); verdictOf(t, err) != auth.ReviewFirst {
		t.Errorf("closing with glass that nobody has reviewed: %v", err)
	}
	g := must(t, l, dpo, auth.Ask{Action: auth.ReviewGlass, Case: "case", Subject: "duty", Now: at(0)})
	if _, err := b.Review(g, "fine"); err == nil {
		t.Error("a finding that is none was taken")
	}
	done, err := b.Review(g, auth.Justified)
	if err != nil || done.Reviewed != "dpo" || done.Open(at(0)) {
		t.Fatalf("reviewed by %q, open %v, %v", done.Reviewed, done.Open(at(0)), err)
	}
	if _, err := done.Review(g, auth.Unjustified); err == nil {
		t.Error("a review was reviewed")
	}
	elsewhere, abroad := b, b
	elsewhere.Case, abroad.Tenant = "second", "neighbour"
	for name, other := range map[string]auth.BreakGlass{"another case": elsewhere, "another tenant": abroad} {
		if _, err := other.Review(g, auth.Justified); verdictOf(t, err) != auth.NoSuchCase {
			t.Errorf("glass of %s: %v", name, err)
		}
	}
	own := b
	own.User = "dpo"
	if _, err := own.Review(g, auth.Justified); verdictOf(t, err) != auth.NotOneself {
		t.Errorf("own glass: %v", err)
	}
	c := l.cases["case"]
	c.Glasses = nil
	l.cases["case"] = c
	if err := closing(); err != nil {
		t.Errorf("closing after the review: %v", err)
	}
}

func TestGlassThatDoesNotBreak(t *testing.T) {
	l := newLedger()
	l.cases["case"] = auth.Case{ID: "case", Tenant: "town", Bearers: []auth.UserID{"duty"}}
	g := must(t, l, user("duty", auth.Desk), auth.Ask{Action: auth.BreakTheGlass, Case: "case", Now: at(0)})
	for _, long := range []int{20, 1000} {
		if _, _, err := auth.NewBreakGlass(g, strings.Repeat("å", long), watchers, at(0)); err != nil {
			t.Errorf("a reason of %d characters: %v", long, err)
		}
	}
	for name, c := range map[string]struct {
		reason string
		w      auth.Watchers
		key    string
	}{
		"no reason":        {"", watchers, "refusal.glass-reason"},
		"blanks":           {strings.Repeat(" ", 40), watchers, "refusal.glass-reason"},
		"a word too few":   {"It cannot wait. Now", watchers, "refusal.glass-reason"},
		"a novel":          {strings.Repeat("x", 1001), watchers, "refusal.glass-reason"},
		"nobody to tell":   {reason, auth.Watchers{}, "refusal.glass-mail"},
		"only one to tell": {reason, auth.Watchers{DPO: watchers.DPO}, "refusal.glass-mail"},
	} {
		var refusal *breach.Refusal
		if _, _, err := auth.NewBreakGlass(g, c.reason, c.w, at(0)); !errors.As(err, &refusal) || refusal.Key != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
}
