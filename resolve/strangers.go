package resolve

import (
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// strangers makes a party of each person in no register: of each identity
// number that nobody has, and of each e-mail address that is nobody's and stands
// with no surer party. Phones, accounts and cards alone make nobody.
func (l *linker) strangers() {
	explained := l.explained()
	registered := len(l.parties)
	for i, f := range l.facts {
		switch {
		case f.Kind != breach.NationalID || !f.counts || len(f.owners) > 0 || explained.has(i) || l.again(i):
		case f.bare() && registered > 0: // a reference in somebody's row
		default:
			l.stranger(i, NewNumber)
		}
	}
	numbered := len(l.parties)
	for i, f := range l.facts {
		if f.Kind != breach.Email || f.box || len(f.owners) > 0 || l.again(i) || l.theirs(i, numbered) {
			continue
		}
		l.stranger(i, NewEmail)
	}
	if len(l.parties) > registered {
		l.nameStrangers(registered)
	}
}

// theirs reports whether an address that nobody has goes with those who are
// parties without it: in a row everything does, in prose what looks like the
// name of the only one, or stands with the number of the only stranger.
func (l *linker) theirs(i, parties int) bool {
	switch {
	case parties == 0:
		return false
	case l.tabular:
		return true
	case parties > 1:
		return false
	}
	return l.parties[0].stranger >= 0 || l.likeName(l.parties[0], l.facts[i])
}

// again reports whether a value already made a stranger, and adds this writing
// of it to the stranger's own: a number written twice is one person.
func (l *linker) again(i int) bool {
	for k := range l.parties {
		p := &l.parties[k]
		if p.stranger >= 0 && sameStranger(l.facts[p.stranger].Finding, l.facts[i].Finding) {
			p.own.set(i)
			return true
		}
	}
	return false
}

func (l *linker) stranger(i int, reason Reason) {
	f := l.facts[i]
	company := slices.ContainsFunc(l.facts, func(o fact) bool {
		return o.Kind == breach.Name || o.Kind == breach.Email && f.Kind != breach.Email
	})
	p := party{stranger: i, fields: breach.KindsOf(f.Kind), reason: reason, max: breach.Proven,
		probability: strangerProbability(f, company), numbered: f.Kind == breach.NationalID}
	p.own.set(i)
	l.parties = append(l.parties, p)
}

// nameStrangers gives each name that nobody explains to the nearest stranger.
func (l *linker) nameStrangers(from int) {
	explained := l.explained()
	for i, f := range l.facts {
		if f.Kind != breach.Name || explained.has(i) || !l.strangersName(i) {
			continue
		}
		best, distance := -1, int64(0)
		for k := from; k < len(l.parties); k++ {
			d := f.Place.Offset - l.facts[l.parties[k].stranger].Place.Offset
			if d < 0 {
				d = -d
			}
			if best < 0 || d < distance {
				best, distance = k, d
			}
		}
		if best >= 0 && (len(l.parties) == 1 || distance <= reach) {
			l.parties[best].own.set(i)
			l.parties[best].fields |= breach.KindsOf(breach.Name)
			l.rival(*f.Finding)
		}
	}
}

// strangersName reports whether a name goes with somebody in no register:
// nobody has it, or it was claimed by a number that nobody has.
func (l *linker) strangersName(i int) bool {
	if len(l.facts[i].owners) == 0 {
		return true
	}
	for k, at := range l.claimed {
		if at == i && len(l.facts[k].owners) == 0 {
			return true
		}
	}
	return false
}

// likeName reports whether an address looks made of a party's name: any word of
// three letters and more of the name is in its local part.
func (l *linker) likeName(p party, address fact) bool {
	local, _, _ := strings.Cut(fold(address.Value.Reveal()), "@")
	for i, f := range l.facts {
		if f.Kind != breach.Name || !p.own.has(i) {
			continue
		}
		for _, w := range words(fold(f.Value.Reveal())) {
			if len(w) >= 3 && strings.Contains(local, w) {
				return true
			}
		}
	}
	return false
}

// fold writes a name as addresses do.
func fold(name string) string {
	return folder.Replace(strings.ToLower(name))
}

var folder = strings.NewReplacer("å", "a", "ä", "a", "á", "a", "à", "a", "ö", "o", "ø", "o", "ó", "o", "æ", "ae", "é", "e", "è", "e", "ü", "u", "í", "i", "ð", "d", "þ", "th", "š", "s", "ž", "z", "ç", "c")
