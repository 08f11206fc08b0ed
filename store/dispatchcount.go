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

// dispatchCounts are what was counted of versions, as long as nothing becomes of
// their dispatches: to count hundreds of thousands takes longer than a page may.
type dispatchCounts struct {
	mu sync.Mutex
	of map[countedVersion]*counted
}

// counted is what is known of a version as it stands.
type counted struct {
	mu        sync.Mutex
	states    map[int64]map[breach.DeliveryState]int64 // by wave; nil before it is asked for
	listed    bool
	unsettled []int64 // see [Store.Unsettled]
	unreached []int64 // see [Store.Unreached]; nil before it is asked for
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
	v, c, err := s.countedOf(ctx, CaseID(g.Case()), n)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.states == nil {
		c.states, err = s.countDispatches(ctx, v)
	}
	return c.states, err
}

// countedOf gives what is known of a version as it stands now.
func (s *Store) countedOf(ctx context.Context, id CaseID, n NoticeVersion) (countedVersion, *counted, error) {
	v := countedVersion{of: id, notice: n.ID, version: n.Version}
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT revision FROM notices WHERE case_id = $1 AND notice = $2 AND version = $3), (SELECT COALESCE(MAX(number), 0) FROM deliveries WHERE case_id = $1)`,
		v.of, v.notice, v.version).Scan(&v.revision, &v.deliveries)
	if err != nil {
		return v, nil, fmt.Errorf("count dispatches: %w", explain(err))
	}
	s.counted.mu.Lock()
	defer s.counted.mu.Unlock()
	if c := s.counted.of[v]; c != nil {
		return v, c, nil
	}
	if s.counted.of == nil {
		s.counted.of = map[countedVersion]*counted{}
	}
	maps.DeleteFunc(s.counted.of, func(old countedVersion, _ *counted) bool {
		return len(s.counted.of) >= mostCounted || old.of == v.of && old.notice == v.notice && old.version == v.version
	})
	c := &counted{}
	s.counted.of[v] = c
	return v, c, nil
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
