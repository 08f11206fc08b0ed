package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
	"github.com/klarlagt/klarlagt/store"
)

// told reads the whole journal, and whoever reads it verifies it.
func told(t *testing.T, s *store.Store) []journal.Record {
	t.Helper()
	entries := s.Journal(t.Context(), can(t, s, "", auth.ReadJournal))
	head, err := s.JournalHead(t.Context(), moment(0))
	if err != nil {
		t.Fatal(err)
	}
	report, err := journal.Verify(string(store.Local), entries, head)
	if err != nil || report.Beyond != 0 || report.Checkpoints != 1 {
		t.Errorf("the journal does not verify: %v, %+v", err, report)
	}
	var list []journal.Record
	for e, err := range entries {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e.Record)
	}
	return list
}

func TestEveryActHasItsRecord(t *testing.T) {
	s, id := open(t)
	load(t, s, id, "pupils", false, map[string]string{"P-1": "a"})
	can(t, s, id, auth.Scan)
	_, err := s.Grant(t.Context(), console(), auth.Ask{Action: auth.Reveal, Case: id, Object: "person:p1", Now: moment(0)})
	if refusalOf(err) != "refusal.no-purpose" {
		t.Errorf("without a purpose: %v", err)
	}
	var got []string
	for _, r := range told(t, s) {
		got = append(got, fmt.Sprintf("%s %s %s", r.Act, r.Object, r.Verdict))
	}
	want := []string{
		"open-case case:" + string(id) + " done", "open-case opened done",
		"import-register  done", "import-register register:1,version=1,new=1,changed=0,gone=0 done",
		"scan  done", "reveal person:p1,why=no-purpose refused", "read-journal  done",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

func TestActThatFailsHasNoRecord(t *testing.T) {
	s, id := open(t)
	g := can(t, s, id, auth.ImportRegister)
	before := len(told(t, s))
	broken := errors.New("broken")
	r := store.Register{Name: "pupils", ImportedAt: clock}
	if _, err := s.ImportRegister(t.Context(), g, &r, false, func(*store.Import) error { return broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if after := len(told(t, s)); after != before+1 { // for reading it
		t.Errorf("%d records more", after-before)
	}
}

func TestRecordsHoldNoValues(t *testing.T) {
	s, id := open(t)
	load(t, s, id, "Aino", false, map[string]string{"P-1": "a"})
	for _, r := range told(t, s) {
		line, err := r.Line()
		if err != nil || strings.Contains(string(line), "Aino") || strings.Contains(string(line), "a case") {
			t.Errorf("record %d holds a name, or is none: %v", r.Seq, err)
		}
	}
	var values []string
	for r, err := range s.CaseJournal(t.Context(), can(t, s, id, auth.ReadCaseJournal)) {
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range r.Commitments {
			if c.Of != "file" {
				values = append(values, c.Of+"="+r.Values[i].Reveal())
			}
		}
	}
	if fmt.Sprint(values) != "[title=a case register=Aino]" {
		t.Errorf("committed to: %v", values)
	}
}

func TestGrantsOpenTheirOwnCaseAlone(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	id := fill(t, s)
	foreign := grant(t, "town", auth.Ask{Action: auth.Scan, Case: "0a0a0a0a"})
	wrong := can(t, s, id, auth.ReadReport)
	for name, g := range map[string]auth.Grant{"none": {}, "of another tenant": foreign, "for another act": wrong} {
		for what, err := range map[string]error{
			"root":     second(s.Root(t.Context(), g, "/x")),
			"waiting":  second(s.Waiting(t.Context(), g, 1, 0, 10)),
			"sights":   s.SaveSights(t.Context(), g, nil),
			"locked":   s.ForgetUnread(t.Context(), g, 1, []breach.Reason{breach.PasswordNeeded}),
			"findings": second(s.CreateFindings(t.Context(), g, 9)),
			"people":   second(s.Person(t.Context(), g, 1)),
			"index":    s.SetSummary(t.Context(), g, "x", 1),
			"secret":   second(s.Secret(t.Context(), g)),
			"cases":    second(s.Cases(t.Context(), g)),
			"raise":    s.Raise(t.Context(), g, auth.Raise{}),
		} {
			if !errors.Is(err, auth.ErrNoGrant) {
				t.Errorf("%s with a grant %s: got %v", what, name, err)
			}
		}
		for _, err := range s.Mentions(t.Context(), g) {
			if !errors.Is(err, auth.ErrNoGrant) {
				t.Errorf("mentions with a grant %s: got %v", name, err)
			}
		}
	}
	if items, err := s.Waiting(t.Context(), can(t, s, id, auth.Scan), 1, 0, 10); err != nil || len(items) == 0 {
		t.Fatalf("its own case: %d items, error %v", len(items), err)
	}
	other, err := s.OpenCase(t.Context(), console(), "another", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	if items, err := s.Waiting(t.Context(), can(t, s, other.ID, auth.Scan), 1, 0, 10); err != nil || len(items) > 0 {
		t.Errorf("the other case: %d items, error %v", len(items), err)
	}
	if _, err := s.Grant(t.Context(), auth.Console("console:test", "town", moment(0)), auth.Ask{Action: auth.ListCases, Now: moment(0)}); !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("a session of another tenant: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestBudgetsAreCountedInTheDatabase(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	theCase, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	kalle, _ := auth.Begin("kalle", store.Local, []auth.Role{auth.Desk}, []auth.CaseID{theCase.ID}, auth.OwnNetwork, moment(0))
	look := func(person int, at time.Duration) error {
		who := kalle
		who.Seen = moment(at)
		_, err := s.Grant(t.Context(), who, auth.Ask{Action: auth.Reveal, Case: theCase.ID, Object: fmt.Sprintf("person:p%d", person),
			Purpose: auth.AnswerInquiry, Limits: auth.Limits{User: map[auth.Role]int{auth.Desk: 5}}, Now: moment(at)})
		return err
	}
	for range 2 { // the same person again costs nothing
		for n := range 5 {
			if err := look(n, 0); err != nil {
				t.Fatalf("person %d: %v", n, err)
			}
		}
	}
	s = opened(t, c) // a restart forgives nobody
	if err := look(5, time.Minute); refusalOf(err) != "refusal.budget-spent" {
		t.Errorf("one too many: %v", err)
	}
	if err := look(3, time.Minute); err != nil {
		t.Errorf("somebody who was shown before: %v", err)
	}
	g, err := s.Grant(t.Context(), console(), auth.Ask{Action: auth.RaiseBudget, Subject: "kalle", Now: moment(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	raise, err := auth.NewRaise(g, auth.OfUser, 1, moment(time.Minute).Wall)
	if err = errors.Join(err, s.Raise(t.Context(), g, raise)); err != nil {
		t.Fatal(err)
	}
	if err := look(5, 2*time.Minute); err != nil {
		t.Errorf("after a raise by one: %v", err)
	}
	if err := look(6, 2*time.Minute); refusalOf(err) != "refusal.budget-spent" {
		t.Errorf("beyond the raise: %v", err)
	}
	if err := look(7, auth.Day+time.Hour); err != nil {
		t.Errorf("a day later: %v", err)
	}
	acts := map[string]int{}
	for _, r := range told(t, s) {
		acts[r.Act+" "+string(r.Verdict)]++
	}
	if acts["reveal refused"] != 2 || acts["reveal done"] != 13 || acts["near-budget done"] != 3 {
		t.Errorf("the journal has %v", acts)
	}
}

func TestForgedRecordIsFound(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	id := fill(t, s)
	if _, err := behind(t, c).Exec(`UPDATE journal_commitments SET data = (SELECT data FROM journal_commitments WHERE case_id = $1 AND number = 1 LIMIT 1) WHERE case_id = $1`, id); err != nil {
		t.Fatal(err)
	}
	var failed error
	for _, err := range s.CaseJournal(t.Context(), can(t, s, id, auth.ReadCaseJournal)) {
		failed = errors.Join(failed, err)
	}
	if failed == nil || !strings.Contains(failed.Error(), "journal_commitments.data row") {
		t.Errorf("got %v", failed)
	}
}
