package casework

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/resolve"
	"github.com/klarlagt/klarlagt/store"
)

// Side is somebody who is held against another: a person by number, and the
// entries that are that person's. It is for judging; pages show no values of it.
type Side struct {
	Person  int64
	Exposed bool
	Entries []breach.Entry
}

// ID is how the person is named outside.
func (s Side) ID() string { return string(store.Person{Number: s.Person}.ID()) }

// Entry finds an entry of the person by its key: "P-1007" or "pupils:P-1007".
func (s Side) Entry(key string) (breach.EntryID, bool) {
	for _, e := range s.Entries {
		if key == e.Key.Reveal() || key == e.Register+":"+e.Key.Reveal() {
			return e.ID, true
		}
	}
	return 0, false
}

// In reports whether a judgement names an entry of the person.
func (s Side) In(j store.Judgement) bool {
	return slices.ContainsFunc(slices.Concat(j.Groups...), func(m store.Meant) bool {
		return slices.ContainsFunc(s.Entries, func(e breach.Entry) bool { return keyOf(e) == m.RegisterKey })
	})
}

// Beside is people who are held against each other: whether they are one.
type Beside struct {
	Sides  []Side
	Fields []BesideField // of two; none where an identity is protected
	Hidden bool          // that is why there are none
	At     time.Time     // of the resolve that numbered them
}

// BesideField is how a field of two people compares, in the words of
// [resolve.Agreement], and whether each has it.
type BesideField struct {
	Kind breach.Kind
	How  string
	Has  [2]bool
}

// FieldsBeside compares the entries of two people.
func FieldsBeside(a, b []breach.Entry) (list []BesideField) {
	nobody := []breach.Entry{{}}
	hasA, hasB := resolve.Beside(a, nobody), resolve.Beside(b, nobody)
	for i, f := range resolve.Beside(a, b) {
		list = append(list, BesideField{f.Kind, f.How.String(), [2]bool{hasA[i].How == resolve.OneHas, hasB[i].How == resolve.OneHas}})
	}
	return list
}

// Beside holds people against each other. Each is named by number ("p17"), or as
// an entry of a register ("pupils:P-1007"): then it is the person whose entry that
// is, if something became known of the person.
func (d *Desk) Beside(ctx context.Context, g auth.Grant, who ...string) (b Beside, err error) {
	x, err := d.openIndex(ctx, g)
	if err != nil {
		return b, err
	}
	defer closing(&err, x)
	var sides []Side
	for _, name := range who {
		s, err := d.side(ctx, g, x, strings.TrimSpace(name))
		if err != nil {
			return b, err
		}
		sides = append(sides, s)
	}
	return d.beside(ctx, g, sides)
}

// BesideAsked holds the people of a question against each other.
func (d *Desk) BesideAsked(ctx context.Context, g auth.Grant, q store.Question) (b Beside, err error) {
	x, err := d.openIndex(ctx, g)
	if err != nil {
		return b, err
	}
	defer closing(&err, x)
	var sides []Side
	for i, ids := range q.IDs {
		s := Side{Person: q.People[i]}
		known, err := d.Store.EntriesOf(ctx, g, s.Person)
		if err != nil {
			return b, err
		}
		s.Exposed = len(known) > 0
		for n, id := range ids {
			e := x.Entry(id)
			if keyOf(e) != q.Entries[i][n] {
				return b, errResolvedSince
			}
			s.Entries = append(s.Entries, e)
		}
		sides = append(sides, s)
	}
	return d.beside(ctx, g, sides)
}

// errResolvedSince says that people have other numbers than whoever asks saw.
var errResolvedSince = &breach.Refusal{Key: "refusal.resolved-since"}

func (d *Desk) beside(ctx context.Context, g auth.Grant, sides []Side) (Beside, error) {
	r, err := ReadResult(ctx, d.Store, g)
	b := Beside{Sides: sides, At: r.At}
	if err != nil {
		return b, err
	}
	b.Hidden = slices.ContainsFunc(sides, func(s Side) bool { return protected(s.Entries) })
	if len(sides) == 2 && !b.Hidden {
		b.Fields = FieldsBeside(sides[0].Entries, sides[1].Entries)
	}
	return b, nil
}

// side finds somebody by number or by an entry.
func (d *Desk) side(ctx context.Context, g auth.Grant, x *registers, who string) (Side, error) {
	number, numbered := store.ParsePersonID(who)
	if !numbered {
		id, there := entryNamed(x, who)
		if !there {
			return Side{}, &breach.Refusal{Key: "refusal.no-such-person", Args: map[string]any{"Person": who}}
		}
		person, exposed, err := d.Store.PersonOf(ctx, g, id)
		if err != nil || !exposed {
			return Side{Person: int64(id) + 1, Entries: []breach.Entry{x.Entry(id)}}, err
		}
		number = person
	}
	ids, err := d.Store.EntriesOf(ctx, g, number)
	if err == nil && len(ids) == 0 {
		err = &breach.Refusal{Key: "refusal.no-such-person", Args: map[string]any{"Person": who}}
	}
	s := Side{Person: number, Exposed: true}
	for _, id := range ids {
		s.Entries = append(s.Entries, x.Entry(id))
	}
	return s, err
}

// entryNamed finds an entry by key: "P-1007", or "pupils:P-1007" where several
// registers have the key.
func entryNamed(x *registers, who string) (breach.EntryID, bool) {
	name, key, several := strings.Cut(who, ":")
	if !several {
		name, key = "", who
	}
	for n := range x.Len() {
		if e := x.Entry(breach.EntryID(n)); e.Key.Reveal() == key && (name == "" || e.Register == name) {
			return e.ID, true
		}
	}
	return 0, false
}
