package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// fill makes a case with a row or more in every table.
func fill(t *testing.T, s *store.Store) store.CaseID {
	t.Helper()
	c, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	id := c.ID
	load(t, s, id, "pupils", false, map[string]string{"P-1": "a", "P-2": "b", "p-3": "c", "Ä": "d"})
	r := store.Register{Name: "guardians", ImportedAt: clock}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.ImportRegister(t.Context(), can(t, s, id, auth.ImportRegister), &r, false, func(im *store.Import) error {
		return im.Guardian(breach.Hide("P-1"), breach.Hide("G-1"))
	})
	must(err)
	root := share(t, s, id, map[string]string{"a.zip": "same", "caf\xe9/\xff.txt": "other"})
	_, err = s.BeginReading(t.Context(), can(t, s, id, auth.Scan), "v1")
	must(err)
	readItem(t, s, id, root, "a.zip", "same", 1, true)
	must(s.SaveSights(t.Context(), can(t, s, id, auth.Scan), []store.Sight{{Page: 1, State: breach.Read, Text: []byte("\x00\xff"), Tool: "a tool"}}))
	can(t, s, id, auth.Reveal) // a look
	raise, err := s.Grant(t.Context(), console(), auth.Ask{Action: auth.RaiseBudget, Subject: "somebody", Now: moment(0)})
	must(err)
	more, err := auth.NewRaise(raise, auth.OfUser, 10, clock)
	must(errors.Join(err, s.Raise(t.Context(), raise, more)))
	w, err := s.BeginPeople(t.Context(), can(t, s, id, auth.Resolve))
	must(err)
	must(w.Person(store.Person{Number: 1, Grade: breach.Likely, Probability: 0.1, Entries: []breach.EntryID{0},
		Exposures: []breach.Exposure{{Kind: breach.Email, Grade: breach.Likely, Places: 2}}}))
	must(w.Person(store.Person{Number: 2, Stranger: true, Grade: breach.Possible, Probability: 1.0 / 3,
		Identifiers: []breach.Finding{{Kind: breach.Email, Form: "email", Value: breach.Hide("stranger@example.com")}}}))
	must(w.Enlist(store.Person{Number: 1, Grade: breach.Likely, Kinds: breach.KindsOf(breach.Email), Exposures: []breach.Exposure{{Kind: breach.Email, Grade: breach.Likely}}},
		store.Portrait{Groups: []string{"7B"}}, store.Everybody, 1))
	must(w.Question(question(1)))
	must(w.List(clock, enlisted(w, breach.Email, "P-1")))
	must(w.Commit())
	_, err = s.Judge(t.Context(), can(t, s, id, auth.Judge), store.Judgement{Key: question(1).Key, Says: store.IsNone, Why: "a company"})
	must(err)
	hooked(t, s)
	decided(t, s, id)
	asked(t, s, id)
	noticed(t, s, id)
	scanned(t, s, id)
	sentOut(t, s, id)
	return id
}

// sentOut has the server asked for two errands about a notice.
func sentOut(t *testing.T, s *store.Store, id store.CaseID) {
	t.Helper()
	g := can(t, s, id, auth.FreezeNotice)
	for range 2 {
		x, err := s.BeginErrand(t.Context(), g, store.Errand{Notice: "n1", Kind: store.ErrandRehearse, ErrandNote: store.ErrandNote{Version: 1, By: "somebody"}})
		if err == nil {
			x.State = store.ErrandDone
			_, err = s.KeepErrand(t.Context(), g, x, moment(0))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// hooked has a webhook told of what comes next.
func hooked(t *testing.T, s *store.Store) {
	t.Helper()
	g, err := s.Grant(t.Context(), console(), auth.Ask{Action: auth.ManageHooks, Now: moment(0)})
	if err == nil {
		_, err = s.AddWebhook(t.Context(), g, breach.Hide("https://hook.example/"), nil, false, clock)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// scanned has the server asked for two scans, and a file sent.
func scanned(t *testing.T, s *store.Store, id store.CaseID) {
	t.Helper()
	g := can(t, s, id, auth.Scan)
	for range 2 {
		x, err := s.BeginScan(t.Context(), g, store.ScanPlan{Folder: "share", By: "somebody"})
		if err == nil {
			x.State = store.ScanDone
			_, err = s.KeepScan(t.Context(), g, x, moment(0))
		}
		if err == nil {
			_, err = s.AddUpload(t.Context(), g, store.ForEvidence, breach.Hide("list.csv"), strings.NewReader("made up"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// decided enters a fact, decides on it and files it.
func decided(t *testing.T, s *store.Store, id store.CaseID) {
	t.Helper()
	f, err := s.Enter(t.Context(), can(t, s, id, auth.RecordFacts), 0, breach.Fact{Field: "party", Item: breach.NewItem, Parts: breach.Texts(map[string]string{"name": "Supplier"})})
	if err == nil {
		_, err = s.Decide(t.Context(), can(t, s, id, auth.Decide), breach.Decision{About: "authority", Says: "notify", Why: "a risk", Facts: f.Version})
	}
	if err == nil {
		_, err = s.File(t.Context(), can(t, s, id, auth.FileNotification), breach.Filing{Form: "se-imy", Sent: clock, Facts: f.Version, Content: breach.Content("{}")})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// people gives the people of a case as lines.
func people(t *testing.T, s *store.Store, id store.CaseID) []string {
	t.Helper()
	var list []string
	for p, err := range s.People(t.Context(), can(t, s, id, auth.ListPeople)) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprint(p.Number, p.Stranger, p.Grade, p.Probability, p.Entries, len(p.Identifiers), p.Exposures))
	}
	return list
}

func TestCopyBringsEveryRowThereAndBack(t *testing.T) {
	file := lite(t)
	server := postgresConfig(t)
	server.Dir = file.Dir // the files of a case stay where they are
	back := lite(t)

	s, err := store.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	id := fill(t, s)
	wantPeople, wantAccount, wantKeys := people(t, s, id), account(t, s, id), keys(t, s, id)
	wantHash, err := s.EntriesHash(t.Context(), can(t, s, id, auth.Resolve))
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()

	plan, err := store.CopyDatabase(t.Context(), file, server, true, clock, nil)
	if err != nil {
		t.Fatal(err)
	}
	there, err := store.CopyDatabase(t.Context(), file, server, false, clock, nil)
	if err != nil {
		t.Fatal(err)
	}
	returned, err := store.CopyDatabase(t.Context(), server, back, false, clock, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range there.Tables {
		if c.Rows == 0 || c.Rows != plan.Tables[i].Rows || c.Table != plan.Tables[i].Table {
			t.Errorf("table %s: %d rows were copied, %d planned", c.Table, c.Rows, plan.Tables[i].Rows)
		}
		// Each copy looks whether somebody works on the case, and so is its last holder.
		if got := returned.Tables[i]; got != c && c.Table != "summaries" {
			t.Errorf("table %s: %d rows with sum %s went there, %d with %s came back", c.Table, c.Rows, c.Sum, got.Rows, got.Sum)
		}
	}
	if len(there.Missing) != 0 || !slices.Equal(returned.Missing, []store.CaseID{id}) {
		t.Errorf("cases without files: %v in the same folder, %v in another", there.Missing, returned.Missing)
	}
	for name, c := range map[string]store.Config{"there": server, "back": back} {
		s, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		hash, err := s.EntriesHash(t.Context(), can(t, s, id, auth.Resolve))
		if err != nil || hash != wantHash {
			t.Errorf("%s: the entries differ, error %v", name, err)
		}
		for what, pair := range map[string][2][]string{
			"people": {people(t, s, id), wantPeople}, "account": {account(t, s, id), wantAccount}, "keys": {keys(t, s, id), wantKeys},
		} {
			if !slices.Equal(pair[0], pair[1]) {
				t.Errorf("%s: %s are %q, want %q", name, what, pair[0], pair[1])
			}
		}
		_ = s.Close()
	}
}

func TestCopyRefuses(t *testing.T) {
	full, other := config(t), config(t)
	s, err := store.Open(t.Context(), full)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := fill(t, s)
	o, err := store.Open(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.OpenCase(t.Context(), console(), "there already", moment(0)); err != nil {
		t.Fatal(err)
	}
	_ = o.Close()
	refused := func(name, want string, from, to store.Config) {
		t.Helper()
		var refusal *breach.Refusal
		if _, err := store.CopyDatabase(t.Context(), from, to, false, clock, nil); !errors.As(err, &refusal) || refusal.Key != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	refused("a target that holds a case", "refusal.database-not-empty", full, other)
	refused("a database onto itself", "refusal.database-not-empty", full, full)
	refused("a folder without a database", "refusal.no-database", lite(t), config(t))
	lock, err := s.Lock(t.Context(), can(t, s, id, auth.Resolve), "scan", clock)
	if err != nil {
		t.Fatal(err)
	}
	refused("a case that is being scanned", "refusal.case-held", full, config(t))
	_ = lock.Close()
}

func TestStoppedCopyLeavesAnEmptyTarget(t *testing.T) {
	from, to := config(t), config(t)
	s, err := store.Open(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s)
	_ = s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = store.CopyDatabase(ctx, from, to, false, clock, func(table string, _ int64) {
		if table == "people" {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want a cancelled copy", err)
	}
	if _, err := store.CopyDatabase(t.Context(), from, to, false, clock, nil); err != nil {
		t.Errorf("the copy done again: %v", err)
	}
}

func TestTablesAreAll(t *testing.T) {
	from := lite(t)
	s, err := store.Open(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s)
	_ = s.Close()
	copied, err := store.CopyDatabase(t.Context(), from, lite(t), true, clock, nil)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, c := range copied.Tables {
		listed[c.Table] = true
	}
	there := map[string]bool{}
	for _, name := range tablesIn(t, database(from)) {
		if !strings.HasPrefix(name, "sqlite_") && name != "goose_db_version" {
			there[name] = true
		}
	}
	if !maps.Equal(listed, there) {
		t.Errorf("a copy takes %v along, the database has %v", slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(there)))
	}
}

func tablesIn(t *testing.T, path string) []string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}
