package main

import (
	"context"
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// showOverview shows what a resolve came to. Its error says that there are
// gaps, if there are.
func (a *app) showOverview(ctx context.Context, c store.Case) error {
	result, err := a.office.Result(ctx, c.ID)
	if err != nil {
		return err
	}
	account, err := a.office.AccountDeep(ctx, c.ID, 1)
	if err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(overviewJSON(c, result, account))
	} else {
		a.printOverview(result, account)
	}
	if err == nil && account.Gaps > 0 {
		err = errGaps
	}
	return err
}

func (a *app) printOverview(r casework.Result, account casework.Account) {
	fmt.Fprintln(a.out)
	if len(r.Rows) > 0 && r.Rows[0].Counts[0].Registered > 0 {
		t := table{headings: []string{a.t("cmd.col.group"), ">" + a.t("cmd.col.registered"), ">" + a.t("grade.proven"),
			">" + a.t("grade.likely"), ">" + a.t("grade.possible"), ">" + a.t("cmd.col.upper")}}
		for _, row := range append(r.Rows[1:], r.Rows[0]) {
			n := row.Counts[0]
			name := row.Group
			if name == "" {
				name = a.t("cmd.overview.exposed")
			}
			t.add(name, a.texts.Number(n.Registered), a.texts.Number(n.Proven), a.texts.Number(n.Likely), a.texts.Number(n.Possible), a.texts.Number(n.Upper))
		}
		a.printTable(t)
		fmt.Fprintln(a.out)
		a.printKinds(r.Rows[0])
	} else {
		fmt.Fprintln(a.out, a.t("cmd.overview.noregister"))
	}
	for _, line := range []struct {
		key   string
		count int64
	}{{"cmd.overview.strangers", r.Strangers["proven"] + r.Strangers["likely"] + r.Strangers["possible"]},
		{"cmd.overview.oneof", r.OneOf}, {"cmd.overview.traces", r.Traces}} {
		if line.count > 0 {
			fmt.Fprintln(a.out, a.t(line.key, map[string]any{"Count": line.count}))
		}
	}
	key := "cmd.overview.nogaps"
	if account.Gaps > 0 {
		key = "cmd.overview.gaps"
	}
	fmt.Fprintln(a.out, a.t(key, map[string]any{"Count": account.Gaps, "Items": account.Items}))
	if n := pending(account); n > 0 {
		key := "cmd.overview.pictures"
		if !casework.CanOCR() {
			key = "cmd.overview.no-ocr"
		}
		fmt.Fprintln(a.out, a.t(key, map[string]any{"Count": n}))
	}
	a.say("cmd.overview.next")
}

// printKinds prints how many people are exposed with each kind of data.
func (a *app) printKinds(row casework.Row) {
	t := table{headings: []string{a.t("cmd.col.kinds"), ">" + a.t("grade.proven"), ">" + a.t("grade.likely"), ">" + a.t("grade.possible"), ">" + a.t("cmd.col.upper")}}
	for _, n := range row.Counts[1:] {
		if n.Proven+n.Likely+n.Possible > 0 {
			t.add(n.Kind.Title(a.lang), a.texts.Number(n.Proven), a.texts.Number(n.Likely), a.texts.Number(n.Possible), a.texts.Number(n.Upper))
		}
	}
	a.printTable(t)
	fmt.Fprintln(a.out)
}

func overviewJSON(c store.Case, r casework.Result, account casework.Account) map[string]any {
	groups := []map[string]any{}
	for _, row := range r.Rows {
		kinds := map[string]any{}
		for _, n := range row.Counts[1:] {
			if n.Proven+n.Likely+n.Possible > 0 {
				kinds[n.Kind.String()] = countJSON(n)
			}
		}
		g := countJSON(row.Counts[0])
		g["group"], g["kinds"] = row.Group, kinds
		groups = append(groups, g)
	}
	return map[string]any{"case": c.ID, "exposed": r.Exposed, "strangers": r.Strangers, "strangers_at_least": r.Outside.Low,
		"strangers_at_most": r.Outside.High, "one_of": r.OneOf, "traces": r.Traces, "groups": groups, "account": accountJSON(account)}
}

func countJSON(n casework.Count) map[string]any {
	return map[string]any{"registered": n.Registered, breach.Proven.String(): n.Proven, breach.Likely.String(): n.Likely,
		breach.Possible.String(): n.Possible, breach.Excluded.String(): n.Excluded, breach.Unknown.String(): n.Unknown, "at_most": n.Upper}
}
