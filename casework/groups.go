package casework

import (
	"math"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
	"github.com/klarlagt/klarlagt/resolve"
)

// groups is which group of people each entry is of. It takes three bytes an
// entry.
type groups struct {
	names     []string
	entry     []uint16 // by entry: which name
	protected []bool   // by entry
}

func groupsOf(x *register.Index) *groups {
	g := &groups{entry: make([]uint16, x.Len()), protected: make([]bool, x.Len())}
	number := map[string]uint16{}
	for i := range x.Len() {
		e := x.Entry(breach.EntryID(i))
		n, ok := number[e.Group]
		if !ok && len(g.names) <= math.MaxUint16 {
			n = uint16(len(g.names))
			number[e.Group] = n
			g.names = append(g.names, e.Group)
		}
		g.entry[i], g.protected[i] = n, e.Protected
	}
	return g
}

// of gives the group of an entry.
func (g *groups) of(e breach.EntryID) string { return g.names[g.entry[e]] }

// registered counts the people of each group.
func (g *groups) registered(people *resolve.People) assess.Registered {
	r := assess.Registered{Groups: map[string]int64{}}
	for i := range g.entry {
		if people.Of(breach.EntryID(i)) != uint32(i) {
			continue
		}
		r.People++
		seen := map[string]bool{}
		for _, e := range people.Entries(uint32(i)) {
			if name := g.of(e); !seen[name] {
				seen[name] = true
				r.Groups[name]++
			}
		}
	}
	return r
}
