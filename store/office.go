package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// officeKey names, among the keys of cases, that of the tenant's office: what
// belongs to no case, or has to be read when its case is closed, is sealed under
// it. It is no case's id, which are hexadecimal.
const officeKey CaseID = "office"

// office gives the office's key, and makes it where nothing was ever sealed
// under one.
func (s *Store) office(ctx context.Context, q rower) (*caseKeys, error) {
	k, err := s.keysOf(ctx, officeKey)
	if !isLost(err) {
		return k, err
	}
	var some bool
	if wrong := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM approvals) OR EXISTS (SELECT 1 FROM glasses)
		OR EXISTS (SELECT 1 FROM offices) OR EXISTS (SELECT 1 FROM alerts)`).Scan(&some); wrong != nil {
		return nil, wrong
	}
	if some {
		return nil, s.officeLost()
	}
	if err := s.keys.newOffice(ctx, s.tenant, s.tenantKey); err != nil {
		return nil, err
	}
	return s.keysOf(ctx, officeKey)
}

// officeOf gives the office's key, for what was sealed under it.
func (s *Store) officeOf(ctx context.Context) (*caseKeys, error) {
	k, err := s.keysOf(ctx, officeKey)
	if isLost(err) {
		err = s.officeLost()
	}
	return k, err
}

func (s *Store) officeLost() error {
	return &breach.Refusal{Key: "refusal.office-key-lost", Args: map[string]any{"Path": s.keys.path}}
}

// newOffice makes the office's key, unless another process has meanwhile.
func (k *Keys) newOffice(ctx context.Context, t auth.TenantID, tenant seal.Key) error {
	key := seal.NewKey()
	defer key.Destroy()
	err := k.tx(ctx, func(tx *sql.Tx) error {
		kept, err := k.tenantIn(ctx, tx, t)
		if err == nil && !kept.Equal(tenant) {
			err = &breach.Refusal{Key: "refusal.key-rotated"}
		}
		if err != nil {
			return err
		}
		defer kept.Destroy()
		wrap, err := seal.Wrap(tenant, caseWrap(t, officeKey, 1), key)
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO wraps (tenant, case_id, generation, under, wrap) VALUES ($1, $2, 1, '', $3) ON CONFLICT DO NOTHING`, t, officeKey, wrap)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("make the office's key: %w", err)
	}
	return nil
}

// isLost reports whether a key is gone for good.
func isLost(err error) bool {
	var refusal *breach.Refusal
	return errors.As(err, &refusal) && refusal.Key == "refusal.case-key-lost"
}

// What somebody can be named for.
const (
	bearersOffice  = "bearers"  // of the tenant: who may break the glass
	watchersOffice = "watchers" // of the tenant: who is told
	readersOffice  = "readers"  // of a case: who may see protected identities
)

func officeAt(id auth.CaseID, name string, version int64) cell {
	return cell{table: "offices", row: rowKey(id, name), version: version}
}

// named reads who is named for something; false for nobody.
func (s *Store) named(ctx context.Context, q rower, id auth.CaseID, name string, into any) (bool, error) {
	var version int64
	var data []byte
	err := q.QueryRowContext(ctx, `SELECT version, data FROM offices WHERE case_id = $1 AND name = $2`, plain(string(id)), name).Scan(&version, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	k, err := s.office(ctx, q)
	if err == nil {
		data, err = k.open(officeAt(id, name, version), data)
	}
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	return err == nil, err
}

// name writes who is named for something.
func (s *Store) name(ctx context.Context, tx *sql.Tx, id auth.CaseID, name string, value any) error {
	k, err := s.office(ctx, tx)
	if err != nil {
		return err
	}
	var version int64
	data, err := json.Marshal(value)
	if err == nil {
		err = tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM offices WHERE case_id = $1 AND name = $2`, id, name).Scan(&version)
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO offices (case_id, name, version, data) VALUES ($1, $2, $3, $4)
			ON CONFLICT (case_id, name) DO UPDATE SET version = excluded.version, data = excluded.data`, id, name, version, k.seal(officeAt(id, name, version), data))
	}
	return err
}
