package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/journal"
)

// ledger is what a check has to know, inside the transaction of the act.
type ledger struct {
	s   *Store
	tx  *sql.Tx
	now auth.Instant
}

// Case gives the facts of a case. It asks the same questions of one that is not
// there.
func (l ledger) Case(ctx context.Context, id auth.CaseID) (auth.Case, bool, error) {
	var closed int64
	err := l.tx.QueryRowContext(ctx, `SELECT closed_at FROM cases WHERE id = $1`, plain(string(id))).Scan(&closed)
	there := err == nil
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	c := auth.Case{ID: id, Tenant: l.s.tenant, Closed: closed != 0}
	if err == nil {
		_, err = l.s.named(ctx, l.tx, "", bearersOffice, &c.Bearers)
	}
	if err == nil {
		_, err = l.s.named(ctx, l.tx, id, readersOffice, &c.Readers)
	}
	if err == nil {
		c.Glasses, err = l.glasses(ctx, id)
	}
	return c, there && err == nil, err
}

// fresh reports whether an object was not shown to somebody within the last day.
func (l ledger) fresh(ctx context.Context, u auth.UserID, c auth.CaseID, object string, now time.Time) (bool, error) {
	var n int64
	err := l.tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM looks WHERE at > $1 AND who = $2 AND case_id = $3 AND object = $4`,
		now.Add(-auth.Day).UnixMicro(), u, plain(string(c)), idOf(object)).Scan(&n)
	return n == 0, err
}

// Spent counts what would be spent of the budgets if the object were shown. What
// a clock that was set back left in the future counts too.
func (l ledger) Spent(ctx context.Context, u auth.UserID, c auth.CaseID, object string, now time.Time) (sp auth.Spent, err error) {
	since, id, who := now.Add(-auth.Day).UnixMicro(), plain(string(c)), string(u)
	for _, count := range []struct {
		where  string
		to     *int
		raised *int
		budget auth.Budget
	}{
		{`who = $2`, &sp.User, &sp.UserRaise, auth.OfUser},
		{`case_id = $3`, &sp.Case, &sp.CaseRaise, auth.OfCase},
		{`who <> ''`, &sp.Tenant, &sp.TenantRaise, auth.OfTenant},
	} {
		var had int
		err = l.tx.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN case_id = $3 AND object = $4 THEN 1 ELSE 0 END), 0) FROM
			(SELECT DISTINCT case_id, object FROM looks WHERE at > $1 AND (`+count.where+`)) seen WHERE $2 <> ''`,
			since, who, id, idOf(object)).Scan(count.to, &had)
		if err != nil {
			return sp, err
		}
		if had == 0 {
			*count.to++
		}
		err = l.tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(more), 0) FROM raises WHERE at > $1 AND at <= $2 AND budget = $3
			AND (budget <> 'user' OR who = $4) AND (budget <> 'case' OR case_id = $5)`,
			since, now.UnixMicro(), count.budget, who, id).Scan(count.raised)
		if err != nil {
			return sp, err
		}
	}
	return sp, nil
}

// Append writes an act into the journal.
func (l ledger) Append(ctx context.Context, a auth.Act) error {
	object := a.Object
	for _, part := range []struct{ name, value string }{{"approval", a.Approval}, {"glass", a.Glass}} {
		if part.value != "" {
			object += "," + part.name + "=" + part.value
		}
	}
	verdict := journal.Done
	if a.Verdict != auth.Allowed {
		verdict = journal.Refused
		object += ",why=" + string(a.Verdict)
	}
	_, err := journal.Append(ctx, journalTx{l.tx}, journal.Record{At: a.At, Tenant: string(l.s.tenant), Case: idOf(string(a.Case)), Who: whoOf(a.Who),
		Session: idOf(string(a.Session)), Origin: idOf(string(a.Origin)), Act: string(a.Action), Object: idOf(object),
		Purpose: idOf(string(a.Purpose)), Verdict: verdict})
	return err
}

// whoOf names who asks; a session that has ended is nobody's.
func whoOf(u auth.UserID) string {
	if u == "" {
		return "nobody"
	}
	return idOf(string(u))
}

// warn writes that a budget is near its end, or was passed at the console.
func (l ledger) warn(ctx context.Context, who auth.Session, ask auth.Ask) error {
	_, err := journal.Append(ctx, journalTx{l.tx}, journal.Record{At: ask.Now.Wall, Tenant: string(l.s.tenant), Case: string(ask.Case), Who: whoOf(who.User),
		Session: idOf(string(who.ID)), Origin: idOf(string(who.Origin)), Act: "near-budget", Object: idOf(ask.Object), Verdict: journal.Done})
	return err
}

// Raise keeps a raise of a budget.
func (s *Store) Raise(ctx context.Context, g auth.Grant, r auth.Raise) error {
	if err := s.allow(g, auth.RaiseBudget); err != nil {
		return err
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO raises (id, budget, who, case_id, by_whom, more, at)
			SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6 FROM raises`, r.Budget, r.For, r.Case, r.By, r.More, r.At.UnixMicro())
		return err
	})
	if err != nil {
		return fmt.Errorf("raise a budget: %w", err)
	}
	return nil
}
