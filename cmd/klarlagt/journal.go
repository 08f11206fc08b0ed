package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/journal"
	"github.com/klarlagt/klarlagt/store"
)

func journalCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "journal", GroupID: "other", Args: cobra.NoArgs, Short: a.t("cmd.journal.short"), Long: a.t("cmd.journal.long"),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(journalShowCommand(a), journalCheckpointCommand(a), journalVerifyCommand(a), journalExportCommand(a), journalKeyCommand(a))
	return c
}

func journalShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show", Args: cobra.NoArgs, Short: a.t("cmd.journal-show.short"), Long: a.t("cmd.journal-show.long"),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			return a.showJournal(c.Context(), theCase)
		},
	}
}

// showJournal lists who has done and seen what in a case. What a record commits
// to is not shown: it may be somebody's.
func (a *app) showJournal(ctx context.Context, c store.Case) error {
	g, err := a.store.Grant(ctx, a.desk.Who, auth.Ask{Action: auth.ReadCaseJournal, Case: c.ID, Now: auth.Instant{Wall: time.Now()}})
	if err != nil {
		return err
	}
	t := table{headings: []string{">" + a.t("cmd.journal.number"), a.t("cmd.journal.time"), a.t("cmd.journal.who"), a.t("cmd.journal.act"), a.t("cmd.journal.object"), a.t("cmd.journal.purpose"), a.t("cmd.journal.verdict")}}
	for told, err := range a.store.CaseJournal(ctx, g) {
		if err != nil {
			return err
		}
		if a.json {
			if err := a.printJSONLine(map[string]any{"seq": told.Seq, "at": told.At, "who": told.Who, "origin": told.Origin, "act": told.Act,
				"object": told.Object, "purpose": told.Purpose, "verdict": told.Verdict}); err != nil {
				return err
			}
			continue
		}
		t.add(fmt.Sprint(told.Seq), told.At.Local().Format(time.DateTime), told.Who, told.Act, told.Object, told.Purpose, string(told.Verdict))
	}
	if !a.json {
		a.printTable(t)
	}
	return nil
}

func journalCheckpointCommand(a *app) *cobra.Command {
	var to []string
	var every time.Duration
	var private bool
	c := &cobra.Command{
		Use: "checkpoint", Args: cobra.NoArgs,
		Short: a.t("cmd.journal-checkpoint.short"), Long: a.t("cmd.journal-checkpoint.long"), Example: indent(a.t("cmd.journal-checkpoint.example")),
		RunE: func(c *cobra.Command, _ []string) error { return a.checkpoint(c.Context(), to, every, private) },
	}
	c.Flags().StringArrayVar(&to, "to", nil, a.t("cmd.journal-checkpoint.flag.to"))
	c.Flags().DurationVar(&every, "every", 0, a.t("cmd.journal-checkpoint.flag.every"))
	c.Flags().BoolVar(&private, "private-network", false, a.t("cmd.journal-checkpoint.flag.private"))
	return c
}

func (a *app) checkpoint(ctx context.Context, to []string, every time.Duration, private bool) error {
	var targets []casework.Target
	for _, text := range to {
		target, err := casework.ParseTarget(text, private)
		if err != nil {
			return errMisuse{errors.New(a.t("cmd.journal-checkpoint.target"))}
		}
		targets = append(targets, target)
	}
	if every != 0 && (every < time.Second || len(targets) == 0) {
		return errMisuse{errors.New(a.t("cmd.journal-checkpoint.target"))}
	}
	if err := a.open(ctx); err != nil {
		return err
	}
	now := func() auth.Instant { return auth.Instant{Wall: time.Now()} }
	if every > 0 {
		casework.Checkpoints(ctx, a.store, every, now, targets, func(target string, err error) {
			fmt.Fprintln(a.talk, target+": "+err.Error())
		})
		return nil
	}
	signed, _, err := a.store.Checkpoint(ctx, now())
	if err != nil {
		return err
	}
	for _, target := range targets {
		if err := target.Put(ctx, signed); err != nil {
			return fmt.Errorf("%s: %w", target.Name, err)
		}
	}
	if len(targets) == 0 {
		_, err = a.out.Write(signed)
	}
	return err
}

func journalKeyCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "key", Args: cobra.NoArgs, Short: a.t("cmd.journal-key.short"), Long: a.t("cmd.journal-key.long"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c.Context()); err != nil {
				return err
			}
			key, err := a.store.JournalKey(c.Context())
			if err == nil {
				_, err = fmt.Fprintln(a.out, key)
			}
			return err
		},
	}
}

func journalExportCommand(a *app) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "export", Args: cobra.NoArgs, Short: a.t("cmd.journal-export.short"), Long: a.t("cmd.journal-export.long"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c.Context()); err != nil {
				return err
			}
			g, err := a.store.Grant(c.Context(), a.desk.Who, auth.Ask{Action: auth.ReadJournal, Now: auth.Instant{Wall: time.Now()}})
			if err != nil {
				return err
			}
			return a.toFile(file, func(w io.Writer) error {
				_, err := journal.Export(w, a.store.Journal(c.Context(), g))
				return err
			})
		},
	}
	c.Flags().StringVarP(&file, "output", "o", "", a.t("cmd.export.flag.output"))
	return c
}

func journalVerifyCommand(a *app) *cobra.Command {
	var checkpoint, lines, public string
	c := &cobra.Command{
		Use: "verify", Args: cobra.NoArgs,
		Short: a.t("cmd.journal-verify.short"), Long: a.t("cmd.journal-verify.long"), Example: indent(a.t("cmd.journal-verify.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			if checkpoint == "" || lines != "" && public == "" {
				return errMisuse{errors.New(a.t("cmd.journal-verify.needs"))}
			}
			return a.verifyJournal(c.Context(), checkpoint, lines, public)
		},
	}
	c.Flags().StringVar(&checkpoint, "checkpoint", "", a.t("cmd.journal-verify.flag.checkpoint"))
	c.Flags().StringVar(&lines, "journal", "", a.t("cmd.journal-verify.flag.journal"))
	c.Flags().StringVar(&public, "public", "", a.t("cmd.journal-verify.flag.public"))
	return c
}

func (a *app) verifyJournal(ctx context.Context, checkpoint, lines, public string) error {
	signed, err := os.ReadFile(checkpoint)
	if err != nil {
		return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": checkpoint}, Err: err}
	}
	// A mail's way of ending lines, and blank ones around, are no part of what was signed.
	signed = append(bytes.TrimSpace(bytes.ReplaceAll(signed, []byte("\r\n"), []byte("\n"))), '\n')
	key, err := a.verifyKey(ctx, public)
	if err != nil {
		return err
	}
	heads, err := journal.OpenAll(signed, key)
	if err == nil && len(heads) == 0 {
		err = journal.ErrCheckpoint
	}
	if err != nil {
		return &breach.Refusal{Key: "cmd.journal-verify.signature", Args: map[string]any{"Path": checkpoint, "Why": err.Error()}, Err: err}
	}
	var report journal.Report
	err = a.withLines(ctx, lines, func(entries iter.Seq2[journal.Entry, error]) error {
		report, err = journal.Verify(heads[0].Tenant, entries, heads...)
		return err
	})
	var fault *journal.Fault
	if errors.As(err, &fault) {
		return &breach.Refusal{Key: "cmd.journal-verify.fault", Args: map[string]any{"First": fault.Seq, "Last": fault.Last, "Wrong": string(fault.Wrong)}, Err: err}
	}
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"records": report.Records, "root": report.Root.String(), "checkpoints": report.Checkpoints, "beyond": report.Beyond})
	}
	fmt.Fprintln(a.out, a.t("cmd.journal-verify.good", map[string]any{"Records": report.Records, "Root": report.Root.String(), "Checkpoints": report.Checkpoints, "Beyond": report.Beyond}))
	return nil
}

// verifyKey reads the public half of the journal's key from a file; without one
// it asks the data folder.
func (a *app) verifyKey(ctx context.Context, file string) (string, error) {
	if file == "" {
		if err := a.open(ctx); err != nil {
			return "", err
		}
		return a.store.JournalKey(ctx)
	}
	key, err := os.ReadFile(file)
	if err != nil {
		return "", &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": file}, Err: err}
	}
	return string(bytes.TrimSpace(key)), nil
}

// withLines gives the records of an exported journal, or of the data folder.
func (a *app) withLines(ctx context.Context, file string, f func(iter.Seq2[journal.Entry, error]) error) error {
	if file != "" {
		from, err := os.Open(file)
		if err != nil {
			return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": file}, Err: err}
		}
		defer from.Close()
		return f(journal.Lines(bufio.NewReader(from)))
	}
	if err := a.open(ctx); err != nil {
		return err
	}
	g, err := a.store.Grant(ctx, a.desk.Who, auth.Ask{Action: auth.VerifyJournal, Now: auth.Instant{Wall: time.Now()}})
	if err != nil {
		return err
	}
	return f(a.store.Journal(ctx, g))
}
