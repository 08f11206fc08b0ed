package detect

import (
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

// birthDate finds dates that a label or a heading calls birth dates, and those
// beside a name whose owner, by the register, was born on that day.
var birthDate = Detector{
	Kind:   breach.BirthDate,
	Form:   "birth-date",
	Start:  AtLabel,
	match:  matchBirthDate,
	Hits:   []string{"Född: 2012-03-04", "syntymäaika 4.3.2012", "Date of birth: 04/03/2012", "födelsedatum 20120304", "synt. 4.3.2012"},
	Misses: []string{"Född: i Malmö", "syntymäaika 32.3.2012", "Born: 2012", "Datum: 2012-03-04"},
}

func matchBirthDate(t *text, at int) {
	for from := at; at < t.end && at-from < 6 && !isDigit(t.b[at]); at++ {
		if isLetter(t.b[at]) && at-from > 3 {
			return
		}
	}
	if day, to := readDay(t.b[:t.end], at); to > 0 {
		t.add(hit{from: at, to: to, Finding: breach.Finding{Kind: breach.BirthDate, Form: "birth-date",
			Value: breach.Hide(day), Strength: breach.Weak, Labelled: true}})
	}
}

// birthDateAfter notes a date right after a name if somebody of that name was
// born then.
func (t *text) birthDateAfter(n *hit) {
	at := n.to
	for at < t.limit && at-n.to < 4 && !isDigit(t.b[at]) {
		switch t.b[at] {
		case ' ', ',', '(', '\t', ';':
		default:
			return
		}
		at++
	}
	day, to := readDay(t.b[:t.limit], at)
	if to == 0 {
		return
	}
	value := breach.Hide(day)
	for i, id := range t.x.Who(n.Finding) {
		if i == maxNamesakes {
			return
		}
		if t.x.Entry(id).BirthDate == value {
			t.add(hit{from: at, to: to, Finding: breach.Finding{Kind: breach.BirthDate, Form: "birth-date",
				Value: value, Strength: breach.Weak}})
			return
		}
	}
}

// maxNamesakes bounds how many people of one name are looked up.
const maxNamesakes = 64

// readDay reads a day with its year in four digits, as Nordic texts write it:
// 2012-03-04, 4.3.2012, 04/03/2012, 20120304. It gives the day as YYYY-MM-DD and
// where it ends, 0 if there is none.
func readDay(b []byte, at int) (day string, end int) {
	var n [3]int
	var size [3]int
	var sep [2]byte
	i := at
	for g := range 3 {
		for i < len(b) && isDigit(b[i]) && size[g] < 9 {
			n[g] = n[g]*10 + int(b[i]-'0')
			size[g]++
			i++
		}
		if g == 2 || i+1 >= len(b) || size[g] == 8 {
			break
		}
		if sep[g] = b[i]; sep[g] != '-' && sep[g] != '.' && sep[g] != '/' {
			break
		}
		i++
		if sep[g] == '.' && i+1 < len(b) && b[i] == ' ' && isDigit(b[i+1]) {
			i++ // "4. 3. 2012"
		}
	}
	if i < len(b) && isWord(b[i]) {
		return "", 0
	}
	y, m, d := n[0], n[1], n[2]
	switch {
	case size[0] == 8:
		y, m, d = n[0]/10000, n[0]/100%100, n[0]%100
	case sep[0] != sep[1]:
		return "", 0
	case size[0] == 4 && size[1] >= 1 && size[1] <= 2 && size[2] >= 1 && size[2] <= 2:
	case size[2] == 4 && size[0] >= 1 && size[0] <= 2 && size[1] >= 1 && size[1] <= 2:
		y, d = d, y
	default:
		return "", 0
	}
	if y < 1850 || y > 2100 || !nationalid.ValidDate(y, m, d) {
		return "", 0
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d), i
}
