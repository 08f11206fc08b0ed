package resolve

import (
	"cmp"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// party is somebody of whom a mention speaks: a registered person, one of
// several, a stranger, or the trace of somebody.
type party struct {
	persons     []uint32 // one, or the candidates; none for a stranger
	stranger    int      // the fact that makes the stranger; -1 for registered people
	own         mask
	fields      breach.Kinds
	probability float64
	reason      Reason
	max         breach.Grade // of what is the party's own
	count       int          // how many people it could be
	numbered    bool         // by an identity number
	waits       bool         // a name, to be decided with the whole item
}

// explained gives the facts that are somebody's.
func (l *linker) explained() mask {
	var m mask
	for _, p := range l.parties {
		m = m.or(p.own)
	}
	return m
}

// anchor makes a party of each person who has an identifier that links alone.
func (l *linker) anchor() {
	for _, c := range l.cands {
		best, probability := -1, 0.0
		for i, f := range l.facts {
			if !c.own.has(i) || !f.alone() || f.owners[0] != c.person {
				continue
			}
			p := valueProbability
			if f.Kind == breach.NationalID {
				p = numberProbability(f, l.reg.Occupancy(f.Form))
			}
			if best < 0 || p > probability {
				best, probability = i, p
			}
		}
		if best >= 0 {
			l.parties = append(l.parties, l.anchored(c, best, probability))
		}
	}
	slices.SortStableFunc(l.parties, func(a, b party) int { return cmp.Compare(first(a.own), first(b.own)) })
}

// anchored weighs what else the mention says of a person with a unique
// identifier.
func (l *linker) anchored(c cand, best int, probability float64) party {
	f := l.facts[best]
	isNumber := f.Kind == breach.NationalID
	others := c.fields &^ breach.KindsOf(f.Kind)
	if isNumber {
		others &^= breach.KindsOf(breach.BirthDate) // the number tells it
	}
	agrees := others != 0
	against := !agrees && l.otherName(c, best)
	reason, fields := ByValue, c.fields
	switch {
	case isNumber && agrees:
		reason, fields = ByNumberAndMore, others
	case isNumber && against:
		reason = ByNumberAgainst
	case isNumber:
		reason = ByNumber
	case agrees:
		reason = ByValueAndMore
	case against:
		reason = ByValueAgainst
	}
	return party{persons: []uint32{c.person}, stranger: -1, own: c.own, fields: fields, reason: reason, max: breach.Proven,
		probability: weigh(probability, isNumber && f.Strength == breach.Strong, agrees, against), count: 1, numbered: isNumber}
}

// otherName reports whether a name that is not the candidate's goes with an
// identifier: it is labelled or stands beside it, and is nobody's whose own
// identifier is there too.
func (l *linker) otherName(c cand, at int) bool {
	for i, f := range l.facts {
		if f.Kind != breach.Name || c.own.has(i) || !f.Labelled && !l.beside(f.Finding, l.facts[at].Finding) {
			continue
		}
		if !slices.ContainsFunc(l.facts, func(o fact) bool { return o.alone() && overlap(o.owners, f.owners) }) {
			return true
		}
	}
	return false
}

// pair makes a party of each person in whom two weak fields agree that no
// surer party explains. If several fit equally well, it is one of them.
func (l *linker) pair() {
	explained := l.explained()
	several := l.severalNames()
	var list []cand
	for _, c := range l.cands {
		if several {
			c = l.together(c)
		}
		if c.out || pieces(c.fields) < 2 || l.isParty(c.person) {
			continue
		}
		if c.fields&personal == 0 && (len(l.parties) > 0 || l.anyNumber()) {
			continue // a household's phone and address beside somebody's number are of that somebody
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b cand) int { return cmp.Compare(pieces(b.fields), pieces(a.fields)) })
	for len(list) > 0 {
		c := list[0]
		rivals := l.take(&list, explained)
		if len(rivals) == 0 {
			continue
		}
		l.parties = append(l.parties, l.paired(c, rivals))
		explained = explained.or(c.own)
	}
}

// severalNames reports whether prose names more than one person. Whoever is
// looked for in a long list of names and birth dates is found in it, so there
// only values that stand together count together.
func (l *linker) severalNames() bool {
	name := breach.Personal{}
	for _, f := range l.facts {
		switch {
		case f.Kind != breach.Name || f.Value == name:
		case !name.IsZero():
			return !l.tabular
		default:
			name = f.Value
		}
	}
	return false
}

// together leaves a candidate the names, and of the other facts those with no
// other name between them and one of these.
func (l *linker) together(c cand) cand {
	kept := cand{person: c.person, out: c.out}
	take := func(i int) (on bool) {
		f := l.facts[i]
		switch {
		case !c.own.has(i):
			return f.Kind != breach.Name
		case f.Kind == breach.NationalID && len(f.owners) == 0 && !f.Failed: // see mayHave
			kept.own.set(i)
			kept.fields |= c.fields & breach.KindsOf(breach.BirthDate)
		default:
			l.has(&kept, i)
		}
		return true
	}
	for n, f := range l.facts {
		if f.Kind != breach.Name || !c.own.has(n) {
			continue
		}
		for i := n; i < len(l.facts) && take(i); i++ {
		}
		for i := n - 1; i >= 0 && take(i); i-- {
		}
	}
	return kept
}

// take removes the first candidate from the list with all that fit equally well
// on the same facts, and gives them; nobody if surer parties explain the facts.
func (l *linker) take(list *[]cand, explained mask) []uint32 {
	c := (*list)[0]
	telling := l.telling(c, explained)
	if telling.empty() {
		*list = (*list)[1:]
		return nil
	}
	rest := (*list)[:0]
	rivals := []uint32{}
	for _, d := range *list {
		same := pieces(d.fields) == pieces(c.fields) && !l.telling(d, explained).and(telling).empty()
		if same {
			rivals = append(rivals, d.person)
		} else {
			rest = append(rest, d)
		}
	}
	*list = rest
	slices.Sort(rivals)
	return rivals
}

// telling gives the facts that tell a candidate from the rest of the household
// and that nobody else explains; of a candidate without such, all facts.
func (l *linker) telling(c cand, explained mask) mask {
	var m mask
	for i, f := range l.facts {
		if c.own.has(i) && !explained.has(i) && (personal.Has(f.Kind) || c.fields&personal == 0) {
			m.set(i)
		}
	}
	return m
}

// paired is the party of a candidate, or of equal candidates.
func (l *linker) paired(c cand, rivals []uint32) party {
	p := party{persons: rivals, stranger: -1, own: c.own, fields: c.fields, reason: ByFields, max: breach.Likely,
		probability: fieldsProbability(c.fields), count: len(rivals)}
	switch {
	case len(rivals) > MaxSet:
		p.reason = SharedByMany
	case len(rivals) > 1:
		p.reason = OneOf
	case c.fields.Has(breach.NationalID):
		p.reason = ByNearNumber
	case pieces(c.fields) >= 3:
		p.max = breach.Proven
	}
	return p.limited()
}

// limited shares the probability out among the candidates, and names no more of
// them than is useful.
func (p party) limited() party {
	if p.count > 1 {
		p.probability /= float64(p.count)
		p.max = breach.Possible
	}
	if p.reason.Trace() {
		p.max = breach.Unknown
		p.probability = 0
	}
	p.persons = slices.Clone(p.persons[:min(len(p.persons), MaxSet)])
	return p
}

// isParty reports whether a person is a party already.
func (l *linker) isParty(person uint32) bool {
	return slices.ContainsFunc(l.parties, func(p party) bool { return len(p.persons) == 1 && p.persons[0] == person })
}

// anyNumber reports whether somebody's identity number stands in the mention.
func (l *linker) anyNumber() bool {
	return slices.ContainsFunc(l.facts, func(f fact) bool { return f.Kind == breach.NationalID && f.counts })
}

// shared makes "one of these" of each number, e-mail, username or account that
// several people hold and that no surer party explains.
func (l *linker) shared() {
	explained := l.explained()
	for i, f := range l.facts {
		if len(f.owners) < 2 || explained.has(i) {
			continue
		}
		p := party{persons: f.owners, stranger: -1, fields: breach.KindsOf(f.Kind), reason: OneOf, probability: valueProbability,
			count: len(f.owners), numbered: f.Kind == breach.NationalID}
		p.own.set(i)
		switch f.Kind {
		case breach.NationalID, breach.Email, breach.Username, breach.BankAccount:
		default:
			continue
		}
		if f.Kind == breach.NationalID && !f.counts {
			continue
		}
		if len(f.owners) > MaxSet {
			p.reason = SharedByMany
		}
		l.parties = append(l.parties, p.limited())
	}
}

// first is the index of the first fact in a set.
func first(m mask) int {
	for i := range maxFacts {
		if m.has(i) {
			return i
		}
	}
	return maxFacts
}
