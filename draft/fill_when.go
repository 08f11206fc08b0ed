package draft

import (
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// timeline answers section 3.1.
func (f *filler) timeline() {
	i, o := f.Incident, by(f.IncidentMark)
	end := i.OccurredTo
	switch {
	case !i.OccurredFrom.Known():
		f.option("44", follows(RuleUnknown), f.unless("tbd", "undeterminable"))
	case !end.Known() && !i.Contained.Known():
		f.option("44", follows(RuleTimes), "ongoing")
	default:
		if !end.Known() {
			end = i.Contained
		}
		f.option("44", follows(RuleTimes), f.dayOrPeriod(i.OccurredFrom.At, end.At))
	}
	if i.OccurredFrom.Known() {
		f.option("45", follows(RuleTimes), yesNo(i.OccurredFrom.Estimated || end.Estimated))
	}
	f.moment("46", o, i.OccurredFrom)
	f.moment("47", o, end)
	f.moment("48", o, i.Aware)
	f.text("49", by(f.LateReasons.Mark), f.LateReasons.Text)

	f.option("50", by(f.Discovery.Mark), f.Discovery.How)
	f.text("51", by(f.Discovery.Mark), f.Discovery.Text)
	if when := f.Discovery.When; !when.IsZero() {
		f.put("52", Answer{Time: when.UTC(), Origin: by(f.Discovery.Mark)})
	} else if i.Told.Known() {
		f.moment("52", o, i.Told)
	}
	f.text("53", follows(RuleChain), f.chain())
}

// unless chooses between what an incomplete notification may still say and what
// a complete one has to.
func (f *filler) unless(incomplete, complete string) string {
	if f.Incomplete {
		return incomplete
	}
	return complete
}

func (f *filler) dayOrPeriod(from, to time.Time) string {
	if from.In(f.zone).Format(time.DateOnly) == to.In(f.zone).Format(time.DateOnly) {
		return "day"
	}
	return "period"
}

func (f *filler) moment(id ID, o Origin, m breach.Moment) {
	if m.Known() {
		f.put(id, Answer{Time: m.At.UTC(), Guessed: m.Estimated, Origin: o})
	}
}

// Delay is how long the news took from one step of the chain to a later one.
type Delay struct {
	From, To Step
	Days     int // from date to date, in the country's zone
}

// Delays lists, for each time that somebody was told, how many days had passed
// since each step before it.
func Delays(chain []Step, zone *time.Location) []Delay {
	var list []Delay
	for i, to := range chain {
		if to.Told == "" {
			continue
		}
		for _, from := range chain[:i] {
			list = append(list, Delay{from, to, days(from.When.At, to.When.At, zone)})
		}
	}
	return list
}

// days counts dates: from one evening to the next morning is a day.
func days(from, to time.Time, zone *time.Location) int {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(to).Sub(midnight(from)) / (24 * time.Hour))
}

// chain tells the way of the news, a line a step, and how long it took.
func (f *filler) chain() string {
	var lines []string
	for _, s := range f.Chain {
		date := f.print.Date(s.When.At.In(f.zone))
		if s.Told == "" {
			lines = append(lines, f.print.T("draft.chain.found", "Date", date, "Who", s.Who, "What", s.What))
			continue
		}
		lines = append(lines, f.print.T("draft.chain.told", "Date", date, "Who", s.Who, "Told", s.Told))
	}
	for _, d := range Delays(f.Chain, f.zone) {
		lines = append(lines, f.print.T("draft.chain.delay", "Count", d.Days, "Told", d.To.Told,
			"Date", f.print.Date(d.From.When.At.In(f.zone)), "Who", d.From.Who))
	}
	return strings.Join(lines, "\n")
}
