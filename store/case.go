package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// CaseID names a case: eight hexadecimal digits.
type CaseID string

// Case is one incident as it is worked on.
type Case struct {
	ID       CaseID
	Title    string
	OpenedAt time.Time
	Secret   [32]byte // keys the register index; destroyed with the case
}

// OpenCase makes a new case.
func (s *Store) OpenCase(ctx context.Context, title string, now time.Time) (Case, error) {
	c := Case{Title: plain(title), OpenedAt: now.UTC().Truncate(time.Microsecond)}
	var id [4]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand
	_, _ = rand.Read(c.Secret[:])
	c.ID = CaseID(hex.EncodeToString(id[:]))
	if err := os.MkdirAll(s.CaseDir(c.ID), 0o700); err != nil {
		return Case{}, fmt.Errorf("make case folder: %w", explain(err))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO cases (id, title, opened_at, secret) VALUES ($1, $2, $3, $4)`,
			c.ID, c.Title, c.OpenedAt.UnixMicro(), c.Secret[:])
		return err
	})
	if err != nil {
		return Case{}, fmt.Errorf("open case: %w", err)
	}
	return c, nil
}

// Case finds a case by its id, or by the beginning of it if that is enough.
func (s *Store) Case(ctx context.Context, id string) (Case, error) {
	cases, err := s.Cases(ctx)
	if err != nil {
		return Case{}, err
	}
	var found []Case
	for _, c := range cases {
		if string(c.ID) == id {
			return c, nil
		}
		if id != "" && len(id) < len(c.ID) && string(c.ID[:len(id)]) == id {
			found = append(found, c)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return Case{}, &breach.Refusal{Key: "refusal.no-such-case", Args: map[string]any{"Case": id}}
}

// Cases lists the cases, the one opened last first.
func (s *Store) Cases(ctx context.Context) ([]Case, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, title, opened_at, secret FROM cases ORDER BY opened_at DESC, id`)
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	defer rows.Close()
	var cases []Case
	for rows.Next() {
		var c Case
		var at int64
		var secret []byte
		if err := rows.Scan(&c.ID, &c.Title, &at, &secret); err != nil {
			return nil, fmt.Errorf("list cases: %w", err)
		}
		c.OpenedAt = time.UnixMicro(at).UTC()
		if copy(c.Secret[:], secret) != len(c.Secret) {
			return nil, errors.New("list cases: a case has no whole secret")
		}
		cases = append(cases, c)
	}
	return cases, rows.Err()
}

// CaseDir is the folder of a case's part files.
func (s *Store) CaseDir(id CaseID) string { return filepath.Join(s.dir, "cases", string(id)) }

// Act is something done in a case that has to be answered for.
type Act struct {
	At      time.Time
	Who     string // the account on this machine
	What    string // the command
	Purpose string
}

// Note writes an act down.
func (s *Store) Note(ctx context.Context, id CaseID, a Act) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO acts (id, case_id, at, who, act, purpose)
			SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5 FROM acts WHERE case_id = $1`,
			id, a.At.UnixMicro(), plain(a.Who), plain(a.What), plain(a.Purpose))
		return err
	})
	if err != nil {
		return fmt.Errorf("note an act: %w", err)
	}
	return nil
}

// Acts lists what was done, oldest first.
func (s *Store) Acts(ctx context.Context, id CaseID) ([]Act, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT at, who, act, purpose FROM acts WHERE case_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("list acts: %w", err)
	}
	defer rows.Close()
	var acts []Act
	for rows.Next() {
		var a Act
		var at int64
		if err := rows.Scan(&at, &a.Who, &a.What, &a.Purpose); err != nil {
			return nil, fmt.Errorf("list acts: %w", err)
		}
		a.At = time.UnixMicro(at).UTC()
		acts = append(acts, a)
	}
	return acts, rows.Err()
}
