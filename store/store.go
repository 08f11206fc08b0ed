// Package store keeps a case: all SQL of the product, and the part files that
// lie beside the database.
//
// A data folder holds keys.db, see [Keys], and for each tenant a folder
// tenants/<tenant>: in it, for each case, a folder cases/<id> with the findings
// (findings-NNNNNN.part), the links of people to places (links-NNNNNN.part) and
// the keyed index of the registers. The database is klarlagt.db in the tenant's
// folder, or a schema on a PostgreSQL server. Whatever says something of
// somebody is sealed under the key of its case, in files and in the database;
// files are made for the owner alone.
package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/seal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config says where a store lies.
type Config struct {
	Dir      string // the data folder
	Postgres string // a URL or key=value settings, as libpq has them; "" for SQLite in the data folder
	Schema   string // on PostgreSQL; "" for the search_path of Postgres, or else "klarlagt"

	Tenant  auth.TenantID // "" for Local
	Key     seal.Key      // the master key
	KeyFrom string        // where that comes from, for whoever has to look for another
	Member  seal.Key      // the private key of whoever works here, for cases in secret mode; zero for none
}

// Local is the tenant of the command line.
const Local auth.TenantID = "local"

// tenant is whose the store is.
func (c Config) tenant() auth.TenantID {
	if c.Tenant == "" {
		return Local
	}
	return c.Tenant
}

// tenantDir is the folder of all that is the tenant's.
func (c Config) tenantDir() string { return filepath.Join(c.Dir, "tenants", string(c.tenant())) }

// Store is an open data folder with its database. It is safe for use by many
// goroutines, and several processes may have the same store open.
type Store struct {
	database
	dir  string
	home string // the tenant's folder

	tenant    auth.TenantID
	keys      *Keys
	tenantKey seal.Key

	mu          sync.Mutex
	cases       map[CaseID]*caseKeys // opened so far
	keysVersion int64                // of keys.db when they were

	asking  asking
	counted dispatchCounts
	kept    keptIndexes
}

// Open opens a store, makes it if it is not there, and brings its database up
// to date.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("bring database up to date: %w", explain(err))
	}
	if err := s.unlock(ctx, c); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// unlock opens the tenant's key.
func (s *Store) unlock(ctx context.Context, c Config) (err error) {
	var some bool
	if err := s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM cases)`).Scan(&some); err != nil {
		return fmt.Errorf("open database: %w", explain(err))
	}
	if s.keys, err = OpenKeys(ctx, c.Dir, c.Key, c.KeyFrom); err != nil {
		return err
	}
	s.keys.member = c.Member
	s.tenantKey, err = s.keys.Tenant(ctx, s.tenant, !some)
	return err
}

// connect opens a store as it is.
func connect(ctx context.Context, c Config) (*Store, error) {
	if !tenantName.MatchString(string(c.tenant())) {
		return nil, fmt.Errorf("open data folder: %q names no tenant", c.tenant())
	}
	if err := os.MkdirAll(filepath.Join(c.tenantDir(), "cases"), 0o700); err != nil {
		return nil, fmt.Errorf("open data folder: %w", explain(err))
	}
	open := openSQLite
	if c.Postgres != "" {
		open = openPostgres
	}
	db, d, err := open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", explain(err))
	}
	return &Store{database: database{db, d, newLine()}, dir: c.Dir, home: c.tenantDir(), tenant: c.tenant(), cases: map[CaseID]*caseKeys{}}, nil
}

// tenantName is what may name a tenant: it goes into paths as it is.
var tenantName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// Close closes the database and forgets the keys. Nothing of the store may be
// in use any more.
func (s *Store) Close() error {
	s.forgetKeys()
	if s.keys == nil {
		return s.db.Close()
	}
	return errors.Join(s.db.Close(), s.keys.Close())
}

// Dir is the data folder.
func (s *Store) Dir() string { return s.dir }
