package main

import (
	"context"
	"log/slog"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// ways reads --channels FILE and --channels TENANT=FILE: on which ways the server
// hands notices over for an organisation.
func (o serving) ways() (map[auth.TenantID]casework.Channels, error) {
	all := map[auth.TenantID]casework.Channels{}
	for _, text := range o.channels {
		tenant, path, named := strings.Cut(text, "=")
		if !named {
			tenant, path = string(store.Local), text
		}
		if _, twice := all[auth.TenantID(tenant)]; twice || tenant == "" {
			return nil, &breach.Refusal{Key: "cmd.serve.channels", Args: map[string]any{"Value": text}}
		}
		c, err := casework.ParseChannels(path)
		if err != nil {
			return nil, err
		}
		all[auth.TenantID(tenant)] = c
	}
	return all, nil
}

// newErrands readies what is done about notices beside requests.
func newErrands(o serving, now func() auth.Instant, logger *slog.Logger) (*casework.Errands, error) {
	ways, err := o.ways()
	if err != nil {
		return nil, err
	}
	return casework.NewErrands(casework.ErrandSettings{Channels: ways, Now: now, Tell: func(t auth.TenantID, id store.CaseID, err error) {
		logger.Error("errand failed", "tenant", t, "case", id, "error", err.Error())
	}}), nil
}

// goOn goes on with what the server was doing for a tenant when it ended.
func (w *chores) goOn(ctx context.Context, errands *casework.Errands, id auth.TenantID, s *store.Store) {
	if err := errands.Resume(ctx, s, id); err != nil {
		w.tell(id, "errand", "", err)
	}
}
