package casework

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Someone is a person with what the registers say.
type Someone struct {
	store.Person
	Entries []breach.Entry
}

// resolved refuses where no resolve has told who is affected yet.
func (d *Desk) resolved(ctx context.Context, g auth.Grant) error {
	var part int64
	ok, err := d.Store.Summary(ctx, g, "links", &part)
	if err == nil && !ok {
		return &breach.Refusal{Key: "refusal.not-resolved"}
	}
	return err
}

// Reveal asks for leave to show the values of people, one act each: all of
// them, or none. Who has a protected identity asks for more.
func (d *Desk) Reveal(ctx context.Context, id store.CaseID, purpose auth.Purpose, people ...Someone) error {
	var asks []auth.Ask
	for _, p := range people {
		ask := auth.Ask{Action: auth.Reveal, Case: id, Object: objectOf(p.Person), Purpose: purpose, Now: d.instant()}
		if p.Protected() {
			ask.Action = auth.RevealProtected
		}
		asks = append(asks, ask)
	}
	_, err := d.Store.Grants(ctx, d.Who, asks)
	return err
}

// RevealOne asks for leave to show the values of one person, and reports whether
// a budget is nearly spent by it.
func (d *Desk) RevealOne(ctx context.Context, id store.CaseID, purpose auth.Purpose, p Someone) (near bool, err error) {
	if p.Protected() {
		return false, auth.ErrNoGrant
	}
	g, err := d.Store.Grant(ctx, d.Who, auth.Ask{Action: auth.Reveal, Case: id, Object: objectOf(p.Person), Purpose: purpose, Now: d.instant()})
	return g.NearBudget(), err
}

// objectOf names a person in the journal.
func objectOf(p store.Person) string { return "person:" + string(p.ID()) }

// Protected reports whether somebody has a protected identity.
func (s Someone) Protected() bool {
	return slices.ContainsFunc(s.Entries, func(e breach.Entry) bool { return e.Protected })
}

// People yields the exposed people by number.
func (d *Desk) People(ctx context.Context, id store.CaseID) iter.Seq2[Someone, error] {
	return func(yield func(Someone, error) bool) {
		g, err := d.grant(ctx, id, auth.ListPeople)
		if err == nil {
			err = d.resolved(ctx, g)
		}
		var x *registers
		if err == nil {
			x, err = d.openIndex(ctx, g)
		}
		if err != nil {
			yield(Someone{}, err)
			return
		}
		defer x.Close()
		for p, err := range d.Store.People(ctx, g) {
			if !yield(someone(x, p), err) || err != nil {
				return
			}
		}
	}
}

func someone(x *registers, p store.Person) Someone {
	s := Someone{Person: p}
	for _, e := range p.Entries {
		s.Entries = append(s.Entries, x.Entry(e))
	}
	return s
}

// Find finds one person by id ("p17"), or by the key of a register entry:
// "P-1007", or "pupils:P-1007" where several registers have the key.
func (d *Desk) Find(ctx context.Context, id store.CaseID, who string) (Someone, error) {
	g, err := d.grant(ctx, id, auth.Explain)
	if err != nil {
		return Someone{}, err
	}
	if err := d.resolved(ctx, g); err != nil {
		return Someone{}, err
	}
	x, err := d.openIndex(ctx, g)
	if err != nil {
		return Someone{}, err
	}
	defer x.Close()
	number, ok := store.ParsePersonID(who)
	if !ok {
		if number, err = d.byKey(ctx, g, x, who); err != nil {
			return Someone{}, err
		}
	}
	p, err := d.Store.Person(ctx, g, number)
	if err != nil {
		return Someone{}, err
	}
	return someone(x, p), nil
}

func (d *Desk) byKey(ctx context.Context, g auth.Grant, x *registers, who string) (int64, error) {
	name, key, several := strings.Cut(who, ":")
	if !several {
		name, key = "", who
	}
	for n := range x.Len() {
		e := x.Entry(breach.EntryID(n))
		if e.Key.Reveal() != key || name != "" && e.Register != name {
			continue
		}
		number, ok, err := d.Store.PersonOf(ctx, g, e.ID)
		if err != nil {
			return 0, err
		}
		if ok {
			return number, nil
		}
		return 0, &breach.Refusal{Key: "refusal.not-exposed", Args: map[string]any{"Person": who}}
	}
	return 0, &breach.Refusal{Key: "refusal.no-such-person", Args: map[string]any{"Person": who}}
}

// Explain calls f for every place that tells something of a person, in order.
func (d *Desk) Explain(ctx context.Context, id store.CaseID, p store.Person, f func(store.Link) error) error {
	g, err := d.Store.Grant(ctx, d.Who, auth.Ask{Action: auth.Explain, Case: id, Object: objectOf(p), Now: d.instant()})
	if err != nil {
		return err
	}
	left := p.Links
	err = d.Store.Links(ctx, g, p.FirstLink, func(l store.Link) (bool, error) {
		if left == 0 {
			return false, nil
		}
		left--
		return left > 0, f(l)
	})
	if err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	return nil
}

// DisplayPath is the path of evidence as a person reads it: bytes that are no
// UTF-8 stand as \xHH.
func DisplayPath(path string) string { return displayName(path) }

// ReadingVersion tells what a case is read with by this program.
func ReadingVersion() string { return readingVersion }
