package detect

import (
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

// bankAccount finds international account numbers: ISO 13616, check by 97.
var bankAccount = Detector{
	Kind:  breach.BankAccount,
	Form:  "iban",
	Start: AtNumber,
	match: matchIBAN,
	Hits: []string{"SE45 5000 0000 0583 9825 7466", "FI2112345600000785", "NO93 8601 1117 947", "DK50 0040 0440 1162 43",
		"EE382200221020145685", "DE89 3704 0044 0532 0130 00."},
	Misses: []string{"SE45 5000 0000 0583 9825 7467", "XX2112345600000785", "FI21 1234 5600 0007 851", "ASE4550000000058398257466"},
}

// labelledAccount reads a domestic account number beside a label. Bankgiro and
// plusgiro numbers are those of firms and have labels of their own.
var labelledAccount = Detector{
	Kind:   breach.BankAccount,
	Form:   "account",
	Start:  AtLabel,
	match:  matchAccount,
	Hits:   []string{"Kontonummer: 8327-9 123 456 789-3", "tilinumero: 123456-785", "Konto: FI21 1234 5600 0007 85"},
	Misses: []string{"Konto: 12", "Kontonummer: saknas", "Bankgiro: 5050-1055"},
}

// ibanLength tells how long an account number of a country is; 0 for countries
// without. Source: the SWIFT registry of ISO 13616.
func ibanLength(country string) int {
	switch country {
	case "NO":
		return 15
	case "BE":
		return 16
	case "DK", "FI", "FO", "GL", "NL":
		return 18
	case "MK", "SI":
		return 19
	case "AT", "BA", "EE", "KZ", "LT", "LU", "XK":
		return 20
	case "CH", "HR", "LI", "LV":
		return 21
	case "BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA":
		return 22
	case "AE", "GI", "IL", "IQ", "OM":
		return 23
	case "AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG":
		return 24
	case "LY", "PT", "ST":
		return 25
	case "IS", "TR":
		return 26
	case "FR", "GR", "IT", "MC", "MR", "SM":
		return 27
	case "AL", "AZ", "CY", "DO", "GT", "HU", "LB", "PL", "SV", "BY":
		return 28
	case "BR", "EG", "PS", "QA", "UA":
		return 29
	case "JO", "KW", "MU":
		return 30
	case "MT", "SC":
		return 31
	case "LC":
		return 32
	}
	return 0
}

func matchIBAN(t *text, at int) {
	from := at - 2
	if from < 0 || !isUpper(t.b[from]) || !isUpper(t.b[from+1]) || isWord(t.at(from-1)) {
		return
	}
	length := ibanLength(string(t.b[from:at]))
	if length == 0 {
		return
	}
	var buf [34]byte
	value, to := ibanChars(buf[:0], t.b, from, length)
	if len(value) != length || isWord(t.at(to)) || !validIBAN(value) {
		return
	}
	if t.at(to) == ' ' && t.digitsAt(to+1, 4) && to-from > length {
		return // another group: a longer number
	}
	t.add(hit{from: from, to: to, Finding: breach.Finding{
		Kind: breach.BankAccount, Form: "iban", Value: breach.Hide(string(value)), Strength: breach.Strong}})
	t.next = max(t.next, to)
}

func isUpper(c byte) bool { return c-'A' < 26 }

// ibanChars appends up to n digits and capitals from a text, single blanks
// left out.
func ibanChars(dst, b []byte, from, n int) (value []byte, to int) {
	i := from
	for ; i < len(b) && len(dst) < n; i++ {
		switch c := b[i]; {
		case isDigit(c) || isUpper(c):
			dst = append(dst, c)
		case c == ' ' && b[i-1] != ' ':
		default:
			return dst, i
		}
	}
	return dst, i
}

// validIBAN checks by 97: the first four characters go to the end, letters
// count as 10 to 35.
func validIBAN(value []byte) bool {
	sum := 0
	for i := range value {
		switch c := value[(i+4)%len(value)]; {
		case isDigit(c):
			sum = (sum*10 + int(c-'0')) % 97
		default:
			sum = (sum*100 + int(c-'A') + 10) % 97
		}
	}
	return sum == 1
}

// matchAccount reads the first number after a label.
func matchAccount(t *text, at int) {
	for at < t.end && (t.b[at] == ' ' || t.b[at] == ':') {
		at++
	}
	if at+2 < t.end && isUpper(t.b[at]) && isUpper(t.b[at+1]) {
		matchIBAN(t, at+2)
		return
	}
	to, count := at, 0
	for i := at; i < min(t.end, at+maxNumber); i++ {
		c := t.b[i]
		if isDigit(c) {
			count++
			to = i + 1
		} else if c != ' ' && c != '-' && c != ',' && c != '.' {
			break
		}
	}
	value := string(joined(nil, t.b[at:to]))
	if count < 7 || count > 20 || nationalid.IsOrganisation(strings.TrimSpace(string(t.b[at:to]))) {
		return
	}
	t.add(hit{from: at, to: to, Finding: breach.Finding{
		Kind: breach.BankAccount, Form: "account", Value: breach.Hide(value), Strength: breach.Weak, Labelled: true}})
	t.next = max(t.next, to)
}
