package detect

import (
	"bytes"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// unit is a stretch of text that speaks of one person, or of few: a row, a
// record, a paragraph. It gathers what labels and headings say there.
type unit struct {
	*text
	from, to int
	first    int // index of its first hit
	values   []value
	sorted   []hit            // what settled works in
	drop     []bool           // of those, the ones that go
	of       []int            // what guardians gives
	groups   []int            // what guardians gives
	findings []breach.Finding // room for those of mentions to come
}

// value is a stretch that a label or heading speaks of.
type value struct {
	field
	label    int // where its label begins; from where a heading far away is its label
	from, to int
}

// maxValues bounds how many values of one unit are told apart by their labels.
const maxValues = 600

// read takes in one value: it asks the detectors of its kind, and makes a
// finding of the text itself where the kind has no shape of its own.
func (u *unit) read(v value) {
	v.from, v.to = trim(u.b, v.from, v.to)
	if v.from == v.to || len(u.values) == maxValues {
		return
	}
	u.values = append(u.values, v)
	u.label(v)
	switch v.kind {
	case breach.Name:
		if v.part == whole && nameLike(u.b[v.from:v.to]) {
			u.addText(v, "name", u.nameValue(u.b[v.from:v.to]))
		}
	case breach.Address:
		if v.part == whole {
			u.wholeAddress(v)
		}
	case breach.NationalID, breach.Email, breach.Phone, breach.PaymentCard, breach.BankAccount, breach.BirthDate,
		breach.Passport, breach.Vehicle, breach.Username, breach.Password, breach.DoorCode:
		u.end = v.to
		for _, d := range u.byKind[v.kind] {
			d(u.text, v.from)
		}
	default:
		if !isNo(u.b[v.from:v.to]) {
			u.addText(v, "cell", u.hide([]byte(cellText(u.b[v.from:v.to]))))
		}
	}
}

// label marks the hits of a value's kind as labelled.
func (u *unit) label(v value) {
	for i := u.first; i < len(u.hits); i++ {
		if h := &u.hits[i]; h.from >= v.from && h.to <= v.to && h.Kind == v.kind {
			h.Labelled = true
		}
	}
}

func (u *unit) addText(v value, form string, text breach.Personal) {
	u.add(hit{from: v.from, to: v.to, rank: 4, Finding: breach.Finding{Kind: v.kind, Form: form, Value: text,
		Strength: breach.Weak, Labelled: true}})
}

// wholeAddress reads a value that holds a street, perhaps with postcode and
// town.
func (u *unit) wholeAddress(v value) {
	at := bytes.IndexAny(u.b[v.from:v.to], "0123456789")
	if at < 1 {
		return
	}
	before := len(u.hits)
	matchAddress(u.text, v.from+at)
	if len(u.hits) > before {
		u.hits[before].Labelled = true
		return
	}
	street, rest, _ := strings.Cut(string(u.b[v.from:v.to]), ",")
	u.addText(v, "address", addressFinding(street, strings.Join(strings.Fields(rest), " "), "").Value)
}

// maxCell bounds the text of a cell that is kept.
const maxCell = 200

func cellText(b []byte) string {
	if len(b) > maxCell {
		b = bytes.ToValidUTF8(b[:maxCell], nil)
	}
	return strings.Join(strings.Fields(string(b)), " ")
}

// trim leaves out blanks and quotes around a stretch.
func trim(b []byte, from, to int) (int, int) {
	blank := func(c byte) bool { return c <= ' ' || c == '"' || c == '\'' }
	for from < to && blank(b[from]) {
		from++
	}
	for to > from && blank(b[to-1]) {
		to--
	}
	return from, to
}

// join makes one finding of the parts of a name or an address that have cells
// of their own, for each person of the unit.
func (u *unit) join() {
	for i, v := range u.values {
		if !u.firstPart(i) {
			continue
		}
		switch {
		case v.kind == breach.Name && v.part != whole:
			g, s := u.part(v, given), u.part(v, surname)
			for _, s := range [...][]byte{s, u.part(v, former)} {
				if name := []byte(string(g) + " " + string(s)); len(g) > 0 && len(s) > 0 && nameLike(name) {
					u.addText(v, "name", u.nameValue(name))
				}
			}
		case v.kind == breach.Address && v.part != whole:
			street := u.part(v, streetPart)
			if bytes.ContainsAny(street, "0123456789") {
				code, place := u.part(v, postcode), u.part(v, town)
				if len(code) == 0 {
					code, place = splitTown(place)
				}
				f := addressFinding(string(street), string(joined(nil, code)), strings.TrimSpace(string(place)))
				u.addText(v, "address", f.Value)
			}
		}
	}
}

// splitTown parts "123 45 Malmö".
func splitTown(b []byte) (code, town []byte) {
	i := 0
	for i < len(b) && (isDigit(b[i]) || b[i] == ' ') {
		i++
	}
	return b[:i], b[i:]
}

// firstPart reports whether value i is the first of its person that is part
// of a name or of an address.
func (u *unit) firstPart(i int) bool {
	v := u.values[i]
	if v.part == whole {
		return false
	}
	for _, w := range u.values[:i] {
		if w.kind == v.kind && w.part != whole && w.guardian == v.guardian && w.group == v.group {
			return false
		}
	}
	return true
}

// part gives the text of one part for the person of a value.
func (u *unit) part(of value, p part) []byte {
	for _, v := range u.values {
		if v.kind == of.kind && v.part == p && v.guardian == of.guardian && v.group == of.group {
			return u.b[v.from:v.to]
		}
	}
	return nil
}

// guardianAt tells whose a hit is by the value it stands in: 0 the person the
// unit is about, else the number of a guardian, from 1.
func (u *unit) guardianAt(h *hit) int {
	for _, v := range u.values {
		if v.guardian && h.from >= v.from && h.to <= v.to {
			return v.group + 1
		}
	}
	return 0
}
