package web

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

type (
	apiGroup struct {
		Item      string    `json:"item,omitempty" doc:"Of the fact; missing where the group is only proposed."`
		Name      string    `json:"name"`
		Kinds     []string  `json:"kinds" nullable:"false" doc:"Kinds of data."`
		People    *apiRange `json:"people,omitempty" doc:"Missing where nobody knows. Of fewer than five people with a protected identity the bounds are the outermost: 1 and 4."`
		Protected bool      `json:"protected"`
		Children  bool      `json:"children"`
		Score     float64   `json:"score" doc:"ENISA's severity."`
		Level     int       `json:"level" doc:"1 low, 2 medium, 3 high, 4 very high."`
		Changed   bool      `json:"changed" doc:"Somebody changed what was proposed."`
		Why       string    `json:"why,omitempty"`
		Risk      string    `json:"risk,omitempty" doc:"As decided; missing while nobody has."`
	}
	apiNear struct {
		Number    int    `json:"number"`
		Title     string `json:"title"`
		Authority bool   `json:"authority" doc:"The guidelines conclude that the authority is to be notified."`
		Persons   bool   `json:"persons" doc:"And that the persons are to be told."`
	}
	apiLikeness struct {
		Nearest  []apiNear `json:"nearest" nullable:"false" doc:"Of the 18 cases of EDPB Guidelines 01/2021, the most like first."`
		Conflict bool      `json:"conflict" doc:"The two ways of judging do not say the same; a person decides."`
	}
	apiAssessment struct {
		Version   int64         `json:"version"`
		Groups    []apiGroup    `json:"groups" nullable:"false"`
		Suggested int           `json:"suggested" doc:"Groups that the evidence knows and nobody has entered."`
		Likeness  *apiLikeness  `json:"likeness,omitempty"`
		Decisions []apiDecision `json:"decisions" nullable:"false"`
	}
	apiDecision struct {
		Number int64     `json:"number"`
		About  string    `json:"about"`
		Group  string    `json:"group,omitempty"`
		Says   string    `json:"says"`
		Why    string    `json:"why"`
		Facts  int64     `json:"facts" doc:"The version of the facts that it rests on."`
		At     time.Time `json:"at"`
		By     string    `json:"by"`
	}
	apiNumber struct {
		Number int64 `json:"number"`
	}
	apiForm struct {
		Form   string `json:"form"`
		Title  string `json:"title"`
		Filled int    `json:"filled"`
		Asked  int    `json:"asked"`
		Ready  bool   `json:"ready" doc:"It can be sent as what it says it is."`
	}
	apiFiling struct {
		Number  int64     `json:"number"`
		Form    string    `json:"form"`
		Sent    time.Time `json:"sent"`
		Facts   int64     `json:"facts"`
		By      string    `json:"by"`
		Receipt string    `json:"receipt,omitempty"`
	}
	apiForms struct {
		Forms []apiForm   `json:"forms" nullable:"false"`
		Sent  []apiFiling `json:"sent" nullable:"false"`
	}
	apiFlag struct {
		Field   string `json:"field"`
		Trouble string `json:"trouble"`
		Ground  string `json:"ground,omitempty"`
	}
	apiDraft struct {
		Form   string    `json:"form"`
		Facts  int64     `json:"facts" doc:"The version of the facts that it was made of."`
		Filled int       `json:"filled"`
		Asked  int       `json:"asked"`
		Flags  []apiFlag `json:"flags" nullable:"false"`
		Late   string    `json:"refused,omitempty" doc:"Why it cannot be sent as it is."`
		Draft  any       `json:"draft" doc:"The answers, each with its provenance, as docs/formats.md describes a draft."`
	}
)

func assessmentOperations(a *api) {
	reads(a, "/cases/{case}/assessment", auth.ReadFacts, "assessment-show", "How bad it is for each group, what was decided", apiShowAssessment)
	acts(a, "/cases/{case}/assessment/groups", auth.RecordFacts, "assessment-groups", "Enter the groups of people that the evidence knows", apiTakeGroups)
	acts(a, "/cases/{case}/decisions", auth.Decide, "assessment-decide", "Keep a decision of the token's owner", apiDecide)
	reads(a, "/cases/{case}/drafts", auth.ReadFacts, "drafts-list", "The forms for the authorities, and what was sent", apiListForms)
	reads(a, "/cases/{case}/drafts/{form}", auth.ReadFacts, "drafts-show", "One form as it stands", apiShowDraft)
	acts(a, "/cases/{case}/drafts/{form}/sent", auth.FileNotification, "drafts-sent", "Note that a form was sent", apiSendDraft)
	acts(a, "/cases/{case}/receipts", auth.FileNotification, "drafts-receipt", "Note the number that an authority gave", apiKeepReceipt)
}

func (v *visit) apiGroups(x casework.Dossier) []apiGroup {
	list := []apiGroup{}
	for _, c := range x.Cohorts() {
		g := apiGroup{Item: c.Item, Name: c.Name, Kinds: []string{}, Protected: c.Protected, Children: c.Children, Score: c.Score.Float(),
			Level: int(c.Level()), Changed: c.Changed(), Why: c.Why}
		for _, k := range c.Kinds.List() {
			g.Kinds = append(g.Kinds, k.String())
		}
		if c.People != nil {
			g.People = &apiRange{c.People.Lower, c.People.Upper}
		}
		if c.Risk != nil {
			g.Risk = c.Risk.Says
		}
		list = append(list, g)
	}
	return list
}

func apiShowAssessment(v *visit, _ *caseIn) (apiAssessment, error) {
	x, err := v.dossierOf(v.Context(), time.Time{})
	if err != nil {
		return apiAssessment{}, err
	}
	out := apiAssessment{Version: x.Version, Groups: v.apiGroups(x), Suggested: len(x.Suggested()), Decisions: []apiDecision{}}
	if l, ok := x.Likeness(); ok {
		out.Likeness = &apiLikeness{Nearest: []apiNear{}, Conflict: l.Conflict}
		for _, c := range l.Nearest {
			out.Likeness.Nearest = append(out.Likeness.Nearest, apiNear{c.Number, casework.PrecedentTitle(c, v.text), c.Authority, c.Persons})
		}
	}
	for _, d := range x.Decisions {
		out.Decisions = append(out.Decisions, apiDecision(d))
	}
	return out, nil
}

func apiTakeGroups(v *visit, _ *caseIn) (apiAdded, error) {
	n, err := v.desk().TakeCohorts(v.Context(), v.grant.Case(), v.text.T("part.protected"), casework.Typed{Say: v.text})
	return apiAdded{n}, err
}

type decideIn struct {
	Case string `path:"case" doc:"The case's number."`
	Body struct {
		About string `json:"about" doc:"What is decided."`
		Group string `json:"group,omitempty" doc:"The item of the group of people it is about."`
		Says  string `json:"says"`
		Why   string `json:"why" maxLength:"10000"`
		Facts int64  `json:"facts" doc:"The version of the facts that it rests on."`
	}
}

func apiDecide(v *visit, in *decideIn) (apiNumber, error) {
	b := in.Body
	d, err := v.desk().Decide(v.Context(), v.grant.Case(), breach.Decision{About: b.About, Group: b.Group, Says: b.Says, Why: b.Why, Facts: b.Facts})
	return apiNumber{d.Number}, err
}

func apiListForms(v *visit, _ *caseIn) (apiForms, error) {
	x, err := v.dossierOf(v.Context(), time.Time{})
	out := apiForms{Forms: []apiForm{}, Sent: []apiFiling{}}
	if err != nil {
		return out, err
	}
	if country := x.Says("case", "country"); country != "" {
		for _, form := range casework.Forms(country) {
			d, err := x.Draft(casework.Drafting{Form: form, Lang: v.text.Lang(), Incomplete: true})
			if err != nil {
				return out, err
			}
			out.Forms = append(out.Forms, apiForm{form, casework.FormTitle(form, v.text), d.Filled, d.Asked, d.Refuse == nil})
		}
	}
	for _, f := range x.Filings {
		out.Sent = append(out.Sent, apiFiling{f.Number, f.Form, f.Sent, f.Facts, f.By, x.Fact("receipt", strconv.FormatInt(f.Number, 10)).Parts.Says("number")})
	}
	return out, nil
}

// draftIn is which draft is asked for.
type draftIn struct {
	Case     string `path:"case" doc:"The case's number."`
	Form     string `path:"form" doc:"A form of drafts-list."`
	Complete bool   `query:"complete" doc:"Nothing follows: GDPR art. 33(4)."`
	Why      string `query:"why" maxLength:"2000" doc:"Why it follows up what was sent before."`
	Withdraw string `query:"withdraw" maxLength:"2000" doc:"Why what was sent before is withdrawn."`
}

func (in draftIn) drafting(v *visit) casework.Drafting {
	return casework.Drafting{Form: in.Form, Lang: v.text.Lang(), Incomplete: !in.Complete, Why: in.Why, Withdrawn: in.Withdraw}
}

func apiShowDraft(v *visit, in *draftIn) (apiDraft, error) {
	d, err := v.desk().Draft(v.Context(), v.grant.Case(), in.drafting(v))
	if err != nil {
		return apiDraft{}, err
	}
	out := apiDraft{Form: in.Form, Facts: d.Facts, Filled: d.Filled, Asked: d.Asked, Flags: []apiFlag{}}
	if d.Refuse != nil {
		out.Late = v.problem(d.Refuse).Detail
	}
	for _, f := range d.Flags {
		out.Flags = append(out.Flags, apiFlag{string(f.Field), string(f.Trouble), f.Ground})
	}
	raw, err := d.JSON()
	out.Draft = json.RawMessage(raw)
	return out, err
}

type sentIn struct {
	Case     string `path:"case" doc:"The case's number."`
	Form     string `path:"form" doc:"A form of drafts-list."`
	Complete bool   `query:"complete" doc:"Nothing follows: GDPR art. 33(4)."`
	Why      string `query:"why" maxLength:"2000" doc:"Why it follows up what was sent before."`
	Withdraw string `query:"withdraw" maxLength:"2000" doc:"Why what was sent before is withdrawn."`
	Body     struct {
		Facts  int64     `json:"facts" doc:"The version of the facts that the draft was made of."`
		At     time.Time `json:"at,omitempty" doc:"When it was sent; now where it is missing."`
		Number string    `json:"number,omitempty" maxLength:"200" doc:"As the authority gave it."`
	}
}

func apiSendDraft(v *visit, in *sentIn) (apiNumber, error) {
	f, err := v.desk().File(v.Context(), v.grant.Case(), casework.Sending{Facts: in.Body.Facts, At: in.Body.At, Number: in.Body.Number,
		Drafting: casework.Drafting{Form: in.Form, Lang: v.text.Lang(), Incomplete: !in.Complete, Why: in.Why, Withdrawn: in.Withdraw}})
	return apiNumber{f.Number}, err
}

type receiptIn struct {
	Case string `path:"case" doc:"The case's number."`
	Body struct {
		Filing int64  `json:"filing" minimum:"1" doc:"The number of what was sent."`
		Number string `json:"number" minLength:"1" maxLength:"200" doc:"As the authority gave it."`
	}
}

func apiKeepReceipt(v *visit, in *receiptIn) (apiEntered, error) {
	f, err := v.desk().Receive(v.Context(), v.grant.Case(), in.Body.Filing, in.Body.Number)
	return apiEntered{f.Item, f.Version}, err
}
