package resolve

import (
	"math/bits"

	"github.com/klarlagt/klarlagt/breach"
)

// The numbers below are the whole of the model: what each rule is worth. They
// are set by hand and stated so that a reader can disagree; a model trained on
// the register takes their place by giving other answers to the same questions
// (numberProbability, valueProbability, fieldsProbability).

// odds turns a probability into odds; chance turns them back.
func odds(p float64) float64   { return p / (1 - p) }
func chance(o float64) float64 { return o / (1 + o) }

// certain is as sure as a link can be.
const certain = 0.99999

// How a second field moves the odds of a link by number or value.
const (
	forAgreement = 100.0 // two fields of one person, side by side by chance: rarer than 1 in 100
	againstName  = 0.05  // the name beside it is somebody else's: likely at best
)

// How surely a string that passes the check is an identity number at all. A
// label settles it. Without one, Finnish numbers have a shape of their own;
// others look like references (of random strings of the right shape with a
// valid date, one in ten passes the Swedish check, one in 121 the Norwegian,
// all the Danish).
const (
	isNumberLabelled = 0.98
	isNumberBare     = 0.5
	isNumberDanish   = 0.4
	isNumberStrong   = 0.999
)

// inRegister is the share of identity numbers in a controller's own files that
// are those of its registered people.
const inRegister = 0.8

// numberProbability is how surely an identity number that one person holds
// means that person, and not a reference that happens to be the same. occupancy
// is the share of all valid numbers that are in the register.
func numberProbability(f fact, occupancy float64) float64 {
	is := isNumberBare
	switch {
	case f.Strength == breach.Strong:
		is = isNumberStrong
	case f.Labelled:
		is = isNumberLabelled
	case f.Form == "dk-cpr":
		is = isNumberDanish
	}
	p := is * inRegister / (is*inRegister + (1-is)*min(max(occupancy, 0), 1))
	if f.Strength == breach.Strong {
		return min(max(p, 0.9995), certain)
	}
	return min(p, 0.999)
}

// valueProbability is how surely an e-mail, username or account that one person
// holds means that person: now and then a spouse writes from it.
const valueProbability = 0.995

// weigh moves the probability of a link by what else the mention says.
func weigh(p float64, strong, agrees, against bool) float64 {
	o := odds(p)
	switch {
	case agrees:
		o *= forAgreement
	case against && strong:
		return 0.999 // names change; a number that holds its check and is in the register does not meet it by chance
	case against:
		o *= againstName
	}
	return min(chance(o), certain)
}

// fieldsProbability is how surely a person is meant in whom these weak fields
// agree, and in nobody else. An identity number and a birth date are one piece
// of evidence.
func fieldsProbability(fields breach.Kinds) float64 {
	own := fields & personal
	switch n := pieces(fields); {
	case n >= 3 && own != 0:
		return 0.995
	case own.Has(breach.Name) && fields.Has(breach.Phone), own.Has(breach.Name) && fields.Has(breach.Email):
		return 0.985
	case own.Has(breach.Name):
		return 0.98
	case own != 0:
		return 0.97
	case n >= 3:
		return 0.95
	default: // phone and address: members of a household who are not in the register
		return 0.92
	}
}

// pieces counts pieces of evidence.
func pieces(fields breach.Kinds) int {
	if fields.Has(breach.NationalID) {
		fields &^= breach.KindsOf(breach.BirthDate)
	}
	return bits.OnesCount64(uint64(fields))
}

// Probabilities of links by the document.
const (
	sameDocumentProbability = 0.95
	topicProbability        = 0.95
)

// strangerProbability is how surely an identifier in no register is a person's.
func strangerProbability(f fact, company bool) float64 {
	switch {
	case f.Kind == breach.Email:
		return 0.95
	case f.Labelled || company:
		return 0.995
	case f.Form == "fi-hetu":
		return 0.995
	default: // a timestamp of twelve digits passes the Swedish check one time in ten
		return 0.8
	}
}
