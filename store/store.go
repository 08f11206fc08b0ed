// Package store keeps a case: all SQL of the product, and the part files that
// lie beside the database.
//
// A data folder holds klarlagt.db and, for each case, a folder cases/<id> with
// the findings (findings-NNNNNN.parquet), the links of people to places
// (links-NNNNNN.parquet) and the keyed index of the registers. All of it is
// personal data: files are made for the owner alone.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the database/sql driver "sqlite"

	"github.com/klarlagt/klarlagt/breach"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is an open data folder. It is safe for use by many goroutines, and
// several processes may have the same folder open.
type Store struct {
	db  *sql.DB
	dir string
}

// Open opens the data folder, makes it if it is not there, and brings its
// database up to date.
func Open(ctx context.Context, dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "cases"), 0o700); err != nil {
		return nil, fmt.Errorf("open data folder: %w", explain(err))
	}
	// SQLite gives its journals the mode of the database.
	path := filepath.Join(dir, "klarlagt.db")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", explain(err))
	}
	_ = f.Close()
	// Transactions take the write lock at once, so that two writers queue
	// instead of failing half-way.
	name := "file:" + filepath.ToSlash(path) +
		"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=cache_size(-8000)&_txlock=immediate"
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(4)
	s := &Store{db: db, dir: dir}
	if err := s.migrate(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("bring database up to date: %w", explain(err))
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Dir is the data folder.
func (s *Store) Dir() string { return s.dir }

func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.db, files, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// tx runs f in one transaction.
func (s *Store) tx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return explain(err)
	}
	return explain(tx.Commit())
}

// explain turns what the user can mend into a Refusal: a full disk, a folder
// that may not be written.
func explain(err error) error {
	var refusal *breach.Refusal
	switch {
	case err == nil || errors.As(err, &refusal):
		return err
	case errors.Is(err, syscall.ENOSPC), strings.Contains(err.Error(), "(13)"): // SQLITE_FULL
		return &breach.Refusal{Key: "refusal.disk-full", Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &breach.Refusal{Key: "refusal.data-permission", Err: err}
	}
	return err
}
