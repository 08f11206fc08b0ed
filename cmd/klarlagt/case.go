package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// caseCommand is the case desk: what happened, who told whom, what is to be done.
func caseCommand(a *app) *cobra.Command {
	var at string
	c := &cobra.Command{
		Use: "case", GroupID: "case", Args: cobra.NoArgs,
		Short: a.t("cmd.case.short"), Long: a.t("cmd.case.long"), Example: indent(a.t("cmd.case.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, x, err := a.dossier(c.Context(), at)
			if err != nil {
				return err
			}
			return a.showCase(theCase, x)
		},
	}
	c.Flags().StringVar(&at, "at", "", a.t("cmd.case.flag.at"))
	c.AddCommand(caseFactsCommand(a), caseSetCommand(a), caseRemoveCommand(a), caseHistoryCommand(a), casePlanCommand(a), caseGroupsCommand(a), casePaperCommand(a))
	return c
}

// dossier gathers the case as it stood at a time that was typed; "" is now.
func (a *app) dossier(ctx context.Context, at string) (store.Case, casework.Dossier, error) {
	c, err := a.theCase(ctx)
	if err != nil {
		return c, casework.Dossier{}, err
	}
	var when time.Time
	if at != "" {
		if when, err = casework.ParseMoment(at, nil, a.texts); err != nil {
			return c, casework.Dossier{}, err
		}
	}
	x, err := a.office.Dossier(ctx, c.ID, when)
	return c, x, err
}

// shownFact is a fact as JSON has it.
type shownFact struct {
	Fact    string            `json:"fact"`
	Item    string            `json:"item,omitempty"`
	Version int64             `json:"version"`
	At      time.Time         `json:"at"`
	By      string            `json:"by"`
	Gone    bool              `json:"taken_back,omitempty"`
	Says    map[string]string `json:"says"`
}

func shown(f breach.Fact) shownFact {
	says := map[string]string{}
	for name := range f.Parts {
		says[name] = f.Parts.Says(name)
	}
	return shownFact{f.Field, f.Item, f.Version, f.At, f.By, f.Gone, says}
}

func (a *app) showCase(c store.Case, x casework.Dossier) error {
	duties, err := x.Duties(false)
	if err != nil {
		return err
	}
	if a.json {
		facts := []shownFact{}
		for _, s := range casework.Sorts() {
			for _, f := range x.Items(s.Name) {
				facts = append(facts, shown(f))
			}
		}
		return a.printJSON(map[string]any{"case": c.ID, "title": c.Title, "version": x.Version, "facts": facts, "duties": dutyRows(duties), "decisions": decisionRows(x.Decisions), "filings": filingRows(x)})
	}
	fmt.Fprintf(a.out, "%s  %s\n\n", a.outStyle().bold(c.Title), c.ID)
	a.printDuties(duties, x)
	facts := table{headings: []string{a.t("cmd.case.fact"), a.t("cmd.case.says"), a.t("cmd.case.by")}}
	for _, s := range casework.Sorts() {
		for _, f := range x.Items(s.Name) {
			facts.add(s.Title(a.texts), a.saying(s, f, x.Zone()), f.By)
		}
	}
	if len(facts.rows) == 0 {
		a.say("cmd.case.nothing")
		return nil
	}
	fmt.Fprintln(a.out)
	a.printTable(facts)
	a.printDelays(x)
	return nil
}

// saying is all that a fact says, on one line.
func (a *app) saying(s casework.Sort, f breach.Fact, zone *time.Location) string {
	var words []string
	for _, p := range s.Parts {
		if said := casework.Words(f, p.Name, a.texts, zone); said != "" {
			words = append(words, strings.ReplaceAll(said, "\n", " "))
		}
	}
	line := strings.Join(words, "; ")
	if f.Item != "" {
		line = f.Item + ": " + line
	}
	return line
}

func (a *app) printDelays(x casework.Dossier) {
	for _, d := range x.Delays() {
		fmt.Fprintln(a.out, a.t("draft.chain.delay", map[string]any{"Count": d.Days, "Told": d.To.Told, "Date": a.texts.Date(d.From.When.At.In(x.Zone())), "Who": d.From.Who}))
	}
}

func caseFactsCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "facts [FACT]", Args: cobra.MaximumNArgs(1),
		Short: a.t("cmd.case.facts.short"), Long: a.t("cmd.case.facts.long"), Example: indent(a.t("cmd.case.facts.example")),
		RunE: func(_ *cobra.Command, args []string) error { return a.factSorts(args) },
	}
}

// factSorts lists what can be entered: all sorts with their parts, or the parts
// of one with what each can say.
func (a *app) factSorts(args []string) error {
	if len(args) == 0 {
		t := table{headings: []string{a.t("cmd.case.fact"), a.t("cmd.case.says"), a.t("cmd.case.parts")}}
		for _, s := range casework.Sorts() {
			var parts []string
			for _, p := range s.Parts {
				parts = append(parts, p.Name)
			}
			t.add(s.Name, s.Title(a.texts), strings.Join(parts, ", "))
		}
		a.printTable(t)
		return nil
	}
	s, ok := casework.SortOf(args[0])
	if !ok {
		return &breach.Refusal{Key: "cmd.case.no-fact", Args: map[string]any{"Fact": args[0]}}
	}
	t := table{headings: []string{a.t("cmd.case.parts"), a.t("cmd.case.says"), a.t("cmd.case.choices")}}
	for _, p := range s.Parts {
		var choices []string
		for _, c := range p.Choices(a.texts) {
			choices = append(choices, c.Value)
		}
		t.add(p.Name, p.Title(a.texts), strings.Join(choices, ", "))
	}
	a.printTable(t)
	return nil
}

// setting is what a fact is entered with beside its parts.
type setting struct {
	zone, why string
	base      int64
}

func caseSetCommand(a *app) *cobra.Command {
	var o setting
	c := &cobra.Command{
		Use: "set FACT[:ITEM] PART=VALUE…", Args: cobra.MinimumNArgs(1),
		Short: a.t("cmd.case.set.short"), Long: a.t("cmd.case.set.long"), Example: indent(a.t("cmd.case.set.example")),
		RunE: func(c *cobra.Command, args []string) error { return a.setFact(c.Context(), args, o) },
	}
	c.Flags().StringVar(&o.zone, "zone", "", a.t("cmd.case.flag.zone"))
	c.Flags().Int64Var(&o.base, "base", -1, a.t("cmd.case.flag.base"))
	return c
}

func (a *app) setFact(ctx context.Context, args []string, o setting) error {
	c, err := a.theCase(ctx)
	if err != nil {
		return err
	}
	in := casework.Entering{Typed: casework.Typed{Parts: map[string]string{}, Say: a.texts}}
	in.Sort, in.Item, _ = strings.Cut(args[0], ":")
	if o.zone != "" {
		if in.Zone, err = time.LoadLocation(o.zone); err != nil {
			return &breach.Refusal{Key: "refusal.moment-zone", Args: map[string]any{"Zone": o.zone}}
		}
	}
	for _, arg := range args[1:] {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return &breach.Refusal{Key: "cmd.case.no-value", Args: map[string]any{"Part": arg}}
		}
		in.Parts[name] = value
	}
	if in.Base = o.base; o.base < 0 {
		k, err := a.office.Known(ctx, c.ID, time.Time{})
		if err != nil {
			return err
		}
		in.Base = k.Base(in.Sort, in.Item)
	}
	f, err := a.office.Enter(ctx, c.ID, in)
	if err != nil {
		return err
	}
	return a.told(f)
}

// told tells what was entered.
func (a *app) told(f breach.Fact) error {
	if a.json {
		return a.printJSON(shown(f))
	}
	name := f.Field
	if f.Item != "" {
		name += ":" + f.Item
	}
	fmt.Fprintln(a.out, a.t("cmd.case.entered", map[string]any{"Fact": name, "Version": strconv.FormatInt(f.Version, 10)}))
	return nil
}

func caseRemoveCommand(a *app) *cobra.Command {
	var o setting
	c := &cobra.Command{
		Use: "remove FACT[:ITEM]", Args: cobra.ExactArgs(1),
		Short: a.t("cmd.case.remove.short"), Long: a.t("cmd.case.remove.long"), Example: indent(a.t("cmd.case.remove.example")),
		RunE: func(c *cobra.Command, args []string) error {
			theCase, x, err := a.dossier(c.Context(), "")
			if err != nil {
				return err
			}
			sort, item, _ := strings.Cut(args[0], ":")
			f, err := a.office.TakeBack(c.Context(), theCase.ID, sort, item, x.Base(sort, item), o.why)
			if err != nil {
				return err
			}
			return a.told(f)
		},
	}
	c.Flags().StringVar(&o.why, "why", "", a.t("cmd.case.flag.why"))
	return c
}

func caseHistoryCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "history FACT[:ITEM]", Args: cobra.ExactArgs(1),
		Short: a.t("cmd.case.history.short"), Long: a.t("cmd.case.history.long"), Example: indent(a.t("cmd.case.history.example")),
		RunE: func(c *cobra.Command, args []string) error {
			_, x, err := a.dossier(c.Context(), "")
			if err != nil {
				return err
			}
			name, item, _ := strings.Cut(args[0], ":")
			sort, _ := casework.SortOf(name)
			t := table{headings: []string{">" + a.t("cmd.case.version"), a.t("cmd.case.at"), a.t("cmd.case.by"), a.t("cmd.case.says")}}
			for _, f := range x.History(name, item) {
				if a.json {
					if err := a.printJSONLine(shown(f)); err != nil {
						return err
					}
					continue
				}
				says := a.saying(sort, f, x.Zone())
				if f.Gone {
					says = a.t("cmd.case.gone") + " " + says
				}
				t.add(strconv.FormatInt(f.Version, 10), a.texts.Time(f.At.In(x.Zone())), f.By, says)
			}
			if !a.json {
				a.printTable(t)
			}
			return nil
		},
	}
}

func casePlanCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "plan", Args: cobra.NoArgs,
		Short: a.t("cmd.case.plan.short"), Long: a.t("cmd.case.plan.long"), Example: indent(a.t("cmd.case.plan.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			n, err := a.office.TakePlaybook(c.Context(), theCase.ID, casework.Typed{Say: a.texts})
			if err != nil {
				return err
			}
			fmt.Fprintln(a.out, a.t("cmd.case.plan.done", map[string]any{"Count": n}))
			return nil
		},
	}
}

func caseGroupsCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "groups", Args: cobra.NoArgs,
		Short: a.t("cmd.case.groups.short"), Long: a.t("cmd.case.groups.long"), Example: indent(a.t("cmd.case.groups.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			if _, err := a.office.TakeCohorts(c.Context(), theCase.ID, a.t("part.protected"), casework.Typed{Say: a.texts}); err != nil {
				return err
			}
			x, err := a.office.Dossier(c.Context(), theCase.ID, time.Time{})
			if err != nil {
				return err
			}
			return a.showGroups(x)
		},
	}
}

func (a *app) showGroups(x casework.Dossier) error {
	t := table{headings: []string{">" + a.t("part.number"), a.t("fact.cohort"), ">" + a.t("paper.count"), ">ENISA", a.t("decision.risk")}}
	for _, c := range x.Cohorts() {
		risk := a.t("draft.risk.open")
		if c.Risk != nil {
			risk = a.t("decision.risk." + c.Risk.Says)
		}
		if a.json {
			if err := a.printJSONLine(map[string]any{"group": c.Item, "name": c.Name, "people": c.People, "kinds": c.Kinds.Strings(), "score": c.Score.Float(),
				"level": int(c.Level()), "protected": c.Protected, "children": c.Children, "risk": c.Risk != nil}); err != nil {
				return err
			}
			continue
		}
		t.add(c.Item, c.Name, casework.Bounds(c.People, a.texts), a.texts.Decimal(c.Score.Float(), 2), risk)
	}
	if a.json {
		return nil
	}
	a.printTable(t)
	l, ok := x.Likeness()
	if !ok {
		return nil
	}
	fmt.Fprintln(a.out)
	for _, p := range l.Nearest {
		fmt.Fprintln(a.out, a.t("likeness.case", map[string]any{"Number": p.Number, "Title": casework.PrecedentTitle(p, a.texts),
			"Authority": a.yesNo(p.Authority), "Persons": a.yesNo(p.Persons)}))
	}
	if l.Conflict {
		fmt.Fprintln(a.out, a.t("likeness.conflict"))
	}
	return nil
}

func (a *app) yesNo(yes bool) string {
	if yes {
		return a.t("likeness.yes")
	}
	return a.t("likeness.no")
}

func casePaperCommand(a *app) *cobra.Command {
	var o output
	c := &cobra.Command{
		Use: "paper register|board", Args: cobra.ExactArgs(1),
		Short: a.t("cmd.case.paper.short"), Long: a.t("cmd.case.paper.long"), Example: indent(a.t("cmd.case.paper.example")),
		RunE: func(c *cobra.Command, args []string) error {
			_, x, err := a.dossier(c.Context(), o.at)
			if err != nil {
				return err
			}
			form, err := x.Paper(args[0], a.texts)
			if err != nil {
				return err
			}
			return a.toFile(o.file, func(w io.Writer) error { return casework.WriteForm(w, form, o.format) })
		},
	}
	o.flags(a, c)
	c.Flags().StringVar(&o.at, "at", "", a.t("cmd.case.flag.at"))
	return c
}
