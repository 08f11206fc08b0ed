package casework_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// addToRegisters adds a register of one to a case.
func addToRegisters(t testing.TB, d *casework.Desk, id store.CaseID, e breach.Entry) {
	t.Helper()
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.ImportRegister, Case: id, Now: auth.Instant{Wall: noon}})
	if err != nil {
		t.Fatal(err)
	}
	e.Register, e.Row, e.Key = "late", 2, breach.Hide("L-1")
	r := store.Register{Name: e.Register, ImportedAt: noon, Rows: 1}
	_, err = d.Store.ImportRegister(t.Context(), g, &r, false, func(im *store.Import) error { return im.Entry(e, fmt.Append(nil, e.Key.Reveal())) })
	if err != nil {
		t.Fatal(err)
	}
}

// What was looked through when it was frozen is looked through once more where
// the registers have changed since: here somebody turns up whose user name is
// what stands in another's message.
func TestRegistersThatChangeAfterFreezingAreHeardAtSending(t *testing.T) {
	s := newSink(t)
	d, id, n := kept(t, 12, s)
	proofs, err := d.ProveNotice(t.Context(), id, "p3", auth.AnswerInquiry)
	if err != nil || len(proofs) != 1 {
		t.Fatalf("%d proofs, error %v", len(proofs), err)
	}
	addToRegisters(t, d, id, breach.Entry{Names: []breach.FullName{{Given: breach.Hide("Kaino"), Surname: breach.Hide("Vieras")}}, Usernames: []breach.Personal{breach.Hide(proofs[0].Code)}})
	run, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Connections: 1, Once: true})
	if err != nil || run.Halted != "leak" {
		t.Errorf("halted %q (%v), want leak", run.Halted, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, message := range s.taken {
		if strings.Contains(string(message), proofs[0].Code) {
			t.Error("the message was handed over all the same")
		}
	}
}

func TestWhatChangesWhileItIsFrozenIsNotFrozen(t *testing.T) {
	d := desk(t, t.TempDir())
	id := course(t, d, 5)
	n, err := d.WriteNotice(t.Context(), id, "", mailFirst())
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	d.Now = func() time.Time { // asked for by the grant, and then by whoever reads the registers
		if calls++; calls == 2 {
			addToRegisters(t, d, id, breach.Entry{Names: []breach.FullName{{Given: breach.Hide("Kaino"), Surname: breach.Hide("Vieras")}}})
		}
		return noon
	}
	if n, err = d.FreezeNotice(t.Context(), id, n); refused(err) != "refusal.notice-basis-moved" || n.State != store.NoticeDraft {
		t.Errorf("%s, error %v; want a draft, and to be told of the register", n.State, err)
	}
	if n, err = d.FreezeNotice(t.Context(), id, n); err != nil || n.State != store.NoticeFrozen {
		t.Errorf("%s, error %v; want it frozen, now that nothing changes", n.State, err)
	}
}
