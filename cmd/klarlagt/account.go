package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
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
			if duplicates && a.server != "" {
				return &breach.Refusal{Key: "cmd.remote.none", Args: map[string]any{"Command": "account --duplicates"}}
			}
			if duplicates {
				return a.showDuplicates(c.Context(), theCase.ID)
			}
			if gaps || state != "" {
				return a.office.Items(c.Context(), theCase.ID, itemFilter{gaps, state}, a.showItem)
			}
			return a.showAccount(c.Context(), theCase.ID, depth)
		},
	}
	c.Flags().BoolVar(&gaps, "gaps", false, a.t("cmd.account.flag.gaps"))
	c.Flags().StringVar(&state, "state", "", a.t("cmd.account.flag.state"))
	c.Flags().IntVar(&depth, "depth", 1, a.t("cmd.account.flag.depth"))
	c.Flags().BoolVar(&duplicates, "duplicates", false, a.t("cmd.account.flag.duplicates"))
	c.MarkFlagsMutuallyExclusive("gaps", "state", "duplicates")
	return c
}

// showAccount prints the sums.
func (a *app) showAccount(ctx context.Context, id store.CaseID, depth int) error {
	account, err := a.office.AccountDeep(ctx, id, depth)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(accountJSON(account))
	}
	a.printAccount(account)
	return nil
}

func (a *app) showItem(o accountItem) error {
	if a.json {
		return a.printJSONLine(map[string]any{"evidence": o.path, "state": o.State, "reason": o.Reason, "missing": o.Missing,
			"format": o.format, "size": o.size, "text": o.Text, "charset": o.Charset})
	}
	text := a.t("state." + string(o.State))
	if o.Reason != "" {
		text += ": " + a.t("reason."+string(o.Reason))
	}
	if o.Missing != "" {
		text += " (" + o.Missing + ")"
	}
	_, err := fmt.Fprintf(a.out, "%s\t%s\n", o.path, text)
	return err
}
