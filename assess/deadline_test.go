package assess_test

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/rules"
)

func country(t *testing.T, code string) (rules.Country, *time.Location) {
	t.Helper()
	c, ok := rules.Find(code)
	if !ok {
		t.Fatalf("no country %s", code)
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return c, zone
}

func local(t *testing.T, zone *time.Location, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDeadlines(t *testing.T) {
	hours, month := rules.Period{Hours: 72}, rules.Period{Months: 1}
	for _, c := range []struct {
		name, country        string
		event                string
		within               rules.Period
		due, formal, working string
	}{
		// Regulation 1182/71 as worked out by mkm.legal.
		{"over Christmas", "FI", "2020-12-22 12:17", hours, "2020-12-25 12:17", "2020-12-25 13:00", "2020-12-25 13:00"},
		{"the last minute of an hour", "FI", "2020-12-22 12:59", hours, "2020-12-25 12:59", "2020-12-25 13:00", "2020-12-25 13:00"},
		{"into summer time", "FI", "2026-03-27 10:00", hours, "2026-03-30 11:00", "2026-03-30 12:00", "2026-04-01 00:00"},
		{"into winter time", "SE", "2026-10-24 10:00", hours, "2026-10-27 09:00", "2026-10-27 10:00", "2026-10-28 00:00"},
		{"Helsinki 2024, over May Day", "FI", "2024-04-30 23:30", hours, "2024-05-03 23:30", "2024-05-04 00:00", "2024-05-04 00:00"},
		{"over Good Friday and Easter", "SE", "2026-04-02 09:00", hours, "2026-04-05 09:00", "2026-04-05 10:00", "2026-04-09 00:00"},
		{"a month that has no such day, ends on Sunday", "SE", "2027-01-31 08:00", month, "2027-02-28 08:00", "2027-03-02 00:00", "2027-03-02 00:00"},
		{"a month into a leap day", "FI", "2028-01-31 08:00", month, "2028-02-29 08:00", "2028-03-01 00:00", "2028-03-01 00:00"},
		{"a month that ends on Christmas Day", "FI", "2026-11-25 15:00", month, "2026-12-25 15:00", "2026-12-29 00:00", "2026-12-29 00:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			land, zone := country(t, c.country)
			got := assess.DeadlineOf(local(t, zone, c.event), c.within, land, zone)
			for _, p := range []struct {
				name string
				got  time.Time
				want string
			}{{"due", got.Due, c.due}, {"formal", got.Formal, c.formal}, {"working", got.Working, c.working}} {
				if !p.got.Equal(local(t, zone, p.want)) {
					t.Errorf("%s: %s, want %s", p.name, p.got.In(zone).Format("2006-01-02 15:04 MST"), p.want)
				}
			}
		})
	}
}

// oracle counts a period in hours minute by minute on the UTC line, and a month
// on the calendar day by day: slow, and written another way.
func oracle(event time.Time, within rules.Period, zone *time.Location) time.Time {
	if within.Hours > 0 {
		at := event.Unix()
		for range within.Hours {
			at += 3600
		}
		return time.Unix(at, 0)
	}
	at := event.In(zone)
	day, want := at, (int(at.Month())-1+within.Months)%12+1
	for int(day.Month()) != want {
		day = day.AddDate(0, 0, 1)
	}
	for day.Day() < at.Day() {
		next := day.AddDate(0, 0, 1)
		if int(next.Month()) != want {
			break
		}
		day = next
	}
	h, m, s := at.Clock()
	return time.Date(day.Year(), day.Month(), day.Day(), h, m, s, 0, zone)
}

func TestNoDeadlineIsLaterThanTheOracleSays(t *testing.T) {
	const seed = 20260712
	r := rand.New(rand.NewPCG(seed, 1))
	periods := []rules.Period{{Hours: 24}, {Hours: 72}, {Hours: 96}, {Months: 1}}
	for n := range 10_000 {
		land, zone := country(t, rules.All[r.IntN(len(rules.All))].Code)
		year := 2018 + r.IntN(20)
		event := time.Date(year, time.January, 1, 0, r.IntN(366*24*60), 0, 0, time.UTC)
		switch n % 4 { // a share of them beside the changes of the clock and the leap day
		case 1:
			event = time.Date(year, time.March, 25+r.IntN(7), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
		case 2:
			event = time.Date(year, time.October, 25+r.IntN(7), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
		case 3:
			event = time.Date(2020+4*r.IntN(5), time.January, 28+r.IntN(35), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
		}
		within := periods[r.IntN(len(periods))]
		got, want := assess.DeadlineOf(event, within, land, zone), oracle(event, within, zone)
		if !got.Due.Equal(want) {
			t.Fatalf("seed %d, incident %d: %s %s, %+v: due %s, want %s", seed, n, land.Code, event.In(zone), within, got.Due.In(zone), want.In(zone))
		}
		if got.Formal.Before(got.Due) || got.Working.Before(got.Formal) {
			t.Fatalf("seed %d, incident %d: due %s, formal %s, working %s: out of order", seed, n, got.Due, got.Formal, got.Working)
		}
		if end := got.Formal.In(zone); within.Months > 0 && !land.Working(end.Add(-time.Minute)) {
			t.Fatalf("seed %d, incident %d: a month ends with %s, which is no working day", seed, n, end.Add(-time.Minute))
		}
	}
}
