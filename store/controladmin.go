package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// ErrNoUser is the answer to a user who is not there, or another tenant's.
var ErrNoUser = &breach.Refusal{Key: "refusal.no-such-user"}

// mostName is how long a name may be, in characters.
const mostName = 100

// NewUser is an account that nobody can sign in with yet. A name must have a
// letter in it and nothing that cannot be seen.
func NewUser(tenant auth.TenantID, name, shown string, now auth.Instant) (User, error) {
	name, shown = SignInName(name), strings.Join(strings.Fields(shown), " ")
	if shown == "" {
		shown = name
	}
	for _, text := range []string{name, shown} {
		if utf8.RuneCountInString(text) > mostName || !strings.ContainsFunc(text, unicode.IsLetter) ||
			strings.ContainsFunc(text, func(r rune) bool { return r == utf8.RuneError || !unicode.IsGraphic(r) }) {
			return User{}, &breach.Refusal{Key: "refusal.user-name", Args: map[string]any{"Most": mostName}}
		}
	}
	return User{Account: auth.Account{User: auth.UserID(auth.NewID()), Name: breach.Hide(name), Shown: breach.Hide(shown), Handle: auth.NewHandle()},
		Tenant: tenant, MadeAt: now.Wall.UTC()}, nil
}

// Users lists who may sign in to the grant's tenant, in the order they were
// made.
func (c *Control) Users(ctx context.Context, g auth.Grant) ([]User, error) {
	if err := forTenant(g, auth.ManageUsers); err != nil {
		return nil, err
	}
	users, err := c.users(ctx, c.db, `tenant = $1`, g.Tenant())
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return users, nil
}

// AddUser makes an account, and the code that lets its owner set it up.
func (c *Control) AddUser(ctx context.Context, g auth.Grant, u User, now auth.Instant) (breach.Personal, error) {
	if err := forTenant(g, auth.ManageUsers); err != nil {
		return breach.Personal{}, err
	}
	if u.Tenant != g.Tenant() || len(u.Roles) > 0 {
		return breach.Personal{}, auth.ErrNoGrant
	}
	var code breach.Personal
	err := c.tx(ctx, func(tx *sql.Tx) error {
		err := c.addUser(ctx, tx, u)
		if err == nil {
			code, err = c.newSetup(ctx, tx, u.Tenant, u.User, now)
		}
		return err
	})
	if err != nil {
		return breach.Personal{}, fmt.Errorf("add a user: %w", err)
	}
	return code, nil
}

// SetRoles gives the user whom the grant is about other roles. The last who can
// sign in as an administrator stays one.
func (c *Control) SetRoles(ctx context.Context, g auth.Grant, roles []auth.Role) error {
	if err := forTenant(g, auth.AssignRoles); err != nil {
		return err
	}
	return c.change(ctx, g, "assign roles", func(tx *sql.Tx, u User) error {
		if err := c.setRoles(ctx, tx, u.User, roles); err != nil {
			return err
		}
		return c.stillAdministered(ctx, tx, g.Tenant())
	})
}

// ResetSignIn takes from the user whom the grant is about every means to sign
// in, ends their sessions, and gives a code to set up new ones.
func (c *Control) ResetSignIn(ctx context.Context, g auth.Grant, now auth.Instant) (breach.Personal, error) {
	if err := forTenant(g, auth.ResetSignIn); err != nil {
		return breach.Personal{}, err
	}
	var code breach.Personal
	err := c.change(ctx, g, "reset a sign-in", func(tx *sql.Tx, u User) error {
		u.Password, u.TOTP, u.Recovery, u.Passkeys, u.Ended = "", auth.TOTP{}, nil, nil, false
		err := c.shut(ctx, tx, u)
		if err == nil {
			code, err = c.newSetup(ctx, tx, u.Tenant, u.User, now)
		}
		return err
	})
	return code, err
}

// EndUser ends the account that the grant is about, with its roles, its cases
// and its sessions. It stays in the list, for the journal speaks of it.
func (c *Control) EndUser(ctx context.Context, g auth.Grant) error {
	if err := forTenant(g, auth.ResetSignIn); err != nil {
		return err
	}
	return c.change(ctx, g, "end an account", func(tx *sql.Tx, u User) error {
		u.Password, u.TOTP, u.Recovery, u.Passkeys, u.Ended = "", auth.TOTP{}, nil, nil, true
		if err := c.shut(ctx, tx, u); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM memberships WHERE user_id = $1`, u.User)
		if err := errors.Join(err, c.setRoles(ctx, tx, u.User, nil)); err != nil {
			return err
		}
		return c.stillAdministered(ctx, tx, g.Tenant())
	})
}

// shut keeps an account without its means, and ends what is open of it.
func (c *Control) shut(ctx context.Context, tx *sql.Tx, u User) error {
	if err := c.saveAccount(ctx, tx, u); err != nil {
		return err
	}
	for _, query := range []string{`DELETE FROM sessions WHERE user_id = $1`, `DELETE FROM handles WHERE user_id = $1`, `DELETE FROM setups WHERE user_id = $1`,
		`DELETE FROM api_tokens WHERE user_id = $1`} {
		if _, err := tx.ExecContext(ctx, query, u.User); err != nil {
			return err
		}
	}
	return nil
}

// stillAdministered refuses what would leave a tenant without anybody who can
// sign in as its administrator.
func (c *Control) stillAdministered(ctx context.Context, tx *sql.Tx, tenant auth.TenantID) error {
	all, err := c.users(ctx, tx, `tenant = $1`, tenant)
	if err == nil && !slices.ContainsFunc(all, User.administers) {
		err = &breach.Refusal{Key: "refusal.last-administrator"}
	}
	return err
}

// change does something to the user whom a grant is about.
func (c *Control) change(ctx context.Context, g auth.Grant, what string, f func(tx *sql.Tx, u User) error) error {
	err := c.tx(ctx, func(tx *sql.Tx) error {
		u, there, err := one(c.users(ctx, tx, `id = $1 AND tenant = $2`, g.Object(), g.Tenant()))
		if err != nil {
			return err
		}
		if !there {
			return ErrNoUser
		}
		return f(tx, u)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// administers reports whether a user can sign in, and is an administrator.
func (u User) administers() bool {
	return slices.Contains(u.Roles, auth.Administrator) && !u.Ended && (u.Password != "" || len(u.Passkeys) > 0)
}

// Members lists who works on the grant's case, without what they sign in with.
func (c *Control) Members(ctx context.Context, g auth.Grant) ([]User, error) {
	if err := forTenant(g, auth.ReadReport, auth.ManageMembers); err != nil {
		return nil, err
	}
	users, err := c.staff(ctx, g.Tenant())
	if err != nil {
		return nil, fmt.Errorf("list who works on a case: %w", err)
	}
	return slices.DeleteFunc(users, func(u User) bool { return !slices.Contains(u.Cases, g.Case()) }), nil
}

// Colleagues lists who could work on the grant's case, whoever has not ended,
// without what they sign in with.
func (c *Control) Colleagues(ctx context.Context, g auth.Grant) ([]User, error) {
	if err := forTenant(g, auth.ReadReport, auth.ManageMembers); err != nil {
		return nil, err
	}
	users, err := c.staff(ctx, g.Tenant())
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return slices.DeleteFunc(users, func(u User) bool { return u.Ended }), nil
}

// Join lets the user whom the grant is about work on its case.
func (c *Control) Join(ctx context.Context, g auth.Grant) error {
	return c.member(ctx, g, `INSERT INTO memberships (user_id, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`)
}

// Leave ends the work of the user whom the grant is about on its case.
func (c *Control) Leave(ctx context.Context, g auth.Grant) error {
	return c.member(ctx, g, `DELETE FROM memberships WHERE user_id = $1 AND case_id = $2`)
}

func (c *Control) member(ctx context.Context, g auth.Grant, query string) error {
	if err := forTenant(g, auth.ManageMembers); err != nil {
		return err
	}
	err := c.tx(ctx, func(tx *sql.Tx) error {
		_, there, err := one(c.users(ctx, tx, `id = $1 AND tenant = $2`, g.Object(), g.Tenant()))
		if err == nil && !there {
			err = ErrNoUser
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, query, g.Object(), g.Case())
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("change who works on a case: %w", err)
	}
	return nil
}

// JoinOpened makes whoever has opened a case the first to work on it.
func (c *Control) JoinOpened(ctx context.Context, g auth.Grant, opened CaseID) error {
	if err := forTenant(g, auth.OpenCase); err != nil {
		return err
	}
	err := c.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO memberships (user_id, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, g.Who(), string(opened))
		return err
	})
	if err != nil {
		return fmt.Errorf("join a case: %w", err)
	}
	return nil
}
