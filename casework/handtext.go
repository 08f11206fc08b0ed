package casework

import (
	"context"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// Hands gives the judgements of people that have these numbers: those by which
// somebody is who they are, see [store.Portrait].
func Hands(ctx context.Context, s *store.Store, g auth.Grant, numbers []int64) ([]store.Judgement, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	list, err := s.Judgements(ctx, g)
	return slices.DeleteFunc(list, func(j store.Judgement) bool { return !slices.Contains(numbers, j.Number) }), err
}

// HandsOf gives the judgements by which somebody is who they are.
func (d *Desk) HandsOf(ctx context.Context, id store.CaseID, p Someone) ([]store.Judgement, error) {
	g, err := d.grant(ctx, id, auth.Explain)
	if err != nil {
		return nil, err
	}
	of, err := d.Store.Portraits(ctx, g, p.Number)
	if err != nil {
		return nil, err
	}
	return Hands(ctx, d.Store, g, of[p.Number].Hands)
}

// HandText says in a sentence what somebody said of people: what, when, who, in
// which role, and why. Whoever it was is called by a name, where one is known.
func HandText(j store.Judgement, by string, say *locale.Printer) string {
	if j.Role != "" {
		by += " (" + say.T("role."+j.Role) + ")"
	}
	text := say.Text("hand."+string(j.Says), map[string]any{"Time": say.Time(j.At), "By": by, "Why": j.Why})
	if j.Guarded {
		text += " " + say.T("hand.guarded")
	}
	return text
}

// QuestionText says in a sentence why people are asked about.
func QuestionText(q store.Question, say *locale.Printer) string {
	var fields []string
	for _, k := range q.WhyKinds.List() {
		fields = append(fields, k.Title(say.Lang()))
	}
	return say.Text("question."+q.Why, map[string]any{"Fields": say.List(fields)})
}
