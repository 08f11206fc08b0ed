package assess_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/breach"
)

// count fills a counter with claims and ambiguous mentions; person p is in
// group "pupils" if even, else in "staff"; person 9 is in both.
func count(t testing.TB, c *assess.Counter, claims []assess.Claim, mentions []assess.Ambiguity) {
	t.Helper()
	for _, m := range mentions {
		c.Ambiguous(m)
	}
	if err := assess.Merge(each(claims), func(p assess.Person) error {
		c.Person(groupsOf(p.Person), p)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func groupsOf(person uint32) []string {
	switch {
	case person == 9:
		return []string{"staff", "pupils", "staff"}
	case person%2 == 0:
		return []string{"pupils"}
	}
	return []string{"staff"}
}

var school = assess.Registered{People: 100, Groups: map[string]int64{"pupils": 60, "staff": 41}}

// cell gives one count in words.
func cell(t testing.TB, c *assess.Counter, group string, k breach.Kind) string {
	t.Helper()
	for _, row := range c.Rows() {
		for _, n := range row.Counts {
			if n.Lower() > n.Upper || n.Upper > n.Registered || n.Proven+n.Likely+n.Possible+n.Excluded+n.Unknown != n.Registered {
				t.Errorf("counts of %q do not fit: %+v", row.Group, n)
			}
			if row.Group == group && n.Kind == k {
				return fmt.Sprintf("%d-%d of %d: %d likely %d possible %d excluded %d unknown", n.Lower(), n.Upper, n.Registered, n.Likely, n.Possible, n.Excluded, n.Unknown)
			}
		}
	}
	t.Fatalf("no count of %q", group)
	return ""
}

func TestCounter(t *testing.T) {
	name, health := breach.Name, breach.Health
	of := func(kinds ...breach.Kind) breach.Kinds { return breach.KindsOf(kinds...) }
	claims := []assess.Claim{
		claim(2, name, breach.Proven), claim(2, health, breach.Likely),
		claim(3, name, breach.Likely),
		shared(claim(4, name, breach.Possible)),
		shared(claim(6, name, breach.Possible)),
		shared(claim(8, name, breach.Unknown)),
		claim(9, name, breach.Proven),
	}
	pair := assess.Ambiguity{Groups: []string{"pupils", "pupils"}, Kinds: of(name)}
	cases := []struct {
		what     string
		gaps     bool
		mentions []assess.Ambiguity
		group    string
		kind     breach.Kind
		want     string
	}{
		{"all read", false, []assess.Ambiguity{pair, pair}, "pupils", name, "2-4 of 60: 0 likely 2 possible 55 excluded 1 unknown"},
		{"with gaps", true, []assess.Ambiguity{pair, pair}, "pupils", name, "2-4 of 60: 0 likely 2 possible 0 excluded 56 unknown"},
		{"one of two and a trace are three people at most", false, []assess.Ambiguity{pair, pair, pair, pair, pair}, "pupils", name, "2-5 of 60: 0 likely 2 possible 55 excluded 1 unknown"},
		{"one mention is one person at most", false, []assess.Ambiguity{pair}, "pupils", name, "2-3 of 60: 0 likely 2 possible 55 excluded 1 unknown"},
		{"any kind", false, []assess.Ambiguity{pair, pair}, "pupils", 0, "2-4 of 60: 0 likely 2 possible 55 excluded 1 unknown"},
		{"another kind", false, []assess.Ambiguity{pair, pair}, "pupils", health, "0-1 of 60: 1 likely 0 possible 59 excluded 0 unknown"},
		{"another group", false, []assess.Ambiguity{pair, pair}, "staff", name, "1-2 of 41: 1 likely 0 possible 39 excluded 0 unknown"},
		{"a person in two groups counts once among all", false, []assess.Ambiguity{pair, pair}, "", name, "2-5 of 100: 1 likely 2 possible 94 excluded 1 unknown"},
		{"a name of four hundred", false, []assess.Ambiguity{{Kinds: of(name), Unlisted: 384}}, "staff", name, "1-3 of 41: 1 likely 0 possible 0 excluded 39 unknown"},
		{"a kind nobody has", false, nil, "staff", breach.Photo, "0-0 of 41: 0 likely 0 possible 41 excluded 0 unknown"},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			counter := assess.NewCounter(school, c.gaps)
			count(t, counter, claims, c.mentions)
			if got := cell(t, counter, c.group, c.kind); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestRowsAreInOrder(t *testing.T) {
	c := assess.NewCounter(school, false)
	c.Person([]string{"guests"}, assess.Person{Grade: breach.Proven, Known: []assess.Known{{Kind: breach.Name, Grade: breach.Proven, Places: 1}}})
	var groups []string
	for _, r := range c.Rows() {
		groups = append(groups, r.Group)
		if len(r.Counts) != len(breach.AllKinds())+1 {
			t.Errorf("group %q has %d counts", r.Group, len(r.Counts))
		}
	}
	if want := []string{"", "guests", "pupils", "staff"}; !slices.Equal(groups, want) {
		t.Errorf("rows %q, want %q", groups, want)
	}
	if got, want := cell(t, c, "guests", breach.Name), "1-1 of 1: 0 likely 0 possible 0 excluded 0 unknown"; got != want {
		t.Errorf("a group in no register: %s, want %s", got, want)
	}
}

// However the ambiguous mentions are resolved, the truth lies between the
// bounds.
func TestBoundsHold(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 500 {
		people := uint32(2 + random.IntN(30))
		registered := assess.Registered{People: int64(people), Groups: map[string]int64{}}
		for p := range people {
			for _, g := range slices.Compact(slices.Sorted(slices.Values(groupsOf(p)))) {
				registered.Groups[g]++
			}
		}
		var claims []assess.Claim
		var mentions []assess.Ambiguity
		truth := map[string]map[uint32]bool{"": {}, "pupils": {}, "staff": {}}
		exposed := func(p uint32) {
			for _, g := range append(groupsOf(p), "") {
				truth[g][p] = true
			}
		}
		for range random.IntN(10) {
			p := random.Uint32N(people)
			claims = append(claims, claim(p, breach.Name, breach.Proven))
			exposed(p)
		}
		for range random.IntN(10) {
			set := random.Perm(int(people))[:1+random.IntN(int(people))]
			listed := set[:1+random.IntN(len(set))]
			a := assess.Ambiguity{Kinds: breach.KindsOf(breach.Name), Unlisted: len(set) - len(listed)}
			for _, p := range listed {
				claims = append(claims, shared(claim(uint32(p), breach.Name, breach.Grade(2*random.IntN(2)))))
				a.Groups = append(a.Groups, groupsOf(uint32(p))...)
			}
			mentions = append(mentions, a)
			exposed(uint32(set[random.IntN(len(set))]))
		}
		slices.SortStableFunc(claims, func(a, b assess.Claim) int { return cmp.Compare(a.Person, b.Person) })
		c := assess.NewCounter(registered, false)
		count(t, c, claims, mentions)
		for _, row := range c.Rows() {
			n := row.Counts[breach.Name]
			if real := int64(len(truth[row.Group])); real < n.Lower() || real > n.Upper {
				t.Fatalf("round %d, group %q: %d people are exposed, the bounds are %d and %d", round, row.Group, real, n.Lower(), n.Upper)
			}
		}
	}
}

func ExampleCounter() {
	c := assess.NewCounter(assess.Registered{People: 60, Groups: map[string]int64{"pupils": 60}}, false)
	c.Person([]string{"pupils"}, assess.Person{Grade: breach.Proven, Known: []assess.Known{{Kind: breach.Health, Grade: breach.Proven, Places: 3}}})
	n := c.Rows()[1].Counts[breach.Health]
	fmt.Println(n.Lower(), n.Upper, n.Excluded)
	// Output: 1 1 59
}
