package main

import (
	"context"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// betweenHooks is how long a message to a webhook waits at most before it is tried
// first.
const betweenHooks = 5 * time.Second

// sendWebhooks hands over what waits for a tenant's webhooks, until the context
// ends.
func (w *chores) sendWebhooks(ctx context.Context, id auth.TenantID, s *store.Store) {
	tick := time.NewTicker(betweenHooks)
	defer tick.Stop()
	client := casework.HookClient(w.private)
	for {
		r, err := casework.SendWebhooks(ctx, s, client, time.Now)
		if err != nil && ctx.Err() == nil {
			w.tell(id, "webhooks", "", err)
		}
		if r != (casework.WebhookRound{}) {
			w.log.Info("webhooks", "tenant", id, "sent", r.Sent, "later", r.Later, "dead", r.Dead)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
