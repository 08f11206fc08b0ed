package main

import (
	"context"
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

// reviewingPeople is what was asked for of who is one person.
type reviewingPeople struct {
	same, apart, withdraw bool // answers to a question
	merge, split, off     []string
	dry, said             bool
	takeBack              int64
}

func (o *reviewingPeople) flags(c *cobra.Command, a *app) {
	f := c.Flags()
	f.BoolVar(&o.same, "same", false, a.t("cmd.review.flag.same"))
	f.BoolVar(&o.apart, "apart", false, a.t("cmd.review.flag.apart"))
	f.BoolVar(&o.withdraw, "withdraw", false, a.t("cmd.review.flag.withdraw"))
	f.StringSliceVar(&o.merge, "merge", nil, a.t("cmd.review.flag.merge"))
	f.StringSliceVar(&o.split, "split", nil, a.t("cmd.review.flag.split"))
	f.StringSliceVar(&o.off, "off", nil, a.t("cmd.review.flag.off"))
	f.BoolVar(&o.dry, "dry-run", false, a.t("cmd.review.flag.dry-run"))
	f.BoolVar(&o.said, "said", false, a.t("cmd.review.flag.said"))
	f.Int64Var(&o.takeBack, "take-back", 0, a.t("cmd.review.flag.take-back"))
}

// says is the answer to a question of people; "" for none.
func (o reviewingPeople) says() store.Says {
	switch {
	case o.same:
		return store.Same
	case o.apart:
		return store.Apart
	case o.withdraw:
		return store.Withdrawn
	}
	return ""
}

// asked reports whether anything was.
func (o reviewingPeople) asked() bool {
	return o.said || o.takeBack != 0 || len(o.merge)+len(o.split) > 0 || o.says() != ""
}

// reviewPeople does what was asked for of who is one person. It names entries by
// the keys of registers, so it is for whoever has the data folder.
func (a *app) reviewPeople(ctx context.Context, id store.CaseID, args []string, o reviewing) error {
	if a.store == nil {
		return &breach.Refusal{Key: "cmd.remote.none", Args: map[string]any{"Command": "review"}}
	}
	g, err := a.store.Grant(ctx, a.desk.Who, auth.Ask{Action: auth.Judge, Case: id, Now: auth.Instant{Wall: a.desk.Now()}})
	if err != nil {
		return err
	}
	switch p := o.people; {
	case p.said:
		return a.listHands(ctx, g)
	case len(p.merge) > 0:
		return a.mergePeople(ctx, g, o)
	case len(p.split) > 0:
		return a.splitPerson(ctx, g, o)
	case p.takeBack != 0:
		_, err = a.desk.UnjudgePeople(ctx, g, p.takeBack)
	default:
		err = a.answerPeople(ctx, g, args, o)
	}
	if err == nil {
		a.say("cmd.review.kept")
	}
	return err
}

// answerPeople answers a question of people.
func (a *app) answerPeople(ctx context.Context, g auth.Grant, args []string, o reviewing) error {
	if len(args) == 0 {
		return errMisuse{errors.New(a.t("cmd.review.which"))}
	}
	number, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return errMisuse{errors.New(a.t("refusal.no-such-question", map[string]any{"Number": args[0]}))}
	}
	_, err = a.desk.JudgePeople(ctx, g, number, o.people.says(), o.reason)
	return err
}

// mergePeople says that two are one person, or shows them beside each other.
func (a *app) mergePeople(ctx context.Context, g auth.Grant, o reviewing) error {
	b, err := a.desk.Beside(ctx, g, o.people.merge...)
	if err != nil {
		return err
	}
	if o.people.dry {
		return a.showBeside(b)
	}
	j, err := a.desk.Merge(ctx, g, b, o.reason)
	if err != nil {
		return err
	}
	return a.showKept(j)
}

// splitPerson says that entries of a person are somebody else's, or shows them.
func (a *app) splitPerson(ctx context.Context, g auth.Grant, o reviewing) error {
	b, err := a.desk.Beside(ctx, g, o.people.split[:1]...)
	if err != nil {
		return err
	}
	if o.people.dry {
		return a.showBeside(b)
	}
	var other []breach.EntryID
	for _, key := range o.people.off {
		id, there := b.Sides[0].Entry(key)
		if !there {
			return &breach.Refusal{Key: "refusal.split-entries"}
		}
		other = append(other, id)
	}
	j, err := a.desk.Split(ctx, g, b, other, o.reason)
	if err != nil {
		return err
	}
	return a.showKept(j)
}

// showBeside shows people beside each other: whether fields agree, no values.
func (a *app) showBeside(b casework.Beside) error {
	var people []map[string]any
	for _, s := range b.Sides {
		entries := []string{}
		for _, e := range s.Entries {
			entries = append(entries, e.Register+":"+e.Key.Reveal())
		}
		people = append(people, map[string]any{"id": s.ID(), "exposed": s.Exposed, "entries": entries})
		if !a.json {
			fmt.Fprintf(a.out, "%s  %s\n", a.outStyle().bold(s.ID()), strings.Join(entries, " "))
		}
	}
	fields := map[string]string{}
	for _, f := range b.Fields {
		fields[f.Kind.String()] = f.How
		if !a.json {
			fmt.Fprintf(a.out, "    %s: %s\n", f.Kind.Title(a.lang), a.t("beside."+f.How))
		}
	}
	if a.json {
		return a.printJSON(map[string]any{"people": people, "fields": fields, "hidden": b.Hidden})
	}
	if b.Hidden {
		fmt.Fprintln(a.out, "    "+a.t("web.beside.hidden"))
	}
	return nil
}

func (a *app) showKept(j store.Judgement) error {
	if a.json {
		return a.printJSON(handJSON(j))
	}
	fmt.Fprintf(a.out, "%s  %s\n", a.outStyle().bold(strconv.FormatInt(j.Number, 10)), casework.HandText(j, j.By, a.texts))
	a.say("cmd.review.kept")
	return nil
}

func handJSON(j store.Judgement) map[string]any {
	groups := [][]string{}
	for _, group := range j.Groups {
		var keys []string
		for _, m := range group {
			keys = append(keys, m.Register+":"+m.Key.Reveal())
		}
		groups = append(groups, keys)
	}
	return map[string]any{"number": j.Number, "says": j.Says, "groups": groups, "at": j.At.Format(time.RFC3339), "by": j.By, "role": j.Role, "why": j.Why, "guarded": j.Guarded}
}

// listHands lists what holds of what was said of people.
func (a *app) listHands(ctx context.Context, g auth.Grant) error {
	list, err := a.desk.SaidOfPeople(ctx, g)
	for _, j := range list {
		if !a.json {
			fmt.Fprintf(a.out, "%s  %s\n", a.outStyle().bold(strconv.FormatInt(j.Number, 10)), casework.HandText(j, j.By, a.texts))
		} else if err := a.printJSONLine(handJSON(j)); err != nil {
			return err
		}
	}
	return err
}
