package nationalid

import "github.com/klarlagt/klarlagt/breach"

// denmark reads CPR numbers, DDMMYY-SSSS. They have had no check digit since
// 2007, so anything with the shape and a date is one: a number without a
// hyphen is weak. Replacement numbers have 60 added to the day.
// Source: CPR-loven and "Personnummeret i CPR".
var denmark = Country{
	Code:  "DK",
	Parse: parseCPR,
	Hits:  []string{"211062-5629", "2110625629", "211062 5629", "010107-4004"},
	Misses: []string{
		"320162-5629",  // no 32 January
		"310262-5629",  // no 31 February
		"21106-25629",  // the hyphen stands before the last four
		"211062+5629",  // no plus in Denmark
		"211062-56290", // more than a number
	},
}

// CPRModEleven reports whether ten digits pass the check by eleven that Danish
// numbers had until 2007: holding it makes a number likelier, failing it says
// nothing.
func CPRModEleven[T Text](ten T) bool {
	return len(ten) == 10 && Digits(ten) && weighted(ten, "4327654321")%11 == 0
}

// ValidCPR reports whether ten digits begin with a date as Danish numbers do.
func ValidCPR[T Text](ten T) bool {
	if len(ten) != 10 || !Digits(ten) {
		return false
	}
	day := pair(ten, 0)
	if day > 60 {
		day -= 60
	}
	return ValidDate(danishYear(ten), pair(ten, 2), day)
}

// danishYear tells the century by the seventh digit.
func danishYear[T Text](ten T) int {
	yy, seventh := pair(ten, 4), ten[6]
	switch {
	case seventh <= '3':
		return 1900 + yy
	case seventh == '4' || seventh == '9':
		if yy <= 36 {
			return 2000 + yy
		}
		return 1900 + yy
	case yy <= 57:
		return 2000 + yy
	}
	return 1800 + yy
}

func parseCPR(text string) (Number, bool) {
	s, ok := spell(text)
	if !ok || s.n != 10 || !s.split(4, "- ") || !ValidCPR(s.chars[:10]) {
		return Number{}, false
	}
	t := s.chars[:10]
	n := Number{Country: "DK", Form: "dk-cpr", Canonical: s.text(), Strength: breach.Weak,
		Birth: date(danishYear(t), pair(t, 2), (pair(t, 0)-1)%60+1)}
	if s.sep == '-' && t[0] < '6' {
		n.Strength = breach.Middle
	}
	return n, true
}
