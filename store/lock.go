package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

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

// Lock is the right to change a case. The system takes it back when the
// process ends, however it ends.
type Lock struct{ f *os.File }

// Lock takes the case for one process. If another has it, the error is a
// Refusal that says who.
func (s *Store) Lock(id CaseID, what string, now time.Time) (*Lock, error) {
	dir := s.CaseDir(id)
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock case: %w", explain(err))
	}
	if err := lockFile(f); err != nil {
		_ = f.Close()
		if errors.Is(err, errHeld) {
			return nil, heldBy(filepath.Join(dir, "holder.json"))
		}
		return nil, fmt.Errorf("lock case: %w", err)
	}
	host, _ := os.Hostname()
	text, err := json.Marshal(Holder{os.Getpid(), host, what, now.UTC().Truncate(time.Second)})
	if err == nil {
		// Beside the lock and not in it: Windows lets nobody read a locked file.
		err = os.WriteFile(filepath.Join(dir, "holder.json"), text, 0o600)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock case: %w", explain(err))
	}
	return &Lock{f}, nil
}

// Close gives the case back.
func (l *Lock) Close() error { return l.f.Close() }

func heldBy(path string) error {
	var h Holder
	if text, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(text, &h) // who it is only helps; that it is held is certain
	}
	return &breach.Refusal{Key: "refusal.case-held", Args: map[string]any{
		"PID": h.PID, "Host": h.Host, "What": h.What, "Since": h.Since.Local().Format("2006-01-02 15:04"),
	}}
}
