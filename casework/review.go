package casework

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/resolve"
	"github.com/klarlagt/klarlagt/store"
)

// unsure is the probability below which a link to one person is asked about.
const unsure = 0.95

// MostQuestions bounds what is asked of one resolve; what is beyond is counted.
const MostQuestions = 10_000

// review gathers what a resolve asks people about, and applies what they said.
type review struct {
	said   map[store.QuestionKey]store.Judgement // the newest of each question
	asks   []store.Question
	beyond int64
	at     map[store.RegisterKey]breach.EntryID // the entries that judgements name
	known  map[store.RegisterKey]uint32         // who they are

	peopleReview
}

func (d *Desk) review(ctx context.Context, g auth.Grant, x *registers) (*review, error) {
	v := &review{said: map[store.QuestionKey]store.Judgement{}, at: map[store.RegisterKey]breach.EntryID{}, known: map[store.RegisterKey]uint32{}}
	list, err := d.Store.Judgements(ctx, g)
	if err != nil {
		return nil, err
	}
	wanted := map[store.RegisterKey]bool{}
	for _, j := range list {
		v.said[j.Key] = j
		for _, of := range j.Of {
			wanted[of] = true
		}
		for _, m := range slices.Concat(j.Groups...) {
			wanted[m.RegisterKey] = true
		}
	}
	for n := range x.Len() {
		if len(wanted) == 0 {
			break
		}
		if e := x.Entry(breach.EntryID(n)); wanted[keyOf(e)] {
			v.at[keyOf(e)] = e.ID
		}
	}
	v.tie(x, holding(list))
	return v, nil
}

// who gives the people whom a judgement names, in order.
func (v *review) who(of []store.RegisterKey) (people []uint32) {
	for _, key := range of {
		if p, there := v.known[key]; there {
			people = append(people, p)
		}
	}
	slices.Sort(people)
	return slices.Compact(people)
}

// uncertain reports whether a link is one to ask about: one of several people is
// meant, or something speaks against the one.
func uncertain(l resolve.Link) bool {
	if l.Trace() || len(l.Persons) == 0 {
		return false
	}
	switch l.Why.Reason {
	case resolve.OneOf, resolve.ByNumberAgainst, resolve.ByValueAgainst, resolve.ByNearNumber:
		return true
	}
	return l.Probability < unsure
}

// settle asks about a link that is uncertain, and gives it as people have judged
// it; keep is false where they said that it is nobody's.
func (r *resolving) settle(ctx context.Context, l resolve.Link) (_ resolve.Link, keep bool, err error) {
	if !uncertain(l) || len(r.at.lies) == 0 || len(r.at.lies[0].Hash) == 0 {
		return l, true, nil
	}
	_, ordinal := store.MemberOf(r.at.evidence)
	key, err := r.d.Store.QuestionKey(ctx, r.g, r.at.lies[0].Hash, ordinal, l.Place)
	if err != nil {
		return l, false, err
	}
	j, judged := r.review.said[key]
	for judged && j.Says == store.IsOne && len(r.review.who(j.Of)) > 1 { // whom somebody meant is two people since: which of them?
		if key, err = r.d.Store.Again(ctx, r.g, key, j.Number); err != nil {
			return l, false, err
		}
		j, judged = r.review.said[key]
	}
	r.ask(key, l)
	switch {
	case !judged || j.Says == store.Undone:
		return l, true, nil
	case j.Says == store.IsNone:
		return l, false, nil
	}
	if who := r.review.who(j.Of); len(who) == 1 {
		return confirmed(l, who[0]), true, nil
	}
	return l, true, nil // whoever it was is in no register any more
}

// confirmed is a link as somebody judged it. It is likely at best: the evidence
// itself did not settle it.
func confirmed(l resolve.Link, person uint32) resolve.Link {
	l.Persons = []uint32{person}
	l.Probability = 0.99
	l.Why = resolve.Why{Reason: resolve.Judged, Fields: l.Why.Fields, Candidates: 1}
	l.Kinds = slices.Clone(l.Kinds)
	for i := range l.Kinds {
		l.Kinds[i].Grade = breach.Likely
	}
	return l
}

// ask notes a question, unless somebody with a protected identity may be meant:
// no list has those.
func (r *resolving) ask(key store.QuestionKey, l resolve.Link) {
	q := store.Question{Key: key, Path: r.at.paths[0], Place: l.Place, Why: string(l.Why.Reason), WhyKinds: l.Why.Fields, Probability: l.Probability}
	q.Place.Evidence = r.at.evidence
	for _, k := range l.Kinds {
		q.Kinds |= breach.KindsOf(k.Kind)
	}
	for _, p := range l.Persons {
		var keys []store.RegisterKey
		for _, id := range r.people.Entries(p) {
			if r.groups.protected[id] {
				return
			}
			keys = append(keys, keyOf(r.index.Entry(id)))
		}
		q.People = append(q.People, int64(p)+1)
		q.Entries = append(q.Entries, keys)
	}
	if len(r.review.asks) >= MostQuestions {
		r.review.beyond++
		return
	}
	r.review.asks = append(r.review.asks, q)
}

// questions writes what is asked: what contradicts the registers first; of places
// what is nearly settled, and the same document together; and then people who are
// alike.
func (s *saving) questions(ctx context.Context) error {
	slices.SortStableFunc(s.review.asks, func(a, b store.Question) int {
		return cmp.Or(cmp.Compare(len(a.People), len(b.People)), strings.Compare(a.Path, b.Path), a.Place.Compare(b.Place))
	})
	against, err := s.contradicted(ctx)
	if err != nil {
		return err
	}
	alike, err := s.alike(ctx)
	if err != nil {
		return err
	}
	s.result.Beyond, s.result.FirstAlike = s.review.beyond, int64(len(against)+len(s.review.asks))+1
	for i, q := range slices.Concat(against, s.review.asks, alike) {
		q.Number = int64(i) + 1
		if err := s.w.Question(q); err != nil {
			return err
		}
	}
	return s.w.Summary(guardedSummary, s.review.guarded)
}

// mostReason is how long the reason of a judgement may be, in bytes.
const mostReason = 2000

// Judge keeps what one says of a question: it is the person of that number, or
// with zero none of them. The next resolve applies it.
func (d *Desk) Judge(ctx context.Context, g auth.Grant, number, person int64, why string) (store.Judgement, error) {
	q, err := d.Store.QuestionNumbered(ctx, g, number)
	if err != nil {
		return store.Judgement{}, err
	}
	if why, err = reasoned(why); err != nil {
		return store.Judgement{}, err
	}
	if q.OfPeople() {
		return store.Judgement{}, &breach.Refusal{Key: "refusal.judgement-of-people"}
	}
	j := store.Judgement{Key: q.Key, Says: store.IsNone, Why: why}
	if person != 0 {
		at := slices.Index(q.People, person)
		if at < 0 {
			return j, &breach.Refusal{Key: "refusal.judgement-person"}
		}
		j.Says, j.Of = store.IsOne, q.Entries[at]
	}
	return d.Store.Judge(ctx, g, j)
}

// Unjudge takes back what was said of a question last.
func (d *Desk) Unjudge(ctx context.Context, g auth.Grant, number int64) (store.Judgement, error) {
	q, err := d.Store.QuestionNumbered(ctx, g, number)
	if err != nil {
		return store.Judgement{}, err
	}
	list, err := d.Store.JudgementsOf(ctx, g, q.Key)
	if err != nil {
		return store.Judgement{}, err
	}
	if len(list) == 0 || list[len(list)-1].Says == store.Undone || list[len(list)-1].Says == store.Withdrawn {
		return store.Judgement{}, &breach.Refusal{Key: "refusal.nothing-judged"}
	}
	return d.Store.Judge(ctx, g, store.Judgement{Key: q.Key, Says: store.Undone})
}

// reasoned is the reason that a judgement cannot be without.
func reasoned(why string) (string, error) {
	why = strings.Join(strings.Fields(why), " ")
	if why == "" || len(why) > mostReason {
		return "", &breach.Refusal{Key: "refusal.judgement-reason", Args: map[string]any{"Most": mostReason}}
	}
	return why, nil
}
