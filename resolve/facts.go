package resolve

import (
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// maxFacts is how many identifiers are weighed together. A mention with more
// (a mail to thousands) is a crowd, weighed in runs of this many.
const maxFacts = 128

// fact is one identifier of a mention, and who has it in the registers.
type fact struct {
	*breach.Finding
	owners []uint32 // persons, in order
	// counts is set for an identity number that stands for a person, held by
	// somebody or not. A reference that happens to pass the check does not.
	counts bool
	box    bool // a function's mailbox, nobody's
}

// alone reports whether the fact links by itself to its one owner.
func (f fact) alone() bool {
	if len(f.owners) != 1 {
		return false
	}
	switch f.Kind {
	case breach.NationalID:
		return f.counts
	case breach.Email, breach.Username, breach.BankAccount:
		return true
	}
	return false
}

// bare reports whether a number that nobody has may as well be a reference: it
// has no label, and no more than ten digits, be they six and four of a hetu.
func (f fact) bare() bool {
	if f.Labelled && f.Strength >= breach.Middle {
		return false
	}
	digits := func(r rune) bool { return r != '-' && r != '+' && (r < '0' || r > '9') }
	return f.Strength < breach.Strong || f.Form == "fi-hetu" && strings.IndexFunc(f.Value.Reveal(), digits) < 0
}

// identifiers are the kinds that registers hold; all others are data, told of
// whoever the mention is about.
const identifiers = 1<<breach.Name | 1<<breach.NationalID | 1<<breach.BirthDate | 1<<breach.Address |
	1<<breach.Email | 1<<breach.Phone | 1<<breach.Username | 1<<breach.BankAccount

// personal are the identifiers that members of one household do not share.
const personal breach.Kinds = 1<<breach.Name | 1<<breach.NationalID | 1<<breach.BirthDate

// mask is a set of facts, by their index.
type mask [maxFacts / 64]uint64

func (m *mask) set(i int)     { m[i/64] |= 1 << (i % 64) }
func (m mask) has(i int) bool { return m[i/64]&(1<<(i%64)) != 0 }

func (m mask) or(o mask) mask  { return mask{m[0] | o[0], m[1] | o[1]} }
func (m mask) and(o mask) mask { return mask{m[0] & o[0], m[1] & o[1]} }
func (m mask) empty() bool     { return m == mask{} }

// gather parts the findings of a mention into identifiers and data, both in
// reading order.
func (l *linker) gather(m breach.Mention) {
	l.place, l.tabular = m.Place, tabular(m.Place)
	l.all, l.data, l.arena = l.all[:0], l.data[:0], l.arena[:0]
	for i := range m.Findings {
		f := &m.Findings[i]
		switch {
		case f.Form == formWord || f.Form == formCell && identifiers&(1<<f.Kind) == 0:
			l.data = append(l.data, f)
		case f.Kind <= breach.Guardian && identifiers&(1<<f.Kind) != 0 && !f.Value.IsZero():
			l.all = append(l.all, fact{Finding: f})
		default:
			l.data = append(l.data, f)
		}
	}
	inOrder := func(a, b fact) int { return a.Place.Compare(b.Place) }
	if !slices.IsSortedFunc(l.all, inOrder) {
		slices.SortStableFunc(l.all, inOrder)
	}
}

// The forms of findings that hold text and no identifier.
const (
	formWord = "word"
	formCell = "cell"
)

// look finds the owners of each fact.
func (l *linker) look() {
	for i := range l.facts {
		f := &l.facts[i]
		if f.Kind != breach.BirthDate { // checked against each candidate's entries
			f.owners = l.owners(*f.Finding)
		}
		f.box = f.Kind == breach.Email && len(f.owners) == 0 && functionBox(f.Value.Reveal())
	}
	l.facts = oneReading(l.facts)
	for i := range l.facts {
		if f := &l.facts[i]; f.Kind == breach.NationalID && !f.Failed {
			f.counts = !f.bare() || f.Strength >= breach.Middle && (len(f.owners) > 0 || l.hasNeighbour(i))
		}
	}
}

// oneReading keeps one reading of each number that has several: ten digits may
// be a Swedish, a Danish and an Icelandic identity number at once, and a phone
// with its plus sign hold a Norwegian one. Somebody's comes before nobody's, the
// sure before the unsure.
func oneReading(facts []fact) []fact {
	number := func(f fact) bool { return f.Kind == breach.NationalID || f.Kind == breach.Phone }
	worth := func(f fact) int {
		n := 2 * int(f.Strength)
		if len(f.owners) > 0 {
			n += 10
		}
		if f.Kind == breach.NationalID && !f.Failed {
			n++
		}
		return n
	}
	kept := facts[:0]
	for _, f := range facts {
		same := -1
		for k := len(kept) - 1; k >= 0 && same < 0 && kept[k].covers(f); k-- {
			if number(kept[k]) && number(f) {
				same = k
			}
		}
		switch {
		case same < 0, len(f.owners) > 0 && len(kept[same].owners) > 0 && (f.Kind == breach.Phone || f.Kind != kept[same].Kind):
			kept = append(kept, f)
		case worth(f) > worth(kept[same]):
			kept[same] = f
		}
	}
	return kept
}

// covers reports whether another fact begins inside this one.
func (f fact) covers(o fact) bool {
	return f.Place.Path == o.Place.Path && o.Place.Offset < f.Place.Offset+int64(max(1, len(f.Value.Reveal())))
}

// owners gives the persons that hold a value.
func (l *linker) owners(f breach.Finding) []uint32 {
	ids := l.reg.Who(f)
	if len(ids) == 0 {
		return nil
	}
	start := len(l.arena)
	for _, id := range ids {
		l.arena = append(l.arena, l.people.Of(id))
	}
	found := l.arena[start:]
	if !slices.IsSorted(found) {
		slices.Sort(found)
	}
	found = slices.Compact(found)
	l.arena = l.arena[:start+len(found)]
	return found[:len(found):len(found)]
}

// hasNeighbour reports whether a name or an e-mail stands right beside a fact.
func (l *linker) hasNeighbour(i int) bool {
	for _, k := range []int{i - 1, i + 1} {
		if k < 0 || k >= len(l.facts) {
			continue
		}
		if n := l.facts[k]; (n.Kind == breach.Name || n.Kind == breach.Email && !n.box) && l.beside(n.Finding, l.facts[i].Finding) {
			return true
		}
	}
	return false
}

// touching is how many bytes may stand between two values side by side, as in
// "Anna Ek (811228-9841". More may be the words that say it is a case number.
const touching = 3

// beside reports whether two findings stand side by side: in neighbouring
// cells, or with a few bytes between them.
func (l *linker) beside(a, b *breach.Finding) bool {
	x, y := a.Place.Last(), b.Place.Last()
	if x.Unit == breach.Column && y.Unit == breach.Column && x.N != y.N {
		return x.N-y.N == 1 || y.N-x.N == 1
	}
	if a.Place.Offset > b.Place.Offset {
		a, b = b, a
	}
	return b.Place.Offset-a.Place.Offset <= int64(len(a.Value.Reveal()))+touching
}

// tabular reports whether a mention is one of many of its shape, whose cells
// all speak of the same subject.
func tabular(p breach.Place) bool {
	switch p.Last().Unit {
	case breach.Row, breach.Record, breach.Column:
		return true
	}
	return false
}
