package web_test

import (
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
	"github.com/klarlagt/klarlagt/store"
)

// The people of a case: one who is in the register, one with a protected
// identity, one who is in no register. The numbers are published for tests.
const (
	numberOne       = "198803200016"
	numberProtected = "200002292399"
	mailOfStranger  = "bo@example.se"
)

// people writes the three into a case of the town.
func (h *house) people(id auth.CaseID) {
	h.t.Helper()
	s, ctx := h.tenants["town"], h.t.Context()
	entries := []breach.Entry{
		{Key: breach.Hide("1"), Group: "pupils", Names: []breach.FullName{{Given: breach.Hide("Kajsa"), Surname: breach.Hide("Anka")}}, NationalIDs: []breach.Personal{breach.Hide(numberOne)}},
		{Key: breach.Hide("2"), Group: "pupils", Names: []breach.FullName{{Given: breach.Hide("Joakim"), Surname: breach.Hide("von Anka")}}, NationalIDs: []breach.Personal{breach.Hide(numberProtected)}, Protected: true},
	}
	var all iter.Seq2[breach.Entry, error] = func(yield func(breach.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
	g := h.console("town", auth.Ask{Action: auth.Resolve, Case: id})
	err := s.SaveIndex(ctx, g, func(f *os.File, scratch string) error {
		return register.WriteIndex(f, scratch, register.Secret{1}, all)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	w, err := s.BeginPeople(ctx, g)
	if err != nil {
		h.t.Fatal(err)
	}
	for n := range int64(3) {
		p := store.Person{Number: n + 1, Grade: breach.Likely, Probability: 0.95, Kinds: breach.KindsOf(breach.Health), Exposures: []breach.Exposure{{Kind: breach.Health, Grade: breach.Likely, Places: 1}}}
		if n < 2 {
			p.Entries = []breach.EntryID{breach.EntryID(n)}
		} else {
			p.Stranger, p.Identifiers = true, []breach.Finding{{Kind: breach.Email, Form: "email", Value: breach.Hide(mailOfStranger)}}
		}
		if err := w.Person(p); err != nil {
			h.t.Fatal(err)
		}
		h.enlist(w, p)
	}
	h.ask(w)
	if err = w.Summary("links", 1); err == nil {
		err = w.Commit()
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// member is somebody with roles who works on a case, signed in.
func (h *house) member(id auth.CaseID, name string, roles ...auth.Role) *browser {
	h.t.Helper()
	u := h.hired("town", name, roles...)
	if err := h.control.Join(h.t.Context(), h.console("town", auth.Ask{Action: auth.ManageMembers, Case: id, Object: string(u), Subject: u})); err != nil {
		h.t.Fatal(err)
	}
	return h.entered(name)
}

// entered is somebody's browser, just signed in, that follows where it is sent.
func (h *house) entered(name string) *browser {
	h.t.Helper()
	u, ok, err := h.control.UserNamed(h.t.Context(), name)
	if err != nil || !ok {
		h.t.Fatalf("no user %s: %v", name, err)
	}
	b := h.as(u)
	b.client.CheckRedirect = nil
	b.keepToken()
	return b
}

// incident is a town with a case and its three people.
func incident(t *testing.T) (*house, auth.CaseID, string) {
	t.Helper()
	h := newHouse(t)
	h.administrator("town", "chief")
	c, err := h.tenants["town"].OpenCase(t.Context(), auth.Console("test", "town", h.now()), "Intrång i skolan", h.now())
	if err != nil {
		t.Fatal(err)
	}
	h.people(c.ID)
	return h, c.ID, "/cases/" + string(c.ID)
}

func TestOnePersonIsFoundByAWholeValueAndShownForAPurpose(t *testing.T) {
	h, id, base := incident(t)
	b := h.member(id, "kalle", auth.Desk)
	b.get(base+"/people").is(200, base+"/people")
	for name, try := range map[string][]string{
		"half a number":    {"value", numberOne[:8], "purpose", "answer-inquiry"},
		"a name":           {"value", "Kajsa Anka", "purpose", "answer-inquiry"},
		"another's number": {"value", "198507099805", "purpose", "answer-inquiry"},
		"a wildcard":       {"value", "%", "purpose", "answer-inquiry"},
		"protected":        {"value", numberProtected, "purpose", "answer-inquiry"},
	} {
		if b.post(base+"/people", try...).is(200, base+"/people").says("Nobody was found"); strings.Contains(b.words(), try[1]) {
			t.Errorf("%s: what was typed stands on the page", name)
		}
	}
	if got := b.post(base+"/people", "value", numberOne).verdict(); got != auth.NoPurpose {
		t.Errorf("without a purpose: %q", got)
	}
	b.post(base+"/people", "value", numberOne, "purpose", "answer-inquiry").is(200, base+"/people/p1")
	if words := b.words(); strings.Contains(words, "Kajsa") || strings.Contains(words, numberOne) {
		t.Error("who it is stands there unasked")
	}
	b.post(base+"/people", "value", " BO@example.se ", "purpose", "answer-inquiry").is(200, base+"/people/p3")
	b.get(base + "/people/p1")
	b.post(base+"/people/p1/reveal", "purpose", "").is(403, base+"/people/p1/reveal")
	b.post(base+"/people/p1/reveal", "purpose", "answer-inquiry").is(200, base+"/people/p1/reveal").says("Kajsa Anka")
	b.says(numberOne)
	if b.header.Get("Cache-Control") != "no-store" {
		t.Error("the browser may keep what was shown")
	}
	b.get(base + "/people/p1")
	if strings.Contains(b.words(), "Kajsa") {
		t.Error("the next page shows it still")
	}
	b.post(base+"/people/p2/reveal", "purpose", "answer-inquiry").is(422, base+"/people/p2/reveal").says("protected identity")
	b.get(base+"/people/p9").is(404, base+"/people/p9")
	for _, r := range h.journal("town") {
		if line, _ := r.Line(); strings.Contains(string(line), numberOne) || strings.Contains(string(line), "Anka") {
			t.Errorf("a value is in the journal: record %d", r.Seq)
		}
	}
	h.pass(auth.StepUpFor + time.Minute)
	b.post(base+"/people/p3/reveal", "purpose", "answer-inquiry").is(200, "/step-up")
}

func TestBudgetsStopAndAreRaisedBySomebodyElse(t *testing.T) {
	h, id, base := incident(t)
	b, officer := h.member(id, "kalle", auth.Desk), h.member(id, "kajsa", auth.DPO)
	spend := func(n int) {
		t.Helper()
		u, _, err := h.control.UserNamed(t.Context(), "kalle")
		if err != nil {
			t.Fatal(err)
		}
		s, _ := auth.Begin(u.User, "town", []auth.Role{auth.Desk}, []auth.CaseID{id}, auth.OwnNetwork, h.now())
		for i := range n {
			if _, err := h.tenants["town"].Grant(t.Context(), s, auth.Ask{Action: auth.Reveal, Case: id, Object: fmt.Sprintf("person:p%d", 100+i), Purpose: auth.JudgeMatch, Now: h.now()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	reveal := func() *browser { return b.post(base+"/people/p1/reveal", "purpose", "answer-inquiry") }
	spend(38)
	if strings.Contains(reveal().is(200, base+"/people/p1/reveal").words(), "Four fifths") {
		t.Error("warned with 39 of 50")
	}
	b.post(base+"/people/p3/reveal", "purpose", "answer-inquiry").is(200, base+"/people/p3/reveal").says("Four fifths") // the 40th
	spend(48)
	if got := b.post(base+"/people", "value", mailOfStranger, "purpose", "answer-inquiry").verdict(); got != auth.BudgetSpent {
		t.Errorf("beyond the budget: %q", got)
	}
	u, _, err := h.control.UserNamed(t.Context(), "kalle")
	if err != nil {
		t.Fatal(err)
	}
	officer.post(base+"/members/"+string(u.User)+"/raise", "more", "many").is(422, base+"/members/"+string(u.User)+"/raise")
	officer.get(base + "/members")
	officer.post(base+"/members/"+string(u.User)+"/raise", "more", "10").is(200, base+"/members")
	b.post(base+"/people", "value", mailOfStranger, "purpose", "answer-inquiry").is(200, base+"/people/p3")
}

// keepToken puts the session's cookie into the jar, as a sign-in would.
func (b *browser) keepToken() {
	b.t.Helper()
	at, err := url.Parse(b.site.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: "__Host-session", Value: b.token, Path: "/", Secure: true}})
}

// link finds where a page leads to that has a part in it.
func (b *browser) link(part string) string {
	b.t.Helper()
	found := ""
	each(b.page, func(n *html.Node) {
		if n.Data == "a" && strings.Contains(attr(n, "href"), part) && found == "" {
			found = attr(n, "href")
		}
	})
	if found == "" {
		b.t.Fatalf("%s leads to no %s: %s", b.path, part, b.words())
	}
	return found
}
