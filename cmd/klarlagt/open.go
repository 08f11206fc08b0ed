package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
)

func openCommand(a *app) *cobra.Command {
	var members []string
	c := &cobra.Command{
		Use: "open TITLE", GroupID: "case", Args: cobra.ExactArgs(1),
		Short: a.t("cmd.open.short"), Long: a.t("cmd.open.long"), Example: indent(a.t("cmd.open.example")),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c.Context()); err != nil {
				return err
			}
			if a.server != "" && len(members) > 0 {
				return &breach.Refusal{Key: "cmd.remote.none", Args: map[string]any{"Command": "open --secret"}}
			}
			opened, err := a.office.Open(c.Context(), args[0])
			if err == nil && len(members) > 0 {
				err = a.desk.SetSecret(c.Context(), opened.ID, members, nil)
			}
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]any{"case": opened.ID, "title": opened.Title, "opened_at": opened.OpenedAt})
			}
			fmt.Fprintln(a.out, opened.ID)
			a.say("cmd.open.next", map[string]any{"Case": string(opened.ID)})
			return nil
		},
	}
	c.Flags().StringSliceVar(&members, "secret", nil, a.t("cmd.open.flag.secret"))
	return c
}
