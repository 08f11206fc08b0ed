package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/register"
)

func registerCommand(a *app) *cobra.Command {
	var o casework.RegisterOptions
	var yes bool
	c := &cobra.Command{
		Use: "register FILE…", GroupID: "case", Args: cobra.MinimumNArgs(1),
		Short: a.t("cmd.register.short"), Long: a.t("cmd.register.long"), Example: indent(a.t("cmd.register.example")),
		RunE: func(c *cobra.Command, args []string) error {
			if o.As != "" && len(args) > 1 {
				return errMisuse{errors.New(a.t("cmd.register.as-one"))}
			}
			var err error
			if o.Map, err = register.ParseMap(o.MapText); err != nil {
				return err
			}
			theCase, err := a.caseOrNew(c.Context(), a.t("cmd.case-title"))
			if err != nil {
				return err
			}
			if !yes && !o.Dry && !a.quiet && !a.json && isTerminal(os.Stdin) && isTerminal(os.Stderr) {
				o.Confirm = a.confirmColumns
			}
			for _, file := range args {
				res, err := a.office.Register(c.Context(), theCase.ID, file, o)
				if err != nil {
					return err
				}
				if err := a.showRegister(res, o.Dry); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&o.As, "as", "", a.t("cmd.register.flag.as"))
	c.Flags().StringVar(&o.MapText, "map", "", a.t("cmd.register.flag.map"))
	c.Flags().StringVar(&o.Country, "country", "", a.t("cmd.register.flag.country"))
	c.Flags().StringVar(&o.Group, "group", "", a.t("cmd.register.flag.group"))
	c.Flags().BoolVar(&o.Dry, "dry-run", false, a.t("cmd.register.flag.dry"))
	c.Flags().BoolVarP(&yes, "yes", "y", false, a.t("cmd.register.flag.yes"))
	return c
}

// confirmColumns shows what the columns were taken for, and asks.
func (a *app) confirmColumns(columns []register.Column) error {
	a.showColumns(columns)
	fmt.Fprint(a.talk, a.t("cmd.register.confirm")+" ")
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && answer == "" {
		return &breach.Refusal{Key: "cmd.register.not-confirmed"}
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "", "j", "ja", "k", "kyllä", "y", "yes":
		return nil
	}
	return &breach.Refusal{Key: "cmd.register.not-confirmed"}
}

// showColumns shows a line a column, for somebody who is to say yes or no.
func (a *app) showColumns(columns []register.Column) {
	for _, c := range columns {
		fmt.Fprintf(a.talk, "  %-28s %s (%s)\n", c.Heading, a.fieldName(c), a.t("by."+string(c.By)))
	}
}

// fieldName is what a column was taken for.
func (a *app) fieldName(c register.Column) string {
	if c.Field == "" {
		return a.t("field.ignore")
	}
	return a.t("field." + string(c.Field))
}

// columnList tells the columns on one line; those not taken by their heading
// say so.
func (a *app) columnList(columns []register.Column) string {
	var list []string
	for _, c := range columns {
		text := c.Heading + " = " + a.fieldName(c)
		if c.By != register.ByHeading {
			text += " (" + a.t("by."+string(c.By)) + ")"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// showRegister says what an import came to.
func (a *app) showRegister(res casework.RegisterResult, dry bool) error {
	if a.json {
		return a.printJSON(registerJSON(res))
	}
	args := map[string]any{
		"Register": res.Name, "Entries": res.Import.Entries, "Rejected": res.Import.Rejected,
		"New": res.Diff.New, "Changed": res.Diff.Changed, "Gone": res.Diff.Gone, "Same": res.Diff.Same,
	}
	switch {
	case res.Same:
		a.say("cmd.register.same", args)
		return nil
	case dry:
		a.say("cmd.register.dry", args)
	default:
		a.say("cmd.register.done", args)
	}
	if a.quiet {
		return nil
	}
	if res.Charset != "" && res.Dialect != "" {
		a.say("cmd.register.charset", map[string]any{"Charset": res.Charset, "Dialect": res.Dialect})
	}
	a.say("cmd.register.columns", map[string]any{"Columns": a.columnList(res.Import.Columns)})
	if res.Import.KeyByRow {
		a.say("cmd.register.key-by-row")
	}
	for _, j := range res.Rejects {
		a.say("cmd.register.row", map[string]any{"Row": j.Row, "Other": j.Other, "Column": j.Column,
			"Reason": a.t("reject."+string(j.Reason), map[string]any{"Other": j.Other})})
	}
	if rest := res.Import.Rejected + res.Import.Warnings - int64(len(res.Rejects)); rest > 0 {
		a.say("cmd.register.more-rows", map[string]any{"Count": rest})
	}
	return nil
}

func registerJSON(res casework.RegisterResult) map[string]any {
	columns := []map[string]any{}
	for _, c := range res.Import.Columns {
		columns = append(columns, map[string]any{"heading": c.Heading, "field": c.Field, "by": c.By})
	}
	rejects := []map[string]any{}
	for _, j := range res.Rejects {
		rejects = append(rejects, map[string]any{"sheet": j.Sheet, "row": j.Row, "other": j.Other, "column": j.Column, "reason": j.Reason, "kept": j.Reason.Warning()})
	}
	return map[string]any{
		"register": res.Name, "same": res.Same, "charset": res.Charset, "dialect": res.Dialect,
		"rows": res.Import.Rows, "entries": res.Import.Entries, "rejected": res.Import.Rejected, "warnings": res.Import.Warnings,
		"new": res.Diff.New, "changed": res.Diff.Changed, "gone": res.Diff.Gone, "unchanged": res.Diff.Same,
		"key_by_row": res.Import.KeyByRow, "columns": columns, "rejects": rejects,
	}
}
