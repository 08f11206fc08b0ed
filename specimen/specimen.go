// Package specimen makes a municipality of made-up people from a seed: its
// registers, a file share as a breach leaves it, and the key that says who
// stands where in it with which data. Check compares what a scan reported with
// the key.
//
// Nobody in it exists: see number.go for where the numbers come from. The same
// options give the same bytes.
package specimen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Options say what to make. The zero value of a field means the default.
type Options struct {
	Seed    uint64
	People  int    // in the registers, at least so many; 2,000
	Files   int    // in the share; 500
	Dir     string // where registers/, evidence/ and key.jsonl are written; must be given
	Country string // whose identity numbers people have: "FI", "SE"; both
}

// MostPeople is how many people the sets of test numbers suffice for.
const MostPeople = 1_000_000

// Make writes a municipality into a folder: registers/ with pupils.csv,
// guardians.csv, staff.xlsx and customers.jsonl; evidence/, the file share;
// and key.jsonl. It gives the key. Progress, if not nil, is told after each
// file of the share.
func Make(ctx context.Context, o Options, progress func(done, total int)) (Key, error) {
	switch {
	case o.Dir == "":
		return Key{}, errors.New("make a municipality: no folder is given")
	case o.Country != "" && o.Country != "FI" && o.Country != "SE":
		return Key{}, errors.New("make a municipality: the country is FI, SE or none")
	}
	if o.People <= 0 {
		o.People = 2000
	}
	if o.Files <= 0 {
		o.Files = 500
	}
	w := newWorld(o.Seed, o.Country)
	town, err := w.settleAll(o.People)
	if err != nil {
		return Key{}, err
	}
	if err := town.writeRegisters(filepath.Join(o.Dir, "registers")); err != nil {
		return Key{}, fmt.Errorf("write the registers: %w", err)
	}
	key, err := town.writeShare(ctx, filepath.Join(o.Dir, "evidence"), o.Files, progress)
	if err != nil {
		return Key{}, fmt.Errorf("write the evidence: %w", err)
	}
	f, err := os.Create(filepath.Join(o.Dir, "key.jsonl"))
	if err != nil {
		return Key{}, fmt.Errorf("write the key: %w", err)
	}
	if err := key.Write(f); err != nil {
		_ = f.Close() // the first error says more
		return Key{}, fmt.Errorf("write the key: %w", err)
	}
	return key, f.Close()
}

// town is a world with so many people in it.
type town struct {
	*world
	households                         int
	pupils, guardians, staff, customer []ref
}

// settleAll fills households until there are enough people.
func (w *world) settleAll(people int) (*town, error) {
	t := &town{world: w}
	most := MostPeople
	if w.country == "SE" {
		most = w.households("SE") * 2 // few enough that their numbers suffice
	}
	if people > most {
		return nil, fmt.Errorf("at most %d people: test numbers do not suffice for more", most)
	}
	for n := 0; people > 0 || !t.whole(); n++ {
		for _, r := range w.household(n).members() {
			p := w.person(r)
			if !p.known() {
				continue
			}
			people--
			t.enter(&p)
		}
		t.households = n + 1
	}
	return t, nil
}

// whole reports whether there is somebody in every register: the smallest town
// has a few households more than was asked for.
func (t *town) whole() bool {
	return len(t.pupils) > 0 && len(t.guardians) > 0 && len(t.staff) > 0 && len(t.customer) > 0
}

func (t *town) enter(p *person) {
	for _, role := range []struct {
		key  string
		list *[]ref
	}{{p.pupil, &t.pupils}, {p.guardian, &t.guardians}, {p.staff, &t.staff}, {p.customer, &t.customer}} {
		if role.key != "" {
			*role.list = append(*role.list, p.ref)
		}
	}
}

// any gives a person of a list.
func (t *town) any(d *dice, list []ref) person { return t.person(one(d, list)) }
