package resolve

import (
	"maps"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// Tie is what people said of entries: those of one group are one person, and
// those of different groups are different people. What the registers say comes
// second to it. Ties that are given together must not contradict each other.
type Tie struct {
	Groups [][]breach.EntryID
}

// tie makes one person of each group, and notes who are apart.
func (j joiner) tie(ties []Tie) {
	for _, t := range ties {
		for i, group := range t.Groups {
			for _, id := range group[min(1, len(group)):] {
				j.join(group[0], id)
			}
			for _, other := range t.Groups[:i] {
				for _, a := range group {
					for _, b := range other {
						j.apart[pairOf(a, b)] = true
					}
				}
			}
		}
	}
}

func pairOf(a, b breach.EntryID) [2]breach.EntryID {
	return [2]breach.EntryID{min(a, b), max(a, b)}
}

// untie takes everybody apart in whom a shared number has joined two who were
// said to be two people: only what was said holds among them then. A number that
// two people have does not tell whose a third entry is; whoever is left alone is
// told alone, and nobody goes without.
func (j joiner) untie(ties []Tie) {
	for _, pair := range slices.SortedFunc(maps.Keys(j.apart), func(a, b [2]breach.EntryID) int { return slices.Compare(a[:], b[:]) }) {
		if j.of[pair[0]] != j.of[pair[1]] {
			continue
		}
		entries := j.Entries(j.of[pair[0]])
		for _, id := range entries {
			j.of[id], j.next[id] = uint32(id), uint32(id)
		}
		for _, t := range ties {
			for _, group := range t.Groups {
				if len(group) == 0 || !slices.Contains(entries, group[0]) {
					continue
				}
				for _, id := range group[1:] {
					j.join(group[0], id)
				}
			}
		}
		for i, a := range entries {
			for _, b := range entries[:i] {
				j.propose(a, b)
			}
		}
	}
}
