package casework

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// keepDossier writes what GDPR art. 33(5) wants documented, and what was sent:
// facts in each version, decisions with their reasons, notifications byte for
// byte; who judged uncertain links when; and the versions of the list. Who speaks
// for an organisation stands in the notifications alone.
func (d *Desk) keepDossier(ctx context.Context, g auth.Grant, dir string) error {
	facts, err := d.facts(ctx, g)
	if err != nil {
		return err
	}
	decisions, err := d.Store.Decisions(ctx, g)
	if err != nil {
		return err
	}
	filings, err := d.Store.Filings(ctx, g)
	if err != nil {
		return err
	}
	judged, err := d.Store.Judgements(ctx, g)
	if err != nil {
		return err
	}
	lists, err := d.Store.Lists(ctx, g)
	if err != nil {
		return err
	}
	files := map[string]func(io.Writer) error{}
	if len(lists) > 0 {
		files["lists.csv"] = func(w io.Writer) error { return listsCSV(w, lists) }
	}
	if len(judged) > 0 {
		files["judgements.jsonl"] = func(w io.Writer) error { return eachJSON(w, judged, judgementLine) }
	}
	if len(facts) > 0 {
		files["facts.jsonl"] = func(w io.Writer) error { return eachJSON(w, facts, factLine) }
	}
	if len(decisions) > 0 {
		files["decisions.jsonl"] = func(w io.Writer) error { return eachJSON(w, decisions, decisionLine) }
	}
	for _, f := range filings {
		files[fmt.Sprintf("filing-%d-%s.json", f.Number, f.Form)] = func(w io.Writer) error {
			_, err := w.Write(f.Content)
			return err
		}
	}
	for name, write := range files {
		if err := writeFile(filepath.Join(dir, name), write); err != nil {
			return err
		}
	}
	return nil
}

func eachJSON[T any](w io.Writer, list []T, line func(T) any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, v := range list {
		if err := e.Encode(line(v)); err != nil {
			return err
		}
	}
	return nil
}

// contactSorts are the facts that name somebody, and contactParts the parts of
// any fact that do.
var (
	contactSorts = []string{"reporter", "officer", "more", "clock-mail"}
	contactParts = []string{"contact", "owner", "source"}
)

func factLine(f breach.Fact) any {
	says := map[string]string{}
	for name := range f.Parts {
		if !slices.Contains(contactParts, name) && !slices.Contains(contactSorts, f.Field) {
			says[name] = f.Parts.Says(name)
		}
	}
	return map[string]any{"version": f.Version, "fact": f.Field, "item": f.Item, "taken_back": f.Gone, "at": f.At.Format(time.RFC3339), "by": f.By, "says": says}
}

func decisionLine(d breach.Decision) any {
	return map[string]any{"number": d.Number, "about": d.About, "group": d.Group, "says": d.Says, "why": d.Why, "facts": d.Facts, "at": d.At.Format(time.RFC3339), "by": d.By}
}

// judgementLine leaves out of whom, and the reason: it may name somebody.
func judgementLine(j store.Judgement) any {
	return map[string]any{"number": j.Number, "question": hex.EncodeToString(j.Key[:]), "says": j.Says, "at": j.At.Format(time.RFC3339), "by": j.By}
}
