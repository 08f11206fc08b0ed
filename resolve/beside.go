package resolve

import (
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

// Agreement is how a field of one person stands to that of another.
type Agreement uint8

// The ways, from no to yes.
const (
	Unstated Agreement = iota // neither has one, or they cannot be compared
	OneHas                    // only one of them has it
	Differs
	Near // one slip of the hand apart; of names: the same given name
	Agrees
)

// String is the word used in files and in the keys of texts.
func (a Agreement) String() string {
	return [...]string{"unstated", "one-has", "differs", "near", "agrees"}[a]
}

// Field is how a field of two people compares. It holds no values.
type Field struct {
	Kind breach.Kind
	How  Agreement
}

// Beside compares the entries of two people field by field: names, identity
// numbers, birth dates, addresses, e-mail addresses and phones, in the order of
// kinds. Of several values of a field the two closest count.
func Beside(a, b []breach.Entry) []Field {
	values := func(of func(breach.Entry) []breach.Personal) (x, y []string) {
		return revealed(a, of), revealed(b, of)
	}
	field := func(k breach.Kind, how func(x, y string) Agreement, of func(breach.Entry) []breach.Personal) Field {
		x, y := values(of)
		return Field{k, closest(x, y, how)}
	}
	return []Field{
		field(breach.Name, namesAgree, nameTexts),
		field(breach.NationalID, numbersAgree, func(e breach.Entry) []breach.Personal { return e.NationalIDs }),
		field(breach.BirthDate, slips, func(e breach.Entry) []breach.Personal { return []breach.Personal{e.BirthDate} }),
		field(breach.Address, equal, homes),
		field(breach.Email, equal, func(e breach.Entry) []breach.Personal { return e.Emails }),
		field(breach.Phone, equal, func(e breach.Entry) []breach.Personal { return e.Phones }),
	}
}

// revealed gathers the values of a field; blanks never agree.
func revealed(entries []breach.Entry, of func(breach.Entry) []breach.Personal) (texts []string) {
	for _, e := range entries {
		for _, v := range of(e) {
			if !v.IsZero() {
				texts = append(texts, v.Reveal())
			}
		}
	}
	return texts
}

func closest(x, y []string, how func(x, y string) Agreement) Agreement {
	if len(x) == 0 && len(y) == 0 {
		return Unstated
	}
	if len(x) == 0 || len(y) == 0 {
		return OneHas
	}
	best := Unstated
	for _, a := range x {
		for _, b := range y {
			best = max(best, how(a, b))
		}
	}
	return best
}

func equal(x, y string) Agreement {
	if x == y {
		return Agrees
	}
	return Differs
}

func slips(x, y string) Agreement {
	if near(x, y) {
		return Near
	}
	return equal(x, y)
}

// nameTexts writes each name as its first given name, a tab and its surnames.
func nameTexts(e breach.Entry) (list []breach.Personal) {
	for _, n := range e.Names {
		if given, surname := words(n.Given.Reveal()), words(n.Surname.Reveal()); len(given) > 0 && len(surname) > 0 {
			list = append(list, breach.Hide(given[0]+"\t"+strings.Join(surname, " ")))
		}
	}
	return list
}

func namesAgree(x, y string) Agreement {
	given, _, _ := strings.Cut(x, "\t")
	if x != y && strings.HasPrefix(y, given+"\t") {
		return Near
	}
	return equal(x, y)
}

// numbersAgree compares two numbers of one country; of two countries one person
// may have both.
func numbersAgree(x, y string) Agreement {
	how := Unstated
	for _, c := range nationalid.All {
		a, okA := c.Parse(x)
		b, okB := c.Parse(y)
		switch {
		case !okA || !okB:
		case sameNumber(c.Code, a.Canonical, b.Canonical):
			return Agrees
		case nearNumber(c.Code, a.Canonical, b.Canonical):
			how = max(how, Near)
		case !a.Failed && !b.Failed:
			how = max(how, Differs)
		}
	}
	if x == y {
		return Agrees
	}
	return how
}

// SameOwner reports whether two entries can be of the same person at two times:
// they share an identity number or a name, or a given name and the birth date, or
// there is nothing to tell by.
func SameOwner(was, is breach.Entry) bool {
	fields := Beside([]breach.Entry{was}, []breach.Entry{is})
	told := func(f Field) bool { return f.How >= Differs }
	return fields[1].How == Agrees || fields[0].How == Agrees || fields[0].How == Near && fields[2].How == Agrees || !slices.ContainsFunc(fields[:3], told)
}
