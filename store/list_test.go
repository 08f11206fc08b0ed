package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// enlisted makes a list of people, told apart by a name each, with a kind of data.
func enlisted(w *store.PeopleWriter, kind breach.Kind, names ...string) iter.Seq2[store.Listed, error] {
	var all []store.Listed
	for i, name := range names {
		all = append(all, store.Listed{Who: w.ListKey(breach.Hide(name)), Number: int64(i) + 1, Protected: name == "hidden", Stranger: name == "stranger", Likely: breach.KindsOf(kind)})
	}
	slices.SortFunc(all, func(a, b store.Listed) int { return cmp.Compare(string(a.Who[:]), string(b.Who[:])) })
	return func(yield func(store.Listed, error) bool) {
		for _, l := range all {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// listing resolves to people and a list of them.
func listing(t *testing.T, s *store.Store, id store.CaseID, kind breach.Kind, names ...string) []store.List {
	t.Helper()
	w, err := s.BeginPeople(t.Context(), can(t, s, id, auth.Resolve))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.List(clock, enlisted(w, kind, names...)), w.Commit()); err != nil {
		t.Fatal(err)
	}
	lists, err := s.Lists(t.Context(), can(t, s, id, auth.ReadReport))
	if err != nil {
		t.Fatal(err)
	}
	return lists
}

func TestResolveThatFindsTheSameMakesNoVersion(t *testing.T) {
	s, id := open(t)
	for _, c := range []struct {
		name  string
		kind  breach.Kind
		names []string
		want  int64
	}{
		{"the first", breach.Health, []string{"a", "b", "hidden", "stranger"}, 1},
		{"the same", breach.Health, []string{"a", "b", "hidden", "stranger"}, 1},
		{"the same in another order, so with other numbers", breach.Health, []string{"stranger", "hidden", "b", "a"}, 1},
		{"somebody more", breach.Health, []string{"a", "b", "c", "hidden", "stranger"}, 2},
		{"other data", breach.Grades, []string{"a", "b", "c", "hidden", "stranger"}, 3},
		{"what there was at first", breach.Health, []string{"a", "b", "hidden", "stranger"}, 4},
		{"nobody", breach.Health, nil, 5},
	} {
		lists := listing(t, s, id, c.kind, c.names...)
		last := lists[len(lists)-1]
		if last.Number != c.want || !last.Kept {
			t.Errorf("%s: version %d, kept %t, want %d", c.name, last.Number, last.Kept, c.want)
		}
		if all := last.People + last.Strangers; all != int64(len(c.names)) || all > 0 && (last.Protected != 1 || last.Strangers != 1) {
			t.Errorf("%s: %+v", c.name, last)
		}
	}
	lists := listing(t, s, id, breach.Health)
	if lists[0].Root != lists[3].Root || lists[0].Root == lists[1].Root {
		t.Error("the root is not that of the people and their data")
	}
	var err error
	if n := count(s.Listed(t.Context(), can(t, s, id, auth.ListPeople), 2), &err); n != 5 || err != nil {
		t.Errorf("%d people on version 2, error %v", n, err)
	}
}

func TestListsOfManyPagesAreWhole(t *testing.T) {
	s, id := open(t)
	var names []string
	for i := range 2003 {
		names = append(names, fmt.Sprint("p", i))
	}
	listing(t, s, id, breach.Health, names...)
	last, n := store.ListKey{}, 0
	for p, err := range s.Listed(t.Context(), can(t, s, id, auth.ListPeople), 1) {
		if err != nil || n > 0 && string(p.Who[:]) <= string(last[:]) || !p.Likely.Has(breach.Health) {
			t.Fatalf("person %d: %+v, error %v", n, p, err)
		}
		last, n = p.Who, n+1
	}
	if n != len(names) {
		t.Errorf("%d people, want %d", n, len(names))
	}
}

func TestOnlyTheNewestListIsFrozenAndOnce(t *testing.T) {
	s, id := open(t)
	g := can(t, s, id, auth.FreezeList)
	old := listing(t, s, id, breach.Health, "a")[0]
	newest := listing(t, s, id, breach.Health, "a", "b")[1]
	for _, c := range []struct {
		name   string
		number int64
		root   [32]byte
		want   string
	}{
		{"an old one", old.Number, old.Root, "refusal.list-old"},
		{"another root", newest.Number, old.Root, "refusal.list-old"},
		{"one that there is none", 7, newest.Root, "refusal.list-old"},
		{"the newest", newest.Number, newest.Root, ""},
		{"the newest again", newest.Number, newest.Root, "refusal.list-frozen"},
	} {
		if _, err := s.FreezeList(t.Context(), g, c.number, c.root, "4be0c2"); refusalOf(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := s.FreezeList(t.Context(), can(t, s, id, auth.ListPeople), 2, newest.Root, ""); !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("with a grant to look: %v", err)
	}
	var lists []store.List
	for i := range 2 * 10 {
		lists = listing(t, s, id, breach.Health, fmt.Sprint(i))
	}
	frozen := lists[1]
	if frozen.Frozen.IsZero() || frozen.By != string(console().User) || frozen.Approval != "4be0c2" || !frozen.Kept || frozen.Root != newest.Root {
		t.Errorf("the frozen list after twenty more: %+v", frozen)
	}
	if lists[0].Kept || lists[10].Kept || !lists[len(lists)-10].Kept || lists[0].People != 1 {
		t.Errorf("who stands on old lists is kept, or on new ones is not: %+v", lists)
	}
}
