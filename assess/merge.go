package assess

import (
	"fmt"
	"iter"

	"github.com/klarlagt/klarlagt/breach"
)

// Claim is what one place says of one person: one kind of data.
type Claim struct {
	Person uint32 // as the caller numbers people, strangers too
	Kind   breach.Kind
	// Grade is what Grade gave. A claim that is Excluded (from evidence that
	// nobody reached) says nothing. Unknown is a trace, which proves nothing but
	// counts in upper bounds, or a claim from evidence of which nobody knows
	// whether it was reached.
	Grade       breach.Grade
	Probability float64
	// Shared is set where the place may speak of somebody else: the person is
	// one of several, or has left a trace that may be another's.
	Shared bool
}

// Known is what became known of one person of one kind.
type Known struct {
	Kind   breach.Kind
	Grade  breach.Grade // the best; Unknown where there are only traces
	Places int64        // how many claims have a grade
	Shared bool         // nothing says so of this person alone
}

// Person is all that became known of one person.
type Person struct {
	Person      uint32
	Grade       breach.Grade // the best; Unknown where there are only traces
	Probability float64      // the best of all claims that have a grade
	Kinds       breach.Kinds // those with a grade
	Known       []Known      // in order of kind
}

// Exposures gives what became known of the person, without mere traces.
func (p Person) Exposures(id breach.PersonID) []breach.Exposure {
	var list []breach.Exposure
	for _, k := range p.Known {
		if k.Grade != breach.Unknown {
			list = append(list, breach.Exposure{Person: id, Kind: k.Kind, Grade: k.Grade, Places: k.Places})
		}
	}
	return list
}

// Merge makes one Person of all claims on each. The claims come sorted by
// person; it fails if they do not. Known is used again after each call of emit.
func Merge(claims iter.Seq2[Claim, error], emit func(Person) error) error {
	var m merger
	for c, err := range claims {
		switch {
		case err != nil:
			return fmt.Errorf("read claims: %w", err)
		case c.Kind < breach.Name || c.Kind > breach.Guardian:
			return fmt.Errorf("merge claims: there is no kind %d", c.Kind)
		case m.any && c.Person < m.person.Person:
			return fmt.Errorf("merge claims: person %d comes after %d", c.Person, m.person.Person)
		case m.any && c.Person > m.person.Person:
			if err := emit(m.done()); err != nil {
				return err
			}
		}
		m.add(c)
	}
	if !m.any {
		return nil
	}
	return emit(m.done())
}

// merger gathers the claims on one person.
type merger struct {
	any    bool
	person Person
	known  [breach.Guardian + 1]Known
}

func (m *merger) add(c Claim) {
	m.any = true
	m.person.Person = c.Person
	if c.Grade == breach.Excluded {
		return
	}
	k := &m.known[c.Kind]
	if k.Kind == 0 {
		*k = Known{Kind: c.Kind, Shared: true}
	}
	k.Shared = k.Shared && c.Shared
	k.Grade = max(k.Grade, c.Grade)
	if c.Grade == breach.Unknown {
		return
	}
	k.Places++
	m.person.Kinds |= breach.KindsOf(c.Kind)
	m.person.Grade = max(m.person.Grade, c.Grade)
	m.person.Probability = max(m.person.Probability, c.Probability)
}

// done gives the person and begins anew.
func (m *merger) done() Person {
	p := m.person
	for _, k := range m.known {
		if k.Kind != 0 {
			p.Known = append(p.Known, k)
		}
	}
	*m = merger{person: Person{Known: p.Known[:0]}}
	return p
}
