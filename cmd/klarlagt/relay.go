package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// relayFlags name the mail server that mails are handed to.
type relayFlags struct {
	server, from, password string
}

func (r *relayFlags) flags(c *cobra.Command, a *app) {
	c.Flags().StringVar(&r.server, "mail-relay", "", a.t("cmd.relay.flag.server"))
	c.Flags().StringVar(&r.from, "mail-from", "", a.t("cmd.relay.flag.from"))
	c.Flags().StringVar(&r.password, "mail-password", "", a.t("cmd.relay.flag.password"))
}

// outbox is where alerts go out.
type outbox struct {
	relay casework.Relay
	from  string
}

// open gives where mails go; nil where no server was named.
func (r relayFlags) open() (*outbox, error) {
	if r.server == "" {
		return nil, nil
	}
	from, err := casework.ParseSender(r.from)
	if err != nil {
		return nil, err
	}
	relay, err := casework.ParseRelay(r.server, r.password)
	if err != nil {
		return nil, err
	}
	return &outbox{relay, from}, nil
}

// betweenRounds is how long an alert waits at most before it is tried first.
const betweenRounds = 20 * time.Second

// sendAlerts hands over what waits in a tenant's outbox, until the context ends.
func (w *chores) sendAlerts(ctx context.Context, id auth.TenantID, s *store.Store) {
	tick := time.NewTicker(betweenRounds)
	defer tick.Stop()
	for {
		sent, err := casework.SendAlerts(ctx, s, w.mails.relay, w.mails.from, time.Now)
		if err != nil && ctx.Err() == nil {
			w.tell(id, "alerts", "", err)
		}
		if sent != (casework.Sent{}) {
			w.log.Info("alerts", "tenant", id, "handed", sent.Handed, "refused", sent.Refused, "later", sent.Later)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
