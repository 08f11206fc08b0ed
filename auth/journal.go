package auth

import (
	"context"
	"time"
)

// Journal is the log, and what a check has to know, as they stand inside the
// transaction of the act. The store implements it.
//
// A check that refuses has written so: its transaction is committed too.
type Journal interface {
	// Case gives the facts of a case; false if there is none.
	Case(ctx context.Context, id CaseID) (Case, bool, error)
	// Approval gives an approval; false if there is none.
	Approval(ctx context.Context, id string) (Approval, bool, error)
	// SaveApproval keeps an approval in its new state.
	SaveApproval(ctx context.Context, a Approval) error
	// Spent counts the different people of the acts that are Counted, over the
	// [Day] that ends at now, with the object as one of them; no object, which a
	// search has before it finds, is one more.
	Spent(ctx context.Context, u UserID, c CaseID, object string, now time.Time) (Spent, error)
	// Append writes one act.
	Append(ctx context.Context, a Act) error
}

// Case is what a check has to know of a case.
type Case struct {
	ID      CaseID
	Tenant  TenantID
	Closed  bool
	Readers Readers      // who may see protected identities
	Bearers []UserID     // who may break the glass
	Glasses []BreakGlass // broken and not yet reviewed
}

// Act is one line of the journal: what somebody did, or was refused.
type Act struct {
	At       time.Time
	Tenant   TenantID
	Case     CaseID // as asked for; there may be no such case
	Who      UserID
	Session  SessionID
	Origin   Origin
	Action   Action
	Object   string // an id, never a value
	Purpose  Purpose
	Approval string
	Glass    string // the broken glass that it was done through
	Verdict  Verdict
}
