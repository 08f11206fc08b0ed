package nationalid

import "github.com/klarlagt/klarlagt/breach"

// iceland reads kennitala, DDMMYY-RRCÖ: a check digit by eleven in the ninth
// place and the century in the tenth. Organisations have 40 added to the day.
// A system number begins with 8 or 9 and is otherwise chance: no date, no check.
// Source: lög um skráningu einstaklinga nr. 140/2019.
var iceland = Country{
	Code:  "IS",
	Parse: parseKennitala,
	Hits:  []string{"120174-3399", "1201743399", "120174 3399", "892350-1739"},
	Misses: []string{
		"120174-3389",  // check digit
		"120174-3391",  // no century 1
		"450401-3150",  // an organisation
		"310274-3399",  // no 31 February
		"8923501739",   // joined, a system number is any ten digits
		"120174-33990", // more than a number
	},
}

// kennitalaWeights weigh the first eight digits; the ninth is the check.
const kennitalaWeights = "327654321"

// ValidKennitala reports whether ten digits are a person's kennitala: the date
// exists and the check digit holds. System numbers have neither.
func ValidKennitala[T Text](ten T) bool {
	return len(ten) == 10 && Digits(ten) && weighted(ten, kennitalaWeights)%11 == 0 &&
		ValidDate(icelandicYear(ten), pair(ten, 2), pair(ten, 0))
}

// icelandicYear tells the century by the last digit; -1 if it is none.
func icelandicYear[T Text](ten T) int {
	switch yy := pair(ten, 4); ten[9] {
	case '8':
		return 1800 + yy
	case '9':
		return 1900 + yy
	case '0':
		return 2000 + yy
	}
	return -1
}

func parseKennitala(text string) (Number, bool) {
	s, ok := spell(text)
	if !ok || s.n != 10 || !s.split(4, "- ") || !Digits(s.chars[:10]) {
		return Number{}, false
	}
	t := s.chars[:10]
	n := Number{Country: "IS", Form: "is-kennitala", Canonical: s.text(), Strength: breach.Middle}
	if t[0] >= '8' {
		n.Strength = breach.Weak
		return n, s.sep == '-'
	}
	year := icelandicYear(t)
	if year < 0 || !ValidDate(year, pair(t, 2), pair(t, 0)) {
		return Number{}, false
	}
	n.Birth = date(year, pair(t, 2), pair(t, 0))
	if !ValidKennitala(t) {
		return n.failed(), true
	}
	return n, true
}
