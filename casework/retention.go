package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// askAgain is how long it is from one mail that a case is to be closed to the next.
const askAgain = 30 * 24 * time.Hour

// keptUntil is when the case's data is to be gone (GDPR art. 5(1)(e)); the zero
// time where nobody has said.
func (x Dossier) keptUntil() time.Time { return timeOf(x.Fact("retention", ""), "at") }

// Outlived reports whether the case's data was to be gone by now. Whether it can
// be, only a person can say: an authority or a court may want it still.
func (x Dossier) Outlived() bool {
	until := x.keptUntil()
	return !until.IsZero() && !x.Now.Before(until)
}

// tellOutlived queues the mail that a case is to be closed, and says when the next
// is due.
func (c *Clocks) tellOutlived(ctx context.Context, g auth.Grant, x Dossier) (told int, next time.Time, err error) {
	until := x.keptUntil()
	if !x.Outlived() {
		return 0, until, nil
	}
	times := x.Now.Sub(until) / askAgain
	m := auth.Mail{Subject: "mail.retention.subject", Text: "mail.retention.text", Args: map[string]any{"Case": string(g.Case()), "Due": until}}
	yes, err := c.Store.TellOfClock(ctx, g, fmt.Sprintf("retention %s %d", until.Format(time.RFC3339), times), x.recipients(), m)
	if yes {
		told = 1
	}
	return told, until.Add((times + 1) * askAgain), err
}
