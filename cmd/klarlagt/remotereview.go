package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// remoteQuestion is an uncertain link as the API has it.
type remoteQuestion struct {
	Number                  int64
	Evidence, Place, Reason string
	Kinds, By, People       []string
	Probability             float64
}

func (q remoteQuestion) shown() question {
	return question{q.Number, q.Evidence, q.Place, kindsNamed(q.Kinds), q.Reason, kindsNamed(q.By), q.Probability, q.People}
}

func kindsNamed(names []string) (kinds breach.Kinds) {
	for _, name := range names {
		if k, ok := breach.ParseKind(name); ok {
			kinds |= breach.KindsOf(k)
		}
	}
	return kinds
}

// Questions lists those that wait for somebody, or all, and counts them.
func (r *remote) Questions(ctx context.Context, id store.CaseID, all bool, limit int) (list []question, count int64, err error) {
	for after := int64(0); ; {
		var got struct {
			Questions []remoteQuestion
			All, Next int64
		}
		if err := r.ask(ctx, http.MethodGet, caseAt(id, fmt.Sprintf("/review?after=%d&every=%t", after, all)), nil, &got); err != nil {
			return nil, 0, err
		}
		if after == 0 {
			count = got.All
		}
		for _, q := range got.Questions {
			list = append(list, q.shown())
		}
		if after = got.Next; after == 0 || len(list) >= limit {
			return list[:min(len(list), limit)], count, nil
		}
	}
}

// Question finds one.
func (r *remote) Question(ctx context.Context, id store.CaseID, number int64) (question, error) {
	var got remoteQuestion
	err := r.ask(ctx, http.MethodGet, caseAt(id, fmt.Sprintf("/review/%d", number)), nil, &got)
	return got.shown(), err
}

// Judge says whose an uncertain finding is; of nobody, for person 0.
func (r *remote) Judge(ctx context.Context, id store.CaseID, number, person int64, why string) error {
	is := "none"
	if person != 0 {
		is = string(store.Person{Number: person}.ID())
	}
	var made struct{ Number int64 }
	return r.ask(ctx, http.MethodPost, caseAt(id, fmt.Sprintf("/review/%d", number)), map[string]string{"is": is, "reason": why}, &made)
}

// Unjudge takes back what was said last.
func (r *remote) Unjudge(ctx context.Context, id store.CaseID, number int64) error {
	var made struct{ Number int64 }
	return r.ask(ctx, http.MethodPost, caseAt(id, fmt.Sprintf("/review/%d/undo", number)), map[string]any{}, &made)
}
