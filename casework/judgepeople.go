package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Merge keeps that people who are held beside each other are one. The next
// resolve applies it.
func (d *Desk) Merge(ctx context.Context, g auth.Grant, b Beside, why string) (store.Judgement, error) {
	if len(b.Sides) < 2 || b.Sides[0].Person == b.Sides[1].Person {
		return store.Judgement{}, &breach.Refusal{Key: "refusal.one-already"}
	}
	return d.sayOfPeople(ctx, g, store.Judgement{Says: store.Same, Groups: [][]store.Meant{meantOf(b.Sides...)}, Why: why}, 0)
}

// KeepApart keeps that two people who are held beside each other are two.
func (d *Desk) KeepApart(ctx context.Context, g auth.Grant, b Beside, why string) (store.Judgement, error) {
	if len(b.Sides) != 2 || b.Sides[0].Person == b.Sides[1].Person {
		return store.Judgement{}, &breach.Refusal{Key: "refusal.one-already"}
	}
	return d.sayOfPeople(ctx, g, store.Judgement{Says: store.Apart, Groups: [][]store.Meant{meantOf(b.Sides[0]), meantOf(b.Sides[1])}, Why: why}, 0)
}

// Split keeps that a person is two: those of the entries that other names are
// somebody else's. If the identity was protected, both stay protected as long as
// a register protects either.
func (d *Desk) Split(ctx context.Context, g auth.Grant, b Beside, other []breach.EntryID, why string) (store.Judgement, error) {
	if len(b.Sides) != 1 || len(b.Sides[0].Entries) < 2 {
		return store.Judgement{}, &breach.Refusal{Key: "refusal.one-entry"}
	}
	whole := b.Sides[0]
	var stays, goes Side
	for _, e := range whole.Entries {
		if slices.Contains(other, e.ID) {
			goes.Entries = append(goes.Entries, e)
		} else {
			stays.Entries = append(stays.Entries, e)
		}
	}
	if len(stays.Entries) == 0 || len(goes.Entries) == 0 || len(goes.Entries) != len(other) {
		return store.Judgement{}, &breach.Refusal{Key: "refusal.split-entries"}
	}
	return d.sayOfPeople(ctx, g, store.Judgement{Says: store.Apart, Groups: [][]store.Meant{meantOf(stays), meantOf(goes)}, Guarded: protected(whole.Entries), Why: why}, 0)
}

// JudgePeople answers a question of people: that they are one, or two, or where
// the registers contradict what was said, that it is taken back.
func (d *Desk) JudgePeople(ctx context.Context, g auth.Grant, number int64, says store.Says, why string) (store.Judgement, error) {
	q, err := d.Store.QuestionNumbered(ctx, g, number)
	if err != nil {
		return store.Judgement{}, err
	}
	if !q.OfPeople() || says == store.Withdrawn && q.Judgement == 0 {
		return store.Judgement{}, &breach.Refusal{Key: "refusal.judgement-of-place"}
	}
	b, err := d.BesideAsked(ctx, g, q)
	if err != nil {
		return store.Judgement{}, err
	}
	j := store.Judgement{Key: q.Key, Says: says, Why: why}
	switch says {
	case store.Same:
		j.Groups = [][]store.Meant{meantOf(b.Sides...)}
	case store.Apart:
		for _, s := range b.Sides {
			j.Groups = append(j.Groups, meantOf(s))
		}
	case store.Withdrawn:
	default:
		return store.Judgement{}, &breach.Refusal{Key: "refusal.judgement-of-place"}
	}
	return d.sayOfPeople(ctx, g, j, q.Judgement)
}

// UnjudgePeople takes back what was said of people, by its number.
func (d *Desk) UnjudgePeople(ctx context.Context, g auth.Grant, number int64) (store.Judgement, error) {
	list, err := d.Store.Judgements(ctx, g)
	if err != nil {
		return store.Judgement{}, err
	}
	for _, j := range holding(list) {
		if j.Number == number {
			return d.Store.Judge(ctx, g, store.Judgement{Key: j.Key, Says: store.Undone})
		}
	}
	return store.Judgement{}, &breach.Refusal{Key: "refusal.nothing-judged"}
}

// SaidOfPeople lists what holds of what was said of people, oldest first.
func (d *Desk) SaidOfPeople(ctx context.Context, g auth.Grant) ([]store.Judgement, error) {
	list, err := d.Store.Judgements(ctx, g)
	return holding(list), err
}

func meantOf(sides ...Side) (group []store.Meant) {
	for _, s := range sides {
		for _, e := range s.Entries {
			group = append(group, meant(e))
		}
	}
	return group
}

// sayOfPeople keeps a judgement, in place of the one of the number before; 0 for
// none. What contradicts one that holds is refused.
func (d *Desk) sayOfPeople(ctx context.Context, g auth.Grant, j store.Judgement, before int64) (store.Judgement, error) {
	var err error
	if j.Why, err = reasoned(j.Why); err != nil {
		return j, err
	}
	j.Role = d.roleFor(g.Action())
	if j.Key == (store.QuestionKey{}) {
		var keys []store.RegisterKey
		for _, m := range slices.Concat(j.Groups...) {
			keys = append(keys, m.RegisterKey)
		}
		if j.Key, err = d.Store.PeopleKey(ctx, g, keys, 0); err != nil {
			return j, err
		}
	}
	list := []store.Judgement{j}
	said, err := d.Store.Judgements(ctx, g)
	if err != nil {
		return j, err
	}
	for _, old := range holding(said) {
		if before != 0 && old.Number == before {
			list = append(list, store.Judgement{Key: old.Key, Says: store.Undone})
		}
	}
	list, err = d.Store.JudgeAll(ctx, g, func(said []store.Judgement) error { return agrees(said, j, before) }, list...)
	return list[0], err
}

// roleFor is in which of their roles whoever acts may do so; "" at the console.
func (d *Desk) roleFor(a auth.Action) string {
	rule, _ := auth.RuleFor(a)
	for _, r := range d.Who.Roles {
		if slices.Contains(rule.Roles, r) {
			return string(r)
		}
	}
	return ""
}

// holding gives the judgements of people that hold, oldest first: the newest of
// each question, unless it takes another back.
func holding(list []store.Judgement) (holds []store.Judgement) {
	newest := map[store.QuestionKey]int64{}
	for _, j := range list {
		newest[j.Key] = j.Number
	}
	for _, j := range list {
		if newest[j.Key] == j.Number && (j.Says == store.Same || j.Says == store.Apart) {
			holds = append(holds, j)
		}
	}
	return holds
}

// agrees refuses a judgement that those which hold contradict, and names them;
// and one that says no more than one of them. The one of the number before counts
// no more.
func agrees(said []store.Judgement, j store.Judgement, before int64) error {
	holds := slices.DeleteFunc(holding(said), func(h store.Judgement) bool { return h.Number == before })
	for _, h := range holds {
		if h.Key == j.Key && h.Says == j.Says && sameGroups(h, j) {
			return &breach.Refusal{Key: "refusal.said-already", Args: naming(h)}
		}
	}
	if consistent(append(slices.Clone(holds), j)) {
		return nil
	}
	for i, h := range holds {
		if consistent(append(slices.Delete(slices.Clone(holds), i, i+1), j)) {
			return &breach.Refusal{Key: "refusal.judgement-contradicts", Args: naming(h)}
		}
	}
	return &breach.Refusal{Key: "refusal.judgements-contradict"}
}

// naming says which judgement, whose, and of when.
func naming(j store.Judgement) map[string]any {
	return map[string]any{"Number": fmt.Sprint(j.Number), "By": j.By, "Time": j.At.Format(time.DateTime + " MST"), "Why": j.Why}
}

func sameGroups(a, b store.Judgement) bool {
	text := func(j store.Judgement) (list []string) {
		for _, group := range j.Groups {
			var keys []string
			for _, m := range group {
				keys = append(keys, m.Register+"\x00"+m.Key.Reveal())
			}
			slices.Sort(keys)
			list = append(list, strings.Join(keys, "\x00"))
		}
		slices.Sort(list)
		return list
	}
	return slices.Equal(text(a), text(b))
}

// consistent reports whether judgements can all be true.
func consistent(list []store.Judgement) bool {
	of := map[store.RegisterKey]store.RegisterKey{}
	var root func(k store.RegisterKey) store.RegisterKey
	root = func(k store.RegisterKey) store.RegisterKey {
		if up, ok := of[k]; ok && up != k {
			of[k] = root(up)
			return of[k]
		}
		return k
	}
	for _, j := range list {
		for _, group := range j.Groups {
			for _, m := range group {
				of[root(m.RegisterKey)] = root(group[0].RegisterKey)
			}
		}
	}
	for _, j := range list {
		for i, group := range j.Groups {
			for _, other := range j.Groups[:i] {
				if root(group[0].RegisterKey) == root(other[0].RegisterKey) {
					return false
				}
			}
		}
	}
	return true
}
