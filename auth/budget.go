package auth

import (
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Limits are how many different people may be shown or searched for within a
// day. The zero value means the defaults.
type Limits struct {
	User   map[Role]int // the largest of the user's roles counts
	Case   int
	Tenant int
}

// Day is what budgets are counted over: the 24 hours that end now, so that no
// midnight gives twice as much.
const Day = 24 * time.Hour

// The defaults. Somebody at a desk who answers every ten minutes reaches fifty.
const (
	deskADay   = 50
	readerADay = 300
	caseADay   = 1000
	tenantADay = 3000
)

// user is the budget of somebody with these roles.
func (l Limits) user(roles []Role) int {
	most := 0
	for _, r := range roles {
		n, set := l.User[r]
		switch {
		case set:
		case r == Desk:
			n = deskADay
		case r == Investigator, r == Reviewer, r == DPO:
			n = readerADay
		}
		most = max(most, n)
	}
	if most == 0 { // another role, through broken glass
		return deskADay
	}
	return most
}

// Spent is how many different people were shown or searched for within the last
// day, with the one now asked for, and how much others have added to what may be.
type Spent struct {
	User, Case, Tenant                int
	UserRaise, CaseRaise, TenantRaise int // the sums of the raises in force
}

// BudgetState is how it stands with the budgets.
type BudgetState uint8

// The states, in order of how bad they are.
const (
	WithinBudget BudgetState = iota
	NearBudget               // four fifths: the data protection officer is warned
	OverBudget               // nothing more is shown until a second person raises it
)

// State holds what is spent against the limits: the worst of the three counts.
func (l Limits) State(roles []Role, s Spent) BudgetState {
	orDefault := func(n, otherwise int) int {
		if n > 0 {
			return n
		}
		return otherwise
	}
	return max(
		state(s.User, l.user(roles)+s.UserRaise),
		state(s.Case, orDefault(l.Case, caseADay)+s.CaseRaise),
		state(s.Tenant, orDefault(l.Tenant, tenantADay)+s.TenantRaise))
}

func state(spent, limit int) BudgetState {
	switch {
	case spent > limit:
		return OverBudget
	case spent*5 >= limit*4:
		return NearBudget
	}
	return WithinBudget
}

// Budget is which of the three budgets is meant.
type Budget string

// The budgets.
const (
	OfUser   Budget = "user"
	OfCase   Budget = "case"
	OfTenant Budget = "tenant"
)

// Raise is more of a budget for a day, given by somebody else than who needs it.
type Raise struct {
	Budget Budget
	For    UserID // who needs it
	Case   CaseID // "" for the tenant's
	By     UserID
	More   int
	At     time.Time
}

// mostRaised is the most that one raise gives, so that somebody looks again
// when a whole case is to be read.
const mostRaised = 1000

// NewRaise makes a raise with the grant of whoever gives it.
func NewRaise(g Grant, b Budget, more int, now time.Time) (Raise, error) {
	if err := g.For(RaiseBudget); err != nil {
		return Raise{}, err
	}
	if more < 1 || more > mostRaised || b == OfCase && g.Case() == "" {
		return Raise{}, &breach.Refusal{Key: "refusal.raise", Args: map[string]any{"Most": mostRaised}}
	}
	return Raise{Budget: b, For: g.ask.Subject, Case: g.Case(), By: g.Who(), More: more, At: now}, nil
}

// InForce reports whether a raise counts at a moment. One from the future, which
// a clock set back leaves behind, does not.
func (r Raise) InForce(now time.Time) bool {
	return !now.Before(r.At) && now.Sub(r.At) < Day
}
