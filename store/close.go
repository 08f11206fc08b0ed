package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

// staying lists the tables that keep their rows when a case is closed: they hold
// ids, hashes and times alone, of who decided what. Of all others its rows are
// deleted; a new table need not be told.
var staying = []string{"cases", "journal_records", "journal_hashes", "looks", "raises", "approvals", "voices", "glasses", "webhook_messages"}

// Holdings is all that is kept of a case.
type Holdings struct {
	Keys   int // generations of its key
	Files  []HeldFile
	Tables []HeldRows
}

// HeldFile is a file in a case's folder.
type HeldFile struct {
	Name   string
	Size   int64
	SHA256 string
}

// HeldRows are the rows of a case in one table.
type HeldRows struct {
	Table string
	Rows  int64
	Sum   Sum
}

// Rows counts the rows of all tables.
func (h Holdings) Rows() (n int64) {
	for _, t := range h.Tables {
		n += t.Rows
	}
	return n
}

// ClosedDir is the folder of what stays of a case that was closed.
func (s *Store) ClosedDir(id CaseID) string { return filepath.Join(s.home, "closed", string(id)) }

// Holdings counts what is kept of a case, and hashes it.
func (s *Store) Holdings(ctx context.Context, g auth.Grant) (h Holdings, err error) {
	if err := s.allow(g, auth.Close, auth.Destroy, auth.Propose); err != nil {
		return h, err
	}
	if h.Keys, err = s.keys.count(ctx, s.tenant, g.Case()); err == nil {
		h.Files, err = heldFiles(ctx, s.CaseDir(g.Case()))
	}
	if err != nil {
		return Holdings{}, fmt.Errorf("count what is kept: %w", explain(err))
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		for _, table := range tables {
			if slices.Contains(staying, table) {
				continue
			}
			held := HeldRows{Table: table}
			err := eachOf(ctx, tx, `SELECT * FROM `+table+` WHERE case_id = $1`, []any{g.Case()}, func(_ []string, row []any) error {
				held.Rows++
				return held.Sum.add(row)
			})
			if err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
			h.Tables = append(h.Tables, held)
		}
		return nil
	})
	if err != nil {
		return Holdings{}, fmt.Errorf("count what is kept: %w", err)
	}
	return h, nil
}

func (k *Keys) count(ctx context.Context, t auth.TenantID, id CaseID) (n int, err error) {
	err = k.db.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM wraps WHERE tenant = $1 AND case_id = $2)
		+ (SELECT COUNT(DISTINCT generation) FROM secrets WHERE tenant = $1 AND case_id = $2)`, t, id).Scan(&n)
	return n, err
}

func heldFiles(ctx context.Context, dir string) ([]HeldFile, error) {
	var list []HeldFile
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || !e.Type().IsRegular() || e.Name() == "lock" && filepath.Dir(path) == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		size, sum, err := HashFile(path)
		list = append(list, HeldFile{filepath.ToSlash(name), size, sum})
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return list, err
}

// HashFile gives the size and the SHA-256 of a file.
func HashFile(path string) (size int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return size, hex.EncodeToString(h.Sum(nil)), err
}

// LockClosing has one process at a time close cases, and nobody work on this
// one until the second lock is closed, which is nil where its files are gone.
func (s *Store) LockClosing(ctx context.Context, g auth.Grant) (closing, working *Lock, err error) {
	if err := s.allow(g, auth.Close, auth.Destroy); err != nil {
		return nil, nil, err
	}
	unlock, err := s.dialect.lock(ctx, "closing.lock", true)
	if err != nil {
		return nil, nil, fmt.Errorf("lock closing: %w", explain(err))
	}
	if !exists(s.CaseDir(g.Case())) {
		return &Lock{unlock}, nil, nil
	}
	free, err := s.take(ctx, g.Case())
	if err != nil {
		return nil, nil, errors.Join(err, unlock())
	}
	return &Lock{unlock}, &Lock{free}, nil
}

// take takes the lock of a case, without a line of who has it.
func (s *Store) take(ctx context.Context, id CaseID) (unlock func() error, err error) {
	unlock, err = s.dialect.lock(ctx, "cases/"+string(id)+"/lock", false)
	if errors.Is(err, errHeld) {
		k, lost := s.keysOf(ctx, id)
		if lost != nil {
			return nil, fmt.Errorf("case %s: %w", id, errHeld)
		}
		return nil, s.heldBy(ctx, k)
	}
	if err != nil {
		return nil, fmt.Errorf("lock case: %w", explain(err))
	}
	return unlock, nil
}

// DestroyKeys destroys the keys of a case, here and in keys.db. From then on it
// is lost: what follows tidies up.
func (s *Store) DestroyKeys(ctx context.Context, g auth.Grant) error {
	if err := s.allow(g, auth.Destroy); err != nil {
		return err
	}
	if err := s.keys.Destroy(ctx, s.tenant, g.Case()); err != nil {
		return err
	}
	s.mu.Lock()
	if k := s.cases[g.Case()]; k != nil {
		k.destroy()
		delete(s.cases, g.Case())
		s.kept.forgetAll()
	}
	s.mu.Unlock()
	return s.note(ctx, g, "destroyed:keys")
}

// DestroyFiles deletes the folder of a case.
func (s *Store) DestroyFiles(ctx context.Context, g auth.Grant) error {
	if err := s.allow(g, auth.Destroy); err != nil {
		return err
	}
	err := os.RemoveAll(s.CaseDir(g.Case()))
	if err == nil {
		err = syncDir(filepath.Dir(s.CaseDir(g.Case())))
	}
	if err != nil {
		return fmt.Errorf("delete the files of the case: %w", explain(err))
	}
	return s.note(ctx, g, "destroyed:files")
}

// DestroyRows deletes the rows of a case. Its id, its times and its journal
// stay.
func (s *Store) DestroyRows(ctx context.Context, g auth.Grant) error {
	if err := s.allow(g, auth.Destroy); err != nil {
		return err
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		for _, table := range slices.Backward(tables) {
			if slices.Contains(staying, table) {
				continue
			}
			// #nosec G202 -- texts of ours alone; values go as arguments
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE case_id = $1`, g.Case()); err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE cases SET data = $1 WHERE id = $2`, []byte{}, g.Case()); err != nil {
			return err
		}
		return s.done(ctx, tx, g, nil, g.Asked(), "destroyed:rows")
	})
	if err != nil {
		return fmt.Errorf("delete the rows of the case: %w", err)
	}
	return nil
}

// Compact writes the database anew, without what was deleted from it.
func (s *Store) Compact(ctx context.Context, g auth.Grant) error {
	if err := s.allow(g, auth.Destroy); err != nil {
		return err
	}
	if err := s.dialect.compact(ctx, s.db); err != nil {
		return fmt.Errorf("write the database anew: %w", explain(err))
	}
	return nil
}

// CertifyClosing writes into the journal that a case was destroyed, with the
// SHA-256 of the certificate that says so.
func (s *Store) CertifyClosing(ctx context.Context, g auth.Grant, certificate string) error {
	if err := s.allow(g, auth.Destroy); err != nil {
		return err
	}
	return s.note(ctx, g, "certificate:"+certificate)
}

func (s *Store) note(ctx context.Context, g auth.Grant, object string) error {
	err := s.tx(ctx, func(tx *sql.Tx) error { return s.done(ctx, tx, g, nil, g.Asked(), object) })
	if err != nil {
		return fmt.Errorf("note %s: %w", object, err)
	}
	return nil
}

// ClosedAt tells when a case was closed; the zero time while it is open.
func (s *Store) ClosedAt(ctx context.Context, g auth.Grant) (opened, closed time.Time, err error) {
	if err := s.allow(g, auth.Close, auth.Destroy); err != nil {
		return opened, closed, err
	}
	var from, to int64
	err = s.db.QueryRowContext(ctx, `SELECT opened_at, closed_at FROM cases WHERE id = $1`, g.Case()).Scan(&from, &to)
	if err != nil {
		return opened, closed, fmt.Errorf("read case: %w", explain(err))
	}
	if opened = time.UnixMicro(from).UTC(); to != 0 {
		closed = time.UnixMicro(to).UTC()
	}
	return opened, closed, nil
}
