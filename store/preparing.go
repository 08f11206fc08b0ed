package store

import (
	"context"
	"database/sql/driver"

	"modernc.org/sqlite"
)

// mostStatements is how many statements a connection keeps. A text that is built
// for its arguments does not come again: those used last go first.
const mostStatements = 100

// preparing opens connections that keep what they have prepared: SQLite takes
// longer to read a short query than to answer it.
type preparing struct{ driver.Connector }

// newPreparing is for [database/sql.OpenDB].
func newPreparing(name string) (driver.Connector, error) {
	c, err := sqlite.NewConnector(name)
	return preparing{c}, err
}

// Connect opens a connection.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &preparedConn{sqliteConn: c.(sqliteConn), kept: map[string]*preparedStmt{}}, nil
}

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteStmt is what its statements can do.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// preparedConn is a connection with its statements. One goroutine at a time has it.
type preparedConn struct {
	sqliteConn
	kept map[string]*preparedStmt // those that nobody reads from now
	uses int64
}

type preparedStmt struct {
	sqliteStmt
	query string
	used  int64 // when last, in uses of the connection
}

// ExecContext does what a query says.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	defer c.keep(s)
	return s.ExecContext(ctx, args)
}

// QueryContext reads what a query asks for; its statement is free again when the
// rows are closed.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		c.keep(s)
		return nil, err
	}
	return preparedRows{rows, c, s}, nil
}

// take gives the statement of a query, which is nobody else's until it is kept.
func (c *preparedConn) take(ctx context.Context, query string) (*preparedStmt, error) {
	if s := c.kept[query]; s != nil {
		delete(c.kept, query)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &preparedStmt{sqliteStmt: s.(sqliteStmt), query: query}, nil
}

// keep has a statement at hand for the next who asks the same.
func (c *preparedConn) keep(s *preparedStmt) {
	c.uses++
	s.used = c.uses
	if other := c.kept[s.query]; other != nil {
		if other != s { // the same was asked while this one was read from
			_ = s.Close()
		}
		return
	}
	c.kept[s.query] = s
	if len(c.kept) <= mostStatements {
		return
	}
	oldest := s
	for _, other := range c.kept {
		if other.used < oldest.used {
			oldest = other
		}
	}
	delete(c.kept, oldest.query)
	_ = oldest.Close()
}

// Close closes the connection with its statements.
func (c *preparedConn) Close() error {
	for _, s := range c.kept {
		_ = s.Close()
	}
	clear(c.kept)
	return c.sqliteConn.Close()
}

// preparedRows give their statement back.
type preparedRows struct {
	driver.Rows
	of   *preparedConn
	stmt *preparedStmt
}

// Close ends the reading.
func (r preparedRows) Close() error {
	defer r.of.keep(r.stmt)
	return r.Rows.Close()
}
