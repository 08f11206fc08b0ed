package specimen

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/klarlagt/klarlagt/breach"
)

// Score is how an export compares with the key. A claim is a person and a kind
// of data.
type Score struct {
	Plain       Tally // claims that rest on a unique identifier in a plain format
	PlainPlaces Tally // the same, each place for itself
	All         Tally // claims that rest on more than a name, in any format
	AllPlaces   Tally
	ByKind      map[breach.Kind]*Tally // of All
	ByFormat    map[string]*Tally      // of AllPlaces

	Names      Tally // claims that rest on a name alone: they need not be found
	Possible   int   // persons reported as no more than possible
	Unrevealed int   // persons in no register whose identifiers the export keeps to itself
	Merged     int   // reported persons that are several people in truth
	Split      int   // people who were reported as several persons

	Decoys []Decoy // those that were reported as a person
	Nobody int     // reported persons who are neither in the evidence nor a decoy

	Items    int               // in the key
	Missing  []string          // items that the account leaves out
	Extra    []string          // items that it invents
	Wrong    []Item            // items in a state they cannot be in
	States   map[StatePair]int // how many items are expected in one state and stand in another
	Accounts int               // lines of sums
	AddsUp   bool              // the sums of the account are those of its items
}

// StatePair is the state an item should have first of all, and the one it has.
type StatePair struct{ Want, Got breach.State }

// Tally counts claims.
type Tally struct {
	Expected, Found int // true claims, and those of them that were reported
	Reported, Right int // reported claims, and those of them that are true
}

// Recall is the share of the true claims that was found; 1 where there are none.
func (t Tally) Recall() float64 { return ratio(t.Found, t.Expected) }

// Precision is the share of the reported claims that is true; 1 where there are none.
func (t Tally) Precision() float64 { return ratio(t.Right, t.Reported) }

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// tally counts what was found of what is true, and what is true of what was said.
func (c *checker) tally() {
	for cl, how := range c.truth {
		found := c.reported[cl]
		for _, t := range c.tallies(cl, how) {
			t.Expected++
			if found {
				t.Found++
			}
		}
	}
	for cl := range c.reported {
		right := c.allowed[cl]
		for _, t := range c.reportTallies(cl) {
			t.Reported++
			if right {
				t.Right++
			}
		}
	}
	c.tallyPeople()
	c.tallyItems()
}

// tallies gives the tallies in which a true claim is expected.
func (c *checker) tallies(cl claim, how How) []*Tally {
	s := &c.score
	switch {
	case how == ByName:
		if cl.evidence == "" {
			return []*Tally{&s.Names}
		}
		return nil
	case cl.evidence == "":
		return []*Tally{&s.All, tallyOf(s.ByKind, cl.kind)}
	case cl.evidence == inPlain:
		if how == Unique {
			return []*Tally{&s.Plain}
		}
		return nil
	}
	t := []*Tally{&s.AllPlaces, tallyOf(s.ByFormat, c.format(cl.evidence))}
	if how == Unique && c.plain[cl.evidence] {
		t = append(t, &s.PlainPlaces)
	}
	return t
}

// reportTallies gives the tallies to which a reported claim counts.
func (c *checker) reportTallies(cl claim) []*Tally {
	s := &c.score
	switch cl.evidence {
	case "":
		return []*Tally{&s.All, tallyOf(s.ByKind, cl.kind)}
	case inPlain:
		return []*Tally{&s.Plain}
	}
	t := []*Tally{&s.AllPlaces, tallyOf(s.ByFormat, c.format(cl.evidence))}
	if c.plain[cl.evidence] {
		t = append(t, &s.PlainPlaces)
	}
	return t
}

func (c *checker) format(evidence string) string {
	return cmp.Or(c.formats[evidence], "?")
}

func tallyOf[K comparable](m map[K]*Tally, k K) *Tally {
	if m[k] == nil {
		m[k] = &Tally{}
	}
	return m[k]
}

// tallyPeople counts persons merged, split and invented, and decoys.
func (c *checker) tallyPeople() {
	ids := map[string]int{}
	for _, names := range c.people {
		if len(names) > 1 {
			c.score.Merged++
		}
		for name := range names {
			ids[name]++
			if strings.HasPrefix(name, "nobody ") || strings.HasPrefix(name, "entry ") {
				c.score.Nobody++
			}
		}
	}
	for _, n := range ids {
		if n > 1 {
			c.score.Split++
		}
	}
	for n, d := range c.key.Decoys {
		if c.fooled[n] || c.takenFor(d) {
			c.score.Decoys = append(c.score.Decoys, d)
		}
	}
}

// takenFor reports whether somebody was taken for the person a decoy only
// looks like.
func (c *checker) takenFor(d Decoy) bool {
	at := sameEvidence(d.Evidence)
	for _, e := range d.Entries {
		name := c.entries[e]
		if name == "" {
			name = "entry " + e.Register + " " + e.Key
		}
		for _, k := range breach.AllKinds() {
			if cl := (claim{name, k, at}); c.reported[cl] && !c.allowed[cl] {
				return true
			}
		}
	}
	return false
}

// account compares the sums with each other; with the items, once all are read.
func (c *checker) account(a reportedAccount) {
	c.score.Accounts++
	sum := 0
	for _, n := range a.States {
		sum += n
	}
	c.score.AddsUp = a.Items != nil && *a.Items == sum
	c.sums = a.States
}

func (c *checker) tallyItems() {
	s := &c.score
	known := map[string]bool{}
	for _, i := range c.key.Items {
		at := sameEvidence(i.Evidence)
		known[at] = true
		s.Items++
		got, ok := c.items[at]
		if !ok {
			s.Missing = append(s.Missing, i.Evidence)
			continue
		}
		want := i.States[0]
		if slices.Contains(i.States, got) {
			want = got
		} else {
			s.Wrong = append(s.Wrong, i)
		}
		s.States[StatePair{want, got}]++
	}
	counts := map[string]int{}
	for at, state := range c.items {
		counts[string(state)]++
		if !known[at] && !c.mayHold(at) {
			s.Extra = append(s.Extra, at)
		}
	}
	for state, n := range c.sums {
		s.AddsUp = s.AddsUp && counts[state] == n
	}
	slices.Sort(s.Extra)
}

// mayHold reports whether an item that the key does not list may be there: the
// tar of a .tar.gz, or what somebody rescued out of a damaged file.
func (c *checker) mayHold(at string) bool {
	if strings.HasSuffix(strings.ToLower(at), ".tar") {
		return true
	}
	for i := range at {
		if plain, ok := c.plain[at[:i]]; ok && !plain && strings.HasPrefix(at[i:], "!/") {
			return true
		}
	}
	return false
}

// Print writes the score as tables. It names places and kinds, no values.
func (s Score) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CLAIMS\texpected\tfound\trecall\treported\ttrue\tprecision")
	row := func(name string, c Tally) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%.4f\t%d\t%d\t%.4f\n", name, c.Expected, c.Found, c.Recall(), c.Reported, c.Right, c.Precision())
	}
	row("unique, plain formats: person x kind", s.Plain)
	row("unique, plain formats: person x kind x place", s.PlainPlaces)
	row("all: person x kind", s.All)
	row("all: person x kind x place", s.AllPlaces)
	for _, k := range breach.AllKinds() {
		if c := s.ByKind[k]; c != nil {
			row("  "+k.String(), *c)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(s.ByFormat)) {
		row("  in "+f, *s.ByFormat[f])
	}
	fmt.Fprintf(t, "\nPERSONS\nby name alone: claims expected, found\t%d\t%d\n", s.Names.Expected, s.Names.Found)
	fmt.Fprintf(t, "no more than possible\t%d\nin no register, not revealed\t%d\nseveral people taken for one\t%d\none taken for several\t%d\nnobody\t%d\n",
		s.Possible, s.Unrevealed, s.Merged, s.Split, s.Nobody)
	fmt.Fprintf(t, "decoys reported as persons\t%d\n", len(s.Decoys))
	for _, d := range s.Decoys {
		fmt.Fprintf(t, "  %s\t%s\n", d.What, d.Evidence)
	}
	fmt.Fprintf(t, "\nACCOUNT\nitems in the key\t%d\nleft out\t%d\ninvented\t%d\nin a wrong state\t%d\nsums add up\t%v\n", s.Items, len(s.Missing), len(s.Extra), len(s.Wrong), s.AddsUp)
	for _, want := range breach.States() {
		for _, got := range breach.States() {
			if n := s.States[StatePair{want, got}]; n > 0 {
				fmt.Fprintf(t, "  %s -> %s\t%d\n", want, got, n)
			}
		}
	}
	return t.Flush()
}
