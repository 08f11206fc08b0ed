package web

import (
	"context"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// What operations answer with. Names are those of docs/formats.md.
type (
	apiCase struct {
		ID       string    `json:"id"`
		Title    string    `json:"title,omitempty" doc:"Missing where the case's key is lost."`
		OpenedAt time.Time `json:"opened_at"`
		Closed   bool      `json:"closed"`
		Secret   bool      `json:"secret" doc:"Its key is wrapped to single members."`
	}
	apiCases struct {
		Cases  []apiCase `json:"cases" nullable:"false"`
		Others int       `json:"others" doc:"How many more cases there are, on which the token's owner does not work."`
	}
	apiOpened struct {
		ID string `json:"id"`
	}
	apiNext struct {
		Say  string `json:"say"`
		Fact string `json:"fact,omitempty"`
		Item string `json:"item,omitempty"`
	}
	apiDesk struct {
		Case    apiCase    `json:"case"`
		Version int64      `json:"version" doc:"Of the facts."`
		People  *apiRange  `json:"people,omitempty" doc:"How many are touched; missing where nobody knows."`
		Groups  []apiGroup `json:"groups" nullable:"false"`
		Duties  []apiDuty  `json:"duties" nullable:"false"`
		Next    []apiNext  `json:"next" nullable:"false" doc:"What to do next, the most pressing first."`
	}
	apiRange struct {
		Lower int64 `json:"lower"`
		Upper int64 `json:"upper" doc:"0 over a lower bound that is not 0: nobody knows."`
	}
	apiMember struct {
		ID    string      `json:"id"`
		Name  string      `json:"name"`
		Roles []auth.Role `json:"roles" nullable:"false"`
	}
	apiMembers struct {
		Members []apiMember `json:"members" nullable:"false"`
	}
	apiRecord struct {
		Seq     int64     `json:"seq"`
		At      time.Time `json:"at"`
		Who     string    `json:"who"`
		Act     string    `json:"act"`
		Object  string    `json:"object,omitempty"`
		Purpose string    `json:"purpose,omitempty"`
		Refused bool      `json:"refused"`
		Why     string    `json:"why,omitempty" doc:"Why it was refused."`
		Origin  string    `json:"origin"`
	}
	apiRecords struct {
		Records []apiRecord `json:"records" nullable:"false"`
		Next    int64       `json:"next,omitempty" doc:"What to give as after, for those that follow."`
	}
)

func caseOperations(a *api) {
	reads(a, "/cases", auth.ListCases, "cases-list", "List the cases that one works on", apiListCases)
	acts(a, "/cases", auth.OpenCase, "cases-open", "Open a case", apiOpenCase)
	reads(a, "/cases/{case}", auth.ReadFacts, "cases-desk", "What runs out when, how many people, how bad, what to do next", apiShowDesk)
	reads(a, "/cases/{case}/dossier", auth.ReadFacts, "cases-dossier", "All that is said, counted, concluded and sent, with every version of every fact", apiShowDossier)
	reads(a, "/cases/{case}/members", auth.ReadReport, "cases-members", "Who works on the case", apiListMembers)
	reads(a, "/cases/{case}/journal", auth.ReadCaseJournal, "cases-journal", "Who did and saw what, the oldest first", apiCaseJournal)
}

func apiCaseOf(c store.Case) apiCase {
	return apiCase{ID: string(c.ID), Title: c.Title, OpenedAt: c.OpenedAt, Closed: c.Closed, Secret: c.Secret}
}

func apiListCases(v *visit, _ *struct{}) (out apiCases, err error) {
	all, err := v.tenant.Cases(v.Context(), v.grant)
	out.Cases = []apiCase{}
	for _, c := range all {
		if slices.Contains(v.session.Cases, c.ID) {
			out.Cases = append(out.Cases, apiCaseOf(c))
		}
	}
	out.Others = len(all) - len(out.Cases)
	return out, err
}

type openIn struct {
	Body struct {
		Title string `json:"title" maxLength:"200" doc:"For those who work on it; it names nobody."`
	}
}

func apiOpenCase(v *visit, in *openIn) (apiOpened, error) {
	c, err := v.open(in.Body.Title)
	return apiOpened{string(c.ID)}, err
}

func apiShowDesk(v *visit, _ *caseIn) (apiDesk, error) {
	base, x, err := v.dossier()
	if err != nil {
		return apiDesk{}, err
	}
	out := apiDesk{Case: apiCaseOf(base.Case), Version: x.Version, Groups: v.apiGroups(x), Next: []apiNext{}}
	if r := x.People(); r != nil {
		out.People = &apiRange{r.Lower, r.Upper}
	}
	for _, n := range x.Next() {
		out.Next = append(out.Next, apiNext{v.text.T(n.Key, "Group", n.Group), n.Fact, n.Item})
	}
	out.Duties, err = v.apiDuties(x, false)
	return out, err
}

func apiListMembers(v *visit, _ *caseIn) (apiMembers, error) {
	members, err := v.Control.Members(v.Context(), v.grant)
	out := apiMembers{Members: []apiMember{}}
	for _, u := range members {
		out.Members = append(out.Members, apiMember{string(u.Account.User), u.Shown.Reveal(), u.Roles}) // of colleagues, to a colleague
	}
	return out, err
}

type journalIn struct {
	Case  string `path:"case" doc:"The case's number."`
	After int64  `query:"after" minimum:"0" doc:"Only records after this one."`
}

func apiCaseJournal(v *visit, in *journalIn) (out apiRecords, err error) {
	out.Records = []apiRecord{}
	names, err := v.Control.Shown(v.Context(), v.grant)
	if err != nil {
		return out, err
	}
	list, err := v.tenant.RecordsAfter(v.Context(), v.grant, in.After, mostLines+1)
	if err != nil {
		return out, err
	}
	if len(list) > mostLines {
		list = list[:mostLines]
		out.Next = list[mostLines-1].Seq
	}
	for _, r := range list {
		l := newLine(r, names)
		out.Records = append(out.Records, apiRecord{l.Seq, l.At, l.Who, l.Act, l.Object, l.Purpose, l.Refused, l.Why, l.Origin})
	}
	return out, nil
}

// dossierOf is the case as it stood at a time; now for none.
func (v *visit) dossierOf(ctx context.Context, at time.Time) (casework.Dossier, error) {
	return v.desk().Dossier(ctx, v.grant.Case(), at)
}
