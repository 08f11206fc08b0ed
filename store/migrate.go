package store

import (
	"context"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/klarlagt/klarlagt/breach"
)

// migrate brings the database to the newest version. There is no way back but
// the copy that SQLite's is left with when it fails.
func (s *Store) migrate(ctx context.Context) error {
	unlock, err := s.dialect.lock(ctx, "migrate.lock", true)
	if err != nil {
		return err
	}
	defer func() { _ = unlock() }()
	p, err := s.provider()
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
		if backup, err = s.dialect.before(ctx, s.db, version); err != nil {
			return err
		}
	}
	if _, err = p.Up(ctx); err == nil {
		err = s.dialect.after(ctx, s.db, backup)
	}
	if err != nil && backup != "" {
		return &breach.Refusal{Key: "refusal.database-migration", Args: map[string]any{"Backup": backup}, Err: err}
	}
	return err
}

func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.dialect.goose, s.db, files, goose.WithLogger(goose.NopLogger()))
}
