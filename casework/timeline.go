package casework

import (
	"slices"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/locale"
)

// Event is one line of the timeline of a case.
type Event struct {
	At        time.Time
	Estimated bool
	What      string // in words
	Who       string
}

// Timeline lists what happened when, in a language: the times of the incident,
// the way of the news, the states of systems, decisions and what was sent.
func (x Dossier) Timeline(say *locale.Printer) []Event {
	var list []Event
	for _, s := range timeSorts() {
		f := x.Fact(s.Name, "")
		if m := momentOf(f); m.Known() && !s.Many && s.Name != "discovery" {
			list = append(list, Event{m.At, m.Estimated, s.Title(say), f.By})
		}
	}
	for _, f := range x.Chain() {
		what := f.Parts.Says("what")
		if told := f.Parts.Says("told"); told != "" {
			what = say.T("timeline.told", "Who", f.Parts.Says("who"), "Told", told)
		} else {
			what = joinedText(f.Parts.Says("who"), what)
		}
		m := momentOf(f)
		list = append(list, Event{m.At, m.Estimated, what, f.By})
	}
	for _, s := range x.Systems() {
		list = append(list, Event{s.From, false, joinedText(s.Name, say.T("choice.state."+s.State)), s.By})
	}
	for _, d := range x.Decisions {
		list = append(list, Event{d.At, false, joinedText(x.Fact("cohort", d.Group).Parts.Says("name"), say.T("decision."+d.About+"."+d.Says)), d.By})
	}
	for _, f := range x.Filings {
		list = append(list, Event{f.Sent, false, say.T("timeline.sent", "Number", strconv.FormatInt(f.Number, 10), "Form", FormTitle(f.Form, say)), f.By})
	}
	slices.SortStableFunc(list, func(a, b Event) int { return a.At.Compare(b.At) })
	return list
}
