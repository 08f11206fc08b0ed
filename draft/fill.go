package draft

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/rules"
)

// Draft is a notification in the making: an answer to every field that is
// asked, in the order of the template.
type Draft struct {
	Template   string
	Lang       string // of its texts
	Country    string
	Made       time.Time
	Due        time.Time // until when the authority is to be told, to the minute; zero without an awareness
	FollowUp   bool
	Incomplete bool
	Withdrawn  bool
	Why        string // why it follows up
	Answers    []Answer
	Changes    []Change // against what was sent before, of a follow-up
}

// Answer finds the answer to a field; false where it is not asked.
func (d Draft) Answer(id ID) (Answer, bool) {
	i := slices.IndexFunc(d.Answers, func(a Answer) bool { return a.Field == id })
	if i < 0 {
		return Answer{Field: id}, false
	}
	return d.Answers[i], true
}

// Fill answers what the case can answer. It fails on a country without rules,
// and on options that the template does not have.
func Fill(c Case) (Draft, error) {
	country, ok := rules.Find(c.Incident.Country)
	if !ok {
		return Draft{}, fmt.Errorf("draft: no rules for country %q", c.Incident.Country)
	}
	zone, err := time.LoadLocation(country.Zone)
	if err != nil {
		return Draft{}, fmt.Errorf("draft: %w", err)
	}
	f := filler{Case: c, print: locale.For(c.Lang), zone: zone, known: map[ID]Answer{}}
	d := Draft{Template: Template, Lang: f.print.Lang(), Country: country.Code, Made: c.Now.UTC(), Due: dueAt(c, country),
		FollowUp: c.Earlier != nil, Incomplete: c.Incomplete, Withdrawn: c.Earlier != nil && c.Withdrawn.Text != ""}
	f.mode(d)
	f.who()
	f.timeline()
	f.nature()
	f.extent()
	f.risk()
	f.measures()
	f.told()
	f.others()
	f.entered()
	if d.Answers, err = f.asked(d); err != nil {
		return Draft{}, err
	}
	f.secrecy(d)
	if c.Earlier != nil {
		d.Why = c.Earlier.Why.Text
		if c.Earlier.Sent != nil {
			d.Changes = Compare(*c.Earlier.Sent, d)
		}
	}
	return d, nil
}

// dueAt is until when the country's rule that starts at the controller's
// awareness leaves time.
func dueAt(c Case, country rules.Country) time.Time {
	aware := c.Incident.Aware.At
	for _, r := range country.Rules {
		if r.Start == rules.Aware && r.Toward == rules.Supervisor && !r.Proposed && !aware.IsZero() && r.InForce(aware) {
			return aware.Add(time.Duration(r.Within.Hours) * time.Hour).UTC()
		}
	}
	return time.Time{}
}

// filler gathers answers.
type filler struct {
	Case
	print *locale.Printer
	zone  *time.Location
	known map[ID]Answer
}

// put keeps an answer, unless there is nothing in it. What was counted or
// entered at no known time stands as of now.
func (f *filler) put(id ID, a Answer) {
	a.Text = strings.TrimSpace(strings.ReplaceAll(a.Text, "\r\n", "\n")) // browsers send both
	if a.Origin.From != FromRule && a.Origin.At.IsZero() {
		a.Origin.At = f.Now
	}
	if len(a.Options) == 0 && a.Text == "" && a.Contact.IsZero() && a.Time.IsZero() && a.Count == nil {
		return
	}
	a.Field = id
	f.known[id] = a
}

// option keeps the answer of a choice.
func (f *filler) option(id ID, o Origin, options ...string) {
	options = slices.DeleteFunc(slices.Clone(options), func(s string) bool { return s == "" })
	field, _ := FieldOf(id)
	order := func(option string) int {
		return slices.IndexFunc(field.Options, func(o Option) bool { return o.ID == option })
	}
	slices.SortFunc(options, func(a, b string) int { return order(a) - order(b) })
	f.put(id, Answer{Options: slices.Compact(options), Origin: o})
}

func (f *filler) text(id ID, o Origin, text string) { f.put(id, Answer{Text: text, Origin: o}) }

// by is the origin of what somebody entered.
func by(m Mark) Origin { return Origin{From: FromCase, By: m.By, At: m.At} }

// follows is the origin of what a rule says.
func follows(r Rule) Origin { return Origin{From: FromRule, Rule: r} }

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// entered lays over everything what somebody entered field by field.
func (f *filler) entered() {
	for id, e := range f.Entered {
		if field, _ := FieldOf(id); field.Holds == Contacts && e.Contact.IsZero() {
			e.Contact, e.Text = breach.Hide(e.Text), ""
		}
		f.put(id, Answer{Options: e.Options, Text: e.Text, Contact: e.Contact, Time: e.Time.UTC(), Guessed: e.Guessed,
			Count: e.Count, Origin: by(e.Mark)})
	}
}

// asked goes through the fields in order: those whose condition holds are
// answered, or open with a reason; the others are left out.
func (f *filler) asked(d Draft) ([]Answer, error) {
	late := !d.FollowUp && !d.Due.IsZero() && d.Due.Before(f.Now)
	facts := map[fact]bool{isLate: late, isInside: !f.Controller.Outside, isOutside: f.Controller.Outside}
	kept := map[ID]Answer{}
	var list []Answer
	for _, field := range model().fields {
		a, known := f.known[field.ID]
		facts[isIfGiven] = known
		if !field.when.met(kept, facts) {
			continue
		}
		if !known {
			a = Answer{Field: field.ID, Open: f.reason(field)}
		}
		for _, id := range a.Options {
			if _, ok := field.Option(id); !ok {
				return nil, fmt.Errorf("draft: field %s has no option %q", field.ID, id)
			}
		}
		kept[field.ID] = a
		list = append(list, a)
	}
	for id := range f.known {
		if _, ok := FieldOf(id); !ok {
			return nil, fmt.Errorf("draft: no field %q", id)
		}
	}
	return list, nil
}

// decided are the fields that wait for somebody's decision.
var decided = []ID{"87", "89", "90", "97", "100", "101", "113"}

// reason says why a field is open.
func (f *filler) reason(field Field) Reason {
	if r, ok := f.Open[field.ID]; ok {
		return r
	}
	switch {
	case slices.Contains(decided, field.ID):
		return Undecided
	case f.Extent.Gaps > 0 && (field.Section == "people" || field.Section == "data"):
		return Unread
	}
	return NotEntered
}

// mode is what sort of notification this is.
func (f *filler) mode(d Draft) {
	o := follows(RuleMode)
	switch {
	case !d.FollowUp:
		f.option("3", o, "new")
	default:
		f.option("3", o, "follow-up")
		f.text("6", by(f.Earlier.Why.Mark), f.Earlier.Number)
	}
	switch {
	case d.Withdrawn:
		f.option("4", o, "withdraw")
		f.text("5", by(f.Withdrawn.Mark), f.Withdrawn.Text)
	case d.Incomplete:
		f.option("4", o, "incomplete")
	default:
		f.option("4", o, "complete")
	}
	f.text("7", by(f.Controller.Mark), f.Reference)
}
