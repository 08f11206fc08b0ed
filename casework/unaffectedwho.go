package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/resolve"
	"github.com/klarlagt/klarlagt/store"
)

// errOtherHands is said of whoever no desk answers: an identity is protected, the
// registers disagree, a value is several people's, or nobody may read for a child.
// It does not say which.
var errOtherHands = &breach.Refusal{Key: "refusal.unaffected-by-hand"}

// objectOfEntry names in the journal an entry of a register that is nobody's whom
// something became known of.
func objectOfEntry(id breach.EntryID) string { return fmt.Sprintf("person:e%d", id) }

// refusing closes what was opened for nothing.
func refusing(c interface{ Close() error }, err error) error { return errors.Join(err, c.Close()) }

func orRefuse(err error, key string) error {
	if err != nil {
		return err
	}
	return &breach.Refusal{Key: key}
}

// whoAsks gathers every entry of whoever has the value, in all registers.
func (a *asking) whoAsks(ctx context.Context) error {
	for _, f := range a.value {
		for _, id := range a.x.Who(f) {
			a.subject = append(a.subject, a.x.Entry(id))
		}
	}
	if len(a.subject) == 0 {
		return nil
	}
	found := a.subject
	a.subject = a.whole(found[0])
	if slices.ContainsFunc(found, func(e breach.Entry) bool { return !has(a.subject, e.ID) }) {
		return errOtherHands // a mailbox of several
	}
	apart, err := a.apart(ctx, a.subject, a.subject)
	if err == nil && apart {
		return errOtherHands
	}
	return err
}

// whole gives an entry with all that have an identity number of its own.
func (a *asking) whole(first breach.Entry) []breach.Entry {
	list := []breach.Entry{first}
	for i := 0; i < len(list); i++ {
		for _, number := range list[i].NationalIDs {
			for _, f := range exactly(number) {
				for _, id := range a.x.Who(f) {
					if !has(list, id) {
						list = append(list, a.x.Entry(id))
					}
				}
			}
		}
	}
	return list
}

func has(list []breach.Entry, id breach.EntryID) bool {
	return slices.ContainsFunc(list, func(e breach.Entry) bool { return e.ID == id })
}

// apart reports whether somebody said that an entry of one side and one of the
// other are two people.
func (a *asking) apart(ctx context.Context, one, other []breach.Entry) (bool, error) {
	list, err := a.d.Store.Judgements(ctx, a.g)
	for _, j := range holding(list) {
		if j.Says != store.Apart {
			continue
		}
		names := func(group []store.Meant, side []breach.Entry) bool {
			return slices.ContainsFunc(group, func(m store.Meant) bool {
				return slices.ContainsFunc(side, func(e breach.Entry) bool { return keyOf(e) == m.RegisterKey })
			})
		}
		for i, x := range j.Groups {
			for _, y := range j.Groups[:i] {
				if names(x, one) && names(y, other) || names(y, one) && names(x, other) {
					return true, err
				}
			}
		}
	}
	return false, err
}

// nothingOf refuses whoever something is known of, and whoever somebody is like
// whom something is known of.
func (a *asking) nothingOf(ctx context.Context) error {
	if protected(a.subject) {
		return errOtherHands
	}
	known := a.found
	for _, e := range a.subject {
		n, exposed, err := a.d.Store.PersonOf(ctx, a.g, e.ID)
		if err != nil {
			return err
		}
		if exposed {
			known = append(known, n)
		}
	}
	if len(known) > 0 {
		return &breach.Refusal{Key: "refusal.unaffected-affected", Args: map[string]any{"Person": string(store.Person{Number: known[0]}.ID())}}
	}
	if len(a.subject) == 0 {
		return nil
	}
	return a.nobodyLike(ctx)
}

// nobodyLike refuses where somebody of whom something is known may be the same
// person, and nobody has said that they are two.
func (a *asking) nobodyLike(ctx context.Context) error {
	for n := range a.x.Len() {
		e := a.x.Entry(breach.EntryID(n))
		if has(a.subject, e.ID) || !resolve.LookAlike(a.subject, []breach.Entry{e}) {
			continue
		}
		person, exposed, err := a.d.Store.PersonOf(ctx, a.g, e.ID)
		if err != nil {
			return err
		}
		if !exposed {
			continue
		}
		of, err := a.d.Store.Person(ctx, a.g, person)
		if err != nil {
			return err
		}
		other := someone(a.x, of)
		if apart, err := a.apart(ctx, a.subject, other.Entries); err != nil || apart {
			if err != nil {
				return err
			}
			continue
		}
		if other.Protected() {
			return errOtherHands
		}
		return &breach.Refusal{Key: "refusal.unaffected-alike"}
	}
	return nil
}
