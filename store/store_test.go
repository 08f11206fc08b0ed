package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

var clock = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open opens a store in a temporary folder, with one case.
func open(t *testing.T) (*store.Store, store.CaseID) {
	t.Helper()
	s, err := store.Open(t.Context(), config(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	return s, c.ID
}

func TestCaseIsFoundByTheBeginningOfItsID(t *testing.T) {
	s, id := open(t)
	for _, name := range []string{string(id), string(id[:3])} {
		c, err := s.Case(t.Context(), can(t, s, "", auth.ListCases), name)
		if err != nil || c.ID != id || c.Title != "a case" || !c.OpenedAt.Equal(clock) {
			t.Errorf("case %q: got id %s, title %q, error %v", name, c.ID, c.Title, err)
		}
	}
	var refusal *breach.Refusal
	if _, err := s.Case(t.Context(), can(t, s, "", auth.ListCases), "zzz"); !errors.As(err, &refusal) {
		t.Errorf("a case that is not there: got %v, want a refusal", err)
	}
}

func TestReopenedFolderHasWhatWasWritten(t *testing.T) {
	c := config(t)
	for n := range 3 {
		s, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := s.Cases(t.Context(), can(t, s, "", auth.ListCases))
		if err != nil || len(cases) != n {
			t.Fatalf("after %d runs: %d cases, error %v", n, len(cases), err)
		}
		if _, err := s.OpenCase(t.Context(), console(), "another", moment(0)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSecondHolderIsToldWhoHasTheCase(t *testing.T) {
	s, id := open(t)
	lock, err := s.Lock(t.Context(), can(t, s, id, auth.Resolve), "scan", clock)
	if err != nil {
		t.Fatal(err)
	}
	var refusal *breach.Refusal
	if _, err := s.Lock(t.Context(), can(t, s, id, auth.Resolve), "resolve", clock); !errors.As(err, &refusal) {
		t.Fatalf("second lock: got %v, want a refusal", err)
	}
	if refusal.Args["PID"] != os.Getpid() || refusal.Args["What"] != "scan" {
		t.Errorf("the refusal says %v", refusal.Args)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := s.Lock(t.Context(), can(t, s, id, auth.Resolve), "resolve", clock)
	if err != nil {
		t.Fatalf("after the lock was given back: %v", err)
	}
	_ = again.Close()
}

// entry is a made-up person of a register.
func entry(register, key string, row int64) breach.Entry {
	return breach.Entry{
		Register: register, Key: breach.Hide(key), Row: row, Group: register, Unit: breach.Hide("2A"),
		Names:       []breach.FullName{{Given: breach.Hide("Aino"), Surname: breach.Hide("Koivunen")}, {Surname: breach.Hide("Berg"), Former: true}},
		NationalIDs: []breach.Personal{breach.Hide("010594Y9032")}, BirthDate: breach.Hide("1994-05-01"),
		Emails: []breach.Personal{breach.Hide("aino@example.fi")}, Phones: []breach.Personal{breach.Hide("+46701740605")},
		Addresses: []breach.Postal{{Street: breach.Hide("Storgatan 1"), Postcode: breach.Hide("12345"), Town: breach.Hide("Exempelstad")}},
		Usernames: []breach.Personal{breach.Hide("aiko")}, Accounts: []breach.Personal{breach.Hide("FI0000000000000000")},
		Household: breach.Hide("H1"), Language: "fi", Protected: true, Since: clock.AddDate(-2, 0, 0), Until: clock.AddDate(1, 0, 0),
	}
}

// load imports entries whose fingerprint is what they say.
func load(t *testing.T, s *store.Store, id store.CaseID, name string, dry bool, entries map[string]string) store.Diff {
	t.Helper()
	r := store.Register{Name: name, ImportedAt: clock}
	diff, err := s.ImportRegister(t.Context(), can(t, s, id, auth.ImportRegister), &r, dry, func(im *store.Import) error {
		for i, key := range slices.Sorted(func(yield func(string) bool) {
			for k := range entries {
				if !yield(k) {
					return
				}
			}
		}) {
			if err := im.Entry(entry(name, key, int64(i+2)), []byte(entries[key])); err != nil {
				return err
			}
		}
		r.Rows = int64(len(entries))
		return im.Reject(store.Reject{Sheet: 1, Row: 9, Reason: "cells", Heading: "Namn"})
	})
	if err != nil {
		t.Fatal(err)
	}
	return diff
}

func keys(t *testing.T, s *store.Store, id store.CaseID) []string {
	t.Helper()
	var got []string
	for e, err := range s.Entries(t.Context(), can(t, s, id, auth.Resolve)) {
		if err != nil {
			t.Fatal(err)
		}
		if int(e.ID) != len(got) {
			t.Errorf("entry %d has the id %d", len(got), e.ID)
		}
		got = append(got, e.Register+"/"+e.Key.Reveal())
	}
	return got
}

func TestEntriesComeBackWhole(t *testing.T) {
	s, id := open(t)
	load(t, s, id, "pupils", false, map[string]string{"P-1": "x"})
	for got, err := range s.Entries(t.Context(), can(t, s, id, auth.Resolve)) {
		if err != nil {
			t.Fatal(err)
		}
		want := entry("pupils", "P-1", 2)
		if got.Names[0] != want.Names[0] || got.Names[1] != want.Names[1] || got.Addresses[0] != want.Addresses[0] ||
			got.NationalIDs[0] != want.NationalIDs[0] || got.Usernames[0] != want.Usernames[0] || got.Accounts[0] != want.Accounts[0] ||
			got.Unit != want.Unit || got.Household != want.Household || !got.Protected || got.Language != "fi" ||
			!got.Since.Equal(want.Since) || !got.Until.Equal(want.Until) || got.Row != 2 || got.Group != "pupils" {
			t.Errorf("an entry came back different: row %d, group %s, language %s", got.Row, got.Group, got.Language)
		}
	}
}

func TestNewerRegisterTellsNewChangedAndGone(t *testing.T) {
	s, id := open(t)
	if d := load(t, s, id, "pupils", false, map[string]string{"P-1": "a", "P-2": "b", "P-3": "c"}); d != (store.Diff{New: 3}) {
		t.Errorf("first import: %+v", d)
	}
	if d := load(t, s, id, "pupils", false, map[string]string{"P-1": "a", "P-2": "b", "P-3": "c"}); d != (store.Diff{Same: 3}) {
		t.Errorf("the same again: %+v", d)
	}
	want := store.Diff{New: 1, Changed: 1, Gone: 1, Same: 1}
	newer := map[string]string{"P-1": "a", "P-2": "other", "P-4": "d"}
	before, err := s.EntriesHash(t.Context(), can(t, s, id, auth.Resolve))
	if err != nil {
		t.Fatal(err)
	}
	if d := load(t, s, id, "pupils", true, newer); d != want {
		t.Errorf("shown beforehand: %+v, want %+v", d, want)
	}
	if after, _ := s.EntriesHash(t.Context(), can(t, s, id, auth.Resolve)); after != before {
		t.Error("what was only shown was written")
	}
	if d := load(t, s, id, "pupils", false, newer); d != want {
		t.Errorf("a newer file: %+v, want %+v", d, want)
	}
	if got := keys(t, s, id); !slices.Equal(got, []string{"pupils/P-1", "pupils/P-2", "pupils/P-4", "pupils/P-3"}) {
		t.Errorf("who has gone stays, last: got %v", got)
	}
	registers, err := s.Registers(t.Context(), can(t, s, id, auth.ReadAccount))
	if err != nil || len(registers) != 1 || registers[0].Entries != 3 || registers[0].Gone != 1 || registers[0].Rejected != 1 {
		t.Errorf("registers: %+v, error %v", registers, err)
	}
	rejects, err := s.Rejects(t.Context(), can(t, s, id, auth.ReadAccount), "pupils")
	if err != nil || len(rejects) != 1 || rejects[0] != (store.Reject{Sheet: 1, Row: 9, Reason: "cells", Heading: "Namn"}) {
		t.Errorf("rejects: %+v, error %v", rejects, err)
	}
	if d := load(t, s, id, "pupils", false, map[string]string{"P-1": "a", "P-2": "other", "P-3": "c", "P-4": "d"}); d != (store.Diff{New: 1, Same: 3}) {
		t.Errorf("who came back is new: %+v", d)
	}
}

func TestFailedImportLeavesNothing(t *testing.T) {
	s, id := open(t)
	load(t, s, id, "pupils", false, map[string]string{"P-1": "a"})
	broken := errors.New("broken")
	r := store.Register{Name: "pupils", ImportedAt: clock}
	_, err := s.ImportRegister(t.Context(), can(t, s, id, auth.ImportRegister), &r, false, func(im *store.Import) error {
		if err := im.Entry(entry("pupils", "P-9", 2), []byte("z")); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if got := keys(t, s, id); !slices.Equal(got, []string{"pupils/P-1"}) {
		t.Errorf("entries after a failed import: %v", got)
	}
}

func TestGuardianshipsJoinTheChildsEntry(t *testing.T) {
	s, id := open(t)
	load(t, s, id, "pupils", false, map[string]string{"P-1": "a", "P-2": "b"})
	r := store.Register{Name: "guardians", ImportedAt: clock}
	_, err := s.ImportRegister(t.Context(), can(t, s, id, auth.ImportRegister), &r, false, func(im *store.Import) error {
		for _, g := range []string{"G-1", "G-2", "G-1"} {
			if err := im.Guardian(breach.Hide("P-1"), breach.Hide(g)); err != nil {
				return err
			}
		}
		return im.Entry(entry("guardians", "G-1", 2), []byte("x"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := keys(t, s, id); !slices.Equal(got, []string{"pupils/P-1", "pupils/P-2", "guardians/G-1"}) {
		t.Errorf("entries: %v", got)
	}
	for e := range s.Entries(t.Context(), can(t, s, id, auth.Resolve)) {
		want := 0
		if e.Key.Reveal() == "P-1" {
			want = 2
		}
		if len(e.Guardians) != want {
			t.Errorf("%s has %d guardians, want %d", e.Key.Reveal(), len(e.Guardians), want)
		}
	}
}

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	s, id := open(t)
	w, err := s.CreateFindings(t.Context(), can(t, s, id, auth.Scan), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	files := []string{filepath.Join(s.CaseDir(id), "findings-000001.part")}
	if os.Getenv(onPostgres) == "" {
		files = append(files, filepath.Join(s.Dir(), "tenants", "local", "klarlagt.db"), filepath.Join(s.Dir(), "tenants", "local", "klarlagt.db-wal"))
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("%s has the mode %v", filepath.Base(name), info.Mode())
		}
	}
}

func TestCancelledContextEndsAReading(t *testing.T) {
	s, id := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.Entries(ctx, can(t, s, id, auth.Resolve)) {
		if err == nil {
			t.Fatal("entries were read after the end")
		}
	}
}
