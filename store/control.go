package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

//go:embed control/*.sql
var controlMigrations embed.FS

// Where the control database lies: in the data folder, or in a schema of its
// own.
const (
	controlFile   = "control.db"
	controlSchema = "klarlagt_control"
)

// Control is the control database: which tenants there are, who may sign in,
// and who is signed in. It holds nothing of any case. What opens doors or says
// who somebody is lies in it sealed. It is safe for use by many goroutines.
//
// A method that acts for an administrator takes a grant, and sees the grant's
// tenant alone. Those that take none are the road to a session.
type Control struct {
	database
	rows  *seal.Rows
	blind seal.Blind
	names keptNames
}

// ControlConfig says where the control database lies, and what opens it.
type ControlConfig struct {
	Dir      string // the data folder
	Postgres string // as in [Config]; "" for SQLite in the data folder
	Schema   string // on PostgreSQL; "" for "klarlagt_control"
	Master   seal.Key
}

// OpenControl opens the control database, makes it if it is not there, and
// brings it up to date.
func OpenControl(ctx context.Context, c ControlConfig) (*Control, error) {
	control, err := connectControl(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := control.openKeys(ctx, c.Master); err != nil {
		_ = control.Close()
		return nil, fmt.Errorf("open control database: %w", explain(err))
	}
	return control, nil
}

// connectControl opens it without its keys.
func connectControl(ctx context.Context, c ControlConfig) (*Control, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open data folder: %w", explain(err))
	}
	var db *sql.DB
	var d dialect
	var err error
	if c.Postgres == "" {
		db, d, err = openSQLiteFile(c.Dir, controlFile)
	} else {
		schema := c.Schema
		if schema == "" {
			schema = controlSchema
		}
		db, d, err = openPostgres(ctx, Config{Dir: c.Dir, Postgres: c.Postgres, Schema: schema})
	}
	if err != nil {
		return nil, fmt.Errorf("open control database: %w", explain(err))
	}
	if err := migrate(ctx, db, d, controlMigrations, "control"); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("bring control database up to date: %w", explain(err))
	}
	return &Control{database: database{db, d, newLine()}}, nil
}

// Close closes the database.
func (c *Control) Close() error { return c.db.Close() }

// Ready reports whether the database can be written to.
func (c *Control) Ready(ctx context.Context) error {
	return c.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM flows WHERE kind = $1`, "") // there is none
		return err
	})
}

// openKeys opens the database's own keys, or makes the first.
func (c *Control) openKeys(ctx context.Context, master seal.Key) error {
	where := controlWrap()
	var key seal.Key
	err := c.tx(ctx, func(tx *sql.Tx) error {
		var wrap []byte
		err := tx.QueryRowContext(ctx, `SELECT wrap FROM control_keys WHERE generation = 1`).Scan(&wrap)
		if errors.Is(err, sql.ErrNoRows) {
			key = seal.NewKey()
			if wrap, err = seal.Wrap(master, where, key); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO control_keys (generation, wrap) VALUES (1, $1)`, wrap)
			return err
		}
		if err != nil {
			return err
		}
		if key, err = seal.Unwrap(master, where, wrap); err != nil {
			return &breach.Refusal{Key: "refusal.control-key", Err: err}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.rows, err = seal.NewRows(seal.Ring{1: key}); err != nil {
		return err
	}
	c.blind, err = seal.NewBlind(key)
	return err
}

func controlWrap() seal.Where { return seal.Where{Table: "control_keys", Row: "1", Version: 1} }

// seal writes a value as JSON and seals it for one place.
func (c *Control) seal(w seal.Where, value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return c.rows.Seal(w, plain), nil
}

// open opens what seal has made.
func (c *Control) open(w seal.Where, sealed []byte, value any) error {
	plain, err := c.rows.Open(w, sealed)
	if err != nil {
		return err
	}
	if json.Unmarshal(plain, value) != nil {
		return fmt.Errorf("%v: cannot be read", w) // the library's error may quote it
	}
	return nil
}

// index is the blind index of a value in one column.
func (c *Control) index(column string, value string) []byte {
	sum := c.blind.Of(column, breach.Hide(value))
	return sum[:]
}

// forTenant holds a grant against the actions it has to be for.
func forTenant(g auth.Grant, actions ...auth.Action) error {
	if err := g.For(actions...); err != nil {
		return err
	}
	if g.Tenant() == "" {
		return auth.ErrNoGrant
	}
	return nil
}
