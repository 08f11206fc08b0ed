package detect

import (
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

// paymentCard finds card numbers: 13 to 19 digits with the prefix of a card
// scheme and a Luhn check digit, joined or in the groups that are printed.
var paymentCard = Detector{
	Kind:  breach.PaymentCard,
	Form:  "card",
	Start: AtNumber,
	match: matchCard,
	Hits: []string{"4111 1111 1111 1111", "5555555555554444", "4111-1111-1111-1111", "3782 822463 10005", "378282246310005",
		"2223003122003222"},
	Misses: []string{"4111 1111 1111 1112", "1234567890123452", "0000000000000000", "411111111111111", "4111 1111 1111 1111 1111"},
}

func matchCard(t *text, at int) {
	d := &t.digits
	n := d.total
	switch {
	case d.n == 1 && n >= 13 && n <= 19:
	case d.n == 4 && d.is(4, 4, 4, 4), d.n == 3 && d.is(4, 6, 5), d.n == 5 && d.is(4, 4, 4, 4, 3):
		for i := range d.n - 1 {
			if d.sep[i] != d.sep[0] || d.sep[i] != ' ' && d.sep[i] != '-' {
				return
			}
		}
	default:
		return
	}
	var buf [20]byte
	number := joined(buf[:0], t.b[at:d.end])
	if !cardPrefix(number) || !nationalid.Luhn(number) || !t.standsAlone(at, d.end) {
		return
	}
	t.add(hit{from: at, to: d.end, Finding: breach.Finding{
		Kind: breach.PaymentCard, Form: "card", Value: breach.Hide(string(number)), Strength: breach.Middle}})
	t.next = max(t.next, d.end)
}

// cardPrefix reports whether a number has the prefix and the length of a card
// scheme, and is not one digit over and over.
func cardPrefix(n []byte) bool {
	four := 0
	for _, c := range n[:4] {
		four = four*10 + int(c-'0')
	}
	same := true
	for _, c := range n[1:] {
		same = same && c == n[0]
	}
	switch {
	case same:
		return false
	case n[0] == '4': // Visa
		return len(n) == 13 || len(n) == 16 || len(n) == 19
	case four >= 5100 && four <= 5599, four >= 2221 && four <= 2720: // Mastercard
		return len(n) == 16
	case four/100 == 34, four/100 == 37: // American Express
		return len(n) == 15
	case four/100 == 36, four/100 == 38, four/10 >= 300 && four/10 <= 305: // Diners
		return len(n) == 14 || len(n) == 16
	case four >= 3528 && four <= 3589, four == 6011, four/100 == 65, four/10 >= 644 && four/10 <= 649: // JCB, Discover
		return len(n) >= 16
	case four/100 == 50, four/100 >= 56 && four/100 <= 58, four/100 == 63, four/100 == 67: // Maestro
		return len(n) >= 16
	}
	return false
}
