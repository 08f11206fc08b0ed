package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

func TestNobodyIsToldTheyAreNotAffectedOnAGuess(t *testing.T) {
	h, id, base := incident(t)
	page := base + "/unaffected"
	b := h.member(id, "kalle", auth.Desk)
	b.get(base+"/people").is(200, base+"/people")
	b.get(b.link("/unaffected")).is(200, page)
	for name, try := range map[string]struct{ value, says string }{
		"somebody who is affected": {numberOne, "is affected, or may be (p1)"},
		"in no register, affected": {mailOfStranger, "is affected, or may be (p3)"},
		"a protected identity":     {numberProtected, "Hand the question to the data protection officer"},
		"half a number":            {numberOne[:8], "neither a whole identity number nor an e-mail address"},
		"before a list is frozen":  {"198507099805", "No version of the list"},
	} {
		if words := b.post(page, "value", try.value, "name", "Iris Anka").is(422, page).says(try.says).words(); strings.Contains(words, try.value) || strings.Contains(words, "Iris") {
			t.Errorf("%s: what was typed stands on the page", name)
		}
	}
	for _, r := range h.journal("town") {
		if line, _ := r.Line(); strings.Contains(string(line), numberOne) || strings.Contains(string(line), "Iris") {
			t.Errorf("a value is in the journal: record %d", r.Seq)
		}
	}
	other := h.member(id, "joakim", auth.Investigator)
	if got := other.post(page, "value", "198507099805").verdict(); got != auth.NotYourRole {
		t.Errorf("an investigator answers: %q", got)
	}
	h.pass(auth.StepUpFor + time.Minute)
	b.post(page, "value", "198507099805").is(200, "/step-up")
}
