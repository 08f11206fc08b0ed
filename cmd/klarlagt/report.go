package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

func reportCommand(a *app) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "report", GroupID: "read", Args: cobra.NoArgs,
		Short: a.t("cmd.report.short"), Long: a.t("cmd.report.long"), Example: indent(a.t("cmd.report.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			return a.report(c.Context(), theCase, file)
		},
	}
	c.Flags().StringVarP(&file, "output", "o", "", a.t("cmd.export.flag.output"))
	return c
}

func (a *app) report(ctx context.Context, c store.Case, file string) error {
	if r, ok := a.office.(*remote); ok {
		return a.toFile(file, func(w io.Writer) error { return r.report(ctx, c.ID, w) })
	}
	data, err := a.reportData(ctx, c, true)
	if err != nil {
		return err
	}
	return a.toFile(file, func(w io.Writer) error { return web.Report(w, data, a.lang) })
}

// maxGaps is how many gaps the report lists; the command it names lists all.
const maxGaps = 200

// reportData gathers what the report tells; without paths it names no file.
func (a *app) reportData(ctx context.Context, c store.Case, paths bool) (web.ReportData, error) {
	result, err := a.desk.Result(ctx, c.ID)
	if err != nil {
		return web.ReportData{}, err
	}
	d := web.ReportData{Case: c.Title, Generated: time.Now(), Version: version, Protected: result.Protected, OneOf: result.OneOf, Traces: result.Traces,
		Strangers: web.GradesOf(result.Strangers),
		Commands:  []string{"klarlagt export exposures --format xlsx -o exposures.xlsx", "klarlagt export exposures > exposures.jsonl", "klarlagt people", "klarlagt account --gaps"}}
	d.Exposed, d.Groups = web.BoundsOf(result.Rows[0].Counts[0]), web.GroupsOf(result)
	for _, x := range result.Chance {
		d.Chance = append(d.Chance, web.Chance{Form: x.Form, Found: x.Found, Expected: x.Expected})
	}
	if err := a.coverage(ctx, c.ID, paths, &d.Coverage); err != nil {
		return web.ReportData{}, err
	}
	return d, a.sources(ctx, c.ID, &d)
}

// sources fills in what was scanned and the registers.
func (a *app) sources(ctx context.Context, id store.CaseID, d *web.ReportData) error {
	roots, registers, err := a.desk.Sources(ctx, id)
	if err != nil {
		return err
	}
	for n := int64(1); n <= int64(len(roots)); n++ {
		if d.Evidence != "" {
			d.Evidence += ", "
		}
		d.Evidence += casework.DisplayPath(filepath.Base(roots[n]))
	}
	for _, r := range registers {
		d.Registers = append(d.Registers, web.Register{Name: r.Name, Entries: r.Entries + r.Gone, Rejected: r.Rejected,
			Imported: r.ImportedAt.Local(), Fingerprint: hex.EncodeToString(r.Source[:])})
	}
	return nil
}

func (a *app) coverage(ctx context.Context, id store.CaseID, paths bool, c *web.Coverage) error {
	account, err := a.account(ctx, id, paths)
	if err != nil {
		return fmt.Errorf("count the account: %w", err)
	}
	for _, r := range account.Listed {
		path := r.Path
		if r.Member != "" {
			path += "!/" + r.Member
		}
		c.Gaps = append(c.Gaps, web.Gap{Path: casework.DisplayPath(path), State: r.Outcome.State, Reason: r.Outcome.Reason, Missing: r.Outcome.Missing})
	}
	if paths {
		c.GapsMore = account.Gaps - int64(len(account.Listed))
	}
	c.GapsAll = "klarlagt account --gaps"
	of := web.CoverageOf(account.Account)
	c.States, c.Types, c.Folders, c.Sizes = of.States, of.Types, of.Folders, of.Sizes
	return nil
}

// account counts the account, and lists its first gaps where files may be named.
func (a *app) account(ctx context.Context, id store.CaseID, paths bool) (c casework.Coverage, err error) {
	if paths {
		return a.desk.Coverage(ctx, id, 0, maxGaps)
	}
	c.Account, err = a.desk.Counts(ctx, id)
	return c, err
}
