package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/journal"
)

// failures are the records of sign-ins that failed: what was tried, by whom, and
// why it came to nothing.
func (h *house) failures(tenant auth.TenantID) []string {
	h.t.Helper()
	var list []string
	for _, r := range h.journal(tenant) {
		if r.Verdict == journal.Refused && (r.Act == "sign-in" || r.Act == "step-up" || r.Act == "set-up" || r.Act == "change-password") {
			list = append(list, fmt.Sprintf("%s by %s: %s, %d committed to", r.Act, r.Who, r.Object, len(r.Commitments)))
		}
	}
	return list
}

func TestWhatFailsIsInTheJournalOfWhoeversItIs(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	other := h.administrator("village", "kajsa")
	p.post("/step-up", "password", "wrong", "code", "000000").is(422, "/step-up")
	p.get("/account")
	p.post("/account/password", "old", "wrong", "password", "åtta igelkottar i en skog").is(422, "/account/password")
	b := h.browser()
	for _, name := range []string{"nobody", "Kalle ", "kajsa", "nobody"} {
		b.post("/sign-in", "name", name, "password", "wrong", "code", "000000").is(422, "/sign-in")
	}
	b.post("/set-up", "code", "AAAA-BBBB-CCCC-DDDD").is(422, "/set-up")
	b.do(http.MethodPost, "/sign-in/passkey", nil)
	id, their := string(h.self(p)), string(h.self(other))
	if got, want := h.failures("town"), []string{
		"step-up by " + id + ": why=wrong,failed=1, 0 committed to",
		"change-password by " + id + ": why=wrong,failed=2, 0 committed to",
		"sign-in by nobody: why=wrong,failed=1, 1 committed to",
		"sign-in by " + id + ": why=wrong,failed=1, 1 committed to",
		"sign-in by nobody: why=wrong,failed=2, 1 committed to",
		"set-up by nobody: why=wrong, 0 committed to",
	}; !slices.Equal(got, want) {
		t.Errorf("town:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got, want := h.failures("village"), []string{"sign-in by " + their + ": why=wrong,failed=1, 1 committed to"}; !slices.Equal(got, want) {
		t.Errorf("village: %q, want %q", got, want)
	}
	h.pass(time.Minute)
	p.signIn()
	if last := h.journal("town"); !slices.ContainsFunc(last, func(r journal.Record) bool { return r.Object == "sign-in,after=1" }) {
		t.Error("the sign-in does not tell of the try before it")
	}
}

// TestFailuresDoNotFillTheJournal fails far more often than the journal takes in
// an hour, with names that nobody has and one that somebody has.
func TestFailuresDoNotFillTheJournal(t *testing.T) {
	h := newHouse(t)
	h.administrator("town", "kalle")
	b := h.browser()
	try := func(n int) {
		for i := range n {
			b.post("/set-up", "code", fmt.Sprintf("AAAA-BBBB-CCCC-%04d", i)).is(422, "/set-up")
		}
	}
	try(100)
	b.post("/sign-in", "name", "kalle", "password", "wrong", "code", "000000").is(422, "/sign-in")
	if got := len(h.failures("town")); got != 60 {
		t.Errorf("%d records of 101 failures, want 60", got)
	}
	h.pass(time.Hour)
	try(1)
	got := h.failures("town")
	if len(got) != 61 || !strings.Contains(got[60], "untold=41") {
		t.Errorf("the next window begins with %q, want that 41 had no record", got[len(got)-1])
	}
}
