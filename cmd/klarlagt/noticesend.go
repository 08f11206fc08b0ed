package main

import (
	"crypto/rand"
	"fmt"
	"math"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

func (f *noticeFlags) rehearse(x at, _ []string) error {
	relay, err := casework.ParseRelay(f.smtp, f.password)
	if err != nil {
		return err
	}
	defer relay.Close()
	inbox, err := casework.ParseInbox(f.imap, f.imapPassword)
	if err != nil {
		return err
	}
	n, err := f.desk.RehearseNotice(x.cx, x.c.ID, x.n, casework.RehearseOptions{Seeds: f.seeds, Relay: relay, Inbox: inbox})
	if err != nil {
		return err
	}
	if f.json {
		return f.printJSON(n.Rehearsal)
	}
	fmt.Fprintln(f.out, f.t("cmd.notices-rehearse.done", map[string]any{"Same": n.Rehearsal.Same, "Sent": n.Rehearsal.Sent}))
	return nil
}

// reach asks a service who has a digital mailbox.
func (f *noticeFlags) reach(x at, _ []string) error {
	m, err := casework.ParseMailbox(f.mailbox)
	if err != nil {
		return err
	}
	_, asked, found, err := f.desk.FindMailboxes(x.cx, x.c.ID, x.n, m)
	if err != nil {
		return err
	}
	if f.json {
		return f.printJSON(map[string]any{"asked": asked, "found": found})
	}
	f.say("cmd.notices-reach.done", map[string]any{"Asked": asked, "Found": found, "Name": m.Name()})
	return nil
}

func (f *noticeFlags) release(x at, args []string) error {
	wave, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil || wave < 1 {
		return &breach.Refusal{Key: "cmd.notices-write.bad-value", Args: map[string]any{"Flag": "WAVE", "Value": args[0]}}
	}
	key := f.key
	if key == "" {
		key = rand.Text()
	}
	r, err := f.desk.ReleaseWave(x.cx, x.c.ID, x.n, wave, key)
	if err != nil {
		return err
	}
	if f.json {
		return f.printJSON(map[string]any{"wave": wave, "outcome": r.Outcome, "by": r.By, "at": r.At, "rows": r.Rows})
	}
	fmt.Fprintln(f.out, f.t("cmd.notices-release.done", map[string]any{"Wave": wave, "Outcome": r.Outcome, "By": string(r.By), "At": r.At.Local().Format("2006-01-02 15:04")}))
	return nil
}

func (f *noticeFlags) send(x at, _ []string) error {
	relay, err := casework.ParseRelay(f.smtp, f.password)
	if err != nil {
		return err
	}
	defer relay.Close()
	o := casework.SendOptions{Relay: relay, Connections: f.connections, Once: f.once}
	if f.mailbox != "" {
		if o.Mailbox, err = casework.ParseMailbox(f.mailbox); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(x.cx, os.Interrupt) // what is on its way is waited for
	defer stop()
	run, err := f.desk.SendNotices(ctx, x.c.ID, x.n, o)
	if run.Recovered > 0 {
		f.say("cmd.notices-send.recovered", map[string]any{"Count": run.Recovered})
	}
	if f.json {
		return firstError(f.printJSON(run), err)
	}
	h := run.Handled
	fmt.Fprintln(f.out, f.t("cmd.notices-send.done", map[string]any{"Accepted": h[breach.Accepted], "Refused": h[breach.Refused], "Deferred": h[breach.Deferred],
		"Uncertain": h[breach.Uncertain], "Waits": run.Waits}))
	if run.Halted != "" {
		fmt.Fprintln(f.out, f.t("cmd.notices.halted", map[string]any{"Why": run.Halted}))
	}
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// settle lists what is uncertain, or settles it.
func (f *noticeFlags) settle(x at, _ []string) error {
	if f.number > 0 {
		return f.desk.DecideNotice(x.cx, x.c.ID, x.n, f.number, casework.NoticeChoice(f.as), f.why)
	}
	for _, path := range f.reports {
		if err := f.report(x, path); err != nil {
			return err
		}
	}
	if f.log != "" {
		log, err := os.Open(f.log)
		if err != nil {
			return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": f.log}, Err: err}
		}
		defer log.Close()
		s, err := f.desk.SettleByLog(x.cx, x.c.ID, x.n, log)
		if err != nil {
			return err
		}
		fmt.Fprintln(f.out, f.t("cmd.notices-settle.done", map[string]any{"Taken": s.Taken, "NotTaken": s.NotTaken, "Arrived": s.Arrived, "Bounced": s.Bounced, "Left": s.Left}))
	}
	if f.mailbox != "" {
		m, err := casework.ParseMailbox(f.mailbox)
		if err != nil {
			return err
		}
		s, err := f.desk.SettleByMailbox(x.cx, x.c.ID, x.n, m)
		if err != nil {
			return err
		}
		fmt.Fprintln(f.out, f.t("cmd.notices-settle.done", map[string]any{"Taken": s.Taken, "NotTaken": s.NotTaken, "Arrived": s.Arrived, "Bounced": s.Bounced, "Left": s.Left}))
	}
	open, _, err := f.desk.Unsettled(x.cx, x.c.ID, x.n, math.MaxInt)
	if err != nil {
		return err
	}
	for _, u := range open {
		fmt.Fprintf(f.out, "%d\t%s → %s\t%s\t%s\n", u.Seq, u.Notice.Subject, u.Notice.Reader, f.t("delivery."+string(u.State)), u.Reason)
	}
	return nil
}

func (f *noticeFlags) report(x at, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": path}, Err: err}
	}
	defer file.Close()
	ours, err := f.desk.SettleByReport(x.cx, x.c.ID, x.n, file)
	if err != nil {
		return err
	}
	fmt.Fprintln(f.out, f.t("cmd.notices-settle.report", map[string]any{"File": path, "Ours": ours}))
	return nil
}

func (f *noticeFlags) proofCommand() *cobra.Command {
	c := &cobra.Command{Use: "proof PERSON", Args: cobra.ExactArgs(1), Short: f.t("cmd.notices-proof.short"), RunE: func(c *cobra.Command, args []string) error {
		x, err := f.open(c.Context())
		if err != nil {
			return err
		}
		return f.proof(x, args[0])
	}}
	c.Flags().StringVar(&f.purpose, "purpose", "", f.t("cmd.flag.purpose"))
	c.Flags().StringVar(&f.letters.dir, "letters", "", f.t("cmd.notices-proof.flag.letters"))
	return c
}

func (f *noticeFlags) proof(x at, person string) error {
	purpose, err := f.app.purpose(f.purpose)
	if err != nil {
		return err
	}
	list, err := f.desk.ProveNotice(x.cx, x.c.ID, breach.PersonID(person), purpose)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		f.say("cmd.notices-proof.nothing", map[string]any{"Person": person})
	}
	for _, p := range list {
		f.printProof(p)
		if err := f.saveSheets(p.Sheets); err != nil {
			return err
		}
	}
	return nil
}

// printProof shows one notice to one reader: what it said, and each step.
func (f *noticeFlags) printProof(p casework.NoticeProof) {
	n := p.Notice
	fmt.Fprintf(f.out, "%s.%d  %s → %s  %s  %s (%s)\nSHA-256 %x\n", n.ID, n.Version, n.Subject, n.Reader, n.Channel, f.t("delivery."+string(p.State)), p.Reason, n.Hash)
	if !p.Whole {
		fmt.Fprintln(f.out, f.t("cmd.notices-proof.broken"))
	}
	if p.Frozen != nil && p.Approval != "" {
		fmt.Fprintln(f.out, f.t("cmd.notices.agreed-by", map[string]any{"Approval": p.Approval, "Root": p.Frozen.Root}))
	}
	if len(n.Parts) > 0 {
		fmt.Fprintf(f.out, "%s %s\n", f.t("cmd.notices-proof.code"), p.Code)
	}
	f.printSheets(p.Sheets)
	for _, s := range p.Steps {
		fmt.Fprintln(f.out, strings.TrimRight(fmt.Sprintf("  %s  %s → %s  %s  %s", s.At.Local().Format(time.DateTime), f.t("delivery."+string(s.Was)),
			f.t("delivery."+string(s.Becomes)), s.Who, s.Detail.Reveal()), " "))
	}
	for _, part := range n.Parts {
		fmt.Fprintf(f.out, "\n%s\n\n%s\n", part.Title, []byte(part.Text))
	}
}
