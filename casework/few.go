package casework

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
)

// FewPeople is the number below which people with a protected identity are not
// counted out: with what else is known of a small group, a count of one or two
// can point to somebody whom the law hides.
const FewPeople = 5

// few brings a bound that could point to somebody to the outermost it can be
// below [FewPeople].
func few(n, outermost int64) int64 {
	if n > 0 && n < FewPeople {
		return outermost
	}
	return n
}

// Few hides a number of people with protected identity that could point to one.
func Few(n int64) string {
	if few(n, 0) != n {
		return "1-" + strconv.Itoa(FewPeople-1)
	}
	return strconv.FormatInt(n, 10)
}

// FewIn reports whether a count has a number of people with protected identity
// that could point to one. None of its numbers is shown then: by the others, it
// could be reckoned.
func FewIn(n Count) bool {
	hidden := func(n int64) bool { return few(n, 0) != n }
	return n.Kind == breach.ProtectedIdentity && slices.ContainsFunc([]int64{n.Proven, n.Likely, n.Possible, n.Upper}, hidden)
}

// WithoutFew is the result without numbers of people with protected identity that
// could point to one.
func (r Result) WithoutFew() Result {
	r.Protected = few(r.Protected, 1)
	r.Rows = slices.Clone(r.Rows)
	for i, row := range r.Rows {
		r.Rows[i].Counts = slices.Clone(row.Counts)
		for n, c := range row.Counts {
			if FewIn(c) {
				r.Rows[i].Counts[n] = Count{Kind: c.Kind}
			}
		}
	}
	return r
}

// fewBounds hides such bounds: 2 to 7 is 1 to 7, and 3 is 1 to 4.
func fewBounds(r *draft.Range) *draft.Range {
	if r == nil {
		return nil
	}
	return &draft.Range{Lower: few(r.Lower, 1), Upper: few(r.Upper, FewPeople-1)}
}

// facts gives every version of every fact, for whoever may read them. Bounds of
// people with a protected identity are hidden here, and not only where they are
// entered: some were by earlier versions, and some before somebody said that the
// group is such people.
func (d *Desk) facts(ctx context.Context, g auth.Grant) ([]breach.Fact, error) {
	list, err := d.Store.Facts(ctx, g)
	protected := map[string]bool{}
	for i, f := range slices.Backward(list) {
		if f.Field == cohortSort {
			protected[f.Item] = protected[f.Item] || f.Parts.Says("protected") != ""
			if protected[f.Item] {
				list[i].Parts = fewIn(f.Parts)
			}
		}
	}
	return list, err
}

// fewIn hides the bounds among the parts of a fact.
func fewIn(p breach.Parts) breach.Parts {
	p = maps.Clone(p)
	for name, outermost := range map[string]int64{"lower": 1, "upper": FewPeople - 1} {
		n, err := strconv.ParseInt(p.Says(name), 10, 64) // only read writes it
		if err == nil && few(n, outermost) != n {
			p[name] = breach.Hide(strconv.FormatInt(outermost, 10))
		}
	}
	return p
}

// boundsOf is how many people a count comes to.
func boundsOf(n Count) *draft.Range {
	r := &draft.Range{Lower: n.Lower(), Upper: n.Upper}
	if n.Kind == breach.ProtectedIdentity {
		return fewBounds(r)
	}
	return r
}
