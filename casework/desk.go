// Package casework carries a case along the road: it opens it, imports
// registers, scans evidence, resolves people, and gives out what became known.
// It is the only package that sees the verbs, the engine and the store
// together. Every command and page acts through a [Desk].
package casework

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Desk is where a case is worked on, by one person: each of its methods asks for
// leave first, which writes the act into the journal.
type Desk struct {
	Store *store.Store
	Who   auth.Session
	Now   func() time.Time

	// Clock is that of the server which Who is signed in to; nil at the console,
	// where sessions do not end.
	Clock func() auth.Instant

	// Granted is a grant that was asked for already: for its act in its case no
	// other is asked for.
	Granted auth.Grant

	// Leave are more of them, for work that outlasts a sign-in: they are all
	// asked for before it begins.
	Leave []auth.Grant

	// Worker is the command line of a worker, to which the stage is added:
	// this program with "worker".
	Worker []string

	// Workers is how many run at once; 0 means one a core.
	Workers int
}

// now is the time as the store keeps it.
func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

func (d *Desk) instant() auth.Instant {
	if d.Clock != nil {
		return d.Clock()
	}
	return auth.Instant{Wall: d.now()}
}

// grant asks for leave to do something in a case.
func (d *Desk) grant(ctx context.Context, id store.CaseID, a auth.Action) (auth.Grant, error) {
	for _, g := range append([]auth.Grant{d.Granted}, d.Leave...) {
		if g.For(a) == nil && g.Case() == id {
			return g, nil
		}
	}
	return d.Store.Grant(ctx, d.Who, auth.Ask{Action: a, Case: id, Now: d.instant()})
}

// Open opens a new case.
func (d *Desk) Open(ctx context.Context, title string) (store.Case, error) {
	return d.Store.OpenCase(ctx, d.Who, title, d.instant())
}

// Case finds the case to work on: by id, or with an empty id the only one
// there is. A Refusal says what to do where that is not settled.
func (d *Desk) Case(ctx context.Context, id string) (store.Case, error) {
	g, err := d.grant(ctx, "", auth.ListCases)
	if err != nil {
		return store.Case{}, err
	}
	if id != "" {
		return d.Store.Case(ctx, g, id)
	}
	cases, err := d.Store.Cases(ctx, g)
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

// Sources gives what was scanned, by number, and the registers.
func (d *Desk) Sources(ctx context.Context, id store.CaseID) (map[int64]string, []store.Register, error) {
	g, err := d.grant(ctx, id, auth.ReadReport)
	if err != nil {
		return nil, nil, err
	}
	roots, err := d.Store.Roots(ctx, g)
	if err != nil {
		return nil, nil, err
	}
	registers, err := d.Store.Registers(ctx, g)
	return roots, registers, err
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
