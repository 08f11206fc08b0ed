package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

func scanCommand(a *app) *cobra.Command {
	var registers, reached, exclude, limits []string
	var workers int
	ocr, passwords := ocrAuto, ""
	var budget time.Duration
	c := &cobra.Command{
		Use: "scan EVIDENCE…", GroupID: "case", Args: cobra.MinimumNArgs(1),
		Short: a.t("cmd.scan.short"), Long: a.t("cmd.scan.long"), Example: indent(a.t("cmd.scan.example")),
		RunE: func(c *cobra.Command, args []string) error {
			if a.server != "" {
				return a.scanThere(c, args, registers, reached, passwords)
			}
			rules, err := a.reachedRules(reached)
			if err != nil {
				return err
			}
			if ocr != ocrAuto && ocr != ocrOff {
				return errMisuse{errors.New(a.t("cmd.scan.bad-ocr", map[string]any{"Value": ocr}))}
			}
			if err := evidenceIsThere(args); err != nil { // before a case is opened for nothing
				return err
			}
			var o casework.ScanOptions
			if o.Passwords, err = readPasswords(passwords); err != nil {
				return err
			}
			if o.Limits, err = casework.ParseLimits(limits); err != nil {
				return err
			}
			o.Reached, o.Exclude, o.Stdin = rules, exclude, c.InOrStdin()
			theCase, err := a.caseOrNew(c.Context(), a.titleFrom(args[0]))
			if err != nil {
				return err
			}
			a.desk.Workers = workers
			look := func() error { return nil }
			if ocr == ocrAuto {
				look = func() error {
					return a.scanPictures(c.Context(), theCase, casework.OCROptions{Passwords: o.Passwords, Budget: budget, Nice: ocrNice})
				}
			}
			if err := a.scan(c.Context(), theCase, args, registers, o, look); err != nil {
				return err
			}
			return a.showOverview(c.Context(), theCase)
		},
	}
	c.Flags().StringArrayVar(&registers, "register", nil, a.t("cmd.scan.flag.register"))
	c.Flags().StringArrayVar(&reached, "reached", nil, a.t("cmd.scan.flag.reached"))
	c.Flags().StringArrayVar(&exclude, "exclude", nil, a.t("cmd.scan.flag.exclude"))
	c.Flags().IntVar(&workers, "workers", 0, a.t("cmd.scan.flag.workers"))
	c.Flags().StringVar(&passwords, "passwords", "", a.t("cmd.scan.flag.passwords"))
	c.Flags().DurationVar(&budget, "ocr-budget", 0, a.t("cmd.ocr.flag.budget"))
	c.Flags().StringArrayVar(&limits, "limit", nil, a.t("cmd.scan.flag.limit", map[string]any{"Names": strings.Join(casework.LimitNames(), ", ")}))
	c.Flags().StringVar(&ocr, "ocr", ocrAuto, a.t("cmd.scan.flag.ocr"))
	return c
}

// evidenceIsThere refuses what is named by a path and is not there.
func evidenceIsThere(evidence []string) error {
	for _, file := range evidence {
		if !casework.IsPath(file) {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			return &breach.Refusal{Key: "refusal.no-evidence", Args: map[string]any{"Path": file}, Err: err}
		}
	}
	return nil
}

// titleFrom makes a title for a case of the evidence that it begins with.
func (a *app) titleFrom(evidence string) string {
	if evidence == "-" {
		return a.t("cmd.scan.stdin-title")
	}
	return filepath.Base(filepath.Clean(evidence))
}

// scan imports the registers, reads the evidence, resolves, and looks at pictures.
// Each piece of evidence is a scan in the list of the case's.
func (a *app) scan(ctx context.Context, theCase store.Case, evidence, registers []string, o casework.ScanOptions, look func() error) error {
	if err := a.importAll(ctx, theCase, registers); err != nil {
		return err
	}
	m := a.newMeter()
	var notes []*casework.ScanNote
	done := 0
	err := func() error {
		defer m.done()
		for _, name := range evidence {
			one := o
			one.Evidence, one.Progress = name, m.tell
			note, err := a.desk.NoteScan(ctx, theCase.ID, &one)
			if err != nil {
				return err
			}
			notes = append(notes, note)
			if err := a.desk.Scan(ctx, theCase.ID, one); err != nil {
				return err
			}
			done++
		}
		return a.desk.Resolve(ctx, theCase.ID, func(n int64) { m.tell(casework.Progress{Phase: casework.Resolving, Mentions: n}) })
	}()
	if err == nil {
		err = look()
	}
	for i, note := range notes {
		if i < done && done < len(notes) { // what failed is a later one
			err = errors.Join(err, note.End(ctx, nil))
			continue
		}
		err = note.End(ctx, err)
	}
	return err
}

// importAll imports the registers of --register FILE and --register NAME=FILE.
func (a *app) importAll(ctx context.Context, theCase store.Case, registers []string) error {
	for _, arg := range registers {
		var ro casework.RegisterOptions
		file := arg
		if name, rest, ok := strings.Cut(arg, "="); ok && !strings.ContainsAny(name, `/\.`) {
			ro.As, file = name, rest
		}
		res, err := a.office.Register(ctx, theCase.ID, file, ro)
		if err != nil {
			return err
		}
		if a.json {
			continue
		}
		if err := a.showRegister(res, false); err != nil {
			return err
		}
	}
	return nil
}

// reachedRules reads --reached GRADE and --reached PATH=GRADE.
func (a *app) reachedRules(args []string) ([]casework.ReachedRule, error) {
	var rules []casework.ReachedRule
	for _, arg := range args {
		path, word := "", arg
		if i := strings.LastIndexByte(arg, '='); i >= 0 {
			path, word = arg[:i], arg[i+1:]
		}
		grade, ok := breach.ParseGrade(word)
		if !ok || grade < breach.Possible {
			return nil, errMisuse{errors.New(a.t("cmd.scan.bad-reached", map[string]any{"Value": word}))}
		}
		rules = append(rules, casework.ReachedRule{Prefix: filepath.ToSlash(path), Grade: grade})
	}
	return rules, nil
}

// caseOrNew finds the case to work on, or opens one.
func (a *app) caseOrNew(ctx context.Context, title string) (store.Case, error) {
	theCase, err := a.theCase(ctx)
	if !errors.Is(err, casework.ErrNoCase) {
		return theCase, err
	}
	if theCase, err = a.office.Open(ctx, title); err != nil {
		return store.Case{}, err
	}
	a.say("cmd.scan.opened", map[string]any{"Case": string(theCase.ID), "Title": title})
	return theCase, nil
}

func resolveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "resolve", GroupID: "case", Args: cobra.NoArgs,
		Short: a.t("cmd.resolve.short"), Long: a.t("cmd.resolve.long"), Example: indent(a.t("cmd.resolve.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			if err := a.desk.Resolve(c.Context(), theCase.ID, nil); err != nil {
				return err
			}
			return a.showOverview(c.Context(), theCase)
		},
	}
}
