package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// Setup is what a set-up code is for.
type Setup struct {
	Tenant auth.TenantID
	User   auth.UserID // "" for the tenant's first administrator
	Name   breach.Personal
	Shown  breach.Personal
	hash   string
	setup  auth.Setup
}

// Tenants lists the tenants there are.
func (c *Control) Tenants(ctx context.Context) ([]auth.TenantID, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT id FROM tenants ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", explain(err))
	}
	defer rows.Close()
	var list []auth.TenantID
	for rows.Next() {
		var id auth.TenantID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list tenants: %w", err)
		}
		list = append(list, id)
	}
	return list, explain(rows.Err())
}

// NewSetup makes the code that makes the first administrator of a tenant, and
// the tenant if it is not there. It is to be shown on the console alone, and
// takes the place of one made before. Where somebody has an account it refuses.
func (c *Control) NewSetup(ctx context.Context, tenant auth.TenantID, now auth.Instant) (breach.Personal, error) {
	if !tenantName.MatchString(string(tenant)) {
		return breach.Personal{}, &breach.Refusal{Key: "refusal.tenant-name"}
	}
	var code breach.Personal
	err := c.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO tenants (id, made_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, tenant, now.Wall.UnixMicro()); err != nil {
			return err
		}
		var err error
		code, err = c.newSetup(ctx, tx, tenant, "", now)
		return err
	})
	if err != nil {
		return breach.Personal{}, fmt.Errorf("make a set-up code: %w", err)
	}
	return code, nil
}

// newSetup makes a code for a user, or for the first of a tenant.
func (c *Control) newSetup(ctx context.Context, tx *sql.Tx, tenant auth.TenantID, user auth.UserID, now auth.Instant) (breach.Personal, error) {
	accounts := 0 // somebody who was made or reset has no way in yet
	if user == "" {
		var err error
		if accounts, err = c.accounts(ctx, tx, tenant); err != nil {
			return breach.Personal{}, err
		}
	}
	code, setup, err := auth.NewSetup(accounts, now)
	if err != nil {
		return breach.Personal{}, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM setups WHERE tenant = $1 AND user_id = $2 OR wall < $3`,
		tenant, user, now.Wall.Add(-2*auth.SetupFor).UnixMicro()); err != nil {
		return breach.Personal{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO setups (hash, tenant, user_id, wall, run, up) VALUES ($1, $2, $3, $4, $5, $6)`,
		setup.Hash, tenant, user, setup.Made.Wall.UnixMicro(), setup.Made.Run, int64(setup.Made.Up))
	return code, err
}

// accounts counts the accounts of a tenant.
func (c *Control) accounts(ctx context.Context, q rower, tenant auth.TenantID) (int, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM users WHERE tenant = $1`, tenant).Scan(&n)
	return n, explain(err)
}

// Setup finds what a code is for, without using it up. There is one answer to
// every code that is not good.
func (c *Control) Setup(ctx context.Context, code string, now auth.Instant) (Setup, error) {
	s, err := c.findSetup(ctx, code, now)
	if err != nil {
		return Setup{}, fmt.Errorf("look at a set-up code: %w", err)
	}
	return s, nil
}

// findSetup tries the code on all that are open: they are few, and what is
// stored of them does not tell which one it is.
func (c *Control) findSetup(ctx context.Context, code string, now auth.Instant) (Setup, error) {
	open, err := c.setups(ctx)
	if err != nil {
		return Setup{}, err
	}
	verdict := errNoSetup(code, now)
	for _, s := range open {
		accounts := 0
		if s.User == "" {
			if accounts, err = c.accounts(ctx, c.db, s.Tenant); err != nil {
				return Setup{}, err
			}
		}
		if _, err := s.setup.Use(code, accounts, now); err != nil {
			continue
		}
		if s.User == "" {
			return s, nil
		}
		u, there, err := one(c.users(ctx, c.db, `id = $1`, s.User))
		if err != nil || there {
			s.Name, s.Shown = u.Name, u.Shown
			return s, err
		}
	}
	return Setup{}, verdict
}

// errNoSetup is the answer to a code that is not good.
func errNoSetup(code string, now auth.Instant) error {
	_, err := auth.Setup{}.Use(code, 0, now)
	return err
}

func (c *Control) setups(ctx context.Context) ([]Setup, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT hash, tenant, user_id, wall, run, up FROM setups`)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	var list []Setup
	for rows.Next() {
		var s Setup
		var wall, up int64
		if err := rows.Scan(&s.hash, &s.Tenant, &s.User, &wall, &s.setup.Made.Run, &up); err != nil {
			return nil, err
		}
		s.setup.Hash, s.setup.Made.Wall, s.setup.Made.Up = auth.CodeHash(s.hash), time.UnixMicro(wall).UTC(), time.Duration(up)
		list = append(list, s)
	}
	return list, explain(rows.Err())
}

// FinishSetup uses a code up and keeps the account that was set up with it: a
// new one, the tenant's first and its administrator, or the one that the code
// was made for.
func (c *Control) FinishSetup(ctx context.Context, code string, u User, now auth.Instant) (User, error) {
	s, err := c.findSetup(ctx, code, now)
	if err != nil {
		return User{}, fmt.Errorf("finish a set-up: %w", err)
	}
	u.Tenant = s.Tenant
	err = c.tx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM setups WHERE hash = $1`, s.hash)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(ErrChanged, err)
		}
		if s.User == "" {
			n, err := c.accounts(ctx, tx, s.Tenant)
			if err != nil || n > 0 {
				return errors.Join(ErrChanged, err)
			}
			u.Roles = []auth.Role{auth.Administrator}
			return c.addUser(ctx, tx, u)
		}
		old, there, err := one(c.users(ctx, tx, `id = $1`, s.User))
		if err != nil || !there {
			return errors.Join(ErrChanged, err)
		}
		old.Password, old.TOTP, old.Recovery, old.Passkeys = u.Password, u.TOTP, u.Recovery, u.Passkeys
		u = old
		return c.saveAccount(ctx, tx, old)
	})
	if err != nil {
		return User{}, fmt.Errorf("finish a set-up: %w", err)
	}
	return u, nil
}

// flowFor is how long a browser may take for what it is in the middle of.
const flowFor = 20 * time.Minute

// BeginFlow keeps what a browser is in the middle of, and gives the secret that
// finds it again.
func (c *Control) BeginFlow(ctx context.Context, kind string, value any, now auth.Instant) (breach.Personal, error) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand
	secret := base64.RawURLEncoding.EncodeToString(raw[:])
	id := flowID(secret)
	sealed, err := c.seal(flowWhere(kind, id), value)
	if err != nil {
		return breach.Personal{}, fmt.Errorf("begin %s: %w", kind, err)
	}
	err = c.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM flows WHERE wall < $1`, now.Wall.Add(-flowFor).UnixMicro()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO flows (id, kind, data, wall, run, up) VALUES ($1, $2, $3, $4, $5, $6)`,
			id, kind, sealed, now.Wall.UnixMicro(), now.Run, int64(now.Up))
		return err
	})
	if err != nil {
		return breach.Personal{}, fmt.Errorf("begin %s: %w", kind, err)
	}
	return breach.Hide(secret), nil
}

func flowID(secret string) []byte { sum := sha256.Sum256([]byte(secret)); return sum[:] }

func flowWhere(kind string, id []byte) seal.Where {
	return seal.Where{Table: "flows", Column: kind, Row: hex.EncodeToString(id)}
}

// Flow reads what a browser is in the middle of; false for nothing, or where it
// took too long. With end, it is over: of two who bring it at once, one gets it.
func (c *Control) Flow(ctx context.Context, kind, secret string, value any, now auth.Instant, end bool) (bool, error) {
	id := flowID(secret)
	var sealed []byte
	var began auth.Instant
	err := c.tx(ctx, func(tx *sql.Tx) error {
		var wall, up int64
		err := tx.QueryRowContext(ctx, `SELECT data, wall, run, up FROM flows WHERE id = $1 AND kind = $2`, id, kind).Scan(&sealed, &wall, &began.Run, &up)
		began.Wall, began.Up = time.UnixMicro(wall), time.Duration(up)
		if err == nil && end {
			_, err = tx.ExecContext(ctx, `DELETE FROM flows WHERE id = $1`, id)
		}
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", kind, err)
	}
	passed := now.Wall.Sub(began.Wall)
	if began.Run == now.Run {
		passed = max(passed, now.Up-began.Up)
	}
	if passed < 0 || passed > flowFor {
		return false, nil
	}
	if err := c.open(flowWhere(kind, id), sealed, value); err != nil {
		return false, fmt.Errorf("read %s: %w", kind, err)
	}
	return true, nil
}
