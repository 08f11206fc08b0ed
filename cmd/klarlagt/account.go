package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

func accountCommand(a *app) *cobra.Command {
	var gaps, duplicates bool
	var state string
	depth := 1
	c := &cobra.Command{
		Use: "account", GroupID: "read", Args: cobra.NoArgs,
		Short: a.t("cmd.account.short"), Long: a.t("cmd.account.long"), Example: indent(a.t("cmd.account.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			if depth < 1 {
				return errMisuse{errors.New(a.t("cmd.account.bad-depth"))}
			}
			if duplicates {
				return a.showDuplicates(c.Context(), theCase.ID)
			}
			list := func(r store.AccountRow) bool {
				return gaps && r.Outcome.State.IsGap() || state != "" && string(r.Outcome.State) == state
			}
			return a.showAccount(c.Context(), theCase.ID, depth, list, gaps || state != "")
		},
	}
	c.Flags().BoolVar(&gaps, "gaps", false, a.t("cmd.account.flag.gaps"))
	c.Flags().StringVar(&state, "state", "", a.t("cmd.account.flag.state"))
	c.Flags().IntVar(&depth, "depth", 1, a.t("cmd.account.flag.depth"))
	c.Flags().BoolVar(&duplicates, "duplicates", false, a.t("cmd.account.flag.duplicates"))
	c.MarkFlagsMutuallyExclusive("gaps", "state", "duplicates")
	return c
}

// showAccount prints the rows that list picks, or the sums.
func (a *app) showAccount(ctx context.Context, id store.CaseID, depth int, list func(store.AccountRow) bool, listing bool) error {
	account, err := a.desk.AccountDeep(ctx, id, depth, func(r store.AccountRow) error {
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
