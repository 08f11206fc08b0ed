package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Holder is who works on a case right now.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	What  string    `json:"what"`
	Since time.Time `json:"since"`
}

// errHeld says that another process has the lock.
var errHeld = errors.New("held by another process")

// Lock is the right to change a case. It is taken back when the process ends,
// however it ends: by the system, or by the server when the connection is gone.
type Lock struct{ unlock func() error }

// holderSummary names the summary that tells who took the lock last.
const holderSummary = "holder"

// Lock takes the case for one process, on whatever machine. If another has it,
// the error is a Refusal that says who.
func (s *Store) Lock(ctx context.Context, g auth.Grant, what string, now time.Time) (*Lock, error) {
	k, err := s.under(ctx, g, toWork...)
	if err != nil {
		return nil, err
	}
	return s.lock(ctx, k, what, now)
}

func (s *Store) lock(ctx context.Context, k *caseKeys, what string, now time.Time) (*Lock, error) {
	unlock, err := s.dialect.lock(ctx, "cases/"+k.id+"/lock", false)
	if errors.Is(err, errHeld) {
		return nil, s.heldBy(ctx, k)
	}
	if err != nil {
		return nil, fmt.Errorf("lock case: %w", explain(err))
	}
	host, _ := os.Hostname()
	holder := Holder{os.Getpid(), host, what, now.UTC().Truncate(time.Second)}
	if err := s.tx(ctx, func(tx *sql.Tx) error { return putSummary(ctx, tx, k, holderSummary, holder) }); err != nil {
		_ = unlock()
		return nil, fmt.Errorf("lock case: %w", err)
	}
	return &Lock{unlock}, nil
}

// Close gives the case back.
func (l *Lock) Close() error { return l.unlock() }

func (s *Store) heldBy(ctx context.Context, k *caseKeys) error {
	var h Holder
	_, _ = s.summary(ctx, k, holderSummary, &h) // who it is only helps; that it is held is certain
	return &breach.Refusal{Key: "refusal.case-held", Args: map[string]any{
		"PID": h.PID, "Host": h.Host, "What": h.What, "Since": h.Since.Local().Format("2006-01-02 15:04"),
	}}
}

// lockPath locks a file, which stays behind empty.
func lockPath(path string, wait bool) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f, wait); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f.Close, nil
}
