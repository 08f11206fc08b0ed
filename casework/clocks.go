package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// warnings are how long before the end of a clock somebody is told, the first
// first; the last is the end itself.
func warnings() []time.Duration {
	return []time.Duration{48 * time.Hour, 24 * time.Hour, 6 * time.Hour, 0}
}

// Clocks tells by mail of duties whose time runs out: whom the case names. It
// remembers when to look again; what was told stands in the outbox, so that none
// is told twice, whatever is started anew.
type Clocks struct {
	Store  *store.Store
	Tenant auth.TenantID
	Now    func() auth.Instant

	known map[store.CaseID]clock
}

// clock is when a case, as it stands, has to be looked at again.
type clock struct {
	mark string
	next time.Time // zero: not before something changes
}

// Round looks at the cases that changed or whose time has come, and queues what
// there is to tell of. A case that cannot be opened is left out: one in secret
// mode is none of the server's.
func (c *Clocks) Round(ctx context.Context) (told int, err error) {
	marks, err := c.Store.Marks(ctx)
	if err != nil {
		return 0, err
	}
	now, known := c.Now(), map[store.CaseID]clock{}
	for id, mark := range marks {
		last, seen := c.known[id]
		if seen && last.mark == mark && (last.next.IsZero() || now.Wall.Before(last.next)) {
			known[id] = last
			continue
		}
		n, next, failed := c.look(ctx, id, now)
		var refusal *breach.Refusal
		if failed != nil && !errors.As(failed, &refusal) {
			err = errors.Join(err, fmt.Errorf("case %s: %w", id, failed))
			continue
		}
		told += n
		known[id] = clock{mark, next}
	}
	c.known = known
	return told, err
}

// look tells of what is due in a case, and when the next is.
func (c *Clocks) look(ctx context.Context, id store.CaseID, now auth.Instant) (told int, next time.Time, err error) {
	d := &Desk{Store: c.Store, Who: auth.Console("server", c.Tenant, now), Now: func() time.Time { return now.Wall }, Clock: func() auth.Instant { return now }}
	g, err := d.grant(ctx, id, auth.ReadFacts)
	if err != nil {
		return 0, next, err
	}
	x, err := d.dossier(ctx, g, time.Time{})
	if err != nil {
		return 0, next, err
	}
	if told, next, err = c.tellOutlived(ctx, g, x); err != nil {
		return told, next, err
	}
	duties, err := x.Duties(false)
	if err != nil {
		return told, next, err
	}
	for _, duty := range duties {
		if !duty.Open() || duty.Due.IsZero() {
			continue
		}
		reached, later := reachedWarning(duty.Due, now.Wall)
		if !later.IsZero() && (next.IsZero() || later.Before(next)) {
			next = later
		}
		if reached < 0 {
			continue
		}
		moment := fmt.Sprintf("%s %s %d", dutyItem(duty.Duty), duty.Due.UTC().Format(time.RFC3339), reached)
		yes, err := c.Store.TellOfClock(ctx, g, moment, x.recipients(), clockMail(id, duty, reached))
		if err != nil {
			return told, next, err
		}
		if yes {
			told++
		}
	}
	return told, next, nil
}

// reachedWarning is the last of the warnings whose time has come, -1 for none,
// and when the next one's comes. What was passed while nobody looked is not told
// any more: only how it stands.
func reachedWarning(due, now time.Time) (reached int, next time.Time) {
	reached = -1
	for i, before := range warnings() {
		at := due.Add(-before)
		if now.Before(at) {
			return reached, at
		}
		reached = i
	}
	return reached, time.Time{}
}

// clockMail is what is told: the case by its number, the duty and its end.
func clockMail(id store.CaseID, d Duty, reached int) auth.Mail {
	left := warnings()[reached]
	m := auth.Mail{Subject: "mail.clock.subject", Text: "mail.clock.text", Args: map[string]any{"Case": string(id), "Duty": d.Rule, "Due": d.Due, "Hours": int(left.Hours())}}
	if left == 0 {
		m.Subject, m.Text = "mail.clock.passed-subject", "mail.clock.passed-text"
	}
	return m
}

// recipients are whom the case names to be told of its clocks.
func (k Known) recipients() []store.Recipient {
	var list []store.Recipient
	for _, f := range k.Items("clock-mail") {
		list = append(list, store.Recipient{To: f.Parts["mail"], Language: f.Parts.Says("language")})
	}
	return list
}
