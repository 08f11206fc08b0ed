package casework

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// Entering is a fact as somebody types it.
type Entering struct {
	Sort string
	Item string // breach.NewItem for one more; "" where there is one
	Base int64  // the version it was made from; 0 for none
	Typed
}

// Known gives what was known of a case at a time; the zero time is now.
func (d *Desk) Known(ctx context.Context, id store.CaseID, at time.Time) (Known, error) {
	g, err := d.grant(ctx, id, auth.ReadFacts)
	if err != nil {
		return Known{}, err
	}
	facts, err := d.facts(ctx, g)
	return know(facts, at), err
}

// Enter adds a fact, or a version of one. What cannot be so is refused with how
// to mend it; where somebody was faster it gives a *store.Conflict.
func (d *Desk) Enter(ctx context.Context, id store.CaseID, in Entering) (breach.Fact, error) {
	sort, ok := SortOf(in.Sort)
	if !ok {
		return breach.Fact{}, &breach.Refusal{Key: "refusal.no-such-fact", Args: map[string]any{"Fact": in.Sort, "Allowed": sortNames()}}
	}
	g, err := d.grant(ctx, id, auth.RecordFacts)
	if err != nil {
		return breach.Fact{}, err
	}
	if in.Say == nil {
		in.Say = locale.For("")
	}
	parts, err := sort.read(in.Typed, d.now())
	if err != nil {
		return breach.Fact{}, err
	}
	if sort.Name == "answer" {
		if err := readAnswer(in.Item, parts); err != nil {
			return breach.Fact{}, err
		}
	}
	if sort.Name == cohortSort && parts.Says("protected") != "" {
		parts = fewIn(parts)
	}
	f := breach.Fact{Field: sort.Name, Item: sort.item(in.Item), Parts: parts}
	if err := d.ordered(ctx, g, f, in.Typed); err != nil {
		return breach.Fact{}, err
	}
	return d.Store.Enter(ctx, g, in.Base, f)
}

// item is the item that a fact of the sort is entered as.
func (s Sort) item(asked string) string {
	switch {
	case s.Many && asked == "":
		return breach.NewItem
	case s.Many || s.Keyed():
		return asked
	}
	return ""
}

func sortNames() string {
	var names []string
	for _, s := range Sorts() {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// ordered refuses a time that cannot be so beside the others.
func (d *Desk) ordered(ctx context.Context, g auth.Grant, f breach.Fact, in Typed) error {
	sort, _ := SortOf(f.Field)
	if sort.Group != "when" {
		return nil
	}
	facts, err := d.facts(ctx, g)
	if err != nil {
		return err
	}
	f.Version = int64(len(facts)) + 1
	k := know(append(facts, f), time.Time{})
	before, after, first, second := checkOrder(k.Incident())
	if before == "" {
		return nil
	}
	say := func(t time.Time) string { return in.Say.Time(t.In(k.Zone())) }
	return &breach.Refusal{Key: "refusal.moment-order", Args: map[string]any{"Before": in.Say.T("fact." + before), "First": say(first),
		"After": in.Say.T("fact." + after), "Second": say(second)}}
}

// TakeBack adds to a fact that it does not hold; what it said stays to be seen.
func (d *Desk) TakeBack(ctx context.Context, id store.CaseID, sort, item string, base int64, why string) (breach.Fact, error) {
	s, ok := SortOf(sort)
	if !ok {
		return breach.Fact{}, &breach.Refusal{Key: "refusal.no-such-fact", Args: map[string]any{"Fact": sort, "Allowed": sortNames()}}
	}
	g, err := d.grant(ctx, id, auth.RecordFacts)
	if err != nil {
		return breach.Fact{}, err
	}
	return d.Store.Enter(ctx, g, base, breach.Fact{Field: s.Name, Item: item, Gone: true, Parts: breach.Texts(map[string]string{"source": why})})
}

// SystemState is how a system stood from a time on.
type SystemState struct {
	Name, State string
	From        time.Time
	By          string
}

// Systems lists how each system stood over time, by system and time.
func (k Known) Systems() []SystemState {
	var list []SystemState
	for _, f := range k.Items("system") {
		for _, v := range k.History("system", f.Item) {
			from := timeOf(v, "at")
			if from.IsZero() {
				from = v.At
			}
			s := SystemState{v.Parts.Says("name"), v.Parts.Says("state"), from, v.By}
			if n := len(list); n > 0 && list[n-1].Name == s.Name && list[n-1].State == s.State { // said once more
				continue
			}
			if !v.Gone {
				list = append(list, s)
			}
		}
	}
	return list
}

// Chain lists what happened on the way of the news, in the order of time.
func (k Known) Chain() []breach.Fact {
	list := k.Items("step")
	slices.SortStableFunc(list, func(a, b breach.Fact) int { return timeOf(a, "at").Compare(timeOf(b, "at")) })
	return list
}

// Delays lists how many days the news took from each step of the chain to those
// who were told later.
func (k Known) Delays() []draft.Delay {
	var steps []draft.Step
	for _, f := range k.Chain() {
		steps = append(steps, draft.Step{Mark: markOf(f), When: momentOf(f), Who: f.Parts.Says("who"), Told: f.Parts.Says("told"), What: f.Parts.Says("what")})
	}
	return draft.Delays(steps, k.Zone())
}
