package store

import (
	"database/sql/driver"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/klarlagt/klarlagt/breach"
)

// Explain turns what the user can mend into a Refusal that says how: a full
// disk, a folder or a schema that may not be written, a database that does not
// answer. Other errors it gives back as they are.
func Explain(err error) error { return explain(err) }

func explain(err error) error {
	var refusal *breach.Refusal
	if err == nil || errors.As(err, &refusal) {
		return err
	}
	if key := refusalKey(err); key != "" {
		return &breach.Refusal{Key: key, Err: err}
	}
	return err
}

func refusalKey(err error) string {
	var lite *sqlite.Error
	var server *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &lite):
		return sqliteKey(lite.Code())
	case errors.As(err, &server):
		return postgresKey(server.Code)
	case errors.As(err, &connect), errors.Is(err, driver.ErrBadConn), errors.Is(err, errSevered):
		return "refusal.database-gone"
	case errors.Is(err, syscall.ENOSPC):
		return "refusal.disk-full"
	case errors.Is(err, fs.ErrPermission):
		return "refusal.data-permission"
	}
	return ""
}

func sqliteKey(code int) string {
	switch code & 0xff { // the rest tells kinds of one error apart
	case sqlite3.SQLITE_FULL:
		return "refusal.disk-full"
	case sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return "refusal.data-permission"
	case sqlite3.SQLITE_BUSY:
		return "refusal.database-busy"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return "refusal.database-damaged"
	}
	return ""
}

// The codes are those of PostgreSQL's appendix A.
func postgresKey(code string) string {
	switch code {
	case "53100": // disk_full
		return "refusal.database-full"
	case "42501", "3D000", "25006": // insufficient_privilege, invalid_catalog_name, read_only_sql_transaction
		return "refusal.database-permission"
	case "57P01", "57P02", "57P03", "53300": // shutdown, crash, starting up, too many connections
		return "refusal.database-gone"
	case "XX001", "XX002": // data_corrupted, index_corrupted
		return "refusal.database-damaged"
	}
	switch {
	case strings.HasPrefix(code, "08"): // connection_exception
		return "refusal.database-gone"
	case strings.HasPrefix(code, "28"): // invalid_authorization_specification
		return "refusal.database-permission"
	}
	return ""
}
