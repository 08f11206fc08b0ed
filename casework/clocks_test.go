package casework_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// postbox gathers mails by whom they go to.
type postbox map[string][]string

func (p postbox) Hand(_ context.Context, _, to string, message []byte) (string, error) {
	p[to] = append(p[to], string(message))
	return "taken", nil
}

// TestClocksTellOnceAtEachThreshold follows the 72 hours of a case that came to
// be known on a Friday at 14:05 in Stockholm, with the server started anew each
// time.
func TestClocksTellOnceAtEachThreshold(t *testing.T) {
	o := misSent(t)
	o.enter("clock-mail:+\tmail=jour@example.se\tlanguage=sv")
	o.enter("clock-mail:+\tmail=duty@example.com\tlanguage=en")
	for _, step := range []struct {
		at   string
		want int
		says string
	}{
		{"2026-11-20 15:00", 0, ""},
		{"2026-11-21 14:04", 0, ""},
		{"2026-11-21 14:05", 1, "48"},
		{"2026-11-21 14:06", 0, ""},
		{"2026-11-23 08:05", 1, "6"}, // nobody looked in between: 24 hours are passed over
		{"2026-11-23 14:04", 0, ""},
		{"2026-11-23 14:05", 1, "has run out"},
		{"2026-12-24 14:05", 0, ""},
	} {
		o.at(step.at)
		clocks := casework.Clocks{Store: o.Store, Tenant: store.Local, Now: func() auth.Instant { return auth.Instant{Wall: o.Now()} }}
		for range 2 {
			told, err := clocks.Round(t.Context())
			if err != nil || told != step.want {
				t.Fatalf("%s: told of %d, want %d, error %v", step.at, told, step.want, err)
			}
			step.want = 0
		}
		box := postbox{}
		if _, err := casework.SendAlerts(t.Context(), o.Store, box, "klarlagt@example.se", o.Now); err != nil {
			t.Fatal(err)
		}
		if step.says == "" && len(box) == 0 {
			continue
		}
		english := strings.Join(box["duty@example.com"], "")
		if len(box) != 2 || !strings.Contains(english, step.says) || !strings.Contains(english, "2026-11-23 13:05 UTC") || strings.Contains(english, "mottagaren") || strings.Contains(english, "Exempelby") {
			t.Errorf("%s: mails to %d, the English one says %s", step.at, len(box), english)
		}
	}
}

func TestClocksThatAreMetOrPutOffTellAnew(t *testing.T) {
	o := misSent(t)
	o.enter("clock-mail:+\tmail=jour@example.se\tlanguage=sv")
	clocks := casework.Clocks{Store: o.Store, Tenant: store.Local, Now: func() auth.Instant { return auth.Instant{Wall: o.Now()} }}
	told := func(at string, want int) {
		t.Helper()
		o.at(at)
		if got, err := clocks.Round(t.Context()); err != nil || got != want {
			t.Errorf("%s: told of %d, want %d, error %v", at, got, want, err)
		}
	}
	told("2026-11-22 14:05", 1)
	_, err := o.Enter(t.Context(), o.id, casework.Entering{Sort: "aware", Base: o.dossier().Base("aware", ""), Typed: casework.Typed{
		Parts: map[string]string{"at": "2026-11-21T08:00Z", "why": "då läste någon brevet"}, Zone: time.UTC, Say: locale.For("en")}})
	if err != nil {
		t.Fatal(err)
	}
	told("2026-11-22 14:06", 1) // another end, and 48 hours before it are passed
	o.enter("done:gdpr-33\tat=2026-11-22 14:00")
	told("2026-11-24 14:00", 0)
	if _, err := o.Enter(t.Context(), o.id, casework.Entering{Sort: "clock-mail", Item: breach.NewItem, Typed: casework.Typed{Parts: map[string]string{"mail": "Kim <kim@example.se>", "language": "sv"}, Zone: time.UTC, Say: locale.For("en")}}); refusalOf(err) != "refusal.mail-address" {
		t.Errorf("an address with a name: %v", err)
	}
}
