package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/klarlagt/klarlagt/rules"
)

// The calendars that the states publish: Finland's almanac and Sweden's law
// (1989:253), for years with an early and a late Easter and a leap day.
var calendars = map[string][]string{
	"FI 2024": {"2024-01-01", "2024-01-06", "2024-03-29", "2024-03-31", "2024-04-01", "2024-05-01", "2024-05-09", "2024-05-19",
		"2024-06-22", "2024-11-02", "2024-12-06", "2024-12-25", "2024-12-26"},
	"FI 2025": {"2025-01-01", "2025-01-06", "2025-04-18", "2025-04-20", "2025-04-21", "2025-05-01", "2025-05-29", "2025-06-08",
		"2025-06-21", "2025-11-01", "2025-12-06", "2025-12-25", "2025-12-26"},
	"FI 2026": {"2026-01-01", "2026-01-06", "2026-04-03", "2026-04-05", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-24",
		"2026-06-20", "2026-10-31", "2026-12-06", "2026-12-25", "2026-12-26"},
	"AX 2026": {"2026-01-01", "2026-01-06", "2026-04-03", "2026-04-05", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-24",
		"2026-06-20", "2026-10-31", "2026-12-06", "2026-12-25", "2026-12-26"},
	"SE 2024": {"2024-01-01", "2024-01-06", "2024-03-29", "2024-03-31", "2024-04-01", "2024-05-01", "2024-05-09", "2024-05-19",
		"2024-06-06", "2024-06-22", "2024-11-02", "2024-12-25", "2024-12-26"},
	"SE 2026": {"2026-01-01", "2026-01-06", "2026-04-03", "2026-04-05", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-24",
		"2026-06-06", "2026-06-20", "2026-10-31", "2026-12-25", "2026-12-26"},
	"SE 2004": {"2004-01-01", "2004-01-06", "2004-04-09", "2004-04-11", "2004-04-12", "2004-05-01", "2004-05-20", "2004-05-30",
		"2004-06-26", "2004-11-06", "2004-12-25", "2004-12-26"},
}

func TestHolidaysAreThoseOfThePublishedCalendars(t *testing.T) {
	for name, want := range calendars {
		code, year, _ := strings.Cut(name, " ")
		c, ok := rules.Find(code)
		if !ok {
			t.Fatalf("no country %s", code)
		}
		first, err := time.Parse("2006", year)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range c.Holidays(first.Year()) {
			got = append(got, h.Day.Format(time.DateOnly))
			if h.Name == "" {
				t.Errorf("%s: the holiday of %s has no name", name, h.Day.Format(time.DateOnly))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", name, got, want)
		}
	}
}

// Easter Sundays as the churches publish them: the earliest and latest that
// there can be, and the years around now.
func TestEaster(t *testing.T) {
	for _, want := range []string{"1818-03-22", "1943-04-25", "1954-04-18", "1981-04-19", "2000-04-23", "2008-03-23", "2011-04-24",
		"2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2049-04-18", "2076-04-19"} {
		day, err := time.Parse(time.DateOnly, want)
		if err != nil {
			t.Fatal(err)
		}
		if got := rules.Easter(day.Year()).Format(time.DateOnly); got != want {
			t.Errorf("Easter of %d is %s, want %s", day.Year(), got, want)
		}
	}
}

func TestEveryCountryIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range rules.All {
		if c.Code == "" || c.Authority.Name == "" || c.Authority.Secrecy == "" || c.Holidays == nil || seen[c.Code] {
			t.Errorf("country %q lacks something, or stands twice", c.Code)
		}
		seen[c.Code] = true
		if _, err := time.LoadLocation(c.Zone); err != nil {
			t.Errorf("%s: %v", c.Code, err)
		}
		ids := map[rules.RuleID]bool{}
		for _, r := range c.Rules {
			if r.ID == "" || r.Law == "" || r.Of == "" || r.Toward == "" || r.Start == "" || r.When == "" || r.From.IsZero() || ids[r.ID] {
				t.Errorf("%s: rule %q lacks something, or stands twice", c.Code, r.ID)
			}
			ids[r.ID] = true
			if r.Proposed && r.InForce(time.Now()) {
				t.Errorf("%s: rule %s is proposed and in force", c.Code, r.ID)
			}
		}
		for _, id := range []rules.RuleID{"gdpr-33", "gdpr-33-2", "gdpr-34"} {
			if !ids[id] {
				t.Errorf("%s lacks rule %s", c.Code, id)
			}
		}
	}
}

func TestRulesHoldFromTheirDayOn(t *testing.T) {
	sweden, _ := rules.Find("SE")
	for _, r := range sweden.Rules {
		if r.ID != "nis2-early" {
			continue
		}
		before, after := time.Date(2026, 1, 14, 23, 0, 0, 0, time.UTC), time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)
		if r.InForce(before) || !r.InForce(after) {
			t.Errorf("in force on the 14th: %v, on the 15th: %v", r.InForce(before), r.InForce(after))
		}
		return
	}
	t.Fatal("Sweden has no early warning")
}
