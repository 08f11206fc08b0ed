package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// Keys keeps the wrapped keys of a data folder: the tenants' under the master
// key, the cases' under their tenant's. They lie in a small database of their
// own, keys.db, so that backups of it can be thrown away long before those of
// the data: what opens a case that was destroyed must be gone from them first.
type Keys struct {
	database
	path   string
	master seal.Key
	from   string
	member seal.Key // the private half of whoever works here; zero for nobody's
}

const (
	keysFile = "keys.db"

	// One row a key. There is nothing else, and nothing to migrate to.
	keysSchema = `CREATE TABLE IF NOT EXISTS signers ( -- of the tenants' journals
		tenant TEXT  NOT NULL PRIMARY KEY,
		public TEXT  NOT NULL,
		data   BYTEA NOT NULL -- the private half, under the tenant's key
	);
	CREATE TABLE IF NOT EXISTS recovery (
		id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
		public  BYTEA  NOT NULL,
		wrap    BYTEA  NOT NULL, -- the master key, to whoever has the private half
		made_at BIGINT NOT NULL
	);
	CREATE TABLE IF NOT EXISTS members ( -- who keys of cases in secret mode can be wrapped to
		tenant  TEXT   NOT NULL,
		member  TEXT   NOT NULL,
		public  BYTEA  NOT NULL,
		made_at BIGINT NOT NULL,
		PRIMARY KEY (tenant, member)
	);
	CREATE TABLE IF NOT EXISTS secrets ( -- keys of cases in secret mode, one row for each member and key
		tenant     TEXT   NOT NULL,
		case_id    TEXT   NOT NULL,
		generation BIGINT NOT NULL,
		member     TEXT   NOT NULL,
		wrap       BYTEA  NOT NULL,
		PRIMARY KEY (tenant, case_id, generation, member)
	);
	CREATE TABLE IF NOT EXISTS wraps (
		tenant     TEXT   NOT NULL,
		case_id    TEXT   NOT NULL, -- "" for the tenant's own key
		generation BIGINT NOT NULL,
		under      TEXT   NOT NULL, -- the mark of the master key; "" for a case's key, which the tenant's wraps
		wrap       BYTEA  NOT NULL,
		PRIMARY KEY (tenant, case_id, generation))`
)

// OpenKeys opens the keys of a data folder, or makes them. From says where the
// master key comes from, for whoever has to look for another.
func OpenKeys(ctx context.Context, dir string, master seal.Key, from string) (*Keys, error) {
	if master.IsZero() {
		return nil, &breach.Refusal{Key: "refusal.no-key", Args: map[string]any{"Data": dir}}
	}
	k, err := openKeysFile(ctx, filepath.Join(dir, keysFile))
	if err != nil {
		return nil, err
	}
	k.master, k.from = master, from
	return k, nil
}

func openKeysFile(ctx context.Context, path string) (*Keys, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open keys: %w", explain(err))
	}
	_ = f.Close()
	// What is deleted is overwritten, in the file and in its journal.
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+
		"?_pragma=busy_timeout(20000)&_pragma=journal_mode(DELETE)&_pragma=synchronous(EXTRA)&_pragma=secure_delete(1)&_txlock=immediate")
	if err == nil {
		db.SetMaxOpenConns(1)
		_, err = db.ExecContext(ctx, keysSchema)
	}
	if err != nil {
		return nil, fmt.Errorf("open keys: %w", explain(err))
	}
	return &Keys{database: database{db: db}, path: path}, nil
}

// Close lets go of the database. The master key is the caller's.
func (k *Keys) Close() error { return k.db.Close() }

// Tenant gives a tenant's key. Where there is none it makes one, if fresh says
// that nothing was sealed under another before.
func (k *Keys) Tenant(ctx context.Context, t auth.TenantID, fresh bool) (seal.Key, error) {
	key, err := k.tenant(ctx, t)
	if !errors.Is(err, sql.ErrNoRows) {
		return key, err
	}
	if !fresh {
		return seal.Key{}, &breach.Refusal{Key: "refusal.keys-lost", Args: map[string]any{"Path": k.path}}
	}
	key = seal.NewKey()
	wrap, err := seal.Wrap(k.master, tenantWrap(t), key)
	if err != nil {
		return seal.Key{}, err
	}
	_, err = k.db.ExecContext(ctx, `INSERT INTO wraps (tenant, case_id, generation, under, wrap) VALUES ($1, '', 1, $2, $3)
		ON CONFLICT DO NOTHING`, t, Mark(k.master), wrap)
	if err != nil {
		return seal.Key{}, fmt.Errorf("keep the tenant's key: %w", explain(err))
	}
	return k.tenant(ctx, t) // another process may have been first
}

func (k *Keys) tenant(ctx context.Context, t auth.TenantID) (key seal.Key, err error) {
	err = k.tx(ctx, func(tx *sql.Tx) error {
		key, err = k.tenantIn(ctx, tx, t)
		return err
	})
	return key, err
}

func (k *Keys) tenantIn(ctx context.Context, tx *sql.Tx, t auth.TenantID) (seal.Key, error) {
	var under string
	var wrap []byte
	err := tx.QueryRowContext(ctx, `SELECT under, wrap FROM wraps WHERE tenant = $1 AND case_id = '' AND generation = 1`, t).Scan(&under, &wrap)
	if err != nil {
		return seal.Key{}, fmt.Errorf("find the tenant's key: %w", explain(err))
	}
	key, err := seal.Unwrap(k.master, tenantWrap(t), wrap)
	if errors.Is(err, seal.ErrForged) {
		return seal.Key{}, &breach.Refusal{Key: "refusal.wrong-key", Err: err,
			Args: map[string]any{"Asked": under, "Given": Mark(k.master), "From": k.from}}
	}
	return key, err
}

// NewCase makes a case's key.
func (k *Keys) NewCase(ctx context.Context, t auth.TenantID, tenant seal.Key, id CaseID) error {
	key := seal.NewKey()
	defer key.Destroy()
	return k.keepCase(ctx, t, tenant, id, seal.Ring{1: key})
}

// keepCase wraps a case's keys under the tenant's, which has to be the one that
// is kept: another process may have put a new one in its place.
func (k *Keys) keepCase(ctx context.Context, t auth.TenantID, tenant seal.Key, id CaseID, ring seal.Ring) error {
	err := k.tx(ctx, func(tx *sql.Tx) error {
		kept, err := k.tenantIn(ctx, tx, t)
		if err == nil && !kept.Equal(tenant) {
			err = &breach.Refusal{Key: "refusal.key-rotated"}
		}
		if err != nil {
			return err
		}
		defer kept.Destroy()
		for generation, key := range ring {
			wrap, err := seal.Wrap(tenant, caseWrap(t, id, generation), key)
			if err == nil {
				_, err = tx.ExecContext(ctx, `INSERT INTO wraps (tenant, case_id, generation, under, wrap) VALUES ($1, $2, $3, '', $4)
					ON CONFLICT (tenant, case_id, generation) DO UPDATE SET wrap = excluded.wrap`, t, id, generation, wrap)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep the case's key: %w", err)
	}
	return nil
}

// Case gives a case's keys. A Refusal says that they are gone, and the case
// with them.
func (k *Keys) Case(ctx context.Context, t auth.TenantID, tenant seal.Key, id CaseID) (seal.Ring, error) {
	ring, err := k.ring(ctx, func(g seal.Generation, wrap []byte) (seal.Key, error) {
		return seal.Unwrap(tenant, caseWrap(t, id, g), wrap)
	},
		`SELECT generation, wrap FROM wraps WHERE tenant = $1 AND case_id = $2`, t, id)
	if err == nil && len(ring) == 0 {
		return k.secretRing(ctx, t, id)
	}
	return ring, err
}

// ring opens the keys of all generations that a query finds wrapped.
func (k *Keys) ring(ctx context.Context, unwrap func(seal.Generation, []byte) (seal.Key, error), query string, args ...any) (seal.Ring, error) {
	rows, err := k.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find the case's key: %w", explain(err))
	}
	defer rows.Close()
	ring := seal.Ring{}
	for rows.Next() {
		var generation seal.Generation
		var wrap []byte
		if err := rows.Scan(&generation, &wrap); err != nil {
			return nil, fmt.Errorf("find the case's key: %w", err)
		}
		if ring[generation], err = unwrap(generation, wrap); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("find the case's key: %w", explain(err))
	}
	return ring, nil
}

// Mark tells a master key from others, and says nothing of it: eight hexadecimal
// digits.
func Mark(master seal.Key) string {
	blind, err := seal.NewBlind(master)
	if err != nil {
		return ""
	}
	of := blind.Of("master key", breach.Hide("mark"))
	return hex.EncodeToString(of[:4])
}

func tenantWrap(t auth.TenantID) seal.Where {
	return seal.Where{Tenant: string(t), Table: "tenant key", Version: 1}
}

func caseWrap(t auth.TenantID, id CaseID, g seal.Generation) seal.Where {
	return seal.Where{Tenant: string(t), Case: string(id), Table: "case key", Version: uint64(g)}
}
