package resolve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// MostAlike is how many pairs of people are kept who are alike and were not
// joined; what is beyond is counted.
const MostAlike = 10_000

// Pair is two people, the smaller number first.
type Pair struct{ First, Second uint32 }

// Alike gives the pairs of people who look like one person and were not joined,
// in order, without those whom people said to be two, and how many more there
// are. What makes them alike is [Beside]: a name with an address or a phone, an
// identity number one slip away, another surname with the same birth date.
func (p *People) Alike() (pairs []Pair, beyond int) { return p.alike, p.beyond }

// homes are what tells an entry's addresses apart.
func homes(e breach.Entry) []breach.Personal {
	var list []breach.Personal
	for _, a := range e.Addresses {
		if street := strings.Join(words(a.Street.Reveal()), " "); street != "" {
			list = append(list, breach.Hide(street+", "+strings.ReplaceAll(a.Postcode.Reveal(), " ", "")))
		}
	}
	return list
}

// likeness keeps the pairs that share a key and that Beside finds alike. The
// keys are in order.
func (j joiner) likeness(keys []nameKey) {
	for same := range sharing(keys) {
		for i, a := range same {
			for _, b := range same[:i] {
				if j.of[a.id] != j.of[b.id] && looksAlike(Beside([]breach.Entry{j.entry(a.id)}, []breach.Entry{j.entry(b.id)})) && looksAlike(Beside(j.whole(a.id), j.whole(b.id))) {
					j.propose(a.id, b.id)
				}
			}
		}
	}
	for i, pair := range j.alike { // entries so far
		a, b := j.of[pair.First], j.of[pair.Second]
		j.alike[i] = Pair{min(a, b), max(a, b)}
	}
	slices.SortFunc(j.alike, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Second, b.Second)) })
	j.People.alike = slices.DeleteFunc(slices.Compact(j.alike), func(p Pair) bool { return p.First == p.Second || j.saidApart(p) })
	if n := len(j.alike); n > MostAlike {
		j.People.alike, j.People.beyond = j.alike[:MostAlike], j.beyond+n-MostAlike
	}
}

// whole is everything that the registers say of the person whose entry it is.
func (j joiner) whole(id breach.EntryID) (list []breach.Entry) {
	for _, e := range j.Entries(j.of[id]) {
		list = append(list, j.entry(e))
	}
	return list
}

// propose keeps two entries as a pair to look at. Twice as many are kept as are
// given, for several may be of the same two people.
func (j joiner) propose(a, b breach.EntryID) {
	if len(j.alike) >= 2*MostAlike {
		j.People.beyond++
		return
	}
	j.People.alike = append(j.People.alike, Pair{uint32(a), uint32(b)})
}

// saidApart reports whether people said that two are not one.
func (j joiner) saidApart(p Pair) bool {
	for _, x := range j.Entries(p.First) {
		for _, y := range j.Entries(p.Second) {
			if j.apart[pairOf(x, y)] {
				return true
			}
		}
	}
	return false
}

// LookAlike reports whether somebody should look at two people, each with all that
// registers say of them, before anybody takes them for two.
func LookAlike(a, b []breach.Entry) bool { return looksAlike(Beside(a, b)) }

// looksAlike reports whether somebody should look at two people.
func looksAlike(fields []Field) bool {
	how := map[breach.Kind]Agreement{}
	for _, f := range fields {
		how[f.Kind] = f.How
	}
	born, number := how[breach.BirthDate], how[breach.NationalID]
	if born == Differs {
		return false // father and son
	}
	lives := how[breach.Address] == Agrees || how[breach.Email] == Agrees || how[breach.Phone] == Agrees
	switch {
	case number == Differs: // two numbers are two people, unless everything else is one
		return how[breach.Name] == Agrees && born == Agrees && lives
	case how[breach.Name] == Agrees:
		return born >= Near || number >= Near || lives
	}
	return how[breach.Name] == Near && born == Agrees && (lives || number >= Near)
}
