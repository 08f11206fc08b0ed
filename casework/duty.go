package casework

import (
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/rules"
)

// Duty is what the law asks in a case, and how it stands.
type Duty struct {
	breach.Duty           // Group is the item of the group of people
	GroupName   string    // in words
	Event       string    // which fact the clock runs from: "aware"
	Working     time.Time // the end if two working days have to be left; for information only
	Late        bool
	Waived      *breach.Decision // somebody decided that it is not owed
	Proposed    bool             // not law yet
	Late33      bool             // whoever is late has to say why
}

// Open reports whether it is still to be done.
func (d Duty) Open() bool { return d.Met.IsZero() && d.Waived == nil && !d.Proposed }

// Duties works out what the law asks, what was done of it and what was decided:
// in the order of the country's rules. With proposed, what may become law is
// among them. Without a country there are none.
func (x Dossier) Duties(proposed bool) ([]Duty, error) {
	country, ok := x.Country()
	if !ok {
		return nil, nil
	}
	incident, s := x.Incident(), x.circumstance()
	owed, err := assess.Duties(incident, country, s)
	if err != nil {
		return nil, err
	}
	var list []Duty
	for _, o := range owed {
		list = append(list, x.duty(Duty{Duty: o}, country))
	}
	for _, r := range country.Rules {
		if proposed && r.Proposed && r.Start == rules.Aware && incident.Aware.Known() && incident.Role == breach.Controller {
			d := assess.DeadlineOf(incident.Aware.At, r.Within, country, x.Zone())
			list = append(list, x.duty(Duty{Proposed: true, Duty: breach.Duty{Rule: string(r.ID), Law: r.Law, Of: string(r.Of), Toward: string(r.Toward),
				Starts: incident.Aware.At, Due: d.Due, Formal: d.Formal}}, country))
		}
	}
	return list, nil
}

// duty adds how a duty stands.
func (x Dossier) duty(d Duty, country rules.Country) Duty {
	i := slices.IndexFunc(country.Rules, func(r rules.Rule) bool { return string(r.ID) == d.Rule })
	if i >= 0 {
		r := country.Rules[i]
		d.Event, d.Late33 = eventFact(r.Start), r.LateReason
		d.Working = assess.DeadlineOf(d.Starts, r.Within, country, x.Zone()).Working
	}
	if d.Group != "" {
		d.GroupName = x.Fact("cohort", d.Group).Parts.Says("name")
	}
	d.Met = x.met(d.Duty)
	d.Waived = x.waived(d.Duty)
	d.Why = x.Says("late", "why")
	d.Late = !d.Proposed && d.Waived == nil && d.Duty.Late(x.Now)
	return d
}

// eventFact names the fact that holds the event of a clock.
func eventFact(e rules.Event) string {
	switch e {
	case rules.Detected:
		return "detected"
	case rules.Reported:
		return "filing"
	}
	return "aware"
}

// circumstance is what duties hang on beside the times.
func (x Dossier) circumstance() assess.Circumstance {
	s := assess.Circumstance{Significant: x.Says("nis2", "significant") != "", Reported: x.filedAs("nis2-notification")}
	s.Contract = time.Duration(numberOf(x.Fact("contract", ""), "hours")) * time.Hour
	for _, c := range x.Items("cohort") {
		s.Groups = append(s.Groups, assess.Group{Name: c.Item, Risk: x.riskOf(c.Item)})
	}
	return s
}

func (x Dossier) riskOf(group string) assess.Risk {
	d := x.Decided(AboutRisk, group)
	if d == nil {
		return 0 // what nobody has judged counts as a risk
	}
	return map[string]assess.Risk{string(draft.RiskUnlikely): assess.RiskUnlikely, string(draft.RiskPresent): assess.RiskPresent, string(draft.RiskHigh): assess.RiskHigh}[d.Says]
}

// met tells when a duty was met: by what was filed, by the notice to everybody,
// or as somebody entered it.
func (x Dossier) met(d breach.Duty) time.Time {
	if at := timeOf(x.Fact("done", dutyItem(d)), "at"); !at.IsZero() {
		return at
	}
	switch {
	case d.Toward == string(rules.Person):
		n := x.Fact("notice", "")
		if at := timeOf(n, "at"); n.Parts.Says("informed") == "yes" && n.Parts.Says("all") != "" && !at.After(x.Now) {
			return at
		}
	case d.Toward == string(rules.Supervisor):
		return x.filedWith(SupervisorForms(x.Says("case", "country")))
	case d.Toward == string(rules.CSIRT):
		return x.filedAs(d.Rule)
	}
	return time.Time{}
}

// dutyItem is the item of the fact that says that a duty is done.
func dutyItem(d breach.Duty) string {
	if d.Group == "" {
		return d.Rule
	}
	return d.Rule + "/" + d.Group
}

// TemplateForm is the EDPB's common template, as a form to file.
const TemplateForm = "edpb"

// SupervisorForms lists the forms of the authority that supervises data
// protection in a country, the common template last.
func SupervisorForms(country string) []string {
	var list []string
	for _, s := range draft.Shapes(formCountry(country)) {
		if !strings.Contains(s.ID, "nis2") && !strings.Contains(s.ID, "police") {
			list = append(list, s.ID)
		}
	}
	return append(list, TemplateForm)
}

// Forms lists every form of a country's authorities, the common template last.
func Forms(country string) []string {
	var list []string
	for _, s := range draft.Shapes(formCountry(country)) {
		list = append(list, s.ID)
	}
	return append(list, TemplateForm)
}

// formCountry is whose forms are used: Åland's authority has none of its own here.
func formCountry(country string) string {
	if country == "AX" {
		return "FI"
	}
	return country
}

// filedAs tells when the first form of a NIS2 step was filed.
func (x Dossier) filedAs(step string) time.Time {
	for _, f := range x.Filings {
		if strings.HasSuffix(f.Form, step) {
			return f.Sent
		}
	}
	return time.Time{}
}

func (x Dossier) filedWith(forms []string) time.Time {
	for _, f := range x.Filings {
		if slices.Contains(forms, f.Form) {
			return f.Sent
		}
	}
	return time.Time{}
}

// waived is the decision that a duty is not owed.
func (x Dossier) waived(d breach.Duty) *breach.Decision {
	about, no := AboutAuthority, SaysNoNotice
	if d.Toward == string(rules.Person) {
		about, no = AboutPeople, SaysExempt
	} else if d.Toward != string(rules.Supervisor) {
		return nil
	}
	decided := x.Decided(about, d.Group)
	if decided == nil || decided.Says != no {
		return nil
	}
	return decided
}
