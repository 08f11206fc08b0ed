package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// house is the control database and the stores that were opened so far.
type house struct {
	a       *app
	dir     string
	master  seal.Key
	from    string
	control *store.Control
	mu      sync.Mutex
	stores  map[auth.TenantID]*store.Store
	opened  func(auth.TenantID, *store.Store) // what is begun with each tenant; nil: nothing
}

// openHouse opens the control database, and what it needs to open tenants.
func (a *app) openHouse(ctx context.Context) (*house, error) {
	dir, err := a.dataDir()
	if err != nil {
		return nil, err
	}
	h := &house{a: a, dir: dir, stores: map[auth.TenantID]*store.Store{}}
	if h.master, h.from, err = a.masterKey(dir); err != nil {
		return nil, err
	}
	h.control, err = store.OpenControl(ctx, store.ControlConfig{Dir: dir, Postgres: a.database, Master: h.master})
	return h, err
}

func (h *house) close() {
	for _, s := range h.stores {
		_ = s.Close()
	}
	_ = h.control.Close()
}

// tenant gives the store of a tenant, opened when it is first asked for.
func (h *house) tenant(ctx context.Context, id auth.TenantID) (*store.Store, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.stores[id]; s != nil {
		return s, nil
	}
	c := store.Config{Dir: h.dir, Postgres: h.a.database, Tenant: id, Key: h.master, KeyFrom: h.from}
	if id != store.Local {
		c.Schema = "klarlagt_" + string(id)
	}
	s, err := store.Open(context.WithoutCancel(ctx), c)
	if err != nil {
		return nil, fmt.Errorf("open tenant: %w", err)
	}
	h.stores[id] = s
	if h.opened != nil {
		h.opened(id, s)
	}
	return s, nil
}

// openAll opens every tenant there is: what a stop left undone goes on.
func (h *house) openAll(ctx context.Context) error {
	tenants, err := h.control.Tenants(ctx)
	for _, id := range tenants {
		if err == nil {
			_, err = h.tenant(ctx, id)
		}
	}
	return err
}
