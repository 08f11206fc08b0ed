package main

import (
	"context"
	"fmt"
	"math"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// maxAlike is how many items of a group are printed; --json has all.
const maxAlike = 20

// showDuplicates prints what lies in the evidence more than once.
func (a *app) showDuplicates(ctx context.Context, id store.CaseID) error {
	roots, _, err := a.desk.Sources(ctx, id)
	if err != nil {
		return err
	}
	p := &alikePrinter{app: a, roots: roots}
	if err := a.desk.Alike(ctx, id, p.print); err != nil {
		return err
	}
	p.more()
	if p.group == 0 && !a.json {
		fmt.Fprintln(a.out, a.t("cmd.account.duplicates.none"))
	}
	return nil
}

// alikePrinter prints groups, an item a line.
type alikePrinter struct {
	*app
	roots  map[int64]string
	group  int64
	listed int64 // of the group
}

func (p *alikePrinter) print(x casework.Alike) error {
	path := x.Path
	if x.Member != "" {
		path += "!/" + x.Member
	}
	path = casework.DisplayPath(path)
	if p.json {
		line := map[string]any{"group": x.Group, "how": x.How, "similarity": math.Round(x.Similarity*100) / 100, "evidence": path, "format": x.Type, "size": x.Size}
		if len(p.roots) > 1 {
			line["root"] = casework.DisplayPath(p.roots[x.Root])
		}
		return p.printJSONLine(line)
	}
	if x.How == casework.First {
		p.more()
		p.group, p.listed = x.Group, 0
		_, err := fmt.Fprintf(p.out, "%s\t%s\n", path, p.texts.Bytes(x.Size))
		return err
	}
	if p.listed++; p.listed > maxAlike {
		return nil
	}
	how := p.t("alike." + string(x.How))
	if x.How == casework.NearText {
		how += " " + p.texts.Percent(int64(math.Round(x.Similarity*100)), 100)
	}
	_, err := fmt.Fprintf(p.out, "  %s\t%s\t%s\n", path, p.texts.Bytes(x.Size), how)
	return err
}

// more ends a group that was not printed whole.
func (p *alikePrinter) more() {
	if p.listed > maxAlike {
		fmt.Fprintln(p.out, "  "+p.t("cmd.account.duplicates.more", map[string]any{"Count": p.listed - maxAlike}))
	}
	p.listed = 0
}
