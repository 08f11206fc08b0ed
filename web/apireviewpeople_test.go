package web_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
)

func TestAProgramSaysWhoIsOnePerson(t *testing.T) {
	h := newHouse(t)
	u, id := h.worker("joakim", auth.Investigator)
	h.people(id)
	p, base := h.programFor(u, forPrograms()...), "/api/v1/cases/"+string(id)+"/review"
	if p.do("GET", base+"/people?of=p1&with=p2", ""); p.status != 200 || p.said["hidden"] != true || len(p.list("fields")) != 0 || len(p.list("people")) != 2 || bytes.Contains(p.raw, []byte("Kajsa")) {
		t.Fatalf("beside each other: %d %s", p.status, p.raw)
	}
	seen, _ := p.said["seen"].(string)
	say := func(body string, headers ...string) *program {
		return p.do("POST", base+"/people", fmt.Sprintf(body, seen), headers...)
	}
	for name, c := range map[string]struct{ body, kind string }{
		"of another resolve":          {`{"of":"p1","with":["p2"],"is":"same","seen":"1%s","reason":"moved"}`, "refusal:resolved-since"},
		"without a reason":            {`{"of":"p1","with":["p2"],"is":"same","seen":"%s","reason":" "}`, "refusal:judgement-reason"},
		"of oneself":                  {`{"of":"p1","with":["p1"],"is":"same","seen":"%s","reason":"moved"}`, "refusal:one-already"},
		"of somebody alone":           {`{"of":"p1","is":"same","seen":"%s","reason":"moved"}`, "refusal:one-already"},
		"that an entry is two":        {`{"of":"p1","is":"apart","other":[0],"seen":"%s","reason":"two"}`, "refusal:one-entry"},
		"of nobody":                   {`{"of":"p1","with":["p9"],"is":"same","seen":"%s","reason":"moved"}`, "refusal:beside-person"},
		"by the key of a register":    {`{"of":"pupils:1","with":["p2"],"is":"same","seen":"%s","reason":"moved"}`, "refusal:beside-person"},
		"of an answer that is none":   {`{"of":"p1","with":["p2"],"is":"cousins","seen":"%s","reason":"moved"}`, ""},
		"of nobody, with nobody else": {`{"of":"","is":"same","seen":"%s","reason":"moved"}`, ""},
	} {
		if say(c.body); p.status != 422 || c.kind != "" && p.kind() != c.kind {
			t.Errorf("%s: %d %s, want %s", name, p.status, p.raw, c.kind)
		}
	}
	one := `{"of":"p1","with":["p2"],"is":"same","seen":"%s","reason":"moved"}`
	first := string(say(one, "Idempotency-Key", "a").raw)
	if again := say(one, "Idempotency-Key", "a"); again.status != 200 || string(again.raw) != first {
		t.Errorf("asked again: %d %s, before %s", again.status, again.raw, first)
	}
	if say(`{"of":"p1","with":["p2"],"is":"apart","seen":"%s","reason":"two cousins"}`); p.kind() != "refusal:judgement-contradicts" {
		t.Errorf("contradicted: %d %s", p.status, p.raw)
	}
	if p.do("GET", base+"/people/said", ""); len(p.list("said")) != 1 || !bytes.Contains(p.raw, []byte(`"says":"same"`)) || !bytes.Contains(p.raw, []byte("Joined by hand")) {
		t.Errorf("said: %d %s", p.status, p.raw)
	}
	if p.do("POST", base+"/people/1/undo", ""); p.status != 200 {
		t.Errorf("taken back: %d %s", p.status, p.raw)
	}
	if p.do("POST", base+"/people/1/undo", ""); p.kind() != "refusal:nothing-judged" {
		t.Errorf("taken back twice: %d %s", p.status, p.raw)
	}
}

func TestAProgramAnswersAQuestionByItsSort(t *testing.T) {
	h := newHouse(t)
	u, id := h.worker("joakim", auth.Investigator)
	h.people(id)
	p, base := h.programFor(u, forPrograms()...), "/api/v1/cases/"+string(id)+"/review"
	if p.do("GET", base+"/1/beside", ""); p.kind() != "refusal:judgement-of-place" {
		t.Errorf("whose a place is, beside: %d %s", p.status, p.raw)
	}
	if p.do("POST", base+"/1", `{"is":"same","reason":"moved"}`); p.kind() != "refusal:judgement-of-place" {
		t.Errorf("whose a place is, as if of people: %d %s", p.status, p.raw)
	}
	if p.do("GET", base+"/9/beside", ""); p.status != 404 {
		t.Errorf("no such question: %d", p.status)
	}
	reader := h.programFor(u, auth.ListPeople)
	for _, path := range []string{"/people?of=p1", "/people/said", "/1/beside"} {
		if reader.do("GET", base+path, ""); reader.kind() != "verdict:out-of-scope" {
			t.Errorf("%s without the scope: %v", path, reader.said)
		}
	}
}
