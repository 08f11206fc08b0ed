package main

import (
	"fmt"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

// maxPartRows is how many formats or folders a table shows: the rest is one row
// more, and --json has all.
const maxPartRows = 25

// printAccount prints the account four times, each with the same sum.
func (a *app) printAccount(account casework.Account) {
	t := table{headings: []string{a.t("cmd.col.state"), ">" + a.t("cmd.col.items"), ">" + a.t("cmd.col.share"), ">" + a.t("cmd.col.bytes"), a.t("cmd.col.reasons")}}
	for _, s := range account.States {
		t.add(a.t("state."+string(s.State)), a.texts.Number(s.Items), a.texts.Percent(s.Items, account.Items), a.texts.Bytes(s.Bytes), a.reasons(s))
	}
	t.add(a.t("cmd.account.sum"), a.texts.Number(account.Items), "", a.texts.Bytes(account.Bytes),
		a.t("cmd.account.parts", map[string]any{"Files": account.Files, "Members": account.Members}))
	a.printTable(t)
	if account.Items == 0 {
		return
	}
	sizes := append([]casework.PartSum{}, account.Sizes...)
	for i := range sizes {
		sizes[i].Name = a.t("size." + sizes[i].Name)
	}
	a.printParts(account, a.t("report.folders.folder"), a.t("report.folders.none"), account.Folders)
	a.printParts(account, a.t("report.types.type"), a.t("report.types.none"), account.Formats)
	a.printParts(account, a.t("cmd.col.bytes"), "", sizes)
}

// printParts prints the states of each part, the largest ones by themselves.
func (a *app) printParts(account casework.Account, heading, none string, parts []casework.PartSum) {
	t := table{headings: []string{heading, ">" + a.t("cmd.col.items"), ">" + a.t("cmd.col.bytes"), ">" + a.t("report.cover.unread"), a.t("cmd.col.states")}}
	rest := casework.PartSum{}
	for i, p := range parts {
		if i >= maxPartRows && len(parts) > maxPartRows+1 {
			rest.Items, rest.Bytes, rest.Gaps = rest.Items+p.Items, rest.Bytes+p.Bytes, rest.Gaps+p.Gaps
			continue
		}
		if p.Name == "" {
			p.Name = none
		}
		t.add(p.Name, a.texts.Number(p.Items), a.texts.Bytes(p.Bytes), a.texts.Number(p.Gaps), a.states(p))
	}
	if rest.Items > 0 {
		t.add(a.t("report.cover.others", map[string]any{"Count": len(parts) - maxPartRows}), a.texts.Number(rest.Items), a.texts.Bytes(rest.Bytes), a.texts.Number(rest.Gaps), "")
	}
	t.add(a.t("cmd.account.sum"), a.texts.Number(account.Items), a.texts.Bytes(account.Bytes), a.texts.Number(account.Gaps), "")
	fmt.Fprintln(a.out)
	a.printTable(t)
}

// states writes the states of a part: "read 12, partly 2 (malformed 2)".
func (a *app) states(p casework.PartSum) string {
	var words []string
	for _, s := range p.States {
		word := a.t("state."+string(s.State)) + " " + a.texts.Number(s.Items)
		if reasons := a.reasons(s); reasons != "" {
			word += " (" + reasons + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, "; ")
}

// reasons writes the reasons of a state: "malformed 2, crash 1".
func (a *app) reasons(s casework.StateSum) string {
	var words []string
	for _, r := range s.Reasons {
		words = append(words, a.t("reason."+string(r.Reason))+" "+a.texts.Number(r.Items))
	}
	return strings.Join(words, ", ")
}

func accountJSON(account casework.Account) map[string]any {
	states, reasons := map[breach.State]int64{}, map[breach.Reason]int64{}
	for _, s := range account.States {
		states[s.State] = s.Items
		for _, r := range s.Reasons {
			reasons[r.Reason] += r.Items
		}
	}
	formats := map[string]int64{}
	for _, f := range account.Formats {
		formats[f.Name] = f.Items
	}
	return map[string]any{"items": account.Items, "files": account.Files, "members": account.Members, "bytes": account.Bytes,
		"states": states, "reasons": reasons, "formats": formats, "gaps": account.Gaps, "parts": casework.PartLines(account)}
}
