package web

import (
	"time"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
)

// deskPage is the first page of a case: what runs out when, what is known and
// what is not, how many people, how bad, what to do next.
type deskPage struct {
	casePage
	Duties  []dutyLine
	Next    []casework.Next
	Known   []knownLine
	People  string // how many; "" where nobody knows
	Groups  []groupLine
	Tasks   []taskLine
	Version int64
	Enter   bool // the visitor may enter facts
}

// dutyLine is a duty in words.
type dutyLine struct {
	casework.Duty
	Name, State, Left, Due, Formal, Working, Starts string
	Tone                                            string // "danger", "success", "info"
}

// knownLine is one of the facts that everything hangs on.
type knownLine struct {
	Fact, Title, Says string
	Open              bool
}

// groupLine is a group of people in words.
type groupLine struct {
	casework.Cohort
	People, Score, Level, Risk string
	Tone                       string
}

// taskLine is a task in words.
type taskLine struct {
	Item, Name, Owner, Due, Left, Done string
	Late                               bool
}

// showDesk shows the desk to whoever may see the facts, and to others the
// report.
func showDesk(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	if base.Case.Closed || base.Case.KeyLost || !v.may(auth.ReadFacts) {
		return v.report(base)
	}
	x, err := v.desk().Dossier(v.Context(), base.Case.ID, time.Time{})
	if err != nil {
		return err
	}
	p := deskPage{casePage: base, Next: x.Next(), Version: x.Version, Enter: v.may(auth.RecordFacts), Tasks: v.taskLines(x, true), Groups: v.groupLines(x)}
	if p.Duties, err = v.dutyLines(x, false); err != nil {
		return err
	}
	p.People = casework.Bounds(x.People(), v.text)
	for _, field := range []string{"occurred-from", "aware", "contained", "discovery", "nature", "controller"} {
		p.Known = append(p.Known, v.knownLine(x, field))
	}
	return v.page("desk", p)
}

// dossier is the case that the path names, with all that is known of it now.
func (v *visit) dossier() (casePage, casework.Dossier, error) {
	base, err := v.theCase()
	if err != nil {
		return base, casework.Dossier{}, err
	}
	x, err := v.desk().Dossier(v.Context(), base.Case.ID, time.Time{})
	return base, x, err
}

func (v *visit) knownLine(x casework.Dossier, field string) knownLine {
	sort, _ := casework.SortOf(field)
	f := x.Fact(field, "")
	line := knownLine{Fact: field, Title: sort.Title(v.text), Open: f.Version == 0}
	for _, part := range []string{"at", "unknown", "estimated", "how", "incident", "name"} {
		if part == "estimated" && f.Parts.Says(part) != "" {
			line.Says += " (" + v.text.T("web.timeline.estimated") + ")"
			continue
		}
		if said := casework.Words(f, part, v.text, x.Zone()); said != "" {
			if line.Says != "" {
				line.Says += ", "
			}
			line.Says += said
		}
	}
	return line
}

func (v *visit) dutyLines(x casework.Dossier, proposed bool) ([]dutyLine, error) {
	duties, err := x.Duties(proposed)
	if err != nil {
		return nil, err
	}
	var lines []dutyLine
	for _, d := range duties {
		at := func(t time.Time) string {
			if t.IsZero() {
				return ""
			}
			return v.text.Time(t.In(x.Zone()))
		}
		l := dutyLine{Duty: d, Name: v.text.T("duty." + d.Rule), State: casework.DutyState(d, v.text, x.Zone()), Due: at(d.Due), Formal: at(d.Formal), Working: at(d.Working),
			Starts: at(d.Starts), Tone: "info"}
		switch {
		case d.Late:
			l.Tone = "danger"
		case !d.Open():
			l.Tone = "success"
		}
		if d.Open() && !d.Due.IsZero() {
			l.Left = casework.TimeLeft(d.Due, x.Now, v.text)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func (v *visit) groupLines(x casework.Dossier) []groupLine {
	var lines []groupLine
	for _, c := range x.Cohorts() {
		l := groupLine{Cohort: c, People: casework.Bounds(c.People, v.text), Score: v.text.Decimal(c.Score.Float(), 2),
			Level: v.text.T("level." + string('0'+rune(c.Level()))), Risk: v.text.T("draft.risk.open"), Tone: "info"}
		if c.Level() >= assess.High {
			l.Tone = "danger"
		}
		if c.Risk != nil {
			l.Risk = v.text.T("decision.risk." + c.Risk.Says)
		}
		lines = append(lines, l)
	}
	return lines
}

// taskLines lists the tasks: all, or those that are open.
func (v *visit) taskLines(x casework.Dossier, open bool) []taskLine {
	var lines []taskLine
	for _, f := range x.Items("task") {
		say := func(part string) string { return casework.Words(f, part, v.text, x.Zone()) }
		l := taskLine{Item: f.Item, Name: say("name"), Owner: say("owner"), Due: say("due"), Done: say("done")}
		if open && l.Done != "" {
			continue
		}
		if due, err := time.Parse(time.RFC3339, f.Parts.Says("due")); err == nil && l.Done == "" {
			l.Late, l.Left = due.Before(x.Now), casework.TimeLeft(due, x.Now, v.text)
		}
		lines = append(lines, l)
	}
	return lines
}

// dutiesPage is what is to be done: duties on every reading of their time, and
// tasks.
type dutiesPage struct {
	casePage
	Duties   []dutyLine
	Proposed bool
	Tasks    []taskLine
	Enter    bool
	Kind     bool // there is a playbook to take
}

func showDuties(v *visit) error {
	base, x, err := v.dossier()
	if err != nil {
		return err
	}
	p := dutiesPage{casePage: base, Proposed: v.URL.Query().Get("proposed") != "", Enter: v.may(auth.RecordFacts), Kind: x.Says("case", "kind") != "", Tasks: v.taskLines(x, false)}
	if p.Duties, err = v.dutyLines(x, p.Proposed); err != nil {
		return err
	}
	return v.page("duties", p)
}

// takePlan adds the tasks of the playbook.
func takePlan(v *visit) error {
	if _, err := v.desk().TakePlaybook(v.Context(), v.grant.Case(), casework.Typed{Say: v.text}); err != nil {
		return err
	}
	return v.redirect(v.inCase("duties"))
}

// inCase is the path of a page of the case.
func (v *visit) inCase(page string) string { return "/cases/" + v.PathValue("case") + "/" + page }

// showCalendar hands out duties and tasks as a calendar.
func showCalendar(v *visit) error {
	x, err := v.desk().Dossier(v.Context(), v.grant.Case(), time.Time{})
	if err != nil {
		return err
	}
	v.download("text/calendar; charset=utf-8", "klarlagt-"+string(v.grant.Case())+".ics")
	return x.Calendar(&v.body, v.grant.Case(), v.text)
}

// download makes the answer a file.
func (v *visit) download(kind, name string) {
	v.body.Reset()
	v.out.Header().Set("Content-Type", kind)
	v.out.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
