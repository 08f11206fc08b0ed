package casework

import (
	"math"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/resolve"
)

// groups is which group of people each entry is of. It takes three bytes an
// entry.
type groups struct {
	names     []string
	number    map[string]uint16 // by name: its place in names
	entry     []uint16          // by entry: which name
	protected []bool            // by entry
}

func newGroups(entries int) *groups {
	return &groups{entry: make([]uint16, entries), protected: make([]bool, entries), number: map[string]uint16{}}
}

// see notes the group of an entry. Decoding entries is what costs: whoever
// looks at all of them lets this see them too.
func (g *groups) see(e breach.Entry) {
	n, ok := g.number[e.Group]
	if !ok && len(g.names) <= math.MaxUint16 {
		n = uint16(len(g.names))
		g.number[e.Group] = n
		g.names = append(g.names, e.Group)
	}
	g.entry[e.ID], g.protected[e.ID] = n, e.Protected
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
