package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

func listsCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "lists", GroupID: "case", Args: cobra.NoArgs,
		Short: a.t("cmd.lists.short"), Long: a.t("cmd.lists.long"), Example: indent(a.t("cmd.lists.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			lists, err := a.office.Lists(c.Context(), theCase.ID)
			if err != nil {
				return err
			}
			return a.printLists(lists)
		},
	}
	c.AddCommand(listsDiffCommand(a), listsFreezeCommand(a))
	return c
}

func listsDiffCommand(a *app) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "diff FROM [TO]", Args: cobra.RangeArgs(1, 2), Short: a.t("cmd.lists-diff.short"), Long: a.t("cmd.lists-diff.long"),
		RunE: func(c *cobra.Command, args []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			from, to, err := a.listNumbers(c.Context(), theCase.ID, args)
			if err != nil {
				return err
			}
			d, err := a.office.Differ(c.Context(), theCase.ID, from, to, limit)
			if err != nil {
				return err
			}
			return a.printDifference(d)
		},
	}
	c.Flags().IntVar(&limit, "limit", 50, a.t("cmd.lists-diff.flag.limit"))
	return c
}

// listNumbers reads which lists are meant; without the second, it is the newest.
func (a *app) listNumbers(ctx context.Context, id store.CaseID, args []string) (from, to int64, err error) {
	lists, err := a.office.Lists(ctx, id)
	if err != nil {
		return 0, 0, err
	}
	to = int64(len(lists))
	for i, into := range []*int64{&from, &to}[:len(args)] {
		if *into, err = strconv.ParseInt(args[i], 10, 64); err != nil {
			return 0, 0, errMisuse{errors.New(a.t("refusal.no-such-list", map[string]any{"Number": args[i]}))}
		}
	}
	return from, to, nil
}

func listsFreezeCommand(a *app) *cobra.Command {
	var propose bool
	c := &cobra.Command{
		Use: "freeze NUMBER", Args: cobra.ExactArgs(1), Short: a.t("cmd.lists-freeze.short"), Long: a.t("cmd.lists-freeze.long"),
		RunE: func(c *cobra.Command, args []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			number, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return errMisuse{errors.New(a.t("refusal.no-such-list", map[string]any{"Number": args[0]}))}
			}
			if propose {
				x, err := a.desk.ProposeFreezing(c.Context(), theCase.ID, number)
				if err != nil {
					return err
				}
				return a.printApprovals([]auth.Approval{x})
			}
			l, err := a.desk.FreezeList(c.Context(), theCase.ID, number)
			if err != nil {
				return err
			}
			return a.printLists([]store.List{l})
		},
	}
	c.Flags().BoolVar(&propose, "propose", false, a.t("cmd.lists.flag.propose"))
	return c
}

// listJSON is a version of the list as --json shows it.
type listJSON struct {
	Number    int64      `json:"number"`
	At        time.Time  `json:"at"`
	People    int64      `json:"people"`
	Strangers int64      `json:"in_no_register"`
	Root      string     `json:"root_sha256"`
	Frozen    *time.Time `json:"frozen_at"`
	By        string     `json:"frozen_by,omitempty"`
	Approval  string     `json:"approval,omitempty"`
}

func (a *app) printLists(lists []store.List) error {
	rows := []listJSON{}
	t := table{headings: []string{a.t("web.review.number"), a.t("web.lists.at"), a.t("web.lists.people"), a.t("web.lists.strangers"), a.t("web.lists.root"), a.t("web.lists.frozen")}}
	for _, l := range lists {
		r := listJSON{Number: l.Number, At: l.At, People: l.People, Strangers: l.Strangers, Root: hex.EncodeToString(l.Root[:]), By: l.By, Approval: l.Approval}
		frozen := ""
		if !l.Frozen.IsZero() {
			r.Frozen, frozen = &l.Frozen, a.texts.Time(l.Frozen)
		}
		rows = append(rows, r)
		t.add(strconv.FormatInt(l.Number, 10), a.texts.Time(l.At), a.texts.Number(l.People), a.texts.Number(l.Strangers), r.Root, frozen)
	}
	if a.json {
		return a.printJSON(rows)
	}
	if len(rows) == 0 {
		return &breach.Refusal{Key: "refusal.not-resolved"}
	}
	a.printTable(t)
	return nil
}

// changeJSON is somebody who stands otherwise, as --json shows it.
type changeJSON struct {
	Change string            `json:"change"`
	Person string            `json:"person"`
	Was    map[string]string `json:"was"`
	Is     map[string]string `json:"is"`
}

func (a *app) printDifference(d casework.Difference) error {
	for _, part := range []struct {
		name string
		of   casework.Changes
	}{{"new", d.New}, {"gone", d.Gone}, {"changed", d.Changed}} {
		if !a.json {
			fmt.Fprintln(a.out, a.outStyle().bold(a.t("cmd.lists-diff."+part.name, map[string]any{"Count": part.of.All - part.of.Hidden}))) // by the sum, those hidden could be counted
		}
		for _, c := range part.of.People {
			if err := a.printChange(part.name, c); err != nil {
				return err
			}
		}
		if part.of.Hidden > 0 {
			a.say("cmd.lists-diff.hidden", map[string]any{"Number": casework.Few(part.of.Hidden)})
		}
	}
	return nil
}

func (a *app) printChange(name string, c casework.Change) error {
	id := string(store.Person{Number: cmp.Or(c.Is.Number, c.Was.Number)}.ID())
	kinds, was, is := c.Kinds()
	if a.json {
		line := changeJSON{name, id, map[string]string{}, map[string]string{}}
		for i, k := range kinds {
			line.Was[k.String()], line.Is[k.String()] = was[i].String(), is[i].String()
		}
		return a.printJSONLine(line)
	}
	var said []string
	for i, k := range kinds {
		said = append(said, fmt.Sprintf("%s: %s → %s", k.Title(a.lang), a.t("grade."+was[i].String()), a.t("grade."+is[i].String())))
	}
	fmt.Fprintf(a.out, "  %s  %s\n", id, strings.Join(said, ", "))
	return nil
}
