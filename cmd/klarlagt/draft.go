package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

// output is where a form goes, and as what.
type output struct {
	file, format, at string
}

func (o *output) flags(a *app, c *cobra.Command) {
	c.Flags().StringVarP(&o.file, "output", "o", "", a.t("cmd.export.flag.output"))
	c.Flags().StringVar(&o.format, "format", "html", a.t("cmd.draft.flag.format"))
}

func draftCommand(a *app) *cobra.Command {
	var d casework.Drafting
	var o output
	var bare bool
	c := &cobra.Command{
		Use: "draft", GroupID: "case", Args: cobra.NoArgs,
		Short: a.t("cmd.draft.short"), Long: a.t("cmd.draft.long"), Example: indent(a.t("cmd.draft.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			d.Lang = a.lang
			var made casework.Drafted
			err = a.toFile(o.file, func(w io.Writer) (err error) {
				made, err = a.office.WriteDraft(c.Context(), theCase.ID, d, draftAs{o.format, bare}, w)
				return err
			})
			if err != nil {
				return err
			}
			a.sayDraft(made)
			return nil
		},
	}
	draftingFlags(a, c, &d)
	o.flags(a, c)
	c.Flags().BoolVar(&bare, "bare", false, a.t("cmd.draft.flag.bare"))
	c.AddCommand(draftSentCommand(a), draftReceiptCommand(a))
	return c
}

func draftingFlags(a *app, c *cobra.Command, d *casework.Drafting) {
	c.Flags().StringVar(&d.Form, "form", "", a.t("cmd.draft.flag.form"))
	c.Flags().BoolVar(&d.Incomplete, "incomplete", false, a.t("cmd.draft.flag.incomplete"))
	c.Flags().StringVar(&d.Why, "why", "", a.t("cmd.draft.flag.why"))
	c.Flags().StringVar(&d.Withdrawn, "withdraw", "", a.t("cmd.draft.flag.withdraw"))
}

// sayDraft tells how far the draft is, beside it.
func (a *app) sayDraft(d casework.Drafted) {
	a.say("cmd.draft.filled", map[string]any{"Filled": d.Filled, "Asked": d.Asked})
	for _, f := range d.Flags {
		a.say("cmd.draft.flagged", map[string]any{"Field": string(f.Field), "Trouble": a.t("draft.trouble." + string(f.Trouble))})
	}
	if refusal, ok := d.Refuse.(*breach.Refusal); ok {
		a.say("cmd.draft.not-ready", map[string]any{"Why": a.t(refusal.Key, refusal.Args)})
	}
}

func draftSentCommand(a *app) *cobra.Command {
	var s casework.Sending
	var at string
	c := &cobra.Command{
		Use: "sent", Args: cobra.NoArgs,
		Short: a.t("cmd.draft.sent.short"), Long: a.t("cmd.draft.sent.long"), Example: indent(a.t("cmd.draft.sent.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err == nil && at != "" {
				s.At, err = casework.ParseMoment(at, nil, a.texts)
			}
			if err != nil {
				return err
			}
			s.Lang = a.lang
			f, err := a.office.File(c.Context(), theCase.ID, s)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]any{"number": f.Number, "form": f.Form, "sent": f.Sent, "facts": f.Facts})
			}
			fmt.Fprintln(a.out, a.t("cmd.draft.sent.done", map[string]any{"Number": f.Number, "Form": casework.FormTitle(f.Form, a.texts)}))
			return nil
		},
	}
	draftingFlags(a, c, &s.Drafting)
	c.Flags().StringVar(&at, "at", "", a.t("cmd.draft.flag.at"))
	c.Flags().StringVar(&s.Number, "number", "", a.t("cmd.draft.flag.number"))
	return c
}

func draftReceiptCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "receipt FILING NUMBER", Args: cobra.ExactArgs(2),
		Short: a.t("cmd.draft.receipt.short"), Long: a.t("cmd.draft.receipt.long"), Example: indent(a.t("cmd.draft.receipt.example")),
		RunE: func(c *cobra.Command, args []string) error { return a.receipt(c.Context(), args[0], args[1]) },
	}
}

func (a *app) receipt(ctx context.Context, filing, number string) error {
	n, err := strconv.ParseInt(filing, 10, 64)
	if err != nil {
		return &breach.Refusal{Key: "refusal.no-such-filing"}
	}
	theCase, err := a.theCase(ctx)
	if err != nil {
		return err
	}
	f, err := a.office.Receive(ctx, theCase.ID, n, number)
	if err != nil {
		return err
	}
	return a.told(f)
}

// filingRow is what was sent, as JSON has it.
type filingRow struct {
	Number int64     `json:"number"`
	Form   string    `json:"form"`
	Sent   time.Time `json:"sent"`
	By     string    `json:"by"`
	Facts  int64     `json:"facts"`
	Theirs string    `json:"authority_number,omitempty"`
}

func filingRows(x casework.Dossier) []filingRow {
	rows := []filingRow{}
	for _, f := range x.Filings {
		rows = append(rows, filingRow{f.Number, f.Form, f.Sent, f.By, f.Facts, x.Fact("receipt", strconv.FormatInt(f.Number, 10)).Parts.Says("number")})
	}
	return rows
}
