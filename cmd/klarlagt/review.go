package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// reviewing is what was asked for of uncertain links.
type reviewing struct {
	is, reason      string
	none, undo, all bool
	limit           int

	people reviewingPeople
}

func reviewCommand(a *app) *cobra.Command {
	var o reviewing
	c := &cobra.Command{
		Use: "review [NUMBER]", GroupID: "case", Args: cobra.MaximumNArgs(1),
		Short: a.t("cmd.review.short"), Long: a.t("cmd.review.long"), Example: indent(a.t("cmd.review.example")),
		RunE: func(c *cobra.Command, args []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			if o.people.asked() {
				return a.reviewPeople(c.Context(), theCase.ID, args, o)
			}
			if len(args) == 0 {
				return a.listQuestions(c.Context(), theCase.ID, o)
			}
			number, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return errMisuse{errors.New(a.t("refusal.no-such-question", map[string]any{"Number": args[0]}))}
			}
			return a.answerQuestion(c.Context(), theCase.ID, number, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.is, "is", "", a.t("cmd.review.flag.is"))
	f.BoolVar(&o.none, "none", false, a.t("cmd.review.flag.none"))
	f.BoolVar(&o.undo, "undo", false, a.t("cmd.review.flag.undo"))
	f.StringVar(&o.reason, "reason", "", a.t("cmd.review.flag.reason"))
	f.BoolVar(&o.all, "all", false, a.t("cmd.review.flag.all"))
	f.IntVar(&o.limit, "limit", 50, a.t("cmd.review.flag.limit"))
	o.people.flags(c, a)
	c.MarkFlagsMutuallyExclusive("is", "none", "undo", "same", "apart", "withdraw", "merge", "split", "said", "take-back")
	return c
}

// answerQuestion shows one question, or answers it.
func (a *app) answerQuestion(ctx context.Context, id store.CaseID, number int64, o reviewing) (err error) {
	switch {
	case o.undo:
		err = a.office.Unjudge(ctx, id, number)
	case o.none:
		err = a.office.Judge(ctx, id, number, 0, o.reason)
	case o.is != "":
		person, ok := store.ParsePersonID(o.is)
		if !ok {
			return &breach.Refusal{Key: "refusal.judgement-person"}
		}
		err = a.office.Judge(ctx, id, number, person, o.reason)
	default:
		q, err := a.office.Question(ctx, id, number)
		if err != nil {
			return err
		}
		return a.showQuestion(q)
	}
	if err == nil {
		a.say("cmd.review.kept")
	}
	return err
}

func (a *app) listQuestions(ctx context.Context, id store.CaseID, o reviewing) error {
	limit := o.limit
	if limit <= 0 {
		limit = casework.MostQuestions
	}
	list, all, err := a.office.Questions(ctx, id, o.all, limit)
	if err != nil {
		return err
	}
	for _, q := range list {
		if err := a.showQuestion(q); err != nil {
			return err
		}
	}
	if !o.all {
		a.say("cmd.review.left", map[string]any{"Count": all})
	}
	return nil
}

func (a *app) showQuestion(q question) error {
	if a.json {
		return a.printJSONLine(map[string]any{"number": q.Number, "evidence": q.Evidence, "place": q.Place, "kinds": q.Kinds.Strings(),
			"why": q.Why, "probability": q.Probability, "people": q.People})
	}
	if asked := (store.Question{Why: q.Why, WhyKinds: q.WhyKinds}); asked.OfPeople() {
		fmt.Fprintf(a.out, "%s  %s\n    %s\n", a.outStyle().bold(strconv.FormatInt(q.Number, 10)), strings.Join(q.People, " "), casework.QuestionText(asked, a.texts))
		return nil
	}
	why := a.whyText(store.Link{Why: q.Why, WhyKinds: q.WhyKinds, Candidates: int32(len(q.People)), Probability: q.Probability})
	fmt.Fprintf(a.out, "%s  %s: %s\n    %s\n    %s  %s\n", a.outStyle().bold(strconv.FormatInt(q.Number, 10)), q.Evidence, q.Place,
		a.kindsText(q.Kinds), strings.Join(q.People, " "), why)
	return nil
}
