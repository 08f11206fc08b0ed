package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// save writes people with so many links each.
func save(t *testing.T, s *store.Store, id store.CaseID, links ...int) {
	t.Helper()
	w, err := s.BeginPeople(t.Context(), can(t, s, id, auth.Resolve))
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range links {
		p := store.Person{Number: int64(i + 1), Stranger: i == 2, Grade: breach.Likely, Probability: 0.95,
			Kinds: breach.KindsOf(breach.Name, breach.Health), FirstLink: w.Links(), Links: int64(n)}
		for j := range n {
			l := store.Link{Person: p.Number, Root: 1, Path: "caf\xe9.txt", Place: breach.At(breach.Step{Unit: breach.Line, N: int64(j)}),
				Likely: p.Kinds, Probability: 0.95, Why: "national-id", WhyKinds: breach.KindsOf(breach.NationalID), Candidates: 1}
			if err := w.Link(l); err != nil {
				t.Fatal(err)
			}
		}
		for _, k := range p.Kinds.List() {
			p.Exposures = append(p.Exposures, breach.Exposure{Kind: k, Grade: breach.Likely, Places: int64(n)})
		}
		if p.Stranger {
			p.Identifiers = []breach.Finding{{Kind: breach.Email, Form: "email", Value: breach.Hide("bo@example.se")}}
		} else {
			p.Entries = []breach.EntryID{breach.EntryID(10 * i), breach.EntryID(10*i + 1)}
		}
		if err := w.Person(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestPeopleComeBackWithTheirLinks(t *testing.T) {
	s, id := open(t)
	save(t, s, id, 2, 1, 3)
	var people []store.Person
	for p, err := range s.People(t.Context(), can(t, s, id, auth.ListPeople)) {
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, p)
	}
	if len(people) != 3 {
		t.Fatalf("%d people", len(people))
	}
	p := people[2]
	if p.ID() != "p3" || !p.Stranger || p.Grade != breach.Likely || !p.Kinds.Has(breach.Health) || len(p.Exposures) != 2 ||
		p.Exposures[0].Kind != breach.Name || p.Exposures[1].Places != 3 || p.Identifiers[0].Value.Reveal() != "bo@example.se" {
		t.Errorf("the stranger came back different: %s %s", p.ID(), p.Grade)
	}
	if !slices.Equal(people[1].Entries, []breach.EntryID{10, 11}) {
		t.Errorf("entries of p2: %v", people[1].Entries)
	}
	var places []string
	err := s.Links(t.Context(), can(t, s, id, auth.ListPeople), p.FirstLink, func(l store.Link) (bool, error) {
		if l.Person != 3 || l.Path != "caf\xe9.txt" || l.Likely != p.Kinds || l.Why != "national-id" || !l.WhyKinds.Has(breach.NationalID) {
			t.Errorf("a link of p%d came back different", l.Person)
		}
		places = append(places, l.Place.String())
		return true, nil
	})
	if err != nil || !slices.Equal(places, []string{"line", "line 1", "line 2"}) {
		t.Errorf("places %v, error %v", places, err)
	}
}

func TestPersonIsFoundByEntry(t *testing.T) {
	s, id := open(t)
	save(t, s, id, 1, 1)
	if n, ok, err := s.PersonOf(t.Context(), can(t, s, id, auth.ListPeople), 11); err != nil || !ok || n != 2 {
		t.Errorf("person of entry 11: %d, %v, %v", n, ok, err)
	}
	if _, ok, err := s.PersonOf(t.Context(), can(t, s, id, auth.ListPeople), 99); err != nil || ok {
		t.Errorf("an entry of nobody exposed: %v, %v", ok, err)
	}
	var refusal *breach.Refusal
	if _, err := s.Person(t.Context(), can(t, s, id, auth.ListPeople), 99); !errors.As(err, &refusal) {
		t.Errorf("nobody: got %v, want a refusal", err)
	}
}

func TestNewResolveReplacesTheOld(t *testing.T) {
	s, id := open(t)
	save(t, s, id, 1, 1, 1)
	save(t, s, id, 4)
	n, links := 0, 0
	for _, err := range s.People(t.Context(), can(t, s, id, auth.ListPeople)) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if err := s.Links(t.Context(), can(t, s, id, auth.ListPeople), 0, func(store.Link) (bool, error) { links++; return true, nil }); err != nil {
		t.Fatal(err)
	}
	if n != 1 || links != 4 {
		t.Errorf("%d people with %d links, want 1 with 4", n, links)
	}
}

func TestAbandonedResolveLeavesTheOld(t *testing.T) {
	s, id := open(t)
	save(t, s, id, 1, 2)
	w, err := s.BeginPeople(t.Context(), can(t, s, id, auth.Resolve))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Link(store.Link{Person: 1, Path: "x"}); err != nil {
		t.Fatal(err)
	}
	w.Abandon()
	n := 0
	for _, err := range s.People(t.Context(), can(t, s, id, auth.ListPeople)) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d people, want the 2 of before", n)
	}
}

func TestPersonIDs(t *testing.T) {
	for text, want := range map[string]int64{"p17": 17, "p1": 1} {
		if n, ok := store.ParsePersonID(text); !ok || n != want {
			t.Errorf("%s: %d, %v", text, n, ok)
		}
	}
	for _, text := range []string{"", "p", "17", "p0", "p-1", "P-1007", "px"} {
		if _, ok := store.ParsePersonID(text); ok {
			t.Errorf("%q is taken for a person", text)
		}
	}
}
