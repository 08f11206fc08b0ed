package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// remoteBeside is people beside each other as the API has them.
type remoteBeside struct {
	People []struct {
		ID      string
		Exposed bool
		Entries []struct {
			Entry    uint32
			Register string
		}
	}
	Fields []struct {
		Kind, How string
		Has       [2]bool
	}
	Hidden bool
	Seen   string
}

func (r remoteBeside) shown() beside {
	b := beside{hidden: r.Hidden, seen: r.Seen}
	for _, p := range r.People {
		one := besidePerson{id: p.ID, exposed: p.Exposed, entries: []string{}}
		for _, e := range p.Entries {
			one.entries = append(one.entries, fmt.Sprintf("%s:e%d", e.Register, e.Entry))
		}
		b.people = append(b.people, one)
	}
	for _, f := range r.Fields {
		if kind, ok := breach.ParseKind(f.Kind); ok {
			b.fields = append(b.fields, casework.BesideField{Kind: kind, How: f.How, Has: f.Has})
		}
	}
	return b
}

// HoldBeside holds people against each other.
func (r *remote) HoldBeside(ctx context.Context, id store.CaseID, who ...string) (beside, error) {
	var got remoteBeside
	q := url.Values{"of": who[:1]}
	if len(who) > 1 {
		q.Set("with", strings.Join(who[1:], ","))
	}
	err := r.ask(ctx, http.MethodGet, caseAt(id, "/review/people?"+q.Encode()), nil, &got)
	return got.shown(), err
}

// SayOfPeople says that two are one; or that one is two, of whom entries are the
// other's.
func (r *remote) SayOfPeople(ctx context.Context, id store.CaseID, b beside, says store.Says, off []string, why string) (int64, error) {
	body := map[string]any{"of": b.people[0].id, "is": says, "seen": b.seen, "reason": why}
	var with []string
	for _, p := range b.people[1:] {
		with = append(with, p.id)
	}
	if len(with) > 0 {
		body["with"] = with
	}
	if says == store.Apart {
		other := []uint32{}
		for _, name := range off {
			number, ours := strings.CutPrefix(name[strings.LastIndex(name, ":")+1:], "e")
			n, err := strconv.ParseUint(number, 10, 32)
			if err != nil || !ours {
				return 0, &breach.Refusal{Key: "refusal.split-entries"}
			}
			other = append(other, uint32(n))
		}
		body["other"] = other
	}
	var made struct{ Number int64 }
	err := r.ask(ctx, http.MethodPost, caseAt(id, "/review/people"), body, &made)
	return made.Number, err
}

// AnswerPeople answers a question of people.
func (r *remote) AnswerPeople(ctx context.Context, id store.CaseID, number int64, says store.Says, why string) error {
	var made struct{ Number int64 }
	return r.ask(ctx, http.MethodPost, caseAt(id, fmt.Sprintf("/review/%d", number)), map[string]any{"is": says, "reason": why}, &made)
}

// Hands lists what holds of what was said.
func (r *remote) Hands(ctx context.Context, id store.CaseID) (hands []hand, err error) {
	var got struct {
		Said []struct {
			Number              int64
			Says, By, Role, Why string
			At                  time.Time
			Guarded             bool
			Text                string
		}
	}
	err = r.ask(ctx, http.MethodGet, caseAt(id, "/review/people/said"), nil, &got)
	for _, s := range got.Said {
		hands = append(hands, hand{store.Judgement{Number: s.Number, Says: store.Says(s.Says), At: s.At, By: s.By, Role: s.Role, Why: s.Why, Guarded: s.Guarded}, s.Text})
	}
	return hands, err
}

// TakeBackHand takes back what was said, by its number.
func (r *remote) TakeBackHand(ctx context.Context, id store.CaseID, number int64) error {
	var made struct{ Number int64 }
	return r.ask(ctx, http.MethodPost, caseAt(id, fmt.Sprintf("/review/people/%d/undo", number)), map[string]any{}, &made)
}
