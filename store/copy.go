package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// tables lists every table, those that others point to first. TestTablesAreAll
// finds one that was left out.
var tables = []string{
	"cases", "registers", "entries", "rejects", "guardianships", "roots", "contents", "members", "items",
	"people", "exposures", "identifiers", "memberships", "summaries", "sights",
	"rolls", "portraits", "questions", "judgements", "lists", "list_pages", "scans", "uploads",
	"facts", "decisions", "filings",
	"notices", "dispatches", "letters", "deliveries", "commands", "batches", "pieces", "errands",
	"journal_records", "journal_hashes", "journal_commitments", "looks", "raises",
	"approvals", "voices", "glasses", "papers", "offices", "alerts", "webhook_messages",
}

// Copied is what a copy took along, or would.
type Copied struct {
	Tables  []Copy
	Missing []CaseID // cases whose files do not lie in the new data folder
}

// Copy is one table of a copy.
type Copy struct {
	Table string
	Rows  int64
	Sum   Sum
}

// CopyDatabase copies every row of one store to another, which has to be empty:
// all, or nothing. What was written is read back and has to have the sums of
// what was read. The files of the cases stay where they are. With dry set,
// it only counts. It calls tell, if there is one, as it goes on.
func CopyDatabase(ctx context.Context, from, to Config, dry bool, now time.Time, tell func(table string, rows int64)) (Copied, error) {
	var none Copied
	if _, err := os.Stat(filepath.Join(from.tenantDir(), sqliteFile)); from.Postgres == "" && errors.Is(err, fs.ErrNotExist) {
		return none, &breach.Refusal{Key: "refusal.no-database", Args: map[string]any{"Path": from.Dir}}
	}
	if from.tenant() != to.tenant() { // what is sealed opens for its tenant alone
		return none, fmt.Errorf("copy database: of tenant %q to tenant %q", from.tenant(), to.tenant())
	}
	source, err := Open(ctx, from)
	if err != nil {
		return none, fmt.Errorf("source: %w", err)
	}
	defer source.Close()
	target, err := Open(ctx, to)
	if err != nil {
		return none, fmt.Errorf("target: %w", err)
	}
	defer target.Close()
	if err := target.checkEmpty(ctx); err != nil {
		return none, err
	}
	ids, err := source.checkIdle(ctx, now)
	if err != nil {
		return none, err
	}
	c := Copied{Missing: target.withoutFiles(ids)}
	read, err := source.db.BeginTx(ctx, source.dialect.snapshot)
	if err != nil {
		return none, explain(err)
	}
	defer func() { _ = read.Rollback() }() // it only reads
	if tell == nil {
		tell = func(string, int64) {}
	}
	if dry {
		c.Tables, err = count(ctx, read)
		return c, explain(err)
	}
	err = target.tx(ctx, func(write *sql.Tx) error {
		if c.Tables, err = copyTables(ctx, read, write, tell); err != nil {
			return err
		}
		return target.adopt(ctx, source, ids)
	})
	if err != nil {
		return none, fmt.Errorf("copy database: %w", err)
	}
	return c, nil
}

// adopt takes over the keys of cases: rows are copied as they are sealed.
func (s *Store) adopt(ctx context.Context, from *Store, ids []CaseID) error {
	if s.keys.path == from.keys.path {
		return nil
	}
	if err := s.keys.adoptSecrets(ctx, from.keys, s.tenant); err != nil {
		return fmt.Errorf("copy the keys of cases in secret mode: %w", err)
	}
	for _, id := range append(slices.Clone(ids), officeKey) {
		members, err := from.keys.secretMembers(ctx, s.tenant, id)
		if err != nil {
			return err
		}
		if len(members) > 0 { // its wraps went as they are
			continue
		}
		k, err := from.keysOf(ctx, id)
		if id == officeKey && isLost(err) { // nothing was sealed under it
			continue
		}
		if err == nil {
			err = s.keys.keepCase(ctx, s.tenant, s.tenantKey, id, k.ring)
		}
		if err != nil {
			return fmt.Errorf("copy the keys of case %s: %w", id, err)
		}
	}
	return nil
}

func copyTables(ctx context.Context, read, write *sql.Tx, tell func(string, int64)) ([]Copy, error) {
	var list []Copy
	for _, table := range tables {
		c := Copy{Table: table}
		b := batch{tx: write, table: table}
		err := eachRow(ctx, read, table, func(columns []string, row []any) error {
			if err := c.add(row); err != nil {
				return err
			}
			if c.Rows%1000 == 0 {
				tell(table, c.Rows)
			}
			return b.add(ctx, columns, row)
		})
		if err == nil {
			err = b.flush(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", table, err)
		}
		tell(table, c.Rows)
		list = append(list, c)
	}
	for _, c := range list {
		got := Copy{Table: c.Table}
		if err := eachRow(ctx, write, c.Table, func(_ []string, row []any) error { return got.add(row) }); err != nil {
			return nil, fmt.Errorf("table %s, read back: %w", c.Table, err)
		}
		if got != c {
			return nil, fmt.Errorf("table %s: %d rows with the sum %s were read, %d rows with the sum %s are there", c.Table, c.Rows, c.Sum, got.Rows, got.Sum)
		}
	}
	return list, nil
}

func (c *Copy) add(row []any) error {
	c.Rows++
	return c.Sum.add(row)
}

func count(ctx context.Context, tx *sql.Tx) ([]Copy, error) {
	var list []Copy
	for _, table := range tables {
		c := Copy{Table: table}
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table).Scan(&c.Rows); err != nil {
			return nil, fmt.Errorf("table %s: %w", table, err)
		}
		list = append(list, c)
	}
	return list, nil
}

// eachRow calls f for every row of a table. The row is reused.
func eachRow(ctx context.Context, tx *sql.Tx, table string, f func(columns []string, row []any) error) error {
	return eachOf(ctx, tx, `SELECT * FROM `+table, nil, f)
}

// eachOf calls f for every row that a query gives. The row is reused.
func eachOf(ctx context.Context, tx *sql.Tx, query string, args []any, f func(columns []string, row []any) error) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	row := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok && b == nil {
				row[i] = []byte{} // SQLite's driver gives nothing for an empty value
			}
		}
		if err := f(columns, row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// batch is rows of a table that are written together.
type batch struct {
	tx      *sql.Tx
	table   string
	columns []string
	args    []any
	bytes   int
}

func (b *batch) add(ctx context.Context, columns []string, row []any) error {
	b.columns = columns
	b.args = append(b.args, row...)
	for _, v := range row {
		switch v := v.(type) {
		case string:
			b.bytes += len(v)
		case []byte:
			b.bytes += len(v)
		}
	}
	// SQLite's driver looks each value up among all: more at a time is slower.
	if len(b.args) < 300 && b.bytes < 4<<20 {
		return nil
	}
	return b.flush(ctx)
}

func (b *batch) flush(ctx context.Context) error {
	if len(b.args) == 0 {
		return nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, `INSERT INTO %s (%s) VALUES `, b.table, strings.Join(b.columns, ", "))
	for i := range b.args {
		switch {
		case i == 0:
			text.WriteString("(")
		case i%len(b.columns) == 0:
			text.WriteString("), (")
		default:
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "$%d", i+1)
	}
	text.WriteString(")")
	_, err := b.tx.ExecContext(ctx, text.String(), b.args...)
	b.args, b.bytes = b.args[:0], 0
	return err
}

// checkEmpty refuses a store that holds anything.
func (s *Store) checkEmpty(ctx context.Context) error {
	for _, table := range tables {
		var some bool
		if err := s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+table+`)`).Scan(&some); err != nil {
			return fmt.Errorf("look into the target: %w", explain(err))
		}
		if some {
			return &breach.Refusal{Key: "refusal.database-not-empty"}
		}
	}
	return nil
}

// checkIdle refuses a store in which somebody works on a case: what is written
// after the copy would be missing from it. It gives the cases.
func (s *Store) checkIdle(ctx context.Context, now time.Time) ([]CaseID, error) {
	cases, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	var ids []CaseID
	for _, c := range cases {
		if c.KeyLost { // nobody can work on it
			continue
		}
		if c.Secret {
			unlock, err := s.take(ctx, c.ID)
			if err == nil {
				err = unlock()
			}
			if err != nil {
				return nil, err
			}
			ids = append(ids, c.ID)
			continue
		}
		k, err := s.keysOf(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		l, err := s.lock(ctx, k, "db copy", now)
		if err != nil {
			return nil, err
		}
		if err := l.Close(); err != nil {
			return nil, fmt.Errorf("unlock case: %w", explain(err))
		}
		ids = append(ids, c.ID)
	}
	return ids, nil
}

// withoutFiles lists the cases that have no folder in the store.
func (s *Store) withoutFiles(ids []CaseID) []CaseID {
	return slices.DeleteFunc(slices.Clone(ids), func(id CaseID) bool {
		info, err := os.Stat(s.CaseDir(id))
		return err == nil && info.IsDir()
	})
}
