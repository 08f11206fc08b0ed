package main

import (
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

func exchangeCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "exchange", GroupID: "case", Args: cobra.NoArgs,
		Short: a.t("cmd.exchange.short"), Long: a.t("cmd.exchange.long"), Example: indent(a.t("cmd.exchange.example")),
	}
	c.AddCommand(exchangeWriteCommand(a), exchangeReadCommand(a))
	return c
}

func exchangeWriteCommand(a *app) *cobra.Command {
	var as, file string
	c := &cobra.Command{
		Use: "write", Args: cobra.NoArgs, Short: a.t("cmd.exchange-write.short"),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			x, err := a.office.Dossier(c.Context(), theCase.ID, time.Time{})
			if err != nil {
				return err
			}
			return a.toFile(file, func(w io.Writer) error { return x.Exchange(w, theCase, a.tenant(), as) })
		},
	}
	c.Flags().StringVar(&as, "as", "veris", a.t("cmd.exchange-write.flag.as", map[string]any{"Allowed": strings.Join(casework.Vocabularies(), ", ")}))
	c.Flags().StringVarP(&file, "output", "o", "", a.t("cmd.export.flag.output"))
	return c
}

func exchangeReadCommand(a *app) *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use: "read FILE", Args: cobra.ExactArgs(1), Short: a.t("cmd.exchange-read.short"),
		RunE: func(c *cobra.Command, args []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if err != nil {
				return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": args[0]}, Err: err}
			}
			defer f.Close()
			raw, err := io.ReadAll(io.LimitReader(f, 2<<20)) // more than is read
			if err != nil {
				return err
			}
			got, err := a.desk.ReadVERIS(c.Context(), theCase.ID, raw, dry)
			if err == nil && a.json {
				return a.printJSON(got)
			}
			a.sayRead(got, dry)
			return err
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, a.t("cmd.exchange-read.flag.dry-run"))
	return c
}

// sayRead tells what of a file was entered, and what somebody has to look at.
func (a *app) sayRead(got casework.FromVERIS, dry bool) {
	key := "cmd.exchange-read.entered"
	if dry {
		key = "cmd.exchange-read.would-enter"
	}
	for _, of := range []struct {
		key   string
		names []string
	}{{key, a.factTitles(got.Entered)}, {"cmd.exchange-read.held", a.factTitles(got.Held)}, {"cmd.exchange-read.left", got.Left}} {
		if len(of.names) > 0 {
			a.say(of.key, map[string]any{"Names": strings.Join(of.names, ", ")})
		}
	}
}

func (a *app) factTitles(names []string) []string {
	var titles []string
	for _, name := range names {
		titles = append(titles, a.t("fact."+name))
	}
	return titles
}
