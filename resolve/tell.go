package resolve

import (
	"cmp"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// reach is how many bytes of prose may stand between somebody's identifier and
// what is said of them.
const reach = 300

// grades is what a mention tells of one party, by kind.
type grades [breach.Guardian + 1]breach.Grade

func (g *grades) raise(k breach.Kind, to breach.Grade) { g[k] = max(g[k], to) }

// list gives the kinds in order. A trace has them all, with no grade.
func (g *grades) list(trace bool) []KindGrade {
	n := 0
	for _, grade := range g {
		if grade > breach.Unknown {
			n++
		}
	}
	kinds := make([]KindGrade, 0, n)
	for k, grade := range g {
		if trace && grade > breach.Unknown {
			kinds = append(kinds, KindGrade{breach.Kind(k), breach.Unknown})
		} else if grade > breach.Unknown {
			kinds = append(kinds, KindGrade{breach.Kind(k), grade})
		}
	}
	return kinds
}

// tell gives each party its kinds and emits the links.
func (l *linker) tell() error {
	if len(l.parties) == 0 {
		return nil
	}
	main := l.main()
	l.head = l.subject(main)
	told := make([]grades, len(l.parties))
	for i, f := range l.facts {
		if !l.tellOwn(told, main, i) {
			l.tellValue(told, main, f)
		}
	}
	for _, f := range l.data {
		l.give(told, main, f, breach.Likely)
	}
	for k, p := range l.parties {
		l.note(p, k == l.head)
		if err := l.link(p, &told[k]); err != nil {
			return err
		}
	}
	return nil
}

// main gives the parties to whom what nobody owns is told: registered persons
// and strangers; without them those that are one of several; without those,
// traces.
func (l *linker) main() []int {
	rank := func(p party) int {
		switch {
		case p.reason.Trace():
			return 2
		case p.count > 1:
			return 1
		}
		return 0
	}
	best := 2
	for _, p := range l.parties {
		best = min(best, rank(p))
	}
	l.chosen = l.chosen[:0]
	for k, p := range l.parties {
		if rank(p) == best {
			l.chosen = append(l.chosen, k)
		}
	}
	return l.chosen
}

// tellOwn tells a fact of the parties whose own it is, and reports whether a
// main one is among them.
func (l *linker) tellOwn(told []grades, main []int, i int) bool {
	f, found := l.facts[i], false
	for k, p := range l.parties {
		if p.own.has(i) {
			found = found || slices.Contains(main, k)
			told[k].raise(f.Kind, max(p.max, breach.Possible))
		}
	}
	return found
}

// tellValue tells an identifier that is no party's own.
func (l *linker) tellValue(told []grades, main []int, f fact) {
	one := len(main) == 1
	registered := one && l.parties[main[0]].stranger < 0
	switch {
	case f.box, f.Kind == breach.NationalID && !f.Labelled:
		return // nobody's mailbox; a reference
	case f.Kind == breach.Name && registered && (!f.Labelled || l.parties[main[0]].fields.Has(breach.Name)):
		return // somebody else
	case len(f.owners) > 0 && !(one && (f.Labelled || f.Kind == breach.Address)):
		return // somebody else's; but what is called the phone is told as the phone, and many live at one address
	case f.Kind == breach.Name, f.Kind == breach.NationalID, len(f.owners) > 0:
		l.giveAtMost(told, main, f.Finding, breach.Likely)
	case !l.tabular && !f.Labelled && !l.inLine(main, f):
		l.giveAtMost(told, main, f.Finding, breach.Possible) // in a log, most likely a reference
	default:
		l.give(told, main, f.Finding, breach.Likely)
	}
}

// inLine reports whether a party's own fact stands in the same line, or
// whatever the text is made of.
func (l *linker) inLine(main []int, f fact) bool {
	for i, o := range l.facts {
		if o.Place.Path == f.Place.Path && slices.ContainsFunc(main, func(k int) bool { return l.parties[k].own.has(i) }) {
			return true
		}
	}
	return false
}

// give tells what nobody owns: wholly of the only party if a heading or label
// says what it is, else with the grade for bare values.
func (l *linker) give(told []grades, main []int, f *breach.Finding, bare breach.Grade) {
	if len(main) == 1 && (f.Labelled || f.Form == formCell) {
		bare = breach.Proven
	}
	l.giveAtMost(told, main, f, bare)
}

// giveAtMost tells a finding of the only party; of several, of the subject of
// the row, or in prose of whoever stands nearest before it; if that is nobody,
// possibly of each.
func (l *linker) giveAtMost(told []grades, main []int, f *breach.Finding, most breach.Grade) {
	if f.Kind == 0 || f.Kind > breach.Guardian {
		return
	}
	to := -1
	switch {
	case len(main) == 1:
		to = main[0]
	case l.tabular:
		to = l.head
	default:
		to = l.before(main, f)
	}
	if to >= 0 && l.parties[to].reason == ByValueAgainst {
		most = breach.Possible // it may be of whoever has the name
	}
	if to >= 0 {
		told[to].raise(f.Kind, min(most, max(l.parties[to].max, breach.Possible)))
		return
	}
	for _, k := range main[:min(len(main), MaxSet)] {
		told[k].raise(f.Kind, breach.Possible)
	}
}

// before gives the party whose identifier stands nearest before a finding,
// within reach.
func (l *linker) before(main []int, f *breach.Finding) int {
	for i := len(l.facts) - 1; i >= 0; i-- {
		distance := f.Place.Offset - l.facts[i].Place.Offset
		if distance < 0 {
			continue
		}
		if distance > reach {
			return -1
		}
		for _, k := range main {
			if l.parties[k].own.has(i) {
				return k
			}
		}
	}
	return -1
}

// subject gives the party that a row is about: a child before the guardian,
// then whose identity number stands there, then of whom most is said, then the
// first.
func (l *linker) subject(main []int) int {
	if len(main) == 1 || !l.tabular {
		return main[0]
	}
	return slices.MinFunc(main, func(a, b int) int {
		p, q := l.parties[a], l.parties[b]
		switch {
		case l.partyGuards(p, q):
			return 1
		case l.partyGuards(q, p):
			return -1
		case p.numbered != q.numbered && p.numbered:
			return -1
		case p.numbered != q.numbered:
			return 1
		}
		return cmp.Or(cmp.Compare(q.fields.Len(), p.fields.Len()), cmp.Compare(a, b))
	})
}

func (l *linker) partyGuards(p, q party) bool {
	return p.stranger < 0 && q.stranger < 0 && p.count == 1 && q.count == 1 && l.guards(p.persons[0], q.persons[0])
}

// link emits what is told of one party, or lets it wait.
func (l *linker) link(p party, told *grades) error {
	trace := p.reason.Trace()
	link := Link{Place: l.place, Persons: p.persons, Kinds: told.list(trace), Probability: p.probability,
		Why: Why{Reason: p.reason, Fields: p.fields, Candidates: p.count}}
	if p.stranger >= 0 {
		link.Stranger = l.identity(p, told)
	}
	if !p.waits {
		return l.emit(link)
	}
	told.raise(breach.Name, breach.Likely)
	w := waiting{otherwise: link, kinds: told.list(false)}
	for i := range w.kinds {
		w.kinds[i].Grade = breach.Likely
	}
	for i, f := range l.facts {
		if f.Kind == breach.Name && (p.own.has(i) || p.stranger >= 0 && len(f.owners) > 0) {
			w.name = *f.Finding
			if len(f.owners) <= maxListed {
				w.owners = slices.Clone(f.owners)
			}
			break
		}
	}
	return l.wait(w)
}

// identity gives the identifiers of a stranger, the surest first: what is the
// stranger's own, and the addresses told of nobody else.
func (l *linker) identity(p party, told *grades) []breach.Finding {
	list := []breach.Finding{*l.facts[p.stranger].Finding}
	seen := func(f fact) bool {
		return slices.ContainsFunc(list, func(o breach.Finding) bool { return o.Kind == f.Kind && o.Value == f.Value })
	}
	sole := len(l.chosen) == 1 && told[breach.Email] > breach.Unknown
	for i, f := range l.facts {
		if (p.own.has(i) || sole && f.Kind == breach.Email && len(f.owners) == 0 && !f.box) && !seen(f) {
			list = append(list, *f.Finding)
		}
	}
	return list
}
