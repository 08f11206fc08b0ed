package detect

import (
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// placer tells where a byte of the text stands.
type placer interface {
	place(at int) breach.Place // of a finding
	unit(at int) breach.Place  // of the unit it stands in
}

// emit makes mentions of what a unit holds: one of the person it is about
// and one of each guardian that has columns or labels of its own.
func (u *unit) emit(where placer, emit func(breach.Mention) error) (people bool, err error) {
	hits := u.settled()
	if len(hits) == 0 {
		return false, nil
	}
	of, groups := u.guardians(hits)
	for _, g := range groups {
		m := breach.Mention{Place: where.unit(u.from)}
		for i := range hits {
			h := &hits[i]
			switch {
			case of[i] == g:
				f := h.Finding
				f.Place = where.place(h.from)
				m.Findings = append(m.Findings, f)
			case g == 0 && h.Kind == breach.Name:
				f := h.Finding
				f.Kind, f.Form, f.Labelled, f.Place = breach.Guardian, "cell", true, where.place(h.from)
				m.Findings = append(m.Findings, f)
			}
		}
		if !identifies(m.Findings) {
			continue
		}
		people = true
		if err := emit(m); err != nil {
			return people, err
		}
	}
	return people, nil
}

// guardians tells whose each hit is, and which guardians there are: 0 is the
// person the unit is about.
func (u *unit) guardians(hits []hit) (of, groups []int) {
	of = make([]int, len(hits))
	for i := range hits {
		of[i] = u.guardianAt(&hits[i])
		if !slices.Contains(groups, of[i]) {
			groups = append(groups, of[i])
		}
	}
	slices.Sort(groups)
	return of, groups
}

// identifies reports whether findings hold something that can point to a
// person.
func identifies(findings []breach.Finding) bool {
	for _, f := range findings {
		switch f.Kind {
		case breach.Name, breach.NationalID, breach.Email, breach.Phone, breach.Username, breach.BankAccount,
			breach.PaymentCard, breach.Passport, breach.Address:
			return true
		}
	}
	return false
}

// settled gives the unit's hits in order, without those that lack what they
// need and those that something surer covers.
func (u *unit) settled() []hit {
	hits := slices.DeleteFunc(slices.Clone(u.hits[u.first:]), func(h hit) bool { return h.from < u.from || h.to > u.to })
	order(hits)
	person := func(not *hit) bool {
		for i := range hits {
			if h := &hits[i]; h.needs == needsNothing && (h.to <= not.from || h.from >= not.to) {
				switch h.Kind {
				case breach.NationalID, breach.Email, breach.Name, breach.Username, breach.BankAccount:
					return true
				}
			}
		}
		return false
	}
	var kept []hit
	for i := range hits {
		h := &hits[i]
		switch {
		case h.needs == needsLabel && !h.Labelled,
			h.needs == needsPerson && !h.Labelled && !person(h),
			covered(hits, i):
		default:
			h.settle(u.b)
			kept = append(kept, *h)
		}
	}
	return kept
}

// covered reports whether hit i gives way to another that overlaps it.
func covered(hits []hit, i int) bool {
	h := &hits[i]
	for j := range hits {
		o := &hits[j]
		if i == j || o.from >= h.to || o.to <= h.from || o.needs == needsLabel && !o.Labelled {
			continue
		}
		switch {
		case h.Kind == breach.Name && o.Kind == breach.Email:
			return true
		case h.Kind == breach.Name && o.Kind == breach.Name:
			if better(o, h) || !better(h, o) && j < i {
				return true
			}
		case h.Kind == breach.NationalID && o.Kind == breach.NationalID && h.Failed && !o.Failed,
			h.Kind == breach.Phone && o.Kind == breach.NationalID && !o.Failed && h.needs != needsNothing && !h.Labelled,
			h.Kind == breach.BirthDate && o.Kind == breach.NationalID,
			h.Kind == breach.Phone && o.Kind == breach.BankAccount,
			h.Kind == breach.PaymentCard && o.Kind == breach.BankAccount,
			h.Kind == breach.Address && o.Kind == breach.Address && (o.to-o.from > h.to-h.from || o.to-o.from == h.to-h.from && j < i):
			return true
		}
	}
	return false
}

// better reports whether name a is to be believed rather than b: longer names
// before shorter, but a labelled one or words with a blank between them before
// words that a comma, a cell or a line parts.
func better(a, b *hit) bool {
	if (a.rank > 2) != (b.rank > 2) {
		return a.rank > 2
	}
	if a.to-a.from != b.to-b.from {
		return a.to-a.from > b.to-b.from
	}
	return a.rank > b.rank
}
