package main

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// demoFiles hold what is entered in a demo's case, in each language: a line a
// fact, its parts parted by tabs, times as hours from now; and the text of its
// notice.
//
//go:embed demo
var demoFiles embed.FS

// demoZone is where the demo's municipality lies.
const demoZone = "Europe/Helsinki"

// fillDemo enters what the made-up municipality knows on the day after: what
// happened when, who is in charge, its groups and tasks, and a notice that
// waits for its approval.
func (a *app) fillDemo(ctx context.Context, id store.CaseID) error {
	zone, err := time.LoadLocation(demoZone)
	if err != nil {
		return fmt.Errorf("fill the demo: %w", err)
	}
	how := casework.Typed{Zone: zone, Say: a.texts}
	facts, err := demoFiles.ReadFile("demo/facts." + a.lang + ".tsv")
	if err != nil {
		return fmt.Errorf("fill the demo: %w", err)
	}
	for line := range strings.Lines(string(facts)) {
		sort, parts := demoFact(line, time.Now().In(zone))
		how.Parts = parts
		if _, err := a.office.Enter(ctx, id, casework.Entering{Sort: sort, Typed: how}); err != nil {
			return fmt.Errorf("enter the demo's fact %s: %w", sort, err)
		}
	}
	if _, err := a.desk.TakeCohorts(ctx, id, a.t("part.protected"), how); err != nil {
		return err
	}
	if _, err := a.desk.TakePlaybook(ctx, id, how); err != nil {
		return err
	}
	if err := a.doDemoTasks(ctx, id, how); err != nil {
		return err
	}
	return a.writeDemoNotice(ctx, id)
}

// demoTasksDone is how many tasks of the playbook are done: those of the night.
const demoTasksDone = 5

// doDemoTasks ticks off the first tasks.
func (a *app) doDemoTasks(ctx context.Context, id store.CaseID, how casework.Typed) error {
	known, err := a.desk.Known(ctx, id, time.Time{})
	if err != nil {
		return err
	}
	tasks := known.Items("task")
	for _, f := range tasks[:min(demoTasksDone, len(tasks))] {
		due := f.Parts.Says("due")
		how.Parts = map[string]string{"name": f.Parts.Says("name"), "due": due, "done": due}
		if _, err := a.desk.Enter(ctx, id, casework.Entering{Sort: "task", Item: f.Item, Base: f.Version, Typed: how}); err != nil {
			return fmt.Errorf("do the demo's task: %w", err)
		}
	}
	return nil
}

// demoFact reads a line of facts as they stand at a time.
func demoFact(line string, now time.Time) (sort string, parts map[string]string) {
	sort, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
	parts = map[string]string{}
	for cell := range strings.SplitSeq(rest, "\t") {
		name, says, _ := strings.Cut(cell, "=")
		if ago, err := time.ParseDuration(says); err == nil {
			says = now.Add(ago).Format("2006-01-02 15:04")
		}
		parts[name] = says
	}
	return sort, parts
}

// writeDemoNotice writes the notice and freezes it, so that every letter is
// there to be looked at and approved.
func (a *app) writeDemoNotice(ctx context.Context, id store.CaseID) error {
	draft := casework.NoticeDraft{
		Country: "FI", Zone: demoZone, Custody: true,
		Texts: map[string]casework.NoticeText{}, Date: a.desk.Now().UTC().Truncate(time.Second),
	}
	draft.Policy.Order = []breach.Channel{breach.Mailbox, breach.Mail, breach.Paper}
	for _, lang := range locale.Languages() {
		raw, err := demoFiles.ReadFile("demo/notice." + lang + ".txt")
		if err != nil {
			return fmt.Errorf("write the demo's notice: %w", err)
		}
		text, ok := casework.ParseNoticeText(string(raw))
		if !ok {
			return fmt.Errorf("write the demo's notice: the text in %s is not whole", lang)
		}
		draft.Texts[lang] = text
	}
	draft.Sender.Name, draft.Sender.Mail = draft.Texts[a.lang].Controller, "dataskydd@example.fi"
	n, err := a.desk.WriteNotice(ctx, id, breach.NoticeID(""), draft)
	if err != nil {
		return err
	}
	_, err = a.desk.FreezeNotice(ctx, id, n)
	return err
}
