package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/klarlagt/klarlagt/breach"
)

// sqliteFile is the database in a tenant's folder.
const sqliteFile = "klarlagt.db"

func openSQLite(_ context.Context, c Config) (*sql.DB, dialect, error) {
	return openSQLiteFile(c.tenantDir(), sqliteFile)
}

// openSQLiteFile opens one database file of a folder.
func openSQLiteFile(dir, file string) (*sql.DB, dialect, error) {
	// SQLite gives its journals the mode of the database.
	path := filepath.Join(dir, file)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, dialect{}, err
	}
	_ = f.Close()
	// What is sorted on the way stays in memory: a file for it would lie outside the
	// data folder, where a server that is fenced may not write.
	// Transactions take the write lock at once, so that two writers queue
	// instead of failing half-way.
	name := "file:" + filepath.ToSlash(path) +
		"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-8000)&_txlock=immediate"
	connector, err := newPreparing(name)
	if err != nil {
		return nil, dialect{}, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4)
	return db, dialect{
		goose:  goose.DialectSQLite3,
		tables: `SELECT name FROM sqlite_master WHERE type = 'table'`,
		lock: func(_ context.Context, name string, wait bool) (func() error, error) {
			return lockPath(filepath.Join(dir, filepath.FromSlash(name)), wait)
		},
		before: func(ctx context.Context, db *sql.DB, version int64) (string, error) {
			return backUp(ctx, db, filepath.Join(dir, fmt.Sprintf("%s-before-%04d.db", strings.TrimSuffix(file, ".db"), version+1)))
		},
		after:   dropBackup,
		compact: compactSQLite,
	}, nil
}

// backUp writes a copy of the database that is whole and on the disk.
func backUp(ctx context.Context, db *sql.DB, path string) (string, error) {
	if err := removeOld(path); err != nil { // of a migration that failed
		return "", err
	}
	// Made here for its owner alone; SQLite takes an empty file for a new one.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		_ = os.Remove(path)
		return "", err
	}
	return path, errors.Join(f.Sync(), syncDir(filepath.Dir(path)))
}

// dropBackup removes the copy once the new database is seen to be whole: it is
// personal data that nothing would destroy with its case.
func dropBackup(ctx context.Context, db *sql.DB, backup string) error {
	if backup == "" {
		return nil
	}
	if err := sound(ctx, db); err != nil {
		return err
	}
	return removeOld(backup)
}

// sound reads a database through: whether the file is whole, and its rows point
// to rows.
func sound(ctx context.Context, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return err
	}
	var dangling int64
	if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM pragma_foreign_key_check`).Scan(&dangling); err != nil {
		return err
	}
	if verdict != "ok" || dangling != 0 {
		return fmt.Errorf("%d rows point nowhere, or the file is damaged", dangling)
	}
	return nil
}

func removeOld(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// compactSQLite leaves nothing of what was deleted in the file, nor in the
// journal beside it.
func compactSQLite(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, text := range []string{`PRAGMA secure_delete = ON`, `VACUUM`} {
		if err := exec(ctx, conn, text); err != nil {
			return err
		}
	}
	var busy, pages, moved int
	if err := conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return &breach.Refusal{Key: "refusal.database-busy"}
	}
	return exec(ctx, conn, `PRAGMA secure_delete = OFF`)
}
