package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// RotateMaster wraps everything that the master key wraps under another. It may
// be stopped anywhere and called again with the same two keys: what was done is
// found done. Until it is, both have to be kept.
func (k *Keys) RotateMaster(ctx context.Context, to seal.Key) error {
	err := k.overwriting(ctx, func(tx *sql.Tx) error {
		tenants, err := wrapsOf(ctx, tx, `SELECT tenant, case_id, generation, wrap FROM wraps WHERE case_id = ''`)
		if err != nil {
			return err
		}
		for _, w := range tenants {
			wrap, err := rewrapOnce(k.master, to, tenantWrap(w.tenant), w.wrap)
			if err == nil {
				_, err = tx.ExecContext(ctx, `UPDATE wraps SET under = $1, wrap = $2 WHERE tenant = $3 AND case_id = ''`, Mark(to), wrap, w.tenant)
			}
			if errors.Is(err, seal.ErrForged) {
				return &breach.Refusal{Key: "refusal.wrong-key", Err: err, Args: map[string]any{"Asked": "?", "Given": Mark(k.master), "From": k.from}}
			}
			if err != nil {
				return err
			}
		}
		return rewrapRecovery(ctx, tx, to)
	})
	if err != nil {
		return fmt.Errorf("rotate the master key: %w", err)
	}
	return nil
}

// rewrapOnce brings a wrap under another key, unless it is there already.
func rewrapOnce(from, to seal.Key, w seal.Where, wrap []byte) ([]byte, error) {
	if key, err := seal.Unwrap(to, w, wrap); err == nil {
		key.Destroy()
		return wrap, nil
	}
	return seal.Rewrap(from, to, w, wrap)
}

// RotateControl does for the control database what [Keys.RotateMaster] does for
// keys.db: c.Master is the key from before.
func RotateControl(ctx context.Context, c ControlConfig, to seal.Key) error {
	if c.Postgres == "" && !exists(filepath.Join(c.Dir, controlFile)) {
		return nil // there is no server
	}
	control, err := connectControl(ctx, c)
	if err != nil {
		return err
	}
	defer control.Close()
	err = control.tx(ctx, func(tx *sql.Tx) error {
		var wrap []byte
		err := tx.QueryRowContext(ctx, `SELECT wrap FROM control_keys WHERE generation = 1`).Scan(&wrap)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			wrap, err = rewrapOnce(c.Master, to, controlWrap(), wrap)
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE control_keys SET wrap = $1 WHERE generation = 1`, wrap)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("rotate the master key of the control database: %w", err)
	}
	return nil
}

// RotateTenant gives the tenant a new key, and wraps the keys of its cases and
// of its journal under it: in one transaction, or not at all. Other processes
// that have the store open have to be started anew before they can make cases.
func (s *Store) RotateTenant(ctx context.Context, g auth.Grant) error {
	if err := s.allow(g, auth.ManageKeys); err != nil {
		return err
	}
	fresh := seal.NewKey()
	err := s.keys.overwriting(ctx, func(tx *sql.Tx) error {
		old, err := s.keys.tenantIn(ctx, tx, s.tenant)
		if err != nil {
			return err
		}
		defer old.Destroy()
		wrap, err := seal.Wrap(s.keys.master, tenantWrap(s.tenant), fresh)
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE wraps SET wrap = $1, under = $2 WHERE tenant = $3 AND case_id = ''`, wrap, Mark(s.keys.master), s.tenant)
		}
		if err == nil {
			err = rewrapCases(ctx, tx, s.tenant, old, fresh)
		}
		if err == nil {
			err = resealSigner(ctx, tx, s.tenant, old, fresh)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("rotate the tenant's key: %w", err)
	}
	s.mu.Lock()
	s.tenantKey.Destroy()
	s.tenantKey = fresh
	s.mu.Unlock()
	return s.note(ctx, g, "rotated:tenant")
}

func rewrapCases(ctx context.Context, tx *sql.Tx, t auth.TenantID, old, fresh seal.Key) error {
	cases, err := wrapsOf(ctx, tx, `SELECT tenant, case_id, generation, wrap FROM wraps WHERE tenant = $1 AND case_id <> ''`, t)
	for _, w := range cases {
		wrap, err := seal.Rewrap(old, fresh, caseWrap(t, w.id, w.generation), w.wrap)
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE wraps SET wrap = $1 WHERE tenant = $2 AND case_id = $3 AND generation = $4`, wrap, t, w.id, w.generation)
		}
		if err != nil {
			return err
		}
	}
	return err
}

func resealSigner(ctx context.Context, tx *sql.Tx, t auth.TenantID, old, fresh seal.Key) error {
	var sealed []byte
	err := tx.QueryRowContext(ctx, `SELECT data FROM signers WHERE tenant = $1`, t).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	private, err := privateSigner(t, old, sealed)
	if err == nil {
		sealed, err = sealSigner(t, fresh, private)
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE signers SET data = $1 WHERE tenant = $2`, sealed, t)
	}
	return err
}

// RotateCase adds a key to those of a case: what is written from then on is
// sealed under it. What was sealed before stays under the key it was sealed
// with, which is kept.
func (s *Store) RotateCase(ctx context.Context, g auth.Grant, id CaseID, now time.Time) (seal.Generation, error) {
	if err := s.allow(g, auth.ManageKeys); err != nil {
		return 0, err
	}
	k, err := s.keysOf(ctx, id)
	if err != nil {
		return 0, err
	}
	lock, err := s.lock(ctx, k, "keys rotate", now)
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	ring, err := k.next()
	if err != nil {
		return 0, err
	}
	if err := s.keepRing(ctx, id, ring); err != nil {
		return 0, err
	}
	next := ring.Newest()
	s.forget(id)
	return next, s.note(ctx, g, fmt.Sprintf("rotated:%s,generation=%d", id, next))
}

// keepRing keeps all keys of a case: wrapped to its members where it is in secret
// mode, or else under the tenant's key.
func (s *Store) keepRing(ctx context.Context, id CaseID, ring seal.Ring) error {
	members, err := s.keys.secretMembers(ctx, s.tenant, id)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return s.keys.keepCase(ctx, s.tenant, s.tenantKey, id, ring)
	}
	return s.keys.keepSecret(ctx, s.tenant, id, ring, members)
}

// forget has the keys of a case read anew. They are not destroyed: somebody may
// be using them.
func (s *Store) forget(id CaseID) {
	s.mu.Lock()
	delete(s.cases, id)
	s.mu.Unlock()
}

// wrapRow is one row of keys.db.
type wrapRow struct {
	tenant     auth.TenantID
	id         CaseID
	generation seal.Generation
	wrap       []byte
}

func wrapsOf(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]wrapRow, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []wrapRow
	for rows.Next() {
		var w wrapRow
		if err := rows.Scan(&w.tenant, &w.id, &w.generation, &w.wrap); err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, rows.Err()
}
