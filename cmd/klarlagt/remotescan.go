package main

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// scanThere scans folders of a server by their names. A file that lies here is
// sent there first. What the server was asked to scan it goes on scanning when
// nobody watches; the same command watches it again.
func (a *app) scanThere(c *cobra.Command, evidence, registers, reached []string, passwords string) error {
	for _, name := range []string{"exclude", "limit", "workers", "ocr", "ocr-budget"} {
		if c.Flags().Changed(name) {
			return &breach.Refusal{Key: "cmd.remote.none", Args: map[string]any{"Command": "scan --" + name}}
		}
	}
	rules, err := a.reachedRules(reached)
	if err != nil {
		return err
	}
	if len(rules) > 1 || len(rules) == 1 && rules[0].Prefix != "" {
		return &breach.Refusal{Key: "cmd.remote.none", Args: map[string]any{"Command": "scan --reached PATH=GRADE"}}
	}
	o := scanOrder{Reached: breach.Proven.String()}
	if len(rules) == 1 {
		o.Reached = rules[0].Grade.String()
	}
	if o.Passwords, err = readPasswords(passwords); err != nil {
		return err
	}
	ctx := c.Context()
	theCase, err := a.caseOrNew(ctx, a.titleFrom(evidence[0]))
	if err != nil {
		return err
	}
	if err := a.importAll(ctx, theCase, registers); err != nil {
		return err
	}
	r := a.office.(*remote)
	orders, err := r.orders(ctx, theCase.ID, evidence, o)
	if err != nil {
		return err
	}
	for _, o := range orders {
		if err := a.watchThere(ctx, r, theCase.ID, o); err != nil {
			return err
		}
	}
	return a.showOverview(ctx, theCase)
}

// scanOrder is what a server is asked to scan.
type scanOrder struct {
	Folder    string   `json:"folder,omitempty"`
	Uploads   bool     `json:"uploads,omitempty"`
	Reached   string   `json:"reached"`
	Passwords []string `json:"passwords,omitempty"`
}

// orders sends the files among the evidence, and makes an order for each folder
// and one for all that was sent.
func (r *remote) orders(ctx context.Context, id store.CaseID, evidence []string, o scanOrder) (list []scanOrder, err error) {
	sent := false
	for _, name := range evidence {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			folder := o
			folder.Folder = name
			list = append(list, folder)
			continue
		}
		var made struct{ Number int64 }
		if err := r.send(ctx, caseAt(id, "/uploads"), name, &made); err != nil {
			return nil, err
		}
		sent = true
	}
	if sent {
		o.Uploads = true
		list = append([]scanOrder{o}, list...)
	}
	return list, nil
}

// remoteScan is a scan as the API has it.
type remoteScan struct {
	Number         int64
	State          store.ScanState
	Command        bool
	Folder         string
	Problem        string
	Files, Of      int64
	Mentions, Gaps int64
}

// remoteScans is what there is of scans.
type remoteScans struct {
	Scans    []remoteScan
	Progress *struct {
		Phase                                      casework.Phase
		Waits                                      bool
		Files, Of, Bytes, Mentions, Gaps, Pictures int64
		OfBytes                                    int64 `json:"of_bytes"`
		Sandbox                                    string
	}
}

func (r *remote) scans(ctx context.Context, id store.CaseID) (got remoteScans, err error) {
	err = r.ask(ctx, http.MethodGet, caseAt(id, "/scans"), nil, &got)
	return got, err
}

// watchThere has a server scan, or goes on with the very scan if that is under
// way, and tells how far it is until it ends.
func (a *app) watchThere(ctx context.Context, r *remote, id store.CaseID, o scanOrder) error {
	got, err := r.scans(ctx, id)
	if err != nil {
		return err
	}
	var x struct{ Number int64 }
	switch last := got.newest(); {
	case !last.State.Open() || last.Folder != o.Folder:
		err = r.ask(ctx, http.MethodPost, caseAt(id, "/scans"), o, &x)
	case last.State == store.ScanPaused || got.Progress == nil:
		err = r.ask(ctx, http.MethodPost, caseAt(id, "/scans/continue"), map[string]any{}, &x)
	default:
		x.Number = last.Number
	}
	if err != nil {
		return err
	}
	m := a.newMeter()
	defer m.done()
	for wait := 100 * time.Millisecond; ; wait = min(wait*3/2, 2*time.Second) {
		if got, err = r.scans(ctx, id); err != nil {
			return err
		}
		last := got.newest()
		switch {
		case last.Number != x.Number || last.State == store.ScanDone:
			return nil
		case last.State == store.ScanFailed:
			return &breach.Refusal{Key: "cmd.remote.said", Args: map[string]any{"Why": last.Problem}}
		case last.State == store.ScanPaused:
			return &breach.Refusal{Key: "cmd.remote.scan-paused"}
		case last.State == store.ScanStopped:
			return &breach.Refusal{Key: "cmd.remote.scan-stopped"}
		}
		if p := got.Progress; p != nil && p.Phase != "" {
			m.tell(casework.Progress{Phase: p.Phase, Items: p.Files, Of: p.Of, Bytes: p.Bytes, OfBytes: p.OfBytes, Mentions: p.Mentions, Gaps: p.Gaps, Pictures: p.Pictures, Sandbox: p.Sandbox})
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait): // between two looks; what is waited for is the end of the scan
		}
	}
}

// newest is the scan that the server was asked for last; the zero scan for none.
func (s remoteScans) newest() remoteScan {
	for _, x := range s.Scans {
		if !x.Command {
			return x
		}
	}
	return remoteScan{}
}
