package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
)

// Ask is what somebody wants to do.
type Ask struct {
	Action   Action
	Case     CaseID // "" for an act of the tenant
	Object   string // the id of what is shown or changed
	Subject  UserID // for actions on somebody: whose account, budget or work
	Purpose  Purpose
	Approval string // the id of the approval, for actions that need one
	Payload  []byte // what was approved
	Limits   Limits // of the tenant
	Now      Instant
}

// Check decides on an ask, writes the verdict to the journal, and mints the
// grant if it is yes. A no is a [*Refused]. Without its line in the journal
// there is no grant: when the journal fails, the check does.
func Check(ctx context.Context, j Journal, s Session, ask Ask) (Grant, error) {
	ask.Payload = bytes.Clone(ask.Payload) // what is held against the approval is what is done
	c := check{j: j, ask: ask}
	if err := c.facts(ctx, s); err != nil {
		return Grant{}, fmt.Errorf("check %s: %w", ask.Action, err)
	}
	verdict := c.verdict()
	err := j.Append(ctx, Act{At: ask.Now.Wall, Tenant: s.Tenant, Case: ask.Case, Who: s.User, Session: s.ID, Origin: s.Origin,
		Action: ask.Action, Object: ask.Object, Purpose: ask.Purpose, Approval: ask.Approval, Glass: c.glass, Verdict: verdict})
	if err != nil {
		return Grant{}, fmt.Errorf("journal %s: %w", ask.Action, err)
	}
	if err := c.useApproval(ctx, verdict); err != nil {
		return Grant{}, fmt.Errorf("keep the approval of %s: %w", ask.Action, err)
	}
	if verdict != Allowed {
		return Grant{}, verdict.refuse(ask.Case)
	}
	return Grant{rule: c.rule, caseID: ask.Case, session: c.session, ask: ask, glass: c.glass, near: c.near}, nil
}

// check is an ask with the facts that decide on it.
type check struct {
	j        Journal
	ask      Ask
	rule     Rule
	session  Session
	signedIn bool
	c        Case
	there    bool
	glass    string
	approval Approval
	spent    Spent
	near     bool
}

// facts gathers what the verdict rests on. It asks the same questions for a
// case that is not there, not theirs or theirs, so that the time it takes says
// nothing.
func (c *check) facts(ctx context.Context, s Session) (err error) {
	var known bool
	if c.rule, known = RuleFor(c.ask.Action); !known {
		return fmt.Errorf("%w: the table has no such action", ErrNoGrant)
	}
	if c.rule.In == InTenant && c.ask.Case != "" {
		return fmt.Errorf("%w: it is not an action of a case", ErrNoGrant)
	}
	c.session, c.signedIn = s.Touch(c.ask.Now)
	if c.ask.Case != "" {
		if c.c, c.there, err = c.j.Case(ctx, c.ask.Case); err != nil {
			return err
		}
		c.there = c.there && c.c.ID == c.ask.Case && c.c.Tenant == s.Tenant && s.Tenant != ""
	}
	if c.rule.FourEyes && c.ask.Approval != "" {
		if c.approval, _, err = c.j.Approval(ctx, c.ask.Approval); err != nil {
			return err
		}
	}
	if c.rule.Counted {
		c.spent, err = c.j.Spent(ctx, s.User, c.ask.Case, c.ask.Object, c.ask.Now.Wall)
	}
	return err
}

// useApproval marks an approval as used, or void where something else was to be
// done with it than what was approved.
func (c *check) useApproval(ctx context.Context, v Verdict) error {
	a := c.approval
	switch {
	case a.ID == "": // none is asked for, or there is none
		return nil
	case v == Allowed:
		a.State = Executed
	case v == NotApproved && a.State == Approved && a.Author == c.session.User && a.Payload != sha256.Sum256(c.ask.Payload):
		a.State = Void
	default:
		return nil
	}
	return c.j.SaveApproval(ctx, a)
}

// verdict holds the facts against the rule. What is wrong with the asker comes
// before what is wrong with the case, so that nobody learns of a case by the
// kind of no.
func (c *check) verdict() Verdict {
	r, s := c.rule, c.session
	if !c.signedIn {
		return SignedOut
	}
	c.throughGlass()
	switch {
	case s.token != nil && !slices.Contains(s.token.Scopes, r.Action):
		return OutOfScope
	case c.glass == "" && !s.has(r.Roles) && !s.console:
		return NotYourRole
	case r.StepUp && !s.fresh() && !s.console:
		return StepUpFirst
	case r.Purpose && !c.ask.Purpose.known():
		return NoPurpose
	case r.Others && (c.ask.Subject == "" || c.ask.Subject == s.User):
		return NotOneself
	}
	if v := c.verdictOnCase(); v != Allowed {
		return v
	}
	if r.FourEyes && !s.console && !c.approval.allows(c.ask, s) {
		return NotApproved
	}
	if r.Counted {
		switch c.ask.Limits.State(s.Roles, c.spent) {
		case OverBudget:
			if !s.console {
				return BudgetSpent
			}
			c.near = true
		case NearBudget:
			c.near = true
		}
	}
	return Allowed
}

func (c *check) verdictOnCase() Verdict {
	r := c.rule
	if r.In == InTenant || r.In == InEither && c.ask.Case == "" {
		return Allowed
	}
	switch {
	case !c.visible():
		return NoSuchCase
	case c.c.Closed && !r.Closed:
		return CaseClosed
	case r.Named && !c.session.console && !c.named():
		return NotNamed
	case (r.Action == Close || r.Action == Destroy) && len(c.c.Glasses) > 0:
		return ReviewFirst
	}
	return Allowed
}

// visible reports whether the user may know that the case is there: for who
// works on it, has broken its glass, may break it, or has to review that.
func (c *check) visible() bool {
	switch {
	case !c.there:
		return false
	case c.glass != "" || c.session.console || slices.Contains(c.session.Cases, c.ask.Case):
		return true
	case !c.rule.Outside:
		return false
	case c.rule.Named:
		return c.named()
	}
	return len(c.c.Glasses) > 0
}

// named reports whether the case names the user for the action.
func (c *check) named() bool {
	if c.rule.Action == BreakTheGlass {
		return slices.Contains(c.c.Bearers, c.session.User)
	}
	return c.c.Readers.Has(c.session.User)
}

// throughGlass finds the glass that the user has broken on the case, where the
// action may be done through it and not without. Whoever has since lost every
// role that may break it does not come through.
func (c *check) throughGlass() {
	bearer, _ := RuleFor(BreakTheGlass)
	if !c.rule.Glass || !c.there || !c.session.has(bearer.Roles) || c.session.has(c.rule.Roles) && slices.Contains(c.session.Cases, c.ask.Case) {
		return
	}
	for _, g := range c.c.Glasses {
		if g.User == c.session.User && g.Case == c.ask.Case && g.Open(c.ask.Now) {
			c.glass = g.ID
		}
	}
}
