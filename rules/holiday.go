package rules

import (
	"slices"
	"time"
)

// Holiday is a public holiday.
type Holiday struct {
	Day  time.Time // midnight UTC of the date
	Name string    // in the country's own language
}

// Working reports whether the date of t, as its own zone has it, is a working
// day: neither Saturday nor Sunday nor a public holiday (Regulation 1182/71
// art. 2).
func (c Country) Working(t time.Time) bool {
	if t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		return false
	}
	date := day(t.Year(), t.Month(), t.Day())
	return !slices.ContainsFunc(c.Holidays(t.Year()), func(h Holiday) bool { return h.Day.Equal(date) })
}

// Easter gives Easter Sunday of the Gregorian calendar, for the years from 1583
// on: the anonymous algorithm as Meeus gives it (Astronomical Algorithms, ch. 8).
func Easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return day(year, time.Month(n/31), n%31+1)
}

// onOrAfter gives the first such day of the week on or after a date.
func onOrAfter(t time.Time, w time.Weekday) time.Time {
	return t.AddDate(0, 0, (int(w)-int(t.Weekday())+7)%7)
}

func inOrder(days ...Holiday) []Holiday {
	slices.SortFunc(days, func(a, b Holiday) int { return a.Day.Compare(b.Day) })
	return days
}
