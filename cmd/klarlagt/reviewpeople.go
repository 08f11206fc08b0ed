package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

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

// reviewPeople does what was asked for of who is one person.
func (a *app) reviewPeople(ctx context.Context, id store.CaseID, args []string, o reviewing) (err error) {
	switch p := o.people; {
	case p.said:
		return a.listHands(ctx, id)
	case len(p.merge) > 0:
		return a.sayOfPeople(ctx, id, p.merge, store.Same, o)
	case len(p.split) > 0:
		return a.sayOfPeople(ctx, id, p.split[:1], store.Apart, o)
	case p.takeBack != 0:
		err = a.office.TakeBackHand(ctx, id, p.takeBack)
	default:
		err = a.answerPeople(ctx, id, args, o)
	}
	if err == nil {
		a.say("cmd.review.kept")
	}
	return err
}

// answerPeople answers a question of people.
func (a *app) answerPeople(ctx context.Context, id store.CaseID, args []string, o reviewing) error {
	if len(args) == 0 {
		return errMisuse{errors.New(a.t("cmd.review.which"))}
	}
	number, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return errMisuse{errors.New(a.t("refusal.no-such-question", map[string]any{"Number": args[0]}))}
	}
	return a.office.AnswerPeople(ctx, id, number, o.people.says(), o.reason)
}

// sayOfPeople says that two are one person, or that one is two; or shows them.
func (a *app) sayOfPeople(ctx context.Context, id store.CaseID, who []string, says store.Says, o reviewing) error {
	b, err := a.office.HoldBeside(ctx, id, who...)
	if err != nil {
		return err
	}
	if o.people.dry {
		return a.showBeside(b)
	}
	number, err := a.office.SayOfPeople(ctx, id, b, says, o.people.off, o.reason)
	if err != nil {
		return err
	}
	hands, err := a.office.Hands(ctx, id)
	if err != nil {
		return err
	}
	if h, holds := kept(hands, number); holds {
		return a.showKept(h)
	}
	return nil
}

// showBeside shows people beside each other: whether fields agree, no values.
func (a *app) showBeside(b beside) error {
	var people []map[string]any
	for _, p := range b.people {
		people = append(people, map[string]any{"id": p.id, "exposed": p.exposed, "entries": p.entries})
		if !a.json {
			fmt.Fprintf(a.out, "%s  %s\n", a.outStyle().bold(p.id), strings.Join(p.entries, " "))
		}
	}
	fields := map[string]string{}
	for _, f := range b.fields {
		fields[f.Kind.String()] = f.How
		if !a.json {
			fmt.Fprintf(a.out, "    %s: %s\n", f.Kind.Title(a.lang), a.t("beside."+f.How))
		}
	}
	if a.json {
		return a.printJSON(map[string]any{"people": people, "fields": fields, "hidden": b.hidden})
	}
	if b.hidden {
		fmt.Fprintln(a.out, "    "+a.t("web.beside.hidden"))
	}
	return nil
}

func (a *app) showKept(h hand) error {
	if a.json {
		return a.printJSON(handJSON(h))
	}
	a.printHand(h)
	a.say("cmd.review.kept")
	return nil
}

func (a *app) printHand(h hand) {
	text := h.text
	if text == "" {
		text = casework.HandText(h.Judgement, h.By, a.texts)
	}
	fmt.Fprintf(a.out, "%s  %s\n", a.outStyle().bold(strconv.FormatInt(h.Number, 10)), text)
}

func handJSON(h hand) map[string]any {
	groups := [][]string{}
	for _, group := range h.Groups {
		var keys []string
		for _, m := range group {
			keys = append(keys, m.Register+":"+m.Key.Reveal())
		}
		groups = append(groups, keys)
	}
	return map[string]any{"number": h.Number, "says": h.Says, "groups": groups, "at": h.At.Format(time.RFC3339), "by": h.By, "role": h.Role, "why": h.Why, "guarded": h.Guarded}
}

// listHands lists what holds of what was said of people.
func (a *app) listHands(ctx context.Context, id store.CaseID) error {
	list, err := a.office.Hands(ctx, id)
	for _, h := range list {
		if !a.json {
			a.printHand(h)
		} else if err := a.printJSONLine(handJSON(h)); err != nil {
			return err
		}
	}
	return err
}
