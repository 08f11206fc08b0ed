package auth

import (
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// Readers are the two people, named for a case, who may see the values of
// protected identities: two, so that one can be away, and no more.
type Readers [2]UserID

// NewReaders names two people.
func NewReaders(a, b UserID) (Readers, error) {
	if a == "" || b == "" || a == b {
		return Readers{}, &breach.Refusal{Key: "refusal.two-readers"}
	}
	return Readers{a, b}, nil
}

// Has reports whether a user is one of them.
func (r Readers) Has(u UserID) bool { return u != "" && slices.Contains(r[:], u) }

// Small is the least count that is shown of a group of people. A smaller one
// points at somebody, at zero too: it says of each who is in none.
const Small = 5

// HideSmall says which counts of one row to hide so that none below [Small] can
// be read or, where their sum is known, worked out: with one alone hidden, the
// smallest of the others is too.
func HideSmall(counts []int64) []bool {
	hide := make([]bool, len(counts))
	hidden, next := 0, -1
	for i, n := range counts {
		switch {
		case n < Small:
			hide[i] = true
			hidden++
		case next < 0 || n < counts[next]:
			next = i
		}
	}
	if hidden == 1 && next >= 0 {
		hide[next] = true
	}
	return hide
}
