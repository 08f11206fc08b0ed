package resolve

import (
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// traces makes a party of each weak value that is left: a name, phone or
// address of registered people with nothing beside it that agrees. Names wait
// for the rest of the item.
func (l *linker) traces() {
	explained := l.explained()
	certain := slices.ContainsFunc(l.parties, func(p party) bool { return p.count <= 1 && !p.reason.Trace() })
	for i, f := range l.facts {
		if len(f.owners) == 0 || explained.has(i) && !l.namesake(i) || l.disowned(i) || certain && f.Kind == breach.Address {
			continue // an address beside a person is that person's, whoever else lives there
		}
		p := party{persons: f.owners, stranger: -1, fields: breach.KindsOf(f.Kind), reason: WeakOnly, count: len(f.owners)}
		p.own.set(i)
		if f.Kind == breach.Name {
			p.reason, p.waits = NameOnly, true
			if len(l.parties) == 1 && l.parties[0].reason == NewEmail {
				l.parties[0].waits = true // a private address of somebody the item may know
			}
		}
		l.parties = append(l.parties, p.limited())
	}
}

// namesake reports whether a name went to a stranger's number, though somebody
// has the name of whom the registers do not tell the number.
func (l *linker) namesake(i int) bool {
	for number, at := range l.claimed {
		if at == i && len(l.facts[number].owners) == 0 && l.fits(i, number) && l.isStrangers(number) {
			return true
		}
	}
	return false
}

// isStrangers reports whether a number made a stranger.
func (l *linker) isStrangers(number int) bool {
	return slices.ContainsFunc(l.parties, func(p party) bool { return p.stranger >= 0 && p.own.has(number) })
}

// disowned reports whether a name goes with an identity number that is not of
// anybody who has the name.
func (l *linker) disowned(i int) bool {
	for number, at := range l.claimed {
		if at == i && !l.fits(i, number) {
			return true
		}
	}
	return false
}

// fits reports whether somebody with a name may have a number.
func (l *linker) fits(name, number int) bool {
	for _, c := range l.cands {
		if c.own.has(name) && c.own.has(number) {
			return true
		}
	}
	return false
}
