package resolve

import (
	"github.com/klarlagt/klarlagt/breach"
)

// MaxSet is how many people a "one of these" names. Where more fit, the mention
// leaves a trace.
const MaxSet = 16

// Register is what linking asks of the registers' index.
type Register interface {
	// Who gives all entries that hold a finding's value.
	Who(f breach.Finding) []breach.EntryID
	Entry(id breach.EntryID) breach.Entry
	// Occupancy is the chance that a random valid value of a form is in the
	// register.
	Occupancy(form string) float64
}

// Link is what one mention tells of one person, or of one among several, or of
// somebody in no register.
type Link struct {
	Place       breach.Place // of the mention
	Persons     []uint32     // one: linked; more: one of these; of a trace, at most MaxSet of the candidates
	Stranger    []breach.Finding
	Kinds       []KindGrade // in order of kind
	Probability float64     // that the person is meant; of several, that each is
	Why         Why
}

// KindGrade is a kind of data and the highest grade that the rule allows it.
type KindGrade struct {
	Kind  breach.Kind
	Grade breach.Grade
}

// Trace reports whether the mention links to nobody. Persons is then who it
// could be, each kind has the grade Unknown, and it is no exposure: it counts
// only in upper bounds.
func (l Link) Trace() bool { return l.Why.Reason.Trace() }

// StrangerKey tells strangers apart: the surest identifier, as kind, country
// and value. It is the zero value where the link is to somebody in a register.
func (l Link) StrangerKey() breach.Personal {
	if len(l.Stranger) == 0 {
		return breach.Personal{}
	}
	return strangerKey(l.Stranger[0])
}

// Aliases gives the keys of the other identifiers that stand with the surest
// one: whoever has one of them alone is the same person, if no other stranger
// stands with it.
func (l Link) Aliases() []breach.Personal {
	var keys []breach.Personal
	for _, f := range l.Stranger[min(1, len(l.Stranger)):] {
		if f.Kind == breach.Email || f.Kind == breach.NationalID {
			keys = append(keys, strangerKey(f))
		}
	}
	return keys
}

// strangerKey is the key of one identifier. The century of a Swedish number is
// left out, for half of all texts do.
func strangerKey(f breach.Finding) breach.Personal {
	value := f.Value.Reveal()
	if f.Kind != breach.NationalID {
		return breach.Hide(f.Kind.String() + ":" + value)
	}
	code := country(f.Form)
	if code == "SE" && len(value) == 12 {
		value = value[2:]
	}
	return breach.Hide(f.Kind.String() + ":" + code + ":" + value)
}

// sameStranger reports whether two identifiers have the same key.
func sameStranger(a, b *breach.Finding) bool {
	if a.Kind != b.Kind || a.Value == b.Value && a.Form == b.Form {
		return a.Kind == b.Kind
	}
	return a.Kind == breach.NationalID && strangerKey(*a) == strangerKey(*b)
}
