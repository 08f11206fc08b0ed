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
		m := breach.Mention{Place: where.unit(u.from), Findings: u.room(len(hits))}
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
		u.findings = u.findings[len(m.Findings):]
		m.Findings = slices.Clip(m.Findings)
		people = true
		if err := emit(m); err != nil {
			return people, err
		}
	}
	return people, nil
}

// maxRoom is how many findings are allocated together.
const maxRoom = 64

// room gives room for up to n findings of a mention, which may be kept.
func (u *unit) room(n int) []breach.Finding {
	if len(u.findings) < n {
		u.findings = make([]breach.Finding, max(n, maxRoom))
	}
	return u.findings[:0]
}

// guardians tells whose each hit is, and which guardians there are: 0 is the
// person the unit is about.
func (u *unit) guardians(hits []hit) (of, groups []int) {
	of, groups = u.of[:0], u.groups[:0]
	for i := range hits {
		g := u.guardianAt(&hits[i])
		of = append(of, g)
		if !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
	}
	slices.Sort(groups)
	u.of, u.groups = of, groups
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
	hits := u.sorted[:0]
	for i := range u.hits[u.first:] {
		if h := &u.hits[u.first+i]; h.from >= u.from && h.to <= u.to {
			hits = append(hits, *h)
		}
	}
	u.sorted = hits
	u.order(hits)
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
	u.drop = u.drop[:0]
	for i := range hits {
		h := &hits[i]
		u.drop = append(u.drop, h.needs == needsLabel && !h.Labelled ||
			h.needs == needsPerson && !h.Labelled && !person(h) ||
			covered(hits, i))
	}
	kept := hits[:0]
	for i := range hits {
		if !u.drop[i] {
			hits[i].settle(u.b)
			kept = append(kept, hits[i])
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
