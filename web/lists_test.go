package web_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// list puts p1, p2 who is protected, and p3 on the list of a resolve, with health
// data of p1 only likely where unsure.
func (h *house) list(w *store.PeopleWriter, unsure bool, names ...string) {
	h.t.Helper()
	var all []store.Listed
	for i, name := range names {
		l := store.Listed{Who: w.ListKey(breach.Hide(name)), Number: int64(i) + 1, Protected: name == "p2", Proven: breach.KindsOf(breach.Health)}
		if unsure {
			l.Proven, l.Likely = 0, l.Proven
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b store.Listed) int { return bytes.Compare(a.Who[:], b.Who[:]) })
	err := w.List(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), func(yield func(store.Listed, error) bool) {
		for _, l := range all {
			if !yield(l, nil) {
				return
			}
		}
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// listed makes a version of the list by a resolve that does nothing else.
func (h *house) listed(id auth.CaseID, unsure bool, names ...string) {
	h.t.Helper()
	w, err := h.tenants["town"].BeginPeople(h.t.Context(), h.console("town", auth.Ask{Action: auth.Resolve, Case: id}))
	if err != nil {
		h.t.Fatal(err)
	}
	h.list(w, unsure, names...)
	if err := w.Commit(); err != nil {
		h.t.Fatal(err)
	}
}

func TestListsAreComparedAndFrozenByTwo(t *testing.T) {
	h, id, base := incident(t)
	officer := h.member(id, "kajsa", auth.DPO)
	first, second := h.member(id, "joakim", auth.Approver), h.member(id, "farmor", auth.Approver)
	h.listed(id, true, "p1", "p2")
	h.listed(id, false, "p1", "p2", "p3")
	words := officer.get(base+"/lists/2").is(200, base+"/lists/2").says("New: 1").says("Gone: 0").says("With other data: 1").words()
	if !strings.Contains(words, "fewer than 5") || strings.Contains(words, "p2") || !strings.Contains(words, "Likely → Proven") {
		t.Errorf("the page of version 2 says %s", words)
	}
	officer.get(base+"/lists/2?from=1").is(200, base+"/lists/2")
	for _, path := range []string{"/lists/9", "/lists/x", "/lists/2?from=7", "/lists/2?from=-1"} {
		if got := officer.get(base + path).status; got != 404 {
			t.Errorf("%s: status %d", path, got)
		}
	}
	officer.post(base+"/lists/1/freeze").is(422, base+"/lists/1/freeze").says("not the newest")
	officer.get(base+"/lists").is(200, base+"/lists").says("Propose to freeze version 2")
	officer.post(base + "/lists/2/freeze")
	proposal := officer.path
	approval := strings.Replace(proposal, "/proposals/", "/approvals/", 1)
	for _, b := range []*browser{first, second} {
		b.get(approval).is(200, approval).says("root_sha256")
		b.post(approval+"/agree").is(200, approval)
	}
	officer.post(proposal+"/do").is(200, base+"/lists").says("1 March 2026")
	if strings.Contains(officer.words(), "Propose to freeze") {
		t.Error("what is frozen can be proposed once more")
	}
}
