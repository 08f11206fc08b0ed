package casework_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// refusal gives the key of a refusal; "" for no error.
func refusal(t testing.TB, err error) string {
	t.Helper()
	var r *breach.Refusal
	switch {
	case err == nil:
		return ""
	case errors.As(err, &r):
		for _, lang := range locale.Languages() {
			if text := locale.For(lang).Text(r.Key, r.Args); strings.Contains(text, "⟦") || strings.Contains(text, "<no value>") {
				t.Errorf("%s in %s: %s", r.Key, lang, text)
			}
		}
		return r.Key
	}
	t.Fatalf("nothing that the user can mend: %v", err)
	return ""
}

func TestMomentsAreReadOrReadBack(t *testing.T) {
	helsinki, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, typed string
		zone        *time.Location
		want        string // in UTC, or a refusal
	}{
		{"with its offset", "2026-11-20T14:05+02:00", nil, "2026-11-20T12:05:00Z"},
		{"in UTC", "2026-11-20T14:05:00Z", nil, "2026-11-20T14:05:00Z"},
		{"with the name of its zone", "2026-11-20 14:05 Europe/Stockholm", nil, "2026-11-20T13:05:00Z"},
		{"on a form, which has a zone", "2026-11-20T14:05", helsinki, "2026-11-20T12:05:00Z"},
		{"with seconds, which are dropped", "2026-11-20T14:05:59", helsinki, "2026-11-20T12:05:00Z"},
		{"its own zone before the form's", "2026-11-20 14:05 Europe/Stockholm", helsinki, "2026-11-20T13:05:00Z"},
		{"in summer", "2026-07-01 08:00", helsinki, "2026-07-01T05:00:00Z"},
		{"the last minute before the clocks go forward", "2026-03-29 02:59", helsinki, "2026-03-29T00:59:00Z"},
		{"the first minute after", "2026-03-29 04:00", helsinki, "2026-03-29T01:00:00Z"},
		{"on a leap day", "2028-02-29 12:00", helsinki, "2028-02-29T10:00:00Z"},
		{"without a zone", "2026-11-20 14:05", nil, "refusal.moment-no-zone"},
		{"in the hour that the clocks leave out", "2026-03-29 03:30", helsinki, "refusal.moment-gap"},
		{"in the hour that the clocks have twice", "2026-10-25 03:30", helsinki, "refusal.moment-twice"},
		{"which of the two is said", "2026-10-25T03:30+02:00", helsinki, "2026-10-25T01:30:00Z"},
		{"on no day", "2026-02-30 12:00", helsinki, "refusal.moment"},
		{"a date alone", "2026-11-20", helsinki, "refusal.moment"},
		{"in words", "yesterday", helsinki, "refusal.moment"},
		{"in no zone of this world", "2026-11-20 14:05 Europe/Nowhere", nil, "refusal.moment-zone"},
	} {
		at, err := casework.ParseMoment(c.typed, c.zone, locale.For("sv"))
		got := refusal(t, err)
		if got == "" {
			got = at.Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s: %q gives %s, want %s", c.name, c.typed, got, c.want)
		}
	}
}

func FuzzMoment(f *testing.F) {
	for _, s := range []string{"2026-11-20 14:05", "2026-03-29T03:30", "2026-10-25 03:30 Europe/Helsinki", "2026-11-20T14:05+02:00", " / ", ""} {
		f.Add(s)
	}
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		at, err := casework.ParseMoment(typed, zone, locale.For("en"))
		if err == nil && at.Location() != time.UTC {
			t.Errorf("%q is read in %s", typed, at.Location())
		}
		refusal(t, err)
	})
}

// enter enters a fact in the zone of Helsinki and gives how it was refused.
func enter(t *testing.T, d *casework.Desk, id store.CaseID, sort string, pairs ...string) string {
	t.Helper()
	k, err := d.Known(t.Context(), id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		parts[pairs[i]] = pairs[i+1]
	}
	_, err = d.Enter(t.Context(), id, casework.Entering{Sort: sort, Base: k.Base(sort, ""), Typed: casework.Typed{Parts: parts, Zone: zone, Say: locale.For("fi")}})
	return refusal(t, err)
}

func TestWhatCannotBeSoIsRefused(t *testing.T) {
	d := deskAt(t, clockIn(t, "Europe/Helsinki", "2026-11-20 14:00"))
	c, err := d.Open(t.Context(), "a case")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name, sort string
		parts      []string
		want       string
	}{
		{"a fact that is none", "weather", nil, "refusal.no-such-fact"},
		{"a part that is none", "late", []string{"reason", "x"}, "refusal.fact-part"},
		{"a needed part left out", "case", []string{"kind", "mis-sent"}, "refusal.fact-needed"},
		{"a country without rules", "case", []string{"kind", "mis-sent", "country", "XX", "role", "controller"}, "refusal.fact-value"},
		{"a case", "case", []string{"kind", "mis-sent", "country", "FI", "role", "controller"}, ""},
		{"what is to come", "tip", []string{"at", "2026-11-20 14:01"}, "refusal.moment-future"},
		{"the very minute", "tip", []string{"at", "2026-11-20 14:00"}, ""},
		{"neither known nor unknown", "contained", nil, "refusal.fact-needed"},
		{"both", "contained", []string{"at", "2026-11-20 13:00", "unknown", "yes"}, "refusal.moment-unknown"},
		{"unknown", "occurred-to", []string{"unknown", "yes"}, ""},
		{"a beginning", "occurred-from", []string{"at", "2026-11-20 09:00"}, ""},
		{"a sign before it began", "tip", []string{"at", "2026-11-20 08:00"}, "refusal.moment-order"},
		{"awareness before it happened", "aware", []string{"at", "2026-11-20 08:59", "why", "call"}, "refusal.moment-order"},
		{"an end before the beginning", "occurred-to", []string{"at", "2026-11-19 09:00"}, "refusal.moment-order"},
		{"a sign put right", "tip", []string{"at", "2026-11-20 10:00"}, ""},
		{"awareness without why", "aware", []string{"at", "2026-11-20 11:00"}, "refusal.fact-needed"},
		{"awareness", "aware", []string{"at", "2026-11-20 11:00", "why", "call"}, ""},
		{"bounds the wrong way round", "records", []string{"lower", "10", "upper", "9"}, "refusal.bounds"},
		{"bounds with blanks", "records", []string{"lower", "10 000"}, ""},
		{"a number that is none", "records", []string{"lower", "many"}, "refusal.fact-value"},
		{"a factor without its reason", "cohort", []string{"name", "pupils", "context", "2"}, "refusal.factor-why"},
		{"a kind of data that is none", "cohort", []string{"name", "pupils", "kinds", "name,shoes"}, "refusal.fact-value"},
		{"too long", "party", []string{"name", strings.Repeat("x", 401), "part", "other"}, "refusal.fact-long"},
	} {
		if got := enter(t, d, c.ID, step.sort, step.parts...); got != step.want {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
}

func TestWhatWasKnownAtAnHourCanBeTold(t *testing.T) {
	start := clockIn(t, "Europe/Helsinki", "2026-11-20 14:00")
	d := deskAt(t, start)
	c, err := d.Open(t.Context(), "a case")
	if err != nil {
		t.Fatal(err)
	}
	for hour, says := range []string{"one", "two", "three"} {
		d.Now = func() time.Time { return start.Add(time.Duration(hour) * time.Hour) }
		if got := enter(t, d, c.ID, "taken", "description", says); got != "" {
			t.Fatal(got)
		}
	}
	if _, err := d.TakeBack(t.Context(), c.ID, "taken", "", 3, "it was another case"); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, after := range []time.Duration{-time.Minute, time.Minute, 61 * time.Minute, 119 * time.Minute, 121 * time.Minute} {
		k, err := d.Known(t.Context(), c.ID, start.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, k.Says("taken", "description"))
	}
	if want := []string{"", "one", "two", "two", ""}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	k, err := d.Known(t.Context(), c.ID, time.Time{})
	if err != nil || len(k.History("taken", "")) != 4 {
		t.Errorf("%d versions, error %v", len(k.History("taken", "")), err)
	}
}

func TestEveryFactHasItsTexts(t *testing.T) {
	for _, lang := range locale.Languages() {
		say := locale.For(lang)
		for _, s := range casework.Sorts() {
			texts := []string{s.Title(say)}
			for _, p := range s.Parts {
				texts = append(texts, p.Title(say))
				for _, c := range p.Choices(say) {
					texts = append(texts, c.Title)
				}
			}
			for _, text := range texts {
				if text == "" || strings.Contains(text, "⟦") {
					t.Errorf("%s, %s: %q", lang, s.Name, text)
				}
			}
		}
		for _, kind := range casework.Playbooks() {
			tasks, err := casework.Playbook(kind, lang)
			if err != nil || len(tasks) < 5 {
				t.Errorf("playbook %s: %d tasks, error %v", kind, len(tasks), err)
			}
		}
	}
}
