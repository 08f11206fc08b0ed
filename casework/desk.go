// Package casework carries a case along the road: it opens it, imports
// registers, scans evidence, resolves people, and gives out what became known.
// It is the only package that sees the verbs, the engine and the store
// together. Every command and page acts through a [Desk].
package casework

import (
	"context"
	"errors"
	"os"
	"os/user"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Desk is where a case is worked on.
type Desk struct {
	Store *store.Store
	Now   func() time.Time

	// Worker is the command line of a worker, to which the stage is added:
	// this program with "worker".
	Worker []string

	// Workers is how many run at once; 0 means one a core.
	Workers int
}

// now is the time as the store keeps it.
func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

// Open opens a new case.
func (d *Desk) Open(ctx context.Context, title string) (store.Case, error) {
	c, err := d.Store.OpenCase(ctx, title, d.now())
	if err != nil {
		return store.Case{}, err
	}
	return c, d.note(ctx, c.ID, "open", "")
}

// Case finds the case to work on: by id, or with an empty id the only one
// there is. A Refusal says what to do where that is not settled.
func (d *Desk) Case(ctx context.Context, id string) (store.Case, error) {
	if id != "" {
		return d.Store.Case(ctx, id)
	}
	cases, err := d.Store.Cases(ctx)
	if err != nil {
		return store.Case{}, err
	}
	switch len(cases) {
	case 0:
		return store.Case{}, ErrNoCase
	case 1:
		return cases[0], nil
	}
	return store.Case{}, &breach.Refusal{Key: "refusal.several-cases", Args: map[string]any{"Count": len(cases)}}
}

// ErrNoCase says that no case is open yet.
var ErrNoCase = &breach.Refusal{Key: "refusal.no-case"}

// note writes down that something was done.
func (d *Desk) note(ctx context.Context, id store.CaseID, what, purpose string) error {
	return d.Store.Note(ctx, id, store.Act{At: d.now(), Who: who(), What: what, Purpose: purpose})
}

// who is the account that runs the program.
func who() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "uid " + os.Getenv("UID")
}

// scratch is the folder for the temporary files of one run; the caller removes
// it. Its name lets the next scan clear it away after a crash.
func (d *Desk) scratch(id store.CaseID, what string) (string, error) {
	return os.MkdirTemp(d.Store.CaseDir(id), what+"-*.tmp")
}

// closing joins the error of a deferred Close into the error that a function
// returns.
func closing(err *error, c interface{ Close() error }) {
	*err = errors.Join(*err, c.Close())
}
