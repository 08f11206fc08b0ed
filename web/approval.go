package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// isRefusal reports whether an error is one that the user can mend, and no
// verdict of the check.
func isRefusal(err error) bool {
	var refused *auth.Refused
	var refusal *breach.Refusal
	return errors.As(err, &refusal) && !errors.As(err, &refused)
}

// approvalsPage lists what was proposed: in one case, or in all that somebody
// works on.
type approvalsPage struct {
	casePage // the zero one for the list of all
	InCase   bool
	Lines    []approvalLine
	Close    bool // closing may be proposed here
}

// approvalLine is one proposal as it stands.
type approvalLine struct {
	ID, Path string
	Case     auth.CaseID
	Action   auth.Action
	State    auth.ApprovalState
	Author   breach.Personal
	Agreed   int
	Until    time.Time
	Own      bool
}

func (v *visit) approvalLine(a auth.Approval, names map[auth.UserID]breach.Personal) approvalLine {
	l := approvalLine{ID: a.ID, Case: a.Case, Action: a.Action, State: a.Standing(v.now), Author: names[a.Author], Agreed: len(a.Agreed), Until: a.Until(), Own: a.Author == v.session.User}
	switch base := "/cases/" + string(a.Case); {
	case a.Case == "":
	case l.Own:
		l.Path = base + "/proposals/" + a.ID
	case v.may(auth.Approve):
		l.Path = base + "/approvals/" + a.ID
	}
	return l
}

func (v *visit) approvalLines() (lines []approvalLine, err error) {
	list, err := v.tenant.Approvals(v.Context(), v.grant)
	if err != nil {
		return nil, err
	}
	names, err := v.Control.Shown(v.Context(), v.grant)
	for _, a := range list {
		lines = append(lines, v.approvalLine(a, names))
	}
	return lines, err
}

func showApprovals(v *visit) error {
	lines, err := v.approvalLines()
	if err != nil {
		return err
	}
	return v.page("approvals", approvalsPage{Lines: lines})
}

func showCaseApprovals(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	p := approvalsPage{casePage: base, InCase: true}
	if p.Lines, err = v.approvalLines(); err != nil {
		return err
	}
	if p.Close = v.may(auth.Close); base.Case.Closed {
		p.Close = v.may(auth.Destroy)
	}
	return v.page("approvals", p)
}

// approvalPage shows exactly what will be done.
type approvalPage struct {
	casePage
	Approval approvalLine
	Preview  string
	Declined breach.Personal // why
	Decide   bool
	Withdraw bool
	Do       bool
	Needed   int
}

func showApproval(v *visit) error { return v.approvalForm(nil) }

// approvalForm shows a proposal to one of those who decide, or to its author.
func (v *visit) approvalForm(wrong error) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	a, proposal, err := v.tenant.ShowApproval(v.Context(), v.grant, v.PathValue("id"))
	if err != nil {
		return err
	}
	names, err := v.Control.Shown(v.Context(), v.grant)
	if err != nil {
		return err
	}
	p := approvalPage{casePage: base, Approval: v.approvalLine(a, names), Needed: auth.Needed}
	p.Preview = preview(proposal)
	deciding, state, own := v.grant.Action() == auth.Approve, p.Approval.State, p.Approval.Own
	p.Decide = deciding && state == auth.Proposed && !own
	p.Withdraw = !deciding && own && (state == auth.Proposed || state == auth.Approved)
	p.Do = !deciding && own && state == auth.Approved && slices.Contains([]auth.Action{auth.Close, auth.Destroy, auth.RevealProtected, auth.FreezeList, auth.SendNotice, auth.LiftHalt}, a.Action)
	if state == auth.Declined {
		if p.Declined, err = v.tenant.DeclinedFor(v.Context(), v.grant, a); err != nil {
			return err
		}
	}
	return v.form("approval", p, wrong)
}

// preview is what is shown of a proposal: the bytes whose hash is approved, with
// lines broken where it is JSON.
func preview(p store.Proposal) string {
	shown := p.Preview
	if len(shown) == 0 {
		shown = p.Payload
	}
	var lines bytes.Buffer
	if json.Indent(&lines, shown, "", "  ") == nil {
		return lines.String()
	}
	return string(shown)
}

// decided goes back to the proposal after a step, or shows why there was none.
func (v *visit) decided(part string, err error) error {
	if isRefusal(err) {
		return v.approvalForm(err)
	}
	if err != nil {
		return err
	}
	return v.redirect("/cases/" + v.PathValue("case") + "/" + part + "/" + v.PathValue("id"))
}

func agreeApproval(v *visit) error {
	_, err := v.tenant.Agree(v.Context(), v.grant, v.PathValue("id"))
	return v.decided("approvals", err)
}

func declineApproval(v *visit) error {
	_, err := v.tenant.Decline(v.Context(), v.grant, v.PathValue("id"), v.PostFormValue("reason"))
	return v.decided("approvals", err)
}

func withdrawApproval(v *visit) error {
	_, err := v.tenant.Withdraw(v.Context(), v.grant, v.PathValue("id"))
	return v.decided("proposals", err)
}

// proposeClosing proposes to close the case, or to destroy what is left of it.
func proposeClosing(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	a, err := v.desk().ProposeClosing(v.Context(), base.Case)
	if err != nil {
		return err
	}
	return v.redirect("/cases/" + v.PathValue("case") + "/proposals/" + a.ID)
}

// doApproved does what was approved, byte for byte, once.
func doApproved(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	a, proposal, err := v.tenant.ShowApproval(v.Context(), v.grant, v.PathValue("id"))
	if err != nil {
		return err
	}
	if a.Action == auth.SendNotice || a.Action == auth.LiftHalt {
		return v.doNotice(base, a, proposal)
	}
	if a.Action == auth.RevealProtected {
		s, g, err := v.desk().RevealApproved(v.Context(), a)
		if err != nil {
			return err
		}
		p := v.personPage(base, s)
		p.Shown, p.Near = valuesOf(s), g.NearBudget()
		return v.page("person", p)
	}
	if a.Action == auth.FreezeList {
		if _, err := v.desk().FreezeApproved(v.Context(), a.ID); err != nil {
			return err
		}
		return v.redirect("/cases/" + v.PathValue("case") + "/lists")
	}
	if a.Action != auth.Close && a.Action != auth.Destroy {
		return errNotThere
	}
	// What is closed half-way would have to be approved anew: it goes on when
	// nobody waits for the answer any more.
	ctx := context.WithoutCancel(v.Context())
	o := casework.CloseOptions{Approval: a.ID}
	if o.Report, err = v.lastReport(ctx, base.Case); err != nil {
		return err
	}
	if _, err := v.desk().Close(ctx, base.Case, o); err != nil {
		return err
	}
	return v.redirect("/cases/" + v.PathValue("case"))
}

// lastReport is the report that stays of a case, without names and paths; nil
// where there is none.
func (v *visit) lastReport(ctx context.Context, c store.Case) (func(io.Writer) error, error) {
	if c.Closed {
		return nil, nil
	}
	data, err := v.Report(ctx, v.session, v.tenant, c, false)
	if isRefusal(err) {
		return nil, nil // nothing was resolved
	}
	data.Case, data.Evidence = string(c.ID), "" // titles and folders may name somebody
	return func(w io.Writer) error { return Report(w, data, v.text.Lang()) }, err
}
