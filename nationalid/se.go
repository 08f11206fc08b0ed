package nationalid

import (
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// sweden reads personnummer, [YY]YYMMDD-NNNC: date of birth, serial, Luhn
// digit over the last ten. A samordningsnummer has 60 added to the day, an
// interim number a letter for the first digit of its serial and no check. A
// plus for the hyphen tells that the owner has turned a hundred. Where nobody
// knows the birth date of somebody with a samordningsnummer, its month is 00,
// its day 60, or both are merely near.
// Source: folkbokföringslagen (1991:481) 18 §, Skatteverket SKV 704 and 707.
var sweden = Country{
	Code:  "SE",
	Parse: parseSwedish,
	Hits: []string{"811228-9841", "19811228-9841", "8112289841", "198112289841", "811228 9841", "19090527+1474",
		"090527+1474", "701063-2391", "19730288-9931", "20000101-T220", "000101t220", "19150072-2390"},
	Misses: []string{
		"700428-9895",   // Luhn
		"150916-0006",   // Luhn holds, but no serial is 000
		"857209-0606",   // an organisation: the month is 72
		"701332-2391",   // no month 13
		"16811228-9841", // no century 16
		"000101-E221",   // E is no interim letter
		"811228-98411",
		"8112-289841",
	},
}

// interimLetters stand for the first serial digit of an interim number.
const interimLetters = "TRSUWXJKLMN"

// ValidPersonnummer reports whether ten digits YYMMDDNNNC are a personnummer
// or a samordningsnummer: the date exists in some century (or may be that of a
// samordningsnummer), the serial is not 000, and the Luhn digit holds.
func ValidPersonnummer[T Text](ten T) bool {
	return len(ten) == 10 && Digits(ten) && swedishDay(ten) && swedishCheck(ten)
}

// swedishDay reports whether YYMMDD… begins with a date, or with what stands
// for one in a samordningsnummer.
func swedishDay[T Text](t T) bool {
	month, day := pair(t, 2), pair(t, 4)
	if day >= 60 {
		return month <= 12 && day <= 60+31
	}
	return inSomeCentury(pair(t, 0), month, day)
}

func swedishCheck[T Text](ten T) bool {
	return Luhn(ten) && (ten[6] != '0' || ten[7] != '0' || ten[8] != '0')
}

func parseSwedish(text string) (Number, bool) {
	s, ok := spell(text)
	if !ok || (s.n != 10 && s.n != 12) || !s.split(4, "-+ ") {
		return Number{}, false
	}
	ten := s.chars[s.n-10 : s.n]
	interim := strings.IndexByte(interimLetters, ten[6]) >= 0
	if !Digits(s.chars[:s.n-4]) || !Digits(ten[7:]) || !interim && !Digits(ten[6:]) {
		return Number{}, false
	}
	year, month, day := swedishYear(&s), pair(ten, 2), pair(ten, 4)
	if !swedishDay(ten) || s.n == 12 && year == 0 {
		return Number{}, false
	}

	n := Number{Country: "SE", Form: "se-personnummer", Canonical: s.text(), Strength: breach.Middle}
	if day >= 60 {
		n.Form, day = "se-samordningsnummer", day-60
	}
	if year != 0 {
		n.Canonical, n.Strength = date(year, 1, 1)[:2]+string(ten), breach.Strong
		switch {
		case ValidDate(year, month, day):
			n.Birth = date(year, month, day)
		case n.Form == "se-personnummer": // no leap day in that century
			return Number{}, false
		}
	}
	if interim {
		n.Form = "se-interim"
		n.Strength-- // it has no check digit
		return n, true
	}
	if !swedishCheck(ten) {
		return n.failed(), true
	}
	return n, true
}

// swedishYear gives the year of birth, 0 if the spelling leaves it open or
// names a century without people.
func swedishYear(s *spelling) int {
	if s.n == 12 {
		if year := pair(s.chars[:], 0)*100 + pair(s.chars[:], 2); year >= 1800 && year < 2100 {
			return year
		}
		return 0
	}
	if s.sep != '+' {
		return 0
	}
	// Past a hundred: of the two centuries that are far enough back, the one
	// whose people can stand in a computer's files.
	yy := pair(s.chars[:], 0)
	if yy <= 50 {
		return 1900 + yy
	}
	return 1800 + yy
}
