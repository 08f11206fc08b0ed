package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// peopleFilter says which people are listed.
type peopleFilter struct {
	grade, kind, group string
	limit              int
	strangers          bool
}

func (f peopleFilter) fits(p casework.Someone) bool {
	if f.grade != "" && p.Grade.String() != f.grade {
		return false
	}
	if k, ok := breach.ParseKind(f.kind); ok && !p.Kinds.Has(k) {
		return false
	}
	if f.strangers && !p.Stranger {
		return false
	}
	if f.group == "" {
		return true
	}
	for _, e := range p.Entries {
		if e.Group == f.group || e.Register == f.group {
			return true
		}
	}
	return false
}

func peopleCommand(a *app) *cobra.Command {
	var f peopleFilter
	var reveal string
	c := &cobra.Command{
		Use: "people", GroupID: "read", Args: cobra.NoArgs,
		Short: a.t("cmd.people.short"), Long: a.t("cmd.people.long"), Example: indent(a.t("cmd.people.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.checkFilter(f); err != nil {
				return err
			}
			purpose, err := a.purpose(reveal)
			if err != nil {
				return err
			}
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			return a.listPeople(c.Context(), theCase.ID, f, purpose)
		},
	}
	c.Flags().StringVar(&f.grade, "grade", "", a.t("cmd.people.flag.grade"))
	c.Flags().StringVar(&f.kind, "kind", "", a.t("cmd.people.flag.kind"))
	c.Flags().StringVar(&f.group, "group", "", a.t("cmd.people.flag.group"))
	c.Flags().BoolVar(&f.strangers, "no-register", false, a.t("cmd.people.flag.no-register"))
	c.Flags().IntVar(&f.limit, "limit", 50, a.t("cmd.people.flag.limit"))
	c.Flags().StringVar(&reveal, "reveal", "", a.t("cmd.flag.reveal"))
	return c
}

func (a *app) checkFilter(f peopleFilter) error {
	if g, ok := breach.ParseGrade(f.grade); f.grade != "" && (!ok || g < breach.Possible) {
		return &breach.Refusal{Key: "cmd.bad-grade", Args: map[string]any{"Value": f.grade}}
	}
	if _, ok := breach.ParseKind(f.kind); f.kind != "" && !ok {
		return &breach.Refusal{Key: "cmd.bad-kind", Args: map[string]any{"Value": f.kind, "Allowed": kindList()}}
	}
	return nil
}

func kindList() string {
	var ids []string
	for _, k := range breach.AllKinds() {
		ids = append(ids, k.String())
	}
	return strings.Join(ids, ", ")
}

func (a *app) listPeople(ctx context.Context, id store.CaseID, f peopleFilter, purpose auth.Purpose) error {
	l := peopleList{app: a, id: id, purpose: purpose}
	l.table.headings = []string{a.t("cmd.col.id"), a.t("cmd.col.entry"), a.t("cmd.col.name"), a.t("cmd.col.grade"), ">" + a.t("cmd.col.places"), a.t("cmd.col.kinds")}
	shown, rest := 0, 0
	for p, err := range a.desk.People(ctx, id) {
		if err != nil {
			return err
		}
		if !f.fits(p) {
			continue
		}
		if f.limit > 0 && shown == f.limit {
			rest++
			continue
		}
		shown++
		if l.page = append(l.page, p); len(l.page) >= peoplePage {
			if err := l.flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := l.flush(ctx); err != nil {
		return err
	}
	if !a.json {
		a.printTable(l.table)
	}
	if rest > 0 {
		a.say("cmd.people.more", map[string]any{"Count": rest})
	}
	return nil
}

// peoplePage is how many people are shown in one go.
const peoplePage = 200

// peopleList is a list of people under way, a page at a time: showing names
// takes leave for each person.
type peopleList struct {
	*app
	id      store.CaseID
	purpose auth.Purpose
	page    []casework.Someone
	table   table
}

// flush shows a page. No list shows who has a protected identity.
func (l *peopleList) flush(ctx context.Context) error {
	if l.purpose != "" {
		var open []casework.Someone
		for _, p := range l.page {
			if !p.Protected() {
				open = append(open, p)
			}
		}
		if err := l.desk.Reveal(ctx, l.id, l.purpose, open...); err != nil {
			return err
		}
	}
	for _, p := range l.page {
		reveal := l.purpose != "" && !p.Protected()
		if l.json {
			if err := l.printJSONLine(personJSON(p, reveal)); err != nil {
				return err
			}
			continue
		}
		l.table.add(string(p.ID()), entriesText(p), l.nameOf(p, reveal), l.t("grade."+p.Grade.String()), l.texts.Number(p.Links), l.kindsText(p.Kinds))
	}
	l.page = l.page[:0]
	return nil
}

func entriesText(p casework.Someone) string {
	var list []string
	for _, e := range p.Entries {
		list = append(list, e.Register+":"+e.Key.Reveal())
	}
	if len(list) == 0 {
		return "–"
	}
	return strings.Join(list, " ")
}

// nameOf is a person's name, or the initials' worth of dots where nobody has
// said what the name is needed for.
func (a *app) nameOf(p casework.Someone, reveal bool) string {
	for _, e := range p.Entries {
		for _, n := range e.Names {
			if reveal && !n.Former {
				return strings.TrimSpace(n.Given.Reveal() + " " + n.Surname.Reveal())
			}
		}
	}
	if reveal {
		for _, f := range p.Identifiers {
			return f.Value.Reveal()
		}
	}
	return breach.Hidden
}

func (a *app) kindsText(kinds breach.Kinds) string {
	var list []string
	for _, k := range kinds.List() {
		list = append(list, k.Title(a.lang))
	}
	return strings.Join(list, ", ")
}

func personJSON(p casework.Someone, reveal bool) map[string]any {
	entries := []map[string]any{}
	for _, e := range p.Entries {
		entry := map[string]any{"register": e.Register, "key": e.Key.Reveal(), "group": e.Group, "protected": e.Protected}
		if reveal {
			var names []string
			for _, n := range e.Names {
				names = append(names, strings.TrimSpace(n.Given.Reveal()+" "+n.Surname.Reveal()))
			}
			entry["names"] = names
		}
		entries = append(entries, entry)
	}
	out := map[string]any{"id": p.ID(), "entries": entries, "grade": p.Grade.String(), "probability": p.Probability,
		"kinds": p.Kinds.Strings(), "places": p.Links, "in_register": !p.Stranger}
	if reveal && p.Stranger {
		ids := []map[string]string{}
		for _, f := range p.Identifiers {
			ids = append(ids, map[string]string{"kind": f.Kind.String(), "form": f.Form, "value": f.Value.Reveal()})
		}
		out["identifiers"] = ids
	}
	return out
}

func explainCommand(a *app) *cobra.Command {
	var reveal string
	var limit int
	c := &cobra.Command{
		Use: "explain PERSON", GroupID: "read", Args: cobra.ExactArgs(1),
		Short: a.t("cmd.explain.short"), Long: a.t("cmd.explain.long"), Example: indent(a.t("cmd.explain.example")),
		RunE: func(c *cobra.Command, args []string) error {
			purpose, err := a.purpose(reveal)
			if err != nil {
				return err
			}
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			p, err := a.desk.Find(c.Context(), theCase.ID, args[0])
			if err != nil {
				return err
			}
			if purpose != "" {
				if err := a.desk.Reveal(c.Context(), theCase.ID, purpose, p); err != nil {
					return err
				}
			}
			return a.explainPerson(c.Context(), theCase.ID, p, purpose != "", limit)
		},
	}
	c.Flags().StringVar(&reveal, "reveal", "", a.t("cmd.flag.reveal"))
	c.Flags().IntVar(&limit, "limit", 200, a.t("cmd.explain.flag.limit"))
	return c
}

// hands says what people said of who somebody is.
func (a *app) hands(ctx context.Context, id store.CaseID, p casework.Someone) ([]string, error) {
	list, err := a.desk.HandsOf(ctx, id, p)
	said := []string{}
	for _, j := range list {
		text := casework.HandText(j, j.By, a.texts)
		if said = append(said, text); !a.json {
			fmt.Fprintln(a.out, "  "+text)
		}
	}
	return said, err
}

func (a *app) explainPerson(ctx context.Context, id store.CaseID, p casework.Someone, reveal bool, limit int) error {
	links := []map[string]any{}
	if !a.json {
		fmt.Fprintf(a.out, "%s  %s  %s\n", a.outStyle().bold(string(p.ID())), entriesText(p), a.nameOf(p, reveal))
		fmt.Fprintln(a.out, a.t("cmd.explain.sum", map[string]any{"Grade": a.t("grade." + p.Grade.String()), "Probability": a.chance(p.Probability), "Count": p.Links}))
		for _, x := range p.Exposures {
			fmt.Fprintf(a.out, "  %-10s %s (%s)\n", a.t("grade."+x.Grade.String()), x.Kind.Title(a.lang), a.texts.Number(x.Places))
		}
	}
	hands, err := a.hands(ctx, id, p)
	if err != nil {
		return err
	}
	shown, last := 0, ""
	err = a.desk.Explain(ctx, id, p.Person, func(l store.Link) error {
		if shown++; limit > 0 && shown > limit {
			return nil
		}
		why := a.whyText(l)
		if a.json {
			links = append(links, map[string]any{"evidence": casework.DisplayPath(l.Path), "place": l.Place.Follow("en"), "probability": l.Probability,
				"proven": l.Proven.Strings(), "likely": l.Likely.Strings(), "possible": l.Possible.Strings(), "why": l.Why, "sentence": why, "candidates": l.Candidates})
			return nil
		}
		if path := casework.DisplayPath(l.Path); path != last {
			last = path
			fmt.Fprintf(a.out, "\n%s\n", a.outStyle().bold(path))
		}
		fmt.Fprintf(a.out, "  %s: %s\n    %s\n", l.Place.Follow(a.lang), a.kindsText(l.Kinds()), why)
		return nil
	})
	if err != nil {
		return err
	}
	if a.json {
		out := personJSON(p, reveal)
		out["links"], out["by_hand"] = links, hands
		return a.printJSON(out)
	}
	if shown > limit && limit > 0 {
		a.say("cmd.explain.more", map[string]any{"Count": shown - limit})
	}
	return nil
}

// whyText is the sentence that says on what a link rests.
func (a *app) whyText(l store.Link) string {
	return a.t("why."+l.Why, map[string]any{"Fields": a.kindsText(l.WhyKinds), "Candidates": l.Candidates, "Probability": a.chance(l.Probability)})
}

// chance writes a probability as a percentage.
func (a *app) chance(p float64) string { return a.texts.Percent(int64(p*10_000), 10_000) }
