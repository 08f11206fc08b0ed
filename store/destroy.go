package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/klarlagt/klarlagt/auth"
)

// Destroy destroys a case's keys: what was sealed under them is lost to
// everybody who has no copy of keys.db from before. They are overwritten in the
// file and in its journal, as far as the disk overwrites what it is told to. To
// destroy what is gone already is no error.
func (k *Keys) Destroy(ctx context.Context, t auth.TenantID, id CaseID) error {
	if id == "" {
		return errors.New("destroy a case's key: no case")
	}
	err := k.overwriting(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM wraps WHERE tenant = $1 AND case_id = $2`, t, id)
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM secrets WHERE tenant = $1 AND case_id = $2`, t, id)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("destroy the case's key: %w", err)
	}
	return nil
}

// overwriting runs f in one transaction, and overwrites what it deleted.
func (k *Keys) overwriting(ctx context.Context, f func(tx *sql.Tx) error) error {
	conn, err := k.db.Conn(ctx)
	if err != nil {
		return explain(err)
	}
	defer conn.Close()
	for _, step := range []func() error{
		func() error { return exec(ctx, conn, `PRAGMA journal_mode = PERSIST`) },
		func() error { return within(ctx, conn, f) },
		func() error { return k.blankJournal(ctx, conn) },
		func() error { return exec(ctx, conn, `VACUUM`) },
		func() error { return k.blankJournal(ctx, conn) },
		func() error { return exec(ctx, conn, `PRAGMA journal_mode = DELETE`) },
	} {
		if err := step(); err != nil {
			return explain(err)
		}
	}
	return nil
}

func within(ctx context.Context, conn *sql.Conn, f func(tx *sql.Tx) error) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// blankJournal overwrites what the database's rollback journal holds of the
// pages as they were, while nobody else can begin one.
func (k *Keys) blankJournal(ctx context.Context, conn *sql.Conn) (err error) {
	if err := exec(ctx, conn, `BEGIN EXCLUSIVE`); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, exec(context.WithoutCancel(ctx), conn, `ROLLBACK`)) }()
	f, err := os.OpenFile(k.path+"-journal", os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	zeroes := make([]byte, 64<<10)
	for at := int64(0); err == nil && at < info.Size(); at += int64(len(zeroes)) {
		_, err = f.WriteAt(zeroes[:min(int64(len(zeroes)), info.Size()-at)], at)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

func exec(ctx context.Context, conn *sql.Conn, text string) error {
	_, err := conn.ExecContext(ctx, text)
	return err
}
