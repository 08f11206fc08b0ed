package casework

import (
	"context"
	"errors"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// ScanNote is a scan at the command line as the list of a case's scans tells it,
// beside those that a server was asked for.
type ScanNote struct {
	d        *Desk
	id       store.CaseID
	x        store.Scan
	root     int64 // of what it scans; 0 before that is known
	mentions int64
}

// NoteScan notes a scan that is to begin with these options, which it follows. End
// is to be called for it.
func (d *Desk) NoteScan(ctx context.Context, id store.CaseID, o *ScanOptions) (*ScanNote, error) {
	g, err := d.grant(ctx, id, auth.Scan)
	if err != nil {
		return nil, err
	}
	plan := store.ScanPlan{Command: true, Folder: o.Evidence, Reached: breach.Proven, By: d.Who.User, Began: d.now()}
	for _, r := range o.Reached {
		if r.Prefix == "" {
			plan.Reached = r.Grade
		}
	}
	n := &ScanNote{d: d, id: id}
	if n.x, err = d.Store.BeginScan(ctx, g, plan); err != nil {
		return nil, err
	}
	tell := o.Progress
	o.Progress = func(p Progress) {
		if p.Phase == Reading {
			n.mentions = p.Mentions
		}
		if tell != nil {
			tell(p)
		}
	}
	o.reads = func(root int64) { n.root = root }
	return n, nil
}

// End keeps how it ended, with what became of what was scanned as the account tells
// it now, and gives back what failed.
func (n *ScanNote) End(ctx context.Context, failed error) error {
	stopped := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	g, err := n.d.grant(ctx, n.id, auth.Scan)
	if err == nil && n.root > 0 {
		n.x.ScanSum, err = n.d.Store.CountScanned(ctx, g, n.root)
	}
	if err != nil {
		return errors.Join(failed, err)
	}
	n.x.Ended, n.x.Mentions = n.d.now(), n.mentions
	switch {
	case failed == nil:
		n.x.State = store.ScanDone
	case stopped:
		n.x.State = store.ScanStopped
	default:
		n.x.State = store.ScanFailed
		n.x.Problem, n.x.Args, _ = problemOf(failed)
	}
	_, err = n.d.Store.KeepScan(ctx, g, n.x, n.d.instant())
	return errors.Join(failed, err)
}

// problemOf is why a scan failed, for people: the key of a text and what fills it.
// Told reports whether that is all there is to say.
func problemOf(failed error) (key string, args map[string]any, told bool) {
	var refusal *breach.Refusal
	if errors.As(store.Explain(failed), &refusal) {
		return refusal.Key, refusal.Args, true
	}
	return "refusal.scan-failed", nil, false
}
