package web

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

// draftsPage is the forms that can be filled, and what was sent.
type draftsPage struct {
	casePage
	Forms  []formLine
	Sent   []filingLine
	Papers []string
	Not    string // why no form can be filled yet
}

// formLine is how far one form is.
type formLine struct {
	Form, Title   string
	Filled, Asked int
	Ready         bool
}

// filingLine is what was sent, in words.
type filingLine struct {
	Number                    int64
	Title, When, By, Received string
}

func showDrafts(v *visit) error {
	base, x, err := v.dossier()
	if err != nil {
		return err
	}
	names, err := v.colleagues()
	if err != nil {
		return err
	}
	p := draftsPage{casePage: base, Papers: casework.Papers()}
	country := x.Says("case", "country")
	if country == "" {
		p.Not = v.text.T("refusal.no-country")
		return v.page("drafts", p)
	}
	for _, form := range casework.Forms(country) {
		d, err := x.Draft(casework.Drafting{Form: form, Lang: v.text.Lang(), Incomplete: true})
		if err != nil {
			return err
		}
		p.Forms = append(p.Forms, formLine{form, casework.FormTitle(form, v.text), d.Filled, d.Asked, d.Refuse == nil})
	}
	for _, f := range x.Filings {
		number := strconv.FormatInt(f.Number, 10)
		p.Sent = append(p.Sent, filingLine{f.Number, casework.FormTitle(f.Form, v.text), v.text.Time(f.Sent.In(x.Zone())), names.of(f.By), x.Fact("receipt", number).Parts.Says("number")})
	}
	return v.page("drafts", p)
}

// draftPage is one form as it stands: each answer with where it comes from.
type draftPage struct {
	casePage
	casework.Drafted
	Ask     casework.Drafting
	Late    string // why it cannot be sent as it is
	Flagged []string
	File    bool // the visitor may say that it was sent
	Formats []string
	Not     string
}

// drafting is which draft a request asks for.
func (v *visit) drafting() casework.Drafting {
	return casework.Drafting{Form: v.FormValue("form"), Lang: v.text.Lang(), Incomplete: v.FormValue("complete") == "", Why: v.FormValue("why"), Withdrawn: v.FormValue("withdraw")}
}

func showDraft(v *visit) error { return v.draftForm(nil) }

func (v *visit) draftForm(wrong error) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	p := draftPage{casePage: base, Ask: v.drafting(), File: v.may(auth.FileNotification), Formats: append(casework.FormFormats(), "json")}
	p.Drafted, err = v.desk().Draft(v.Context(), base.Case.ID, p.Ask)
	var refusal *breach.Refusal
	if errors.As(err, &refusal) {
		p.Not = v.text.Text(refusal.Key, refusal.Args)
		return v.form("draft", p, wrong)
	}
	if err != nil {
		return err
	}
	names, err := v.colleagues()
	if err != nil {
		return err
	}
	p.Form = names.in(p.Form)
	if errors.As(p.Refuse, &refusal) {
		p.Late = v.text.Text(refusal.Key, refusal.Args)
	}
	for _, f := range p.Flags {
		p.Flagged = append(p.Flagged, v.text.T("cmd.draft.flagged", "Field", string(f.Field), "Trouble", v.text.T("draft.trouble."+string(f.Trouble))))
	}
	return v.form("draft", p, wrong)
}

// kinds of files that forms are written as.
func fileKind(format string) string {
	return map[string]string{"html": "text/html; charset=utf-8", "json": "application/json", "odt": "application/vnd.oasis.opendocument.text",
		"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}[format]
}

// showDraftFile hands out a draft as a file, without what is for our own eyes.
func showDraftFile(v *visit) error {
	format := cmp.Or(v.FormValue("format"), "html")
	if !slices.Contains(append(casework.FormFormats(), "json"), format) {
		return errNotThere
	}
	d, err := v.desk().Draft(v.Context(), v.grant.Case(), v.drafting())
	if err != nil {
		return err
	}
	v.download(fileKind(format), "klarlagt-"+d.Shape+"."+format)
	if format == "json" {
		raw, err := d.JSON()
		v.body.Write(raw)
		return err
	}
	return casework.WriteForm(&v.body, d.Form.Bare(), format)
}

// sendDraft keeps what was sent to an authority.
func sendDraft(v *visit) error {
	s := casework.Sending{Drafting: v.drafting(), Number: v.PostFormValue("number")}
	s.Facts, _ = strconv.ParseInt(v.PostFormValue("facts"), 10, 64) // anything else is no version
	if _, err := v.desk().File(v.Context(), v.grant.Case(), s); err != nil {
		return v.draftForm(err)
	}
	return v.redirect(v.inCase("drafts"))
}

// keepReceipt keeps the number that an authority gave.
func keepReceipt(v *visit) error {
	n, _ := strconv.ParseInt(v.PostFormValue("filing"), 10, 64) // no filing is 0
	if _, err := v.desk().Receive(v.Context(), v.grant.Case(), n, v.PostFormValue("number")); err != nil {
		return err
	}
	return v.redirect(v.inCase("drafts"))
}

// showPaper hands out a paper as a file.
func showPaper(v *visit) error {
	format, which := cmp.Or(v.FormValue("format"), "html"), cmp.Or(v.FormValue("paper"), casework.RegisterEntry)
	if !slices.Contains(casework.FormFormats(), format) {
		return errNotThere
	}
	x, err := v.desk().Dossier(v.Context(), v.grant.Case(), time.Time{})
	if err != nil {
		return err
	}
	form, err := x.Paper(which, v.text)
	if err != nil {
		return err
	}
	names, err := v.colleagues()
	if err != nil {
		return err
	}
	v.download(fileKind(format), "klarlagt-"+which+"."+format)
	return casework.WriteForm(&v.body, names.in(form), format)
}
