package nationalid

import (
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// finland reads henkilötunnus, DDMMYY C NNN Q: the day of birth, a sign for
// the century, a serial and a check character. Since 2023 several signs stand
// for one century, and the sign is part of the identity: two people may differ
// in nothing else.
// Source: valtioneuvoston asetus 128/2010 as in force since 1 January 2023.
var finland = Country{
	Code:  "FI",
	Parse: parseHetu,
	Hits: []string{"010594Y9032", "020516c903k", "131052-308T", "131052 - 308t", "010195+948J", "290200A900B",
		"020504B904H"},
	Misses: []string{
		"131052-308U",  // check character
		"310252-308Y",  // no 31 February
		"290200-101P",  // 1900 had no leap day
		"131052G308T",  // no century has that sign
		"1310523 08T",  // no sign
		"131052-308T1", // more than a number
		"010190-001P",  // serials begin at 002
	},
}

// hetuChecks are the check characters in the order of the remainder by 31.
const hetuChecks = "0123456789ABCDEFHJKLMNPRSTUVWXY"

// HetuCentury gives the century of a sign, such as 1900 for '-' or 'Y'; 0 for
// what is no sign. Small letters count.
func HetuCentury(sign byte) int {
	switch sign {
	case '+':
		return 1800
	case '-', 'Y', 'X', 'W', 'V', 'U', 'y', 'x', 'w', 'v', 'u':
		return 1900
	case 'A', 'B', 'C', 'D', 'E', 'F', 'a', 'b', 'c', 'd', 'e', 'f':
		return 2000
	}
	return 0
}

// HetuCheck gives the check character for a birth date and serial, nine
// digits without the century sign; 0 if they are no digits.
func HetuCheck[T Text](nine T) byte {
	if len(nine) != 9 || !Digits(nine) {
		return 0
	}
	return hetuChecks[number(nine)%31]
}

// ValidHetu reports whether eleven bytes are a henkilötunnus whose date exists
// and whose check character holds. Small letters count.
func ValidHetu[T Text](t T) bool {
	if len(t) != 11 || !hetuDate(t) {
		return false
	}
	return hetuSerial(t) >= 2 && hetuRemainder(t) == strings.IndexByte(hetuChecks, upper(t[10]))
}

// hetuDate reports whether eleven bytes have the shape of a henkilötunnus and
// a date that exists.
func hetuDate[T Text](t T) bool {
	for i := range 10 {
		if i != 6 && t[i]-'0' > 9 {
			return false
		}
	}
	century := HetuCentury(t[6])
	return century != 0 && ValidDate(century+pair(t, 4), pair(t, 2), pair(t, 0)) &&
		strings.IndexByte(hetuChecks, upper(t[10])) >= 0
}

func hetuSerial[T Text](t T) int { return int(t[7]-'0')*100 + pair(t, 8) }

func hetuRemainder[T Text](t T) int {
	return (pair(t, 0)*10_000_000 + pair(t, 2)*100_000 + pair(t, 4)*1000 + hetuSerial(t)) % 31
}

func parseHetu(text string) (Number, bool) {
	s, ok := spell(text)
	if !ok {
		return Number{}, false
	}
	var t [11]byte
	switch {
	case s.n == 10 && s.at == 6 && (s.sep == '-' || s.sep == '+'):
		copy(t[:], s.chars[:6])
		t[6] = s.sep
		copy(t[7:], s.chars[6:10])
	case s.n == 11 && (s.sep == 0 || s.sep == ' ' && (s.at == 6 || s.at == 7)):
		copy(t[:], s.chars[:11])
	default:
		return Number{}, false
	}
	if !hetuDate(t[:]) {
		return Number{}, false
	}
	n := Number{
		Country: "FI", Form: "fi-hetu", Canonical: string(t[:]), Strength: breach.Strong,
		Birth:      date(HetuCentury(t[6])+pair(t[:], 4), pair(t[:], 2), pair(t[:], 0)),
		Artificial: t[7] == '9',
	}
	if !ValidHetu(t[:]) {
		return n.failed(), true
	}
	return n, true
}

// pair reads the two digits at i.
func pair[T Text](t T, i int) int { return int(t[i]-'0')*10 + int(t[i+1]-'0') }

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}
