package casework

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
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
	known  map[store.RegisterKey]uint32 // who the entries are that judgements name
}

func (d *Desk) review(ctx context.Context, g auth.Grant, x *register.Index, people *resolve.People) (*review, error) {
	v := &review{said: map[store.QuestionKey]store.Judgement{}, known: map[store.RegisterKey]uint32{}}
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
	}
	if len(wanted) == 0 {
		return v, nil
	}
	for n := range x.Len() {
		e := x.Entry(breach.EntryID(n))
		if key := (store.RegisterKey{Register: e.Register, Key: e.Key}); wanted[key] {
			v.known[key] = people.Of(e.ID)
		}
	}
	return v, nil
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
	r.ask(key, l)
	j, judged := r.review.said[key]
	if !judged || j.Says == store.Undone {
		return l, true, nil
	}
	if j.Says == store.IsNone {
		return l, false, nil
	}
	for _, of := range j.Of {
		if p, there := r.review.known[of]; there {
			return confirmed(l, p), true, nil
		}
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
			e := r.index.Entry(id)
			keys = append(keys, store.RegisterKey{Register: e.Register, Key: e.Key})
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

// questions writes what is asked: what is nearly settled first, and the same
// document together.
func (s *saving) questions() error {
	slices.SortStableFunc(s.review.asks, func(a, b store.Question) int {
		return cmp.Or(cmp.Compare(len(a.People), len(b.People)), strings.Compare(a.Path, b.Path), a.Place.Compare(b.Place))
	})
	for i := range s.review.asks {
		s.review.asks[i].Number = int64(i) + 1
		if err := s.w.Question(s.review.asks[i]); err != nil {
			return err
		}
	}
	s.result.Beyond = s.review.beyond
	return nil
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
	why = strings.Join(strings.Fields(why), " ")
	if why == "" || len(why) > mostReason {
		return store.Judgement{}, &breach.Refusal{Key: "refusal.judgement-reason", Args: map[string]any{"Most": mostReason}}
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
	if len(list) == 0 || list[len(list)-1].Says == store.Undone {
		return store.Judgement{}, &breach.Refusal{Key: "refusal.nothing-judged"}
	}
	return d.Store.Judge(ctx, g, store.Judgement{Key: q.Key, Says: store.Undone})
}
