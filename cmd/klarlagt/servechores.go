package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// chores is what the server does for each tenant without being asked.
type chores struct {
	serving
	now  func() auth.Instant
	log  *slog.Logger
	busy sync.WaitGroup

	mails *outbox // nil: alerts wait

	mu      sync.Mutex
	forward map[string][]*casework.Forward // by where to
}

// newChores holds the settings against what can be done with them.
func newChores(o serving, now func() auth.Instant, log *slog.Logger) (*chores, error) {
	w := &chores{serving: o, now: now, log: log, forward: map[string][]*casework.Forward{}}
	if o.every < time.Second {
		return nil, &breach.Refusal{Key: "cmd.serve.checkpoint"}
	}
	if _, err := w.targets("any"); err != nil {
		return nil, err
	}
	_, err := w.outlets("any")
	if err != nil {
		return nil, err
	}
	w.mails, err = o.mail.open()
	return w, err
}

// targets are where the checkpoints of a tenant go. A folder holds a file for
// each tenant.
func (w *chores) targets(id auth.TenantID) ([]casework.Target, error) {
	var all []casework.Target
	for _, text := range w.witnesses {
		if !strings.Contains(text, "://") {
			if info, err := os.Stat(text); err != nil || !info.IsDir() {
				return nil, &breach.Refusal{Key: "cmd.serve.checkpoint", Err: err}
			}
			text = filepath.Join(text, string(id)+".txt")
		}
		t, err := casework.ParseTarget(text, w.private)
		if err != nil {
			return nil, &breach.Refusal{Key: "cmd.serve.checkpoint", Err: err}
		}
		all = append(all, t)
	}
	return all, nil
}

// begin begins what is done for a tenant, until the context ends.
func (w *chores) begin(ctx context.Context, id auth.TenantID, s *store.Store) {
	targets, err := w.targets(id)
	if err != nil {
		w.tell(id, "checkpoint", "", err)
	}
	if w.mails != nil {
		w.busy.Go(func() { w.sendAlerts(ctx, id, s) })
		targets = append(targets, casework.Target{Name: "mail", Every: time.Hour, Put: func(ctx context.Context, signed []byte) error {
			return s.MailCheckpoint(ctx, signed, w.now().Wall)
		}})
	}
	w.forwardJournal(ctx, id, s)
	w.busy.Go(func() { w.watchClocks(ctx, id, s) })
	w.busy.Go(func() { w.sendWebhooks(ctx, id, s) })
	if len(targets) > 0 {
		w.busy.Go(func() {
			casework.Checkpoints(ctx, s, w.every, w.now, targets, func(target string, err error) { w.tell(id, "checkpoint", target, err) })
		})
	}
}

// tell writes into the log what went wrong.
func (w *chores) tell(id auth.TenantID, what, target string, err error) {
	w.log.Error(what+" failed", "tenant", id, "target", target, "error", err.Error())
}

// watchClocks looks what runs out, until the context ends.
func (w *chores) watchClocks(ctx context.Context, id auth.TenantID, s *store.Store) {
	c := casework.Clocks{Store: s, Tenant: id, Now: w.now}
	tick := time.NewTicker(betweenRounds)
	defer tick.Stop()
	for {
		if _, err := c.Round(ctx); err != nil && ctx.Err() == nil {
			w.tell(id, "clocks", "", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
