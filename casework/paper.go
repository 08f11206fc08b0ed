package casework

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
)

// The papers.
const (
	RegisterEntry = "register" // what GDPR art. 33(5) wants documented
	BoardPaper    = "board"    // for those who answer for the organisation
)

// Papers lists the papers that can be made of a case.
func Papers() []string { return []string{RegisterEntry, BoardPaper} }

// Paper lays a case out as a paper in a language, from the facts of all forms.
// It holds no contacts.
func (x Dossier) Paper(which string, say *locale.Printer) (draft.Form, error) {
	if !slices.Contains(Papers(), which) {
		return draft.Form{}, &breach.Refusal{Key: "refusal.no-such-paper", Args: map[string]any{"Allowed": Papers()}}
	}
	p := paper{x, say}
	form := draft.Form{Lang: say.Lang(), Title: say.T("paper." + which),
		Notes: []string{say.T("paper.as-of", "Time", p.time(x.Now), "Version", x.Version)}}
	parts := []func() draft.Section{p.happened, p.times, p.people, p.action, p.decisions, p.sent}
	if which == BoardPaper {
		parts = []func() draft.Section{p.happened, p.people, p.duties, p.action, p.decisions, p.sent, p.tasks}
	}
	for _, part := range parts {
		if s := part(); len(s.Rows) > 0 {
			form.Sections = append(form.Sections, s)
		}
	}
	return form, nil
}

// paper puts a dossier into words.
type paper struct {
	Dossier
	say *locale.Printer
}

func (p paper) time(t time.Time) string { return p.say.Time(t.In(p.Zone())) }

// row is one line of a paper, with who said so and when.
func (p paper) row(label string, from breach.Fact, lines ...string) draft.Row {
	r := draft.Row{Label: label}
	for _, l := range lines {
		if l != "" {
			r.Lines = append(r.Lines, strings.Split(l, "\n")...)
		}
	}
	if from.Version > 0 {
		r.Origin = p.say.T("draft.from.case", "By", from.By, "At", p.time(from.At))
	}
	if r.Open = len(r.Lines) == 0; r.Open {
		r.Lines = []string{p.say.T("paper.not-known")}
	}
	return r
}

// part is what one part of a fact says, in words.
func (p paper) part(f breach.Fact, name string) string { return Words(f, name, p.say, p.Zone()) }

func (p paper) fact(field string, parts ...string) draft.Row {
	f := p.Fact(field, "")
	var lines []string
	for _, name := range parts {
		lines = append(lines, p.part(f, name))
	}
	return p.row(p.say.T("fact."+field), f, lines...)
}

func (p paper) happened() draft.Section {
	s := draft.Section{Title: p.say.T("paper.happened"), Rows: []draft.Row{p.fact("controller", "name"), p.fact("case", "kind", "reference"),
		p.fact("nature", "incident", "nature", "cause", "description"), p.fact("discovery", "how", "description")}}
	for _, f := range p.Items("system") {
		s.Rows = append(s.Rows, p.row(p.say.T("fact.system"), f, joinedText(p.part(f, "name"), p.part(f, "where"), p.part(f, "state"))))
	}
	for _, f := range p.Items("party") {
		s.Rows = append(s.Rows, p.row(p.say.T("fact.party"), f, joinedText(p.part(f, "name"), p.part(f, "part"))))
	}
	return s
}

func (p paper) times() draft.Section {
	s := draft.Section{Title: p.say.T("paper.times")}
	for _, field := range []string{"occurred-from", "occurred-to", "tip", "told", "aware", "contained"} {
		s.Rows = append(s.Rows, p.fact(field, "at", "estimated", "unknown", "why"))
	}
	for _, f := range p.Chain() {
		s.Rows = append(s.Rows, p.row(p.say.T("fact.step"), f, joinedText(p.part(f, "at"), p.part(f, "who"), p.part(f, "told"), p.part(f, "what"))))
	}
	return s
}

// people is who is touched, with which kinds of data, and how bad it is.
func (p paper) people() draft.Section {
	s := draft.Section{Title: p.say.T("paper.people")}
	if x := p.extent(); x.People != nil {
		s.Rows = append(s.Rows, p.row(p.say.T("paper.count"), breach.Fact{}, Bounds(x.People, p.say)))
	}
	for _, c := range p.Cohorts() {
		lines := []string{Bounds(c.People, p.say), p.say.Text("paper.kinds", map[string]any{"Kinds": c.Kinds.List()}), p.score(c), p.say.T("draft.risk.open")}
		if c.Risk != nil {
			lines[3] = p.say.T("decision.risk."+c.Risk.Says) + ": " + c.Risk.Why
		}
		s.Rows = append(s.Rows, p.row(c.Name, c.Fact, lines...))
	}
	return s
}

func (p paper) score(c Cohort) string {
	return p.say.T("paper.score", "Score", p.say.Decimal(c.Score.Float(), 2), "Level", p.say.T("level."+strconv.Itoa(int(c.Level()))))
}

// Bounds is how many people, in words; "" where nobody knows.
func Bounds(r *draft.Range, say *locale.Printer) string {
	switch {
	case r == nil:
		return ""
	case r.Lower == 0 && r.Upper > 0:
		return say.T("draft.people.to", "Number", r.Upper)
	case r.Upper < r.Lower:
		return say.T("draft.people.from", "Number", r.Lower)
	}
	return say.Range(r.Lower, r.Upper)
}

func (p paper) action() draft.Section {
	return draft.Section{Title: p.say.T("paper.action"), Rows: []draft.Row{p.fact("before", "measures", "description"), p.fact("taken", "description"),
		p.fact("prevention", "measures", "description"), p.fact("notice", "informed", "at", "means", "not-all", "exemption", "why", "content")}}
}

func (p paper) decisions() draft.Section {
	s := draft.Section{Title: p.say.T("paper.decisions")}
	for _, d := range p.Decisions {
		group := p.Fact("cohort", d.Group).Parts.Says("name")
		s.Rows = append(s.Rows, draft.Row{Label: joinedText(p.say.T("decision."+d.About), group), Lines: append([]string{p.say.T("decision." + d.About + "." + d.Says)}, strings.Split(d.Why, "\n")...),
			Origin: p.say.T("paper.signed", "By", d.By, "Time", p.time(d.At), "Version", d.Facts)})
	}
	return s
}

func (p paper) sent() draft.Section {
	s := draft.Section{Title: p.say.T("paper.sent")}
	for _, f := range p.Filings {
		receipt := p.Fact("receipt", strconv.FormatInt(f.Number, 10)).Parts.Says("number")
		s.Rows = append(s.Rows, draft.Row{Label: FormTitle(f.Form, p.say), Lines: []string{joinedText(p.time(f.Sent), receipt)},
			Origin: p.say.T("paper.signed", "By", f.By, "Time", p.time(f.Sent), "Version", f.Facts)})
	}
	return s
}

func (p paper) duties() draft.Section {
	s := draft.Section{Title: p.say.T("paper.duties")}
	list, err := p.Duties(false)
	if err != nil {
		return s
	}
	for _, d := range list {
		s.Rows = append(s.Rows, draft.Row{Label: joinedText(p.say.T("duty."+d.Rule), d.GroupName), Lines: []string{d.Law, p.state(d)}})
	}
	return s
}

func (p paper) state(d Duty) string { return DutyState(d, p.say, p.Zone()) }

func (p paper) tasks() draft.Section {
	s := draft.Section{Title: p.say.T("paper.tasks")}
	for _, f := range p.Items("task") {
		if f.Parts.Says("done") == "" {
			s.Rows = append(s.Rows, p.row(p.part(f, "name"), f, p.part(f, "due")))
		}
	}
	return s
}

// FormFormats lists the formats that a form can be written in.
func FormFormats() []string { return []string{"html", "docx", "odt"} }

// WriteForm writes a form in a format.
func WriteForm(w io.Writer, f draft.Form, format string) error {
	switch format {
	case "html":
		return f.HTML(w)
	case "docx":
		return f.DOCX(w)
	case "odt":
		return f.ODT(w)
	}
	return &breach.Refusal{Key: "refusal.form-format", Args: map[string]any{"Format": format, "Allowed": FormFormats()}}
}
