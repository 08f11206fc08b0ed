package auth

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// apiTokenMost is how long an API token can be good for.
const apiTokenMost = 366 * 24 * time.Hour

// apiTokenPrefix begins the text of each, so that programs which look for lost
// secrets know one.
const apiTokenPrefix = "klarlagt_"

// APIToken lets a program act in the name of the user who made it. It can do
// less than its owner: the actions it was made for, as long as a role of the
// owner's allows them, and nothing that the table wants a person for.
type APIToken struct {
	ID     string
	User   UserID
	Tenant TenantID
	Name   breach.Personal // what its owner calls it
	Scopes []Action
	MadeAt time.Time
	Until  time.Time
}

// NewAPIToken makes one with the grant of its owner, and the secret that is
// shown once.
func NewAPIToken(g Grant, name breach.Personal, scopes []Action, lasts time.Duration, now time.Time) (APIToken, Token, error) {
	if err := g.For(OwnSignIn); err != nil {
		return APIToken{}, Token{}, err
	}
	if len(scopes) == 0 || slices.ContainsFunc(scopes, func(a Action) bool { return !ForPrograms(a) }) {
		return APIToken{}, Token{}, &breach.Refusal{Key: "refusal.api-token-scopes"}
	}
	if name.IsZero() || len(name.Reveal()) > 100 || lasts <= 0 || lasts > apiTokenMost {
		return APIToken{}, Token{}, &breach.Refusal{Key: "refusal.api-token"}
	}
	t := APIToken{ID: NewID(), User: g.Who(), Tenant: g.Tenant(), Name: name, MadeAt: now, Until: now.Add(lasts)}
	for _, a := range Actions() {
		if slices.Contains(scopes, a) {
			t.Scopes = append(t.Scopes, a)
		}
	}
	return t, NewToken(), nil
}

// ForPrograms reports whether an action can be done with an API token: whatever
// asks its user to prove anew who they are asks for a person.
func ForPrograms(a Action) bool {
	rule, known := RuleFor(a)
	return known && !rule.StepUp
}

// APITokenText is the text of an API token's secret, to be shown once.
func APITokenText(t Token) string { return apiTokenPrefix + t.Reveal() }

// ParseAPIToken reads the text of an API token.
func ParseAPIToken(text string) (Token, bool) {
	secret, ours := strings.CutPrefix(text, apiTokenPrefix)
	if !ours {
		return Token{}, false
	}
	return ParseToken(secret)
}

// Session is that of one request made with the token, with what its owner may do
// now; false where it is over. A token from the future, which a clock set back
// leaves behind, opens nothing.
func (t APIToken) Session(roles []Role, cases []CaseID, from Origin, now Instant) (Session, bool) {
	if t.User == "" || now.Wall.Before(t.MadeAt) || !now.Wall.Before(t.Until) {
		return Session{}, false
	}
	return Session{ID: SessionID(t.ID), User: t.User, Tenant: t.Tenant, Roles: roles, Cases: cases, Origin: from, SignedInAt: t.MadeAt, Seen: now,
		ProvedAge: LastsFor, token: &t}, true
}

// FeedHash is what is stored of a token that opens the calendar of one case, by an
// address that programs for calendars keep: another than Hash, so that whoever
// sees the address has nothing for the API, nor for another case.
func FeedHash(t Token, c CaseID) TokenHash {
	if t.raw == nil {
		return TokenHash{}
	}
	return sha256.Sum256(append([]byte("calendar\n"+string(c)+"\n"), t.raw[:]...))
}
