package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Webhook is an address that events of the tenant's cases are told to.
type Webhook struct {
	ID       string
	Address  breach.Personal // may hold a secret
	Secret   breach.Personal // "whsec_…", as Standard Webhooks write it
	Old      breach.Personal // the secret before, which signs too until OldUntil
	OldUntil time.Time
	Events   []Event // none: all
	MadeAt   time.Time
}

// webhookRow is a webhook as it is sealed.
type webhookRow struct {
	ID, Address, Secret, Old string
	OldUntil, MadeAt         time.Time
	Events                   []Event
}

// The bounds of webhooks: how many a tenant has, and how long the old of two
// secrets signs beside the new.
const (
	mostWebhooks = 20
	OldSecretFor = 24 * time.Hour
)

// webhooksOffice names what webhooks lie under, among the offices.
const webhooksOffice = "webhooks"

// newWebhookSecret makes a secret of 256 bits; the standard asks for 192 to 512.
func newWebhookSecret() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand
	return "whsec_" + base64.StdEncoding.EncodeToString(raw[:])
}

// Webhooks lists the tenant's webhooks in the order they were made.
func (s *Store) Webhooks(ctx context.Context, g auth.Grant) ([]Webhook, error) {
	if err := s.allow(g, auth.ManageHooks); err != nil {
		return nil, err
	}
	list, err := s.webhooks(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return list, nil
}

func (s *Store) webhooks(ctx context.Context, q rower) ([]Webhook, error) {
	var rows []webhookRow
	if _, err := s.named(ctx, q, "", webhooksOffice, &rows); err != nil {
		return nil, err
	}
	var list []Webhook
	for _, r := range rows {
		list = append(list, Webhook{r.ID, breach.Hide(r.Address), breach.Hide(r.Secret), breach.Hide(r.Old), r.OldUntil, r.Events, r.MadeAt})
	}
	return list, nil
}

// AddWebhook makes a webhook for events, or for all where none are named. The
// address is one of https, or of http where the server may reach its own machine.
func (s *Store) AddWebhook(ctx context.Context, g auth.Grant, address breach.Personal, events []Event, plain bool, now time.Time) (Webhook, error) {
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && !(plain && u.Scheme == "http") || len(address.Reveal()) > 1000 {
		return Webhook{}, &breach.Refusal{Key: "refusal.webhook-address"}
	}
	for _, e := range events {
		if !slices.Contains(Events(), e) {
			return Webhook{}, &breach.Refusal{Key: "refusal.webhook-event"}
		}
	}
	h := Webhook{ID: auth.NewID(), Address: address, Secret: breach.Hide(newWebhookSecret()), Events: events, MadeAt: now.UTC()}
	return h, s.changeWebhooks(ctx, g, "webhook:"+h.ID+",made", func(list []Webhook) ([]Webhook, error) {
		if len(list) >= mostWebhooks {
			return nil, &breach.Refusal{Key: "refusal.webhooks-many", Args: map[string]any{"Most": mostWebhooks}}
		}
		return append(list, h), nil
	})
}

// RotateWebhook gives a webhook a new secret. The old one signs beside it for
// [OldSecretFor].
func (s *Store) RotateWebhook(ctx context.Context, g auth.Grant, id string, now time.Time) (h Webhook, err error) {
	return h, s.changeWebhooks(ctx, g, "webhook:"+id+",rotated", func(list []Webhook) ([]Webhook, error) {
		i, err := webhookAt(list, id)
		if err != nil {
			return nil, err
		}
		list[i].Old, list[i].OldUntil, list[i].Secret = list[i].Secret, now.Add(OldSecretFor).UTC(), breach.Hide(newWebhookSecret())
		h = list[i]
		return list, nil
	})
}

// EndWebhook ends a webhook, with what waits for it.
func (s *Store) EndWebhook(ctx context.Context, g auth.Grant, id string) error {
	return s.changeWebhooks(ctx, g, "webhook:"+id+",ended", func(list []Webhook) ([]Webhook, error) {
		i, err := webhookAt(list, id)
		if err != nil {
			return nil, err
		}
		return slices.Delete(list, i, i+1), nil
	})
}

// ErrNoWebhook is the answer to a webhook that is not there.
var ErrNoWebhook = &breach.Refusal{Key: "refusal.no-such-webhook"}

func webhookAt(list []Webhook, id string) (int, error) {
	i := slices.IndexFunc(list, func(h Webhook) bool { return h.ID == id })
	if i < 0 {
		return 0, ErrNoWebhook
	}
	return i, nil
}

func (s *Store) changeWebhooks(ctx context.Context, g auth.Grant, what string, f func([]Webhook) ([]Webhook, error)) error {
	if err := s.allow(g, auth.ManageHooks); err != nil {
		return err
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		list, err := s.webhooks(ctx, tx)
		if err == nil {
			list, err = f(list)
		}
		if err != nil {
			return err
		}
		rows, ids := []webhookRow{}, []any{}
		marks := "''"
		for _, h := range list {
			rows = append(rows, webhookRow{h.ID, h.Address.Reveal(), h.Secret.Reveal(), h.Old.Reveal(), h.OldUntil, h.MadeAt, h.Events})
			ids = append(ids, h.ID)
			marks += fmt.Sprintf(", $%d", len(ids))
		}
		err = s.name(ctx, tx, "", webhooksOffice, rows)
		if err == nil {
			// #nosec G202 -- texts of ours alone; values go as arguments
			_, err = tx.ExecContext(ctx, `DELETE FROM webhook_messages WHERE hook NOT IN (`+marks+`)`, ids...)
		}
		if err != nil {
			return err
		}
		return s.done(ctx, tx, g, nil, g.Asked(), what)
	})
	if err != nil {
		return fmt.Errorf("change webhooks: %w", err)
	}
	return nil
}
