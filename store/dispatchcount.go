package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// mostCounted is of how many versions the counts are kept in memory.
const mostCounted = 100

// dispatchCounts are counts of versions, as long as nothing becomes of their
// dispatches: to count hundreds of thousands takes longer than a page may.
type dispatchCounts struct {
	mu sync.Mutex
	of map[countedVersion]map[int64]map[breach.DeliveryState]int64
}

// countedVersion is a version as it stood: each step of a dispatch is one of its
// case's deliveries, and each other change one of the version's revisions.
type countedVersion struct {
	of         CaseID
	notice     breach.NoticeID
	version    int64
	revision   int64
	deliveries int64 // the number of the last
}

// DispatchCounts counts the dispatches of a version by wave and state.
func (s *Store) DispatchCounts(ctx context.Context, g auth.Grant, n NoticeVersion) (map[int64]map[breach.DeliveryState]int64, error) {
	if err := s.allow(g, toCheck...); err != nil {
		return nil, err
	}
	v := countedVersion{of: CaseID(g.Case()), notice: n.ID, version: n.Version}
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT revision FROM notices WHERE case_id = $1 AND notice = $2 AND version = $3), (SELECT COALESCE(MAX(number), 0) FROM deliveries WHERE case_id = $1)`,
		v.of, v.notice, v.version).Scan(&v.revision, &v.deliveries)
	if err != nil {
		return nil, fmt.Errorf("count dispatches: %w", explain(err))
	}
	s.counted.mu.Lock()
	counts := s.counted.of[v]
	s.counted.mu.Unlock()
	if counts != nil {
		return counts, nil
	}
	if counts, err = s.countDispatches(ctx, v); err != nil {
		return nil, err
	}
	s.counted.mu.Lock()
	defer s.counted.mu.Unlock()
	if s.counted.of == nil {
		s.counted.of = map[countedVersion]map[int64]map[breach.DeliveryState]int64{}
	}
	maps.DeleteFunc(s.counted.of, func(old countedVersion, _ map[int64]map[breach.DeliveryState]int64) bool {
		return len(s.counted.of) >= mostCounted || old.of == v.of && old.notice == v.notice && old.version == v.version
	})
	s.counted.of[v] = counts
	return counts, nil
}

func (s *Store) countDispatches(ctx context.Context, v countedVersion) (map[int64]map[breach.DeliveryState]int64, error) {
	counts := map[int64]map[breach.DeliveryState]int64{}
	err := s.each(ctx, `SELECT wave, state, COUNT(*) FROM dispatches WHERE case_id = $1 AND notice = $2 AND version = $3 GROUP BY wave, state`,
		[]any{v.of, v.notice, v.version}, func(rows *sql.Rows) error {
			var wave, many int64
			var state breach.DeliveryState
			if err := rows.Scan(&wave, &state, &many); err != nil {
				return err
			}
			if counts[wave] == nil {
				counts[wave] = map[breach.DeliveryState]int64{}
			}
			counts[wave][state] = many
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("count dispatches: %w", err)
	}
	return counts, nil
}
