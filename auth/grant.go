package auth

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Grant is leave for one act, already in the journal. Only [Check] mints one;
// the zero Grant is leave for nothing.
type Grant struct {
	rule    Rule
	caseID  CaseID
	session Session
	ask     Ask
	glass   string
	near    bool
}

// ErrNoGrant is the answer to a Grant that is not for what is done with it: a
// mistake of ours, not of whoever asks.
var ErrNoGrant = errors.New("no grant for this")

// Valid reports whether a check has minted it.
func (g Grant) Valid() bool { return g.rule.Action != "" }

// For gives nil if the grant is for one of these actions, else [ErrNoGrant].
// Each store method begins with it.
func (g Grant) For(actions ...Action) error {
	for _, a := range actions {
		if g.Valid() && a == g.rule.Action {
			return nil
		}
	}
	return fmt.Errorf("%w: %v with a grant for %q", ErrNoGrant, actions, g.rule.Action)
}

// Action is what it is leave for.
func (g Grant) Action() Action { return g.rule.Action }

// Tenant is whose data it opens.
func (g Grant) Tenant() TenantID { return g.session.Tenant }

// Case is the case it opens; "" for an act of the tenant.
func (g Grant) Case() CaseID { return g.caseID }

// Who is the user who acts.
func (g Grant) Who() UserID { return g.session.User }

// Purpose is why.
func (g Grant) Purpose() Purpose { return g.ask.Purpose }

// Object is what was asked for: the one person to reveal.
func (g Grant) Object() string { return g.ask.Object }

// Subject is whom it is about: whose account, budget or work.
func (g Grant) Subject() UserID { return g.ask.Subject }

// Works reports whether whoever acts works on a case, or is at the console.
func (g Grant) Works(c CaseID) bool {
	return g.Valid() && (g.session.console || slices.Contains(g.session.Cases, c))
}

// Shows is how much of people may be shown.
func (g Grant) Shows() Sight { return g.rule.Shows }

// Protected reports whether people with a protected identity may be shown too.
// No bulk export, list or search shows them.
func (g Grant) Protected() bool { return g.rule.Action == RevealProtected }

// Payload is what others approved, byte for byte; nil where the action needs no
// approval.
func (g Grant) Payload() []byte {
	if !g.rule.FourEyes {
		return nil
	}
	return bytes.Clone(g.ask.Payload)
}

// NearBudget reports whether four fifths of a budget are spent: the data
// protection officer is to be told.
func (g Grant) NearBudget() bool { return g.near }

// Glass is the broken glass that the act is done through; "" for none.
func (g Grant) Glass() string { return g.glass }

// Session names the session it was asked for in.
func (g Grant) Session() SessionID { return g.session.ID }

// Origin is where it was asked from.
func (g Grant) Origin() Origin { return g.session.Origin }

// Asked is when it was asked for.
func (g Grant) Asked() Instant { return g.ask.Now }
