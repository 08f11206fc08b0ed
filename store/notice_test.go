package store_test

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// frozen writes a notice to so many made-up readers and freezes it: each in
// wave one but the last, which no machine hands over.
func frozen(t testing.TB, s *store.Store, id store.CaseID, readers int) store.NoticeVersion {
	t.Helper()
	x, n := sealer(t, s, id)
	n, err := s.FreezeNotice(t.Context(), can(t, s, id, auth.FreezeNotice), x, sealed(x, dispatches(n, readers)), func() ([]byte, error) { return []byte("what was frozen"), nil })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sealer begins to freeze a notice.
func sealer(t testing.TB, s *store.Store, id store.CaseID) (*store.DispatchSealer, store.NoticeVersion) {
	t.Helper()
	n, err := s.NewNotice(t.Context(), can(t, s, id, auth.WriteNotice), "", []byte("what was written"))
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.DispatchSealer(t.Context(), can(t, s, id, auth.FreezeNotice), n, []byte("A title and a text."))
	if err != nil {
		t.Fatal(err)
	}
	return x, n
}

// sealed makes dispatches ready to be kept, in their order.
func sealed(x *store.DispatchSealer, dispatches iter.Seq2[store.Dispatch, error]) iter.Seq2[store.SealedDispatch, error] {
	return func(yield func(store.SealedDispatch, error) bool) {
		seq := int64(0)
		for d, err := range dispatches {
			seq++
			d.Seq = seq
			if !yield(x.Seal(d), err) {
				return
			}
		}
	}
}

func dispatches(n store.NoticeVersion, readers int) iter.Seq2[store.Dispatch, error] {
	return func(yield func(store.Dispatch, error) bool) {
		for i := range readers {
			person := breach.PersonID(fmt.Sprintf("p%06d", i+1))
			d := store.Dispatch{Wave: 1, State: breach.Planned, Reason: "in_order", Notice: breach.Notice{ID: n.ID, Version: int(n.Version), Subject: person, Reader: person,
				Letter: "first", Channel: breach.Mail, To: breach.Addressee{Name: breach.Hide("Made Up"), Email: breach.Hide(fmt.Sprintf("nobody.%d@example.com", i))},
				Parts: []breach.Wording{{Language: "en", Title: breach.Content("A title"), Text: breach.Content("A text.")}}, Bytes: breach.Content("From: x\r\n\r\ny\r\n")}}
			if i == readers-1 {
				d.Wave, d.Notice.Channel = 0, breach.Paper
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

func TestADispatchIsKeptWhereItWasSealedFor(t *testing.T) {
	for name, misplaced := range map[string]func(d store.Dispatch, own, other *store.DispatchSealer) store.SealedDispatch{
		"another's place": func(d store.Dispatch, own, _ *store.DispatchSealer) store.SealedDispatch {
			d.Seq++
			return own.Seal(d)
		},
		"another notice": func(d store.Dispatch, _, other *store.DispatchSealer) store.SealedDispatch { return other.Seal(d) },
	} {
		t.Run(name, func(t *testing.T) {
			s, id := open(t)
			own, n := sealer(t, s, id)
			other, _ := sealer(t, s, id)
			list := func(yield func(store.SealedDispatch, error) bool) {
				seq := int64(0)
				for d := range dispatches(n, 5) {
					seq++
					d.Seq = seq
					x := own.Seal(d)
					if seq > 3 {
						x = misplaced(d, own, other)
					}
					if !yield(x, nil) {
						return
					}
				}
			}
			_, err := s.FreezeNotice(t.Context(), can(t, s, id, auth.FreezeNotice), own, list, func() ([]byte, error) { return []byte("what was frozen"), nil })
			if !errors.Is(err, store.ErrMisplaced) {
				t.Errorf("got %v", err)
			}
			now, err := s.Notice(t.Context(), can(t, s, id, auth.FreezeNotice), n.ID, n.Version)
			if err != nil || now.State != store.NoticeDraft {
				t.Errorf("it is %s, error %v", now.State, err)
			}
		})
	}
}

// agreedTo has two others agree to a payload, and uses their approval.
func agreedTo(t testing.TB, s *store.Store, id store.CaseID, action auth.Action, payload string) (auth.Grant, string) {
	t.Helper()
	a, err := s.Propose(t.Context(), can(t, s, id, auth.Propose), store.Proposal{Action: action, Payload: []byte(payload)})
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []auth.UserID{"console:aino", "console:kalle"} {
		g, err := s.Grant(t.Context(), auth.Console(who, store.Local, moment(0)), auth.Ask{Action: auth.Approve, Case: id, Now: moment(0)})
		if err == nil {
			_, _, err = s.ShowApproval(t.Context(), g, a.ID)
		}
		if err == nil {
			_, err = s.Agree(t.Context(), g, a.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	g, err := s.Execute(t.Context(), console(), auth.Ask{Approval: a.ID, Payload: []byte(payload), Now: moment(0)})
	if err != nil {
		t.Fatal(err)
	}
	return g, a.ID
}

// approvedNotice lets a frozen version be sent.
func approvedNotice(t testing.TB, s *store.Store, id store.CaseID, n store.NoticeVersion) store.NoticeVersion {
	t.Helper()
	g, approval := agreedTo(t, s, id, auth.SendNotice, "exactly this")
	n, err := s.ApproveNotice(t.Context(), g, n, approval, []byte("exactly this"), n.Data)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// noticed is a notice of three readers, of which one was handed over and one
// is halted on the way.
func noticed(t *testing.T, s *store.Store, id store.CaseID) store.NoticeVersion {
	t.Helper()
	n := approvedNotice(t, s, id, frozen(t, s, id, 4))
	g := can(t, s, id, auth.ReleaseWave)
	if _, err := s.Release(t.Context(), g, n, store.Command{Key: "key", Wave: 1}); err != nil {
		t.Fatal(err)
	}
	taken, err := s.TakeTurn(t.Context(), g, n, store.Turn{Claim: due(t, s, g, n, 2), Now: clock})
	if err != nil || len(taken.Claimed) != 2 {
		t.Fatalf("%d claimed, error %v", len(taken.Claimed), err)
	}
	var done []store.Outcome
	for _, d := range taken.Claimed {
		done = append(done, store.Outcome{Seq: d.Seq, Attempt: d.Attempt, Was: breach.Handing, Becomes: breach.Accepted, Detail: breach.Hide("queued as 1")})
	}
	if _, err := s.TakeTurn(t.Context(), g, n, store.Turn{Outcomes: done, Now: clock, Note: true}); err != nil {
		t.Fatal(err)
	}
	printed(t, s, id, n, 4)
	return n
}

// due is what a sender would claim next.
func due(t *testing.T, s *store.Store, g auth.Grant, n store.NoticeVersion, most int) []store.Dispatch {
	t.Helper()
	list, err := s.Due(t.Context(), g, n, clock, store.Dispatch{}, most)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// printed makes a batch of the dispatch that no machine hands over.
func printed(t *testing.T, s *store.Store, id store.CaseID, n store.NoticeVersion, seq int64) (store.Batch, store.Piece) {
	t.Helper()
	g := can(t, s, id, auth.ReleaseWave)
	b, err := s.NewBatch(t.Context(), g, n, store.Batch{ID: fmt.Sprintf("B%d", seq), Data: []byte("how it is printed")}, clock, []store.Outcome{{Seq: seq, Was: breach.Planned, Becomes: breach.Handing}})
	p := store.Piece{Number: 1, Seq: seq, State: store.PieceMade, Data: []byte("where")}
	if err == nil {
		b, err = s.ChangeBatch(t.Context(), g, n, b, clock, []store.Piece{p}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	for p, err = range s.Pieces(t.Context(), g, b) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b, p
}

func opencase(t *testing.T, s *store.Store) store.CaseID {
	t.Helper()
	c, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func states(t testing.TB, s *store.Store, id store.CaseID, n store.NoticeVersion) string {
	t.Helper()
	counts, err := s.DispatchCounts(t.Context(), can(t, s, id, auth.ReadNotices), n)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for wave := int64(0); wave < 4; wave++ {
		for _, state := range breach.DeliveryStates() {
			if many := counts[wave][state]; many > 0 {
				parts = append(parts, fmt.Sprintf("%d %s %d", wave, state, many))
			}
		}
	}
	return strings.Join(parts, ", ")
}

// audited counts the steps, after holding their chain together.
func audited(t testing.TB, s *store.Store, id store.CaseID) (steps int, err error) {
	t.Helper()
	steps = count(s.Steps(t.Context(), can(t, s, id, auth.ReadNotices)), &err)
	return steps, err
}

func TestAWaveIsReleasedOnce(t *testing.T) {
	s, id := open(t)
	n := approvedNotice(t, s, id, frozen(t, s, id, 30))
	const requests = 300
	g := can(t, s, id, auth.ReleaseWave)
	answers := make([]store.Released, requests)
	var all sync.WaitGroup
	for worker := range 6 {
		all.Go(func() {
			for i := worker; i < requests; i += 6 {
				key := [...]string{"the page's key", "the other page's key", fmt.Sprintf("retry %d", i)}[i%3]
				var err error
				if answers[i], err = s.Release(t.Context(), g, n, store.Command{Key: key, Wave: 1}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	now, rows := map[string]bool{}, int64(0)
	for i, a := range answers {
		if a.Now {
			now[[...]string{"one", "other", "retries"}[i%3]] = true
		}
		if rows += a.Rows; a.By != "console:test" || a.At.IsZero() {
			t.Errorf("request %d is not told by whom and when: %+v", i, a)
		}
	}
	if len(now) != 1 || rows != 29 {
		t.Errorf("released by %v, %d rows; want one of the keys, and 29 rows", now, rows)
	}
	if steps, err := audited(t, s, id); steps != 1 || err != nil {
		t.Errorf("%d steps, error %v", steps, err)
	}
}

func TestNothingIsReleasedOutOfOrder(t *testing.T) {
	s, id := open(t)
	n := frozen(t, s, id, 3)
	g := can(t, s, id, auth.ReleaseWave)
	for i, c := range []struct {
		wave   int64
		before func()
		want   string
	}{
		{1, func() {}, "not-approved"},
		{2, func() { n = approvedNotice(t, s, id, n) }, "wave-order"},
		{1, func() {
			if _, err := s.Halt(t.Context(), can(t, s, id, auth.HaltNotice), n, "somebody"); err != nil {
				t.Error(err)
			}
		}, "halted"},
		{1, func() {
			g, approval := agreedTo(t, s, id, auth.LiftHalt, "go on")
			if _, err := s.LiftHalt(t.Context(), g, n, approval, []byte("go on")); err != nil {
				t.Error(err)
			}
		}, "released"},
		{1, func() {}, "already-released"},
	} {
		c.before()
		got, err := s.Release(t.Context(), g, n, store.Command{Key: fmt.Sprint("key ", i), Wave: c.wave})
		if err != nil || got.Outcome != c.want {
			t.Errorf("request %d: %q (%v), want %q", i, got.Outcome, err, c.want)
		}
	}
	draft, err := s.NewNotice(t.Context(), can(t, s, id, auth.WriteNotice), n.ID, []byte("again"))
	if err != nil || draft.Version != 2 {
		t.Errorf("version %d, error %v", draft.Version, err)
	}
	if _, err := s.ChangeNotice(t.Context(), can(t, s, id, auth.WriteNotice), n, []byte("other words")); !errors.Is(err, store.ErrMoved) {
		t.Errorf("what is frozen was changed: %v", err)
	}
}

func TestTurnsLoseAndDoubleNothing(t *testing.T) {
	s, id := open(t)
	n := approvedNotice(t, s, id, frozen(t, s, id, 11))
	g := can(t, s, id, auth.ReleaseWave)
	if _, err := s.Release(t.Context(), g, n, store.Command{Key: "k", Wave: 1}); err != nil {
		t.Fatal(err)
	}
	turn := func(turn store.Turn) store.Taken {
		t.Helper()
		turn.Now = clock
		taken, err := s.TakeTurn(t.Context(), g, n, turn)
		if err != nil {
			t.Fatal(err)
		}
		return taken
	}
	first := turn(store.Turn{Claim: due(t, s, g, n, 4)})
	second := turn(store.Turn{Claim: due(t, s, g, n, 100), Outcomes: []store.Outcome{
		{Seq: 1, Attempt: 1, Was: breach.Handing, Becomes: breach.Accepted},
		{Seq: 2, Attempt: 1, Was: breach.Handing, Becomes: breach.Deferred, Due: clock.Add(time.Hour), Detail: breach.Hide("450 later")},
		{Seq: 3, Attempt: 1, Was: breach.Handing, Becomes: breach.Refused},
	}})
	if len(first.Claimed) != 4 || len(second.Claimed) != 6 || second.Claimed[0].Seq != 5 {
		t.Errorf("claimed %d, then %d", len(first.Claimed), len(second.Claimed))
	}
	if rest := turn(store.Turn{}); rest.Waits != 1 || !rest.Next.Equal(clock.Add(time.Hour)) {
		t.Errorf("%d wait until %v", rest.Waits, rest.Next)
	}
	if _, err := s.TakeTurn(t.Context(), g, n, store.Turn{Now: clock, Outcomes: []store.Outcome{{Seq: 1, Attempt: 1, Was: breach.Handing, Becomes: breach.Refused}}}); !errors.Is(err, store.ErrMoved) {
		t.Errorf("an outcome was written twice: %v", err)
	}
	if found, err := s.Recover(t.Context(), g, n, clock); found != 7 || err != nil {
		t.Errorf("%d found open, error %v", found, err)
	}
	if taken := turn(store.Turn{Claim: due(t, s, g, n, 10)}); len(taken.Claimed) != 0 {
		t.Errorf("%d uncertain ones were claimed", len(taken.Claimed))
	}
	settle := can(t, s, id, auth.SettleNotice)
	if err := s.Settle(t.Context(), settle, n, clock, []store.Outcome{{Seq: 4, Attempt: 1, Was: breach.Uncertain, Becomes: breach.Deferred}}); err == nil {
		t.Error("settled by nothing")
	}
	err := s.Settle(t.Context(), settle, n, clock, []store.Outcome{
		{Seq: 4, Attempt: 1, Was: breach.Uncertain, Becomes: breach.Deferred, Detail: breach.Hide("no trace in the log")},
		{Seq: 5, Attempt: 1, Was: breach.Uncertain, Becomes: breach.Accepted, Detail: breach.Hide("queue active")}})
	if err != nil {
		t.Error(err)
	}
	if again := turn(store.Turn{Claim: due(t, s, g, n, 10)}); len(again.Claimed) != 1 || again.Claimed[0].Attempt != 2 {
		t.Errorf("%d claimed again", len(again.Claimed))
	}
	if got := states(t, s, id, n); got != "0 planned 1, 1 uncertain 5, 1 handing 1, 1 deferred 1, 1 refused 1, 1 accepted 2" {
		t.Errorf("states %q", got)
	}
	list, more, err := s.Unsettled(t.Context(), settle, n, 4)
	if err != nil || len(list) != 4 || more != 1 {
		t.Errorf("%d to settle and %d more, error %v", len(list), more, err)
	}
	for _, d := range list {
		if d.State != breach.Uncertain || len(d.Notice.Bytes) > 0 {
			t.Errorf("dispatch %d is %s, with %d bytes", d.Seq, d.State, len(d.Notice.Bytes))
		}
	}
	if steps, err := audited(t, s, id); steps != 24 || err != nil {
		t.Errorf("%d steps, error %v", steps, err)
	}
}

func TestWhoWasNotReachedIsListed(t *testing.T) {
	s, id := open(t)
	n := approvedNotice(t, s, id, frozen(t, s, id, 5))
	g, settle := can(t, s, id, auth.ReleaseWave), can(t, s, id, auth.SettleNotice)
	if _, err := s.Release(t.Context(), g, n, store.Command{Key: "k", Wave: 1}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		turn   store.Turn
		listed []int64
		more   int
	}{
		{store.Turn{Claim: due(t, s, g, n, 4)}, nil, 0},
		{store.Turn{Outcomes: []store.Outcome{{Seq: 2, Attempt: 1, Was: breach.Handing, Becomes: breach.Refused}}}, []int64{2}, 0},
		{store.Turn{Outcomes: []store.Outcome{{Seq: 1, Attempt: 1, Was: breach.Handing, Becomes: breach.Accepted}, {Seq: 4, Attempt: 1, Was: breach.Handing, Becomes: breach.Refused},
			{Seq: 3, Attempt: 1, Was: breach.Handing, Becomes: breach.Refused}}}, []int64{2, 3}, 1},
	} {
		step.turn.Now = clock
		if _, err := s.TakeTurn(t.Context(), g, n, step.turn); err != nil {
			t.Fatal(err)
		}
		for range 2 { // read, and known
			list, more, err := s.Unreached(t.Context(), settle, n, 2)
			var listed []int64
			for _, d := range list {
				listed = append(listed, d.Seq)
			}
			if err != nil || more != step.more || !slices.Equal(listed, step.listed) {
				t.Errorf("listed %v and %d more, want %v and %d; error %v", listed, more, step.listed, step.more, err)
			}
		}
	}
}

func TestAHaltStopsBeforeTheNextOne(t *testing.T) {
	s, id := open(t)
	n := approvedNotice(t, s, id, frozen(t, s, id, 5))
	g := can(t, s, id, auth.ReleaseWave)
	if _, err := s.Release(t.Context(), g, n, store.Command{Key: "k", Wave: 1}); err != nil {
		t.Fatal(err)
	}
	taken, err := s.TakeTurn(t.Context(), g, n, store.Turn{Claim: due(t, s, g, n, 2), Now: clock})
	if err != nil || len(taken.Claimed) != 2 {
		t.Fatalf("%d claimed, error %v", len(taken.Claimed), err)
	}
	if _, err := s.Halt(t.Context(), can(t, s, id, auth.HaltNotice), n, "somebody"); err != nil {
		t.Error(err)
	}
	back := store.Outcome{Seq: 1, Attempt: 1, Was: breach.Handing, Becomes: breach.Released}
	if taken, err = s.TakeTurn(t.Context(), g, n, store.Turn{Claim: due(t, s, g, n, 5), Now: clock, Outcomes: []store.Outcome{back}}); err != nil || len(taken.Claimed) != 0 || taken.Halted != "somebody" {
		t.Errorf("%d claimed, halted %q, error %v", len(taken.Claimed), taken.Halted, err)
	}
}

func TestWhatIsChangedPastTheStoreIsFound(t *testing.T) {
	if os.Getenv(onPostgres) != "" {
		t.Skip("what it writes past the store is SQLite's; the chain is the same on either database")
	}
	for _, c := range []struct{ name, sql, want string }{
		{"a state", `UPDATE dispatches SET state = 'released' WHERE seq = 1`, "its steps lead to"},
		{"a step gone", `DELETE FROM deliveries WHERE number = 2`, "is gone"},
		{"the last step gone", `DELETE FROM deliveries WHERE number = (SELECT MAX(number) FROM deliveries)`, "its steps lead to"},
		{"another time", `UPDATE deliveries SET at = at + 1 WHERE number = 2`, "not the step that was chained"},
		{"another person", `UPDATE deliveries SET who = 'anna' WHERE number = 3`, "not the step that was chained"},
		{"rows swapped", `UPDATE letters SET data = (SELECT data FROM letters WHERE seq = 2) WHERE seq = 1`, "letters.data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := lite(t)
			s := opened(t, cfg)
			id := opencase(t, s)
			n := noticed(t, s, id)
			if _, err := audited(t, s, id); err != nil {
				t.Fatal(err)
			}
			if _, err := file(t, database(cfg)).Exec(c.sql); err != nil {
				t.Fatal(err)
			}
			_, err := audited(t, s, id)
			count(s.Dispatches(t.Context(), can(t, s, id, auth.FreezeNotice), n, ""), &err)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("told %v, want %q", err, c.want)
			}
		})
	}
}

func TestTheDatabaseRefusesWhatIsNotLegal(t *testing.T) {
	if os.Getenv(onPostgres) != "" {
		t.Skip("what it writes past the store is SQLite's; the constraints are the same on either database")
	}
	cfg := lite(t)
	s := opened(t, cfg)
	noticed(t, s, opencase(t, s))
	db := file(t, database(cfg))
	for name, text := range map[string]string{
		"a reader twice":         `INSERT INTO dispatches SELECT case_id, notice, version, seq + 100, subject, reader, ref || 'x', wave, state, attempt, due FROM dispatches`,
		"a state that is none":   `UPDATE dispatches SET state = 'sent'`,
		"a step that is none":    `UPDATE deliveries SET was = 'accepted', becomes = 'handing'`,
		"a wave released twice":  `INSERT INTO commands SELECT case_id, id || 'x', notice, version, wave, who, at, outcome FROM commands`,
		"a notice's state wrong": `UPDATE notices SET state = 'sent'`,
	} {
		if _, err := db.Exec(text); err == nil || !strings.Contains(err.Error(), "constraint") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingIsSentWithoutTwoOthers(t *testing.T) {
	s, id := open(t)
	n := frozen(t, s, id, 2)
	g, approval := agreedTo(t, s, id, auth.SendNotice, "exactly this")
	for _, c := range []struct{ name, approval, payload string }{
		{"no approval", "", "exactly this"},
		{"another payload", approval, "exactly that"},
	} {
		if _, err := s.ApproveNotice(t.Context(), g, n, c.approval, []byte(c.payload), n.Data); !errors.Is(err, auth.ErrNoGrant) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	a, err := s.Propose(t.Context(), can(t, s, id, auth.Propose), store.Proposal{Action: auth.SendNotice, Payload: []byte("alone")})
	if err == nil {
		g, err = s.Execute(t.Context(), console(), auth.Ask{Approval: a.ID, Payload: []byte("alone"), Now: moment(0)})
	}
	if err == nil {
		_, err = s.ApproveNotice(t.Context(), g, n, a.ID, []byte("alone"), n.Data)
	}
	if !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("at the console, alone: %v", err)
	}
}
