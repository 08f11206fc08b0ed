package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/klarlagt/klarlagt/auth"
)

// What grants open. A method that takes a grant begins by holding it against
// one of these.
var (
	toScan  = []auth.Action{auth.Scan, auth.ReadPictures}
	toWork  = append([]auth.Action{auth.ImportRegister, auth.Resolve}, toScan...)
	toLook  = []auth.Action{auth.FreezeNotice, auth.ListPeople, auth.Explain, auth.Search, auth.AnswerUnaffected, auth.Reveal, auth.RevealProtected, auth.ExportMasked, auth.ExportValues}
	toCount = append(append([]auth.Action{auth.ReadAccount, auth.ReadReport, auth.ReadFacts, auth.FileNotification, auth.Judge}, toWork...), toLook...)
)

// Grant asks for leave. The check, its line in the journal and what it counts
// are one transaction; a refusal is in the journal too. This is the only way to
// a grant of a tenant's data. Those who ask at the same time may be checked in one
// transaction, one after the other; each is answered when that is on the disk.
func (s *Store) Grant(ctx context.Context, who auth.Session, ask auth.Ask) (auth.Grant, error) {
	a := s.asking.add(ctx, who, ask)
	select {
	case <-a.done:
		return a.grant, a.err
	case <-ctx.Done():
		return auth.Grant{}, ctx.Err()
	case s.line <- struct{}{}:
	}
	func() {
		defer s.line.leave()
		s.answer(ctx)
	}()
	<-a.done // by us, or by who was before us in the line
	return a.grant, a.err
}

// Grants asks for leave for several acts at once: all, or none.
func (s *Store) Grants(ctx context.Context, who auth.Session, asks []auth.Ask) ([]auth.Grant, error) {
	var grants []auth.Grant
	var refused error
	err := s.tx(ctx, func(tx *sql.Tx) error {
		for _, ask := range asks {
			g, err := s.check(ctx, tx, who, ask)
			var no *auth.Refused
			if errors.As(err, &no) {
				refused = err
				return nil
			}
			if err != nil {
				return err
			}
			grants = append(grants, g)
		}
		return nil
	})
	if err = errors.Join(err, refused); err != nil {
		return nil, err
	}
	return grants, nil
}

// act checks and acts in one transaction. When the act fails, there was none,
// and no leave for it.
func (s *Store) act(ctx context.Context, who auth.Session, ask auth.Ask, f func(tx *sql.Tx, g auth.Grant) error) (g auth.Grant, err error) {
	var refused error
	err = s.tx(ctx, func(tx *sql.Tx) error {
		g, err = s.check(ctx, tx, who, ask)
		var no *auth.Refused
		if errors.As(err, &no) {
			refused = err
			return nil // the refusal is committed
		}
		if err != nil {
			return err
		}
		return f(tx, g)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return auth.Grant{}, err
	}
	return g, nil
}

func (s *Store) check(ctx context.Context, tx *sql.Tx, who auth.Session, ask auth.Ask) (auth.Grant, error) {
	if who.Tenant != s.tenant {
		return auth.Grant{}, fmt.Errorf("%w: a session of another tenant", auth.ErrNoGrant)
	}
	l := ledger{s, tx, ask.Now}
	rule, _ := auth.RuleFor(ask.Action)
	fresh := false
	var err error
	if rule.Counted {
		if fresh, err = l.fresh(ctx, who.User, ask.Case, ask.Object, ask.Now.Wall); err != nil {
			return auth.Grant{}, err
		}
	}
	g, err := auth.Check(ctx, l, who, ask)
	if err != nil || !rule.Counted {
		return g, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO looks (id, who, case_id, object, at)
		SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4 FROM looks`, who.User, ask.Case, idOf(ask.Object), ask.Now.Wall.UnixMicro())
	if err == nil && fresh && g.NearBudget() {
		err = l.warn(ctx, who, ask)
	}
	if err == nil && g.NearBudget() {
		err = s.warnOnce(ctx, tx, ask.Case, "budget:"+string(who.User)+","+string(ask.Case), auth.Mail{Subject: "mail.budget.subject", Text: "mail.budget.text",
			Args: map[string]any{"Case": string(ask.Case), "User": string(who.User)}}, ask.Now.Wall)
	}
	return g, err
}

// allow holds a grant against what it has to be for.
func (s *Store) allow(g auth.Grant, actions ...auth.Action) error {
	if err := g.For(actions...); err != nil {
		return err
	}
	if g.Tenant() != s.tenant {
		return fmt.Errorf("%w: it is of another tenant", auth.ErrNoGrant)
	}
	return nil
}

// under gives the keys of the case that a grant is for.
func (s *Store) under(ctx context.Context, g auth.Grant, actions ...auth.Action) (*caseKeys, error) {
	if err := s.allow(g, actions...); err != nil {
		return nil, err
	}
	if g.Case() == "" {
		return nil, fmt.Errorf("%w: it is for no case", auth.ErrNoGrant)
	}
	return s.keysOf(ctx, g.Case())
}
