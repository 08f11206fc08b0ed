package web

import (
	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

type (
	apiQuestion struct {
		Number   int64    `json:"number"`
		Where    string   `json:"where"`
		Kinds    []string `json:"kinds" nullable:"false"`
		People   []string `json:"people" nullable:"false" doc:"Ids of those whom it may be about, or who may be one person."`
		Why      string   `json:"why"`
		Answered bool     `json:"answered" doc:"The answered ones were asked for."`
		Evidence string   `json:"evidence" doc:"The path of the file; it may hold names."`
		Place    string   `json:"place" doc:"Where in it."`
		Reason   string   `json:"reason" doc:"The sort of reason, for programs."`
		By       []string `json:"by" nullable:"false" doc:"The kinds of data by which it points to them."`
		Chance   float64  `json:"probability"`
	}
	apiQuestions struct {
		Questions []apiQuestion `json:"questions" nullable:"false"`
		All       int64         `json:"all"`
		Next      int64         `json:"next,omitempty" doc:"What to give as after, for those that follow."`
	}
)

func reviewOperations(a *api) {
	reads(a, "/cases/{case}/review", auth.Judge, "review-list", "What somebody should judge: uncertain findings, and people who may be one", apiListQuestions)
	reads(a, "/cases/{case}/review/{id}", auth.Judge, "review-show", "One of them", apiShowQuestion)
	acts(a, "/cases/{case}/review/{id}", auth.Judge, "review-judge", "Say whose an uncertain finding is, or whether people are one", apiJudge)
	acts(a, "/cases/{case}/review/{id}/undo", auth.Judge, "review-undo", "Take back what was said last", apiUnjudge)
}

type reviewIn struct {
	Case     string `path:"case" doc:"The case's number."`
	After    int64  `query:"after" minimum:"0"`
	Answered bool   `query:"answered" doc:"Those that were answered, instead of those that wait."`
	Every    bool   `query:"every" doc:"Both."`
}

func apiListQuestions(v *visit, in *reviewIn) (apiQuestions, error) {
	waits := store.Unanswered
	switch {
	case in.Every:
		waits = store.EveryQuestion
	case in.Answered:
		waits = store.Answered
	}
	list, all, err := v.tenant.Questions(v.Context(), v.grant, waits, in.After, reviewList)
	out := apiQuestions{Questions: []apiQuestion{}, All: all}
	for _, q := range list {
		out.Questions = append(out.Questions, v.apiQuestion(q, in.Answered && !in.Every))
	}
	if len(list) == reviewList {
		out.Next = list[len(list)-1].Number
	}
	return out, err
}

func (v *visit) apiQuestion(q store.Question, answered bool) apiQuestion {
	line := v.questionLine(casePage{}, q)
	out := apiQuestion{Number: q.Number, Where: line.Where, Kinds: append([]string{}, q.Kinds.Strings()...), People: []string{}, Why: line.Why, Answered: answered,
		Evidence: casework.DisplayPath(q.Path), Place: q.Place.Follow("en"), Reason: q.Why, By: append([]string{}, q.WhyKinds.Strings()...), Chance: q.Probability}
	for _, n := range q.People {
		out.People = append(out.People, string(store.Person{Number: n}.ID()))
	}
	return out
}

type judgeIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id" doc:"A question's number."`
	Body struct {
		Is     string `json:"is" doc:"The id of the person whose it is; \"none\" where it is nobody's of those asked about. Where the question is who is one person: \"same\", \"apart\", or where registers contradict it \"withdrawn\"."`
		Reason string `json:"reason" maxLength:"2000"`
	}
}

func apiJudge(v *visit, in *judgeIn) (apiNumber, error) {
	q, err := v.question()
	if err != nil {
		return apiNumber{}, err
	}
	switch says := store.Says(in.Body.Is); says {
	case store.Same, store.Apart, store.Withdrawn:
		j, err := v.desk().JudgePeople(v.Context(), v.grant, q.Number, says, in.Body.Reason)
		return apiNumber{j.Number}, err
	}
	person := int64(0)
	if in.Body.Is != "none" {
		if person, _ = store.ParsePersonID(in.Body.Is); person == 0 {
			return apiNumber{}, &breach.Refusal{Key: "refusal.judgement-person"}
		}
	}
	j, err := v.desk().Judge(v.Context(), v.grant, q.Number, person, in.Body.Reason)
	return apiNumber{j.Number}, err
}

type questionIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id" doc:"A question's number."`
}

func apiUnjudge(v *visit, _ *questionIn) (apiNumber, error) {
	q, err := v.question()
	if err != nil {
		return apiNumber{}, err
	}
	j, err := v.desk().Unjudge(v.Context(), v.grant, q.Number)
	return apiNumber{j.Number}, err
}

func apiShowQuestion(v *visit, _ *questionIn) (apiQuestion, error) {
	q, err := v.question()
	if err != nil {
		return apiQuestion{}, err
	}
	said, err := v.tenant.JudgementsOf(v.Context(), v.grant, q.Key)
	return v.apiQuestion(q, len(said) > 0 && said[len(said)-1].Says != store.Undone), err
}
