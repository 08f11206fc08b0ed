package casework

import (
	"slices"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// enlist puts somebody on the version of the list that this resolve makes.
func (s *saving) enlist(p store.Person, key store.ListKey, protected bool) error {
	l := store.Listed{Who: key, Number: p.Number, Stranger: p.Stranger, Protected: protected || p.Kinds.Has(breach.ProtectedIdentity)}
	for _, e := range p.Exposures {
		switch e.Grade {
		case breach.Proven:
			l.Proven |= breach.KindsOf(e.Kind)
		case breach.Likely:
			l.Likely |= breach.KindsOf(e.Kind)
		case breach.Possible:
			l.Possible |= breach.KindsOf(e.Kind)
		}
	}
	return s.listed.Add(l.Record())
}

// entryKey tells somebody of the registers apart: by the first of their identity
// numbers, which outlives registers, or else by the first key in a register. A
// number of people whom somebody parted tells nobody apart.
func (s *saving) entryKey(entries []breach.Entry) store.ListKey {
	var numbers, keys []string
	for _, e := range entries {
		for _, n := range e.NationalIDs {
			if !s.review.shared[lastTen(n)] {
				numbers = append(numbers, n.Reveal())
			}
		}
		keys = append(keys, e.Register+"\x00"+e.Key.Reveal())
	}
	if len(numbers) > 0 {
		return s.w.ListKey(breach.Hide("number"), breach.Hide(slices.Min(numbers)))
	}
	return s.w.ListKey(breach.Hide("entry"), breach.Hide(slices.Min(keys)))
}

// lastTen is a number without the century that some registers leave out.
func lastTen(number breach.Personal) string {
	text := number.Reveal()
	return text[max(0, len(text)-10):]
}

// list writes the version of the list.
func (s *saving) list() error {
	return s.w.List(s.result.At, func(yield func(store.Listed, error) bool) {
		for rec, err := range s.listed.Sorted() {
			var l store.Listed
			if err == nil {
				l, err = store.ParseListed(rec)
			}
			if !yield(l, err) {
				return
			}
		}
	})
}
