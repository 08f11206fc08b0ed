package web

import (
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

type (
	apiFact struct {
		Fact    string            `json:"fact" doc:"Which: a name of facts-known."`
		Item    string            `json:"item,omitempty" doc:"Which of several."`
		Version int64             `json:"version"`
		Parts   map[string]string `json:"parts"`
		At      time.Time         `json:"at" doc:"When it was entered."`
		By      string            `json:"by"`
	}
	apiFacts struct {
		Version int64     `json:"version" doc:"The newest of all facts; 0 before the first."`
		Facts   []apiFact `json:"facts" nullable:"false"`
	}
	apiPart struct {
		Name    string   `json:"name"`
		Title   string   `json:"title"`
		Type    string   `json:"type"`
		Needed  bool     `json:"needed"`
		Choices []string `json:"choices,omitempty"`
	}
	apiSort struct {
		Fact  string    `json:"fact"`
		Title string    `json:"title"`
		Many  bool      `json:"many" doc:"There can be several, each an item."`
		Parts []apiPart `json:"parts" nullable:"false"`
	}
	apiSorts struct {
		Facts []apiSort `json:"facts" nullable:"false"`
	}
	apiEntered struct {
		Item    string `json:"item,omitempty"`
		Version int64  `json:"version"`
	}
	apiAdded struct {
		Added int `json:"added"`
	}
	apiEvent struct {
		At        time.Time `json:"at"`
		Estimated bool      `json:"estimated"`
		What      string    `json:"what"`
		Who       string    `json:"who,omitempty"`
	}
	apiDelay struct {
		From string `json:"from"`
		To   string `json:"to"`
		Days int    `json:"days"`
	}
	apiTimeline struct {
		Events []apiEvent `json:"events" nullable:"false"`
		Delays []apiDelay `json:"delays" nullable:"false" doc:"How long the news took down the chain."`
	}
	apiDuty struct {
		Rule     string     `json:"rule"`
		Name     string     `json:"name"`
		Law      string     `json:"law"`
		Toward   string     `json:"toward,omitempty"`
		Group    string     `json:"group,omitempty"`
		Starts   *time.Time `json:"starts,omitempty" doc:"What its clock runs from."`
		Due      *time.Time `json:"due,omitempty" doc:"By the strictest reading; missing: without undue delay."`
		Formal   *time.Time `json:"formal,omitempty" doc:"The end by Regulation 1182/71, at or after due."`
		Met      *time.Time `json:"met,omitempty"`
		Late     bool       `json:"late"`
		Open     bool       `json:"open"`
		Proposed bool       `json:"proposed" doc:"Not law yet."`
	}
	apiDuties struct {
		Duties []apiDuty `json:"duties" nullable:"false"`
	}
)

func factOperations(a *api) {
	reads(a, "/facts", auth.ListCases, "facts-known", "Which facts can be entered, with their parts", apiListSorts)
	reads(a, "/cases/{case}/facts", auth.ReadFacts, "facts-list", "The facts of a case, as known now or at an hour", apiListFacts)
	acts(a, "/cases/{case}/facts", auth.RecordFacts, "facts-enter", "Enter a fact, or a newer version of one", apiEnterFact)
	acts(a, "/cases/{case}/facts/take-back", auth.RecordFacts, "facts-take-back", "Say that a fact does not hold", apiTakeBack)
	reads(a, "/cases/{case}/timeline", auth.ReadFacts, "facts-timeline", "What happened when, and how long the news took", apiShowTimeline)
	reads(a, "/cases/{case}/duties", auth.ReadFacts, "duties-list", "What the law asks by when, and how it stands", apiListDuties)
	acts(a, "/cases/{case}/duties/plan", auth.RecordFacts, "duties-plan", "Add the tasks of the playbook for the case's kind", apiTakePlan)
}

func apiListSorts(v *visit, _ *struct{}) (apiSorts, error) {
	var out apiSorts
	for _, s := range casework.Sorts() {
		one := apiSort{Fact: s.Name, Title: s.Title(v.text), Many: s.Many, Parts: []apiPart{}}
		for _, p := range s.Parts {
			part := apiPart{Name: p.Name, Title: p.Title(v.text), Type: string(p.Type), Needed: p.Needed}
			for _, c := range p.Choices(v.text) {
				part.Choices = append(part.Choices, c.Value)
			}
			one.Parts = append(one.Parts, part)
		}
		out.Facts = append(out.Facts, one)
	}
	return out, nil
}

type factsIn struct {
	Case string    `path:"case" doc:"The case's number."`
	At   time.Time `query:"at" doc:"As known at this time; now where it is missing."`
}

func apiListFacts(v *visit, in *factsIn) (apiFacts, error) {
	k, err := v.desk().Known(v.Context(), v.grant.Case(), in.At)
	if err != nil {
		return apiFacts{}, err
	}
	out := apiFacts{Version: k.Version, Facts: []apiFact{}}
	for _, s := range casework.Sorts() {
		for _, f := range k.Items(s.Name) {
			one := apiFact{Fact: f.Field, Item: f.Item, Version: f.Version, Parts: map[string]string{}, At: f.At, By: f.By}
			for _, p := range s.Parts {
				if says := f.Parts.Says(p.Name); says != "" {
					one.Parts[p.Name] = says
				}
			}
			out.Facts = append(out.Facts, one)
		}
	}
	return out, nil
}

type enterIn struct {
	Case string `path:"case" doc:"The case's number."`
	Body struct {
		Fact  string            `json:"fact" doc:"A name of facts-known."`
		Item  string            `json:"item,omitempty" doc:"Which of several; \"+\" for one more."`
		Base  int64             `json:"base,omitempty" doc:"The version that this one was made from; 0 for none. Where somebody entered another meanwhile, nothing is entered."`
		Parts map[string]string `json:"parts" doc:"Times in RFC 3339, with their offset."`
	}
}

func apiEnterFact(v *visit, in *enterIn) (apiEntered, error) {
	if !knownFact(in.Body.Fact, in.Body.Item) {
		return apiEntered{}, errNotThere
	}
	f, err := v.desk().Enter(v.Context(), v.grant.Case(), casework.Entering{Sort: in.Body.Fact, Item: in.Body.Item, Base: in.Body.Base,
		Typed: casework.Typed{Parts: in.Body.Parts, Say: v.text}})
	return apiEntered{f.Item, f.Version}, err
}

// knownFact reports whether there is such a fact, and its item is named as ours
// are.
func knownFact(name, item string) bool {
	_, ok := casework.SortOf(name)
	return ok && (item == "" || item == breach.NewItem || itemName(item))
}

type takeBackIn struct {
	Case string `path:"case" doc:"The case's number."`
	Body struct {
		Fact string `json:"fact"`
		Item string `json:"item,omitempty"`
		Base int64  `json:"base" doc:"The version that is taken back."`
		Why  string `json:"why" maxLength:"2000"`
	}
}

func apiTakeBack(v *visit, in *takeBackIn) (apiEntered, error) {
	if !knownFact(in.Body.Fact, in.Body.Item) {
		return apiEntered{}, errNotThere
	}
	f, err := v.desk().TakeBack(v.Context(), v.grant.Case(), in.Body.Fact, in.Body.Item, in.Body.Base, in.Body.Why)
	return apiEntered{f.Item, f.Version}, err
}

func apiShowTimeline(v *visit, _ *caseIn) (apiTimeline, error) {
	x, err := v.dossierOf(v.Context(), time.Time{})
	out := apiTimeline{Events: []apiEvent{}, Delays: []apiDelay{}}
	if err != nil {
		return out, err
	}
	for _, e := range x.Timeline(v.text) {
		out.Events = append(out.Events, apiEvent{e.At, e.Estimated, e.What, e.Who})
	}
	for _, d := range x.Delays() {
		out.Delays = append(out.Delays, apiDelay{d.From.Who, d.To.Told, d.Days})
	}
	return out, nil
}

type dutiesIn struct {
	Case     string `path:"case" doc:"The case's number."`
	Proposed bool   `query:"proposed" doc:"Also what is not law yet."`
}

func apiListDuties(v *visit, in *dutiesIn) (apiDuties, error) {
	x, err := v.dossierOf(v.Context(), time.Time{})
	if err != nil {
		return apiDuties{}, err
	}
	list, err := v.apiDuties(x, in.Proposed)
	return apiDuties{list}, err
}

func (v *visit) apiDuties(x casework.Dossier, proposed bool) ([]apiDuty, error) {
	duties, err := x.Duties(proposed)
	at := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	list := []apiDuty{}
	for _, d := range duties {
		list = append(list, apiDuty{Rule: d.Rule, Name: v.text.T("duty." + d.Rule), Law: d.Law, Toward: d.Toward, Group: d.Group, Starts: at(d.Starts),
			Due: at(d.Due), Formal: at(d.Formal), Met: at(d.Met), Late: d.Late, Open: d.Open(), Proposed: d.Proposed})
	}
	return list, err
}

func apiTakePlan(v *visit, _ *caseIn) (apiAdded, error) {
	n, err := v.desk().TakePlaybook(v.Context(), v.grant.Case(), casework.Typed{Say: v.text})
	return apiAdded{n}, err
}
