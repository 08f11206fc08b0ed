package store_test

import (
	"fmt"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// BenchmarkPeople reads 20,000 people in no register, each with an address that
// lies sealed.
func BenchmarkPeople(b *testing.B) {
	const people = 20_000
	s, err := store.Open(b.Context(), config(b))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	c, err := s.OpenCase(b.Context(), console(), "a case", moment(0))
	if err != nil {
		b.Fatal(err)
	}
	w, err := s.BeginPeople(b.Context(), can(b, s, c.ID, auth.Resolve))
	if err != nil {
		b.Fatal(err)
	}
	for n := range people {
		err := w.Person(store.Person{Number: int64(n + 1), Stranger: true, Grade: breach.Likely, Probability: 0.9, Kinds: breach.KindsOf(breach.Email),
			Identifiers: []breach.Finding{{Kind: breach.Email, Form: "email", Value: breach.Hide(fmt.Sprintf("person%d@example.com", n))}},
			Exposures:   []breach.Exposure{{Kind: breach.Email, Grade: breach.Likely, Places: 1}}})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		b.Fatal(err)
	}
	g := can(b, s, c.ID, auth.ListPeople)
	for b.Loop() {
		n := 0
		for _, err := range s.People(b.Context(), g) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != people {
			b.Fatalf("%d people", n)
		}
	}
}
