package casework

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Dossier is all that is said, counted, concluded and sent in a case, as it stood
// at one time.
type Dossier struct {
	Known
	Now       time.Time // of the look: what is over and what is left
	Decisions []breach.Decision
	Filings   []breach.Filing
	Result    *Result // what became known of people; nil where nothing was resolved by then
	Evidence  int64   // how many items of evidence there are
	Unread    int64   // of which nobody knows the text
}

// Dossier gathers a case as it stood at a time; the zero time is now.
func (d *Desk) Dossier(ctx context.Context, id store.CaseID, at time.Time) (Dossier, error) {
	g, err := d.grant(ctx, id, auth.ReadFacts)
	if err != nil {
		return Dossier{}, err
	}
	return d.dossier(ctx, g, at)
}

func (d *Desk) dossier(ctx context.Context, g auth.Grant, at time.Time) (Dossier, error) {
	x := Dossier{Now: d.now()}
	facts, err := d.facts(ctx, g)
	if err == nil {
		x.Decisions, err = d.Store.Decisions(ctx, g)
	}
	if err == nil {
		x.Filings, err = d.Store.Filings(ctx, g)
	}
	if err == nil {
		err = d.counted(ctx, g, &x)
	}
	if err != nil {
		return Dossier{}, err
	}
	return x.AsOf(facts, at), nil
}

// AsOf is what was gathered of a case, as it stood at a time; the zero time takes
// all. Facts are every version of every fact, oldest first.
func (x Dossier) AsOf(facts []breach.Fact, at time.Time) Dossier {
	if !at.IsZero() {
		x.Now = at.UTC()
	}
	x.Known = know(facts, at)
	x.Decisions = slices.DeleteFunc(x.Decisions, func(d breach.Decision) bool { return d.At.After(x.Now) })
	x.Filings = slices.DeleteFunc(x.Filings, func(f breach.Filing) bool { return f.Sent.After(x.Now) })
	if x.Result != nil && x.Result.At.After(x.Now) {
		x.Result = nil
	}
	return x
}

// counted adds what was read and resolved, where anything was.
func (d *Desk) counted(ctx context.Context, g auth.Grant, x *Dossier) error {
	err := d.resolved(ctx, g)
	var refusal *breach.Refusal
	if errors.As(err, &refusal) {
		return nil
	}
	if err != nil {
		return err
	}
	var r Result
	if ok, err := d.Store.Summary(ctx, g, resultSummary, &r); err != nil || !ok || len(r.Rows) == 0 || len(r.Rows[0].Counts) == 0 {
		return err
	}
	x.Result = &r
	x.Evidence, x.Unread, err = d.Store.CountItems(ctx, g)
	return err
}

// Decided gives the newest decision on a matter; nil where there is none.
func (x Dossier) Decided(about, group string) *breach.Decision {
	for _, d := range slices.Backward(x.Decisions) {
		if d.About == about && d.Group == group {
			return &d
		}
	}
	return nil
}
