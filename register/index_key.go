package register

import (
	"bytes"
	"iter"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// keys calls yield with the keys that lead to an entry: one for each value
// that can be looked for, and one for each of its given names with each of its
// surnames.
func (k keyer) keys(e *breach.Entry, yield func(key uint64)) {
	for _, n := range e.Names {
		surnames := nameWords([]byte(n.Surname.Reveal()))
		for _, given := range nameWords([]byte(n.Given.Reveal())) {
			for _, surname := range surnames {
				yield(k.pair(k.word(given), k.word(surname)))
			}
		}
	}
	lists := []struct {
		kind   breach.Kind
		values []breach.Personal
	}{
		{breach.NationalID, e.NationalIDs}, {breach.Email, e.Emails}, {breach.Phone, e.Phones},
		{breach.Username, e.Usernames}, {breach.BankAccount, e.Accounts},
	}
	for _, l := range lists {
		for _, v := range l.values {
			if v := keyText(l.kind, v.Reveal()); v != "" {
				yield(k.hash(l.kind, []byte(v)))
			}
		}
	}
	for _, a := range e.Addresses {
		if s := parseStreet(a.Street.Reveal()); s.number != "" {
			yield(k.hash(breach.Address, []byte(s.key())))
		}
	}
}

// keyText is the part of a canonical value that its key is made of.
func keyText(kind breach.Kind, v string) string {
	if kind == breach.NationalID {
		return nationalKey(v)
	}
	if kind == breach.Username || kind == breach.Email {
		return strings.ToLower(v)
	}
	return v
}

// nationalKey is the part of a national identity number that all its spellings
// share: the ten digits of a Swedish one, for a text may not give the century;
// the nine digits and the sign of a Finnish one, for its check character may be
// mistyped.
func nationalKey(v string) string {
	switch {
	case len(v) == 12:
		return v[2:]
	case len(v) == 11 && (v[6] < '0' || v[6] > '9'):
		return v[:10]
	}
	return v
}

// sameNational reports whether a number found is one that is stored. Only a
// Swedish reading of ten digits may leave the century open, and only a number
// that fails its check may differ in its check character.
func sameNational(f *breach.Finding, found, stored string) bool {
	swedish := f.Form == "" || strings.HasPrefix(f.Form, "se-")
	if swedish && len(found) != len(stored) || f.Failed {
		return nationalKey(found) == nationalKey(stored)
	}
	return found == stored
}

// street is a postal address taken apart.
type street struct {
	name, number, letter, postcode string
}

func (s street) key() string { return s.name + " " + s.number }

// same reports whether two addresses with the same key may be the same: what
// both tell agrees.
func (s street) same(t street) bool {
	return s.name == t.name && s.number == t.number &&
		(s.letter == "" || t.letter == "" || s.letter == t.letter) &&
		(s.postcode == "" || t.postcode == "" || s.postcode == t.postcode)
}

// parseStreet takes "Storgatan 12 B lgh 1102, 123 45 Malmö" apart: the street
// name without blanks and in small letters, the house number, its letter, and
// the postcode if there is one.
func parseStreet(text string) street {
	line, rest, _ := strings.Cut(text, ",")
	var s street
	at := strings.IndexAny(line, "0123456789")
	if at < 0 {
		return s
	}
	name := strings.ToLower(line[:at])
	s.name = streetNoise.Replace(name)
	tail := line[at:]
	end := 0
	for end < len(tail) && tail[end]-'0' < 10 {
		end++
	}
	if s.name == "" || end > 5 {
		return street{}
	}
	s.number = tail[:end]
	s.letter = houseLetter(tail[end:])
	s.postcode = onlyDigits(rest)
	return s
}

// streetNoise is what spellings of a street's name differ in.
var streetNoise = strings.NewReplacer(" ", "", ".", "", "-", "")

// houseLetter finds the letter of "12 B" and "12b", but not that of "12 bst 4".
func houseLetter(tail string) string {
	tail = strings.TrimLeft(tail, " ")
	if tail == "" || (tail[0]|0x20)-'a' >= 26 || len(tail) > 1 && isWordByte(tail[1]) {
		return ""
	}
	return strings.ToLower(tail[:1])
}

// onlyDigits gives the digits at the beginning of a text, blanks left out.
func onlyDigits(text string) string {
	var b strings.Builder
	for _, c := range []byte(strings.TrimLeft(text, " ")) {
		if c == ' ' {
			continue
		}
		if c-'0' > 9 {
			break
		}
		b.WriteByte(c)
	}
	return b.String()
}

// owns reports whether an entry, where it lies, holds the value of a finding.
func (r rawEntry) owns(f *breach.Finding, value string, name *soughtName) bool {
	if f.Kind == breach.Name {
		return r.named(name)
	}
	for range r.count() { // the names
		r.byte()
		r.text()
		r.text()
	}
	for _, kind := range [...]breach.Kind{breach.NationalID, breach.Email, breach.Phone, breach.Username, breach.BankAccount} {
		for range r.count() {
			stored := r.text()
			if kind != f.Kind {
				continue
			}
			switch kind {
			case breach.NationalID:
				if sameNational(f, value, string(stored)) {
					return true
				}
			default:
				if keyText(kind, value) == keyText(kind, string(stored)) {
					return true
				}
			}
		}
	}
	return f.Kind == breach.Address && r.lives(parseStreet(value))
}

// lives reports whether one of the addresses that come next is s.
func (r *rawEntry) lives(s street) bool {
	for range r.count() {
		t := parseStreet(string(r.text()))
		t.postcode = onlyDigits(string(r.text()))
		r.text()
		if t.number != "" && s.same(t) {
			return true
		}
	}
	return false
}

// soughtName is a name as found: its words, folded, and what each may be an
// inflected form of.
type soughtName struct {
	words [][]byte
	bases [][]byte // for each word, as appendBases gives them; nil as long as nobody has asked
}

func seek(value string) *soughtName {
	words := nameWords([]byte(value))
	return &soughtName{words, make([][]byte, len(words))}
}

// forms gives the words that word i may stand for.
func (n *soughtName) forms(i int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !yield(n.words[i]) {
			return
		}
		if n.bases[i] == nil {
			n.bases[i] = appendBases([]byte{}, n.words[i])
		}
		eachBase(n.bases[i])(yield)
	}
}

func (n *soughtName) may(i int, part []byte) bool {
	if bytes.Equal(n.words[i], part) {
		return true
	}
	for w := range n.forms(i) {
		if bytes.Equal(w, part) {
			return true
		}
	}
	return false
}

// named reports whether one of the entry's names is the sought one: a given
// name and a surname agree, and of the other words those of the shorter name
// all stand in the longer one.
func (r rawEntry) named(n *soughtName) bool {
	for range r.count() {
		r.byte()
		given, surname := nameWords(r.text()), nameWords(r.text())
		if n.is(given, surname) {
			return true
		}
	}
	return false
}

func (n *soughtName) is(given, surname [][]byte) bool {
	// A word may be both, as in Anas Hussein Hussein: either may be tried first.
	return n.agrees(given, surname) || n.agrees(surname, given)
}

// agrees reports whether the words agree with two lists of parts, where a word
// that stands in both counts for the first as long as that has it left.
func (n *soughtName) agrees(first, second [][]byte) bool {
	var ofFirst, ofSecond int
	var used [2 * maxParts]bool // which parts were found
	for i := range n.words {
		if j := n.unused(i, first, used[:maxParts]); j >= 0 {
			used[j] = true
			ofFirst++
		} else if j := n.unused(i, second, used[maxParts:]); j >= 0 {
			used[maxParts+j] = true
			ofSecond++
		}
	}
	matched := ofFirst + ofSecond
	whole := matched == len(n.words) || matched == len(first)+len(second)
	return whole && ofFirst > 0 && ofSecond > 0
}

// unused finds the part that word i may stand for and no earlier word does.
func (n *soughtName) unused(i int, parts [][]byte, used []bool) int {
	for j, part := range parts {
		if !used[j] && n.may(i, part) {
			return j
		}
	}
	return -1
}
