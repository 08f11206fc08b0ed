package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Search asks for leave to search a case for one exact value, and gives the
// people in no register who have it; where ask names another act, for that one.
// What is counted and written down names the value by its blind index under the
// case's key, with which it dies.
func (s *Store) Search(ctx context.Context, who auth.Session, ask auth.Ask, value []breach.Finding) (auth.Grant, []int64, error) {
	k, err := s.keysOf(ctx, ask.Case)
	if ask.Action == "" {
		ask.Action = auth.Search
	}
	ask.Object = "search:"
	if err == nil && len(value) > 0 {
		sum := k.blind.Of(blindValue, value[0].Value)
		ask.Object += hex.EncodeToString(sum[:8])
	}
	g, refused := s.Grant(ctx, who, ask) // also where there is no such case: the answer is the check's
	if refused != nil {
		return auth.Grant{}, nil, refused
	}
	var found []int64
	for _, f := range value {
		if err == nil {
			sum := k.blind.Of(blindValue, f.Value)
			err = s.each(ctx, `SELECT person FROM identifiers WHERE case_id = $1 AND kind = $2 AND blind = $3 ORDER BY person`, []any{k.id, f.Kind.String(), sum[:]}, func(rows *sql.Rows) error {
				var n int64
				err := rows.Scan(&n)
				found = append(found, n)
				return err
			})
		}
	}
	if err != nil {
		return auth.Grant{}, nil, fmt.Errorf("search: %w", err)
	}
	return g, found, nil
}
