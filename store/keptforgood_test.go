package store_test

import (
	"errors"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

func TestRegistersAreCountedAsTheyWereImportedLast(t *testing.T) {
	s, id := open(t)
	counts := func() (all [][3]int64) {
		t.Helper()
		for range 2 { // the second time, by what is kept
			list, err := s.Registers(t.Context(), can(t, s, id, auth.ReadReport))
			if err != nil {
				t.Fatal(err)
			}
			all = nil
			for _, r := range list {
				all = append(all, [3]int64{r.Entries, r.Gone, r.Rejected})
			}
		}
		return all
	}
	for _, step := range []struct {
		name, register string
		dry            bool
		entries        map[string]string
		want           [][3]int64
	}{
		{"the first", "pupils", false, map[string]string{"P-1": "a", "P-2": "b"}, [][3]int64{{2, 0, 1}}},
		{"one of which somebody is gone", "pupils", false, map[string]string{"P-2": "b", "P-3": "c", "P-4": "d"}, [][3]int64{{3, 1, 1}}},
		{"a dry run", "pupils", true, map[string]string{"P-9": "x"}, [][3]int64{{3, 1, 1}}},
		{"another register", "staff", false, map[string]string{"S-1": "a"}, [][3]int64{{3, 1, 1}, {1, 0, 1}}},
		{"the same again", "staff", false, map[string]string{"S-1": "a"}, [][3]int64{{3, 1, 1}, {1, 0, 1}}},
		{"an empty one", "pupils", false, nil, [][3]int64{{0, 4, 1}, {1, 0, 1}}},
	} {
		load(t, s, id, step.register, step.dry, step.entries)
		got := counts()
		if len(got) != len(step.want) {
			t.Fatalf("%s: %d registers", step.name, len(got))
		}
		for i := range got {
			if got[i] != step.want[i] {
				t.Errorf("%s: register %d has %v entries, gone and rejected; want %v", step.name, i+1, got[i], step.want[i])
			}
		}
	}
}

func TestWhatIsMadeOfListsIsOfThose(t *testing.T) {
	s, id := open(t)
	one, two := store.List{Number: 1, Root: [32]byte{1}}, store.List{Number: 2, Root: [32]byte{2}}
	other := two
	other.Root = [32]byte{3}
	made := 0
	get := func(g auth.Grant, what string, from, to store.List) (int, error) {
		return store.OfLists(t.Context(), s, g, what, from, to, func() (int, error) { made++; return made, nil })
	}
	g := can(t, s, id, auth.ListPeople)
	for _, b := range []struct {
		what     string
		from, to store.List
		want     int
	}{{"a", one, two, 1}, {"a", one, two, 1}, {"b", one, two, 2}, {"a", two, one, 3}, {"a", one, other, 4}, {"a", store.List{}, two, 5}, {"a", one, two, 1}} {
		if got, err := get(g, b.what, b.from, b.to); err != nil || got != b.want {
			t.Errorf("%s of %d and %d: made as number %d, error %v; want %d", b.what, b.from.Number, b.to.Number, got, err, b.want)
		}
	}
	for i := range int64(300) {
		if _, err := get(g, "a", store.List{Number: i + 10}, two); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := get(g, "a", one, two); err != nil || got <= 5 {
		t.Errorf("after three hundred others, number %d is kept still, error %v", got, err)
	}
	if _, err := get(can(t, s, id, auth.ReadReport), "a", one, two); !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("with leave for the report alone: %v", err)
	}
	if err := s.DestroyKeys(t.Context(), can(t, s, id, auth.Destroy)); err != nil {
		t.Fatal(err)
	}
	if got, err := get(g, "a", one, two); err == nil {
		t.Errorf("when the key is gone, there is number %d", got)
	}
}
