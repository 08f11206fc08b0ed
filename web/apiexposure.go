package web

import (
	"net/http"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

type (
	apiCount struct {
		Kind     string `json:"kind,omitempty" doc:"Missing for any kind."`
		All      int64  `json:"registered" doc:"How many people the group has in the registers."`
		Proven   int64  `json:"proven" doc:"The lower bound."`
		Likely   int64  `json:"likely"`
		Possible int64  `json:"possible"`
		Excluded int64  `json:"excluded"`
		Unknown  int64  `json:"unknown"`
		Upper    int64  `json:"upper" doc:"No more people than this."`
		Few      bool   `json:"few,omitempty" doc:"So few people with a protected identity that they are not counted out: the numbers are 0."`
	}
	apiRow struct {
		Group  string     `json:"group,omitempty" doc:"Missing for all people of the registers."`
		List   int64      `json:"list,omitempty" doc:"What to give as group to exposure-people."`
		Counts []apiCount `json:"counts" nullable:"false"`
	}
	apiGrades struct {
		Proven   int64 `json:"proven"`
		Likely   int64 `json:"likely"`
		Possible int64 `json:"possible"`
	}
	apiExposure struct {
		At        time.Time `json:"at" doc:"Of the latest resolve."`
		Rows      []apiRow  `json:"rows" nullable:"false"`
		Gaps      bool      `json:"gaps" doc:"Something was left unread."`
		OneOf     int64     `json:"one_of" doc:"Places that speak of one of several people."`
		Traces    int64     `json:"traces" doc:"Places that point to nobody."`
		Exposed   apiGrades `json:"exposed" doc:"People of the registers, by their surest grade."`
		Strangers apiGrades `json:"strangers" doc:"Whoever is in no register, as told apart by what is known of them."`
		Outside   apiRange  `json:"strangers_between" doc:"How many people those can be."`
	}
	apiKind struct {
		Kind   string `json:"kind"`
		Grade  string `json:"grade"`
		Places int64  `json:"places,omitempty"`
	}
	apiPerson struct {
		ID     string    `json:"id"`
		Kinds  []apiKind `json:"kinds" nullable:"false"`
		Places int64     `json:"places"`
	}
	apiPeople struct {
		People []apiPerson `json:"people" nullable:"false"`
		Page   int64       `json:"page"`
		Pages  int64       `json:"pages"`
	}
	apiPlace struct {
		Path  string    `json:"path,omitempty" doc:"Missing where it may not be seen: it may hold names."`
		Place string    `json:"place"`
		Kinds []apiKind `json:"kinds" nullable:"false"`
		Why   string    `json:"why"`
		Sure  string    `json:"sure"`
	}
	apiWhy struct {
		Person   apiPerson  `json:"person"`
		Stranger bool       `json:"stranger" doc:"In no register."`
		Grade    string     `json:"grade"`
		Groups   []string   `json:"groups" nullable:"false"`
		Where    []apiPlace `json:"where" nullable:"false"`
		From     int64      `json:"from" doc:"The number of the first place told here, from 0."`
	}
	apiFound struct {
		Found bool   `json:"found" doc:"False also for people whom the token's owner may not find."`
		ID    string `json:"id,omitempty"`
	}
)

func exposureOperations(a *api) {
	reads(a, "/cases/{case}/exposure", auth.ReadReport, "exposure-counts", "How many people, by group and kind of data, between bounds", apiShowExposure)
	reads(a, "/cases/{case}/people", auth.ListPeople, "exposure-people", "A list of people by number; nobody with a protected identity is on it", apiListPeople)
	operation(a, doing{method: http.MethodPost, path: "/cases/{case}/people/search", action: auth.Explain, too: []auth.Action{auth.Search}, id: "exposure-search",
		summary: "Find one person by one exact value"}, apiSearch)
	reads(a, "/cases/{case}/people/{id}", auth.Explain, "exposure-why", "What became known of one person, where and why, without who it is", apiShowWhy)
}

func apiShowExposure(v *visit, _ *caseIn) (apiExposure, error) {
	r, err := casework.ReadResult(v.Context(), v.tenant, v.grant)
	if err != nil {
		return apiExposure{}, err
	}
	out := apiExposure{At: r.At, Rows: []apiRow{}, Gaps: r.Gaps, OneOf: r.OneOf, Traces: r.Traces, Exposed: apiGradesOf(r.Exposed),
		Strangers: apiGradesOf(r.Strangers), Outside: apiRange{r.Outside.Low, r.Outside.High}}
	for i, row := range r.Rows {
		one := apiRow{Group: row.Group, Counts: []apiCount{}}
		for n, name := range r.Lists {
			if i > 0 && name == row.Group {
				one.List = int64(n + 1)
			}
		}
		for _, c := range row.Counts {
			one.Counts = append(one.Counts, apiCountOf(c))
		}
		out.Rows = append(out.Rows, one)
	}
	return out, nil
}

func apiGradesOf(n map[string]int64) apiGrades {
	return apiGrades{n[breach.Proven.String()], n[breach.Likely.String()], n[breach.Possible.String()]}
}

// apiCountOf gives a count, but for a few people with a protected identity: none
// of its numbers, for the others would tell.
func apiCountOf(c casework.Count) apiCount {
	if casework.FewIn(c) {
		return apiCount{Kind: c.Kind.String(), Few: true}
	}
	out := apiCount{All: c.Registered, Proven: c.Proven, Likely: c.Likely, Possible: c.Possible, Excluded: c.Excluded, Unknown: c.Unknown, Upper: c.Upper}
	if c.Kind != 0 {
		out.Kind = c.Kind.String()
	}
	return out
}

type peopleIn struct {
	Case  string `path:"case" doc:"The case's number."`
	Group int64  `query:"group" minimum:"-1" doc:"A list of exposure-counts; missing or 0 for everybody, -1 for people in no register."`
	Kind  string `query:"kind" doc:"A kind of data; any where it is missing."`
	Grade string `query:"grade" enum:"proven,likely,possible" default:"proven"`
	Page  int64  `query:"page" minimum:"1" default:"1"`
}

func apiListPeople(v *visit, in *peopleIn) (apiPeople, error) {
	grade, ok := breach.ParseGrade(in.Grade)
	if _, known := breach.ParseKind(in.Kind); !ok || in.Kind != "" && !known {
		return apiPeople{}, errNotThere
	}
	roll := store.Roll{Group: in.Group, Kind: in.Kind, Grade: grade}
	out := apiPeople{People: []apiPerson{}, Page: in.Page}
	var err error
	if out.Pages, err = v.tenant.RollPages(v.Context(), v.grant, roll); err != nil {
		return out, err
	}
	list, err := v.tenant.Roll(v.Context(), v.grant, roll, in.Page)
	for _, p := range list {
		out.People = append(out.People, apiPersonOf(p))
	}
	return out, err
}

func apiPersonOf(p store.Person) apiPerson {
	out := apiPerson{ID: string(p.ID()), Kinds: []apiKind{}, Places: p.Links}
	for _, e := range p.Exposures {
		out.Kinds = append(out.Kinds, apiKind{e.Kind.String(), e.Grade.String(), e.Places})
	}
	return out
}

type searchIn struct {
	Case string `path:"case" doc:"The case's number."`
	Body struct {
		Value   string `json:"value" minLength:"3" maxLength:"320" doc:"An identity number or an e-mail address, to the character."`
		Purpose string `json:"purpose" doc:"Why: answer-inquiry, judge-match, reach-person, assess-risk, report-authority or hand-over."`
	}
}

func apiSearch(v *visit, in *searchIn) (apiFound, error) {
	p, found, err := v.desk().Search(v.Context(), v.caseID(), auth.Purpose(in.Body.Purpose), breach.Hide(in.Body.Value))
	if err != nil || !found {
		return apiFound{}, err
	}
	return apiFound{true, string(p.ID())}, nil
}

type whyIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id" doc:"A person's number."`
	From int64  `query:"from" minimum:"0" doc:"The first place to tell, from 0."`
}

func apiShowWhy(v *visit, in *whyIn) (apiWhy, error) {
	number, ok := store.ParsePersonID(in.ID)
	if !ok {
		return apiWhy{}, errNotThere
	}
	who, err := v.tenant.Person(v.Context(), v.grant, number)
	if isRefusal(err) {
		err = errNotThere
	}
	if err != nil {
		return apiWhy{}, err
	}
	portraits, err := v.tenant.Portraits(v.Context(), v.grant, number)
	if err != nil {
		return apiWhy{}, err
	}
	of := portraits[number]
	out := apiWhy{Person: apiPersonOf(who), Stranger: who.Stranger, Grade: who.Grade.String(), Groups: append([]string{}, of.Groups...), Where: []apiPlace{}, From: in.From}
	out.Where, err = v.apiPlaces(who, in.From, v.may(auth.ReadAccount) && !of.Protected)
	return out, err
}

func (v *visit) apiPlaces(who store.Person, from int64, names bool) ([]apiPlace, error) {
	list := []apiPlace{}
	if from >= who.Links {
		return list, nil
	}
	err := v.tenant.Links(v.Context(), v.grant, who.FirstLink+from, func(l store.Link) (bool, error) {
		told := v.whyPlace(l, names)
		list = append(list, apiPlace{Path: told.Path, Place: l.Place.String(), Kinds: apiKinds(l), Why: told.Why, Sure: told.Sure})
		return int64(len(list)) < min(whyPlaces, who.Links-from), nil
	})
	return list, err
}

// apiKinds is what one place tells, and how surely.
func apiKinds(l store.Link) []apiKind {
	kinds := []apiKind{}
	for _, of := range graded(l) {
		for _, k := range of.kinds.List() {
			kinds = append(kinds, apiKind{Kind: k.String(), Grade: of.grade.String()})
		}
	}
	return kinds
}
