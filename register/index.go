package register

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// Index finds the people of the registers by what is known of them. It lies in
// a file that all workers share, and is safe for concurrent use.
type Index struct {
	header
	keyer
	file  []byte
	unmap func() error
}

// OpenIndex opens the index that BuildIndex has written. The error wraps
// ErrIndex where the file is no such index.
func OpenIndex(path string) (*Index, error) {
	file, unmap, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	h, err := decodeHeader(file)
	if err != nil {
		_ = unmap()
		return nil, fmt.Errorf("open index: %w", err)
	}
	return &Index{header: *h, keyer: newKeyer(h.secret), file: file, unmap: unmap}, nil
}

// Close lets go of the file. The index must not be used any more.
func (x *Index) Close() error {
	x.file = nil
	return x.unmap()
}

// Len is the number of entries.
func (x *Index) Len() int { return int(x.entries) }

// Entry decodes one entry; the zero Entry if there is none with that id.
func (x *Index) Entry(id breach.EntryID) breach.Entry {
	if uint64(id) >= x.entries {
		return breach.Entry{}
	}
	return x.raw(id).entry(id)
}

// raw is an entry where it lies.
func (x *Index) raw(id breach.EntryID) rawEntry {
	if uint64(id) >= x.entries {
		return rawEntry{}
	}
	offsets := x.sections[sectionOffsets].of(x.file)[8*int(id):]
	from, to := binary.LittleEndian.Uint64(offsets), binary.LittleEndian.Uint64(offsets[8:])
	entries := x.sections[sectionEntries].of(x.file)
	if from > to || to > uint64(len(entries)) {
		return rawEntry{}
	}
	return rawEntry{entries[from:to]}
}

// owners iterates over the entries under a key; they are to be verified.
func (x *Index) owners(key uint64) iter.Seq[breach.EntryID] {
	return func(yield func(breach.EntryID) bool) {
		row, ok := x.find(key)
		if !ok {
			return
		}
		if row&listBit == 0 {
			yield(breach.EntryID(row))
			return
		}
		lists := x.sections[sectionLists].of(x.file)
		at := 4 * int(row&^listBit)
		if at+4 > len(lists) {
			return
		}
		n := int(binary.LittleEndian.Uint32(lists[at:]))
		lists = lists[at+4:]
		for i := range min(n, len(lists)/4) {
			if !yield(breach.EntryID(binary.LittleEndian.Uint32(lists[4*i:]))) {
				return
			}
		}
	}
}

// find looks a key up in the buckets. A key belongs into the bucket that its
// high bits name or, where that one is full, into the next.
func (x *Index) find(key uint64) (row uint32, ok bool) {
	table := x.sections[sectionBuckets].of(x.file)
	bucket, _ := bits.Mul64(key, x.buckets)
	print := fingerprint(key)
	for at := int(bucket) * bucketSize; at+bucketSize <= len(table); at += bucketSize {
		b := table[at : at+bucketSize : at+bucketSize]
		for i := range bucketSlots {
			switch binary.LittleEndian.Uint32(b[4*i:]) {
			case print:
				return binary.LittleEndian.Uint32(b[4*bucketSlots+4*i:]), true
			case 0:
				return 0, false
			}
		}
	}
	return 0, false
}

// fingerprint is what a bucket keeps of a key; 0 marks a free slot.
func fingerprint(key uint64) uint32 { return max(uint32(key), 1) }

// Who gives everybody who owns the value of a finding, in order: verified
// against what the register holds. A name is owned in either order, in any
// case, with some of its given names and surnames, and inflected; a single
// word is nobody's. Findings of kinds that registers do not tell apart people
// by, such as birth dates, have no owners.
func (x *Index) Who(f breach.Finding) []breach.EntryID {
	var ids []breach.EntryID
	x.match(&f, func(id breach.EntryID) bool {
		ids = append(ids, id)
		return true
	})
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Knows reports whether somebody owns the value of a finding.
func (x *Index) Knows(f breach.Finding) bool {
	known := false
	x.match(&f, func(breach.EntryID) bool {
		known = true
		return false
	})
	return known
}

// MayKnow reports whether somebody may own a canonical value of a kind: right
// for every value that somebody owns, wrong for hardly any other. It allocates
// nothing; Knows is sure. It is for phones, e-mail addresses, accounts and
// usernames.
func (x *Index) MayKnow(kind breach.Kind, value []byte) bool {
	_, ok := x.find(x.hash(kind, value))
	return ok
}

// MayLive does the same for a street's name and a house number.
func (x *Index) MayLive(street, number []byte) bool {
	var buf [maxWord + 8]byte
	key := foldWord(buf[:0], street)
	n := 0
	for _, c := range key { // as parseStreet does
		if c != ' ' && c != '.' && c != '-' {
			key[n] = c
			n++
		}
	}
	_, ok := x.find(x.hash(breach.Address, append(append(key[:n], ' '), number...)))
	return ok
}

// match calls yield with the owners of a finding's value, some of them more
// than once.
func (x *Index) match(f *breach.Finding, yield func(breach.EntryID) bool) {
	value := f.Value.Reveal()
	verified := func(key uint64, name *soughtName) bool {
		for id := range x.owners(key) {
			raw := x.raw(id)
			if raw.owns(f, value, name) && !yield(id) {
				return false
			}
		}
		return true
	}
	switch f.Kind {
	case breach.Name:
		name := seek(value)
		for key := range x.nameKeys(name) {
			if !verified(key, name) {
				return
			}
		}
	case breach.Address:
		if s := parseStreet(value); s.number != "" {
			verified(x.hash(breach.Address, []byte(s.key())), nil)
		}
	case breach.NationalID, breach.Email, breach.Phone, breach.Username, breach.BankAccount:
		if v := keyText(f.Kind, value); v != "" {
			verified(x.hash(f.Kind, []byte(v)), nil)
		}
	}
}

// nameKeys gives the keys of every two words of a name that may be a given
// name and a surname.
func (x *Index) nameKeys(n *soughtName) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i := range n.words {
			for a := range n.forms(i) {
				ha := x.word(a)
				given := x.given(ha)
				if !given && !x.surname(ha) {
					continue
				}
				for j := i + 1; j < len(n.words); j++ {
					for b := range n.forms(j) {
						hb := x.word(b)
						if (given && x.surname(hb) || x.given(hb) && x.surname(ha)) && !yield(x.pair(ha, hb)) {
							return
						}
					}
				}
			}
		}
	}
}

// NamePair reports whether two words that stand side by side may be a name of
// somebody: a given name and a surname in either order and any case, the second
// word as it stands or inflected. It allocates nothing; Who tells whose it is.
func (x *Index) NamePair(a, b []byte) bool {
	var bufA, bufB [maxWord]byte
	a, b = foldWord(bufA[:0], a), foldWord(bufB[:0], b)
	ha, hb := x.hash(breach.Name, a), x.hash(breach.Name, b)
	givenA := x.given(ha)
	if !givenA && !x.given(hb) {
		return false
	}
	if _, ok := x.find(x.pair(ha, hb)); ok {
		return true
	}
	if !givenA {
		return false
	}
	var bufBases [1024]byte
	for list := appendBases(bufBases[:0], b); len(list) > 0; {
		end := slices.Index(list, '\n')
		hb := x.hash(breach.Name, list[:end])
		if x.surname(hb) {
			if _, ok := x.find(x.pair(ha, hb)); ok {
				return true
			}
		}
		list = list[end+1:]
	}
	return false
}

// GivenName reports whether a word may be a given name of somebody in the
// registers, whatever its case. It is right for every given name and wrong for
// few other words.
func (x *Index) GivenName(w []byte) bool { return x.given(x.word(w)) }

// NameWord reports the same of given names and surnames.
func (x *Index) NameWord(w []byte) bool {
	key := x.word(w)
	return x.given(key) || x.surname(key)
}

func (x *Index) given(key uint64) bool   { return bitSet(x.sections[sectionGiven].of(x.file), key) }
func (x *Index) surname(key uint64) bool { return bitSet(x.sections[sectionSurnames].of(x.file), key) }

func bitSet(bitmap []byte, key uint64) bool {
	return bitmap[key%bitmapSize]&(1<<(key>>61)) != 0
}

func setBit(bitmap []byte, key uint64) { bitmap[key%bitmapSize] |= 1 << (key >> 61) }

// Occupancy is the share of all valid values of a form that are somebody's in
// the registers: the chance that a random valid value ties to one of them.
// Forms are those of findings: "se-personnummer", "phone", "name"; 0 for forms
// whose values do not coincide by chance.
func (x *Index) Occupancy(form string) float64 {
	const days = 36525 // of a century
	share := func(count int, of float64) float64 { return min(1, float64(x.counts[count])/of) }
	switch form {
	case "fi-hetu":
		return share(countSigned, days*998*2) // serials 002–999, two centuries alive
	case "se-personnummer":
		return share(countTen, days*999)
	case "se-samordningsnummer", "se-interim":
		return share(countTen, 31*12*100*999)
	case "dk-cpr":
		return share(countTen, days*10_000)
	case "is-kennitala":
		return share(countTen, days*80)
	case "no-fodselsnummer", "no-d-nummer", "no-h-nummer":
		return share(countEleven, days*1000*.83) // some serials have no pair of check digits
	case "ee-isikukood":
		return share(countEleven, days*2*1000)
	case "phone":
		return share(countPhones, 1e8)
	case "name":
		if pairs := float64(x.counts[countGiven]) * float64(x.counts[countSurnames]); pairs > 0 {
			return math.Min(1, float64(x.counts[countPairs])/pairs)
		}
	}
	return 0
}
