package web

import (
	"fmt"
	"strconv"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// whyPlaces is how many places a page of a person's exposures tells.
const whyPlaces = 50

// whyPage is what became known of one person, where and why. It never says who
// the person is.
type whyPage struct {
	casePage
	ID          string
	Stranger    bool
	Groups      []string
	Registers   []string
	Hands       []string // what people said of who this is
	Judges      bool
	Grade       breach.Grade
	Sure        string
	Exposures   []exposureSum
	Places      []whyPlace
	First, Last int64 // of the places told here, from 1
	All         int64
	Before      string
	Next        string
	Person      string // the page on which they can be shown
}

type exposureSum struct {
	exposureWord
	Places int64
}

// whyPlace is one place that tells something of the person.
type whyPlace struct {
	Path  string // "" where whoever asks may not see names of files
	Place string
	Kinds []exposureWord
	Why   string
	Sure  string
}

func showWhy(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	number, ok := store.ParsePersonID(v.PathValue("id"))
	if !ok {
		return errNotThere
	}
	who, err := v.tenant.Person(v.Context(), v.grant, number)
	if isRefusal(err) {
		return errNotThere
	}
	if err != nil {
		return err
	}
	portraits, err := v.tenant.Portraits(v.Context(), v.grant, number)
	if err != nil {
		return err
	}
	of := portraits[number]
	from, _ := strconv.ParseInt(v.URL.Query().Get("from"), 10, 64)
	from = min(max(from, 0), max(who.Links-1, 0)) / whyPlaces * whyPlaces
	path := fmt.Sprintf("/cases/%s/exposure/%s", base.Case.ID, who.ID())
	p := whyPage{casePage: base, ID: string(who.ID()), Stranger: who.Stranger, Groups: of.Groups, Registers: of.Registers, Grade: who.Grade,
		Sure: v.chance(who.Probability), First: from + 1, All: who.Links}
	if p.Hands, err = v.hands(of.Hands); err != nil {
		return err
	}
	p.Judges = v.may(auth.Judge) && !who.Stranger
	for _, e := range who.Exposures {
		p.Exposures = append(p.Exposures, exposureSum{exposureWord{e.Kind.Title(v.text.Lang()), e.Grade}, e.Places})
	}
	if p.Places, err = v.places(who, from, v.may(auth.ReadAccount) && !of.Protected); err != nil {
		return err
	}
	p.Last = from + int64(len(p.Places))
	if from > 0 {
		p.Before = fmt.Sprintf("%s?from=%d", path, from-whyPlaces)
	}
	if p.Last < p.All {
		p.Next = fmt.Sprintf("%s?from=%d", path, p.Last)
	}
	return v.page("exposure-why", p)
}

// hands tells what people said of who somebody is.
func (v *visit) hands(numbers []int64) (list []string, err error) {
	said, err := casework.Hands(v.Context(), v.tenant, v.grant, numbers)
	if err != nil {
		return nil, err
	}
	texts, err := v.handTexts(said)
	for _, t := range texts {
		list = append(list, t.Text)
	}
	return list, err
}

// places tells a page of the places of a person.
func (v *visit) places(who store.Person, from int64, names bool) (list []whyPlace, err error) {
	most := min(whyPlaces, who.Links-from)
	if most <= 0 {
		return nil, nil
	}
	err = v.tenant.Links(v.Context(), v.grant, who.FirstLink+from, func(l store.Link) (bool, error) {
		list = append(list, v.whyPlace(l, names))
		return int64(len(list)) < most, nil
	})
	return list, err
}

func (v *visit) whyPlace(l store.Link, names bool) whyPlace {
	p := whyPlace{Place: l.Place.Title(v.text.Lang()), Why: v.why(l), Sure: v.chance(l.Probability)}
	if names {
		p.Path = casework.DisplayPath(l.Path)
	}
	for _, part := range graded(l) {
		for _, k := range part.kinds.List() {
			p.Kinds = append(p.Kinds, exposureWord{k.Title(v.text.Lang()), part.grade})
		}
	}
	return p
}

// gradedKinds is kinds of data that are equally sure.
type gradedKinds struct {
	kinds breach.Kinds
	grade breach.Grade
}

// graded gives what a link tells, the surest first.
func graded(l store.Link) []gradedKinds {
	return []gradedKinds{{l.Proven, breach.Proven}, {l.Likely, breach.Likely}, {l.Possible, breach.Possible}}
}

// why is the sentence that says on what a link rests.
func (v *visit) why(l store.Link) string {
	var fields []string
	for _, k := range l.WhyKinds.List() {
		fields = append(fields, k.Title(v.text.Lang()))
	}
	return v.text.Text("why."+l.Why, map[string]any{"Fields": v.text.List(fields), "Candidates": l.Candidates, "Probability": v.chance(l.Probability)})
}

// chance writes a probability as a percentage.
func (v *visit) chance(p float64) string { return v.text.Percent(int64(p*10_000), 10_000) }
