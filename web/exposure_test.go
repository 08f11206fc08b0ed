package web_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

// enlist puts a person on the lists: p1 and p2 are pupils, of whom p2 has a
// protected identity, and p3 is in no register.
func (h *house) enlist(w *store.PeopleWriter, p store.Person) {
	h.t.Helper()
	of, groups := store.Portrait{Protected: p.Number == 2, Groups: []string{"pupils"}}, []int64{store.Everybody, 1}
	if p.Stranger {
		of, groups = store.Portrait{}, []int64{store.Outside}
	}
	if err := w.Enlist(p, of, groups...); err != nil {
		h.t.Fatal(err)
	}
}

// ask writes what a resolve says as a whole, and one question: whether a place
// speaks of p1.
func (h *house) ask(w *store.PeopleWriter) {
	h.t.Helper()
	count := casework.Count{Registered: 40, Likely: 12, Upper: 14}
	health := count
	health.Kind = breach.Health
	hidden := casework.Count{Kind: breach.ProtectedIdentity, Registered: 40, Likely: 1, Unknown: 39, Upper: 7}
	rows := []casework.Row{{Counts: []casework.Count{count, health, hidden}}, {Group: "pupils", Counts: []casework.Count{count, health, hidden}}}
	err := w.Summary("result", casework.Result{At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Rows: rows, Lists: []string{"pupils"}, OneOf: 1})
	if err == nil {
		err = w.Question(store.Question{Number: 1, Key: store.QuestionKey{1}, Path: "skola/lista.txt", Place: breach.At(breach.Step{Unit: breach.Line, N: 3}),
			Kinds: breach.KindsOf(breach.Health), Why: "one-of", WhyKinds: breach.KindsOf(breach.Name), Probability: 0.5,
			People: []int64{1}, Entries: [][]store.RegisterKey{{{Register: "pupils", Key: breach.Hide("1")}}}})
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// newExposed is a case with people in it, and somebody who judges their links.
func newExposed(t *testing.T) (*person, string) {
	t.Helper()
	h := newHouse(t)
	boss := h.administrator("town", "kalle")
	p := boss.hire("kajsa", auth.Investigator)
	p.post("/cases", "title", "Intrång")
	page := p.path
	h.people(auth.CaseID(strings.TrimPrefix(page, "/cases/")))
	return p, page
}

func TestNumbersLeadToListsWithoutTheProtected(t *testing.T) {
	p, page := newExposed(t)
	p.get(page+"/exposure").is(200, page+"/exposure").says("12")
	var paths []string
	each(p.page, func(n *html.Node) {
		if to := attr(n, "href"); n.Data == "a" && strings.Contains(to, "/exposure/list?") {
			paths = append(paths, to)
		}
	})
	if len(paths) < 4 {
		t.Fatalf("%d numbers lead to lists", len(paths))
	}
	for _, to := range paths {
		words := p.get(to).words()
		if p.status != 200 || !strings.Contains(words, "p1") || strings.Contains(words, "p2") || strings.Contains(words, "Kajsa") {
			t.Errorf("%s: status %d: %s", to, p.status, words)
		}
	}
	if got := p.get(page + "/exposure/list?group=1&kind=health&grade=certainly").status; got != 404 {
		t.Errorf("a grade that there is none: status %d", got)
	}
	words := p.get(page+"/exposure/p1").is(200, page+"/exposure/p1").words()
	if strings.Contains(words, "Kajsa") || strings.Contains(words, numberOne) {
		t.Error("the page of a person says who it is")
	}
}

func TestQuestionIsJudgedWithAReasonAndTakenBack(t *testing.T) {
	p, page := newExposed(t)
	one := page + "/review/1"
	p.get(page+"/review").is(200, page+"/review").says("skola/lista.txt")
	p.get(one).is(200, one).says("It is p1")
	p.post(one, "is", "p1", "reason", " ").is(422, one).says("Say why")
	p.post(one, "is", "p9", "reason", "the class list").is(422, one)
	p.post(one, "is", "p1", "reason", "the class list").is(200, page+"/review").says("Nothing waits")
	p.says("Something was answered since")
	p.get(one).says("the class list")
	p.post(one+"/undo").is(200, one).says("Taken back")
	p.get(page + "/review").says("skola/lista.txt")
	if got := p.get(page + "/review/2").status; got != 404 {
		t.Errorf("a question that there is none: status %d", got)
	}
}

func TestPeopleAreNamedByNumberAlone(t *testing.T) {
	p, page := newExposed(t)
	p.get(page + "/review?show=people").says("Nobody was joined")
	p.get(page + "/review/people").says("Two people by their numbers")
	for _, who := range []string{"?of=pupils:1", "?of=p1&with=1"} {
		if words := p.get(page + "/review/people" + who).words(); p.status != 422 || !strings.Contains(words, "nobody of that number") {
			t.Errorf("%s: status %d: %s", who, p.status, words)
		}
	}
	if got := p.post(page + "/review/people/7/undo").status; got != 404 {
		t.Errorf("nothing was said that could be taken back: status %d", got)
	}
}

func TestDemoLinkWorksOnceAndOnlyInADemo(t *testing.T) {
	h := newHouse(t)
	h.administrator("town", "kalle")
	user := h.hired("town", "kajsa", auth.Investigator)
	demo := &web.Demo{Token: auth.NewToken(), User: user, Tenant: "town", Case: "c1"}
	if got := h.browser().get(demo.Path()).status; got != 404 {
		t.Errorf("no demo: status %d", got)
	}
	h.server.Demo, h.server.Plain = demo, true
	if got := h.browser().get("/demo/" + auth.NewToken().Reveal()).status; got != 404 {
		t.Errorf("another token: status %d", got)
	}
	b := h.browser().get(demo.Path())
	if got := h.browser().get(demo.Path()).status; got != 404 {
		t.Errorf("the second time: status %d", got)
	}
	b.get("/cases").is(200, "/cases")
}
