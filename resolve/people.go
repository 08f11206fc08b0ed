package resolve

import (
	"cmp"
	"hash/fnv"
	"iter"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

// maxOwners is how many entries may share an identity number and still be taken
// for one person. More is a number that somebody filled in to get past a form.
const maxOwners = 16

// People knows which entries of the registers are one person. A person's number
// is the smallest EntryID among them. It takes eight bytes an entry.
type People struct {
	of   []uint32 // by entry: the person
	next []uint32 // by entry: another entry of the person, in a ring

	alike  []Pair
	beyond int
}

// Of gives the person that an entry is of.
func (p *People) Of(id breach.EntryID) uint32 { return p.of[id] }

// Len is the number of entries.
func (p *People) Len() int { return len(p.of) }

// Entries gives the entries of a person, in order.
func (p *People) Entries(person uint32) []breach.EntryID {
	ids := []breach.EntryID{breach.EntryID(person)}
	for at := p.next[person]; at != person; at = p.next[at] {
		ids = append(ids, breach.EntryID(at))
	}
	slices.Sort(ids)
	return ids
}

// NewPeople finds the entries 0 to n-1 that are one person: what people said of
// them comes first (see Tie), then those are one that share a national id, and
// those of different registers that share a name and one of birth date, e-mail
// and phone, if that pair is unique in both registers. Of itself it never joins
// entries whose national ids differ, nor two of one register unless they share a
// national id. Who is one does not depend on the order of entries. entry gives
// an entry, who the entries that hold a national id.
func NewPeople(n int, entry func(breach.EntryID) breach.Entry, who func(breach.Finding) []breach.EntryID, ties ...Tie) *People {
	p := &People{of: make([]uint32, n), next: make([]uint32, n)}
	for i := range n {
		p.of[i], p.next[i] = uint32(i), uint32(i)
	}
	j := joiner{People: p, entry: entry, register: make([]uint16, n), apart: map[[2]breach.EntryID]bool{}}
	j.tie(ties)
	keys := j.byNumber(who)
	j.untie(ties)
	slices.SortFunc(keys, func(a, b nameKey) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.id, b.id)) })
	j.byKeys(keys)
	j.likeness(keys)
	return p
}

// joiner fills a People.
type joiner struct {
	*People
	entry    func(breach.EntryID) breach.Entry
	register []uint16                   // by entry: the number of its register
	apart    map[[2]breach.EntryID]bool // the smaller first: people said that these are two
}

// nameKey is a name with one more value of an entry, hashed. The top bits of
// the hash are the kind of value, so that sorting puts the surest first.
type nameKey struct {
	hash uint64
	id   breach.EntryID
}

// The kinds of values beside a name. The last two join nobody: who shares them
// is looked at for likeness alone.
const (
	withBirth uint64 = iota << 61
	withEmail
	withPhone
	withAddress
	givenWithBirth // the first given name alone: surnames change
)

// byNumber joins the entries that share a national id. As decoding an entry is
// what costs, it also gathers what the other rules need of each: its register
// and its keys.
func (j joiner) byNumber(who func(breach.Finding) []breach.EntryID) []nameKey {
	var keys []nameKey
	registers := map[string]uint16{}
	for i := range j.of {
		id := breach.EntryID(i)
		e := j.entry(id)
		if _, ok := registers[e.Register]; !ok {
			registers[e.Register] = uint16(len(registers))
		}
		j.register[i] = registers[e.Register]
		keys = appendKeys(keys, id, e.Names, withBirth, []breach.Personal{e.BirthDate})
		keys = appendKeys(keys, id, e.Names, withEmail, e.Emails)
		keys = appendKeys(keys, id, e.Names, withPhone, e.Phones)
		keys = appendKeys(keys, id, e.Names, withAddress, homes(e))
		keys = appendKeys(keys, id, e.Names, givenWithBirth, []breach.Personal{e.BirthDate})
		for _, number := range e.NationalIDs {
			j.joinOwners(number.Reveal(), who)
		}
	}
	return keys
}

// joinOwners joins the entries that hold one number. Where the century is open
// and two numbers with different centuries would fit, only equal spellings join.
func (j joiner) joinOwners(number string, who func(breach.Finding) []breach.EntryID) {
	for _, n := range nationalid.Readings(number) {
		if n.Failed {
			continue
		}
		short := n.Canonical
		if n.Country == "SE" && len(short) == 12 {
			short = short[2:]
		}
		find := func(value string) []breach.EntryID {
			return who(breach.Finding{Kind: breach.NationalID, Form: n.Form, Value: breach.Hide(value), Strength: n.Strength})
		}
		owners := find(short)
		if j.centuries(short, owners) > 1 {
			if short == n.Canonical {
				continue
			}
			owners = slices.DeleteFunc(find(n.Canonical), func(id breach.EntryID) bool { return !j.holds(id, n.Canonical) })
		}
		if len(owners) > maxOwners {
			continue
		}
		for _, other := range owners[min(1, len(owners)):] {
			j.join(owners[0], other)
		}
	}
}

// centuries counts the different long spellings of a short number.
func (j joiner) centuries(short string, owners []breach.EntryID) int {
	if len(owners) < 2 {
		return len(owners)
	}
	var long []string
	for _, id := range owners {
		for _, v := range j.entry(id).NationalIDs {
			if s := v.Reveal(); len(s) == len(short)+2 && strings.HasSuffix(s, short) {
				long = append(long, s)
			}
		}
	}
	slices.Sort(long)
	return len(slices.Compact(long))
}

// holds reports whether an entry has a number in this very spelling.
func (j joiner) holds(id breach.EntryID, number string) bool {
	return slices.Contains(j.entry(id).NationalIDs, breach.Hide(number))
}

// appendKeys pairs the first given name and the surname of each name with values.
func appendKeys(keys []nameKey, id breach.EntryID, names []breach.FullName, kind uint64, values []breach.Personal) []nameKey {
	start := len(keys)
	for _, name := range names {
		given, surname := words(name.Given.Reveal()), words(name.Surname.Reveal())
		if len(given) == 0 || len(surname) == 0 {
			continue
		}
		for _, v := range values {
			if v.IsZero() {
				continue // blanks never agree
			}
			if kind == givenWithBirth {
				surname = nil
			}
			h := fnv.New64a()
			for _, part := range append(append([]string{v.Reveal(), given[0]}, surname...), "") {
				_, _ = h.Write([]byte(part)) // a hash never fails
				_, _ = h.Write([]byte{0})
			}
			key := nameKey{h.Sum64()>>3 | kind, id}
			if !slices.Contains(keys[start:], key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// words parts a name into its words, in small letters.
func words(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == ' ' || r == '-' || r == '.' })
}

// byKeys joins the entries whose keys are equal. The keys are in order.
func (j joiner) byKeys(keys []nameKey) {
	for same := range sharing(keys) {
		if same[0].hash < withAddress {
			j.joinNamed(same)
		}
	}
}

// sharing yields the entries of each key that several have, and not too many.
// The keys are in order.
func sharing(keys []nameKey) iter.Seq[[]nameKey] {
	return func(yield func([]nameKey) bool) {
		for len(keys) > 0 {
			n := 1
			for n < len(keys) && keys[n].hash == keys[0].hash {
				n++
			}
			if n > 1 && n <= maxOwners && !yield(keys[:n]) {
				return
			}
			keys = keys[n:]
		}
	}
}

// joinNamed joins entries that share a name and another value. A register in
// which two people have them (father and son, one phone) says nothing. Where two
// of the rest cannot be one, neither is any: whose the others are is not known.
func (j joiner) joinNamed(keys []nameKey) {
	var ids []breach.EntryID
	for _, k := range keys {
		twice := func(o nameKey) bool { return j.register[o.id] == j.register[k.id] && j.of[o.id] != j.of[k.id] }
		if !slices.ContainsFunc(keys, twice) {
			ids = append(ids, k.id)
		}
	}
	for i, a := range ids {
		for _, b := range ids[:i] {
			if j.of[a] != j.of[b] && !j.mayJoin(a, b) {
				return
			}
		}
	}
	for _, id := range ids[min(1, len(ids)):] {
		j.join(ids[0], id)
	}
}

// mayJoin reports whether nothing speaks against two entries, and all that are
// already joined to them, being one person.
func (j joiner) mayJoin(a, b breach.EntryID) bool {
	for _, x := range j.Entries(j.of[a]) {
		ex := j.entry(x)
		for _, y := range j.Entries(j.of[b]) {
			ey := j.entry(y)
			if ex.Register == ey.Register || j.apart[pairOf(x, y)] || numbersClash(ex, ey) || birthsClash(ex, ey) {
				return false
			}
		}
	}
	return true
}

func numbersClash(x, y breach.Entry) bool {
	for _, a := range x.NationalIDs {
		for _, b := range y.NationalIDs {
			if clash(a.Reveal(), b.Reveal()) {
				return true
			}
		}
	}
	return false
}

// birthsClash keeps apart a father and a son who share name, e-mail and phone.
func birthsClash(x, y breach.Entry) bool {
	return !x.BirthDate.IsZero() && !y.BirthDate.IsZero() && x.BirthDate != y.BirthDate
}

// join makes two entries one person, by crossing their rings.
func (p *People) join(a, b breach.EntryID) {
	if p.of[a] == p.of[b] {
		return
	}
	person, other := min(p.of[a], p.of[b]), max(p.of[a], p.of[b])
	for at := other; ; {
		p.of[at] = person
		if at = p.next[at]; at == other {
			break
		}
	}
	p.next[person], p.next[other] = p.next[other], p.next[person]
}
