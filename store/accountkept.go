package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
)

// keptAccount is what was counted of a case's account, as long as nothing of it
// changes: to read every item takes longer than a page may. It lies with the keys
// of the case in memory, and goes with them.
type keptAccount struct {
	mu      sync.Mutex
	version int64
	of      map[string]*keptCount
}

// keptCount is one count by its name.
type keptCount struct {
	mu    sync.Mutex // held by who counts: all others want the same
	value any        // nil before it is counted
}

// count gives what is kept of the account as it stands, which may be nothing yet.
func (a *keptAccount) count(version int64, name string) *keptCount {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == nil || a.version != version {
		a.version, a.of = version, map[string]*keptCount{}
	}
	if a.of[name] == nil {
		a.of[name] = &keptCount{}
	}
	return a.of[name]
}

// drop forgets all that is kept.
func (a *keptAccount) drop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of = nil
}

// OfAccount gives what count makes of the account of the grant's case, counted
// anew only where the evidence has changed since. Names are few: each has one
// count. What is given is everybody's, and nobody may change it.
func OfAccount[T any](ctx context.Context, s *Store, g auth.Grant, name string, count func() (T, error)) (T, error) {
	var none T
	k, err := s.under(ctx, g, toCount...)
	if err != nil {
		return none, err
	}
	version, err := s.accountVersion(ctx, k.id)
	if err != nil {
		return none, err
	}
	kept := k.account.count(version, name)
	kept.mu.Lock()
	defer kept.mu.Unlock()
	if v, ok := kept.value.(T); ok {
		return v, nil
	}
	v, err := count()
	if err != nil {
		return none, err
	}
	// What changed while it was counted may be in it or not.
	if after, err := s.accountVersion(ctx, k.id); err != nil || after != version {
		return v, err
	}
	kept.value = v
	return v, nil
}

// accountVersion is another whenever the account has changed.
func (s *Store) accountVersion(ctx context.Context, id string) (version int64, err error) {
	if err := s.db.QueryRowContext(ctx, `SELECT account FROM cases WHERE id = $1`, id).Scan(&version); err != nil {
		return 0, fmt.Errorf("look whether the account has changed: %w", explain(err))
	}
	return version, nil
}

// changeAccount runs f in one transaction, after which nothing holds any more that
// was counted of the account. Whatever writes items, contents or members does it
// here.
func (s *Store) changeAccount(ctx context.Context, id CaseID, f func(tx *sql.Tx) error) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE cases SET account = account + 1 WHERE id = $1`, id); err != nil {
			return err
		}
		return f(tx)
	})
}
