package web

import (
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

type (
	apiBeside struct {
		People []apiBesidePerson `json:"people" nullable:"false"`
		Fields []apiBesideField  `json:"fields" nullable:"false" doc:"How two people compare; none where an identity is protected."`
		Hidden bool              `json:"hidden" doc:"An identity is protected: no fields are told."`
		Seen   string            `json:"seen" doc:"Of which resolve the numbers are: say it back when you say something of these people."`
	}
	apiBesidePerson struct {
		ID      string           `json:"id"`
		Exposed bool             `json:"exposed"`
		Entries []apiBesideEntry `json:"entries" nullable:"false"`
	}
	apiBesideEntry struct {
		Entry    uint32           `json:"entry" doc:"The entry's number; the register's own key is told to no program."`
		Register string           `json:"register"`
		Group    string           `json:"group"`
		Fields   []apiBesideField `json:"fields" nullable:"false" doc:"How it compares to the first entry, where one person is looked at."`
	}
	apiBesideField struct {
		Kind string  `json:"kind"`
		How  string  `json:"how"`
		Has  [2]bool `json:"has" doc:"Whether each of the two has it."`
	}
	apiSaid struct {
		Number  int64     `json:"number"`
		Says    string    `json:"says" enum:"same,apart"`
		At      time.Time `json:"at"`
		By      string    `json:"by"`
		Role    string    `json:"role" doc:"In which role; empty at the console."`
		Why     string    `json:"why"`
		Guarded bool      `json:"guarded" doc:"Both stay protected as long as a register protects either."`
		Text    string    `json:"text" doc:"The same as a sentence."`
	}
	apiHands struct {
		Said []apiSaid `json:"said" nullable:"false"`
	}
)

func reviewPeopleOperations(a *api) {
	reads(a, "/cases/{case}/review/{id}/beside", auth.Judge, "review-beside", "The people of a question beside each other: which fields agree, and no values", apiBesideAsked)
	reads(a, "/cases/{case}/review/people", auth.Judge, "review-people", "Two people beside each other, or one with the entries", apiBesideNamed)
	acts(a, "/cases/{case}/review/people", auth.Judge, "review-say", "Say that people are one, or two, or that one is two", apiSayOfPeople)
	reads(a, "/cases/{case}/review/people/said", auth.Judge, "review-said", "What holds of what was said of who is one person", apiSaidOfPeople)
	acts(a, "/cases/{case}/review/people/{id}/undo", auth.Judge, "review-unsay", "Take back what was said of people", apiUnsayOfPeople)
}

func apiBesideAsked(v *visit, _ *questionIn) (apiBeside, error) {
	q, err := v.question()
	if err != nil {
		return apiBeside{}, err
	}
	if !q.OfPeople() {
		return apiBeside{}, &breach.Refusal{Key: "refusal.judgement-of-place"}
	}
	b, err := v.desk().BesideAsked(v.Context(), v.grant, q)
	return besideOf(b), err
}

type besideIn struct {
	Case string   `path:"case" doc:"The case's number."`
	Of   string   `query:"of" required:"true" minLength:"1" doc:"The id of a person, such as p12."`
	With []string `query:"with" maxItems:"10" doc:"Of others; none for one person alone."`
}

func apiBesideNamed(v *visit, in *besideIn) (apiBeside, error) {
	b, err := v.beside(append([]string{in.Of}, in.With...)...)
	return besideOf(b), err
}

func besideOf(b casework.Beside) apiBeside {
	out := apiBeside{People: []apiBesidePerson{}, Fields: fieldsOf(b.Fields), Hidden: b.Hidden, Seen: numbering(b.At)}
	for _, s := range b.Sides {
		p := apiBesidePerson{ID: s.ID(), Exposed: s.Exposed, Entries: []apiBesideEntry{}}
		for i, e := range s.Entries {
			entry := apiBesideEntry{Entry: uint32(e.ID), Register: e.Register, Group: e.Group, Fields: []apiBesideField{}}
			if i > 0 && !b.Hidden && len(b.Sides) == 1 {
				entry.Fields = fieldsOf(casework.FieldsBeside(s.Entries[:1], s.Entries[i:i+1]))
			}
			p.Entries = append(p.Entries, entry)
		}
		out.People = append(out.People, p)
	}
	return out
}

func fieldsOf(fields []casework.BesideField) []apiBesideField {
	list := []apiBesideField{}
	for _, f := range fields {
		list = append(list, apiBesideField{f.Kind.String(), f.How, f.Has})
	}
	return list
}

type sayIn struct {
	Case string `path:"case" doc:"The case's number."`
	Body struct {
		Of     string   `json:"of" minLength:"1" doc:"The id of a person."`
		With   []string `json:"with,omitempty" maxItems:"10" doc:"Of another, or others: these are one; or of another, and they are two. Without it, the one is two."`
		Is     string   `json:"is" enum:"same,apart" doc:"That they are one person, or two."`
		Other  []uint32 `json:"other,omitempty" doc:"Of one person alone: the numbers of the entries that are somebody else's."`
		Seen   string   `json:"seen" doc:"As it was told with the people."`
		Reason string   `json:"reason" maxLength:"2000"`
	}
}

func apiSayOfPeople(v *visit, in *sayIn) (apiNumber, error) {
	b, err := v.beside(append([]string{in.Body.Of}, in.Body.With...)...)
	if err == nil && in.Body.Seen != numbering(b.At) {
		err = &breach.Refusal{Key: "refusal.resolved-since"}
	}
	if err != nil {
		return apiNumber{}, err
	}
	var j store.Judgement
	switch {
	case store.Says(in.Body.Is) == store.Same:
		j, err = v.desk().Merge(v.Context(), v.grant, b, in.Body.Reason)
	case len(in.Body.With) > 0:
		j, err = v.desk().KeepApart(v.Context(), v.grant, b, in.Body.Reason)
	default:
		var other []breach.EntryID
		for _, n := range in.Body.Other {
			other = append(other, breach.EntryID(n))
		}
		j, err = v.desk().Split(v.Context(), v.grant, b, other, in.Body.Reason)
	}
	return apiNumber{j.Number}, err
}

func apiSaidOfPeople(v *visit, _ *caseIn) (apiHands, error) {
	out := apiHands{Said: []apiSaid{}}
	list, err := v.desk().SaidOfPeople(v.Context(), v.grant)
	if err != nil {
		return out, err
	}
	texts, err := v.handTexts(list)
	if err != nil {
		return out, err
	}
	for i, j := range list {
		out.Said = append(out.Said, apiSaid{j.Number, string(j.Says), j.At, j.By, j.Role, j.Why, j.Guarded, texts[i].Text})
	}
	return out, nil
}

func apiUnsayOfPeople(v *visit, in *questionIn) (apiNumber, error) {
	number, err := strconv.ParseInt(in.ID, 10, 64)
	if err != nil {
		return apiNumber{}, errNotThere
	}
	j, err := v.desk().UnjudgePeople(v.Context(), v.grant, number)
	return apiNumber{j.Number}, err
}
