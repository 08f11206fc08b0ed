package auth

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

// GlassFor is how long broken glass stays open.
const GlassFor = 60 * time.Minute

// BreakGlass is a way past roles and membership, for one of the people named
// beforehand, on one case, when people would come to harm by waiting. It opens
// reading alone: see the table. Until somebody else has reviewed it, the case
// cannot be closed.
type BreakGlass struct {
	ID       string
	Tenant   TenantID
	Case     CaseID
	User     UserID
	Reason   breach.Personal // in the user's own words
	Began    Instant
	Seen     Instant       // the last touch; zero before the first
	Age      time.Duration // at the last touch
	Reviewed UserID        // who has; "" while nobody has
	Finding  GlassFinding
}

// GlassFinding is what a review concluded.
type GlassFinding string

// The findings.
const (
	Justified   GlassFinding = "justified"
	Unjustified GlassFinding = "unjustified"
)

// Watchers are who is told, at once, that glass was broken.
type Watchers struct {
	DPO, CISO breach.Personal // e-mail addresses
}

// Mail is something to send: the keys of its texts, and what fills them. It
// names ids alone.
type Mail struct {
	To            breach.Personal
	Subject, Text string
	Args          map[string]any
}

// The least and the most a reason may have, in characters.
const (
	leastReason = 20
	mostReason  = 1000
)

// NewBreakGlass breaks the glass, with the grant of whoever does. The mails go
// out with it, in the same transaction: without addresses to send to, it is
// refused.
func NewBreakGlass(g Grant, reason string, w Watchers, now Instant) (BreakGlass, []Mail, error) {
	if err := g.For(BreakTheGlass); err != nil {
		return BreakGlass{}, nil, err
	}
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < leastReason || n > mostReason {
		return BreakGlass{}, nil, &breach.Refusal{Key: "refusal.glass-reason", Args: map[string]any{"Least": leastReason, "Most": mostReason}}
	}
	if w.DPO.IsZero() || w.CISO.IsZero() {
		return BreakGlass{}, nil, &breach.Refusal{Key: "refusal.glass-mail"}
	}
	b := BreakGlass{ID: NewID(), Tenant: g.Tenant(), Case: g.Case(), User: g.Who(), Reason: breach.Hide(reason), Began: now}
	args := map[string]any{"Case": string(b.Case), "User": string(b.User), "Until": now.Wall.Add(GlassFor), "ID": b.ID}
	var mails []Mail
	for _, to := range []breach.Personal{w.DPO, w.CISO} {
		mails = append(mails, Mail{To: to, Subject: "mail.glass.subject", Text: "mail.glass.text", Args: args})
	}
	return b, mails, nil
}

// Touch notes a moment in which the case was asked for. As with a session, time
// only adds up: what has passed between touches is the larger of what the clocks
// say, and where none can tell it is over.
func (b BreakGlass) Touch(now Instant) BreakGlass {
	last, passed, known := b.passed(now)
	if !known {
		passed = GlassFor
	}
	b.Age, b.Seen = min(GlassFor, b.Age+passed), last
	return b
}

// Left is for how long one can still go through.
func (b BreakGlass) Left(now Instant) time.Duration {
	_, passed, known := b.passed(now)
	if b.User == "" || b.Reviewed != "" || !known {
		return 0
	}
	return max(0, GlassFor-b.Age-passed)
}

// passed is what has passed since the last touch, and which moment is now the
// last: of two requests at once, the earlier may come second.
func (b BreakGlass) passed(now Instant) (last Instant, passed time.Duration, known bool) {
	last = b.Seen
	if last == (Instant{}) {
		last = b.Began
	}
	if now.Run == last.Run && now.Run != "" && now.Up <= last.Up {
		return last, 0, true
	}
	passed, known = now.since(last)
	return now, passed, known
}

// Open reports whether one can still go through. When the clocks cannot tell
// how long ago it was broken, one cannot.
func (b BreakGlass) Open(now Instant) bool { return b.Left(now) > 0 }

// End gives it back before its time is over; only who broke it does.
func (b BreakGlass) End(g Grant) (BreakGlass, error) {
	if err := g.For(BreakTheGlass); err != nil {
		return b, err
	}
	if g.Tenant() != b.Tenant || g.Case() != b.Case || g.Who() != b.User {
		return b, NoSuchCase.refuse(b.Case)
	}
	b.Age, b.Seen = GlassFor, g.Asked()
	return b, nil
}

// Review is somebody else's judgement; it also ends what is still open.
func (b BreakGlass) Review(g Grant, f GlassFinding) (BreakGlass, error) {
	if err := g.For(ReviewGlass); err != nil {
		return b, err
	}
	switch {
	case g.Tenant() != b.Tenant || g.Case() != b.Case:
		return b, NoSuchCase.refuse(b.Case)
	case g.Who() == b.User:
		return b, NotOneself.refuse(b.Case)
	case b.Reviewed != "" || f != Justified && f != Unjustified:
		return b, &breach.Refusal{Key: "refusal.glass-reviewed"}
	}
	b.Reviewed, b.Finding = g.Who(), f
	return b, nil
}
