package casework

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// newReaders reads the registers and who is exposed, and arranges them.
func (d *Desk) newReaders(ctx context.Context, g auth.Grant, n Notice) (*readers, []store.Person, error) {
	r, people, err := d.readReaders(ctx, g, n)
	if err == nil {
		r.arrange(people)
	}
	return r, people, err
}

// readReaders reads the registers and who is exposed, both at once.
func (d *Desk) readReaders(ctx context.Context, g auth.Grant, n Notice) (*readers, []store.Person, error) {
	var entries []breach.Entry
	var failed error
	var reading sync.WaitGroup
	reading.Go(func() { entries, failed = listOf(d.Store.Entries(ctx, g)) })
	people, err := listOf(d.Store.People(ctx, g))
	reading.Wait()
	if err = cmp.Or(err, failed); err != nil {
		return nil, nil, err
	}
	guarded, err := guardedEntries(ctx, d.Store, g)
	if err != nil {
		return nil, nil, err
	}
	for i := range entries {
		entries[i].Protected = entries[i].Protected || guarded[entries[i].ID]
	}
	r := &readers{draft: n.Draft, day: d.now(), entries: entries, mailboxes: n.Draft.mailboxes(), before: map[[2]breach.PersonID]earlier{}}
	return r, inOrder(people), d.Store.ToldBefore(ctx, g, n.NoticeVersion, func(d store.Dispatch) error { r.learn(d); return nil })
}

// listOf lists everything, or gives the first error.
func listOf[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var list []T
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// inOrder gives people in the order of their names as bytes, as [notify.Freezer]
// wants them.
func inOrder(people []store.Person) []store.Person {
	type named struct {
		id breach.PersonID
		at int
	}
	order := make([]named, len(people))
	for i, p := range people {
		order[i] = named{p.ID(), i}
	}
	slices.SortFunc(order, func(a, b named) int { return cmp.Compare(a.id, b.id) })
	sorted := make([]store.Person, len(people))
	for i, o := range order {
		sorted[i] = people[o.at]
	}
	return sorted
}

// arrange makes what is looked up of all entries, once it is known who is exposed.
func (r *readers) arrange(people []store.Person) {
	many := len(r.entries)
	r.person, r.of = make(map[breach.EntryID]breach.PersonID, many), make(map[breach.PersonID][]breach.Entry, many)
	r.byKey, r.boxes = make(map[breach.Personal][]breach.EntryID, 2*many), make(map[breach.Personal]breach.PersonID, many)
	for _, p := range people {
		id := p.ID()
		for _, e := range p.Entries {
			r.person[e] = id
		}
	}
	for i := range r.entries {
		r.know(i)
	}
}

func (r *readers) add(e breach.Entry) {
	r.entries = append(r.entries, e)
	r.know(len(r.entries) - 1)
}

// know notes whose an entry is, and what it is found by.
func (r *readers) know(at int) {
	e := &r.entries[at]
	id := r.idOf(e.ID)
	if of := r.of[id]; of == nil {
		r.of[id] = r.entries[at : at+1 : at+1] // most have one, which need not be there twice
	} else {
		r.of[id] = append(of, *e)
	}
	for _, key := range append([]breach.Personal{e.Key}, e.NationalIDs...) {
		r.byKey[key] = append(r.byKey[key], e.ID)
	}
	for _, box := range e.Emails {
		if who, taken := r.boxes[box]; taken && who != id {
			r.boxes[box] = ""
		} else {
			r.boxes[box] = id
		}
	}
}
