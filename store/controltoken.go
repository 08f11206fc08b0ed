package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// apiActsFor is how long an act of a program is known by its key.
const apiActsFor = 24 * time.Hour

// tokenRow is an API token as it is sealed.
type tokenRow struct {
	Name   string
	Scopes []auth.Action
	MadeAt int64
}

func tokenWhere(tenant auth.TenantID, id string) seal.Where {
	return seal.Where{Tenant: string(tenant), Table: "api_tokens", Column: "token", Row: id, Version: 1}
}

// AddAPIToken keeps an API token by the hash of its secret.
func (c *Control) AddAPIToken(ctx context.Context, g auth.Grant, t auth.APIToken, hash auth.TokenHash) error {
	if err := forTenant(g, auth.OwnSignIn); err != nil {
		return err
	}
	if t.User != g.Who() || t.Tenant != g.Tenant() {
		return auth.ErrNoGrant
	}
	sealed, err := c.seal(tokenWhere(t.Tenant, t.ID), tokenRow{t.Name.Reveal(), t.Scopes, t.MadeAt.UnixMicro()})
	if err != nil {
		return fmt.Errorf("keep an API token: %w", err)
	}
	err = c.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO api_tokens (id, hash, user_id, until, token) VALUES ($1, $2, $3, $4, $5)`,
			t.ID, hash[:], t.User, t.Until.UnixMicro(), sealed)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep an API token: %w", err)
	}
	return nil
}

// APITokens lists those of whoever has a session, the newest first.
func (c *Control) APITokens(ctx context.Context, mine auth.Session) ([]auth.APIToken, error) {
	return c.apiTokens(ctx, `t.user_id = $1`, mine.User)
}

func (c *Control) apiTokens(ctx context.Context, condition string, args ...any) ([]auth.APIToken, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT t.id, t.user_id, u.tenant, t.until, t.token FROM api_tokens t
		JOIN users u ON u.id = t.user_id WHERE `+condition+` ORDER BY t.until DESC, t.id`, args...) // #nosec G202 -- texts of ours alone; values go as arguments
	if err != nil {
		return nil, fmt.Errorf("read API tokens: %w", explain(err))
	}
	defer rows.Close()
	var list []auth.APIToken
	for rows.Next() {
		var t auth.APIToken
		var until int64
		var sealed []byte
		if err := rows.Scan(&t.ID, &t.User, &t.Tenant, &until, &sealed); err != nil {
			return nil, fmt.Errorf("read API tokens: %w", err)
		}
		var row tokenRow
		if err := c.open(tokenWhere(t.Tenant, t.ID), sealed, &row); err != nil {
			return nil, fmt.Errorf("read API tokens: %w", err)
		}
		t.Name, t.Scopes = breach.Hide(row.Name), row.Scopes
		t.MadeAt, t.Until = time.UnixMicro(row.MadeAt).UTC(), time.UnixMicro(until).UTC()
		list = append(list, t)
	}
	return list, explain(rows.Err())
}

// EndAPIToken ends one of whoever has a session.
func (c *Control) EndAPIToken(ctx context.Context, mine auth.Session, id string) error {
	err := c.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM api_tokens WHERE id = $1 AND user_id = $2`, id, mine.User)
		return err
	})
	if err != nil {
		return fmt.Errorf("end an API token: %w", err)
	}
	return nil
}

// APISession gives the session of one request made with a token, with the roles
// and cases that its owner has at this moment; false where there is none.
func (c *Control) APISession(ctx context.Context, hash auth.TokenHash, from auth.Origin, now auth.Instant) (auth.Session, bool, error) {
	list, err := c.apiTokens(ctx, `t.hash = $1`, hash[:])
	if err != nil || len(list) == 0 {
		return auth.Session{}, false, err
	}
	roles, cases, err := c.rightsOf(ctx, list[0].User)
	if err != nil {
		return auth.Session{}, false, err
	}
	s, open := list[0].Session(roles, cases, from, now)
	return s, open, nil
}

// Why an act of a program is not begun.
var (
	ErrKeyUsed  = &breach.Refusal{Key: "refusal.api-key-used"}  // for another act
	ErrKeyTaken = &breach.Refusal{Key: "refusal.api-key-taken"} // the act is being done, or nobody knows
)

// BeginAPIAct notes an act of a program under the key that it chose. Where the
// same act was done under it, it gives the answer of then.
func (c *Control) BeginAPIAct(ctx context.Context, s auth.Session, key string, request [32]byte, now time.Time) (answer []byte, err error) {
	ask := sha256.Sum256([]byte(key))
	err = c.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM api_acts WHERE began < $1`, now.Add(-apiActsFor).UnixMicro()); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO api_acts (token_id, ask, request, began) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			s.ID, ask[:], request[:], now.UnixMicro())
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		var before, sealed []byte
		if err := tx.QueryRowContext(ctx, `SELECT request, answer FROM api_acts WHERE token_id = $1 AND ask = $2`, s.ID, ask[:]).Scan(&before, &sealed); err != nil {
			return err
		}
		switch {
		case !bytes.Equal(before, request[:]):
			return ErrKeyUsed
		case sealed == nil:
			return ErrKeyTaken
		}
		answer, err = c.rows.Open(actWhere(s, ask), sealed)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("begin an act of a program: %w", err)
	}
	return answer, nil
}

// EndAPIAct keeps the answer to an act; without one it forgets the act, for
// nothing was done.
func (c *Control) EndAPIAct(ctx context.Context, s auth.Session, key string, answer []byte) error {
	ask := sha256.Sum256([]byte(key))
	err := c.tx(ctx, func(tx *sql.Tx) (err error) {
		if answer == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM api_acts WHERE token_id = $1 AND ask = $2 AND answer IS NULL`, s.ID, ask[:])
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE api_acts SET answer = $1 WHERE token_id = $2 AND ask = $3 AND answer IS NULL`, c.rows.Seal(actWhere(s, ask), answer), s.ID, ask[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("end an act of a program: %w", err)
	}
	return nil
}

func actWhere(s auth.Session, ask [32]byte) seal.Where {
	return seal.Where{Tenant: string(s.Tenant), Table: "api_acts", Column: "answer", Row: string(s.ID) + "/" + hex.EncodeToString(ask[:]), Version: 1}
}
