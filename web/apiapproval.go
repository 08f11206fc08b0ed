package web

import (
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

type (
	apiApproval struct {
		ID     string             `json:"id"`
		Case   string             `json:"case,omitempty"`
		Action auth.Action        `json:"action"`
		State  auth.ApprovalState `json:"state"`
		Author string             `json:"author"`
		Agreed int                `json:"agreed" doc:"How many others have; it takes two."`
		Until  time.Time          `json:"until"`
	}
	apiApprovals struct {
		Approvals []apiApproval `json:"approvals" nullable:"false"`
	}
)

// Agreeing is no operation: whoever agrees has seen what they agree to.
func approvalOperations(a *api) {
	reads(a, "/approvals", auth.ListApprovals, "approvals-all", "What was proposed, in all cases that one works on", func(v *visit, _ *struct{}) (apiApprovals, error) { return v.apiApprovals() })
	reads(a, "/cases/{case}/approvals", auth.ListApprovals, "approvals-list", "What was proposed in a case", func(v *visit, _ *caseIn) (apiApprovals, error) { return v.apiApprovals() })
	acts(a, "/cases/{case}/proposals/{id}/withdraw", auth.Propose, "approvals-withdraw", "Withdraw one's own proposal", apiWithdraw)
	acts(a, "/cases/{case}/close", auth.Propose, "approvals-close", "Propose to close a case", apiProposeClosing)
}

func (v *visit) apiApprovals() (apiApprovals, error) {
	list, err := v.tenant.Approvals(v.Context(), v.grant)
	if err != nil {
		return apiApprovals{}, err
	}
	names, err := v.colleagues()
	out := apiApprovals{Approvals: []apiApproval{}}
	for _, a := range list {
		out.Approvals = append(out.Approvals, v.apiApproval(a, names))
	}
	return out, err
}

func (v *visit) apiApproval(a auth.Approval, names colleagues) apiApproval {
	return apiApproval{a.ID, string(a.Case), a.Action, a.Standing(v.now), names.of(string(a.Author)), len(a.Agreed), a.Until()}
}

type proposalIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id"`
}

func apiWithdraw(v *visit, in *proposalIn) (apiOpened, error) {
	a, err := v.tenant.Withdraw(v.Context(), v.grant, in.ID)
	return apiOpened{a.ID}, err
}

func apiProposeClosing(v *visit, _ *caseIn) (apiOpened, error) {
	base, err := v.theCase()
	if err != nil {
		return apiOpened{}, err
	}
	a, err := v.desk().ProposeClosing(v.Context(), base.Case)
	return apiOpened{a.ID}, err
}
