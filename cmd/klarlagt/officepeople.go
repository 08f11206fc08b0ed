package main

import (
	"context"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// beside is people who are held against each other, as they are shown.
type beside struct {
	people []besidePerson
	fields []casework.BesideField // of two; none where an identity is protected
	hidden bool

	desk casework.Beside // where they are held: at the desk of a data folder,
	seen string          // or on a server
}

// besidePerson is one of them. Entries are named by the keys of registers; by a
// server, which tells those to nobody, by number: "customers:e7".
type besidePerson struct {
	id      string
	exposed bool
	entries []string
}

// hand is what was said of who is one person.
type hand struct {
	store.Judgement
	text string // the sentence, where a server says it
}

// peopleOffice is where it is said who is one person.
type peopleOffice interface {
	HoldBeside(ctx context.Context, id store.CaseID, who ...string) (beside, error)
	SayOfPeople(ctx context.Context, id store.CaseID, b beside, says store.Says, off []string, why string) (int64, error)
	AnswerPeople(ctx context.Context, id store.CaseID, number int64, says store.Says, why string) error
	Hands(ctx context.Context, id store.CaseID) ([]hand, error)
	TakeBackHand(ctx context.Context, id store.CaseID, number int64) error
}

// HoldBeside holds people against each other.
func (h here) HoldBeside(ctx context.Context, id store.CaseID, who ...string) (beside, error) {
	g, err := h.may(ctx, id, auth.Judge)
	if err != nil {
		return beside{}, err
	}
	b, err := h.Beside(ctx, g, who...)
	out := beside{fields: b.Fields, hidden: b.Hidden, desk: b}
	for _, s := range b.Sides {
		p := besidePerson{id: s.ID(), exposed: s.Exposed, entries: []string{}}
		for _, e := range s.Entries {
			p.entries = append(p.entries, e.Register+":"+e.Key.Reveal())
		}
		out.people = append(out.people, p)
	}
	return out, err
}

// SayOfPeople says that two are one; or that one is two, of whom entries are the
// other's.
func (h here) SayOfPeople(ctx context.Context, id store.CaseID, b beside, says store.Says, off []string, why string) (int64, error) {
	g, err := h.may(ctx, id, auth.Judge)
	if err != nil {
		return 0, err
	}
	if says == store.Same {
		j, err := h.Merge(ctx, g, b.desk, why)
		return j.Number, err
	}
	var other []breach.EntryID
	for _, key := range off {
		entry, there := b.desk.Sides[0].Entry(key)
		if !there {
			return 0, &breach.Refusal{Key: "refusal.split-entries"}
		}
		other = append(other, entry)
	}
	j, err := h.Split(ctx, g, b.desk, other, why)
	return j.Number, err
}

// AnswerPeople answers a question of people.
func (h here) AnswerPeople(ctx context.Context, id store.CaseID, number int64, says store.Says, why string) error {
	g, err := h.may(ctx, id, auth.Judge)
	if err == nil {
		_, err = h.JudgePeople(ctx, g, number, says, why)
	}
	return err
}

// Hands lists what holds of what was said.
func (h here) Hands(ctx context.Context, id store.CaseID) (hands []hand, err error) {
	g, err := h.may(ctx, id, auth.Judge)
	if err != nil {
		return nil, err
	}
	list, err := h.SaidOfPeople(ctx, g)
	for _, j := range list {
		hands = append(hands, hand{Judgement: j})
	}
	return hands, err
}

// TakeBackHand takes back what was said, by its number.
func (h here) TakeBackHand(ctx context.Context, id store.CaseID, number int64) error {
	g, err := h.may(ctx, id, auth.Judge)
	if err == nil {
		_, err = h.UnjudgePeople(ctx, g, number)
	}
	return err
}

// kept finds what was just said.
func kept(hands []hand, number int64) (hand, bool) {
	at := slices.IndexFunc(hands, func(h hand) bool { return h.Number == number })
	if at < 0 { // somebody has taken it back already
		return hand{}, false
	}
	return hands[at], true
}
