package detect

import (
	"bytes"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// running takes in the labels of running text, and everything else that is
// too slow to look for where there is no person.
func (u *unit) running() {
	u.smallNames(u.from, u.to)
	u.labelsIn(u.from, u.to)
	u.join()
	u.digitsIn(u.from, u.to)
	for i := u.first; i < len(u.hits); i++ {
		if u.hits[i].Kind == breach.Name && u.x != nil {
			u.birthDateAfter(&u.hits[i])
		}
	}
	u.strangers()
	u.topicsIn(u.from, u.to)
}

// digitsIn asks the detectors that start at any digit.
func (u *unit) digitsIn(from, to int) {
	for i := from; i < to; i++ {
		if isDigit(u.b[i]) && (i == 0 || !isDigit(u.b[i-1])) {
			for _, match := range u.starts[AtDigit] {
				match(u.text, i)
			}
		}
	}
}

// topicsIn notes the words that say what a stretch is about, each kind once.
func (u *unit) topicsIn(from, to int) {
	var seen breach.Kinds
	topicWords().each(u.b[from:to], func(kind breach.Kind, a, b int) {
		if seen.Has(kind) || u.said(kind, from+a) || deniedAfter(u.b[:u.to], from+b) {
			return
		}
		seen |= breach.KindsOf(kind)
		u.add(hit{from: from + a, to: from + b, Finding: breach.Finding{Kind: kind, Form: "word",
			Value: u.hide(u.b[from+a : from+b]), Strength: breach.Weak}})
	})
}

// said reports whether a word only repeats what a label beside a value says.
func (u *unit) said(kind breach.Kind, at int) bool {
	for _, v := range u.values {
		if at >= v.label && at < v.to && (v.kind == kind || at < v.from) {
			return true
		}
	}
	return false
}

// deniedAfter reports whether a word is a label whose value says no: "Allergi:
// nej".
func deniedAfter(b []byte, end int) bool {
	return end < len(b) && b[end] == ':' && isNo(b[end+1:valueEnd(b, min(end+2, len(b)))])
}

// labelsIn finds labels and what they speak of: a word or a few that
// labels.txt knows, then a colon or an equals sign, then the value. Before
// numbers the colon may be missing: "tel. 040 123 456".
func (u *unit) labelsIn(from, to int) {
	for i := from; i < to; {
		if !isLetter(u.b[i]) {
			i++
			continue
		}
		_, end := wordAt(u.b[:to], i)
		word := u.b[i:end]
		i = end
		colon, at := afterLabel(u.b[:to], end)
		if at == 0 {
			continue
		}
		if !colon && !labels().ends(word) {
			continue
		}
		f, label := labelBefore(u.b, from, end)
		if f.kind == 0 || !colon && !numeric(f.kind) {
			continue
		}
		u.read(value{f, label, at, valueEnd(u.b[:to], at)})
	}
}

// afterLabel looks at what follows a word: whether there is a colon or an
// equals sign, and where the value begins; at is 0 where none can.
func afterLabel(b []byte, end int) (colon bool, at int) {
	i := end
	for i < len(b) && i-end < 4 && (b[i] == '.' || b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '"' || b[i] == ')' || b[i] == '*') {
		i++
	}
	if i < len(b) && (b[i] == ':' || b[i] == '=') {
		i++
		for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
			i++
		}
		if i < len(b) && (b[i] == '\n' || b[i] == '\r') { // the value stands on the next line
			for i < len(b) && b[i] <= ' ' {
				i++
			}
		}
		return true, i
	}
	if i == end || i >= len(b) {
		return false, 0
	}
	if c := b[i]; isDigit(c) || c == '+' || c == '(' || isUpper(c) && i+1 < len(b) && (isUpper(b[i+1]) || isDigit(b[i+1])) {
		return false, i
	}
	return false, 0
}

// numeric reports whether values of a kind have a shape that tells them from
// running text, so that their labels need no colon.
func numeric(k breach.Kind) bool {
	switch k {
	case breach.NationalID, breach.Phone, breach.BirthDate, breach.Passport, breach.Vehicle, breach.BankAccount, breach.DoorCode:
		return true
	}
	return false
}

// labelBefore finds the label that ends at end: the longest of up to four
// words that labels.txt knows. It gives where it begins.
func labelBefore(b []byte, from, end int) (f field, label int) {
	at := end
	for range 4 {
		p := wordEnding(b[:end], at)
		if p == at || p < from || end-p > maxLabel {
			break
		}
		if g := labels().heading(b[p:end]); g.kind != 0 {
			f, label = g, p
		}
		at = p
		for at > from && at > p-2 && (b[at-1] == ' ' || b[at-1] == '.' || b[at-1] == '-' || b[at-1] == '_' || b[at-1] == '\'' || isDigit(b[at-1])) {
			at--
		}
		if at == p || at == from {
			break
		}
	}
	return f, label
}

// valueEnd finds where the value that begins at at ends: with the line, a tab,
// two blanks, a semicolon, or before the next label on the line.
func valueEnd(b []byte, at int) int {
	end := len(b)
	for i := at; i < len(b); i++ {
		c := b[i]
		if c == '\n' || c == '\r' || c == '\t' || c == ';' || c == '|' || c == ' ' && i+1 < len(b) && b[i+1] == ' ' {
			end = i
			break
		}
	}
	if c := bytes.IndexAny(b[at:end], ":="); c > 0 {
		if f, label := labelBefore(b, at, at+c); f.kind != 0 && label > at {
			return label
		}
	}
	return end
}

// strangers notes the names of people in no register where they stand right
// beside an identifier that is somebody's own.
func (u *unit) strangers() {
	for i := u.first; i < len(u.hits); i++ {
		h := u.hits[i]
		if h.Strength < breach.Middle || h.needs != needsNothing || h.Kind != breach.NationalID && h.Kind != breach.Email ||
			u.namedNear(h.from, h.to) {
			continue
		}
		if a, b := u.nameBefore(h.from); a < b {
			u.addStranger(a, b)
		} else if a, b := u.nameAfter(h.to); a < b {
			u.addStranger(a, b)
		}
	}
}

// namedNear reports whether a name stands within a few bytes of a stretch.
func (u *unit) namedNear(from, to int) bool {
	for i := u.first; i < len(u.hits); i++ {
		if h := &u.hits[i]; h.Kind == breach.Name && h.from <= to+3 && h.to >= from-3 {
			return true
		}
	}
	return false
}

func (u *unit) addStranger(a, b int) {
	for i := u.first; i < len(u.hits); i++ {
		if h := &u.hits[i]; h.Kind == breach.Name && h.from < b && h.to > a {
			return
		}
	}
	u.add(hit{from: a, to: b, rank: 1, Finding: breach.Finding{Kind: breach.Name, Form: "name",
		Value: u.nameValue(u.b[a:b]), Strength: breach.Weak}})
}

// nameBefore finds two to four capitalised words on the line before i, over
// punctuation and a label of the identifier.
func (u *unit) nameBefore(i int) (from, to int) {
	skip := func(set string) {
		for i > u.from && strings.IndexByte(set, u.b[i-1]) >= 0 {
			i--
		}
	}
	const between = " (,:<\t\";"
	skip(between)
	end := i
	if end > u.from && u.b[end-1] == '\n' { // the label may stand on the line before
		end--
	}
	if f, at := labelBefore(u.b, u.from, end); f.kind == breach.NationalID || f.kind == breach.Email {
		i = at
		skip(between + "\r\n")
	}
	from, to = i, i
	words := 0
	for words < 4 {
		p, q := wordEnding(u.b, from), from
		if p < u.from || !u.nameWord(p, q) {
			break
		}
		words++
		from = p
		if from <= u.from || u.b[from-1] != ' ' && u.b[from-1] != '-' {
			break
		}
		from--
	}
	if from < to && !isLetter(u.b[from]) {
		from++
	}
	if words < 2 {
		return i, i
	}
	return from, to
}

// nameWord reports whether a word may be one of a stranger's name.
func (u *unit) nameWord(from, to int) bool {
	if to-from < 2 || to-from > maxLabel || !u.capital(from) {
		return false
	}
	var buf [maxLabel]byte
	return !notNames()[string(appendLower(buf[:0], u.b[from:to]))] && labels().heading(u.b[from:to]).kind == 0
}

// nameAfter finds two to four capitalised words on the line after i.
func (u *unit) nameAfter(i int) (from, to int) {
	for start := i; i < u.to && i-start < 3 && (u.b[i] == ' ' || u.b[i] == ',' || u.b[i] == '\t' || u.b[i] == ';' || u.b[i] == ')'); i++ {
	}
	from, to = i, i
	words := 0
	for p := i; words < 4; {
		_, q := wordAt(u.b[:u.to], p)
		if !u.nameWord(p, q) {
			break
		}
		words++
		to = q
		if q >= u.to || u.b[q] != ' ' && u.b[q] != '-' {
			break
		}
		p = q + 1
	}
	if words < 2 {
		return i, i
	}
	return from, to
}
