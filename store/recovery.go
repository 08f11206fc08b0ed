package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// KeyState is what keys.db says of one key; none of it is secret.
type KeyState struct {
	Tenant      auth.TenantID
	Case        CaseID // "" for the tenant's own
	Generations int
	Opens       bool // with the keys that are given
	Members     int  // whom a case in secret mode is wrapped to; 0 for others
}

// KeyStates is what there is in keys.db.
type KeyStates struct {
	Master   string // its mark
	From     string // where it comes from
	Keys     []KeyState
	Recovery time.Time // when the recovery key was made; zero where there is none
}

// KeyStates lists the keys of all tenants, and tries each.
func (s *Store) KeyStates(ctx context.Context, g auth.Grant) (KeyStates, error) {
	if err := s.allow(g, auth.ManageKeys); err != nil {
		return KeyStates{}, err
	}
	all := KeyStates{Master: Mark(s.keys.master), From: s.keys.from}
	err := s.keys.tx(ctx, func(tx *sql.Tx) error {
		rows, err := wrapsOf(ctx, tx, `SELECT tenant, case_id, generation, wrap FROM wraps ORDER BY tenant, case_id, generation`)
		if err != nil {
			return err
		}
		var tenant seal.Key
		for _, w := range rows {
			if w.id == "" {
				if tenant, err = seal.Unwrap(s.keys.master, tenantWrap(w.tenant), w.wrap); err != nil && !errors.Is(err, seal.ErrForged) {
					return err
				}
				all.Keys = append(all.Keys, KeyState{Tenant: w.tenant, Generations: 1, Opens: err == nil})
				continue
			}
			_, err := seal.Unwrap(tenant, caseWrap(w.tenant, w.id, w.generation), w.wrap)
			if last := len(all.Keys) - 1; last >= 0 && all.Keys[last].Case == w.id && all.Keys[last].Tenant == w.tenant {
				all.Keys[last].Generations++
				all.Keys[last].Opens = all.Keys[last].Opens && err == nil
				continue
			}
			all.Keys = append(all.Keys, KeyState{Tenant: w.tenant, Case: w.id, Generations: 1, Opens: err == nil})
		}
		if err := s.keys.secretStates(ctx, tx, &all); err != nil {
			return err
		}
		var at int64
		err = tx.QueryRowContext(ctx, `SELECT made_at FROM recovery WHERE id = 1`).Scan(&at)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		all.Recovery = time.UnixMicro(at).UTC()
		return err
	})
	if err != nil {
		return KeyStates{}, fmt.Errorf("list keys: %w", err)
	}
	return all, nil
}

func recoveryWrap() seal.Where { return seal.Where{Table: "recovery", Row: "1", Version: 1} }

// SetRecovery wraps the master key to the public half of a recovery key. An
// earlier one opens nothing from then on.
func (s *Store) SetRecovery(ctx context.Context, g auth.Grant, public []byte) error {
	if err := s.allow(g, auth.ManageKeys); err != nil {
		return err
	}
	wrap, err := seal.WrapTo(public, recoveryWrap(), s.keys.master)
	if err == nil {
		err = s.keys.overwriting(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO recovery (id, public, wrap, made_at) VALUES (1, $1, $2, $3)
				ON CONFLICT (id) DO UPDATE SET public = excluded.public, wrap = excluded.wrap, made_at = excluded.made_at`,
				public, wrap, g.Asked().Wall.UnixMicro())
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("keep the recovery key: %w", err)
	}
	return s.note(ctx, g, "recovery:made")
}

func rewrapRecovery(ctx context.Context, tx *sql.Tx, to seal.Key) error {
	var public []byte
	err := tx.QueryRowContext(ctx, `SELECT public FROM recovery WHERE id = 1`).Scan(&public)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	wrap, err := seal.WrapTo(public, recoveryWrap(), to)
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE recovery SET wrap = $1 WHERE id = 1`, wrap)
	}
	return err
}

// RecoverMaster opens the master key of a data folder with its recovery key.
func RecoverMaster(ctx context.Context, dir string, private seal.Key) (seal.Key, error) {
	path := filepath.Join(dir, keysFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return seal.Key{}, &breach.Refusal{Key: "refusal.keys-lost", Args: map[string]any{"Path": path}}
	}
	k, err := openKeysFile(ctx, path)
	if err != nil {
		return seal.Key{}, err
	}
	defer k.Close()
	var wrap []byte
	err = k.db.QueryRowContext(ctx, `SELECT wrap FROM recovery WHERE id = 1`).Scan(&wrap)
	if errors.Is(err, sql.ErrNoRows) {
		return seal.Key{}, &breach.Refusal{Key: "refusal.no-recovery", Args: map[string]any{"Path": path}}
	}
	if err != nil {
		return seal.Key{}, fmt.Errorf("recover the master key: %w", explain(err))
	}
	master, err := seal.UnwrapAs(private, recoveryWrap(), wrap)
	if errors.Is(err, seal.ErrForged) {
		return seal.Key{}, &breach.Refusal{Key: "refusal.other-recovery", Err: err}
	}
	return master, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
