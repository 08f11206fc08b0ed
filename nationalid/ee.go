package nationalid

import "github.com/klarlagt/klarlagt/breach"

// estonia reads isikukood, G YYMMDD SSS C: century and sex, date of birth,
// serial, check digit by eleven in one or two rounds.
// Source: rahvastikuregistri seadus, EVS 585:2007.
var estonia = Country{
	Code:  "EE",
	Parse: parseIsikukood,
	Hits:  []string{"36805280109"},
	Misses: []string{
		"36805280108",  // check digit
		"36813280109",  // no month 13
		"96805280109",  // no century 9
		"368052 80109", // written joined
		"3680528010",
	},
}

// ValidIsikukood reports whether eleven digits are an isikukood: the date
// exists and the check digit holds.
func ValidIsikukood[T Text](eleven T) bool {
	return len(eleven) == 11 && Digits(eleven) && estonianDate(eleven) && estonianCheck(eleven) == int(eleven[10]-'0')
}

func estonianYear[T Text](t T) int { return 1800 + int(t[0]-'1')/2*100 + pair(t, 1) }

func estonianDate[T Text](t T) bool {
	return t[0] >= '1' && t[0] <= '8' && ValidDate(estonianYear(t), pair(t, 3), pair(t, 5))
}

func estonianCheck[T Text](t T) int {
	if r := weighted(t, "1234567891") % 11; r < 10 {
		return r
	}
	return weighted(t, "3456789123") % 11 % 10
}

func parseIsikukood(text string) (Number, bool) {
	s, ok := spell(text)
	if !ok || s.n != 11 || s.sep != 0 || !Digits(s.chars[:11]) {
		return Number{}, false
	}
	t := s.chars[:11]
	if !estonianDate(t) {
		return Number{}, false
	}
	n := Number{Country: "EE", Form: "ee-isikukood", Canonical: s.text(), Strength: breach.Middle,
		Birth: date(estonianYear(t), pair(t, 3), pair(t, 5))}
	if !ValidIsikukood(t) {
		return n.failed(), true
	}
	return n, true
}
