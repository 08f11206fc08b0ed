package casework

import (
	"cmp"
	"context"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/resolve"
	"github.com/klarlagt/klarlagt/store"
)

// MostAlike bounds how many pairs of people who are alike are asked about.
const MostAlike = 1000

// peopleReview is what people said of who is one person, and what they are asked.
type peopleReview struct {
	ties    []resolve.Tie
	holds   []store.Judgement // that are tied
	against []store.Judgement // that the registers now contradict
	parted  []store.Judgement // of both, those that say of people that they are two

	hands   map[uint32][]int64 // by person: the judgements that are tied
	shared  map[string]bool    // identity numbers that parted people share
	guarded []breach.EntryID   // protected, though their register does not say so
	exposed map[uint32]bool    // of those who are in pairs
	pairs   []resolve.Pair
	more    int
}

// tie takes from judgements what a resolve goes by. What the registers contradict
// since it was said is not taken, nor are the registers: the people stay apart,
// and it is asked about.
func (v *review) tie(x *registers, list []store.Judgement) {
	for _, j := range list {
		groups, strange := v.present(x, j)
		if j.Says == store.Apart {
			v.parted = append(v.parted, j)
		}
		switch {
		case strange:
			v.against = append(v.against, j)
		case contradicted(x, v.at, j):
			v.against = append(v.against, j)
			if j.Says == store.Apart {
				v.ties = append(v.ties, singles(groups)...)
			}
		default:
			v.holds = append(v.holds, j)
			v.ties = append(v.ties, resolve.Tie{Groups: groups})
		}
	}
}

// present gives the entries of a judgement that are in the registers; strange
// tells that a key is somebody else's now.
func (v *review) present(x *registers, j store.Judgement) (groups [][]breach.EntryID, strange bool) {
	for _, group := range j.Groups {
		var ids []breach.EntryID
		for _, m := range group {
			if id, there := v.at[m.RegisterKey]; there {
				ids = append(ids, id)
				strange = strange || !resolve.SameOwner(m.Was, x.Entry(id))
			}
		}
		groups = append(groups, ids)
	}
	return groups, strange
}

// singles keeps every entry of one group apart from every one of the other, and
// joins none.
func singles(groups [][]breach.EntryID) (ties []resolve.Tie) {
	for i, group := range groups {
		for _, other := range groups[:i] {
			for _, a := range group {
				for _, b := range other {
					ties = append(ties, resolve.Tie{Groups: [][]breach.EntryID{{a}, {b}}})
				}
			}
		}
	}
	return ties
}

// contradicted reports whether the registers say otherwise than a judgement, and
// did not when it was said: that two who were said to be one have other numbers
// or birth dates, or that two who were said to be two have one number.
func contradicted(x *registers, at map[store.RegisterKey]breach.EntryID, j store.Judgement) bool {
	how := func(a, b breach.Entry, kind breach.Kind) resolve.Agreement {
		fields := resolve.Beside([]breach.Entry{a}, []breach.Entry{b})
		return fields[slices.IndexFunc(fields, func(f resolve.Field) bool { return f.Kind == kind })].How
	}
	news := func(a, b store.Meant, kind breach.Kind, want resolve.Agreement) bool {
		ia, hereA := at[a.RegisterKey]
		ib, hereB := at[b.RegisterKey]
		return hereA && hereB && how(x.Entry(ia), x.Entry(ib), kind) == want && how(a.Was, b.Was, kind) != want
	}
	for i, group := range j.Groups {
		for n, a := range group {
			for _, b := range group[:n] {
				if news(a, b, breach.NationalID, resolve.Differs) || news(a, b, breach.BirthDate, resolve.Differs) {
					return true
				}
			}
			for _, b := range slices.Concat(j.Groups[:i]...) {
				if news(a, b, breach.NationalID, resolve.Agrees) {
					return true
				}
			}
		}
	}
	return false
}

// guard finds who is protected for having been one with somebody protected until
// people parted them: as long as a register protects any of them.
func (v *review) guard(people *resolve.People, protected []bool) {
	marked := func(id breach.EntryID) bool {
		return slices.ContainsFunc(people.Entries(people.Of(id)), func(e breach.EntryID) bool { return protected[e] })
	}
	for again := true; again; {
		again = false
		for _, j := range v.parted {
			ids := v.here(j)
			if !j.Guarded || !slices.ContainsFunc(ids, marked) {
				continue
			}
			for _, id := range ids {
				if !protected[id] {
					protected[id], again = true, true
					v.guarded = append(v.guarded, id)
				}
			}
		}
	}
	slices.Sort(v.guarded)
}

// here gives the entries of a judgement that are in the registers.
func (v *review) here(j store.Judgement) (ids []breach.EntryID) {
	for _, m := range slices.Concat(j.Groups...) {
		if id, there := v.at[m.RegisterKey]; there {
			ids = append(ids, id)
		}
	}
	return ids
}

// pair notes whom the judgements name, and the pairs of people who are alike.
func (v *review) pair(x *registers, people *resolve.People) {
	for key, id := range v.at {
		v.known[key] = people.Of(id)
	}
	v.hands, v.shared, v.exposed = map[uint32][]int64{}, map[string]bool{}, map[uint32]bool{}
	for _, j := range v.holds {
		for _, id := range v.here(j) {
			if p := people.Of(id); !slices.Contains(v.hands[p], j.Number) {
				v.hands[p] = append(v.hands[p], j.Number)
			}
		}
	}
	for _, j := range v.parted {
		v.share(x, j)
	}
	v.pairs, v.more = people.Alike()
	for _, p := range v.pairs {
		v.exposed[p.First], v.exposed[p.Second] = false, false
	}
}

// share notes the numbers that two people have of whom somebody said so.
func (v *review) share(x *registers, j store.Judgement) {
	holder := map[string]int{}
	for i, group := range j.Groups {
		for _, m := range group {
			id, there := v.at[m.RegisterKey]
			if !there {
				continue
			}
			for _, number := range x.Entry(id).NationalIDs {
				of := lastTen(number)
				if other, held := holder[of]; held && other != i {
					v.shared[of] = true
				}
				holder[of] = i
			}
		}
	}
}

// whole gives the entries of a person.
func (r *resolving) whole(person uint32) (entries []breach.Entry) {
	for _, id := range r.people.Entries(person) {
		entries = append(entries, r.index.Entry(id))
	}
	return entries
}

// alike asks about the pairs of whom at least one is exposed: those first of whom
// both are, who would be told twice. No list has who is protected.
func (s *saving) alike(ctx context.Context) (list []store.Question, err error) {
	type likely struct {
		resolve.Pair
		both  int
		agree breach.Kinds
	}
	var pairs []likely
	for _, p := range s.review.pairs {
		both := 0
		for _, one := range []uint32{p.First, p.Second} {
			if s.review.exposed[one] {
				both++
			}
		}
		a, b := s.whole(p.First), s.whole(p.Second)
		if both == 0 || s.hides(a) || s.hides(b) {
			continue
		}
		pairs = append(pairs, likely{p, both, agreeing(resolve.Beside(a, b))})
	}
	slices.SortStableFunc(pairs, func(a, b likely) int {
		return cmp.Or(cmp.Compare(b.both, a.both), cmp.Compare(b.agree.Len(), a.agree.Len()))
	})
	s.result.AlikeBeyond = int64(max(0, len(pairs)-MostAlike) + s.review.more)
	for _, p := range pairs[:min(len(pairs), MostAlike)] {
		q, err := s.ofPeople(ctx, store.Alike, [][]breach.Entry{s.whole(p.First), s.whole(p.Second)}, 0)
		if err != nil {
			return nil, err
		}
		q.WhyKinds = p.agree
		list = append(list, q)
	}
	return list, nil
}

// hides reports whether one of the entries has a protected identity, of its own or
// kept from before.
func (s *saving) hides(entries []breach.Entry) bool {
	return slices.ContainsFunc(entries, func(e breach.Entry) bool { return s.groups.protected[e.ID] })
}

// agreeing are the fields that agree, or nearly so.
func agreeing(fields []resolve.Field) (kinds breach.Kinds) {
	for _, f := range fields {
		if f.How >= resolve.Near {
			kinds |= breach.KindsOf(f.Kind)
		}
	}
	return kinds
}

// contradicted asks about what was said and the registers now say otherwise.
func (s *saving) contradicted(ctx context.Context) (list []store.Question, err error) {
	for _, j := range s.review.against {
		groups := make([][]breach.Entry, 0, 2)
		if j.Says == store.Apart {
			for _, group := range j.Groups {
				var entries []breach.Entry
				for _, m := range group {
					if id, there := s.review.at[m.RegisterKey]; there {
						entries = append(entries, s.index.Entry(id))
					}
				}
				groups = append(groups, entries)
			}
		} else {
			var people []uint32
			for _, id := range s.review.here(j) {
				people = append(people, s.people.Of(id))
			}
			slices.Sort(people)
			for _, p := range slices.Compact(people) {
				groups = append(groups, s.whole(p))
			}
		}
		if len(groups) < 2 || slices.ContainsFunc(groups, func(g []breach.Entry) bool { return len(g) == 0 }) {
			continue // they are one in the registers, too, or one of them is gone
		}
		q, err := s.ofPeople(ctx, store.Contradicted, groups, j.Number)
		if err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	return list, nil
}

// ofPeople makes a question of people.
func (s *saving) ofPeople(ctx context.Context, why string, groups [][]breach.Entry, round int64) (store.Question, error) {
	q := store.Question{Why: why, Judgement: round}
	var all []store.RegisterKey
	for _, entries := range groups {
		var ids []breach.EntryID
		var keys []store.RegisterKey
		for _, e := range entries {
			ids, keys = append(ids, e.ID), append(keys, keyOf(e))
		}
		q.People = append(q.People, int64(s.people.Of(ids[0]))+1)
		q.IDs, q.Entries, all = append(q.IDs, ids), append(q.Entries, keys), append(all, keys...)
	}
	var err error
	q.Key, err = s.d.Store.PeopleKey(ctx, s.g, all, round)
	return q, err
}
