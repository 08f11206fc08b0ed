package store

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// keptNames are the names to show of each tenant's people, opened once and kept as
// long as no account changes: nearly every page shows some.
type keptNames struct {
	mu sync.Mutex
	of map[auth.TenantID]shownNames
}

// shownNames are those of one tenant, as its accounts stood. Accounts are never
// taken away and their versions only grow, so both numbers are the same again only
// where nothing has changed.
type shownNames struct {
	accounts, versions int64
	names              map[auth.UserID]breach.Personal
	users              []User // in the order they were made: whose, the name, and whether it has ended
}

// Shown gives the names to show of the people of the grant's tenant: whoever
// works there may know who their colleagues are. What it gives is everybody's, and
// nobody may change it.
func (c *Control) Shown(ctx context.Context, g auth.Grant) (map[auth.UserID]breach.Personal, error) {
	if !g.Valid() || g.Tenant() == "" {
		return nil, auth.ErrNoGrant
	}
	now, err := c.shown(ctx, g.Tenant())
	if err != nil {
		return nil, fmt.Errorf("list names: %w", err)
	}
	return now.names, nil
}

// staff lists the people of a tenant with their names and what they may do.
func (c *Control) staff(ctx context.Context, t auth.TenantID) ([]User, error) {
	now, err := c.shown(ctx, t)
	if err != nil {
		return nil, err
	}
	users := slices.Clone(now.users)
	return users, c.rights(ctx, c.db, users, `tenant = $1`, t)
}

// shown gives the names of a tenant's people as they are now.
func (c *Control) shown(ctx context.Context, t auth.TenantID) (now shownNames, err error) {
	err = c.db.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(version), 0) FROM users WHERE tenant = $1`, t).Scan(&now.accounts, &now.versions)
	if err != nil {
		return now, explain(err)
	}
	c.names.mu.Lock()
	defer c.names.mu.Unlock()
	if kept := c.names.of[t]; kept.accounts == now.accounts && kept.versions == now.versions {
		return kept, nil
	}
	users, err := c.usersAlone(ctx, c.db, `tenant = $1`, t)
	if err != nil {
		return now, err
	}
	// What is kept is what was read, which may be newer than what was counted.
	now = shownNames{names: map[auth.UserID]breach.Personal{}}
	for _, u := range users {
		now.accounts, now.versions = now.accounts+1, now.versions+u.version
		now.names[u.User] = u.Shown
		now.users = append(now.users, User{Account: auth.Account{User: u.User, Shown: u.Shown, Ended: u.Ended}, Tenant: u.Tenant, MadeAt: u.MadeAt})
	}
	if c.names.of == nil {
		c.names.of = map[auth.TenantID]shownNames{}
	}
	c.names.of[t] = now
	return now, nil
}
