package breach_test

import (
	"testing"

	"github.com/klarlagt/klarlagt/breach"
)

func TestPlacesAreSaidInEachLanguage(t *testing.T) {
	place := breach.At(breach.Step{Unit: breach.Sheet, N: 2, Name: breach.Hide("Klass 4B")}, breach.Step{Unit: breach.Row, N: 14}, breach.Step{Unit: breach.Column, N: 28})
	for lang, want := range map[string][2]string{
		"en": {"sheet 2 row 14 column AB", "sheet Klass 4B row 14 column AB"},
		"sv": {"blad 2 rad 14 kolumn AB", "blad Klass 4B rad 14 kolumn AB"},
		"fi": {"taulukko 2 rivi 14 sarake AB", "taulukko Klass 4B rivi 14 sarake AB"},
		"is": {"sheet 2 row 14 column AB", "sheet Klass 4B row 14 column AB"},
	} {
		if got := place.Title(lang); got != want[0] {
			t.Errorf("%s: %q, want %q", lang, got, want[0])
		}
		if got := place.Follow(lang); got != want[1] {
			t.Errorf("%s: with names %q, want %q", lang, got, want[1])
		}
		for u := breach.NoUnit; u <= breach.Bytes; u++ {
			if (u.Title(lang) == "") != (u == breach.NoUnit) {
				t.Errorf("%s: unit %d has no word", lang, u)
			}
		}
	}
}
