package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

func accountCommand(a *app) *cobra.Command {
	var gaps bool
	var state string
	c := &cobra.Command{
		Use: "account", GroupID: "read", Args: cobra.NoArgs,
		Short: a.t("cmd.account.short"), Long: a.t("cmd.account.long"), Example: indent(a.t("cmd.account.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			list := func(r store.AccountRow) bool {
				return gaps && r.Outcome.State.IsGap() || state != "" && string(r.Outcome.State) == state
			}
			return a.showAccount(c.Context(), theCase.ID, list, gaps || state != "")
		},
	}
	c.Flags().BoolVar(&gaps, "gaps", false, a.t("cmd.account.flag.gaps"))
	c.Flags().StringVar(&state, "state", "", a.t("cmd.account.flag.state"))
	return c
}

// showAccount prints the rows that list picks, or the sums.
func (a *app) showAccount(ctx context.Context, id store.CaseID, list func(store.AccountRow) bool, listing bool) error {
	account, err := a.desk.Account(ctx, id, func(r store.AccountRow) error {
		if !listing || !list(r) {
			return nil
		}
		return a.showItem(r)
	})
	if err != nil {
		return err
	}
	switch {
	case listing:
		return nil
	case a.json:
		return a.printJSON(accountJSON(account))
	}
	a.printAccount(account)
	return nil
}

func (a *app) showItem(r store.AccountRow) error {
	path := r.Path
	if r.Member != "" {
		path += "!/" + r.Member
	}
	o := r.Outcome
	if a.json {
		return a.printJSONLine(map[string]any{"evidence": casework.DisplayPath(path), "state": o.State, "reason": o.Reason, "missing": o.Missing,
			"format": r.Type, "size": r.Size, "text": o.Text, "charset": o.Charset})
	}
	text := a.t("state." + string(o.State))
	if o.Reason != "" {
		text += ": " + a.t("reason."+string(o.Reason))
	}
	if o.Missing != "" {
		text += " (" + o.Missing + ")"
	}
	_, err := fmt.Fprintf(a.out, "%s\t%s\n", casework.DisplayPath(path), text)
	return err
}

func (a *app) printAccount(account casework.Account) {
	t := table{headings: []string{a.t("cmd.col.state"), ">" + a.t("cmd.col.items"), ">" + a.t("cmd.col.share"), ">" + a.t("cmd.col.bytes"), a.t("cmd.col.reasons")}}
	for _, s := range account.States {
		reasons := ""
		for i, r := range s.Reasons {
			if i > 0 {
				reasons += ", "
			}
			reasons += a.t("reason."+string(r.Reason)) + " " + a.texts.Number(r.Items)
		}
		t.add(a.t("state."+string(s.State)), a.texts.Number(s.Items), a.texts.Percent(s.Items, account.Items), a.texts.Bytes(s.Bytes), reasons)
	}
	t.add(a.t("cmd.account.sum"), a.texts.Number(account.Items), "", a.texts.Bytes(account.Bytes),
		a.t("cmd.account.parts", map[string]any{"Files": account.Files, "Members": account.Members}))
	a.printTable(t)
}

func accountJSON(account casework.Account) map[string]any {
	states, reasons := map[breach.State]int64{}, map[breach.Reason]int64{}
	for _, s := range account.States {
		states[s.State] = s.Items
		for _, r := range s.Reasons {
			reasons[r.Reason] += r.Items
		}
	}
	formats := map[string]int64{}
	for _, f := range account.Formats {
		formats[f.Name] = f.Items
	}
	return map[string]any{"items": account.Items, "files": account.Files, "members": account.Members, "bytes": account.Bytes,
		"states": states, "reasons": reasons, "formats": formats, "gaps": account.Gaps}
}
