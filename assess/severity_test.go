package assess_test

import (
	"testing"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/breach"
)

// The inputs are judgements; the sums are the method's.
func TestSeverity(t *testing.T) {
	stolen := assess.Circumstances{Confidentiality: assess.UnknownFar, Malicious: true}
	for _, c := range []struct {
		name    string
		context assess.Context
		ei      assess.Identification
		cb      assess.Circumstances
		want    float64
		level   assess.Level
	}{
		{"Kursor", assess.Context{Class: assess.Simple}, assess.Significant, assess.Circumstances{Confidentiality: assess.KnownFew}, 1.00, assess.Low},
		{"Westlog, most customers", assess.Context{Class: assess.Sensitive, Step: -1}, assess.Maximum, stolen, 4.00, assess.VeryHigh},
		{"Westlog, door code and identity number", assess.Context{Class: assess.Simple, Step: 3}, assess.Maximum, stolen, 5.00, assess.VeryHigh},
		{"Vklass, most pupils", assess.Context{Class: assess.Simple}, assess.Maximum, stolen, 2.00, assess.Medium},
		{"Vklass, a protected pupil", assess.Context{Class: assess.Simple, Step: 3}, assess.Maximum, stolen, 5.00, assess.VeryHigh},
		{"Helsinki, learners in the register", assess.Context{Class: assess.Sensitive}, assess.Maximum, stolen, 5.00, assess.VeryHigh},
		{"two customers' letters in one envelope", assess.Context{Class: assess.Simple}, assess.Maximum, assess.Circumstances{Confidentiality: assess.KnownFew}, 1.25, assess.Low},
		{"a lost tablet, encrypted", assess.Context{Class: assess.Simple}, assess.Negligible, assess.Circumstances{}, 0.25, assess.Low},
		{"the lowest of all", assess.Context{Class: assess.Sensitive, Step: -9}, assess.Negligible, assess.Circumstances{}, 0.25, assess.Low},
		{"the highest of all", assess.Context{Class: assess.Sensitive, Step: 9}, assess.Maximum,
			assess.Circumstances{Confidentiality: assess.UnknownFar, Integrity: assess.Unrecoverable, Availability: assess.NothingLeft, Malicious: true}, 6.00, assess.VeryHigh},
	} {
		got := assess.Factors{Contexts: []assess.Context{{Class: assess.Simple}, c.context}, Identification: c.ei, Circumstances: c.cb}.Severity()
		if got.Float() != c.want || got.Level() != c.level {
			t.Errorf("%s: %.2f, level %d; want %.2f, level %d", c.name, got.Float(), got.Level(), c.want, c.level)
		}
	}
}

func TestProposedFactors(t *testing.T) {
	for _, c := range []struct {
		name      string
		kinds     breach.Kinds
		protected bool
		points    int
		ei        assess.Identification
	}{
		{"a mailing list", breach.KindsOf(breach.Email), false, 1, assess.Significant},
		{"names alone", breach.KindsOf(breach.Name), false, 1, assess.Limited},
		{"a register of pupils", breach.KindsOf(breach.Name, breach.NationalID, breach.Address, breach.Religion), false, 4, assess.Maximum},
		{"a class list", breach.KindsOf(breach.Name, breach.Email, breach.Phone), false, 1, assess.Maximum},
		{"the same of somebody protected", breach.KindsOf(breach.Name), true, 4, assess.Maximum},
		{"a door code", breach.KindsOf(breach.Name, breach.Address, breach.DoorCode), false, 4, assess.Maximum},
		{"invoices", breach.KindsOf(breach.Name, breach.Fee), false, 2, assess.Limited},
	} {
		f := assess.Propose(c.kinds, c.protected)
		points := 0
		for _, x := range f.Contexts {
			points = max(points, x.Points())
		}
		if points != c.points || f.Identification != c.ei {
			t.Errorf("%s: %d points and identification %d, want %d and %d", c.name, points, f.Identification, c.points, c.ei)
		}
	}
	for _, k := range breach.AllKinds() {
		if f := assess.Propose(breach.KindsOf(k), false); f.Contexts[0].Class == 0 {
			t.Errorf("nothing is proposed for %s", k)
		}
	}
}

// The decision columns of EDPB Guidelines 01/2021: authority, persons.
var decided = [18][2]bool{{false, false}, {true, false}, {true, true}, {true, true}, {true, true}, {false, false}, {true, true}, {true, false},
	{false, false}, {false, false}, {true, true}, {true, true}, {false, false}, {true, true}, {false, false}, {true, false}, {true, true}, {true, true}}

func TestSuggestionsAgreeWithTheGuidelines(t *testing.T) {
	agree := 0
	for i, p := range assess.Precedents {
		if p.Number != i+1 || p.Authority != decided[i][0] || p.Persons != decided[i][1] {
			t.Errorf("precedent %d is not what the guidelines print", i+1)
		}
		if s := assess.Suggest(p.Features); s.Authority == p.Authority && s.Persons == p.Persons {
			agree++
		} else {
			t.Logf("case %d: suggested authority %v, persons %v because %s", p.Number, s.Authority, s.Persons, s.Because)
		}
		if nearest := assess.Nearest(p.Features)[0]; nearest.Number != p.Number {
			t.Errorf("case %d is told to be most like case %d", p.Number, nearest.Number)
		}
	}
	if agree < 17 {
		t.Errorf("%d of 18 agree", agree)
	}
}

func TestIncidentsResembleThePrecedentsThatExpertsName(t *testing.T) {
	for _, c := range []struct {
		name string
		f    assess.Features
		want []int // among the three nearest, one of these
	}{
		{"Kursor", assess.Features{Cause: assess.Misdirected, Reach: assess.Anybody, Data: 1, People: 13_600}, []int{14, 15}},
		{"Westlog", assess.Features{Cause: assess.Ransomware, Reach: assess.Anybody, Disruption: assess.Delays, Data: 3, Identity: true, People: 9_000}, []int{4}},
		{"Helsinki", assess.Features{Cause: assess.Intrusion, Reach: assess.Anybody, Data: 4, Identity: true, People: 150_000}, []int{4, 5, 7}},
		{"Vklass", assess.Features{Cause: assess.Intrusion, Reach: assess.Anybody, Data: 1, People: 47_000}, []int{5, 7}},
	} {
		near := assess.Nearest(c.f)[:3]
		found := false
		for _, p := range near {
			for _, n := range c.want {
				found = found || p.Number == n
			}
		}
		if !found {
			t.Errorf("%s: nearest are %d, %d, %d; want one of %v", c.name, near[0].Number, near[1].Number, near[2].Number, c.want)
		}
	}
}
