package store

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// SetReaders names the two people who may see protected identities in the
// grant's case.
func (s *Store) SetReaders(ctx context.Context, g auth.Grant, r auth.Readers) error {
	if err := s.allow(g, auth.NameReaders); err != nil {
		return err
	}
	if _, err := auth.NewReaders(r[0], r[1]); err != nil {
		return err
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if err := s.name(ctx, tx, g.Case(), readersOffice, r); err != nil {
			return err
		}
		return s.done(ctx, tx, g, nil, g.Asked(), fmt.Sprintf("readers:%s,%s", r[0], r[1]))
	})
	if err != nil {
		return fmt.Errorf("name readers: %w", err)
	}
	return nil
}

// Readers gives who may see protected identities in the grant's case; false
// while nobody is named.
func (s *Store) Readers(ctx context.Context, g auth.Grant) (r auth.Readers, there bool, err error) {
	if err := s.allow(g, auth.NameReaders, auth.ReadReport); err != nil {
		return r, false, err
	}
	if there, err = s.named(ctx, s.db, g.Case(), readersOffice, &r); err != nil {
		return r, false, fmt.Errorf("look who may read: %w", err)
	}
	return r, there, nil
}

// NameBearer lets the user whom the grant is about break the glass of the
// tenant's cases; DropBearer ends that.
func (s *Store) NameBearer(ctx context.Context, g auth.Grant) error {
	return s.bearer(ctx, g, "named", func(list []auth.UserID) []auth.UserID {
		if slices.Contains(list, g.Subject()) {
			return list
		}
		return append(list, g.Subject())
	})
}

// DropBearer is the opposite of [Store.NameBearer].
func (s *Store) DropBearer(ctx context.Context, g auth.Grant) error {
	return s.bearer(ctx, g, "dropped", func(list []auth.UserID) []auth.UserID {
		return slices.DeleteFunc(list, func(u auth.UserID) bool { return u == g.Subject() })
	})
}

func (s *Store) bearer(ctx context.Context, g auth.Grant, what string, change func([]auth.UserID) []auth.UserID) error {
	if err := s.allow(g, auth.NameGlassBearers); err != nil {
		return err
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		var list []auth.UserID
		if _, err := s.named(ctx, tx, "", bearersOffice, &list); err != nil {
			return err
		}
		if err := s.name(ctx, tx, "", bearersOffice, change(list)); err != nil {
			return err
		}
		return s.done(ctx, tx, g, nil, g.Asked(), what+":"+string(g.Subject()))
	})
	if err != nil {
		return fmt.Errorf("name who may break the glass: %w", err)
	}
	return nil
}

// Bearers lists who may break the glass of the tenant's cases.
func (s *Store) Bearers(ctx context.Context, g auth.Grant) (list []auth.UserID, err error) {
	if err := s.allow(g, auth.NameGlassBearers, auth.ListGlasses, auth.NameWatchers); err != nil {
		return nil, err
	}
	if _, err = s.named(ctx, s.db, "", bearersOffice, &list); err != nil {
		return nil, fmt.Errorf("list who may break the glass: %w", err)
	}
	return list, nil
}

// Watchers are who is told of what cannot wait, and in which language.
type Watchers struct {
	auth.Watchers
	Language string // "sv"
}

// watchersRow is how they are sealed.
type watchersRow struct{ DPO, CISO, Language string }

// mailAddress is what alerts can be sent to: it goes into the head of a mail as
// it is.
var mailAddress = regexp.MustCompile(`^[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)

// SetWatchers says who is told from now on.
func (s *Store) SetWatchers(ctx context.Context, g auth.Grant, w Watchers) error {
	if err := s.allow(g, auth.NameWatchers); err != nil {
		return err
	}
	for _, address := range []breach.Personal{w.DPO, w.CISO} {
		if !mailAddress.MatchString(address.Reveal()) {
			return &breach.Refusal{Key: "refusal.mail-address"}
		}
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if err := s.name(ctx, tx, "", watchersOffice, watchersRow{w.DPO.Reveal(), w.CISO.Reveal(), w.Language}); err != nil {
			return err
		}
		return s.done(ctx, tx, g, nil, g.Asked(), "watchers:set")
	})
	if err != nil {
		return fmt.Errorf("say who is told: %w", err)
	}
	return nil
}

// Watchers gives who is told; the zero value where that was never said.
func (s *Store) Watchers(ctx context.Context, g auth.Grant) (Watchers, error) {
	if err := s.allow(g, auth.NameWatchers, auth.ListGlasses); err != nil {
		return Watchers{}, err
	}
	w, err := s.watchers(ctx, s.db)
	if err != nil {
		return Watchers{}, fmt.Errorf("look who is told: %w", err)
	}
	return w, nil
}

func (s *Store) watchers(ctx context.Context, q rower) (Watchers, error) {
	var row watchersRow
	if _, err := s.named(ctx, q, "", watchersOffice, &row); err != nil {
		return Watchers{}, err
	}
	return Watchers{auth.Watchers{DPO: breach.Hide(row.DPO), CISO: breach.Hide(row.CISO)}, row.Language}, nil
}
