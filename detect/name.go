package detect

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
)

// name finds the names of the people in the registers: two words side by side
// in either order, inflected as Finnish and Swedish surnames are, and the
// given names around them. Its examples assume that the registers hold Anna
// Maria Berg, Marita Koivunen and Ebba von Essen.
var name = Detector{
	Kind:  breach.Name,
	Form:  "name",
	Start: AtPair,
	match: matchName,
	Hits: []string{"Anna Berg", "BERG, ANNA", "Berg Anna Maria", "Marita Koivuselle", "Anna Bergs", "Ebba von Essen",
		"Ebba G. Essen", "Ebba G Essen", "ANNA BERG;"},
	Misses: []string{"Anna Lund", "Annan Bergen", "Anna. Berg", "Anna\n\nBerg"},
}

func matchName(t *text, at int) {
	if t.x == nil {
		return
	}
	s := at
	for s > 0 && at-s < 3 && isBetween(t.b[s-1]) {
		s--
	}
	from, to := wordEnding(t.b, s), s
	if from == to || to-from > utf8.UTFMax && t.nameGap(s, at) == 0 { // neither an initial nor a particle
		return
	}
	_, end := wordAt(t.b, at)
	switch word := t.b[from:to]; {
	case utf8.RuneCount(word) == 1: // an initial: the name stands before it
		from, to = before(t.b, from)
		t.tryName(from, to, at, end, 3)
		return
	case particle(word):
		from, to = before(t.b, from)
		if from == to {
			return
		}
		t.tryName(from, to, at, end, 3)
		return
	}
	t.tryName(from, to, at, end, t.nameGap(s, at))
}

// particle reports whether a word, in any case, is one of the little words
// inside surnames.
func particle(word []byte) bool {
	var buf [maxLabel]byte
	return len(word) <= 3 && register.Particle(appendLower(buf[:0], word))
}

// before finds the word before i, over blanks and a full stop.
func before(b []byte, i int) (from, to int) {
	to = i
	for to > 0 && i-to < 2 && (b[to-1] == ' ' || b[to-1] == '.') {
		to--
	}
	return wordEnding(b, to), to
}

// tryName notes a name if the words at [a, b) and [c, d) are one of somebody in
// the registers. The rank says how well what stands between them joins a name:
// 0 not at all.
func (t *text) tryName(a, b, c, d int, rank uint8) {
	if rank == 0 || a == b || !t.x.NamePair(t.b[a:b], t.b[c:d]) || t.named(a, d) {
		return
	}
	if rank == 1 && t.endsName(a) {
		return // "Maria Berg, Anna": the comma parts two people
	}
	f := breach.Finding{Kind: breach.Name, Form: "name", Value: t.nameValue(t.b[a:d]), Strength: breach.Weak}
	if !t.x.Knows(f) {
		return
	}
	// More words belong to the name as long as somebody has them all.
	for range 3 {
		p, q := before(t.b, a)
		if p == q || q < a-1 || !t.capital(p) || !t.x.NameWord(t.b[p:q]) {
			break
		}
		longer := f
		longer.Value = t.nameValue(t.b[p:d])
		if !t.x.Knows(longer) {
			break
		}
		a, f = p, longer
	}
	for range 3 {
		if c := t.at(d); c != ' ' && c != '-' {
			break
		}
		p, q := wordAt(t.b, d+1)
		if p == q || !t.capital(p) || !t.x.NameWord(t.b[p:q]) {
			break
		}
		longer := f
		longer.Value = t.nameValue(t.b[a:q])
		if !t.x.Knows(longer) {
			break
		}
		d, f = q, longer
	}
	t.add(hit{from: a, to: d, Finding: f, rank: rank})
}

// named reports whether a stretch is inside a name that is noted already.
func (t *text) named(from, to int) bool {
	for i := t.unit; i < len(t.hits); i++ {
		if h := &t.hits[i]; h.Kind == breach.Name && h.from <= from && h.to >= to {
			return true
		}
	}
	return false
}

// endsName reports whether the word at i ends a name: a given name and a blank
// stand before it.
func (t *text) endsName(i int) bool {
	if t.at(i-1) != ' ' {
		return false
	}
	from, to := wordEnding(t.b, i-1), i-1
	return from < to && t.capital(from) && t.x.GivenName(t.b[from:to])
}

// capital reports whether a word begins with a capital or, where all is in
// small letters, need not.
func (t *text) capital(i int) bool { return isUpper(t.b[i]) || t.b[i] >= 0xC3 && t.b[i] <= 0xC5 }

// nameValue is a name as it stands, in one line.
func (t *text) nameValue(b []byte) breach.Personal {
	if !untidy(b) {
		return t.hide(b)
	}
	return breach.Hide(strings.Join(strings.FieldsFunc(string(b), func(r rune) bool {
		return r < utf8.RuneSelf && partsWords(byte(r))
	}), " "))
}

// untidy reports whether words have more or other than single blanks between
// them.
func untidy(b []byte) bool {
	before := byte(' ')
	for _, c := range b {
		if partsWords(c) && (c != ' ' || before == ' ') {
			return true
		}
		before = c
	}
	return before == ' '
}

// partsWords reports whether a byte stands between the words of a name, not
// in them.
func partsWords(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '\r', '_', ';', '|', '"':
		return true
	}
	return false
}

// nameGap ranks what stands between two words of a name: 3 a blank or a
// hyphen, 2 the end of a full line, 1 a comma or a cell's end, 0 what parts a
// name.
func (t *text) nameGap(from, to int) uint8 {
	switch string(t.b[from:to]) {
	case " ", "  ", "-", "_", ".":
		return 3
	case "\n", "\r\n", " \n":
		if t.wrapped && from-lineStart(t.b, from) > fullLine {
			return 2
		}
	case ", ", ",", "; ", ";", "\t", "|", "\",\"", "\";\"", "','", " ,", " | ":
		return 1
	}
	return 0
}

// fullLine is how long a line of running text is before it is broken.
const fullLine = 45

func isBetween(c byte) bool {
	return classes[c]>>(8*planeBetween)&1 != 0
}

// wordEnding finds where the word that ends at i begins.
func wordEnding(b []byte, i int) int {
	for i > 0 && isLetter(b[i-1]) {
		i--
	}
	return i
}

// wordAt gives the word that begins at i.
func wordAt(b []byte, i int) (from, to int) {
	from = i
	for i < len(b) && isLetter(b[i]) {
		i++
	}
	return from, i
}

// smallNames finds names in any case in [from, to): slower than the pairs of
// capitalised words that the first pass has seen.
func (t *text) smallNames(from, to int) {
	if t.x == nil {
		return
	}
	var a, b int   // the word before
	given := false // it may be a given name
	for i := from; i < to; {
		if !isLetter(t.b[i]) {
			i++
			continue
		}
		c, d := wordAt(t.b[:to], i)
		i = d
		second := t.x.GivenName(t.b[c:d])
		if b > a && c-b <= 3 && d-c > 1 && (given || second) {
			t.tryName(a, b, c, d, t.nameGap(b, c))
		}
		if d-c > 1 && !particle(t.b[c:d]) {
			a, b, given = c, d, second
		} else if b > a && c-b <= 2 {
			b = d // a particle or an initial: the name goes on
			given = t.x.GivenName(t.b[a:b])
		}
	}
}

// nameLike reports whether a cell or a labelled value can be a name: words
// with letters, few of them, no digits, not all of them such as stand in forms
// for other things.
func nameLike(b []byte) bool {
	b = bytes.TrimSpace(b)
	if len(b) < 2 || len(b) > 80 {
		return false
	}
	words, others := 0, 0
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case isLetter(c):
			from, to := wordAt(b, i)
			words++
			if notNames()[string(bytes.ToLower(b[from:to]))] {
				others++
			}
			i = to
		case c == ' ' || c == '-' || c == '\'' || c == '.' || c == ',' || c == '(' || c == ')':
			i++
		default:
			return false
		}
	}
	return words > others && words <= 7
}

// notNames are the words of words/notnames.txt.
var notNames = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for _, list := range dataLines("words/notnames.txt") {
		for _, w := range list {
			for part := range strings.FieldsSeq(w) {
				words[part] = true
			}
		}
	}
	return words
})
