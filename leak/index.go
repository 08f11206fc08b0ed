package leak

import (
	"bytes"
	"strings"
	"sync"

	"github.com/klarlagt/klarlagt/breach"
)

// Index knows every identifier of a case's people by a keyed hash of its
// compact form, and nothing by its text. Add everybody, then Approve the
// wording, then scan: scanning changes nothing, and many may scan at once.
type Index struct {
	seed     uint64
	begins   [begun / 64]uint64  // says at once of most words that nothing begins as they do; small, for each word asks
	sieve    []uint64            // says the same by some bytes more
	heads    map[uint64]uint64   // the first bytes of identifiers: how long those are, a bit a length
	whole    map[uint64]struct{} // identifiers
	approved map[uint64]struct{} // identifiers that the approved wording holds too
	mails    map[string]bool     // addresses in the approved wording
	numbers  map[string]bool     // what there looks like an identity number
	idle     sync.Pool           // of scanners
}

const (
	shortest = 4  // bytes of an identifier: "Bo Ek"
	head     = 6  // bytes that are looked for at each word
	longest  = 68 // bytes that are compared: a bit each from head on
	begun    = 1 << 17
	sieves   = 1 << 23
)

// New begins an index. The seed is chance's: it keys the hashes.
func New(seed uint64) *Index {
	return &Index{seed: seed | 1, sieve: make([]uint64, sieves/64), heads: map[uint64]uint64{}, whole: map[uint64]struct{}{},
		approved: map[uint64]struct{}{}, mails: map[string]bool{}, numbers: map[string]bool{}}
}

// Add adds what one entry of a register tells.
func (x *Index) Add(e breach.Entry) {
	identifiers(e, x.add)
}

func (x *Index) add(id []byte) {
	if len(id) < shortest {
		return
	}
	id = id[:min(len(id), longest)]
	h := x.seed
	for i, b := range id {
		h = step(h, b)
		if i+1 == shortest {
			x.begins[h%begun/64] |= 1 << (h % 64)
		}
		if i+1 == head {
			x.strain(h)
			x.heads[h] |= 1 << (len(id) - head)
		}
	}
	if len(id) < head {
		x.strain(h)
	}
	x.whole[h] = struct{}{}
}

// step takes one byte more into a hash.
func step(h uint64, b byte) uint64 {
	h = (h ^ uint64(b)) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

func (x *Index) strain(h uint64)   { x.sieve[h%sieves/64] |= 1 << (h % 64) }
func (x *Index) may(h uint64) bool { return x.sieve[h%sieves/64]>>(h%64)&1 == 1 }
func (x *Index) has(h uint64) bool { _, ok := x.whole[h]; return ok }
func (x *Index) begin(h uint64) bool {
	return x.begins[h%begun/64]>>(h%64)&1 == 1
}
func (x *Index) fine(h uint64) bool { _, ok := x.approved[h]; return ok }

func (x *Index) hash(id []byte) uint64 {
	h := x.seed
	for _, b := range id[:min(len(id), longest)] {
		h = step(h, b)
	}
	return h
}

// span is a place in a compact text where an identifier stands.
type span struct {
	start, end int
	hash       uint64
}

// find adds to found each identifier of anybody in a compact text.
func (x *Index) find(c *compact, found []span) []span {
	for _, at := range c.words {
		i := int(at)
		rest := c.bytes[i:min(len(c.bytes), i+longest)]
		if len(rest) < shortest {
			break
		}
		h, n := x.seed, shortest
		for _, b := range rest[:shortest] {
			h = step(h, b)
		}
		if !x.begin(h) {
			continue
		}
		for ; n < head; n++ {
			if c.flags[i+n-1]&ends != 0 && x.may(h) && x.has(h) {
				found = append(found, span{i, i + n, h})
			}
			if n == len(rest) {
				break
			}
			h = step(h, rest[n])
		}
		if n < head || !x.may(h) {
			continue
		}
		lengths := x.heads[h]
		for ; lengths != 0; n++ {
			if lengths&1 == 1 && c.endsAt(i+n-1) && x.has(h) {
				found = append(found, span{i, i + n, h})
			}
			if lengths >>= 1; n == len(rest) {
				break
			}
			h = step(h, rest[n])
		}
	}
	return found
}

// identifiers calls add with the compact forms of whatever of an entry tells
// who it is, in each way it is commonly written.
func identifiers(e breach.Entry, add func([]byte)) {
	for _, n := range e.Names {
		names(n, add)
	}
	for _, m := range e.Emails {
		add(folds(m.Reveal()))
		add(folds(strings.Replace(m.Reveal(), "@", " at ", 1)))
	}
	for _, p := range e.Phones {
		phones(p.Reveal(), add)
	}
	for _, n := range e.NationalIDs {
		id := folds(n.Reveal())
		add(id)
		if len(id) == 12 { // a personnummer without its century
			add(id[2:])
		}
	}
	for _, a := range e.Addresses {
		if street := a.Street.Reveal(); strings.ContainsAny(street, "0123456789") {
			add(folds(street))
		}
	}
	for _, a := range e.Accounts {
		add(folds(a.Reveal()))
	}
	for _, u := range e.Usernames {
		if id := folds(u.Reveal()); len(id) >= head {
			add(id)
		}
	}
}

// names adds a name with the first given name and with all, either way around.
// A surname or a given name alone points to too many.
func names(n breach.FullName, add func([]byte)) {
	given, surname := strings.Fields(n.Given.Reveal()), folds(n.Surname.Reveal())
	if len(given) == 0 || len(surname) == 0 {
		return
	}
	first, all := folds(given[0]), folds(n.Given.Reveal())
	join := func(a, b []byte) { add(append(a[:len(a):len(a)], b...)) }
	join(first, surname)
	join(surname, first)
	if len(given) > 1 {
		join(all, surname)
		join(surname, all)
	}
	if stem, ok := bytes.CutSuffix(surname, []byte("nen")); ok && len(stem) > 2 {
		join(first, append(stem[:len(stem):len(stem)], 's')) // Finnish: Esimerkkinen, Esimerkkisen
	}
}

// phones adds a number such as +46701740605 as it is dialled from abroad and
// at home.
func phones(e164 string, add func([]byte)) {
	digits := folds(e164)
	add(digits)
	add(append([]byte("00"), digits...))
	for _, country := range []string{"358", "354", "372", "46", "47", "45"} {
		if home, ok := strings.CutPrefix(string(digits), country); ok {
			add([]byte("0" + home))
			add([]byte(country + "0" + home)) // +46 (0)70 …
			return
		}
	}
}
