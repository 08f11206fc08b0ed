package resolve

import (
	"cmp"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

// Bounds on how many owners of one value are looked at one by one.
const (
	maxListed = 64   // each is a candidate; owners of commoner values only if another value names them
	maxSought = 4096 // each is compared with a birth date beside a common name
)

// cand is a person who has some of the facts.
type cand struct {
	person uint32
	own    mask
	fields breach.Kinds
	out    bool // an identity number beside the name is somebody else's
}

// hit is one fact that one person has.
type hit struct {
	person uint32
	fact   int
}

// candidates finds who has which facts.
func (l *linker) candidates() {
	l.hits = l.hits[:0]
	entries := false // is there anything to compare with the entries?
	for i, f := range l.facts {
		entries = entries || f.Kind == breach.BirthDate || f.Kind == breach.NationalID && f.Failed
		if len(f.owners) <= maxListed {
			for _, p := range f.owners {
				l.hits = append(l.hits, hit{p, i})
			}
		}
	}
	if entries {
		l.seek()
	}
	slices.SortFunc(l.hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.fact, b.fact)) })
	l.cands = l.cands[:0]
	for _, h := range l.hits {
		if n := len(l.cands); n == 0 || l.cands[n-1].person != h.person {
			l.cands = append(l.cands, cand{person: h.person})
		}
		l.has(&l.cands[len(l.cands)-1], h.fact)
	}
	for i := range l.cands {
		l.complete(&l.cands[i], entries)
	}
}

// has notes that a candidate has a fact.
func (l *linker) has(c *cand, i int) {
	c.own.set(i)
	c.fields |= breach.KindsOf(l.facts[i].Kind)
}

// seek makes candidates of those owners of common names whose birth date or
// number is in the mention.
func (l *linker) seek() {
	for i, f := range l.facts {
		if len(f.owners) <= maxListed || len(f.owners) > maxSought {
			continue
		}
		for _, p := range f.owners {
			if c := (cand{person: p}); l.byEntry(&c) {
				l.hits = append(l.hits, hit{p, i})
			}
		}
	}
}

// complete adds what the owners lists do not tell: common values, and what only
// the entries know.
func (l *linker) complete(c *cand, entries bool) {
	for i, f := range l.facts {
		if len(f.owners) > maxListed && !c.own.has(i) {
			if _, ok := slices.BinarySearch(f.owners, c.person); ok {
				l.has(c, i)
			}
		}
	}
	if entries {
		l.byEntry(c)
	}
}

// byEntry adds birth dates and misspelt numbers that are the candidate's, and
// reports whether there were any.
func (l *linker) byEntry(c *cand) bool {
	before := c.own
	for _, id := range l.people.Entries(c.person) {
		e := l.reg.Entry(id)
		births := births(e)
		for i, f := range l.facts {
			switch {
			case c.own.has(i):
			case f.Kind == breach.BirthDate && slices.Contains(births, f.Value.Reveal()),
				f.Kind == breach.NationalID && f.Failed && slip(e, f):
				l.has(c, i)
			}
		}
	}
	return c.own != before
}

// births gives the birth date of an entry, else those that its numbers may tell.
func births(e breach.Entry) []string {
	if !e.BirthDate.IsZero() {
		return []string{e.BirthDate.Reveal()}
	}
	var dates []string
	for _, id := range e.NationalIDs {
		for _, n := range nationalid.Readings(id.Reveal()) {
			if !n.Failed && n.Birth != "" {
				dates = append(dates, n.Birth)
			}
		}
	}
	return dates
}

// slip reports whether a number whose check fails is an entry's number with one
// slip of the pen.
func slip(e breach.Entry, f fact) bool {
	for _, id := range e.NationalIDs {
		if nearNumber(country(f.Form), id.Reveal(), f.Value.Reveal()) {
			return true
		}
	}
	return false
}

// claim goes through the identity numbers that have nobody's name beside them
// though a name stands there: that name goes with the number. Whoever has the
// name and not the number is another person of the same name, and no candidate.
func (l *linker) claim() {
	l.claimed = l.claimed[:0]
	for i, f := range l.facts {
		l.claimed = append(l.claimed, -1)
		if f.Kind != breach.NationalID || !f.counts || l.hasName(i) {
			continue
		}
		at := l.nameBeside(i)
		if l.claimed[i] = at; at < 0 {
			continue
		}
		for k := range l.cands {
			c := &l.cands[k]
			switch {
			case !c.own.has(at) || c.own.has(i):
			case !l.mayHave(c, f):
				c.out = true
			case len(f.owners) == 0:
				c.own.set(i) // theirs, if another field agrees; no evidence by itself
			}
		}
	}
}

// hasName reports whether a name of a number's owner stands in the mention; for a
// number that nobody has, whether a name that nobody has does.
func (l *linker) hasName(number int) bool {
	for _, f := range l.facts {
		if f.Kind != breach.Name {
			continue
		}
		if overlap(f.owners, l.facts[number].owners) || len(f.owners) == 0 && len(l.facts[number].owners) == 0 {
			return true
		}
	}
	return false
}

// nameBeside gives the name that goes with a number: the nearest before it,
// else the nearest after, leaving out names of people whose number is there.
func (l *linker) nameBeside(number int) int {
	free := func(i int) bool {
		if l.facts[i].Kind != breach.Name {
			return false
		}
		for _, f := range l.facts {
			if f.Kind == breach.NationalID && f.counts && overlap(f.owners, l.facts[i].owners) {
				return false
			}
		}
		return true
	}
	for i := number - 1; i >= 0; i-- {
		if free(i) {
			return i
		}
	}
	for i := number + 1; i < len(l.facts); i++ {
		if free(i) {
			return i
		}
	}
	return -1
}

// mayHave reports whether a number that is not in a candidate's entries may be
// the candidate's all the same: nobody else has it, and the entries give no
// number of that country and no other birth date. A birth date that agrees is
// evidence, and is added to the candidate. A guardian may also stand beside
// the number of the child.
func (l *linker) mayHave(c *cand, f fact) bool {
	for _, owner := range f.owners {
		return l.guards(c.person, owner)
	}
	number, ok := nationalid.Parse(country(f.Form), f.Value.Reveal())
	if !ok {
		return false
	}
	for _, id := range l.people.Entries(c.person) {
		e := l.reg.Entry(id)
		for _, v := range e.NationalIDs {
			if clash(v.Reveal(), f.Value.Reveal()) {
				return false
			}
		}
		switch {
		case e.BirthDate.IsZero() || number.Birth == "":
		case e.BirthDate.Reveal() != number.Birth:
			return false
		default:
			c.fields |= breach.KindsOf(breach.BirthDate)
		}
	}
	return true
}

// guards reports whether the registers make one person a guardian of another.
func (l *linker) guards(guardian, child uint32) bool {
	var wards []breach.Personal
	for _, id := range l.people.Entries(child) {
		wards = append(wards, l.reg.Entry(id).Guardians...)
	}
	if len(wards) == 0 {
		return false
	}
	for _, id := range l.people.Entries(guardian) {
		e := l.reg.Entry(id)
		if !e.Key.IsZero() && slices.Contains(wards, e.Key) {
			return true
		}
		for _, number := range e.NationalIDs {
			if slices.Contains(wards, number) {
				return true
			}
		}
	}
	return false
}

// overlap reports whether two lists in order have somebody in common.
func overlap(a, b []uint32) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b) > 16*len(a) {
		return slices.ContainsFunc(a, func(p uint32) bool { _, ok := slices.BinarySearch(b, p); return ok })
	}
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] == b[0]:
			return true
		case a[0] < b[0]:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	return false
}
