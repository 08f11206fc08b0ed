package detect

import (
	"bytes"

	"github.com/klarlagt/klarlagt/breach"
)

// phone finds telephone numbers with a country code, with a trunk zero, and in
// the groups that Norwegians and Danes write. Only a country code is evidence
// in itself: the others need a label, another identifier, or the register.
var phone = Detector{
	Kind:  breach.Phone,
	Form:  "phone",
	Start: AtNumber,
	match: matchPhone,
	Hits: []string{"+46701740605", "+46 (0)70-174 06 05", "+358 40 628 0400", "0046 70 174 06 05", "070-174 06 05 anna@example.se",
		"08-465 004 00, anna@example.se", "anna@example.fi 040 628 0400", "+47 900 12 345", "+372 5123 4567", "+354 555 1234"},
	Misses: []string{"070-174 06 99", "2024-05-01 10:15", "012 345", "+46 70", "+123456789012345678", "00000000000"},
}

// labelledPhone reads what stands beside a label that says it is a telephone
// number, in whatever grouping.
var labelledPhone = Detector{
	Kind:   breach.Phone,
	Form:   "phone",
	Start:  AtLabel,
	match:  matchLabelledPhone,
	Hits:   []string{"Tel. 070-174 06 05", "Mobil: (08) 465 004 00", "puh 040 6280400", "Telefon: 0980/31 92 00"},
	Misses: []string{"Tel: saknas", "Mobil: 12"},
}

// countryCodes are the ones whose numbers are read without a plus too.
var countryCodes = [...]struct {
	code     string
	min, max int // digits after the code
}{{"46", 7, 10}, {"358", 5, 11}, {"47", 8, 8}, {"45", 8, 8}, {"354", 7, 9}, {"372", 7, 8}}

func matchPhone(t *text, at int) {
	d := &t.digits
	switch {
	case t.at(at-1) == '+':
		t.international(at, at-1)
	case t.b[at] == '0' && t.at(at+1) == '0':
		t.international(at+2, at)
	case isLetter(t.at(at - 1)):
	case t.b[at] == '0':
		if at < t.next {
			t.trunk(at, d, needsLabel) // it is a national number, too: both readings, if the register has this one
			return
		}
		t.trunk(at, d, needsPerson)
	case d.is(2, 2, 2, 2) && d.n == 4, d.is(3, 2, 3) && d.n == 3, d.is(4, 4) && d.n == 2, d.size[0] == 8 && d.n == 1:
		t.nationals(at, d)
	}
}

// international reads a number from the first digit of its country code on.
func (t *text) international(at, from int) {
	var buf [24]byte
	number, to := phoneDigits(buf[:0], t.b, at, len(t.b))
	if len(number) < 8 || len(number) > 15 || number[0] == '0' || t.cutsShort(to) {
		return
	}
	number = dropTrunk(number)
	for _, c := range countryCodes {
		if bytes.HasPrefix(number, []byte(c.code)) {
			if n := len(number) - len(c.code); n < c.min || n > c.max {
				return
			}
			break
		}
	}
	t.addPhone(number, from, to, needsNothing, false)
}

// dropTrunk removes the zero of "+46 (0)70".
func dropTrunk(number []byte) []byte {
	for _, c := range countryCodes[:2] {
		if n := len(c.code); bytes.HasPrefix(number, []byte(c.code)) && len(number) > n && number[n] == '0' {
			return append(number[:n], number[n+1:]...)
		}
	}
	return number
}

// trunk reads a number with a trunk zero, which may be Swedish or Finnish.
func (t *text) trunk(at int, d *digits, needs need) {
	if d.total < 8 || d.total > 11 || d.n == 1 && d.total < 9 || t.cutsShort(d.end) {
		return
	}
	for i := range d.n {
		if d.size[i] < 2 || d.sep[i] == '+' || d.n > 5 {
			return
		}
	}
	if before := t.at(at - 1); before == '=' || before == ':' || before == ' ' && t.at(at-2) == ':' {
		needs = needsLabel // whatever it is called there tells what it is
	}
	var buf [16]byte
	national := joined(buf[:0], t.b[at+1:d.end])
	if national[0] == '0' {
		return
	}
	t.addNationalPhone(national, at, d.end, needs, false)
}

// addNationalPhone notes the readings of a number without its trunk zero that
// the register has or, where it has none, the likelier one.
func (t *text) addNationalPhone(national []byte, from, to int, needs need, labelled bool) {
	var buf [24]byte
	known := false
	for _, code := range [...]string{"46", "358"} {
		if number := append(append(buf[:0], code...), national...); t.mayOwn(number) {
			t.addPhone(number, from, to, needsNothing, labelled)
			known = true
		}
	}
	switch {
	case known || needs == needsLabel && !labelled:
	case labelled:
		t.addPhone(likelier(buf[:0], national), from, to, needs, true)
	default:
		// Most of these are dropped again: the value waits until one is not.
		t.add(hit{from: from, to: to, needs: needs, Finding: breach.Finding{Kind: breach.Phone, Form: "phone", Strength: breach.Weak}})
	}
}

// likelier appends a number without its trunk zero with the country code that
// is likelier to be its own. Finnish mobile numbers begin with 4 or 50; Swedish
// ones with 7, and their area codes in 4 and 5 have fewer digits.
func likelier(dst, national []byte) []byte {
	code := "46"
	if (national[0] == '4' || national[0] == '5' && national[1] == '0') && len(national) >= 9 {
		code = "358"
	}
	return append(append(dst, code...), national...)
}

// settle fills in the value that addNationalPhone has left open.
func (h *hit) settle(b []byte) {
	if h.Kind == breach.Phone && h.Value.IsZero() {
		h.Value = breach.Hide("+" + string(likelier(nil, joined(nil, b[h.from+1:h.to]))))
	}
}

// mayOwn reports whether somebody in the registers may have a number.
func (t *text) mayOwn(number []byte) bool {
	if t.x == nil {
		return false
	}
	var buf [32]byte
	return t.x.MayKnow(breach.Phone, append(append(buf[:0], '+'), number...))
}

// nationals reads numbers without trunk zero: only if the register has them.
func (t *text) nationals(at int, d *digits) {
	if t.x == nil || t.b[at] < '2' || t.cutsShort(d.end) {
		return
	}
	for i := range d.n - 1 {
		if d.sep[i] != ' ' {
			return
		}
	}
	var buf [16]byte
	for _, code := range [...]string{"47", "45"} {
		number := joined(append(buf[:0], code...), t.b[at:d.end])
		if t.mayOwn(number) {
			t.addPhone(number, at, d.end, needsNothing, false)
		}
	}
}

// cutsShort reports whether what follows shows that a number goes on.
func (t *text) cutsShort(to int) bool {
	return isWord(t.at(to)) || (t.at(to) == '-' || t.at(to) == '.') && isDigit(t.at(to+1))
}

func (t *text) addPhone(number []byte, from, to int, needs need, labelled bool) {
	var buf [32]byte
	t.add(hit{from: from, to: to, needs: needs, Finding: breach.Finding{Kind: breach.Phone, Form: "phone",
		Value: t.hide(append(append(buf[:0], '+'), number...)), Strength: breach.Weak, Labelled: labelled}})
	t.next = max(t.next, to)
}

// phoneDigits appends the digits of a number from at on, over the separators
// that people put into telephone numbers, and tells where it ends.
func phoneDigits(dst, b []byte, at, limit int) (number []byte, end int) {
	end = at
	for i := at; i < min(limit, at+maxNumber) && len(dst) < 20; i++ {
		switch c := b[i]; {
		case isDigit(c):
			dst = append(dst, c)
			end = i + 1
		case c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')':
			if i-end >= 2 {
				return dst, end
			}
		default:
			return dst, end
		}
	}
	return dst, end
}

// matchLabelledPhone reads the first number after a label.
func matchLabelledPhone(t *text, at int) {
	from := at
	for from < t.end && t.b[from] != '+' && t.b[from] != '(' && !isDigit(t.b[from]) {
		if isLetter(t.b[from]) || from-at > 4 {
			return
		}
		from++
	}
	if from >= t.end {
		return
	}
	first := from
	for first < t.end && !isDigit(t.b[first]) {
		first++
	}
	var buf [24]byte
	number, to := phoneDigits(buf[:0], t.b, first, t.end)
	switch {
	case len(number) < 6 || len(number) > 15:
	case t.b[from] == '+':
		t.addPhone(dropTrunk(number), from, to, needsNothing, true)
	case bytes.HasPrefix(number, []byte("00")):
		t.addPhone(dropTrunk(number[2:]), from, to, needsNothing, true)
	case number[0] == '0' && number[1] != '0':
		t.addNationalPhone(number[1:], from, to, needsNothing, true)
	default:
		t.addForeign(number, from, to)
	}
}

// addForeign notes a labelled number without trunk zero or country code: with
// the code under which the register has it, as written where it has none.
func (t *text) addForeign(number []byte, from, to int) {
	var buf [24]byte
	for _, c := range countryCodes {
		full := append(append(buf[:0], c.code...), number...)
		if t.mayOwn(full) {
			t.addPhone(full, from, to, needsNothing, true)
			return
		}
	}
	t.addPhone(number, from, to, needsNothing, true)
}
