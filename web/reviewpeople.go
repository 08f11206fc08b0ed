package web

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// besidePage is two people beside each other, or one whose entries may be two
// people's. It shows no values: whether they agree, in words.
type besidePage struct {
	casePage
	Number int64 // of the question; 0 where somebody named the people
	Action string
	Of     string
	With   string
	Seen   string // of which resolve the numbers are
	Why    string
	Sides  []besideSide
	Fields []besideField
	Hidden bool
	Before string // what the registers contradict
	Hands  handList
	Open   bool // nothing that holds was said of the question
	Reason string
	Left   int64
}

// besideSide is one of the people, with the entries.
type besideSide struct {
	ID, Path string
	Entries  []besideEntry
}

// besideEntry is one entry, and how its fields stand to those of the first.
type besideEntry struct {
	ID              breach.EntryID
	Number          int
	Register, Group string
	Fields          []besideField
}

// besideField is how a field compares.
type besideField struct {
	casework.BesideField
	Title string
}

// handList is what was said of people; Undo, with what takes it back.
type handList struct {
	Case store.CaseID
	Said []saidOfPeople
	Undo bool
}

// saidOfPeople is what somebody said of people.
type saidOfPeople struct {
	Number int64
	Text   string
}

// peopleQuestion shows a question of people.
func (v *visit) peopleQuestion(base casePage, q store.Question, wrong error) error {
	b, err := v.desk().BesideAsked(v.Context(), v.grant, q)
	if err != nil {
		return err
	}
	p := v.besidePage(base, b)
	wrong, err = v.inNames(wrong)
	if err != nil {
		return err
	}
	p.Number, p.Action, p.Why = q.Number, reviewPath(base, q.Number), casework.QuestionText(q, v.text)
	said, err := v.tenant.Judgements(v.Context(), v.grant)
	if err != nil {
		return err
	}
	texts, err := v.handTexts(said)
	if err != nil {
		return err
	}
	for i, j := range said {
		if j.Number == q.Judgement {
			p.Before = texts[i].Text
		}
		if j.Key == q.Key {
			p.Hands.Said, p.Open = append(p.Hands.Said, texts[i]), j.Says == store.Undone || j.Says == store.Withdrawn
		}
	}
	if _, p.Left, err = v.tenant.Questions(v.Context(), v.grant, store.Unanswered, 0, 1); err != nil {
		return err
	}
	return v.form("review-people", p, wrong)
}

func (v *visit) besidePage(base casePage, b casework.Beside) besidePage {
	p := besidePage{casePage: base, Open: true, Hands: handList{Case: base.Case.ID}, Seen: numbering(b.At), Hidden: b.Hidden, Reason: v.PostFormValue("reason"), Action: reviewPath(base, 0) + "/people"}
	for _, s := range b.Sides {
		side := besideSide{ID: s.ID()}
		if s.Exposed {
			side.Path = "/cases/" + string(base.Case.ID) + "/exposure/" + s.ID()
		}
		for i, e := range s.Entries {
			line := besideEntry{ID: e.ID, Number: i + 1, Register: e.Register, Group: e.Group}
			if i > 0 && !b.Hidden && len(b.Sides) == 1 {
				line.Fields = v.besideFields(casework.FieldsBeside(s.Entries[:1], s.Entries[i:i+1]))
			}
			side.Entries = append(side.Entries, line)
		}
		p.Sides = append(p.Sides, side)
	}
	p.Fields = v.besideFields(b.Fields)
	return p
}

// numbering names a resolve: forms that name people by number say which they go by.
func numbering(at time.Time) string { return strconv.FormatInt(at.UnixMicro(), 10) }

func (v *visit) besideFields(fields []casework.BesideField) (list []besideField) {
	for _, f := range fields {
		list = append(list, besideField{f, f.Kind.Title(v.text.Lang())})
	}
	return list
}

// judgePeople keeps what somebody said of a question of people, and goes on to
// the next question.
func (v *visit) judgePeople(base casePage, q store.Question) error {
	_, err := v.desk().JudgePeople(v.Context(), v.grant, q.Number, store.Says(v.PostFormValue("is")), v.PostFormValue("reason"))
	if isRefusal(err) {
		return v.peopleQuestion(base, q, err)
	}
	return errors.Join(err, v.nextQuestion(q.Number))
}

// showPeople puts whoever is named beside each other, or one person's entries.
func showPeople(v *visit) error { return v.besideForm(nil) }

func (v *visit) besideForm(wrong error) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	b, err := v.besideNamed()
	switch {
	case isRefusal(err) && wrong == nil:
		wrong = err
	case err != nil && !isRefusal(err):
		return err
	}
	if wrong, err = v.inNames(wrong); err != nil {
		return err
	}
	p := v.besidePage(base, b)
	p.Of, p.With = v.FormValue("of"), v.FormValue("with")
	p.Hands.Undo = true
	if p.Hands.Said, err = v.holdingOf(b); err != nil {
		return err
	}
	if len(b.Sides) == 1 {
		return v.form("review-split", p, wrong)
	}
	return v.form("review-people", p, wrong)
}

// besideNamed holds those against each other whom the form or the address names.
func (v *visit) besideNamed() (casework.Beside, error) {
	return v.beside(v.FormValue("of"), v.FormValue("with"))
}

// beside holds people against each other by their numbers; "" is nobody.
func (v *visit) beside(who ...string) (casework.Beside, error) {
	who = slices.DeleteFunc(who, func(s string) bool { return s == "" })
	for _, one := range who {
		if _, ok := store.ParsePersonID(one); !ok { // keys of registers would stand in addresses
			return casework.Beside{}, errNobodyOfNumber
		}
	}
	if len(who) == 0 {
		return casework.Beside{}, nil
	}
	b, err := v.desk().Beside(v.Context(), v.grant, who...)
	if refusal, ok := errors.AsType[*breach.Refusal](err); ok && refusal.Key == "refusal.no-such-person" {
		err = errNobodyOfNumber // the command's words are not the page's
	}
	return b, err
}

var errNobodyOfNumber = &breach.Refusal{Key: "refusal.beside-person"}

// holdingOf tells what holds of the people beside each other.
func (v *visit) holdingOf(b casework.Beside) (list []saidOfPeople, err error) {
	holds, err := v.desk().SaidOfPeople(v.Context(), v.grant)
	if err != nil {
		return nil, err
	}
	return v.handTexts(slices.DeleteFunc(holds, func(j store.Judgement) bool {
		return !slices.ContainsFunc(b.Sides, func(s casework.Side) bool { return s.In(j) })
	}))
}

// handTexts says in sentences what was said of people, by whom by name.
func (v *visit) handTexts(said []store.Judgement) (list []saidOfPeople, err error) {
	names, err := v.colleagues()
	for _, j := range said {
		list = append(list, saidOfPeople{j.Number, casework.HandText(j, names.of(j.By), v.text)})
	}
	return list, err
}

// inNames calls whoever a refusal speaks of by name.
func (v *visit) inNames(wrong error) (named, err error) {
	refusal, ok := errors.AsType[*breach.Refusal](wrong)
	if !ok || refusal.Args["By"] == nil {
		return wrong, nil
	}
	names, err := v.colleagues()
	if err != nil {
		return nil, err
	}
	args := maps.Clone(refusal.Args)
	args["By"] = names.of(fmt.Sprint(args["By"]))
	return &breach.Refusal{Key: refusal.Key, Args: args}, nil
}

// sayOfPeople keeps that those who are named are one or two people, or that one
// of them is two.
func sayOfPeople(v *visit) error {
	b, err := v.besideNamed()
	if err == nil && v.PostFormValue("seen") != numbering(b.At) {
		err = &breach.Refusal{Key: "refusal.resolved-since"}
	}
	if err == nil {
		err = v.sayOf(b)
	}
	if isRefusal(err) {
		return v.besideForm(err)
	}
	return errors.Join(err, v.redirect("/cases/"+v.PathValue("case")+"/review/people?"+url.Values{"of": {v.PostFormValue("of")}, "with": {v.PostFormValue("with")}}.Encode()))
}

func (v *visit) sayOf(b casework.Beside) error {
	why := v.PostFormValue("reason")
	var err error
	switch v.PostFormValue("is") {
	case string(store.Same):
		_, err = v.desk().Merge(v.Context(), v.grant, b, why)
	case string(store.Apart):
		_, err = v.desk().KeepApart(v.Context(), v.grant, b, why)
	default:
		var other []breach.EntryID
		for _, text := range v.PostForm["other"] {
			n, bad := strconv.ParseUint(text, 10, 32)
			if bad != nil {
				return &breach.Refusal{Key: "refusal.split-entries"}
			}
			other = append(other, breach.EntryID(n))
		}
		_, err = v.desk().Split(v.Context(), v.grant, b, other, why)
	}
	return err
}

// undoPeople takes back what was said of people.
func undoPeople(v *visit) error {
	number, _ := strconv.ParseInt(v.PathValue("id"), 10, 64)
	_, err := v.desk().UnjudgePeople(v.Context(), v.grant, number)
	if isRefusal(err) {
		return errNotThere
	}
	return errors.Join(err, v.redirect("/cases/"+v.PathValue("case")+"/review?show=people"))
}
