// Package store keeps a case: all SQL of the product, and the part files that
// lie beside the database.
//
// A data folder holds, for each case, a folder cases/<id> with the findings
// (findings-NNNNNN.parquet), the links of people to places
// (links-NNNNNN.parquet) and the keyed index of the registers. The database is
// klarlagt.db in the same folder, or a schema on a PostgreSQL server. All of it
// is personal data: files are made for the owner alone.
package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config says where a store lies.
type Config struct {
	Dir      string // the data folder
	Postgres string // a URL or key=value settings, as libpq has them; "" for SQLite in the data folder
	Schema   string // on PostgreSQL; "" for the search_path of Postgres, or else "klarlagt"
}

// Store is an open data folder with its database. It is safe for use by many
// goroutines, and several processes may have the same store open.
type Store struct {
	db      *sql.DB
	dir     string
	dialect dialect
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
	return s, nil
}

// connect opens a store as it is.
func connect(ctx context.Context, c Config) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(c.Dir, "cases"), 0o700); err != nil {
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
	return &Store{db: db, dir: c.Dir, dialect: d}, nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Dir is the data folder.
func (s *Store) Dir() string { return s.dir }

// tx runs f in one transaction. Transactions that write stand in line on both
// databases, so that f need not fear what another does meanwhile, and is never
// run twice.
func (s *Store) tx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.begin(ctx)
	if err != nil {
		return explain(err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return explain(err)
	}
	return explain(tx.Commit())
}

// begin begins a transaction once no other writes.
func (s *Store) begin(ctx context.Context) (*sql.Tx, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil || s.dialect.queue == "" {
		return tx, err
	}
	if _, err := tx.ExecContext(ctx, s.dialect.queue); err != nil {
		_ = tx.Rollback()
		return nil, err
	}
	return tx, nil
}
