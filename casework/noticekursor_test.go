package casework_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// In January 2014 a city's school for adults wrote to 13,600 people. A double
// click sent it twice, a log file with everybody's address had got into the
// field of the text, some were told of another's course, and the correction
// went out two minutes past midnight. Here each of that is tried.
func TestTheNightOfThirteenThousandIsStopped(t *testing.T) {
	students := campaign("KLARLAGT_CHAOS_PEOPLE", 200)
	d := desk(t, t.TempDir())
	id := course(t, d, students)
	s := newSink(t)

	t.Run("the log in the text", func(t *testing.T) {
		for name, plant := range map[string]string{
			"a line of a mail log": "Sep 22 02:14:07 mail postfix/smtp[812]: 4F1A2B: to=<nobody.7@example.com>, status=sent",
			"another's address":    "Skriv till nobody.9@example.com.",
			"a list of students":   fmt.Sprintf("%s %s, %s %s", givens[3], surnames[0], givens[4], surnames[0]),
			"a number":             student(5).NationalIDs[0].Reveal(),
		} {
			draft := mailFirst()
			text := draft.Texts["sv"]
			text.Happened += "\n\n" + plant
			draft.Texts["sv"] = text
			n, err := d.WriteNotice(t.Context(), id, "n1", draft)
			if err == nil {
				n, err = d.FreezeNotice(t.Context(), id, n)
			}
			if got := refused(err); got != "refusal.notice-leaks" && len(n.Frozen.Wording) == 0 {
				t.Errorf("%s: frozen (%v), and nobody is told what the wording holds", name, got)
			}
			if n.Frozen != nil {
				for _, w := range n.Frozen.Wording {
					if strings.Contains(w, "nobody") || strings.Contains(w, surnames[0]) {
						t.Errorf("%s: the warning repeats it", name)
					}
				}
			}
		}
	})
	t.Run("nobody else has looked", func(t *testing.T) {
		n := frozenNotice(t, d, id, mailFirst())
		if _, err := d.ProposeSending(t.Context(), id, n); refused(err) != "refusal.notice-not-rehearsed" {
			t.Errorf("proposed without a rehearsal: %v", err)
		}
		n, err := d.RehearseNotice(t.Context(), id, n, casework.RehearseOptions{Seeds: []string{"seed@example.com"}, Relay: s.relay(), Inbox: s, Every: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		a, err := d.ProposeSending(t.Context(), id, n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.BeginSending(t.Context(), id, n, a.ID); refused(err) != "refusal.notice-not-approved" {
			t.Errorf("begun alone: %v", err)
		}
		r, err := d.ReleaseWave(t.Context(), id, n, 1, "click")
		if err != nil || r.Now {
			t.Errorf("released without approval: %+v, %v", r, err)
		}
	})
	t.Run("the double click", func(t *testing.T) { doubleClick(t, d, id, s, students) })
	if !t.Failed() {
		t.Logf("%d students: a log, an address, a list and a number in the text stopped; not begun alone; of 20 presses from two pages one released; none sent at midnight; none twice", students)
	}
}

// doubleClick releases from two pages, each pressed several times, and sends
// from two processes at once.
func doubleClick(t *testing.T, d *casework.Desk, id store.CaseID, s *sink, students int) {
	n := readyToSend(t, d, id, frozenNotice(t, d, id, mailFirst()), s)
	before, _ := s.counts()
	midnight := time.Date(2026, 9, 22, 21, 2, 0, 0, time.UTC) // two minutes past, in Helsinki
	d.Now = func() time.Time { return midnight }
	var wait sync.WaitGroup
	var released [20]bool
	for press := range released {
		wait.Go(func() {
			r, err := d.ReleaseWave(t.Context(), id, n, 1, []string{"page one", "page two"}[press%2])
			if released[press] = r.Now; err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for press := range released {
		if released[press] != released[press%2] || released[0] == released[1] { // the same key gets the same answer
			t.Fatalf("of presses from two pages by turns, released: %v", released)
		}
	}
	n, err := d.Notice(t.Context(), id, n.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Once: true}); err != nil {
		t.Error(err)
	}
	if taken, _ := s.counts(); taken != before {
		t.Errorf("%d went out at midnight", taken-before)
	}
	d.Now = func() time.Time { return midnight.Add(10 * time.Hour) }
	var locked int
	var mu sync.Mutex
	for range 3 {
		wait.Go(func() {
			_, err := d.SendNotices(context.WithoutCancel(t.Context()), id, n, casework.SendOptions{Relay: s.relay(), Once: true})
			mu.Lock()
			defer mu.Unlock()
			if refused(err) == "refusal.sending" {
				locked++
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	taken, twice := s.counts()
	counts, err := d.NoticeCounts(t.Context(), id, n)
	if err != nil {
		t.Fatal(err)
	}
	if canary := counts[1][breach.Accepted]; twice != 0 || int64(taken-before) != canary || canary == 0 || canary > int64(students)*2/3 {
		t.Errorf("%d taken in the first wave, %d of them twice, %d in the ledger, %d times locked out", taken-before, twice, canary, locked)
	}
	if _, err := d.ReleaseWave(t.Context(), id, n, 3, "all at once"); refused(err) == "<nil>" {
		t.Error("the rest was released before the second wave")
	}
}

// kept opens an approved notice with its first two waves released.
func kept(t *testing.T, students int, s *sink) (*casework.Desk, store.CaseID, casework.Notice) {
	t.Helper()
	d := desk(t, t.TempDir())
	id := course(t, d, students)
	n := readyToSend(t, d, id, frozenNotice(t, d, id, mailFirst()), s)
	if _, err := d.ReleaseWave(t.Context(), id, n, 1, "one"); err != nil {
		t.Fatal(err)
	}
	n, err := d.Notice(t.Context(), id, n.ID)
	if err != nil {
		t.Fatal(err)
	}
	return d, id, n
}

func TestItHaltsByItself(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(n int, to string) string
		want  string
	}{
		{"a wrong list", func(int, string) string { return "550 5.1.1 unknown" }, "refused"},
		{"a server that puts everything off", func(int, string) string { return "451 4.3.0 later" }, "deferred"},
		{"a server that never answers the dot", func(int, string) string { return "lose" }, "uncertain"},
		{"a good server", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSink(t)
			d, id, n := kept(t, 50, s) // all in the first wave
			s.fault = c.fault
			before, _ := s.counts()
			run, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Connections: 4, Ahead: 4, Once: true})
			if err != nil || run.Halted != c.want {
				t.Fatalf("halted %q (%v), want %q", run.Halted, err, c.want)
			}
			states := total(t, d, id, n)
			taken, twice := s.counts()
			if states[breach.Handing] != 0 || int64(taken-before) != states[breach.Accepted] || twice != 0 {
				t.Errorf("%v, and the server has %d", states, taken-before)
			}
			if c.want == "" {
				return
			}
			if states[breach.Released] == 0 {
				t.Error("nothing was left to stop")
			}
			again, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Once: true})
			if err != nil || again.Halted != c.want || len(again.Handled) != 0 {
				t.Errorf("it went on: %+v, %v", again, err)
			}
			lifts(t, d, id, n, s)
		})
	}
}

// lifts has two others lift a halt, and sends what is left.
func lifts(t *testing.T, d *casework.Desk, id store.CaseID, n casework.Notice, s *sink) {
	t.Helper()
	n, err := d.Notice(t.Context(), id, n.ID)
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.ProposeLifting(t.Context(), id, n)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.LiftHalt(t.Context(), id, n, a.ID); refused(err) != "refusal.notice-not-approved" {
		t.Errorf("lifted alone: %v", err)
	}
	if a, err = d.ProposeLifting(t.Context(), id, n); err != nil {
		t.Fatal(err)
	}
	agree(t, d, id, a.ID)
	if err := d.LiftHalt(t.Context(), id, n, a.ID); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.fault = nil
	s.mu.Unlock()
	later := noon.Add(2 * time.Hour)
	d.Now = func() time.Time { return later }
	if _, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Once: true}); err != nil {
		t.Error(err)
	}
	if states := total(t, d, id, n); states[breach.Released]+states[breach.Deferred]+states[breach.Handing] != 0 {
		t.Errorf("after the halt was lifted: %v", states)
	}
}

func TestAHaltBySomebodyStopsASender(t *testing.T) {
	s := newSink(t)
	d, id, n := kept(t, 50, s)
	halted := make(chan error, 1)
	s.fault = func(seen int, _ string) string {
		if seen == 10 { // the server answers nobody until the halt is on record
			halted <- d.HaltNotice(context.Background(), id, n)
		}
		return ""
	}
	run, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Connections: 2, Ahead: 2, Once: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-halted; err != nil {
		t.Fatal(err)
	}
	if run.Halted != "by_hand" || run.Handled[breach.Accepted] > 40 || total(t, d, id, n)[breach.Handing] != 0 {
		t.Errorf("halted %q after %v", run.Halted, run.Handled)
	}
}

func TestASenderThatIsStoppedLosesNothing(t *testing.T) {
	s := newSink(t)
	d, id, n := kept(t, 50, s)
	ctx, cancel := context.WithCancel(t.Context())
	s.fault = func(seen int, _ string) string {
		if seen == 12 {
			cancel()
		}
		return ""
	}
	before, _ := s.counts()
	if _, err := d.SendNotices(ctx, id, n, casework.SendOptions{Relay: s.relay(), Once: true}); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.fault = nil
	s.mu.Unlock()
	run, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Once: true})
	taken, twice := s.counts()
	if err != nil || run.Recovered != 0 || taken-before != 50 || twice != 0 {
		t.Errorf("recovered %d, taken %d, twice %d, error %v", run.Recovered, taken-before, twice, err)
	}
}

func TestWhoNeedsCareIsNotMailed(t *testing.T) {
	d := desk(t, t.TempDir())
	with := func(n int, f func(*breach.Entry)) breach.Entry {
		e := student(1000 + n)
		f(&e)
		return e
	}
	born := func(e *breach.Entry, day string) { e.NationalIDs, e.BirthDate = nil, breach.Hide(day) }
	parent := with(1, func(*breach.Entry) {})
	odd := []breach.Entry{
		parent,
		with(2, func(e *breach.Entry) { e.Protected = true }),
		with(3, func(e *breach.Entry) { born(e, "2015-05-05"); e.Guardians = parent.NationalIDs }),
		with(4, func(e *breach.Entry) { born(e, "2015-05-05") }),
		with(5, func(e *breach.Entry) {
			e.Emails = []breach.Personal{breach.Hide("info@example.com")}
			e.Addresses = nil
		}),
		with(6, func(e *breach.Entry) { e.Emails = nil }),
		with(7, func(e *breach.Entry) { e.BirthDate = breach.Hide("1961-01-01") }),
		with(8, func(e *breach.Entry) { e.Names = nil }),
		with(9, func(e *breach.Entry) { born(e, "") }),
	}
	id := course(t, d, 20, odd...)
	draft := mailFirst()
	draft.Custody = true
	n := frozenNotice(t, d, id, draft)
	want := map[string]string{"p21": "email first", "p22": "hand", "p23": "email guardian", "p24": "hand", "p25": "hand", "p26": "letter first", "p27": "hand", "p28": "hand", "p29": "hand"}
	for person, ways := range want {
		proofs, err := d.ProveNotice(t.Context(), id, breach.PersonID(person), auth.AnswerInquiry)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range proofs {
			if p.Notice.Subject == breach.PersonID(person) && p.Notice.Channel != breach.Nobody {
				way := string(p.Notice.Channel)
				if p.Notice.Channel != breach.ByHand {
					way += " " + p.Notice.Letter
				}
				got = append(got, way)
			}
		}
		if strings.Join(got, ", ") != ways {
			t.Errorf("%s: %v, want %s", person, got, ways)
		}
	}
	if n.Frozen.ByReason["unfit"] != 1 || n.Frozen.ByReason["guardians_told"] != 1 {
		t.Errorf("reasons %v", n.Frozen.ByReason)
	}
}

func TestTheNextVersionGoesToWhomTheFirstDidNotReach(t *testing.T) {
	s := newSink(t)
	d, id, n := kept(t, 50, s)
	s.fault = func(n int, to string) string {
		switch {
		case strings.HasPrefix(to, "nobody.3@"):
			return "550 5.1.1 unknown"
		case strings.HasPrefix(to, "nobody.4@"):
			return "drop"
		}
		return ""
	}
	if _, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Once: true}); err != nil {
		t.Fatal(err)
	}
	next, err := d.WriteNotice(t.Context(), id, n.ID, mailFirst())
	if err == nil {
		next, err = d.FreezeNotice(t.Context(), id, next)
	}
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(next.Frozen.ByReason)
	if next.Version != 2 || got != "map[after_failure:1 arrived:48 waiting:1]" || next.Frozen.ByChannel[breach.Paper] != 1 || next.Frozen.Count != 1 {
		t.Errorf("version %d: %s, %v", next.Version, got, next.Frozen.ByChannel)
	}
}
