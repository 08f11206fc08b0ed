package register_test

import (
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
)

func marks(t *testing.T, secret register.Secret, lines ...string) []register.Mark {
	t.Helper()
	got := importRows("pupils", register.Options{}, append([]string{"Id|Namn|E-post|Klass"}, lines...)...)
	if got.err != nil {
		t.Fatal(got.err)
	}
	var m []register.Mark
	for _, e := range got.entries {
		m = append(m, register.MarkOf(e, secret))
	}
	return m
}

func TestDiff(t *testing.T) {
	secret := register.Secret{1}
	before := marks(t, secret, "1|Anna Ek|a@example.se|2A", "2|Bo Ek|b@example.se|2A", "3|Cia Ek||2B")
	for _, c := range []struct {
		name               string
		lines              []string
		fresh, other, gone []int
		same               int
	}{
		{"the same file", []string{"1|Anna Ek|a@example.se|2A", "2|Bo Ek|b@example.se|2A", "3|Cia Ek||2B"}, nil, nil, nil, 3},
		{"sorted anew", []string{"3|Cia Ek||2B", "2|Bo Ek|b@example.se|2A", "1|Anna Ek|a@example.se|2A"}, nil, nil, nil, 3},
		{"spelled otherwise", []string{"1|Anna  Ek|A@EXAMPLE.se|2A", "2|Bo Ek|b@example.se|2A", "3|Cia Ek||2B"}, nil, nil, nil, 3},
		{"one of each", []string{"1|Anna Berg|a@example.se|2A", "3|Cia Ek||2B", "4|Dan Ek||2B"}, []int{2}, []int{0}, []int{1}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := register.Diff(before, marks(t, secret, c.lines...))
			if !slices.Equal(got.New, c.fresh) || !slices.Equal(got.Changed, c.other) || !slices.Equal(got.Gone, c.gone) || got.Same != c.same {
				t.Errorf("got %+v, want new %v changed %v gone %v same %d", got, c.fresh, c.other, c.gone, c.same)
			}
		})
	}
}

func TestFingerprint(t *testing.T) {
	e := breach.Entry{Key: breach.Hide("P-1"), Emails: []breach.Personal{breach.Hide("a@example.se")}}
	moved := e
	moved.ID, moved.Row = 7, 9
	if register.Fingerprint(e, register.Secret{}) != register.Fingerprint(moved, register.Secret{}) {
		t.Error("an entry that only moved has another fingerprint")
	}
	other := e
	other.Emails, other.Usernames = nil, e.Emails
	if register.Fingerprint(e, register.Secret{}) == register.Fingerprint(other, register.Secret{}) {
		t.Error("the same text in another field has the same fingerprint")
	}
	if register.Fingerprint(e, register.Secret{}) == register.Fingerprint(e, register.Secret{1}) {
		t.Error("the fingerprint does not depend on the secret")
	}
}
