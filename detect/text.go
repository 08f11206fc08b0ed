package detect

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
)

// text is what the detectors look at and where they put what they find.
type text struct {
	b       []byte
	limit   int             // nothing is read from here on: the end of the text or of the unit
	wrapped bool            // a line may end inside a name
	x       *register.Index // nil without registers

	starts *[starts][]func(*text, int)        // the detectors by where they start
	byKind map[breach.Kind][]func(*text, int) // those that start at a label
	hits   []hit
	unit   int // where the hits of the unit begin that is being read; beyond all in the first pass
	next   int // end of the last number: candidates before it are part of it

	recent [256]breach.Personal // what hide has hidden last

	ranks []orderKey // what order works in
	moved []hit      // the same

	digits digits // the number at the candidate, for those who start at one
	end    int    // of the value, for those who start at a label
}

// hit is one finding and where it stands in the text.
type hit struct {
	from, to int
	breach.Finding
	needs need
	rank  uint8 // of names: how well the words hold together
}

// need is what a hit must have beside it in order to be believed.
type need uint8

const (
	needsNothing need = iota
	needsPerson       // a label, or another identifier in the same mention
	needsLabel        // a label
)

// maxSame is how many of the last hits are looked at for the same one.
const maxSame = 32

// add notes a hit unless it is there already. A value that the register knows
// needs nothing.
func (t *text) add(h hit) {
	for i := len(t.hits) - 1; i >= max(0, len(t.hits)-maxSame); i-- {
		o := &t.hits[i]
		if o.from != h.from || o.to != h.to || o.Kind != h.Kind || o.Form != h.Form {
			continue
		}
		if o.Value.IsZero() {
			o.Value = h.Value
		}
		if o.Value == h.Value || h.Value.IsZero() {
			o.Labelled = o.Labelled || h.Labelled
			return
		}
	}
	t.hits = append(t.hits, h)
}

// knows reports whether somebody in the registers owns a value.
func (t *text) knows(f breach.Finding) bool { return t.x != nil && t.x.Knows(f) }

// hide hides a value. Most come more than once: a detector finds what a column
// says again, and a column says the same of many.
func (t *text) hide(b []byte) breach.Personal {
	at := len(b)
	for _, c := range b[max(0, len(b)-8):] {
		at = at*31 + int(c)
	}
	p := &t.recent[uint(at)%uint(len(t.recent))]
	if p.Reveal() != string(b) {
		*p = breach.Hide(string(b))
	}
	return *p
}

// judge asks the detectors that start at a kind of place.
func (t *text) judge(kind Start, at int) {
	if kind == AtNumber {
		if at < t.next {
			return
		}
		t.digits.read(t.b, at)
	}
	for _, match := range t.starts[kind] {
		match(t, at)
	}
}

// at gives a byte of the text, 0 outside it and beyond the limit.
func (t *text) at(i int) byte {
	if i < 0 || i >= t.limit {
		return 0
	}
	return t.b[i]
}

// order sorts hits by place, the longer first.
func (t *text) order(hits []hit) {
	t.ranks = t.ranks[:0]
	for i := range hits {
		t.ranks = append(t.ranks, orderKey{hits[i].from, hits[i].to, hits[i].Kind, i})
	}
	if slices.IsSortedFunc(t.ranks, orderKey.compare) {
		return
	}
	// Hits are large: their keys are sorted, and each hit is moved once.
	slices.SortFunc(t.ranks, orderKey.compare)
	t.moved = append(t.moved[:0], hits...)
	for i := range hits {
		hits[i] = t.moved[t.ranks[i].i]
	}
}

// orderKey is what hits are ordered by.
type orderKey struct {
	from, to int
	kind     breach.Kind
	i        int // as they were found
}

func (a orderKey) compare(b orderKey) int {
	return cmp.Or(a.from-b.from, b.to-a.to, int(a.kind)-int(b.kind), a.i-b.i)
}

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isLetter(c byte) bool { return c >= utf8.RuneSelf || (c|0x20)-'a' < 26 }
func isWord(c byte) bool   { return isDigit(c) || isLetter(c) }
