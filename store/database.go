package store

import (
	"context"
	"database/sql"
)

// database is an open database of either kind.
type database struct {
	db      *sql.DB
	dialect dialect
	line    line // nil where few write
}

// tx runs f in one transaction. Transactions that write stand in line on both
// databases, so that f need not fear what another does meanwhile, and is never
// run twice.
func (d database) tx(ctx context.Context, f func(tx *sql.Tx) error) error {
	if err := d.line.enter(ctx); err != nil {
		return err
	}
	defer d.line.leave()
	return d.first(ctx, f)
}

// first runs f in one transaction, for whoever is the first in the line.
func (d database) first(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := d.begin(ctx)
	if err != nil {
		return explain(err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return explain(err)
	}
	return explain(tx.Commit())
}

// begin begins a transaction once no other writes, for whoever is the first in the
// line.
func (d database) begin(ctx context.Context) (*sql.Tx, error) {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil || d.dialect.queue == "" {
		return tx, err
	}
	if _, err := tx.ExecContext(ctx, d.dialect.queue); err != nil {
		_ = tx.Rollback()
		return nil, err
	}
	return tx, nil
}
