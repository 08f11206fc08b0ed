package casework

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/rules"
)

// Known is what was known of a case at one time: the newest of every fact from
// before.
type Known struct {
	Version int64 // the newest of all; 0 before the first
	At      time.Time
	all     []breach.Fact // every version, oldest first
}

// know makes a Known of facts in their order, as of a time; the zero time takes
// all.
func know(facts []breach.Fact, at time.Time) Known {
	k := Known{At: at}
	for _, f := range facts {
		if at.IsZero() || !f.At.After(at) {
			k.all = append(k.all, f)
			k.Version = max(k.Version, f.Version)
		}
	}
	return k
}

// Fact gives the newest version of a fact; the zero Fact where nobody entered it
// or it was taken back.
func (k Known) Fact(field, item string) breach.Fact {
	for _, f := range slices.Backward(k.all) {
		if f.Field == field && f.Item == item {
			if f.Gone {
				return breach.Fact{Field: field, Item: item}
			}
			return f
		}
	}
	return breach.Fact{Field: field, Item: item}
}

// Base is the version that a change of a fact is made from.
func (k Known) Base(field, item string) int64 {
	history := k.History(field, item)
	if len(history) == 0 {
		return 0
	}
	return history[len(history)-1].Version
}

// Versions lists every version of every fact, oldest first.
func (k Known) Versions() []breach.Fact { return slices.Clone(k.all) }

// History lists the versions of a fact, oldest first.
func (k Known) History(field, item string) []breach.Fact {
	var list []breach.Fact
	for _, f := range k.all {
		if f.Field == field && f.Item == item {
			list = append(list, f)
		}
	}
	return list
}

// Items lists the facts of a field by item, without those that were taken back.
func (k Known) Items(field string) []breach.Fact {
	newest := map[string]breach.Fact{}
	for _, f := range k.all {
		if f.Field == field {
			newest[f.Item] = f
		}
	}
	var list []breach.Fact
	for _, f := range newest {
		if !f.Gone {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b breach.Fact) int {
		x, _ := strconv.Atoi(a.Item) // what is no number is 0
		y, _ := strconv.Atoi(b.Item)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.Item, b.Item))
	})
	return list
}

// Says gives a part of a fact of which there is one.
func (k Known) Says(field, part string) string { return k.Fact(field, "").Parts.Says(part) }

// Incident is the incident as the facts have it.
func (k Known) Incident() breach.Incident {
	return breach.Incident{Country: k.Says("case", "country"), Role: breach.Role(cmp.Or(k.Says("case", "role"), string(breach.Controller))),
		OccurredFrom: k.moment("occurred-from"), OccurredTo: k.moment("occurred-to"), Tip: k.moment("tip"), Inquiry: k.moment("inquiry"),
		Aware: k.moment("aware"), AwareWhy: k.Says("aware", "why"), Told: k.moment("told"), Detected: k.moment("detected"), Contained: k.moment("contained")}
}

// Country is the country whose rules the case follows; false until that is
// entered.
func (k Known) Country() (rules.Country, bool) { return rules.Find(k.Says("case", "country")) }

// Zone is the zone in which times of the case are told.
func (k Known) Zone() *time.Location {
	if c, ok := k.Country(); ok {
		if zone, err := time.LoadLocation(c.Zone); err == nil {
			return zone
		}
	}
	return time.UTC
}

func (k Known) moment(field string) breach.Moment { return momentOf(k.Fact(field, "")) }

func momentOf(f breach.Fact) breach.Moment {
	return breach.Moment{At: timeOf(f, "at"), Estimated: f.Parts.Says("estimated") != ""}
}

// timeOf reads a moment of a fact; the zero time where there is none.
func timeOf(f breach.Fact, part string) time.Time {
	t, _ := time.Parse(time.RFC3339, f.Parts.Says(part)) // only read writes it
	return t.UTC().Round(0)
}

// markOf is who entered a fact, and when.
func markOf(f breach.Fact) draft.Mark { return draft.Mark{By: f.By, At: f.At} }

// rangeOf reads bounds; nil where there are none. An upper bound that nobody
// knows is 0.
func rangeOf(f breach.Fact) *draft.Range {
	lower, upper := f.Parts.Says("lower"), f.Parts.Says("upper")
	if lower == "" && upper == "" {
		return nil
	}
	var r draft.Range
	r.Lower, _ = strconv.ParseInt(lower, 10, 64)
	r.Upper, _ = strconv.ParseInt(upper, 10, 64)
	return &r
}

// checkOrder refuses times that cannot be true together, and reads both back.
func checkOrder(i breach.Incident) (earlier, later string, first, second time.Time) {
	for _, pair := range []struct {
		before, after string
		a, b          breach.Moment
	}{
		{"occurred-from", "occurred-to", i.OccurredFrom, i.OccurredTo},
		{"occurred-from", "aware", i.OccurredFrom, i.Aware},
		{"occurred-from", "contained", i.OccurredFrom, i.Contained},
		{"occurred-from", "detected", i.OccurredFrom, i.Detected},
		{"occurred-from", "tip", i.OccurredFrom, i.Tip},
		{"tip", "aware", i.Tip, i.Aware},
		{"tip", "inquiry", i.Tip, i.Inquiry},
	} {
		if pair.a.Known() && pair.b.Known() && pair.b.At.Before(pair.a.At) {
			return pair.before, pair.after, pair.a.At, pair.b.At
		}
	}
	return "", "", time.Time{}, time.Time{}
}
