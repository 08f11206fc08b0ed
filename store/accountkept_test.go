package store_test

import (
	"crypto/sha256"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// keptLines are the lines of the account as they are kept, and how often they were
// read for it.
type keptLines struct {
	t     *testing.T
	s     *store.Store
	id    store.CaseID
	reads int
}

func (k *keptLines) get() []string {
	k.t.Helper()
	lines, err := store.OfAccount(k.t.Context(), k.s, can(k.t, k.s, k.id, auth.ReadAccount), "lines", func() ([]string, error) {
		k.reads++
		return account(k.t, k.s, k.id), nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return lines
}

func TestWhatIsKeptOfTheAccountIsWhatItSays(t *testing.T) {
	s, id := open(t)
	g := func() auth.Grant { return can(t, s, id, auth.Scan) }
	kept := &keptLines{t: t, s: s, id: id}
	var root, walk int64
	item := func(path, text string, position int64) store.Item {
		sum := sha256.Sum256([]byte(text))
		return store.Item{Root: root, Path: path, Position: position, Size: int64(len(text)), MTime: 1, SHA256: sum[:], State: breach.Pending}
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"a walk", func() (err error) {
			root = share(t, s, id, map[string]string{"a.zip": "1", "b.zip": "1", "c.txt": "2"})
			return nil
		}},
		{"an item's own state", func() error {
			one := item("c.txt", "2", 3)
			one.State, one.Reason = breach.NotReadable, breach.Malformed
			return s.SetItems(t.Context(), g(), []store.Item{one})
		}},
		{"a content", func() error {
			if err := s.SetItems(t.Context(), g(), []store.Item{item("b.zip", "1", 2)}); err != nil {
				return err
			}
			readItem(t, s, id, root, "a.zip", "1", 1, true)
			return nil
		}},
		{"twins", func() error { return s.AttachTwins(t.Context(), g(), "v1") }},
		{"read anew with passwords", func() error { return s.ForgetUnread(t.Context(), g(), root, []breach.Reason{breach.PasswordNeeded}) }},
		{"read again", func() error { readItem(t, s, id, root, "a.zip", "1", 2, false); return nil }},
		{"read with pictures, in place of what was read", func() error { readItem(t, s, id, root, "a.zip", "1", 3, true); return nil }},
		{"what a second walk met", func() (err error) {
			if walk, err = s.BeginWalk(t.Context(), g(), root); err != nil {
				return err
			}
			return s.SeeItems(t.Context(), g(), walk, []store.Item{item("a.zip", "1", 1), item("d.txt", "4", 2)})
		}},
		{"what it no longer met", func() error { return s.EndWalk(t.Context(), g(), root, walk) }},
		{"a stream that broke off", func() (err error) {
			one := item("tar", "", 9)
			one.Size, one.State, one.Reason = -1, breach.Partly, breach.Malformed
			return s.SeeItems(t.Context(), g(), walk-1, []store.Item{one})
		}},
		{"the stream come whole", func() error { return s.EndStream(t.Context(), g(), root, walk) }},
		{"another reading", func() error { _, err := s.BeginReading(t.Context(), g(), "v2"); return err }},
	} {
		kept.follows(step.name, step.do)
	}
}

// follows tries that what is kept is read anew, once, after something has changed.
func (kept *keptLines) follows(name string, do func() error) {
	t := kept.t
	t.Helper()
	before := kept.get()
	if err := do(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	now := account(t, kept.s, kept.id)
	if slices.Equal(now, before) {
		t.Errorf("%s: changes nothing, so nothing is tried", name)
	}
	reads := kept.reads
	if got, again := kept.get(), kept.get(); !slices.Equal(got, now) || !slices.Equal(again, now) {
		t.Errorf("%s: kept\n%q\nwant\n%q", name, got, now)
	}
	if kept.reads != reads+1 {
		t.Errorf("%s: the account was read %d times for two looks", name, kept.reads-reads)
	}
}

func TestWhatChangesWhileItIsCountedIsNotKept(t *testing.T) {
	s, id := open(t)
	share(t, s, id, map[string]string{"a": "1"})
	look := func(meanwhile func()) (lines []string) {
		t.Helper()
		lines, err := store.OfAccount(t.Context(), s, can(t, s, id, auth.ReadAccount), "lines", func() ([]string, error) {
			before := account(t, s, id)
			meanwhile()
			return before, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	first := look(func() { share(t, s, id, map[string]string{"a": "1", "b": "2"}) })
	if second := look(func() {}); len(first) != 1 || len(second) != 2 {
		t.Errorf("while b came: %q; after it: %q", first, second)
	}
}

func TestNobodyIsGivenWhatIsKeptWithoutLeave(t *testing.T) {
	s, id := open(t)
	share(t, s, id, map[string]string{"a": "1"})
	kept := &keptLines{t: t, s: s, id: id}
	kept.get()
	ask := func(g auth.Grant) error {
		_, err := store.OfAccount(t.Context(), s, g, "lines", func() ([]string, error) { return nil, nil })
		return err
	}
	if err := ask(can(t, s, id, auth.ReadCaseJournal)); !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("with leave for the journal alone: %v", err)
	}
	late := can(t, s, id, auth.ReadAccount)
	if err := s.DestroyKeys(t.Context(), can(t, s, id, auth.Destroy)); err != nil {
		t.Fatal(err)
	}
	var refusal *breach.Refusal
	if err := ask(late); !errors.As(err, &refusal) || refusal.Key != "refusal.case-key-lost" {
		t.Errorf("when the key is gone: %v", err)
	}
}

func TestGapsFromAnyRowOn(t *testing.T) {
	s, id := open(t)
	root := share(t, s, id, map[string]string{"a.zip": "1", "b.zip": "2", "c": "3", "d.zip": "4"})
	readItem(t, s, id, root, "a.zip", "1", 1, true)
	readItem(t, s, id, root, "b.zip", "2", 2, false)
	readItem(t, s, id, root, "d.zip", "4", 3, true)
	var all []store.AccountRow
	for r, err := range s.Account(t.Context(), can(t, s, id, auth.ReadAccount)) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	for i, from := range append(all, store.AccountRow{At: store.AccountAt{Root: root + 1}}) {
		var got, want []string
		for r, err := range s.Gaps(t.Context(), can(t, s, id, auth.ReadAccount), from.At) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r.Path+"!"+r.Member)
		}
		for _, r := range all[min(i, len(all)):] {
			if r.Outcome.State.IsGap() {
				want = append(want, r.Path+"!"+r.Member)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("from row %d on: %q, want %q", i, got, want)
		}
	}
}

// TestWhoWritesTheAccountSaysSo reads the package's own source: a text that writes
// items, contents or members stands in a function that counts the account's version
// up, or in one that only such functions call.
func TestWhoWritesTheAccountSaysSo(t *testing.T) {
	writes := regexp.MustCompile(`(?i)(INSERT INTO|UPDATE|DELETE FROM)\s+(items|contents|members)\b`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	callers, writers := map[string][]string{}, map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "secret.go" { // whose members are people
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if writes.MatchString(n.Value) {
						writers[fn.Name.Name] = true
					}
				case *ast.Ident:
					callers[n.Name] = append(callers[n.Name], fn.Name.Name)
				}
				return true
			})
		}
	}
	for name := range writers {
		by := []string{name}
		if !slices.Contains(callers["changeAccount"], name) {
			by = callers[name]
		}
		if len(by) == 0 {
			t.Errorf("%s writes the account, and does not say so", name)
		}
		for _, caller := range by {
			if !slices.Contains(callers["changeAccount"], caller) {
				t.Errorf("%s writes the account, and %s does not say so", name, caller)
			}
		}
	}
	if len(writers) < 9 {
		t.Errorf("%d functions write the account", len(writers))
	}
}
