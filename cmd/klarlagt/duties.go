package main

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

func dutiesCommand(a *app) *cobra.Command {
	var at, calendar string
	var proposed bool
	c := &cobra.Command{
		Use: "duties", GroupID: "case", Args: cobra.NoArgs,
		Short: a.t("cmd.duties.short"), Long: a.t("cmd.duties.long"), Example: indent(a.t("cmd.duties.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, x, err := a.dossier(c.Context(), at)
			if err != nil {
				return err
			}
			if calendar != "" {
				return a.toFile(calendar, func(w io.Writer) error { return x.Calendar(w, theCase.ID, a.texts) })
			}
			duties, err := x.Duties(proposed)
			if err != nil {
				return err
			}
			if _, ok := x.Country(); !ok {
				return &breach.Refusal{Key: "refusal.no-country"}
			}
			if a.json {
				return a.printJSON(dutyRows(duties))
			}
			a.printDuties(duties, x)
			return nil
		},
	}
	c.Flags().StringVar(&at, "at", "", a.t("cmd.case.flag.at"))
	c.Flags().StringVar(&calendar, "ics", "", a.t("cmd.duties.flag.ics"))
	c.Flags().BoolVar(&proposed, "proposed", false, a.t("cmd.duties.flag.proposed"))
	return c
}

func (a *app) printDuties(duties []casework.Duty, x casework.Dossier) {
	if len(duties) == 0 {
		fmt.Fprintln(a.out, a.t("cmd.duties.none"))
		return
	}
	t := table{headings: []string{a.t("cmd.duties.duty"), a.t("cmd.duties.law"), a.t("cmd.duties.state"), a.t("cmd.duties.left"), a.t("cmd.duties.formal")}}
	for _, d := range duties {
		name, left, formal := a.t("duty."+d.Rule), "", ""
		if d.GroupName != "" {
			name += ": " + d.GroupName
		}
		if d.Open() && !d.Due.IsZero() {
			left = casework.TimeLeft(d.Due, x.Now, a.texts)
		}
		if !d.Formal.IsZero() {
			formal = a.texts.Time(d.Formal.In(x.Zone()))
		}
		t.add(name, d.Law, casework.DutyState(d, a.texts, x.Zone()), left, formal)
	}
	a.printTable(t)
}

// dutyRow is a duty as JSON has it.
type dutyRow struct {
	Rule     string     `json:"rule"`
	Law      string     `json:"law"`
	Of       string     `json:"of"`
	Toward   string     `json:"toward"`
	Group    string     `json:"group,omitempty"`
	Name     string     `json:"group_name,omitempty"`
	Starts   time.Time  `json:"starts"`
	Due      *time.Time `json:"due"`    // the strictest reading; null: without undue delay
	Formal   *time.Time `json:"formal"` // the end by Regulation 1182/71
	Working  *time.Time `json:"working,omitempty"`
	Met      *time.Time `json:"met"`
	Late     bool       `json:"late"`
	Open     bool       `json:"open"`
	Waived   int64      `json:"waived_by,omitempty"` // the number of the decision
	Proposed bool       `json:"proposed,omitempty"`
}

func dutyRows(duties []casework.Duty) []dutyRow {
	rows := []dutyRow{}
	at := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	for _, d := range duties {
		r := dutyRow{Rule: d.Rule, Law: d.Law, Of: d.Of, Toward: d.Toward, Group: d.Group, Name: d.GroupName, Starts: d.Starts, Due: at(d.Due), Formal: at(d.Formal),
			Working: at(d.Working), Met: at(d.Met), Late: d.Late, Open: d.Open(), Proposed: d.Proposed}
		if d.Waived != nil {
			r.Waived = d.Waived.Number
		}
		rows = append(rows, r)
	}
	return rows
}

// decisionRow is a decision as JSON has it.
type decisionRow struct {
	Number int64     `json:"number"`
	About  string    `json:"about"`
	Group  string    `json:"group,omitempty"`
	Says   string    `json:"says"`
	Why    string    `json:"why"`
	Facts  int64     `json:"facts"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
}

func decisionRows(list []breach.Decision) []decisionRow {
	rows := []decisionRow{}
	for _, d := range list {
		rows = append(rows, decisionRow(d))
	}
	return rows
}

func decideCommand(a *app) *cobra.Command {
	var d breach.Decision
	c := &cobra.Command{
		Use: "decide [risk|authority|people WHAT]", GroupID: "case", Args: cobra.MaximumNArgs(2),
		Short: a.t("cmd.decide.short"), Long: a.t("cmd.decide.long"), Example: indent(a.t("cmd.decide.example")),
		RunE: func(c *cobra.Command, args []string) error {
			theCase, x, err := a.dossier(c.Context(), "")
			if err != nil {
				return err
			}
			if len(args) < 2 {
				return a.printDecisions(x)
			}
			d.About, d.Says, d.Facts = args[0], args[1], cmp.Or(d.Facts, x.Version)
			made, err := a.office.Decide(c.Context(), theCase.ID, d)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(decisionRow(made))
			}
			fmt.Fprintln(a.out, a.t("cmd.decide.done", map[string]any{"Number": made.Number, "Version": made.Facts}))
			return nil
		},
	}
	c.Flags().StringVar(&d.Group, "group", "", a.t("cmd.decide.flag.group"))
	c.Flags().StringVar(&d.Why, "why", "", a.t("cmd.decide.flag.why"))
	c.Flags().Int64Var(&d.Facts, "facts", 0, a.t("cmd.decide.flag.facts"))
	return c
}

func (a *app) printDecisions(x casework.Dossier) error {
	if a.json {
		return a.printJSON(decisionRows(x.Decisions))
	}
	t := table{headings: []string{">" + a.t("part.number"), a.t("cmd.case.at"), a.t("cmd.case.by"), a.t("cmd.decide.what"), a.t("part.why")}}
	for _, d := range x.Decisions {
		what := a.t("decision." + d.About + "." + d.Says)
		if group := x.Fact("cohort", d.Group).Parts.Says("name"); group != "" {
			what = group + ": " + what
		}
		t.add(fmt.Sprint(d.Number), a.texts.Time(d.At.In(x.Zone())), d.By, what, d.Why)
	}
	a.printTable(t)
	return nil
}
