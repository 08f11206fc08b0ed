package store

import (
	"context"
	"database/sql"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/klarlagt/klarlagt/breach"
)

// migrate brings the database to the newest version. There is no way back but
// the copy that SQLite's is left with when it fails.
func (s *Store) migrate(ctx context.Context) error {
	return migrate(ctx, s.db, s.dialect, migrations, "migrations")
}

// migrate brings a database to the newest version of the migrations in a folder.
func migrate(ctx context.Context, db *sql.DB, d dialect, all fs.FS, folder string) error {
	unlock, err := d.lock(ctx, folder+".lock", true)
	if err != nil {
		return err
	}
	defer func() { _ = unlock() }()
	p, err := provider(db, d, all, folder)
	if err != nil {
		return err
	}
	version, newest, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if version > newest {
		return &breach.Refusal{Key: "refusal.database-newer", Args: map[string]any{"Version": version, "Newest": newest}}
	}
	if version == newest {
		return nil
	}
	backup := ""
	if version > 0 {
		if backup, err = d.before(ctx, db, version); err != nil {
			return err
		}
	}
	if _, err = p.Up(ctx); err == nil {
		err = d.after(ctx, db, backup)
	}
	if err != nil && backup != "" {
		return &breach.Refusal{Key: "refusal.database-migration", Args: map[string]any{"Backup": backup}, Err: err}
	}
	return err
}

func provider(db *sql.DB, d dialect, all fs.FS, folder string) (*goose.Provider, error) {
	files, err := fs.Sub(all, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(d.goose, db, files, goose.WithLogger(goose.NopLogger()))
}
