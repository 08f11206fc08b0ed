package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// What scan does with pictures of text.
const (
	ocrAuto = "auto"
	ocrOff  = "off"
)

// ocrNice lets whoever works at the machine go before what takes hours.
const ocrNice = 10

func ocrCommand(a *app) *cobra.Command {
	var o casework.OCROptions
	var workers int
	var passwords string
	c := &cobra.Command{
		Use: "ocr", GroupID: "case", Args: cobra.NoArgs,
		Short: a.t("cmd.ocr.short"), Long: a.t("cmd.ocr.long"), Example: indent(a.t("cmd.ocr.example")),
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if o.Passwords, err = readPasswords(passwords); err != nil {
				return err
			}
			if o.Nice < 0 || o.Nice > 19 {
				return errMisuse{errors.New(a.t("cmd.ocr.bad-nice", map[string]any{"Value": o.Nice}))}
			}
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			a.desk.Workers = workers
			if err := a.readPictures(c.Context(), theCase, o); err != nil {
				return err
			}
			return a.showOverview(c.Context(), theCase)
		},
	}
	c.Flags().StringArrayVar(&o.First, "first", nil, a.t("cmd.ocr.flag.first"))
	c.Flags().DurationVar(&o.Budget, "budget", time.Duration(0), a.t("cmd.ocr.flag.budget"))
	c.Flags().IntVar(&o.Nice, "nice", ocrNice, a.t("cmd.ocr.flag.nice"))
	c.Flags().StringVar(&passwords, "passwords", "", a.t("cmd.scan.flag.passwords"))
	c.Flags().IntVar(&workers, "workers", 0, a.t("cmd.scan.flag.workers"))
	return c
}

// scanPictures reads the pictures that a scan left waiting, after showing what
// is known without them. Where nothing can read them, the overview tells.
func (a *app) scanPictures(ctx context.Context, theCase store.Case, o casework.OCROptions) error {
	waiting, err := a.waitingPictures(ctx, theCase)
	if err != nil || waiting == 0 || !casework.CanOCR() {
		return err
	}
	if !a.json {
		if err := a.showOverview(ctx, theCase); err != nil && !errors.Is(err, errGaps) {
			return err
		}
		a.say("cmd.ocr.begin", map[string]any{"Count": waiting})
	}
	return a.readPictures(ctx, theCase, o)
}

// readPictures reads the pictures that wait, and resolves.
func (a *app) readPictures(ctx context.Context, theCase store.Case, o casework.OCROptions) error {
	m := a.newMeter()
	defer m.done()
	o.Progress = m.tell
	if err := a.desk.OCR(ctx, theCase.ID, o); err != nil {
		return err
	}
	return a.desk.Resolve(ctx, theCase.ID, func(n int64) { m.tell(casework.Progress{Phase: casework.Resolving, Mentions: n}) })
}

// waitingPictures counts the items with pictures that nobody has looked at.
func (a *app) waitingPictures(ctx context.Context, theCase store.Case) (int64, error) {
	account, err := a.desk.Account(ctx, theCase.ID, nil)
	return pending(account), err
}

func pending(account casework.Account) int64 {
	for _, s := range account.States {
		if s.State == breach.OCRPending {
			return s.Items
		}
	}
	return 0
}

// readPasswords reads the list that a flag names, if it names one.
func readPasswords(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	return casework.ReadPasswords(file)
}
