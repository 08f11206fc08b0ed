package assess

import (
	"time"

	"github.com/klarlagt/klarlagt/rules"
)

// Deadline is until when something has to be done, on three readings.
type Deadline struct {
	// Due is the strictest reading, and the one to work to: so much elapsed
	// time after the event, to the minute.
	Due time.Time

	// Formal is the end by Regulation (EEC, Euratom) 1182/71. A period in
	// hours does not count the hour in which the event falls (art. 3(1)); one
	// in months ends with the last hour of its last day, or of the next
	// working day (art. 3(2)(c), 3(4)). Never before Due.
	Formal time.Time

	// Working is the end if art. 3(5) holds for hours, too: two working days
	// at least. Authorities doubt it. For information only; never before Formal.
	Working time.Time
}

// DeadlineOf works out a period that an event starts, with the holidays of a
// country in its zone. All times are UTC. A period of zero has no deadline.
func DeadlineOf(event time.Time, within rules.Period, c rules.Country, zone *time.Location) Deadline {
	switch {
	case within.Hours > 0:
		return inHours(event, within.Hours, c, zone)
	case within.Months > 0:
		return inMonths(event, within.Months, c, zone)
	}
	return Deadline{}
}

func inHours(event time.Time, hours int, c rules.Country, zone *time.Location) Deadline {
	length := time.Duration(hours) * time.Hour
	d := Deadline{Due: event.Add(length).UTC()}
	start := event.UTC().Truncate(time.Hour).Add(time.Hour) // zones here are whole hours from UTC
	d.Formal = start.Add(length)
	d.Working = d.Formal
	if hours >= 48 {
		d.Working = later(d.Formal, endOfSecondWorkingDay(start, c, zone))
	}
	return d
}

// endOfSecondWorkingDay is when the second working day after a moment ends: the
// day on which the period begins does not count.
func endOfSecondWorkingDay(start time.Time, c rules.Country, zone *time.Location) time.Time {
	day := midnight(start.In(zone))
	for working := 0; working < 2; {
		day = nextDay(day)
		if c.Working(day) {
			working++
		}
	}
	return nextDay(day).UTC()
}

func inMonths(event time.Time, months int, c rules.Country, zone *time.Location) Deadline {
	at := event.In(zone)
	year, month, date := at.Date()
	last := time.Date(year, month+time.Month(months)+1, 0, 0, 0, 0, 0, zone) // the last day of the month
	if date < last.Day() {
		last = time.Date(last.Year(), last.Month(), date, 0, 0, 0, 0, zone)
	}
	hour, minute, second := at.Clock()
	due := time.Date(last.Year(), last.Month(), last.Day(), hour, minute, second, 0, zone)
	end := last
	for !c.Working(end) {
		end = nextDay(end)
	}
	formal := nextDay(end).UTC()
	return Deadline{Due: due.UTC(), Formal: formal, Working: formal}
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

func nextDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
