package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// User is somebody who may sign in.
type User struct {
	auth.Account
	Tenant  auth.TenantID
	Roles   []auth.Role
	Cases   []auth.CaseID // that they work on
	MadeAt  time.Time
	version int64
}

// ErrChanged says that an account was changed by somebody else meanwhile: what
// was used up there must not be used twice.
var ErrChanged = errors.New("the account was changed meanwhile")

// accountRow is an account as it is sealed.
type accountRow struct {
	Name, Shown, Password, Secret string
	Last                          int64
	Recovery                      []auth.CodeHash
	Passkeys                      []auth.Passkey
	Handle                        []byte
	Ended                         bool
}

func accountWhere(tenant auth.TenantID, id auth.UserID, version int64) seal.Where {
	return seal.Where{Tenant: string(tenant), Table: "users", Column: "account", Row: string(id), Version: uint64(version)}
}

func (c *Control) sealAccount(u User, version int64) ([]byte, error) {
	a := u.Account
	return c.seal(accountWhere(u.Tenant, a.User, version), accountRow{Name: a.Name.Reveal(), Shown: a.Shown.Reveal(), Password: string(a.Password),
		Secret: a.TOTP.Secret.Reveal(), Last: a.TOTP.Last, Recovery: a.Recovery, Passkeys: a.Passkeys, Handle: a.Handle, Ended: a.Ended})
}

// queryer is the database or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// users reads those that a condition finds, with what they may do.
func (c *Control) users(ctx context.Context, q queryer, condition string, args ...any) ([]User, error) {
	users, err := c.usersAlone(ctx, q, condition, args...)
	if err == nil {
		err = c.rights(ctx, q, users, condition, args...)
	}
	if err != nil {
		return nil, err
	}
	return users, nil
}

// usersAlone reads those that a condition finds, without what they may do.
func (c *Control) usersAlone(ctx context.Context, q queryer, condition string, args ...any) ([]User, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, tenant, account, version, made_at FROM users WHERE `+condition+` ORDER BY made_at, id`, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	var users []User
	for rows.Next() {
		var u User
		var sealed []byte
		var at int64
		if err := rows.Scan(&u.User, &u.Tenant, &sealed, &u.version, &at); err != nil {
			return nil, err
		}
		var a accountRow
		if err := c.open(accountWhere(u.Tenant, u.User, u.version), sealed, &a); err != nil {
			return nil, err
		}
		u.MadeAt = time.UnixMicro(at).UTC()
		u.Account = auth.Account{User: u.User, Name: breach.Hide(a.Name), Shown: breach.Hide(a.Shown), Password: auth.PasswordHash(a.Password),
			TOTP: auth.TOTP{Secret: breach.Hide(a.Secret), Last: a.Last}, Recovery: a.Recovery, Passkeys: a.Passkeys, Handle: a.Handle, Ended: a.Ended}
		users = append(users, u)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, explain(err)
	}
	return users, nil
}

// one is the only user of a list; false for none.
func one(users []User, err error) (User, bool, error) {
	if err != nil || len(users) == 0 {
		return User{}, false, err
	}
	return users[0], true, nil
}

// SignInName brings a name into the form it is looked up by.
func SignInName(name string) string {
	return strings.ToLower(norm.NFKC.String(strings.Join(strings.Fields(name), " ")))
}

// UserNamed finds who signs in with a name, for [auth.SignIn]; false for nobody.
func (c *Control) UserNamed(ctx context.Context, name string) (User, bool, error) {
	u, there, err := one(c.users(ctx, c.db, `name = $1`, c.index("name", SignInName(name))))
	if err != nil {
		return User{}, false, fmt.Errorf("look for a user: %w", err)
	}
	return u, there, nil
}

// UserByHandle finds whose a passkey is; false for nobody's.
func (c *Control) UserByHandle(ctx context.Context, handle []byte) (User, bool, error) {
	return c.userBy(ctx, c.index("handle", string(handle)))
}

// UserByKey finds who somebody is that a tenant's provider knows by a key.
func (c *Control) UserByKey(ctx context.Context, tenant auth.TenantID, key string) (User, bool, error) {
	return c.userBy(ctx, c.index("provider."+string(tenant), key))
}

func (c *Control) userBy(ctx context.Context, index []byte) (User, bool, error) {
	u, there, err := one(c.users(ctx, c.db, `id IN (SELECT user_id FROM handles WHERE handle = $1)`, index))
	if err != nil {
		return User{}, false, fmt.Errorf("look for a user: %w", err)
	}
	return u, there, nil
}

// KeepIdentity keeps what a tenant's provider has just said of somebody: an
// account of their own at the first time, and each time the roles it gives.
func (c *Control) KeepIdentity(ctx context.Context, tenant auth.TenantID, id auth.Identity, now auth.Instant) (User, error) {
	var u User
	err := c.tx(ctx, func(tx *sql.Tx) error {
		// Whoever runs the server named the tenant beside its provider: it need not
		// have been set up before.
		if _, err := tx.ExecContext(ctx, `INSERT INTO tenants (id, made_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, tenant, now.Wall.UnixMicro()); err != nil {
			return err
		}
		index := c.index("provider."+string(tenant), id.Key)
		found, there, err := one(c.users(ctx, tx, `id IN (SELECT user_id FROM handles WHERE handle = $1)`, index))
		if err != nil {
			return err
		}
		if u = found; !there {
			if u, err = NewUser(tenant, "provider "+auth.NewID(), id.Name.Reveal(), now); err != nil {
				return err
			}
			if err := c.addUser(ctx, tx, u); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO handles (handle, user_id) VALUES ($1, $2)`, index, u.User); err != nil {
				return err
			}
		}
		if u.Ended {
			return auth.ErrSignIn
		}
		u.Roles = id.Roles
		return c.setRoles(ctx, tx, u.User, id.Roles)
	})
	if err != nil {
		return User{}, fmt.Errorf("keep an identity: %w", err)
	}
	return u, nil
}

// Self is the account of whoever has a session: their own and nobody else's.
func (c *Control) Self(ctx context.Context, s auth.Session) (User, error) {
	u, there, err := one(c.users(ctx, c.db, `id = $1 AND tenant = $2`, s.User, s.Tenant))
	if err == nil && !there {
		err = sql.ErrNoRows
	}
	if err != nil {
		return User{}, fmt.Errorf("read own account: %w", err)
	}
	return u, nil
}

// SaveSignIn keeps what a sign-in, a step-up or a change of one's own means to
// sign in has left of an account. ErrChanged says that it was changed since it
// was read: a code that two bring at once lets one in.
func (c *Control) SaveSignIn(ctx context.Context, u User) error {
	err := c.tx(ctx, func(tx *sql.Tx) error { return c.saveAccount(ctx, tx, u) })
	if err != nil {
		return fmt.Errorf("keep an account: %w", err)
	}
	return nil
}

func (c *Control) saveAccount(ctx context.Context, tx *sql.Tx, u User) error {
	sealed, err := c.sealAccount(u, u.version+1)
	if err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx, `UPDATE users SET name = $1, account = $2, version = version + 1 WHERE id = $3 AND tenant = $4 AND version = $5`,
		c.index("name", SignInName(u.Name.Reveal())), sealed, u.User, u.Tenant, u.version)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errors.Join(ErrChanged, err)
	}
	return nil
}

// addUser writes a new account.
func (c *Control) addUser(ctx context.Context, tx *sql.Tx, u User) error {
	sealed, err := c.sealAccount(u, 1)
	if err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO users (id, tenant, name, account, version, made_at) VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT (name) DO NOTHING`,
		u.User, u.Tenant, c.index("name", SignInName(u.Name.Reveal())), sealed, u.MadeAt.UnixMicro())
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errors.Join(&breach.Refusal{Key: "refusal.name-taken"}, err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO handles (handle, user_id) VALUES ($1, $2)`, c.index("handle", string(u.Handle)), u.User); err != nil {
		return err
	}
	return c.setRoles(ctx, tx, u.User, u.Roles)
}

func (c *Control) setRoles(ctx context.Context, tx *sql.Tx, id auth.UserID, roles []auth.Role) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM roles WHERE user_id = $1`, id); err != nil {
		return err
	}
	for _, r := range roles {
		if _, err := tx.ExecContext(ctx, `INSERT INTO roles (user_id, role) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, r); err != nil {
			return err
		}
	}
	return nil
}
