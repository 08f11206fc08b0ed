package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/store"
)

// Drafting says which draft is wanted.
type Drafting struct {
	Form       string // of Forms: "se-imy"; "" for the common template
	Lang       string // of its texts; "" for the form's own
	Incomplete bool   // more follows: GDPR art. 33(4)
	Why        string // why it follows up what was sent before
	Withdrawn  string // why what was sent before is withdrawn
}

// Drafted is a draft of a notification, laid out as its form.
type Drafted struct {
	draft.Draft
	Form   draft.Form
	Shape  string
	Facts  int64 // the version of the facts that it was made of
	Filled int   // of the fields asked
	Asked  int
	Flags  []draft.Flag // what somebody should look at
	Refuse error        // why it cannot be sent as what it says it is; nil where it can
}

// Draft fills a form from all that is known. Where the authority was notified
// before, it is a follow-up, with what differs.
func (d *Desk) Draft(ctx context.Context, id store.CaseID, o Drafting) (Drafted, error) {
	g, err := d.grant(ctx, id, auth.ReadFacts)
	if err != nil {
		return Drafted{}, err
	}
	x, err := d.dossier(ctx, g, time.Time{})
	if err != nil {
		return Drafted{}, err
	}
	out, err := x.Draft(o)
	if err == nil {
		out.Flags, err = d.flags(ctx, g, out.Draft)
	}
	return out, err
}

// Draft fills a form from the dossier, which knows no names to look for.
func (x Dossier) Draft(o Drafting) (Drafted, error) {
	country := x.Says("case", "country")
	if country == "" {
		return Drafted{}, &breach.Refusal{Key: "refusal.no-country"}
	}
	if o.Form == "" {
		o.Form = TemplateForm
	}
	if !slices.Contains(Forms(country), o.Form) {
		return Drafted{}, &breach.Refusal{Key: "refusal.no-such-form", Args: map[string]any{"Form": o.Form, "Allowed": Forms(country)}}
	}
	shape, shaped := draft.ShapeOf(o.Form)
	if shaped {
		o.Lang = shape.Lang // an authority's form is in its own language
	}
	c := x.draftCase(o.Lang)
	c.Incomplete = o.Incomplete
	var err error
	if c.Earlier, err = x.earlier(o); err != nil {
		return Drafted{}, err
	}
	if c.Earlier != nil && o.Withdrawn != "" {
		c.Withdrawn = draft.Statement{Mark: draft.Mark{At: x.Now}, Text: o.Withdrawn}
	}
	filled, err := draft.Fill(c)
	if err != nil {
		return Drafted{}, err
	}
	out := Drafted{Draft: filled, Shape: o.Form, Facts: x.Version, Asked: len(filled.Answers), Flags: draft.Check(filled, nil), Refuse: draft.Ready(filled)}
	for _, a := range filled.Answers {
		if a.Given() {
			out.Filled++
		}
	}
	if out.Form = filled.Form(o.Lang); shaped {
		out.Form = filled.In(shape)
	}
	return out, nil
}

// earlier is what was sent to the same authority last; nil for a new
// notification.
func (x Dossier) earlier(o Drafting) (*draft.Earlier, error) {
	same := []string{o.Form}
	if forms := SupervisorForms(x.Says("case", "country")); slices.Contains(forms, o.Form) {
		same = forms
	}
	for _, f := range slices.Backward(x.Filings) {
		if !slices.Contains(same, f.Form) {
			continue
		}
		sent, err := draft.Parse(f.Content)
		if err != nil {
			return nil, fmt.Errorf("filing %d: %w", f.Number, err)
		}
		receipt := x.Fact("receipt", strconv.FormatInt(f.Number, 10))
		return &draft.Earlier{Number: receipt.Parts.Says("number"), Sent: &sent, Why: draft.Statement{Mark: draft.Mark{At: x.Now}, Text: o.Why}}, nil
	}
	return nil, nil
}

// Sending is a draft that was sent.
type Sending struct {
	Drafting
	Facts  int64 // the version of the facts that the draft was made of
	At     time.Time
	Number string // as the authority gave it; "" where it has not yet
}

// File keeps what was sent to an authority, byte for byte, with the number it
// gave. What cannot be sent as what it says it is, is refused: late without
// reasons, or whole with fields left open.
func (d *Desk) File(ctx context.Context, id store.CaseID, s Sending) (breach.Filing, error) {
	g, err := d.grant(ctx, id, auth.FileNotification)
	if err != nil {
		return breach.Filing{}, err
	}
	if s.At.IsZero() {
		s.At = d.now()
	}
	if s.At.After(d.now()) {
		return breach.Filing{}, &breach.Refusal{Key: "refusal.filed-future"}
	}
	x, err := d.dossier(ctx, g, time.Time{})
	if err != nil {
		return breach.Filing{}, err
	}
	x.Now = s.At // whether it was late is as of then
	made, err := x.Draft(s.Drafting)
	if err == nil {
		err = made.Refuse
	}
	if err != nil {
		return breach.Filing{}, err
	}
	if s.Facts == 0 {
		s.Facts = x.Version
	}
	raw, err := made.Draft.JSON()
	if err != nil {
		return breach.Filing{}, err
	}
	f, err := d.Store.File(ctx, g, breach.Filing{Form: made.Shape, Sent: s.At, Facts: s.Facts, Content: raw})
	if err == nil && s.Number != "" {
		_, err = d.receipt(ctx, g, f.Number, 0, s.Number, d.now())
	}
	return f, err
}

// Receive keeps the number that an authority gave to what was sent.
func (d *Desk) Receive(ctx context.Context, id store.CaseID, filing int64, number string) (breach.Fact, error) {
	g, err := d.grant(ctx, id, auth.FileNotification)
	if err != nil {
		return breach.Fact{}, err
	}
	filings, err := d.Store.Filings(ctx, g)
	if err != nil {
		return breach.Fact{}, err
	}
	if !slices.ContainsFunc(filings, func(f breach.Filing) bool { return f.Number == filing }) {
		return breach.Fact{}, &breach.Refusal{Key: "refusal.no-such-filing"}
	}
	facts, err := d.facts(ctx, g)
	if err != nil {
		return breach.Fact{}, err
	}
	base := know(facts, time.Time{}).Base("receipt", strconv.FormatInt(filing, 10))
	return d.receipt(ctx, g, filing, base, number, d.now())
}

func (d *Desk) receipt(ctx context.Context, g auth.Grant, filing, base int64, number string, at time.Time) (breach.Fact, error) {
	if len(number) > mostText {
		return breach.Fact{}, &breach.Refusal{Key: "refusal.fact-long", Args: map[string]any{"Part": "number", "Most": mostText}}
	}
	return d.Store.Enter(ctx, g, base, breach.Fact{Field: "receipt", Item: strconv.FormatInt(filing, 10),
		Parts: breach.Texts(map[string]string{"number": number, "at": at.Format(time.RFC3339)})})
}
