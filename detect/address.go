package detect

import (
	"bytes"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// address finds Nordic postal addresses: a street with its number and, where
// they follow, postcode and town. A street is known by its ending, or because
// somebody in the registers lives there. Alone it is nobody's.
var address = Detector{
	Kind:  breach.Address,
	Form:  "address",
	Start: AtDigit,
	match: matchAddress,
	Hits: []string{"Storgatan 12 B, 123 45 Malmö anna@example.se", "anna@example.se Mannerheimintie 4 A 12, 00100 Helsinki",
		"anna@example.se Västra Hamngatan 3\n41117 Göteborg", "anna@example.fi Kirkkokatu 7"},
	Misses: []string{"anna@example.se version 12", "anna@example.se Kapitel 3, 12345 Malmö", "anna@example.se väg 55", "Storgatan 12"},
}

// streetEndings end the names of streets, in small letters.
var streetEndings = [...]string{
	"gatan", "gata", "vägen", "väg", "gränd", "gränden", "torget", "torg", "stigen", "stig", "backen", "allén", "allé",
	"kajen", "esplanaden", "leden", "platsen", "bron", "stranden", "svängen", "bågen", "kroken", "ringen", "slingan", "tået",
	"katu", "kuja", "tie", "polku", "kaari", "raitti", "tori", "rinne", "bulevardi", "esplanadi", "aukio", "väylä",
	"kulku", "penger", "laituri", "ranta", "rantatie", "puistikko", "kierto", "mutka",
	"gate", "gaten", "vei", "veien", "vegen", "vej", "vejen", "gade", "gaden", "plads", "stræde", "allé", "alle",
	"street", "road", "lane", "avenue",
}

func matchAddress(t *text, at int) {
	if t.at(at-1) != ' ' || !isLetter(t.at(at-2)) && t.at(at-2) != '.' {
		return
	}
	end := at
	for end-at <= 4 && isDigit(t.at(end)) {
		end++
	}
	if end-at > 4 || isLetter(t.at(end)) && isLetter(t.at(end+1)) {
		return
	}
	from, ok := t.street(at - 1)
	if from == at-1 {
		return
	}
	to := t.houseEnd(end)
	street := string(t.b[from:to])
	code, place, last := t.postal(to)
	if end-at == 4 && code == "" {
		return // a year, most likely
	}
	if !ok && (t.x == nil || !t.x.MayLive(t.b[from:at], t.b[at:end])) {
		return
	}
	t.add(hit{from: from, to: last, Finding: addressFinding(street, code, place), needs: needsPerson})
}

// addressFinding makes the canonical value: "Storgatan 12 B, 12345 Malmö".
func addressFinding(street, code, town string) breach.Finding {
	value := strings.Join(strings.Fields(street), " ")
	if code != "" || town != "" {
		value += ", " + strings.TrimSpace(code+" "+town)
	}
	return breach.Finding{Kind: breach.Address, Form: "address", Value: breach.Hide(value), Strength: breach.Weak}
}

// street finds where the name of a street that ends at i begins: one word, and
// capitalised ones before it. It reports whether its ending tells a street.
func (t *text) street(i int) (from int, ok bool) {
	from = wordEnding(t.b, i)
	if from == i || !t.capital(from) {
		// "Norra gatan 3", "Erik Dahlbergs väg 3": the ending is its own word.
		p, q := before(t.b, from)
		if from == i || p == q || !t.capital(p) {
			return i, false
		}
		if streetEnding(t.b[from:i], 0) {
			return p, true
		}
		return i, false
	}
	ok = streetEnding(t.b[from:i], 2)
	for range 2 {
		p, q := before(t.b, from)
		if p == q || q != from-1 || !t.capital(p) || notNames()[strings.ToLower(string(t.b[p:q]))] || !directions[strings.ToLower(string(t.b[p:q]))] {
			break
		}
		from = p
	}
	return from, ok
}

// directions are the words before a street's name that belong to it.
var directions = map[string]bool{"norra": true, "södra": true, "östra": true, "västra": true, "stora": true, "lilla": true,
	"övre": true, "nedre": true, "gamla": true, "nya": true, "pohjoinen": true, "eteläinen": true, "itäinen": true,
	"läntinen": true, "iso": true, "pieni": true, "vanha": true, "uusi": true, "ylä": true, "ala": true, "sankt": true}

// streetEnding reports whether a word has an ending of streets with at least
// min bytes before it.
func streetEnding(w []byte, min int) bool {
	var buf [maxLabel]byte
	w = appendLower(buf[:0], w)
	for _, e := range streetEndings {
		if len(w) >= len(e)+min && bytes.HasSuffix(w, []byte(e)) {
			return true
		}
	}
	return false
}

// houseEnd finds the end of what follows a house number: "12 B", "4 A 12",
// "3 lgh 1102".
func (t *text) houseEnd(i int) int {
	if isLetter(t.at(i)) && !isWord(t.at(i+1)) {
		i++
	} else if t.at(i) == ' ' && isUpper(t.at(i+1)) && !isWord(t.at(i+2)) {
		i += 2
		if t.at(i) == ' ' && isDigit(t.at(i+1)) && !t.digitsAt(i+1, 5) && !(t.digitsAt(i+1, 3) && t.at(i+4) == ' ' && t.digitsAt(i+5, 2)) {
			i++
			for isDigit(t.at(i)) {
				i++
			}
		}
	}
	for _, word := range [...]string{" lgh ", " bst ", " as. ", " as ", " bost. "} {
		if bytes.HasPrefix(t.b[min(i, t.limit):t.limit], []byte(word)) && isDigit(t.at(i+len(word))) {
			i += len(word)
			for isDigit(t.at(i)) {
				i++
			}
		}
	}
	return i
}

// postal reads a postcode and a town after a street; end is i without them.
func (t *text) postal(i int) (code, town string, end int) {
	at := i
	for at-i < 4 && at < t.limit && (t.b[at] == ' ' || t.b[at] == ',' || t.b[at] == '\n' || t.b[at] == '\r' || t.b[at] == '\t') {
		at++
	}
	for _, country := range [...]string{"SE-", "FI-", "FIN-", "S-", "AX-", "N-", "NO-", "DK-"} {
		if bytes.HasPrefix(t.b[at:t.limit], []byte(country)) && isDigit(t.at(at+len(country))) {
			at += len(country)
			break
		}
	}
	start := at
	switch {
	case t.digitsAt(at, 5) && !isWord(t.at(at+5)):
		at += 5
	case t.digitsAt(at, 3) && t.at(at+3) == ' ' && t.digitsAt(at+4, 2) && !isWord(t.at(at+6)):
		at += 6
	case t.digitsAt(at, 4) && t.at(at+4) == ' ' && isUpper(t.at(at+5)):
		at += 4
	default:
		return "", "", i
	}
	code = string(joined(nil, t.b[start:at]))
	if t.at(at) != ' ' && t.at(at) != '\t' && t.at(at) != ',' {
		return code, "", at
	}
	p := at + 1
	for t.at(p) == ' ' {
		p++
	}
	_, q := wordAt(t.b[:t.limit], min(p, t.limit))
	if p >= q || !t.capital(p) {
		return code, "", at
	}
	return code, string(t.b[p:q]), q
}
