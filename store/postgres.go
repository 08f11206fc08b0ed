package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/klarlagt/klarlagt/breach"
)

// schemaName is what may name a schema: it goes into SQL texts as it is.
var schemaName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

func openPostgres(ctx context.Context, c Config) (*sql.DB, dialect, error) {
	conf, schema, err := postgresConfig(c)
	if err != nil {
		return nil, dialect{}, err
	}
	db := stdlib.OpenDB(*conf)
	db.SetMaxOpenConns(12) // each case that is locked has one
	db.SetMaxIdleConns(4)
	if err := makeSchema(ctx, db, schema); err != nil {
		_ = db.Close()
		return nil, dialect{}, err
	}
	return db, dialect{
		goose:    goose.DialectPostgres,
		queue:    fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, lockKey(schema, "write")),
		tables:   `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`,
		snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		lock: func(ctx context.Context, name string, wait bool) (func() error, error) {
			return lockSession(ctx, db, lockKey(schema, name), wait)
		},
		before: func(context.Context, *sql.DB, int64) (string, error) { return "", nil },
		compact: func(ctx context.Context, db *sql.DB) error {
			for _, table := range tables {
				if _, err := db.ExecContext(ctx, `VACUUM (FULL, ANALYZE) `+table); err != nil {
					return err
				}
			}
			return nil
		},
		after: func(ctx context.Context, db *sql.DB, _ string) error { return orderByBytes(ctx, db) },
	}, nil
}

// postgresConfig reads the settings, and the schema to work in.
func postgresConfig(c Config) (*pgx.ConnConfig, string, error) {
	conf, err := pgx.ParseConfig(c.Postgres)
	if err != nil {
		return nil, "", &breach.Refusal{Key: "refusal.database-setting"} // the error may hold a password
	}
	if !encrypted(conf) {
		return nil, "", &breach.Refusal{Key: "refusal.database-unencrypted"}
	}
	schema := c.Schema
	if schema == "" {
		schema = conf.RuntimeParams["search_path"]
	}
	if schema == "" {
		schema = "klarlagt"
	}
	if !schemaName.MatchString(schema) || strings.HasPrefix(schema, "pg_") {
		return nil, "", &breach.Refusal{Key: "refusal.database-schema", Args: map[string]any{"Schema": schema}}
	}
	for name, value := range map[string]string{
		"search_path": schema, "client_encoding": "UTF8",
		// The server lets go of the locks of a machine that is gone after a minute.
		"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3",
	} {
		conf.RuntimeParams[name] = value
	}
	if conf.RuntimeParams["application_name"] == "" {
		conf.RuntimeParams["application_name"] = "klarlagt"
	}
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = 15 * time.Second
	}
	dial := conf.DialFunc
	conf.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return wire{conn}, nil
	}
	return conf, schema, nil
}

// encrypted reports whether every way that the settings allow to the server is
// encrypted, or stays on this machine.
func encrypted(conf *pgx.ConnConfig) bool {
	ways := append([]*pgconn.FallbackConfig{{Host: conf.Host, TLSConfig: conf.TLSConfig}}, conf.Fallbacks...)
	return !slices.ContainsFunc(ways, func(w *pgconn.FallbackConfig) bool {
		if w.TLSConfig != nil || strings.HasPrefix(w.Host, "/") || w.Host == "localhost" { // a folder names a socket
			return false
		}
		at, err := netip.ParseAddr(w.Host)
		return err != nil || !at.IsLoopback()
	})
}

// errSevered says that the server's end of the connection is gone.
var errSevered = errors.New("connection to the database server lost")

// wire is a connection that tells its end from that of a file.
type wire struct{ net.Conn }

func (w wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if errors.Is(err, io.EOF) || broken(err) {
		err = errors.Join(errSevered, err)
	}
	return n, err
}

// Write says ErrBadConn, so that what was not sent is sent over another
// connection, unless it belongs to a transaction.
func (w wire) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	if broken(err) {
		err = errors.Join(driver.ErrBadConn, err)
	}
	return n, err
}

func broken(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && !op.Timeout()
}

// makeSchema makes the schema if it is not there. Who may not make one can be
// given one.
func makeSchema(ctx context.Context, db *sql.DB, schema string) error {
	var encoding string
	if err := db.QueryRowContext(ctx, `SHOW server_encoding`).Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return &breach.Refusal{Key: "refusal.database-encoding", Args: map[string]any{"Encoding": encoding}}
	}
	unlock, err := lockSession(ctx, db, lockKey(schema, "schema"), true)
	if err != nil {
		return err
	}
	defer func() { _ = unlock() }()
	var there bool
	err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)`, schema).Scan(&there)
	if err == nil && !there {
		_, err = db.ExecContext(ctx, `CREATE SCHEMA `+schema)
	}
	return err
}

// orderByBytes has the texts of the schema compare by their bytes, as SQLite's
// do, whatever the server's language: order is part of what comes out.
func orderByBytes(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT format('ALTER TABLE %I ALTER COLUMN %I TYPE TEXT COLLATE "C"', table_name, column_name)
		FROM information_schema.columns
		WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
		ORDER BY table_name, column_name`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var texts []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		texts = append(texts, text)
	}
	if err := rows.Err(); err != nil || len(texts) == 0 {
		return err
	}
	_, err = db.ExecContext(ctx, "DO $$ BEGIN "+strings.Join(texts, "; ")+"; END $$")
	return err
}

// lockKey names a lock of a schema to the server.
func lockKey(schema, name string) int64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "klarlagt/%s/%s", schema, name)
	return int64(h.Sum64())
}

// lockSession takes a lock that the server takes back when the connection ends.
func lockSession(ctx context.Context, db *sql.DB, key int64, wait bool) (unlock func() error, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	got := true
	if wait {
		_, err = conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, key)
	} else {
		err = conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, key).Scan(&got)
	}
	if err == nil && !got {
		err = errHeld
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, key)
		return errors.Join(err, conn.Close())
	}, nil
}
