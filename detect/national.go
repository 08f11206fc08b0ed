package detect

import (
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

// nationalNumber finds the national identity numbers of every country that
// package nationalid knows: all readings of a number, for ten digits may be a
// Swedish, a Danish and an Icelandic one at once.
var nationalNumber = Detector{
	Kind:  breach.NationalID,
	Start: AtNumber,
	match: matchNational,
	Hits: []string{"811228-9841", "19811228-9841", "198112289841", "19090527+1474", "701063-2391", "20000101-T220",
		"010594Y9032", "020516c903k", "(131052-308T)", "13097248022", "130972 48022", "211062-5629", "120174-3399",
		"36805280109", "hetu:010594Y9032.", "020504B904H, 070-1740605"},
	Misses: []string{"857209-0606", "2077474-0", "2024-05-01 10:15:00", "811228-98411", "811328-9841", "1.811228-9841",
		"5050-1055", "C02-811228-9840", "550e8400-e29b-41d4-a716-446655440000", "3112289841"},
}

// labelledNumber reads what stands beside a label that says it is a national
// identity number: also a number that fails its check, or that a spreadsheet
// has stored as a number.
var labelledNumber = Detector{
	Kind:   breach.NationalID,
	Start:  AtLabel,
	match:  matchLabelledNational,
	Hits:   []string{"Personnummer: 811228-9842", "hetu: 010594Y9033", "Personnr 811228 9841", "pnr: 503042393"},
	Misses: []string{"Personnummer: saknas", "hetu: 12", "Personnummer: 857209-0606"},
}

func matchNational(t *text, at int) {
	end := nationalEnd(t, at)
	if end == 0 || !t.standsAlone(at, end) {
		return
	}
	if !mayBeNational(t.b[at:end]) {
		return
	}
	readings := nationalid.Readings(string(t.b[at:end]))
	for _, n := range readings {
		if h := t.nationalHit(n, at, end); h.needs != needsLabel || t.knows(h.Finding) {
			if t.poorer(n, readings) {
				continue
			}
			if h.needs != needsNothing && t.knows(h.Finding) {
				h.needs = needsNothing
			}
			t.add(h)
			t.next = max(t.next, end)
		}
	}
}

// nationalEnd tells by its shape alone how far a national number would reach
// from at; 0 if nothing begins there that looks like one.
func nationalEnd(t *text, at int) int {
	d := &t.digits
	first := at + d.size[0]
	switch d.size[0] {
	case 6:
		switch sign := t.at(first); {
		case isLetter(sign) || sign == '-' || sign == '+':
			if d.is(6, 4) || t.digitsAt(first+1, 3) && isWord(t.at(first+4)) || isLetter(t.at(first+1)) && t.digitsAt(first+2, 3) {
				return first + 5
			}
		case d.is(6, 4) && sign == ' ':
			return first + 5
		case d.is(6, 5) && sign == ' ':
			return first + 6
		}
	case 8:
		if sign := t.at(first); sign == '-' || sign == '+' || sign == ' ' {
			if d.is(8, 4) || isLetter(t.at(first+1)) && t.digitsAt(first+2, 3) {
				return first + 5
			}
		}
	case 10, 11, 12:
		return first
	}
	return 0
}

// standsAlone reports whether nothing before or after makes a number part of
// something longer: a reference, an amount, another number.
func (t *text) standsAlone(from, to int) bool {
	switch before := t.at(from - 1); before {
	case '-', '.', ',':
		if isWord(t.at(from - 2)) {
			return false
		}
	}
	after := t.at(to)
	if isWord(after) {
		return false
	}
	return (after != '-' && after != '.' && after != '/') || !isDigit(t.at(to+1))
}

// digitsAt reports whether n digits stand at i.
func (t *text) digitsAt(i, n int) bool {
	for ; n > 0; i, n = i+1, n-1 {
		if !isDigit(t.at(i)) {
			return false
		}
	}
	return true
}

// mayBeNational reports whether one of the countries takes a spelling for a
// number, check and all, or whether it has the shape that only a mistyped
// number has. It allocates nothing, unlike the reading that follows.
func mayBeNational(b []byte) bool {
	var buf [12]byte
	d := joined(buf[:0], b)
	switch {
	case len(b) == 11 && nationalid.HetuCentury(b[6]) != 0 && (len(d) == 9 || len(d) == 10):
		// A letter in the end or for the sign is no accident; digits alone are.
		if isLetter(b[6]) || isLetter(b[10]) || nationalid.ValidHetu(b) {
			return true
		}
	case isLetter(b[len(b)-4]): // an interim number
		return true
	}
	switch len(d) {
	case 10:
		return nationalid.ValidPersonnummer(d) || nationalid.ValidCPR(d) || nationalid.ValidKennitala(d)
	case 11:
		return nationalid.ValidFodselsnummer(d) || nationalid.ValidIsikukood(d)
	case 12:
		// With century and hyphen nothing else looks like it.
		return nationalid.ValidPersonnummer(d[2:]) || len(b) == 13
	}
	return false
}

// nationalHit makes a hit of one reading of a number without a label, with
// what it needs in order to be believed.
func (t *text) nationalHit(n nationalid.Number, from, to int) hit {
	h := hit{from: from, to: to, Finding: breach.Finding{Kind: breach.NationalID, Form: n.Form,
		Value: breach.Hide(n.Canonical), Strength: n.Strength, Failed: n.Failed}}
	switch {
	case n.Failed && (n.Form == "fi-hetu" && (isLetter(t.b[from+6]) || isLetter(t.b[to-1])) || to-from == len("YYYYMMDD-NNNC")):
		h.needs = needsPerson // nothing else has the shape
	case n.Failed:
		h.needs = needsLabel
	case n.Form == "dk-cpr" && (n.Strength == breach.Weak || !nationalid.CPRModEleven(n.Canonical)):
		h.needs = needsLabel // anything with a date would do
	case n.Strength == breach.Weak && n.Form == "is-kennitala":
		h.needs = needsLabel // a system number: anything at all
	case n.Form == "dk-cpr" || n.Form == "se-interim":
		h.needs = needsPerson
	}
	return h
}

// matchLabelledNational reads the first number after a label.
func matchLabelledNational(t *text, at int) {
	limit := min(t.end, at+maxNumber)
	for at < limit && !isDigit(t.b[at]) {
		if isLetter(t.b[at]) {
			return
		}
		at++
	}
	if number, to := exponential(t.b[:limit], at); to > 0 {
		t.addLabelled(number, at, to)
		return
	}
	end := at
	for end < limit && (isWord(t.b[end]) || (t.b[end] == '-' || t.b[end] == '+' || t.b[end] == ' ') && end+1 < limit && isWord(t.b[end+1])) {
		if t.b[end] == ' ' && isLetter(t.b[end+1]) && !t.digitsAt(end+2, 3) {
			break
		}
		end++
	}
	// A number may be followed by another: try what is long enough, longest first.
	for to := min(end, at+14); to-at >= 9; to-- {
		if to < end && isWord(t.b[to]) {
			continue
		}
		spelled := string(t.b[at:to])
		if nationalid.IsOrganisation(spelled) {
			return
		}
		if t.addLabelled(restored(spelled), at, to) {
			return
		}
	}
}

// poorer reports whether a reading is a guess beside a better one: a Danish
// number, which has no check digit, where another country's check holds.
func (t *text) poorer(n nationalid.Number, readings []nationalid.Number) bool {
	return n.Form == "dk-cpr" && !readings[0].Failed && readings[0].Form != n.Form &&
		!t.knows(breach.Finding{Kind: breach.NationalID, Form: n.Form, Value: breach.Hide(n.Canonical)})
}

// addLabelled notes the readings of a labelled number: those that hold their
// check or, where none does, those that fail it.
func (t *text) addLabelled(number string, from, to int) bool {
	readings := nationalid.Readings(number)
	for _, n := range readings {
		if n.Failed && !readings[0].Failed {
			break
		}
		h := t.nationalHit(n, from, to)
		if t.poorer(n, readings) {
			continue
		}
		h.needs, h.Labelled = needsNothing, true
		t.add(h)
	}
	return len(readings) > 0
}

// exponential reads a number that a spreadsheet shows with an exponent, such as
// 2.01203042393E11, if all its digits are there.
func exponential(b []byte, at int) (number string, end int) {
	i := at
	var digits []byte
	for i < len(b) && (isDigit(b[i]) || i == at+1 && (b[i] == '.' || b[i] == ',')) {
		if isDigit(b[i]) {
			digits = append(digits, b[i])
		}
		i++
	}
	if i == len(b) || b[i]|0x20 != 'e' || len(digits) < 10 {
		return "", 0
	}
	i++
	if i < len(b) && b[i] == '+' {
		i++
	}
	power := 0
	for ; i < len(b) && isDigit(b[i]) && power < 100; i++ {
		power = power*10 + int(b[i]-'0')
	}
	if power < len(digits)-1 || power > 11 {
		return "", 0
	}
	return string(digits) + "00000000000"[:power+1-len(digits)], i
}

// restored gives a number that a spreadsheet has stored as a number its
// leading zero back. A number that needs none comes back as it is; one whose
// check then fails ends as a number that failed.
func restored(spelled string) string {
	if len(spelled) == 9 && nationalid.Digits(spelled) {
		return "0" + spelled
	}
	if len(spelled) == 10 && nationalid.Digits(spelled) && len(nationalid.Readings(spelled)) == 0 {
		return "0" + spelled
	}
	return spelled
}
