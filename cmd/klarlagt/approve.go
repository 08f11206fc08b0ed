package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

func approvalsCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "approvals", GroupID: "case", Args: cobra.NoArgs,
		Short: a.t("cmd.approvals.short"), Long: a.t("cmd.approvals.long"), Example: indent(a.t("cmd.approvals.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c.Context()); err != nil {
				return err
			}
			list, err := a.desk.Approvals(c.Context(), "")
			if err != nil {
				return err
			}
			return a.printApprovals(list)
		},
	}
	c.AddCommand(&cobra.Command{
		Use: "show ID", Args: cobra.ExactArgs(1), Short: a.t("cmd.approvals-show.short"), Long: a.t("cmd.approvals-show.long"),
		RunE: func(c *cobra.Command, args []string) error {
			found, err := a.approval(c, args[0])
			if err != nil {
				return err
			}
			found, p, err := a.desk.ShowApproval(c.Context(), found)
			if err != nil {
				return err
			}
			return a.printProposal(found, p)
		},
	})
	return c
}

// approval finds the approval that was named.
func (a *app) approval(c *cobra.Command, id string) (auth.Approval, error) {
	if err := a.open(c.Context()); err != nil {
		return auth.Approval{}, err
	}
	return a.desk.Approval(c.Context(), id)
}

// approvalJSON is an approval as --json shows it.
type approvalJSON struct {
	ID       string             `json:"id"`
	Case     auth.CaseID        `json:"case"`
	Action   auth.Action        `json:"action"`
	State    auth.ApprovalState `json:"state"`
	Author   auth.UserID        `json:"author"`
	Proposed time.Time          `json:"proposed_at"`
	Until    time.Time          `json:"until"`
	Agreed   []auth.UserID      `json:"agreed"`
}

func (a *app) approvalRow(x auth.Approval) approvalJSON {
	agreed := append([]auth.UserID{}, x.Agreed...)
	return approvalJSON{x.ID, x.Case, x.Action, x.Standing(auth.Instant{Wall: time.Now()}), x.Author, x.Made.Wall, x.Until(), agreed}
}

func (a *app) printApprovals(list []auth.Approval) error {
	t := table{headings: []string{a.t("cmd.approvals.id"), a.t("cmd.keys.case"), a.t("cmd.approvals.action"), a.t("cmd.approvals.state"), ">" + a.t("cmd.approvals.agreed"), a.t("cmd.approvals.until")}}
	rows := []approvalJSON{}
	for _, x := range list {
		row := a.approvalRow(x)
		rows = append(rows, row)
		t.add(x.ID[:12], string(x.Case), string(x.Action), a.t("approval."+string(row.State)), fmt.Sprintf("%d/%d", len(x.Agreed), auth.Needed),
			row.Until.Local().Format("2006-01-02 15:04"))
	}
	if a.json {
		return a.printJSON(rows)
	}
	if len(list) == 0 {
		a.say("cmd.approvals.none")
		return nil
	}
	a.printTable(t)
	return nil
}

func (a *app) printProposal(x auth.Approval, p store.Proposal) error {
	shown := p.Preview
	if len(shown) == 0 {
		shown = p.Payload
	}
	if a.json {
		return a.printJSON(map[string]any{"approval": a.approvalRow(x), "payload": string(p.Payload), "shown": string(shown)})
	}
	if err := a.printApprovals([]auth.Approval{x}); err != nil {
		return err
	}
	text := string(shown)
	if !json.Valid(shown) {
		text = fmt.Sprintf("%q", shown) // what a terminal would take for its own stays harmless
	}
	fmt.Fprintln(a.out, "\n"+text)
	return nil
}

func approveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "approve ID", GroupID: "case", Args: cobra.ExactArgs(1),
		Short: a.t("cmd.approve.short"), Long: a.t("cmd.approve.long"), Example: indent(a.t("cmd.approve.example")),
		RunE: func(c *cobra.Command, args []string) error {
			found, err := a.approval(c, args[0])
			if err == nil {
				found, err = a.desk.Agree(c.Context(), found)
			}
			if err != nil {
				return err
			}
			return a.decided(found)
		},
	}
}

func declineCommand(a *app) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "decline ID", GroupID: "case", Args: cobra.ExactArgs(1),
		Short: a.t("cmd.decline.short"), Long: a.t("cmd.decline.long"), Example: indent(a.t("cmd.decline.example")),
		RunE: func(c *cobra.Command, args []string) error {
			found, err := a.approval(c, args[0])
			if err == nil {
				found, err = a.desk.Decline(c.Context(), found, reason)
			}
			if err != nil {
				return err
			}
			return a.decided(found)
		},
	}
	c.Flags().StringVar(&reason, "reason", "", a.t("cmd.decline.flag.reason"))
	return c
}

// decided tells how an approval stands after a step.
func (a *app) decided(x auth.Approval) error {
	if a.json {
		return a.printJSON(a.approvalRow(x))
	}
	a.say("cmd.approve.now", map[string]any{"State": a.t("approval." + string(x.State)), "Agreed": len(x.Agreed), "Needed": auth.Needed})
	return nil
}
