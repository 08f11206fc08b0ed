package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/pressly/goose/v3"
)

// dialect is all in which the two databases differ once they are open.
type dialect struct {
	goose goose.Dialect

	// queue makes a transaction wait until no other writes, to its end.
	// SQLite's transactions do so from their beginning.
	queue string

	// tables lists the tables that are there.
	tables string

	// snapshot is how a transaction begins that reads one state of everything.
	snapshot *sql.TxOptions

	// lock takes what one process at a time may have; it is given back when
	// the process ends, however it ends. Without wait, it may give errHeld.
	lock func(ctx context.Context, name string, wait bool) (unlock func() error, err error)

	// compact writes the database anew, without what was deleted from it.
	compact func(ctx context.Context, db *sql.DB) error

	// before readies a database of an older version for its migrations, and
	// tells where a copy of it lies, if one was made; after ends them.
	before func(ctx context.Context, db *sql.DB, version int64) (backup string, err error)
	after  func(ctx context.Context, db *sql.DB, backup string) error
}

// plain makes of what came from outside a text that both databases take:
// PostgreSQL's hold neither zero bytes nor what is not UTF-8. What has to keep
// its bytes lies in a BYTEA column.
func plain(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
}
