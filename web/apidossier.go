package web

import (
	"time"
)

type (
	apiVersion struct {
		Fact    string            `json:"fact"`
		Item    string            `json:"item,omitempty"`
		Version int64             `json:"version"`
		Parts   map[string]string `json:"parts"`
		Gone    bool              `json:"taken_back,omitempty"`
		At      time.Time         `json:"at"`
		By      string            `json:"by"`
	}
	apiSent struct {
		Number int64     `json:"number"`
		Form   string    `json:"form"`
		Sent   time.Time `json:"sent"`
		Facts  int64     `json:"facts"`
		By     string    `json:"by"`
	}
	apiDossier struct {
		Tenant    string        `json:"tenant" doc:"Whose cases these are."`
		Case      apiCase       `json:"case"`
		Facts     []apiVersion  `json:"facts" nullable:"false" doc:"Every version, the oldest first."`
		Decisions []apiDecision `json:"decisions" nullable:"false"`
		Filings   []apiSent     `json:"filings" nullable:"false"`
		Evidence  int64         `json:"evidence" doc:"How many items of evidence there are."`
		Unread    int64         `json:"unread" doc:"Of which nobody knows the text."`
		Result    any           `json:"result,omitempty" doc:"What became known of people, in numbers; those of a few people with a protected identity are left out.."`
	}
)

func apiShowDossier(v *visit, _ *caseIn) (apiDossier, error) {
	base, x, err := v.dossier()
	if err != nil {
		return apiDossier{}, err
	}
	out := apiDossier{Tenant: string(v.session.Tenant), Case: apiCaseOf(base.Case), Facts: []apiVersion{}, Decisions: []apiDecision{}, Filings: []apiSent{}, Evidence: x.Evidence, Unread: x.Unread}
	for _, f := range x.Versions() {
		parts := map[string]string{}
		for name := range f.Parts {
			parts[name] = f.Parts.Says(name)
		}
		out.Facts = append(out.Facts, apiVersion{f.Field, f.Item, f.Version, parts, f.Gone, f.At, f.By})
	}
	for _, d := range x.Decisions {
		out.Decisions = append(out.Decisions, apiDecision(d))
	}
	for _, f := range x.Filings {
		out.Filings = append(out.Filings, apiSent{f.Number, f.Form, f.Sent, f.Facts, f.By})
	}
	if x.Result != nil {
		out.Result = x.Result.WithoutFew()
	}
	return out, nil
}
