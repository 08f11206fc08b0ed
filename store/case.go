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

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// CaseID names a case: eight hexadecimal digits.
type CaseID = auth.CaseID

// Case is one incident as it is worked on.
type Case struct {
	ID       CaseID
	Title    string // "" where its key is lost, or others'
	OpenedAt time.Time
	Closed   bool
	KeyLost  bool // nothing of it can be read any more
	Secret   bool // it is in secret mode, and not for whoever works here
}

// OpenCase makes a new case, and its key.
func (s *Store) OpenCase(ctx context.Context, who auth.Session, title string, now auth.Instant) (Case, error) {
	c := Case{Title: plain(title), OpenedAt: now.Wall.UTC().Truncate(time.Microsecond)}
	var id [4]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand
	c.ID = CaseID(hex.EncodeToString(id[:]))
	ask := auth.Ask{Action: auth.OpenCase, Object: "case:" + string(c.ID), Now: now}
	_, err := s.act(ctx, who, ask, func(tx *sql.Tx, g auth.Grant) error {
		if err := os.MkdirAll(s.CaseDir(c.ID), 0o700); err != nil {
			return fmt.Errorf("make case folder: %w", err)
		}
		if err := s.keys.NewCase(ctx, s.tenant, s.tenantKey, c.ID); err != nil {
			return err
		}
		k, err := s.keysOf(ctx, c.ID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO cases (id, data, opened_at, closed_at) VALUES ($1, $2, $3, 0)`,
			c.ID, k.seal(titleOf(c.ID), []byte(c.Title)), c.OpenedAt.UnixMicro())
		if err != nil {
			return err
		}
		return s.done(ctx, tx, g, k, now, "opened", said{"title", breach.Hide(c.Title)})
	})
	if err != nil {
		return Case{}, fmt.Errorf("open case: %w", err)
	}
	return c, nil
}

func titleOf(id CaseID) cell { return cell{table: "cases", row: string(id)} }

// Case finds a case by its id, or by the beginning of it if that is enough.
func (s *Store) Case(ctx context.Context, g auth.Grant, id string) (Case, error) {
	cases, err := s.Cases(ctx, g)
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
	return Case{}, noSuchCase(id)
}

func noSuchCase(id string) error {
	return &breach.Refusal{Key: "refusal.no-such-case", Args: map[string]any{"Case": id}}
}

// Cases lists the cases, the one opened last first.
func (s *Store) Cases(ctx context.Context, g auth.Grant) ([]Case, error) {
	if err := s.allow(g, auth.ListCases); err != nil {
		return nil, err
	}
	return s.list(ctx)
}

func (s *Store) list(ctx context.Context) ([]Case, error) {
	var cases []Case
	var titles [][]byte
	err := s.each(ctx, `SELECT id, data, opened_at, closed_at FROM cases ORDER BY opened_at DESC, id`, nil, func(rows *sql.Rows) error {
		var c Case
		var title []byte
		var at, closed int64
		if err := rows.Scan(&c.ID, &title, &at, &closed); err != nil {
			return err
		}
		c.OpenedAt, c.Closed = time.UnixMicro(at).UTC(), closed != 0
		cases, titles = append(cases, c), append(titles, title)
		return nil
	})
	for i := range cases {
		if err == nil {
			err = s.openTitle(ctx, &cases[i], titles[i])
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	return cases, nil
}

// openTitle opens the title of a case, unless its key is lost or others': then
// the others are still to be listed.
func (s *Store) openTitle(ctx context.Context, c *Case, sealed []byte) error {
	k, err := s.keysOf(ctx, c.ID)
	var lost *breach.Refusal
	if errors.As(err, &lost) {
		c.Secret = lost.Key == secretRefusal
		c.KeyLost = !c.Secret
		return nil
	}
	if err != nil {
		return err
	}
	title, err := k.open(titleOf(c.ID), sealed)
	c.Title = string(title)
	return err
}

// CaseDir is the folder of a case's part files.
func (s *Store) CaseDir(id CaseID) string { return filepath.Join(s.home, "cases", string(id)) }
