package web

import (
	"strconv"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/locale"
)

// assessmentPage is how bad it is for each group of people, what other cases
// came to, and what was decided.
type assessmentPage struct {
	casePage
	Groups    []groupLine
	Suggested int
	Near      *nearView
	Decisions []decisionLine
	Version   int64
	Enter     bool
	Decide    bool
	Typed     breach.Decision // what was typed and refused
}

// nearView is the cases most like this one, and what the reasoning comes to.
type nearView struct {
	casework.Likeness
	Cases []nearCase
	Level string
}

// nearCase is one of the EDPB's cases.
type nearCase struct {
	Number             int
	Title              string
	Authority, Persons bool
}

// decisionLine is a decision in words.
type decisionLine struct {
	breach.Decision
	About, Group, Says, When, Who string
}

func showAssessment(v *visit) error { return v.assessment(nil) }

func (v *visit) assessment(wrong error) error {
	base, x, err := v.dossier()
	if err != nil {
		return err
	}
	p := assessmentPage{casePage: base, Groups: v.groupLines(x), Suggested: len(x.Suggested()), Version: x.Version, Enter: v.may(auth.RecordFacts), Decide: v.may(auth.Decide)}
	names, err := v.colleagues()
	if err != nil {
		return err
	}
	if wrong != nil {
		p.Typed = v.typedDecision()
	}
	if l, ok := x.Likeness(); ok {
		p.Near = &nearView{Likeness: l, Level: v.text.T("draft.risk.open")}
		if l.Level != 0 {
			p.Near.Level = v.text.T("level." + strconv.Itoa(int(l.Level)))
		}
		for _, c := range l.Nearest {
			p.Near.Cases = append(p.Near.Cases, nearCase{c.Number, casework.PrecedentTitle(c, v.text), c.Authority, c.Persons})
		}
	}
	for _, d := range x.Decisions {
		p.Decisions = append(p.Decisions, decisionLine{d, v.text.T("decision." + d.About), x.Fact("cohort", d.Group).Parts.Says("name"),
			v.text.T("decision." + d.About + "." + d.Says), v.text.Time(d.At.In(x.Zone())), names.of(d.By)})
	}
	return v.form("assessment", p, wrong)
}

// takeGroups enters the groups of people that the evidence knows.
func takeGroups(v *visit) error {
	if _, err := v.desk().TakeCohorts(v.Context(), v.grant.Case(), v.text.T("part.protected"), casework.Typed{Say: v.text}); err != nil {
		return err
	}
	return v.redirect(v.inCase("assessment"))
}

func (v *visit) typedDecision() breach.Decision {
	d := breach.Decision{About: v.PostFormValue("about"), Group: v.PostFormValue("group"), Says: v.PostFormValue("says"), Why: v.PostFormValue("why")}
	d.Facts, _ = strconv.ParseInt(v.PostFormValue("facts"), 10, 64) // anything else is no version
	return d
}

// decide keeps a decision in the visitor's own name.
func decide(v *visit) error {
	if _, err := v.desk().Decide(v.Context(), v.grant.Case(), v.typedDecision()); err != nil {
		return v.assessment(err)
	}
	return v.redirect(v.inCase("assessment"))
}

// timelinePage is what happened when, and how long the news took.
type timelinePage struct {
	casePage
	Events []event
	Delays []string
	Enter  bool
}

// event is one line of the timeline.
type event struct {
	When, What, Who string
	Estimated       bool
}

func showTimeline(v *visit) error {
	base, x, err := v.dossier()
	if err != nil {
		return err
	}
	names, err := v.colleagues()
	if err != nil {
		return err
	}
	p := timelinePage{casePage: base, Enter: v.may(auth.RecordFacts)}
	for _, e := range x.Timeline(v.text) {
		p.Events = append(p.Events, event{v.text.Time(e.At.In(x.Zone())), e.What, names.of(e.Who), e.Estimated})
	}
	for _, d := range x.Delays() {
		p.Delays = append(p.Delays, v.text.T("draft.chain.delay", "Count", d.Days, "Told", d.To.Told, "Date", v.text.Date(d.From.When.At.In(x.Zone())), "Who", d.From.Who))
	}
	return v.page("timeline", p)
}

// decisionForm is the form of one decision.
type decisionForm struct {
	Case               auth.CaseID
	About, Group, Name string
	Says               []factChoice
	Now                string // what is decided so far; "" for nothing
	Why                string
	Version            int64
	Typed              bool
}

// decision is the form of a decision: empty, or as it was typed and refused.
func (p assessmentPage) decision(say *locale.Printer, about, group, name string) decisionForm {
	f := decisionForm{Case: p.Case.ID, About: about, Group: group, Name: name, Version: p.Version, Typed: p.Typed.About == about && p.Typed.Group == group}
	if f.Typed {
		f.Why = p.Typed.Why
	}
	for _, d := range p.Decisions {
		if d.Decision.About == about && d.Decision.Group == group {
			f.Now = d.Says
		}
	}
	for _, m := range casework.Matters() {
		for _, says := range m.Says {
			if m.About == about {
				f.Says = append(f.Says, factChoice{casework.Choice{Value: says, Title: say.T("decision." + about + "." + says)}, f.Typed && p.Typed.Says == says})
			}
		}
	}
	return f
}
