package auth

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// ApprovalState is how far an approval has come.
type ApprovalState string

// The states. Only a proposed one can change into approved, and only an approved
// one into executed; all others are ends.
const (
	Proposed  ApprovalState = "proposed"
	Approved  ApprovalState = "approved"
	Executed  ApprovalState = "executed"
	Declined  ApprovalState = "declined"
	Withdrawn ApprovalState = "withdrawn"
	Void      ApprovalState = "void" // what was to be approved has changed
	Expired   ApprovalState = "expired"
)

// Needed is how many others have to agree.
const Needed = 2

// ApprovalLasts is how long after its proposal an approval can be used.
const ApprovalLasts = 72 * time.Hour

// Approval is the road of one act that needs four eyes. It is about bytes: of
// what will be done, and of the preview that shows it. When either changes it is
// void, and what is done is byte for byte what was approved.
type Approval struct {
	ID      string
	Tenant  TenantID
	Case    CaseID // "" for an act of the tenant
	Action  Action
	Author  UserID
	Payload [32]byte // SHA-256 of what will be done
	Preview [32]byte // SHA-256 of what is shown of it
	Made    Instant
	State   ApprovalState
	Opened  []UserID // who has opened the preview
	Agreed  []UserID
}

// NewApproval proposes an act for others to approve, with the grant of its
// author.
func NewApproval(g Grant, action Action, payload, preview []byte, now Instant) (Approval, error) {
	if err := g.For(Propose); err != nil {
		return Approval{}, err
	}
	rule, known := RuleFor(action)
	if !known || !rule.FourEyes || !g.session.has(rule.Roles) && !g.session.console || (rule.In == InCase) != (g.caseID != "") {
		return Approval{}, NotYourRole.refuse(g.caseID)
	}
	return Approval{ID: NewID(), Tenant: g.Tenant(), Case: g.caseID, Action: action, Author: g.Who(),
		Payload: sha256.Sum256(payload), Preview: sha256.Sum256(preview), Made: now, State: Proposed}, nil
}

// Open notes that somebody has been shown this preview: nobody approves what
// they have not seen.
func (a Approval) Open(g Grant, preview []byte, now Instant) (Approval, error) {
	a, err := a.wait(g, now)
	if err != nil {
		return a, err
	}
	if sha256.Sum256(preview) != a.Preview {
		a.State = Void
		return a, &breach.Refusal{Key: "refusal.approval-void"}
	}
	if !slices.Contains(a.Opened, g.Who()) {
		a.Opened = append(slices.Clone(a.Opened), g.Who())
	}
	return a, nil
}

// Agree is the yes of one of the others. Even where it is refused, the approval
// given back is to be kept: it may have expired.
func (a Approval) Agree(g Grant, now Instant) (Approval, error) {
	a, err := a.wait(g, now)
	if err != nil {
		return a, err
	}
	switch {
	case !slices.Contains(a.Opened, g.Who()):
		return a, &breach.Refusal{Key: "refusal.approval-unseen"}
	case slices.Contains(a.Agreed, g.Who()):
		return a, &breach.Refusal{Key: "refusal.approval-twice"}
	}
	a.Agreed = append(slices.Clone(a.Agreed), g.Who())
	if len(a.Agreed) >= Needed {
		a.State = Approved
	}
	return a, nil
}

// Decline is the no of one of the others; one is enough.
func (a Approval) Decline(g Grant, now Instant) (Approval, error) {
	a, err := a.wait(g, now)
	if err == nil {
		a.State = Declined
	}
	return a, err
}

// Withdraw is the author's change of mind, before it is done.
func (a Approval) Withdraw(g Grant) (Approval, error) {
	switch err := g.For(Propose); {
	case err != nil:
		return a, err
	case g.Who() != a.Author || g.Tenant() != a.Tenant || g.Case() != a.Case:
		return a, NotYourRole.refuse(a.Case)
	case a.State != Proposed && a.State != Approved:
		return a, errOver
	}
	a.State = Withdrawn
	return a, nil
}

// Changed holds an approval against what would be done and shown now. If a byte
// differs it is void.
func (a Approval) Changed(payload, preview []byte) Approval {
	open := a.State == Proposed || a.State == Approved
	if open && (sha256.Sum256(payload) != a.Payload || sha256.Sum256(preview) != a.Preview) {
		a.State = Void
	}
	return a
}

// wait is the approval as it awaits one of the others; refused if it does not,
// or if this is none of them.
func (a Approval) wait(g Grant, now Instant) (Approval, error) {
	if err := g.For(Approve); err != nil {
		return a, err
	}
	if g.Tenant() != a.Tenant || g.Case() != a.Case {
		return a, NoSuchCase.refuse(a.Case)
	}
	if a.State == Proposed && a.late(now) {
		a.State = Expired
	}
	switch {
	case a.State != Proposed:
		return a, errOver
	case g.Who() == a.Author:
		return a, &breach.Refusal{Key: "refusal.approval-own"}
	}
	return a, nil
}

// errOver is the answer once an approval has come to an end.
var errOver = &breach.Refusal{Key: "refusal.approval-over"}

// Standing is how far it has come at a moment: what nobody used in time has
// expired.
func (a Approval) Standing(now Instant) ApprovalState {
	if (a.State == Proposed || a.State == Approved) && a.late(now) {
		return Expired
	}
	return a.State
}

// Until is when it can no longer be used.
func (a Approval) Until() time.Time { return a.Made.Wall.Add(ApprovalLasts) }

// late reports whether the time is over, or nobody can tell.
func (a Approval) late(now Instant) bool {
	passed, known := now.since(a.Made)
	return !known || passed > ApprovalLasts
}

// allows reports whether this approval is for exactly this ask, of its author.
func (a Approval) allows(ask Ask, s Session) bool {
	return a.State == Approved && a.ID == ask.Approval && a.Action == ask.Action && a.Tenant == s.Tenant && a.Case == ask.Case &&
		a.Author == s.User && !a.late(ask.Now) && len(a.Agreed) >= Needed && a.Payload == sha256.Sum256(ask.Payload)
}
