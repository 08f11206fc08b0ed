package assess_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/breach"
)

func each(claims []assess.Claim) iter.Seq2[assess.Claim, error] {
	return func(yield func(assess.Claim, error) bool) {
		for _, c := range claims {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func claim(person uint32, k breach.Kind, g breach.Grade) assess.Claim {
	return assess.Claim{Person: person, Kind: k, Grade: g, Probability: 0.95}
}

func shared(c assess.Claim) assess.Claim { c.Shared = true; return c }

func merged(t testing.TB, claims []assess.Claim) []string {
	t.Helper()
	var list []string
	if err := assess.Merge(each(claims), func(p assess.Person) error {
		line := fmt.Sprintf("%d %s %v", p.Person, p.Grade, p.Probability)
		for _, k := range p.Known {
			line += fmt.Sprintf(" %s=%s/%d", k.Kind, k.Grade, k.Places)
			if k.Shared {
				line += "?"
			}
		}
		list = append(list, line)
		if n := len(p.Exposures("p1")); n != p.Kinds.Len() {
			t.Errorf("person %d: %d exposures of kinds %v", p.Person, n, p.Kinds.List())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestMerge(t *testing.T) {
	const (
		name, health     = breach.Name, breach.Health
		proven, likely   = breach.Proven, breach.Likely
		possible, traces = breach.Possible, breach.Unknown
	)
	cases := []struct {
		what   string
		claims []assess.Claim
		want   []string
	}{
		{"nobody", nil, nil},
		{"the best grade and every place", []assess.Claim{claim(1, name, likely), claim(1, name, proven), claim(1, health, likely)},
			[]string{"1 proven 0.95 name=proven/2 health=likely/1"}},
		{"two people", []assess.Claim{claim(1, name, likely), claim(4, name, possible)},
			[]string{"1 likely 0.95 name=likely/1", "4 possible 0.95 name=possible/1"}},
		{"a trace", []assess.Claim{shared(claim(1, name, traces))}, []string{"1 unknown 0 name=unknown/0?"}},
		{"one of several, then alone", []assess.Claim{shared(claim(1, name, possible)), claim(1, name, likely), shared(claim(1, health, possible))},
			[]string{"1 likely 0.95 name=likely/2 health=possible/1?"}},
		{"evidence that was not reached", []assess.Claim{claim(1, name, breach.Excluded), claim(2, name, proven), claim(2, health, breach.Excluded)},
			[]string{"1 unknown 0", "2 proven 0.95 name=proven/1"}},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			if got := merged(t, c.claims); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestMergeRefuses(t *testing.T) {
	ok := func(assess.Person) error { return nil }
	if assess.Merge(each([]assess.Claim{claim(2, breach.Name, breach.Likely), claim(1, breach.Name, breach.Likely)}), ok) == nil {
		t.Error("claims out of order are taken")
	}
	if assess.Merge(each([]assess.Claim{claim(2, 0, breach.Likely)}), ok) == nil {
		t.Error("a claim without a kind is taken")
	}
	broken := errors.New("broken")
	if err := assess.Merge(func(yield func(assess.Claim, error) bool) { yield(assess.Claim{}, broken) }, ok); !errors.Is(err, broken) {
		t.Errorf("a broken reader: %v", err)
	}
	for _, claims := range [][]assess.Claim{{claim(1, breach.Name, breach.Likely)}, {claim(1, breach.Name, breach.Likely), claim(2, breach.Name, breach.Likely)}} {
		calls := 0
		if err := assess.Merge(each(claims), func(assess.Person) error { calls++; return broken }); !errors.Is(err, broken) || calls != 1 {
			t.Errorf("a broken writer: %v after %d calls", err, calls)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	b.ReportAllocs()
	err := assess.Merge(func(yield func(assess.Claim, error) bool) {
		for i := range b.N {
			if !yield(assess.Claim{Person: uint32(i / 8), Kind: breach.Kind(1 + i%5), Grade: breach.Likely}, nil) {
				return
			}
		}
	}, func(assess.Person) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
}

func ExampleMerge() {
	claims := []assess.Claim{
		{Person: 7, Kind: breach.Name, Grade: breach.Likely, Probability: 0.98},
		{Person: 7, Kind: breach.Name, Grade: breach.Proven, Probability: 0.9995},
		{Person: 7, Kind: breach.Health, Grade: breach.Likely, Probability: 0.98},
	}
	_ = assess.Merge(each(claims), func(p assess.Person) error {
		fmt.Println(p.Grade, p.Exposures("p7"))
		return nil
	})
	// Output: proven [{p7 name proven 2} {p7 health likely 1}]
}
