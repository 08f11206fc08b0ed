package auth

import (
	"slices"
	"time"
)

// How long a session lasts.
const (
	IdleFor   = 30 * time.Minute // without a request
	LastsFor  = 12 * time.Hour   // at all
	StepUpFor = 15 * time.Minute // after a sign-in or a step-up: what the table calls StepUp
)

// MostSessions is how many sign-ins somebody has at once. One more ends the oldest.
const MostSessions = 10

// Session is somebody signed in. The zero Session is nobody.
//
// Time only adds up. At each touch, the larger of what the wall clock and the
// monotonic clock say has passed since the last one is added to both ages; so a
// clock set back takes nothing off them, and one set forward can only end a
// session early. Where the server was started anew and its wall clock stands
// before the last touch, nobody knows how much time has passed: it has ended.
type Session struct {
	ID         SessionID
	Hash       TokenHash // of the token that opens it now
	User       UserID
	Tenant     TenantID
	Roles      []Role   // as they are now: read anew for each request
	Cases      []CaseID // that the user works on, likewise
	Origin     Origin
	SignedInAt time.Time     // for lists
	Seen       Instant       // the last touch
	Age        time.Duration // at the last touch
	ProvedAge  time.Duration // at the last touch, since sign-in or step-up

	console bool      // see Console
	token   *APIToken // see APIToken.Session
}

// Begin makes a session for somebody who has signed in, always with a token of
// its own, whatever the browser had before.
func Begin(u UserID, t TenantID, roles []Role, cases []CaseID, from Origin, now Instant) (Session, Token) {
	token := NewToken()
	return Session{ID: SessionID(NewID()), Hash: token.Hash(), User: u, Tenant: t, Roles: slices.Clone(roles),
		Cases: slices.Clone(cases), Origin: from, SignedInAt: now.Wall, Seen: now}, token
}

// Touch notes a request: it gives the session as it stands now, or false when
// it has ended.
func (s Session) Touch(now Instant) (Session, bool) {
	if s.console {
		s.Seen = now
		return s, s.User != ""
	}
	passed, known := now.since(s.Seen)
	if s.User == "" || !known || passed > IdleFor || s.Age+passed > LastsFor {
		return Session{}, false
	}
	s.Age, s.ProvedAge, s.Seen = s.Age+passed, s.ProvedAge+passed, now
	return s, true
}

// StepUp is for somebody who has just proved again who they are. The token is
// a new one, and the old opens nothing.
func (s Session) StepUp(now Instant) (Session, Token, bool) {
	s, ok := s.Touch(now)
	if !ok {
		return Session{}, Token{}, false
	}
	token := NewToken()
	s.Hash, s.ProvedAge = token.Hash(), 0
	return s, token, true
}

// fresh reports whether who they are was proved a short while ago.
func (s Session) fresh() bool { return s.ProvedAge <= StepUpFor }

// has reports whether the user has one of the roles.
func (s Session) has(roles []Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(s.Roles, r) })
}
