package casework

import (
	"cmp"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
)

// draftCase lays the dossier out as package draft takes it, each part with who
// entered it and when.
func (x Dossier) draftCase(lang string) draft.Case {
	say := locale.For(lang)
	n, notice := x.Fact("nature", ""), x.Fact("notice", "")
	c := draft.Case{Lang: lang, Now: x.Now, Reference: x.Says("case", "reference"),
		Controller: x.organisation(), Reporter: x.contact("reporter", "function"), Officer: x.contact("officer", ""), More: x.contact("more", "position"),
		Incident: x.Incident(), IncidentMark: x.incidentMark(), LateReasons: draft.Statement{Mark: markOf(x.Fact("late", "")), Text: x.Says("late", "why")},
		Discovery: draft.Discovery{Mark: markOf(x.Fact("discovery", "")), How: x.Says("discovery", "how"), Text: x.Says("discovery", "description"), When: timeOf(x.Fact("discovery", ""), "at")},
		Nature: draft.Nature{Mark: markOf(n), Nature: list(n.Parts.Says("nature")), Confidentiality: n.Parts.Says("confidentiality"), Unintelligible: n.Parts.Says("unintelligible"),
			Integrity: n.Parts.Says("integrity"), Availability: n.Parts.Says("availability"), Incident: n.Parts.Says("incident"), Cause: n.Parts.Says("cause"), Description: n.Parts.Says("description")},
		Extent: x.extent(), Before: x.measures("before"), Taken: x.measures("taken"), Prevention: x.measures("prevention"),
		Notice: draft.Notice{Mark: markOf(notice), Told: notice.Parts.Says("informed"), When: timeOf(notice, "at"), All: notice.Parts.Says("all") != "", NotAllWhy: notice.Parts.Says("not-all"),
			Means: notice.Parts.Says("means"), Content: notice.Parts.Says("content"), Exemption: notice.Parts.Says("exemption"), Why: notice.Parts.Says("why")},
		Entered: map[draft.ID]draft.Entry{}, Open: map[draft.ID]draft.Reason{}}
	for _, f := range x.Items("party") {
		c.Parties = append(c.Parties, draft.Party{Mark: markOf(f), Name: f.Parts.Says("name"), Role: joinedText(say.T("choice.part."+f.Parts.Says("part")), f.Parts.Says("note")), Contact: f.Parts["contact"]})
	}
	for _, f := range x.Chain() {
		c.Chain = append(c.Chain, draft.Step{Mark: markOf(f), When: momentOf(f), Who: f.Parts.Says("who"), Told: f.Parts.Says("told"), What: f.Parts.Says("what")})
	}
	for _, f := range x.Items("system") {
		c.Systems = append(c.Systems, draft.System{Mark: markOf(f), Name: f.Parts.Says("name"), Where: f.Parts.Says("where"), State: joinedText(say.T("choice.state."+f.Parts.Says("state")), f.Parts.Says("note"))})
	}
	for _, f := range x.Items("report") {
		c.Reports = append(c.Reports, draft.Report{Mark: markOf(f), To: draft.Authority(f.Parts.Says("to")), Not: f.Parts.Says("not") != "", When: momentOf(f), Details: f.Parts.Says("note")})
	}
	for _, h := range x.Cohorts() {
		c.Cohorts = append(c.Cohorts, draftCohort(h))
	}
	x.answers(&c)
	return c
}

func joinedText(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, ", ")
}

func (x Dossier) organisation() draft.Organisation {
	f := x.Fact("controller", "")
	return draft.Organisation{Mark: markOf(f), Name: f.Parts.Says("name"), Identifier: f.Parts.Says("identifier"), Contact: f.Parts["contact"],
		Sector: f.Parts.Says("sector"), Size: f.Parts.Says("size"), Activity: f.Parts.Says("activity"), Outside: f.Parts.Says("outside") != ""}
}

func (x Dossier) contact(field, function string) draft.Contact {
	f := x.Fact(field, "")
	return draft.Contact{Mark: markOf(f), Name: f.Parts["name"], Details: f.Parts["contact"], Function: f.Parts.Says(function), None: f.Parts.Says("none") != ""}
}

// incidentMark is who entered the newest of the times.
func (x Dossier) incidentMark() draft.Mark {
	newest := x.Fact("aware", "")
	for _, field := range []string{"occurred-from", "occurred-to", "tip", "inquiry", "told", "detected", "contained"} {
		if f := x.Fact(field, ""); f.Version > newest.Version {
			newest = f
		}
	}
	return markOf(newest)
}

func (x Dossier) measures(field string) draft.Measures {
	f := x.Fact(field, "")
	return draft.Measures{Mark: markOf(f), Kinds: list(f.Parts.Says("measures")), Text: f.Parts.Says("description")}
}

func draftCohort(h Cohort) draft.Cohort {
	c := draft.Cohort{Mark: markOf(h.Fact), Name: h.Name, Score: h.Score.Float(), Level: draft.Level(h.Level())}
	if h.Risk != nil {
		c.Mark, c.Risk, c.Why = draft.Mark{By: h.Risk.By, At: h.Risk.At}, draft.Risk(h.Risk.Says), h.Risk.Why
	}
	return c
}

// extent is who and what is touched: as counted in the evidence, or else as
// entered group by group.
func (x Dossier) extent() draft.Extent {
	var e draft.Extent
	records := x.Fact("records", "")
	e.Records = rangeOf(records)
	cohorts := x.Cohorts()
	if x.Result != nil && len(x.Result.Rows) > 0 {
		e.Mark, e.Items, e.Gaps = draft.Mark{At: x.Result.At}, x.Evidence, x.Unread
		all := x.Result.Rows[0]
		e.People = boundsOf(all.Counts[0])
		for _, row := range x.Result.Rows[1:] {
			g := draft.Group{Name: row.Group, People: boundsOf(row.Counts[0])}
			for _, c := range cohorts {
				if c.Evidence == row.Group {
					g.Name, g.Categories = c.Name, list(c.Fact.Parts.Says("categories"))
				}
			}
			if row.Counts[0].Upper > 0 {
				e.Groups = append(e.Groups, g)
			}
		}
		for _, n := range all.Counts[1:] {
			if n.Kind != 0 && n.Upper > 0 {
				e.Kinds = append(e.Kinds, draft.KindCount{Kind: n.Kind, People: boundsOf(n)})
			}
		}
		return e
	}
	return x.entered(e, cohorts)
}

// entered is the extent as somebody entered it: people with a protected identity
// are among the others, and counted once.
func (x Dossier) entered(e draft.Extent, cohorts []Cohort) draft.Extent {
	var kinds breach.Kinds
	var people draft.Range
	counted, open := false, false
	for _, c := range cohorts {
		if c.Fact.Version > 0 && c.Fact.At.After(e.At) {
			e.Mark = markOf(c.Fact)
		}
		kinds |= c.Kinds
		e.Groups = append(e.Groups, draft.Group{Name: c.Name, Categories: categories(c), People: c.People})
		if c.People == nil || c.Protected && len(cohorts) > 1 {
			continue
		}
		counted = true
		people.Lower += c.People.Lower
		people.Upper += c.People.Upper
		open = open || c.People.Upper == 0
	}
	if open {
		people.Upper = 0 // nobody knows one for all
	}
	if counted {
		e.People = &people
	}
	for _, k := range kinds.List() {
		e.Kinds = append(e.Kinds, draft.KindCount{Kind: k})
	}
	return e
}

// categories is what the template calls a group of people.
func categories(c Cohort) []string {
	all := list(c.Fact.Parts.Says("categories"))
	if c.Children && !strings.Contains(c.Fact.Parts.Says("categories"), "minors") {
		all = append(all, "minors")
	}
	return all
}

// answers lays over everything what was entered field by field.
func (x Dossier) answers(c *draft.Case) {
	for _, f := range x.Items("answer") {
		id := draft.ID(f.Item)
		if why := f.Parts.Says("open"); why != "" {
			c.Open[id] = draft.Reason(why)
			continue
		}
		c.Entered[id] = draft.Entry{Mark: markOf(f), Options: list(f.Parts.Says("options")), Text: f.Parts.Says("text"), Time: timeOf(f, "at"),
			Guessed: f.Parts.Says("estimated") != "", Count: rangeOf(f)}
	}
	for _, field := range []string{"occurred-from", "occurred-to"} {
		id := draft.ID(cmp.Or(map[string]string{"occurred-to": "47"}[field], "46"))
		if x.Says(field, "unknown") != "" && c.Open[id] == "" {
			c.Open[id] = draft.Investigating
		}
	}
}

// People is how many people are touched, between bounds; nil where nobody knows.
func (x Dossier) People() *draft.Range { return x.extent().People }
