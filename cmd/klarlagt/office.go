package main

import (
	"context"
	"io"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// office is where a command's work is done: at the desk of a data folder, or on a
// server. A command that takes it works the same on both.
type office interface {
	Case(ctx context.Context, id string) (store.Case, error)
	Open(ctx context.Context, title string) (store.Case, error)
	Known(ctx context.Context, id store.CaseID, at time.Time) (casework.Known, error)
	Dossier(ctx context.Context, id store.CaseID, at time.Time) (casework.Dossier, error)
	Enter(ctx context.Context, id store.CaseID, in casework.Entering) (breach.Fact, error)
	TakeBack(ctx context.Context, id store.CaseID, sort, item string, base int64, why string) (breach.Fact, error)
	TakePlaybook(ctx context.Context, id store.CaseID, how casework.Typed) (int, error)
	TakeCohorts(ctx context.Context, id store.CaseID, protected string, how casework.Typed) (int, error)
	Decide(ctx context.Context, id store.CaseID, d breach.Decision) (breach.Decision, error)
	Lists(ctx context.Context, id store.CaseID) ([]store.List, error)
	Notices(ctx context.Context, id store.CaseID) ([]casework.Notice, error)
	Notice(ctx context.Context, id store.CaseID, notice breach.NoticeID) (casework.Notice, error)
	NoticeCounts(ctx context.Context, id store.CaseID, n casework.Notice) (map[int64]map[breach.DeliveryState]int64, error)
	HaltNotice(ctx context.Context, id store.CaseID, n casework.Notice) error

	Result(ctx context.Context, id store.CaseID) (casework.Result, error)
	AccountDeep(ctx context.Context, id store.CaseID, depth int) (casework.Account, error)
	Items(ctx context.Context, id store.CaseID, of itemFilter, f func(accountItem) error) error
	Questions(ctx context.Context, id store.CaseID, all bool, limit int) ([]question, int64, error)
	Question(ctx context.Context, id store.CaseID, number int64) (question, error)
	Judge(ctx context.Context, id store.CaseID, number, person int64, why string) error
	Unjudge(ctx context.Context, id store.CaseID, number int64) error
	Differ(ctx context.Context, id store.CaseID, from, to int64, most int) (casework.Difference, error)
	WriteDraft(ctx context.Context, id store.CaseID, o casework.Drafting, as draftAs, w io.Writer) (casework.Drafted, error)
	File(ctx context.Context, id store.CaseID, s casework.Sending) (breach.Filing, error)
	Receive(ctx context.Context, id store.CaseID, filing int64, number string) (breach.Fact, error)
	WriteNotice(ctx context.Context, id store.CaseID, notice breach.NoticeID, draft casework.NoticeDraft) (casework.Notice, error)
	Register(ctx context.Context, id store.CaseID, file string, o casework.RegisterOptions) (casework.RegisterResult, error)

	peopleOffice
}

// itemFilter picks items of the account.
type itemFilter struct {
	gaps  bool   // what was not read whole
	state string // in this state
}

// accountItem is an item of the account as it is shown.
type accountItem struct {
	path, format string
	size         int64
	breach.Outcome
}

// question is an uncertain link as it is shown.
type question struct {
	Number      int64
	Evidence    string
	Place       string
	Kinds       breach.Kinds
	Why         string
	WhyKinds    breach.Kinds
	Probability float64
	People      []string
}

// draftAs is how a draft is written.
type draftAs struct {
	format string
	bare   bool // without where its answers come from
}

// here is the desk of a data folder.
type here struct{ *casework.Desk }

// AccountDeep counts the account.
func (h here) AccountDeep(ctx context.Context, id store.CaseID, depth int) (casework.Account, error) {
	return h.Desk.AccountDeep(ctx, id, depth, nil)
}

// Items calls f for the items that the filter picks.
func (h here) Items(ctx context.Context, id store.CaseID, of itemFilter, f func(accountItem) error) error {
	_, err := h.Desk.AccountDeep(ctx, id, 1, func(r store.AccountRow) error {
		if of.gaps && !r.Outcome.State.IsGap() || of.state != "" && string(r.Outcome.State) != of.state {
			return nil
		}
		path := r.Path
		if r.Member != "" {
			path += "!/" + r.Member
		}
		return f(accountItem{casework.DisplayPath(path), r.Type, r.Size, r.Outcome})
	})
	return err
}

// may asks for leave to do something in a case.
func (h here) may(ctx context.Context, id store.CaseID, action auth.Action) (auth.Grant, error) {
	return h.Store.Grant(ctx, h.Who, auth.Ask{Action: action, Case: id, Now: auth.Instant{Wall: h.Now()}})
}

// Questions lists those that wait for somebody, or all, and counts them.
func (h here) Questions(ctx context.Context, id store.CaseID, all bool, limit int) ([]question, int64, error) {
	g, err := h.may(ctx, id, auth.Judge)
	if err != nil {
		return nil, 0, err
	}
	waits := store.Unanswered
	if all {
		waits = store.EveryQuestion
	}
	list, count, err := h.Store.Questions(ctx, g, waits, 0, limit)
	var shown []question
	for _, q := range list {
		shown = append(shown, questionOf(q))
	}
	return shown, count, err
}

func questionOf(q store.Question) question {
	x := question{q.Number, casework.DisplayPath(q.Path), q.Place.Follow("en"), q.Kinds, q.Why, q.WhyKinds, q.Probability, nil}
	for _, n := range q.People {
		x.People = append(x.People, string(store.Person{Number: n}.ID()))
	}
	return x
}

// Question finds one.
func (h here) Question(ctx context.Context, id store.CaseID, number int64) (question, error) {
	g, err := h.may(ctx, id, auth.Judge)
	if err != nil {
		return question{}, err
	}
	q, err := h.Store.QuestionNumbered(ctx, g, number)
	return questionOf(q), err
}

// Judge says whose an uncertain finding is; of nobody, for person 0.
func (h here) Judge(ctx context.Context, id store.CaseID, number, person int64, why string) error {
	g, err := h.may(ctx, id, auth.Judge)
	if err == nil {
		_, err = h.Desk.Judge(ctx, g, number, person, why)
	}
	return err
}

// Unjudge takes back what was said last.
func (h here) Unjudge(ctx context.Context, id store.CaseID, number int64) error {
	g, err := h.may(ctx, id, auth.Judge)
	if err == nil {
		_, err = h.Desk.Unjudge(ctx, g, number)
	}
	return err
}

// Differ holds a version of the list against an earlier one.
func (h here) Differ(ctx context.Context, id store.CaseID, from, to int64, most int) (casework.Difference, error) {
	g, err := h.may(ctx, id, auth.ListPeople)
	if err != nil {
		return casework.Difference{}, err
	}
	return h.Desk.Differ(ctx, g, from, to, most)
}

// WriteDraft writes a form as it stands, and tells how far it is.
func (h here) WriteDraft(ctx context.Context, id store.CaseID, o casework.Drafting, as draftAs, w io.Writer) (casework.Drafted, error) {
	d, err := h.Draft(ctx, id, o)
	if err != nil {
		return d, err
	}
	if as.format == "json" {
		raw, err := d.JSON()
		if err == nil {
			_, err = w.Write(raw)
		}
		return d, err
	}
	form := d.Form
	if as.bare {
		form = form.Bare()
	}
	return d, casework.WriteForm(w, form, as.format)
}
