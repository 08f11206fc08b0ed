package nationalid

import "github.com/klarlagt/klarlagt/breach"

// norway reads fødselsnummer, DDMMYY III K1 K2: two check digits by eleven.
// D-numbers have 40 added to the day, H-numbers 40 to the month, numbers made
// for tests (Test-Norge) 80 to the month.
// Source: folkeregisterforskriften § 2-2-1 ff., Skatteetaten.
var norway = Country{
	Code:  "NO",
	Parse: parseNorwegian,
	Hits: []string{"13097248022", "130972 48022", "53097248016", "13527248013", "10915596784", "68467038838",
		"50846202355", "02013299997", "30108299939"},
	Misses: []string{
		"13097248032", // first check digit
		"13097248023", // second check digit
		"32127248022", // no 32 December
		"13137248022", // no month 13
		"1234567890",
		"130972-48022", // no Norwegian writes a hyphen there
	},
}

// Norwegian weights. The check digit itself weighs 1.
const (
	norwegianK1 = "3761894521"
	norwegianK2 = "54327654321"
)

// NorwegianSeries is which rule a fødselsnummer's check digits hold by.
type NorwegianSeries uint8

// The series.
const (
	NorwegianNone NorwegianSeries = iota // the check digits do not hold
	// NorwegianOld leaves remainder 0 in both sums.
	NorwegianOld
	// Norwegian2032 may leave 1, 2 or 3 in the first. Such numbers are given
	// out from 1 January 2032 and tell nothing certain of birth.
	Norwegian2032
)

// FodselsnummerSeries checks the two check digits of eleven digits; it does
// not look at the date.
func FodselsnummerSeries[T Text](eleven T) NorwegianSeries {
	if len(eleven) != 11 || !Digits(eleven) || weighted(eleven, norwegianK2)%11 != 0 {
		return NorwegianNone
	}
	switch r := weighted(eleven, norwegianK1) % 11; {
	case r == 0:
		return NorwegianOld
	case r <= 3:
		return Norwegian2032
	}
	return NorwegianNone
}

// ValidFodselsnummer reports whether eleven digits are a fødselsnummer, D-, H-
// or test number of either series: the date exists and both checks hold.
func ValidFodselsnummer[T Text](eleven T) bool {
	return FodselsnummerSeries(eleven) != NorwegianNone && norwegianDate(eleven).month != 0
}

// norwegianBirth is what the first six digits say; month is 0 if no such date
// exists.
type norwegianBirth struct {
	day, month      int
	dnr, hnr, tests bool
}

func norwegianDate[T Text](t T) norwegianBirth {
	b := norwegianBirth{day: pair(t, 0), month: pair(t, 2)}
	if b.day > 40 {
		b.day, b.dnr = b.day-40, true
	}
	switch {
	case b.month > 80:
		b.month, b.tests = b.month-80, true
	case b.month > 40:
		b.month, b.hnr = b.month-40, true
	}
	if !inSomeCentury(pair(t, 4), b.month, b.day) {
		return norwegianBirth{}
	}
	return b
}

// norwegianYear tells the century by the serial; 0 where the table is silent.
func norwegianYear(t []byte) int {
	yy, serial := pair(t, 4), int(t[6]-'0')*100+pair(t, 7)
	switch {
	case serial < 500:
		return 1900 + yy
	case serial < 750 && yy >= 54:
		return 1800 + yy
	case yy < 40:
		return 2000 + yy
	case serial >= 900:
		return 1900 + yy
	}
	return 0
}

func parseNorwegian(text string) (Number, bool) {
	s, ok := spell(text)
	if !ok || s.n != 11 || !s.split(5, " ") {
		return Number{}, false
	}
	t := s.chars[:11]
	if !Digits(t) {
		return Number{}, false
	}
	b := norwegianDate(t)
	if b.month == 0 {
		return Number{}, false
	}
	n := Number{Country: "NO", Form: "no-fodselsnummer", Canonical: s.text(), Strength: breach.Strong, Artificial: b.tests}
	switch {
	case b.dnr:
		n.Form = "no-d-nummer"
	case b.hnr:
		n.Form = "no-h-nummer"
	}
	year := norwegianYear(t)
	switch FodselsnummerSeries(t) {
	case NorwegianNone:
		n = n.failed()
	case Norwegian2032:
		n.Strength = breach.Middle // one number in thirty passes by chance, not one in 121
		return n, true
	}
	if year != 0 && !ValidDate(year, b.month, b.day) {
		return Number{}, false
	}
	n.Birth = date(year, b.month, b.day)
	return n, true
}
