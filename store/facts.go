package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// toKnow is what grants open the facts of a case, its decisions and filings.
var toKnow = []auth.Action{auth.ReadFacts, auth.RecordFacts, auth.Decide, auth.FileNotification, auth.Close, auth.Destroy}

// Conflict says that somebody entered another version of a fact meanwhile: both
// are there to be looked at, and neither is lost.
type Conflict struct {
	Theirs, Yours breach.Fact
}

// Error names the place.
func (c *Conflict) Error() string {
	return fmt.Sprintf("fact %s %s: version %d was entered meanwhile", c.Yours.Field, c.Yours.Item, c.Theirs.Version)
}

// Unwrap makes it something that the user can mend.
func (c *Conflict) Unwrap() error {
	return &breach.Refusal{Key: "refusal.fact-conflict", Args: map[string]any{"Version": c.Theirs.Version}}
}

// Enter adds a fact to the case that a grant opens. Base is the version that it
// was made from, 0 for none: where there is a newer one, Enter gives a
// *Conflict. It gives the fact with its version and item.
func (s *Store) Enter(ctx context.Context, g auth.Grant, base int64, f breach.Fact) (breach.Fact, error) {
	k, err := s.under(ctx, g, auth.RecordFacts, auth.FileNotification)
	if err != nil {
		return breach.Fact{}, err
	}
	data, err := f.Parts.Pack()
	if err != nil {
		return breach.Fact{}, fmt.Errorf("enter fact: %w", err)
	}
	f.At, f.By = g.Asked().Wall.UTC().Truncate(time.Microsecond), string(g.Who())
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if err := s.settleItem(ctx, tx, k, base, &f); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM facts WHERE case_id = $1`, k.id).Scan(&f.Version); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO facts (case_id, version, field, item, at, who, gone, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			k.id, f.Version, f.Field, f.Item, f.At.UnixMicro(), f.By, truth(f.Gone), k.seal(factAt(f), data))
		if err != nil {
			return err
		}
		return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("fact:%s/%s#%d", f.Field, f.Item, f.Version), said{"fact", breach.Hide(string(data))})
	})
	if err != nil {
		return breach.Fact{}, fmt.Errorf("enter fact: %w", err)
	}
	return f, nil
}

// factAt is where a fact lies. Field, author and time are bound to it: nobody
// can make it another's, or of another hour.
func factAt(f breach.Fact) cell {
	return cell{table: "facts", row: rowKey(f.Version, f.Field, f.Item, f.At.UnixMicro(), f.By, truth(f.Gone))}
}

// settleItem numbers a new item, and holds any other against its newest version.
func (s *Store) settleItem(ctx context.Context, tx *sql.Tx, k *caseKeys, base int64, f *breach.Fact) error {
	add := f.Item == breach.NewItem
	f.Field, f.Item = idOf(f.Field), idOf(f.Item)
	if add {
		var n int64
		err := tx.QueryRowContext(ctx, `SELECT COUNT(DISTINCT item) + 1 FROM facts WHERE case_id = $1 AND field = $2`, k.id, f.Field).Scan(&n)
		f.Item = strconv.FormatInt(n, 10)
		return err
	}
	newest, err := scanFact(k, tx.QueryRowContext(ctx, `SELECT `+factColumns+` FROM facts WHERE case_id = $1 AND field = $2 AND item = $3
		ORDER BY version DESC LIMIT 1`, k.id, f.Field, f.Item))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil && newest.Version != base {
		return &Conflict{Theirs: newest, Yours: *f}
	}
	return err
}

const factColumns = `version, field, item, at, who, gone, data`

func scanFact(k *caseKeys, row interface{ Scan(...any) error }) (f breach.Fact, err error) {
	var at, gone int64
	var data []byte
	if err := row.Scan(&f.Version, &f.Field, &f.Item, &at, &f.By, &gone, &data); err != nil {
		return f, err
	}
	f.At, f.Gone = time.UnixMicro(at).UTC(), gone != 0
	if data, err = k.open(factAt(f), data); err == nil {
		f.Parts, err = breach.UnpackParts(data)
	}
	return f, err
}

// Facts lists every version of every fact of the case that a grant opens, in the
// order in which they were entered.
func (s *Store) Facts(ctx context.Context, g auth.Grant) ([]breach.Fact, error) {
	k, err := s.under(ctx, g, toKnow...)
	if err != nil {
		return nil, err
	}
	var list []breach.Fact
	err = s.each(ctx, `SELECT `+factColumns+` FROM facts WHERE case_id = $1 ORDER BY version`, []any{k.id}, func(rows *sql.Rows) error {
		f, err := scanFact(k, rows)
		list = append(list, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return list, nil
}
