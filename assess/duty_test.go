package assess_test

import (
	"slices"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/breach"
)

func at(t *testing.T, zone *time.Location, text string) breach.Moment {
	t.Helper()
	return breach.Moment{At: local(t, zone, text)}
}

func TestDuties(t *testing.T) {
	finland, helsinki := country(t, "FI")
	sweden, stockholm := country(t, "SE")
	for _, c := range []struct {
		name     string
		incident breach.Incident
		swedish  bool
		s        assess.Circumstance
		want     []string // rule, and group where it has one
	}{
		{"nobody is aware yet", breach.Incident{Role: breach.Controller, Tip: at(t, helsinki, "2024-04-29 08:00")}, false, assess.Circumstance{}, nil},
		{"nobody has judged the risk", breach.Incident{Role: breach.Controller, Aware: at(t, helsinki, "2024-04-30 23:30")}, false,
			assess.Circumstance{}, []string{"gdpr-33"}},
		{"high risk for some", breach.Incident{Role: breach.Controller, Aware: at(t, helsinki, "2024-04-30 23:30")}, false,
			assess.Circumstance{Groups: []assess.Group{{"pupils", assess.RiskPresent}, {"protected", assess.RiskHigh}}},
			[]string{"gdpr-33", "gdpr-34 protected"}},
		{"a risk is unlikely for everybody", breach.Incident{Role: breach.Controller, Aware: at(t, helsinki, "2024-04-30 23:30")}, false,
			assess.Circumstance{Groups: []assess.Group{{"pupils", assess.RiskUnlikely}}}, nil},
		{"unlikely for one group, not judged for another", breach.Incident{Role: breach.Controller, Aware: at(t, helsinki, "2024-04-30 23:30")}, false,
			assess.Circumstance{Groups: []assess.Group{{"pupils", assess.RiskUnlikely}, {"staff", assess.NotJudged}}}, []string{"gdpr-33"}},
		{"a processor, with a term in the contract", breach.Incident{Role: breach.Processor, Aware: at(t, stockholm, "2022-09-21 18:00")}, true,
			assess.Circumstance{Contract: 24 * time.Hour}, []string{"gdpr-33-2", "contract"}},
		{"a Swedish municipality under NIS2", breach.Incident{Role: breach.Controller, Aware: at(t, stockholm, "2026-03-02 12:00"),
			Detected: at(t, stockholm, "2026-03-01 07:00")}, true,
			assess.Circumstance{Significant: true, Reported: at(t, stockholm, "2026-03-03 09:00").At},
			[]string{"gdpr-33", "nis2-early", "nis2-notification", "nis2-final"}},
		{"the same before the law", breach.Incident{Role: breach.Controller, Aware: at(t, stockholm, "2026-01-13 12:00"),
			Detected: at(t, stockholm, "2026-01-13 07:00")}, true, assess.Circumstance{Significant: true}, []string{"gdpr-33"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			land := finland
			if c.swedish {
				land = sweden
			}
			duties, err := assess.Duties(c.incident, land, c.s)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range duties {
				name := d.Rule
				if d.Group != "" {
					name += " " + d.Group
				}
				got = append(got, name)
				if d.Law == "" || d.Of == "" || d.Toward == "" || d.Starts.IsZero() {
					t.Errorf("%s lacks something: %+v", name, d)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("duties %q, want %q", got, c.want)
			}
		})
	}
}

func TestEachClockRunsFromItsOwnEvent(t *testing.T) {
	sweden, zone := country(t, "SE")
	i := breach.Incident{Role: breach.Controller, Aware: at(t, zone, "2026-03-02 12:00"), Detected: at(t, zone, "2026-03-01 07:00")}
	duties, err := assess.Duties(i, sweden, assess.Circumstance{Significant: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"gdpr-33": "2026-03-05 12:00", "nis2-early": "2026-03-02 07:00", "nis2-notification": "2026-03-04 07:00"}
	for _, d := range duties {
		if got := d.Due.In(zone).Format("2006-01-02 15:04"); got != want[d.Rule] {
			t.Errorf("%s is due %s, want %s", d.Rule, got, want[d.Rule])
		}
	}
	if len(duties) != len(want) {
		t.Errorf("%d duties, want %d", len(duties), len(want))
	}
}

func TestLate(t *testing.T) {
	due := time.Date(2026, 3, 5, 11, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		duty breach.Duty
		now  time.Time
		want bool
	}{
		{"open and in time", breach.Duty{Due: due}, due.Add(-time.Minute), false},
		{"open and past", breach.Duty{Due: due}, due.Add(time.Minute), true},
		{"met in time", breach.Duty{Due: due, Met: due}, due.Add(time.Hour), false},
		{"met late", breach.Duty{Due: due, Met: due.Add(time.Minute)}, due.Add(time.Hour), true},
		{"without undue delay", breach.Duty{}, due, false},
	} {
		if got := c.duty.Late(c.now); got != c.want {
			t.Errorf("%s: late is %v", c.name, got)
		}
	}
}
