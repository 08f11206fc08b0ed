package assess

import (
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// Registered is how many people stand in the registers. A person in two groups
// counts in each, and once among all.
type Registered struct {
	People int64
	Groups map[string]int64
}

// Count is how many people of a group are exposed with one kind of data, or
// with any. Proven, Likely, Possible, Excluded and Unknown exclude each other
// and sum to Registered.
type Count struct {
	Kind       breach.Kind // 0 for any kind
	Registered int64
	Proven     int64 // the lower bound
	Likely     int64
	Possible   int64 // each of "one of these" among them
	Excluded   int64 // nothing points to them, and nothing was left unread
	Unknown    int64 // a mere trace points to them, or something was left unread
	Upper      int64 // no more people than this are exposed in what was read
}

// Lower is the lower bound.
func (c Count) Lower() int64 { return c.Proven }

// Row is the counts of one group: any kind first, then each kind in order.
type Row struct {
	Group  string // "" for all people
	Counts []Count
}

// Ambiguity is one mention that may speak of several people, or leaves a mere
// trace. However many it may speak of, it exposes one of them at most: that is
// what keeps the upper bound down.
type Ambiguity struct {
	Groups   []string // of those it may speak of
	Kinds    breach.Kinds
	Unlisted int // of how many more it may speak, whose groups are not told
}

// Counter counts exposed people by group and kind. Its memory grows with groups
// and kinds alone.
type Counter struct {
	registered Registered
	gaps       bool
	all        tallies
	groups     map[string]*tallies
	anywhere   ambiguities
}

// ambiguities are, by kind, the mentions that may speak of people in any group.
type ambiguities [breach.Guardian + 1]ambiguous

// ambiguous is how many mentions there are of a kind, and of how many people
// they may speak beside those who are listed.
type ambiguous struct{ mentions, unlisted int64 }

// tallies are one group's counts, by kind; 0 is any kind.
type tallies [breach.Guardian + 1]tally

// tally is one group's count of one kind. Certain are people of whom at least
// one claim speaks alone; the others, shared, are exposed only if an ambiguous
// mention means them.
type tally struct {
	grades  [breach.Proven + 1]int64 // people by best grade; Unknown for mere traces
	certain int64
	shared  int64
	ambiguous
}

// NewCounter begins a count. With gaps, evidence was left unread or unreadable,
// and nobody can be excluded.
func NewCounter(r Registered, gaps bool) *Counter {
	return &Counter{registered: r, gaps: gaps, groups: map[string]*tallies{}}
}

// Ambiguous counts a mention that may speak of several people. Every mention
// behind a shared claim is to be counted, before or after the people.
func (c *Counter) Ambiguous(a Ambiguity) {
	add := func(t *ambiguous) {
		t.mentions++
		t.unlisted += int64(a.Unlisted)
	}
	kinds := append(a.Kinds.List(), 0)
	for _, k := range kinds {
		add(&c.all[k].ambiguous)
	}
	if a.Unlisted > 0 { // then it may be of any group
		for _, k := range kinds {
			add(&c.anywhere[k])
		}
		return
	}
	for _, group := range distinct(a.Groups) {
		for _, k := range kinds {
			add(&c.group(group)[k].ambiguous)
		}
	}
}

// Person counts one registered person, with the groups of all entries of the
// person.
func (c *Counter) Person(groups []string, p Person) {
	c.all.add(p)
	for _, group := range distinct(groups) {
		c.group(group).add(p)
	}
}

// distinct gives each group once.
func distinct(groups []string) []string {
	if len(groups) < 2 {
		return groups
	}
	groups = slices.Clone(groups)
	slices.Sort(groups)
	return slices.Compact(groups)
}

func (c *Counter) group(name string) *tallies {
	t := c.groups[name]
	if t == nil {
		t = &tallies{}
		c.groups[name] = t
	}
	return t
}

func (t *tallies) add(p Person) {
	if len(p.Known) == 0 {
		return
	}
	certain := false
	for _, k := range p.Known {
		t[k.Kind].add(k.Grade, !k.Shared)
		certain = certain || !k.Shared
	}
	t[0].add(p.Grade, certain)
}

func (t *tally) add(g breach.Grade, certain bool) {
	t.grades[g]++
	if certain {
		t.certain++
	} else {
		t.shared++
	}
}

// Rows gives the counts of all people, then of each group by name. Groups of
// the registers of which nothing became known are among them.
func (c *Counter) Rows() []Row {
	rows := []Row{c.row("", &c.all, c.registered.People, &ambiguities{})}
	for name := range c.registered.Groups {
		c.group(name)
	}
	for name, t := range c.groups {
		rows = append(rows, c.row(name, t, c.registered.Groups[name], &c.anywhere))
	}
	slices.SortFunc(rows[1:], func(a, b Row) int { return strings.Compare(a.Group, b.Group) })
	return rows
}

func (c *Counter) row(group string, t *tallies, registered int64, anywhere *ambiguities) Row {
	row := Row{Group: group}
	for k := range t {
		row.Counts = append(row.Counts, c.count(breach.Kind(k), t[k], anywhere[k], registered))
	}
	return row
}

// count bounds one group's people of one kind.
func (c *Counter) count(k breach.Kind, t tally, anywhere ambiguous, registered int64) Count {
	n := Count{Kind: k, Proven: t.grades[breach.Proven], Likely: t.grades[breach.Likely], Possible: t.grades[breach.Possible]}
	traced := t.grades[breach.Unknown]
	exposed := n.Proven + n.Likely + n.Possible
	n.Registered = max(registered, exposed+traced)

	mentions, unlisted := t.mentions+anywhere.mentions, t.unlisted+anywhere.unlisted
	n.Upper = min(max(n.Proven, t.certain+min(t.shared+unlisted, mentions)), n.Registered)

	untouched := max(n.Registered-exposed-traced-unlisted, 0)
	if !c.gaps {
		n.Excluded = untouched
	}
	n.Unknown = n.Registered - exposed - n.Excluded
	return n
}
