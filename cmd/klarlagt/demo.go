package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/specimen"
	"github.com/klarlagt/klarlagt/store"
)

// keyFile is the answer key in a demo's folder; where it lies, the folder is
// ours to make anew.
const keyFile = "key.jsonl"

// demoKey is the master key of a demo: it opens made-up data alone.
const demoKey = "master.key"

func demoCommand(a *app) *cobra.Command {
	o := specimen.Options{}
	var makeOnly, noServe bool
	c := &cobra.Command{
		Use: "demo", GroupID: "other", Args: cobra.NoArgs,
		Short: a.t("cmd.demo.short"), Long: a.t("cmd.demo.long"), Example: indent(a.t("cmd.demo.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.makeDemo(c.Context(), o); err != nil || makeOnly {
				return err
			}
			theCase, err := a.runDemo(c.Context(), o.Dir)
			if err != nil || noServe || a.quiet || !watched() {
				return err
			}
			return a.serveDemo(c.Context(), theCase.ID)
		},
	}
	c.Flags().StringVar(&o.Dir, "into", "demo", a.t("cmd.demo.flag.into"))
	c.Flags().IntVar(&o.People, "people", 2000, a.t("cmd.demo.flag.people"))
	c.Flags().IntVar(&o.Files, "files", 600, a.t("cmd.demo.flag.files"))
	c.Flags().Uint64Var(&o.Seed, "seed", 1, a.t("cmd.demo.flag.seed"))
	c.Flags().BoolVar(&makeOnly, "make-only", false, a.t("cmd.demo.flag.make-only"))
	c.Flags().BoolVar(&noServe, "no-serve", false, a.t("cmd.demo.flag.no-serve"))
	return c
}

// makeDemo makes the municipality, in the place of an earlier one.
func (a *app) makeDemo(ctx context.Context, o specimen.Options) error {
	if entries, err := os.ReadDir(o.Dir); err == nil && len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(o.Dir, keyFile)); err != nil {
			return &breach.Refusal{Key: "cmd.demo.taken", Args: map[string]any{"Path": o.Dir}}
		}
		for _, part := range []string{"evidence", "registers", "data", demoKey, keyFile} {
			if err := os.RemoveAll(filepath.Join(o.Dir, part)); err != nil {
				return fmt.Errorf("clear the demo: %w", err)
			}
		}
	}
	a.say("cmd.demo.making", map[string]any{"People": o.People, "Files": o.Files, "Path": o.Dir})
	if _, err := specimen.Make(ctx, o, nil); err != nil {
		return err
	}
	a.say("cmd.demo.made", map[string]any{"Path": filepath.Join(o.Dir, "evidence")})
	return nil
}

// runDemo runs the road on the municipality and checks the result.
func (a *app) runDemo(ctx context.Context, dir string) (store.Case, error) {
	a.dir, a.database = filepath.Join(dir, "data"), "" // it stands alone
	a.keyFile = filepath.Join(dir, demoKey)
	if _, err := seal.NewMasterFile(a.keyFile); err != nil {
		return store.Case{}, fmt.Errorf("make the demo's key: %w", err)
	}
	if err := a.open(ctx); err != nil {
		return store.Case{}, err
	}
	theCase, err := a.desk.Open(ctx, a.t("cmd.demo.title"))
	if err != nil {
		return theCase, err
	}
	registers, err := filepath.Glob(filepath.Join(dir, "registers", "*"))
	if err != nil {
		return theCase, fmt.Errorf("find registers: %w", err)
	}
	sort.Strings(registers)
	err = a.scan(ctx, theCase, []string{filepath.Join(dir, "evidence")}, registers, casework.ScanOptions{}, func() error { return nil })
	if err != nil && !errors.Is(err, errGaps) { // a demo without gaps would be none
		return theCase, err
	}
	if err := a.fillDemo(ctx, theCase.ID); err != nil {
		return theCase, err
	}
	report := filepath.Join(dir, "report-"+a.lang+".html")
	if err := a.report(ctx, theCase, report); err != nil {
		return theCase, err
	}
	if err := a.checkDemo(ctx, theCase.ID, dir); err != nil {
		return theCase, err
	}
	fmt.Fprintln(a.talk, a.style.good(a.t("cmd.demo.report", map[string]any{"Path": report})))
	a.say("cmd.demo.look", map[string]any{"Data": a.dir, "Key": a.keyFile})
	return theCase, nil
}

// checkDemo compares an export with the answer key.
func (a *app) checkDemo(ctx context.Context, id store.CaseID, dir string) error {
	f, err := os.Open(filepath.Join(dir, keyFile))
	if err != nil {
		return fmt.Errorf("open the key: %w", err)
	}
	defer f.Close()
	key, err := specimen.ReadKey(f)
	if err != nil {
		return err
	}
	r, w := io.Pipe()
	go func() {
		o := casework.ExportOptions{Format: casework.JSONL, Reveal: auth.JudgeMatch}
		_ = w.CloseWithError(a.desk.ExportExposures(ctx, id, o, w))
	}()
	score, err := specimen.Check(key, r)
	_ = r.Close()
	if err != nil {
		return err
	}
	a.say("cmd.demo.check")
	if err := score.Print(a.talk); err != nil {
		return fmt.Errorf("print the score: %w", err)
	}
	if score.Plain.Recall() < 0.99 || score.Plain.Precision() < 0.99 || len(score.Decoys) > 0 || len(score.Missing) > 0 || !score.AddsUp {
		return errors.New(a.t("cmd.demo.failed"))
	}
	return nil
}
