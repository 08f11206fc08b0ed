package casework

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Propose keeps a proposal of an act in a case, or with an empty id of one of
// the tenant, for two others to approve.
func (d *Desk) Propose(ctx context.Context, id store.CaseID, p store.Proposal) (auth.Approval, error) {
	g, err := d.grant(ctx, id, auth.Propose)
	if err != nil {
		return auth.Approval{}, err
	}
	return d.Store.Propose(ctx, g, p)
}

// Approvals lists those of a case; with an empty id, those of the tenant and of
// all cases that one works on.
func (d *Desk) Approvals(ctx context.Context, id store.CaseID) ([]auth.Approval, error) {
	g, err := d.grant(ctx, id, auth.ListApprovals)
	if err != nil {
		return nil, err
	}
	return d.Store.Approvals(ctx, g)
}

// Approval finds one by its id, or by the beginning of it if that is enough.
func (d *Desk) Approval(ctx context.Context, id string) (auth.Approval, error) {
	list, err := d.Approvals(ctx, "")
	if err != nil {
		return auth.Approval{}, err
	}
	var found []auth.Approval
	for _, a := range list {
		if id != "" && strings.HasPrefix(a.ID, id) {
			found = append(found, a)
		}
	}
	if len(found) != 1 {
		return auth.Approval{}, store.ErrNoApproval
	}
	return found[0], nil
}

// ShowApproval shows what an approval is about, to one of those who decide;
// without that they cannot agree.
func (d *Desk) ShowApproval(ctx context.Context, a auth.Approval) (auth.Approval, store.Proposal, error) {
	g, err := d.grant(ctx, a.Case, auth.Approve)
	if err != nil {
		return a, store.Proposal{}, err
	}
	return d.Store.ShowApproval(ctx, g, a.ID)
}

// Agree is the yes of one of the others.
func (d *Desk) Agree(ctx context.Context, a auth.Approval) (auth.Approval, error) {
	g, err := d.grant(ctx, a.Case, auth.Approve)
	if err != nil {
		return a, err
	}
	return d.Store.Agree(ctx, g, a.ID)
}

// Decline is the no of one of the others, with a reason.
func (d *Desk) Decline(ctx context.Context, a auth.Approval, reason string) (auth.Approval, error) {
	g, err := d.grant(ctx, a.Case, auth.Approve)
	if err != nil {
		return a, err
	}
	return d.Store.Decline(ctx, g, a.ID, reason)
}

// Withdraw is its author's change of mind.
func (d *Desk) Withdraw(ctx context.Context, a auth.Approval) (auth.Approval, error) {
	g, err := d.grant(ctx, a.Case, auth.Propose)
	if err != nil {
		return a, err
	}
	return d.Store.Withdraw(ctx, g, a.ID)
}

// Raise lets one be shown more people for a day than their budget, or that of a
// case: given by somebody else, by one act, which is its approval.
func (d *Desk) Raise(ctx context.Context, id store.CaseID, budget auth.Budget, who auth.UserID, more int) error {
	g, err := d.Store.Grant(ctx, d.Who, auth.Ask{Action: auth.RaiseBudget, Case: id, Subject: who, Object: string(who), Now: d.instant()})
	if err != nil {
		return err
	}
	raise, err := auth.NewRaise(g, budget, more, d.now())
	if err != nil {
		return err
	}
	return d.Store.Raise(ctx, g, raise)
}

// closingAct is what is approved when a case is to be closed, or what is left of
// it to be destroyed.
type closingAct struct {
	Act      auth.Action   `json:"act"`
	Tenant   auth.TenantID `json:"tenant"`
	Case     store.CaseID  `json:"case"`
	OpenedAt time.Time     `json:"opened_at"`
}

// closingPreview is what is shown of it: how much there is of the case at the
// time of the proposal.
type closingPreview struct {
	closingAct
	Keys  int   `json:"keys"`
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	Rows  int64 `json:"rows"`
}

// closingAction is what comes next: closing a case, or destroying what is left
// of one that is closed.
func closingAction(c store.Case) auth.Action {
	if c.Closed {
		return auth.Destroy
	}
	return auth.Close
}

func (d *Desk) closingPayload(c store.Case) (closingAct, []byte, error) {
	act := closingAct{closingAction(c), d.Who.Tenant, c.ID, c.OpenedAt}
	payload, err := json.Marshal(act)
	return act, payload, err
}

// ProposeClosing proposes to close a case, or to destroy what is left of one
// that is closed: [Desk.Close] does it once it is approved.
func (d *Desk) ProposeClosing(ctx context.Context, c store.Case) (auth.Approval, error) {
	g, err := d.grant(ctx, c.ID, auth.Propose)
	if err != nil {
		return auth.Approval{}, err
	}
	held, err := d.Store.Holdings(ctx, g)
	if err != nil {
		return auth.Approval{}, err
	}
	act, payload, err := d.closingPayload(c)
	if err != nil {
		return auth.Approval{}, err
	}
	shown := closingPreview{closingAct: act, Keys: held.Keys, Files: len(held.Files), Rows: held.Rows()}
	for _, f := range held.Files {
		shown.Bytes += f.Size
	}
	preview, err := json.MarshalIndent(shown, "", "  ")
	if err != nil {
		return auth.Approval{}, err
	}
	return d.Store.Propose(ctx, g, store.Proposal{Action: act.Act, Payload: payload, Preview: preview})
}

// closingGrant asks for leave to take the next step of closing: with an approval
// where one is given, for exactly what would be done now.
func (d *Desk) closingGrant(ctx context.Context, c store.Case, approval string) (auth.Grant, error) {
	if approval == "" {
		return d.Store.Grant(ctx, d.Who, auth.Ask{Action: closingAction(c), Case: c.ID, Object: "case:" + string(c.ID), Now: d.instant()})
	}
	_, payload, err := d.closingPayload(c)
	if err != nil {
		return auth.Grant{}, err
	}
	g, err := d.Store.Execute(ctx, d.Who, auth.Ask{Approval: approval, Payload: payload, Object: "case:" + string(c.ID), Now: d.instant()})
	if err == nil && g.For(closingAction(c)) != nil { // something else was approved
		err = &breach.Refusal{Key: "refusal.approval-void"}
	}
	return g, err
}
