package web

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// reviewList is how many questions a page lists.
const reviewList = 50

// questionsPage lists the questions that wait for somebody, or that were answered.
type questionsPage struct {
	casePage
	Answered  bool
	Questions []questionLine
	All       int64
	Next      string
	Beyond    int64
	Alike     string // where the questions of people who are alike begin
	More      int64  // pairs of them that were not asked about
	Hands     handList
	ByHand    bool // what was said of people is listed, and no questions
	Unapplied bool // something was said since the latest resolve
}

type questionLine struct {
	Number int64
	Path   string
	Where  string
	Kinds  []string
	People int
	Why    string
}

func showQuestions(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	show := v.URL.Query().Get("show")
	p := questionsPage{casePage: base, Answered: show == "answered", ByHand: show == "people"}
	if p.ByHand {
		p.Hands = handList{Case: base.Case.ID, Undo: true}
		said, err := v.desk().SaidOfPeople(v.Context(), v.grant)
		if err == nil {
			p.Hands.Said, err = v.handTexts(said)
		}
		if err == nil {
			err = v.sinceResolve(&p)
		}
		if err != nil {
			return err
		}
		return v.page("review", p)
	}
	waits := store.Unanswered
	if p.Answered {
		waits = store.Answered
	}
	after, _ := strconv.ParseInt(v.URL.Query().Get("after"), 10, 64)
	list, all, err := v.tenant.Questions(v.Context(), v.grant, waits, after, reviewList)
	if err != nil {
		return err
	}
	p.All = all
	for _, q := range list {
		p.Questions = append(p.Questions, v.questionLine(base, q))
	}
	if len(list) == reviewList {
		p.Next = fmt.Sprintf("%s?after=%d", reviewPath(base, 0), list[len(list)-1].Number)
		if p.Answered {
			p.Next += "&show=answered"
		}
	}
	if err := v.sinceResolve(&p); err != nil {
		return err
	}
	return v.page("review", p)
}

// sinceResolve says whether something was said that no resolve has applied.
func (v *visit) sinceResolve(p *questionsPage) error {
	r, err := v.result()
	if err != nil || r == nil {
		return err
	}
	p.Beyond, p.More = r.Beyond, r.AlikeBeyond
	if r.FirstAlike > 1 {
		p.Alike = fmt.Sprintf("%s?after=%d", reviewPath(p.casePage, 0), r.FirstAlike-1)
	}
	at, err := v.tenant.LastJudged(v.Context(), v.grant)
	p.Unapplied = at.After(r.At)
	return err
}

func (v *visit) questionLine(base casePage, q store.Question) questionLine {
	if q.OfPeople() {
		return questionLine{Number: q.Number, Path: reviewPath(base, q.Number), People: len(q.People), Where: v.besideTitle(q), Why: casework.QuestionText(q, v.text)}
	}
	l := questionLine{Number: q.Number, Path: reviewPath(base, q.Number), People: len(q.People), Where: casework.DisplayPath(q.Path) + ", " + q.Place.Title(v.text.Lang()),
		Why: v.why(store.Link{Why: q.Why, WhyKinds: q.WhyKinds, Candidates: int32(len(q.People)), Probability: q.Probability})}
	for _, k := range q.Kinds.List() {
		l.Kinds = append(l.Kinds, k.Title(v.text.Lang()))
	}
	return l
}

// besideTitle names the people of a question by their numbers.
func (v *visit) besideTitle(q store.Question) string {
	var ids []string
	for _, n := range q.People {
		ids = append(ids, string(store.Person{Number: n}.ID()))
	}
	return v.text.List(ids)
}

// reviewPath is where a question is asked; with zero, the list of them.
func reviewPath(base casePage, number int64) string {
	path := "/cases/" + string(base.Case.ID) + "/review"
	if number > 0 {
		path += "/" + strconv.FormatInt(number, 10)
	}
	return path
}

// questionPage is one question, with who it may be and what was said.
type questionPage struct {
	casePage
	questionLine
	Sure    string
	Choices []choice
	Said    []judgedBy
	Open    bool // nothing that holds was said
	Reason  string
	Left    int64
}

// choice is one of those it may be. Key is what chooses it on a keyboard.
type choice struct {
	ID, Key, Path string
	Groups        []string
	Kinds         []exposureWord
}

// judgedBy is what somebody said of a question.
type judgedBy struct {
	At   time.Time
	By   string
	Says store.Says
	Of   string // the person by number; "" where it is none of them any more
	Why  string
}

func showQuestion(v *visit) error { return v.questionForm(nil) }

func (v *visit) questionForm(wrong error) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	q, err := v.question()
	if err != nil {
		return err
	}
	if q.OfPeople() {
		return v.peopleQuestion(base, q, wrong)
	}
	p := questionPage{casePage: base, questionLine: v.questionLine(base, q), Sure: v.chance(q.Probability), Reason: v.PostFormValue("reason")}
	if p.Choices, err = v.choices(base, q); err != nil {
		return err
	}
	if p.Said, err = v.sayings(q); err != nil {
		return err
	}
	p.Open = len(p.Said) == 0 || p.Said[len(p.Said)-1].Says == store.Undone
	if _, p.Left, err = v.tenant.Questions(v.Context(), v.grant, store.Unanswered, 0, 1); err != nil {
		return err
	}
	return v.form("review-question", p, wrong)
}

// question finds the question that the path names.
func (v *visit) question() (store.Question, error) {
	number, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return store.Question{}, errNotThere
	}
	q, err := v.tenant.QuestionNumbered(v.Context(), v.grant, number)
	if isRefusal(err) {
		err = errNotThere
	}
	return q, err
}

func (v *visit) choices(base casePage, q store.Question) ([]choice, error) {
	portraits, err := v.tenant.Portraits(v.Context(), v.grant, q.People...)
	if err != nil {
		return nil, err
	}
	var list []choice
	for i, n := range q.People {
		id := string(store.Person{Number: n}.ID())
		c := choice{ID: id, Path: "/cases/" + string(base.Case.ID) + "/exposure/" + id, Groups: portraits[n].Groups}
		if i < 9 {
			c.Key = strconv.Itoa(i + 1)
		}
		list = append(list, c)
	}
	return list, nil
}

func (v *visit) sayings(q store.Question) (list []judgedBy, err error) {
	said, err := v.tenant.JudgementsOf(v.Context(), v.grant, q.Key)
	if err != nil {
		return nil, err
	}
	names, err := v.colleagues()
	for _, j := range said {
		s := judgedBy{At: j.At, By: names.of(j.By), Says: j.Says, Why: j.Why}
		for i, n := range q.People {
			if j.Says == store.IsOne && len(j.Of) > 0 && len(q.Entries[i]) > 0 && j.Of[0] == q.Entries[i][0] {
				s.Of = string(store.Person{Number: n}.ID())
			}
		}
		list = append(list, s)
	}
	return list, err
}

// judgeQuestion keeps what somebody said, and goes on to the next question.
func judgeQuestion(v *visit) error {
	q, err := v.question()
	if err != nil {
		return err
	}
	if q.OfPeople() {
		base, err := v.theCase()
		if err != nil {
			return err
		}
		return v.judgePeople(base, q)
	}
	person := int64(0)
	if of := v.PostFormValue("is"); of != "none" {
		if person, _ = store.ParsePersonID(of); person == 0 {
			return v.questionForm(&breach.Refusal{Key: "refusal.judgement-person"})
		}
	}
	_, err = v.desk().Judge(v.Context(), v.grant, q.Number, person, v.PostFormValue("reason"))
	if isRefusal(err) {
		return v.questionForm(err)
	}
	if err != nil {
		return err
	}
	return v.nextQuestion(q.Number)
}

// nextQuestion goes on to the next question that waits, or to the list of them.
func (v *visit) nextQuestion(after int64) error {
	path := "/cases/" + v.PathValue("case") + "/review"
	next, _, err := v.tenant.Questions(v.Context(), v.grant, store.Unanswered, after, 1)
	if err == nil && len(next) > 0 {
		path += "/" + strconv.FormatInt(next[0].Number, 10)
	}
	return errors.Join(err, v.redirect(path))
}

// undoQuestion takes back what was said last.
func undoQuestion(v *visit) error {
	q, err := v.question()
	if err != nil {
		return err
	}
	if _, err := v.desk().Unjudge(v.Context(), v.grant, q.Number); err != nil {
		return err
	}
	return v.redirect(fmt.Sprintf("/cases/%s/review/%d", v.PathValue("case"), q.Number))
}
