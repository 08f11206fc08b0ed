package casework_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// deskAt is a desk whose clock shows a time.
func deskAt(t testing.TB, at time.Time) *casework.Desk {
	t.Helper()
	d := desk(t, t.TempDir())
	d.Now = func() time.Time { return at }
	return d
}

// clockIn is a time on a clock in a zone.
func clockIn(t testing.TB, zone, text string) time.Time {
	t.Helper()
	at, err := casework.ParseMoment(text+" "+zone, nil, locale.For("en"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// enterAll enters the facts of a file of testdata/incidents: a line a fact, its
// parts parted by tabs.
func enterAll(t testing.TB, d *casework.Desk, name, zone string) store.CaseID {
	t.Helper()
	c, err := d.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join("testdata", "incidents", name+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		enterLine(t, d, c.ID, zone, strings.TrimSuffix(line, "\n"))
	}
	return c.ID
}

func enterLine(t testing.TB, d *casework.Desk, id store.CaseID, zone, line string) breach.Fact {
	t.Helper()
	cells := strings.Split(line, "\t")
	sort, item, _ := strings.Cut(cells[0], ":")
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, cell := range cells[1:] {
		name, says, _ := strings.Cut(cell, "=")
		parts[name] = says
	}
	f, err := d.Enter(t.Context(), id, casework.Entering{Sort: sort, Item: item, Typed: casework.Typed{Parts: parts, Zone: loc, Say: locale.For("en")}})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return f
}

// incidents are five that are publicly known, entered as they may have stood when
// the first notification was made; draft's own tests have the same facts.
var incidents = []struct {
	name, zone, now string
	due             string // of GDPR art. 33, in the zone; "" where the law was not in force
	form            string
	filled          float64 // of the fields asked
}{
	{"helsinki", "Europe/Helsinki", "2024-05-02 12:30", "2024-05-03 23:30", "fi-dpa-preliminary", 0.6},
	{"vklass", "Europe/Stockholm", "2022-09-23 15:00", "2022-09-25 12:00", "se-imy", 0.6},
	{"skolplattformen", "Europe/Stockholm", "2019-08-23 16:00", "2019-08-26 08:00", "se-imy", 0.6},
	{"kursor", "Europe/Helsinki", "2014-01-13 12:00", "", "fi-dpa-preliminary", 0.6},
	{"westlog", "Europe/Helsinki", "2023-09-20 12:00", "2023-09-21 12:00", "fi-dpa-preliminary", 0.6},
}

func TestFiveIncidentsGiveTheirClocksAndDrafts(t *testing.T) {
	for _, c := range incidents {
		t.Run(c.name, func(t *testing.T) {
			d := deskAt(t, clockIn(t, c.zone, c.now))
			id := enterAll(t, d, c.name, c.zone)
			x, err := d.Dossier(t.Context(), id, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			duties, err := x.Duties(false)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(duties, func(d casework.Duty) bool { return d.Rule == "gdpr-33" })
			switch {
			case c.due == "" && i >= 0:
				t.Errorf("a duty of a law that was not in force: %+v", duties[i].Due)
			case c.due != "" && (i < 0 || !duties[i].Due.Equal(clockIn(t, c.zone, c.due)) || duties[i].Late || !duties[i].Open()):
				t.Errorf("duties %+v, want one until %s", duties, c.due)
			}
			made, err := x.Draft(casework.Drafting{Form: c.form, Incomplete: true})
			if err != nil || made.Refuse != nil {
				t.Fatalf("draft: %v, %v", err, made.Refuse)
			}
			if share := float64(made.Filled) / float64(made.Asked); share < c.filled {
				t.Errorf("%d of %d fields are filled, want %.0f %%", made.Filled, made.Asked, c.filled*100)
			}
			for _, a := range made.Answers {
				if a.Given() && a.Origin.From == "" {
					t.Errorf("field %s does not say where its answer comes from", a.Field)
				}
			}
			t.Logf("%d of %d fields filled", made.Filled, made.Asked)
		})
	}
}

func TestWestlogsNewsTook25And14Days(t *testing.T) {
	d := deskAt(t, clockIn(t, "Europe/Helsinki", "2023-09-20 12:00"))
	id := enterAll(t, d, "westlog", "Europe/Helsinki")
	x, err := d.Dossier(t.Context(), id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var days []int
	for _, delay := range x.Delays() {
		days = append(days, delay.Days)
	}
	if !slices.Equal(days, []int{25, 14}) {
		t.Errorf("delays of %v days, want 25 and 14", days)
	}
	var scores []float64
	for _, c := range x.Cohorts() {
		scores = append(scores, c.Score.Float())
	}
	if !slices.Equal(scores, []float64{4, 5}) { // law.md 6.4
		t.Errorf("scores %v, want 4 and 5", scores)
	}
	if l, ok := x.Likeness(); !ok || l.Nearest[0].Number != 4 || l.Conflict {
		t.Errorf("nearest %+v, want case 4 and no conflict", l)
	}
}

// TestScoresOfTheIncidents holds the severities against the worked examples of
// the method. Kursor's sum is low, and so many addresses are for the authority
// all the same (EDPB 9/2022, annex B, x): the two are shown to differ.
func TestScoresOfTheIncidents(t *testing.T) {
	for _, c := range []struct {
		name, zone, now string
		want            map[string]float64
		conflict        bool
	}{
		{"kursor", "Europe/Helsinki", "2014-01-13 12:00", map[string]float64{"asiakkaat": 1}, true},
		{"vklass", "Europe/Stockholm", "2022-09-23 15:00", map[string]float64{"elever": 2, "elever med skyddade personuppgifter": 5}, false},
		{"helsinki", "Europe/Helsinki", "2024-05-02 12:30", map[string]float64{"oppijat ja huoltajat": 5}, false},
	} {
		d := deskAt(t, clockIn(t, c.zone, c.now))
		x, err := d.Dossier(t.Context(), enterAll(t, d, c.name, c.zone), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, h := range x.Cohorts() {
			got[h.Name] = h.Score.Float()
		}
		for name, want := range c.want {
			if got[name] != want {
				t.Errorf("%s, %s: %v, want %v", c.name, name, got[name], want)
			}
		}
		l, ok := x.Likeness()
		if !ok || l.Conflict != c.conflict {
			t.Errorf("%s: %+v, want a conflict: %v", c.name, l, c.conflict)
		}
	}
}

func TestModulesOpenAgainOneByOne(t *testing.T) {
	d := deskAt(t, clockIn(t, "Europe/Stockholm", "2019-08-23 16:00"))
	id := enterAll(t, d, "skolplattformen", "Europe/Stockholm")
	d.Now = func() time.Time { return clockIn(t, "Europe/Stockholm", "2019-09-20 09:00") }
	k, err := d.Known(t.Context(), id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	loc := k.Zone()
	_, err = d.Enter(t.Context(), id, casework.Entering{Sort: "system", Item: "4", Base: k.Base("system", "4"), Typed: casework.Typed{Zone: loc, Say: locale.For("sv"),
		Parts: map[string]string{"name": "Elevdokumentation", "state": "reopened", "at": "2019-09-20 08:00"}}})
	if err != nil {
		t.Fatal(err)
	}
	if k, err = d.Known(t.Context(), id, time.Time{}); err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, s := range k.Systems() {
		if s.Name == "Elevdokumentation" {
			states = append(states, fmt.Sprint(s.State, " ", s.From.In(loc).Format("01-02 15:04")))
		}
	}
	if want := []string{"closed 08-23 12:00", "reopened 09-20 08:00"}; !slices.Equal(states, want) {
		t.Errorf("states %q, want %q", states, want)
	}
}
