package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// noticeFlags are what the subcommands of notices share.
type noticeFlags struct {
	*app
	notice             string
	smtp, password     string
	imap, imapPassword string
	seeds              []string
	key, approval      string
	connections        int
	once               bool
	log, as, why       string
	reports            []string
	number             int64
	purpose            string
	write              casework.NoticeDraft
	texts, order       []string
	matter, contacts   string
	letters            letterFlags
	mailbox, signWith  string
	heard              casework.Heard
}

// at is what a subcommand acts on.
type at struct {
	c  store.Case
	n  casework.Notice
	cx context.Context
}

func noticesCommand(a *app) *cobra.Command {
	f := &noticeFlags{app: a}
	c := &cobra.Command{
		Use: "notices", GroupID: "case", Args: cobra.NoArgs, Aliases: []string{"notice"},
		Short: a.t("cmd.notices.short"), Long: a.t("cmd.notices.long"), Example: indent(a.t("cmd.notices.example")),
		RunE: func(c *cobra.Command, _ []string) error { return f.list(c.Context()) },
	}
	c.PersistentFlags().StringVar(&f.notice, "notice", "", a.t("cmd.notices.notice"))
	for _, sub := range []struct {
		use, short string
		args       cobra.PositionalArgs
		run        func(at, []string) error
	}{
		{"freeze", "cmd.notices-freeze.short", cobra.NoArgs, f.freeze},
		{"reach", "cmd.notices-reach.short", cobra.NoArgs, f.reach},
		{"rehearse", "cmd.notices-rehearse.short", cobra.NoArgs, f.rehearse},
		{"propose", "cmd.notices-propose.short", cobra.NoArgs, f.propose},
		{"begin APPROVAL", "cmd.notices-begin.short", cobra.ExactArgs(1), f.begin},
		{"release WAVE", "cmd.notices-release.short", cobra.ExactArgs(1), f.release},
		{"send", "cmd.notices-send.short", cobra.NoArgs, f.send},
		{"halt", "cmd.notices-halt.short", cobra.NoArgs, f.halt},
		{"heard", "cmd.notices-heard.short", cobra.NoArgs, f.hear},
		{"lift", "cmd.notices-lift.short", cobra.NoArgs, f.lift},
		{"settle", "cmd.notices-settle.short", cobra.NoArgs, f.settle},
	} {
		c.AddCommand(f.sub(sub.use, f.t(sub.short), sub.args, sub.run))
	}
	c.AddCommand(f.writeCommand(), f.proofCommand(), f.unaffectedCommand(), f.lettersCommand())
	return c
}

// sub is a subcommand on the newest version of a notice.
func (f *noticeFlags) sub(use, short string, args cobra.PositionalArgs, run func(at, []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: args, RunE: func(c *cobra.Command, args []string) error {
		x, err := f.open(c.Context())
		if err != nil {
			return err
		}
		return run(x, args)
	}}
	name := c.Name()
	if name == "rehearse" || name == "send" {
		c.Flags().StringVar(&f.smtp, "smtp", "smtp://localhost", f.t("cmd.notices-send.flag.smtp"))
		c.Flags().StringVar(&f.password, "smtp-password-file", "", f.t("cmd.notices-send.flag.password"))
	}
	if name == "reach" || name == "send" || name == "settle" {
		c.Flags().StringVar(&f.mailbox, "mailbox", "", f.t("cmd.notices-send.flag.mailbox"))
	}
	switch name {
	case "freeze":
		c.Flags().StringVar(&f.signWith, "sign-with", "", f.t("cmd.notices-freeze.flag.sign-with"))
	case "rehearse":
		c.Flags().StringArrayVar(&f.seeds, "seed", nil, f.t("cmd.notices-rehearse.flag.seed"))
		c.Flags().StringVar(&f.imap, "imap", "", f.t("cmd.notices-rehearse.flag.imap"))
		c.Flags().StringVar(&f.imapPassword, "imap-password-file", "", f.t("cmd.notices-rehearse.flag.imap-password-file"))
	case "send":
		c.Flags().IntVar(&f.connections, "connections", 8, f.t("cmd.notices-send.flag.connections"))
		c.Flags().BoolVar(&f.once, "once", false, f.t("cmd.notices-send.flag.once"))
	case "release":
		c.Flags().StringVar(&f.key, "key", "", f.t("cmd.notices-release.flag.key"))
	case "heard":
		c.Flags().IntVar(&f.heard.Answers, "answers", 0, f.t("cmd.notices-heard.flag.answers"))
		c.Flags().DurationVar(&f.heard.In, "in", time.Hour, f.t("cmd.notices-heard.flag.in"))
		c.Flags().IntVar(&f.heard.Foreign, "not-theirs", 0, f.t("cmd.notices-heard.flag.not-theirs"))
	case "lift":
		c.Flags().StringVar(&f.approval, "approval", "", f.t("cmd.notices-lift.flag.approval"))
	case "settle":
		c.Flags().StringVar(&f.log, "log", "", f.t("cmd.notices-settle.flag.log"))
		c.Flags().StringArrayVar(&f.reports, "report", nil, f.t("cmd.notices-settle.flag.report"))
		c.Flags().Int64Var(&f.number, "number", 0, f.t("cmd.notices-settle.flag.number"))
		c.Flags().StringVar(&f.as, "as", "", f.t("cmd.notices-settle.flag.as"))
		c.Flags().StringVar(&f.why, "why", "", f.t("cmd.notices-settle.flag.why"))
	}
	return c
}

// open opens the case and finds the notice.
func (f *noticeFlags) open(ctx context.Context) (at, error) {
	if err := f.app.open(ctx); err != nil {
		return at{}, err
	}
	c, err := f.office.Case(ctx, f.caseID)
	if err != nil {
		return at{}, err
	}
	n, err := f.office.Notice(ctx, c.ID, breach.NoticeID(f.notice))
	return at{c, n, ctx}, err
}

// list tells how each notice stands.
func (f *noticeFlags) list(ctx context.Context) error {
	if err := f.app.open(ctx); err != nil {
		return err
	}
	c, err := f.office.Case(ctx, f.caseID)
	if err != nil {
		return err
	}
	list, err := f.office.Notices(ctx, c.ID)
	if err != nil {
		return err
	}
	if len(list) == 0 && !f.json {
		f.say("cmd.notices.none")
	}
	for _, n := range list {
		counts, err := f.office.NoticeCounts(ctx, c.ID, n)
		if err != nil {
			return err
		}
		if f.json {
			err = f.printJSONLine(map[string]any{"notice": n.ID, "version": n.Version, "state": n.State, "halted": n.Halted, "wave": n.Wave, "frozen": n.Frozen,
				"rehearsal": n.Rehearsal, "approval": n.Approval, "dispatches": counts})
		} else {
			f.printNotice(n, counts)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *noticeFlags) printNotice(n casework.Notice, counts map[int64]map[breach.DeliveryState]int64) {
	fmt.Fprintf(f.out, "%s.%d  %s\n", n.ID, n.Version, n.State)
	if n.Approval != "" {
		fmt.Fprintln(f.out, f.t("cmd.notices.agreed-by", map[string]any{"Approval": n.Approval[:min(12, len(n.Approval))], "Root": n.Frozen.Root[:16]}))
	}
	if n.Halted != "" {
		fmt.Fprintln(f.out, f.t("cmd.notices.halted", map[string]any{"Why": n.Halted}))
	}
	t := table{headings: []string{f.t("cmd.notices.state"), f.t("cmd.notices.wave"), ">" + f.t("cmd.notices.count")}}
	for _, state := range breach.DeliveryStates() { // what needs somebody first
		for _, wave := range slices.Sorted(maps.Keys(counts)) {
			if many := counts[wave][state]; many > 0 {
				name := "-"
				if wave > 0 {
					name = strconv.FormatInt(wave, 10)
				}
				t.add(f.t("delivery."+string(state)), name, f.app.texts.Number(many))
			}
		}
	}
	if len(t.rows) > 0 {
		f.printTable(t)
	}
}

func (f *noticeFlags) freeze(x at, _ []string) error {
	n, err := f.freezeWith(x)
	if err != nil {
		return err
	}
	if f.json {
		return f.printJSON(n.Frozen)
	}
	fmt.Fprintln(f.out, f.t("cmd.notices.counts", map[string]any{"Count": f.app.texts.Number(int64(n.Frozen.Count)), "Root": n.Frozen.Root}))
	t := table{headings: []string{f.t("cmd.notices-freeze.reason"), ">" + f.t("cmd.notices.count")}}
	for _, channel := range breach.Channels() {
		if many := n.Frozen.ByChannel[channel]; many > 0 {
			t.add(string(channel), f.app.texts.Number(int64(many)))
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(n.Frozen.ByReason)) {
		t.add("  "+reason, f.app.texts.Number(int64(n.Frozen.ByReason[reason])))
	}
	f.printTable(t)
	for _, w := range n.Frozen.Wording {
		f.say("cmd.notices-freeze.wording", map[string]any{"Leak": w})
	}
	return nil
}

// freezeWith freezes, with each mail signed where there is what to sign with.
func (f *noticeFlags) freezeWith(x at) (casework.Notice, error) {
	if f.signWith == "" {
		return f.desk.FreezeNotice(x.cx, x.c.ID, x.n)
	}
	signer, err := f.desk.OpenSigner(f.signWith, x.n.Draft)
	if err != nil {
		return x.n, err
	}
	return f.desk.FreezeSigned(x.cx, x.c.ID, x.n, signer)
}

func (f *noticeFlags) propose(x at, _ []string) error {
	a, err := f.desk.ProposeSending(x.cx, x.c.ID, x.n)
	if err != nil {
		return err
	}
	return f.printApprovals([]auth.Approval{a})
}

func (f *noticeFlags) begin(x at, args []string) error {
	a, err := f.desk.Approval(x.cx, args[0])
	if err != nil {
		return err
	}
	if _, err := f.desk.BeginSending(x.cx, x.c.ID, x.n, a.ID); err != nil {
		return err
	}
	f.say("cmd.notices-begin.done")
	return nil
}

func (f *noticeFlags) halt(x at, _ []string) error {
	if err := f.office.HaltNotice(x.cx, x.c.ID, x.n); err != nil {
		return err
	}
	f.say("cmd.notices-halt.done")
	return nil
}

// hear takes what came back, and halts where that says so.
func (f *noticeFlags) hear(x at, _ []string) error {
	halted, err := f.desk.HearAnswers(x.cx, x.c.ID, x.n, f.heard)
	switch {
	case err != nil:
		return err
	case halted != "":
		fmt.Fprintln(f.out, f.t("cmd.notices.halted", map[string]any{"Why": halted}))
	default:
		f.say("cmd.notices-heard.done")
	}
	return nil
}

func (f *noticeFlags) lift(x at, _ []string) error {
	if f.approval == "" {
		a, err := f.desk.ProposeLifting(x.cx, x.c.ID, x.n)
		if err != nil {
			return err
		}
		return f.printApprovals([]auth.Approval{a})
	}
	a, err := f.desk.Approval(x.cx, f.approval)
	if err != nil {
		return err
	}
	return f.desk.LiftHalt(x.cx, x.c.ID, x.n, a.ID)
}
