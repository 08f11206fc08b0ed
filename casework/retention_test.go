package casework_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// TestACaseAsksToBeClosedWhenItsDataIsDue follows a case past the day on which its
// data was to be gone.
func TestACaseAsksToBeClosedWhenItsDataIsDue(t *testing.T) {
	o := misSent(t)
	o.enter("clock-mail:+\tmail=duty@example.com\tlanguage=en")
	o.enter("retention\tat=2027-05-31 12:00\twhy=records schedule 4.2")
	o.enter("done:gdpr-33\tat=2026-11-20 14:50\twhy=told")
	asks := func() bool {
		return slices.ContainsFunc(o.dossier().Next(), func(n casework.Next) bool { return n.Key == "next.retention" && n.Where == "approvals" })
	}
	clocks := casework.Clocks{Store: o.Store, Tenant: store.Local, Now: func() auth.Instant { return auth.Instant{Wall: o.Now()} }}
	for _, step := range []struct {
		at   string
		asks bool
		told int
	}{
		{"2026-11-20 15:10", false, 0}, {"2027-05-31 11:59", false, 0}, {"2027-05-31 12:00", true, 1}, {"2027-05-31 12:01", true, 0},
		{"2027-06-30 11:59", true, 0}, {"2027-06-30 12:00", true, 1}, {"2027-12-24 12:00", true, 1}, // nobody looked for months: told once
	} {
		o.at(step.at)
		told, err := clocks.Round(t.Context())
		if err != nil || told != step.told || asks() != step.asks {
			t.Errorf("%s: it asks %v, want %v; told %d, want %d; error %v", step.at, asks(), step.asks, told, step.told, err)
		}
	}
	box := postbox{}
	if _, err := casework.SendAlerts(t.Context(), o.Store, box, "klarlagt@example.se", o.Now); err != nil {
		t.Fatal(err)
	}
	if mail := strings.Join(box["duty@example.com"], ""); strings.Count(mail, "Subject: Data is to be deleted") != 3 || strings.Contains(mail, "records schedule") {
		t.Errorf("the mails say %s", mail)
	}
	_, err := o.Enter(t.Context(), o.id, casework.Entering{Sort: "retention", Base: o.dossier().Base("retention", ""), Typed: casework.Typed{
		Parts: map[string]string{"at": "2028-05-31T12:00:00Z", "why": "the court asked for it"}}})
	if told, wrong := clocks.Round(t.Context()); err != nil || wrong != nil || told != 0 || asks() {
		t.Errorf("put off, it asks %v, told %d; errors %v %v", asks(), told, err, wrong)
	}
}
