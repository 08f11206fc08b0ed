package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
)

// Saved is what a copy of a tenant's database holds.
type Saved struct {
	Tables  []Copy
	Records int64 // of the journal
	Root    journal.Hash
}

// Back up what lies in the data folder: these names are part of the format of
// backups.
const (
	savedTenants = "tenants"
	savedControl = controlFile
)

// SaveTenant writes a copy of the tenant's database as a SQLite file into a
// folder laid out as a data folder is, and counts it.
func (s *Store) SaveTenant(ctx context.Context, g auth.Grant, to string, now time.Time) (Saved, error) {
	if err := s.allow(g, auth.Backup); err != nil {
		return Saved{}, err
	}
	if _, err := s.checkIdle(ctx, now); err != nil {
		return Saved{}, err
	}
	c := Config{Dir: to, Tenant: s.tenant}
	if err := os.MkdirAll(c.tenantDir(), 0o700); err != nil {
		return Saved{}, fmt.Errorf("save the database: %w", explain(err))
	}
	err := s.saveTo(ctx, c)
	if err != nil {
		return Saved{}, fmt.Errorf("save the database: %w", explain(err))
	}
	return CheckSaved(ctx, to, s.tenant)
}

func (s *Store) saveTo(ctx context.Context, c Config) (err error) {
	if s.dialect.snapshot == nil {
		_, err = backUp(ctx, s.db, filepath.Join(c.tenantDir(), sqliteFile))
		return err
	}
	target, err := connect(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	if err := target.migrate(ctx); err != nil {
		return err
	}
	read, err := s.db.BeginTx(ctx, s.dialect.snapshot)
	if err != nil {
		return err
	}
	defer func() { _ = read.Rollback() }() // it only reads
	return target.tx(ctx, func(write *sql.Tx) error {
		_, err := copyTables(ctx, read, write, func(string, int64) {})
		return err
	})
}

// CheckSaved reads a saved database through: the file, every row, and every
// record of the journal. It needs no key.
func CheckSaved(ctx context.Context, dir string, t auth.TenantID) (saved Saved, err error) {
	c := Config{Dir: dir, Tenant: t}
	if !exists(filepath.Join(c.tenantDir(), sqliteFile)) {
		return Saved{}, &breach.Refusal{Key: "refusal.no-database", Args: map[string]any{"Path": c.tenantDir()}}
	}
	s, err := connect(ctx, c)
	if err != nil {
		return Saved{}, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := sound(ctx, s.db); err != nil {
		return Saved{}, fmt.Errorf("check the saved database: %w", explain(err))
	}
	names, err := tableNames(ctx, s.db, s.dialect) // an older version has others
	if err == nil {
		saved.Tables, err = s.sums(ctx, names)
	}
	var report journal.Report
	if err == nil {
		report, err = journal.Verify(string(t), s.journalEntries(ctx))
	}
	if err != nil {
		return Saved{}, fmt.Errorf("check the saved database: %w", err)
	}
	saved.Records, saved.Root = report.Records, report.Root
	return saved, nil
}

func (s *Store) sums(ctx context.Context, names []string) (list []Copy, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		for _, table := range names {
			part := Copy{Table: table}
			if err := eachRow(ctx, tx, table, func(_ []string, row []any) error { return part.add(row) }); err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
			list = append(list, part)
		}
		return nil
	})
	return list, err
}

// SaveControl writes a copy of the control database as a SQLite file. It reports
// false where there is none.
func SaveControl(ctx context.Context, c ControlConfig, to string) (there bool, err error) {
	if c.Postgres == "" && !exists(filepath.Join(c.Dir, controlFile)) {
		return false, nil
	}
	from, err := connectControl(ctx, c)
	if err != nil {
		return false, err
	}
	defer from.Close()
	if from.dialect.snapshot == nil {
		_, err = backUp(ctx, from.db, filepath.Join(to, savedControl))
	} else {
		err = from.copyTo(ctx, ControlConfig{Dir: to})
	}
	if err != nil {
		return false, fmt.Errorf("save the control database: %w", explain(err))
	}
	return true, nil
}

// tableNames lists the tables of ours in a database, by name.
func tableNames(ctx context.Context, db *sql.DB, d dialect) (list []string, err error) {
	rows, err := db.QueryContext(ctx, d.tables)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(name, "goose_") && !strings.HasPrefix(name, "sqlite_") {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list, rows.Err()
}

func (c *Control) copyTo(ctx context.Context, to ControlConfig) error {
	names, err := tableNames(ctx, c.db, c.dialect)
	if err != nil {
		return err
	}
	first := func(name string) int { return slices.Index([]string{"users", "tenants"}, name) } // others point to them
	slices.SortStableFunc(names, func(a, b string) int { return first(b) - first(a) })
	target, err := connectControl(ctx, to)
	if err != nil {
		return err
	}
	defer target.Close()
	read, err := c.db.BeginTx(ctx, c.dialect.snapshot)
	if err != nil {
		return err
	}
	defer func() { _ = read.Rollback() }() // it only reads
	return target.tx(ctx, func(write *sql.Tx) error {
		for _, table := range names {
			b := batch{tx: write, table: table}
			err := eachRow(ctx, read, table, func(columns []string, row []any) error { return b.add(ctx, columns, row) })
			if err == nil {
				err = b.flush(ctx)
			}
			if err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
		}
		return nil
	})
}

// SaveKeys writes a copy of keys.db. What is in it is wrapped by the master key.
func (s *Store) SaveKeys(ctx context.Context, g auth.Grant, to string) error {
	if err := s.allow(g, auth.Backup); err != nil {
		return err
	}
	if _, err := backUp(ctx, s.keys.db, filepath.Join(to, keysFile)); err != nil {
		return fmt.Errorf("save the keys: %w", explain(err))
	}
	return nil
}

// Tenants lists the tenants that have a folder in a data folder.
func Tenants(dir string) ([]auth.TenantID, error) {
	entries, err := os.ReadDir(filepath.Join(dir, savedTenants))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", explain(err))
	}
	var list []auth.TenantID
	for _, e := range entries {
		if e.IsDir() && tenantName.MatchString(e.Name()) {
			list = append(list, auth.TenantID(e.Name()))
		}
	}
	return list, nil
}

// CaseFiles lists the files of a tenant that lie beside its database, as paths
// below its folder, with what tells whether one changes.
func (s *Store) CaseFiles(g auth.Grant) (map[string]fs.FileInfo, error) {
	if err := s.allow(g, auth.Backup); err != nil {
		return nil, err
	}
	files := map[string]fs.FileInfo{}
	for _, top := range []string{"cases", "closed"} {
		err := filepath.WalkDir(filepath.Join(s.home, top), func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || !e.Type().IsRegular() || e.Name() == "lock" || strings.HasSuffix(e.Name(), ".tmp") {
				return err
			}
			name, err := filepath.Rel(s.home, path)
			if err == nil {
				files[filepath.ToSlash(name)], err = e.Info()
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list the files of the cases: %w", explain(err))
		}
	}
	return files, nil
}

// Home is the tenant's folder.
func (s *Store) Home() string { return s.home }
