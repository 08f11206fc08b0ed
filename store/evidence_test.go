package store_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// share walks a folder with the given files: path and what they hold.
func share(t *testing.T, s *store.Store, id store.CaseID, files map[string]string) (root int64) {
	t.Helper()
	root, err := s.Root(t.Context(), can(t, s, id, auth.Scan), "/evidence")
	if err != nil {
		t.Fatal(err)
	}
	walk, err := s.BeginWalk(t.Context(), can(t, s, id, auth.Scan), root)
	if err != nil {
		t.Fatal(err)
	}
	var items []store.Item
	for _, path := range slices.Sorted(maps.Keys(files)) {
		text := files[path]
		items = append(items, store.Item{Root: root, Path: path, Position: int64(len(items) + 1), Size: int64(len(text)), MTime: 1, Reached: breach.Likely, State: breach.Pending})
	}
	if err := s.SeeItems(t.Context(), can(t, s, id, auth.Scan), walk, items); err != nil {
		t.Fatal(err)
	}
	if err := s.EndWalk(t.Context(), can(t, s, id, auth.Scan), root, walk); err != nil {
		t.Fatal(err)
	}
	return root
}

func waiting(t *testing.T, s *store.Store, id store.CaseID, root int64) []string {
	t.Helper()
	items, err := s.Waiting(t.Context(), can(t, s, id, auth.Scan), root, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, it := range items {
		paths = append(paths, it.Path)
	}
	return paths
}

// readItem commits a content as read, with a member inside it.
func readItem(t *testing.T, s *store.Store, id store.CaseID, root int64, path, text string, content int64, member bool) {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	members := []store.Member{{Content: content, Size: int64(len(text)), Type: "zip", Outcome: breach.Outcome{State: breach.Read}}}
	if member {
		members = append(members, store.Member{Content: content, Ordinal: 1, Path: "inner.pdf", Size: 3, Type: "pdf",
			Outcome: breach.Outcome{State: breach.Encrypted, Reason: breach.PasswordNeeded}})
	}
	if err := s.SaveMembers(t.Context(), can(t, s, id, auth.Scan), members); err != nil {
		t.Fatal(err)
	}
	err := s.CommitContents(t.Context(), can(t, s, id, auth.Scan), "v1", []store.Content{{ID: content, SHA256: sum[:],
		Item: store.Item{Root: root, Path: path, State: breach.Pending}}})
	if err != nil {
		t.Fatal(err)
	}
}

// account gives the account as lines.
func account(t *testing.T, s *store.Store, id store.CaseID) []string {
	t.Helper()
	var lines []string
	for r, err := range s.Account(t.Context(), can(t, s, id, auth.ReadAccount)) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s!%s %s %s %s", r.Path, r.Member, r.Outcome.State, r.Outcome.Reason, r.First))
	}
	return lines
}

func TestCopiesAreReadOnceAndToldEverywhere(t *testing.T) {
	s, id := open(t)
	root := share(t, s, id, map[string]string{"a.zip": "same", "b/copy.zip": "same", "c.txt": "other"})
	if _, err := s.BeginReading(t.Context(), can(t, s, id, auth.Scan), "v1"); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("same"))
	err := s.SetItems(t.Context(), can(t, s, id, auth.Scan), []store.Item{{Root: root, Path: "a.zip", SHA256: sum[:], State: breach.Pending},
		{Root: root, Path: "b/copy.zip", SHA256: sum[:], State: breach.Pending}})
	if err != nil {
		t.Fatal(err)
	}
	readItem(t, s, id, root, "b/copy.zip", "same", 1, true)
	if err := s.AttachTwins(t.Context(), can(t, s, id, auth.Scan), "v1"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a.zip! read  ", "a.zip!inner.pdf encrypted password ",
		"b/copy.zip! duplicate_of  a.zip", "b/copy.zip!inner.pdf duplicate_of  a.zip",
		"c.txt! pending  ",
	}
	if got := account(t, s, id); !slices.Equal(got, want) {
		t.Errorf("account:\n%q\nwant\n%q", got, want)
	}
	if got := waiting(t, s, id, root); !slices.Equal(got, []string{"c.txt"}) {
		t.Errorf("waiting: %v", got)
	}
	lies, err := s.Occurrences(t.Context(), can(t, s, id, auth.Resolve), 1)
	if err != nil || len(lies) != 2 || lies[0].Path != "a.zip" || lies[1].Path != "b/copy.zip" || lies[0].Reached != breach.Likely {
		t.Errorf("occurrences: %+v, error %v", lies, err)
	}
}

func TestWalkKeepsWhatIsUnchangedAndForgetsWhatIsGone(t *testing.T) {
	s, id := open(t)
	files := map[string]string{"a": "1", "b": "22", "c": "333"}
	root := share(t, s, id, files)
	if _, err := s.BeginReading(t.Context(), can(t, s, id, auth.Scan), "v1"); err != nil {
		t.Fatal(err)
	}
	readItem(t, s, id, root, "a", "1", 1, false)
	readItem(t, s, id, root, "b", "22", 2, false)
	files["b"] = "2222"
	delete(files, "c")
	files["d"] = "4"
	share(t, s, id, files)
	if got := waiting(t, s, id, root); !slices.Equal(got, []string{"b", "d"}) {
		t.Errorf("waiting: %v, want the changed and the new", got)
	}
}

func TestAnotherReadingReadsAnew(t *testing.T) {
	s, id := open(t)
	root := share(t, s, id, map[string]string{"a": "1"})
	if _, err := s.BeginReading(t.Context(), can(t, s, id, auth.Scan), "v1"); err != nil {
		t.Fatal(err)
	}
	readItem(t, s, id, root, "a", "1", 1, true)
	if last, err := s.BeginReading(t.Context(), can(t, s, id, auth.Scan), "v1"); err != nil || last != 1 {
		t.Errorf("the same reading: highest content %d, error %v", last, err)
	}
	if got := waiting(t, s, id, root); len(got) != 0 {
		t.Errorf("the same reading leaves %v waiting", got)
	}
	if _, err := s.BeginReading(t.Context(), can(t, s, id, auth.Scan), "v2"); err != nil {
		t.Fatal(err)
	}
	if got := waiting(t, s, id, root); !slices.Equal(got, []string{"a"}) {
		t.Errorf("another reading leaves %v waiting", got)
	}
	if got := account(t, s, id); !slices.Equal(got, []string{"a! pending  "}) {
		t.Errorf("account: %q", got)
	}
}

func TestPathsKeepTheirBytes(t *testing.T) {
	s, id := open(t)
	name := "caf\xe9/\xff.txt"
	root := share(t, s, id, map[string]string{name: "x"})
	if got := waiting(t, s, id, root); !slices.Equal(got, []string{name}) {
		t.Errorf("got %q", got)
	}
}

// mention is a made-up mention of one finding.
func mention(kind breach.Kind, value string, steps ...breach.Step) breach.Mention {
	p := breach.At(steps...)
	return breach.Mention{Place: p, Findings: []breach.Finding{{Place: p, Kind: kind, Form: "x", Value: breach.Hide(value), Strength: breach.Strong, Labelled: true}}}
}

func TestOnlyCommittedFindingsCount(t *testing.T) {
	s, id := open(t)
	root := share(t, s, id, map[string]string{"a": "1", "b": "2"})
	if _, err := s.BeginReading(t.Context(), can(t, s, id, auth.Scan), "v1"); err != nil {
		t.Fatal(err)
	}
	w, err := s.CreateFindings(t.Context(), can(t, s, id, auth.Scan), 1)
	if err != nil {
		t.Fatal(err)
	}
	row := []breach.Step{{Unit: breach.Sheet, N: 2, Name: breach.Hide("Klass")}, {Unit: breach.Row, N: 14}, {Unit: breach.Column, N: 3}}
	first := mention(breach.Email, "aino@example.fi", row...)
	first.Findings = append(first.Findings, breach.Finding{Place: first.Place, Kind: breach.Health, Form: "word", Value: breach.Hide("diagnos"), Failed: true})
	for _, m := range []struct {
		content, ordinal int64
		breach.Mention
	}{{7, 0, mention(breach.Name, "never committed")}, {8, 0, first}, {8, 3, mention(breach.Phone, "+46701740605", breach.Step{Unit: breach.Page, N: 4})}} {
		if err := w.Mention(m.content, m.ordinal, m.Mention); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("1"))
	if err := s.CommitContents(t.Context(), can(t, s, id, auth.Scan), "v1", []store.Content{{ID: 8, SHA256: sum[:], Part: 1, Item: store.Item{Root: root, Path: "a"}}}); err != nil {
		t.Fatal(err)
	}
	var got []breach.Mention
	for m, err := range s.Mentions(t.Context(), can(t, s, id, auth.Resolve)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
	}
	if len(got) != 2 {
		t.Fatalf("%d mentions, want 2", len(got))
	}
	m := got[0]
	if c, o := store.MemberOf(m.Place.Evidence); c != 8 || o != 0 || m.Place.Follow("en") != "sheet Klass row 14" || len(m.Findings) != 2 {
		t.Errorf("first mention: content %d member %d, %s, %d findings", c, o, m.Place, len(m.Findings))
	}
	f := m.Findings[0]
	if f.Kind != breach.Email || f.Value.Reveal() != "aino@example.fi" || f.Strength != breach.Strong || !f.Labelled || f.Place.String() != "sheet 2 row 14 column C" {
		t.Errorf("first finding came back different: %s %s", f.Kind, f.Place)
	}
	if !m.Findings[1].Failed || m.Findings[1].Kind != breach.Health {
		t.Error("second finding came back different")
	}
	if _, o := store.MemberOf(got[1].Place.Evidence); o != 3 {
		t.Errorf("second mention is of member %d", o)
	}
}

func TestStoppedScanLeavesNoParts(t *testing.T) {
	s, id := open(t)
	for _, n := range []int64{1, 2} {
		w, err := s.CreateFindings(t.Context(), can(t, s, id, auth.Scan), n)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Mention(n, 0, mention(breach.Name, "x")); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			err = w.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.BeginReading(t.Context(), can(t, s, id, auth.Scan), "v1"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.LastPart(t.Context(), can(t, s, id, auth.Scan)); err != nil || n != 0 {
		t.Errorf("last part %d, error %v", n, err)
	}
	if w, err := s.CreateFindings(t.Context(), can(t, s, id, auth.Scan), 1); err != nil {
		t.Errorf("a part in the place of what was left: %v", err)
	} else {
		w.Abandon()
	}
}
