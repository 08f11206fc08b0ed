package store

import (
	"context"
	"fmt"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Unreached lists the dispatches of a version whose reader certainly was not told,
// so many at most and without their texts, and counts the rest.
func (s *Store) Unreached(ctx context.Context, g auth.Grant, n NoticeVersion, most int) (list []Dispatch, more int, err error) {
	k, err := s.under(ctx, g, auth.SettleNotice)
	if err != nil {
		return nil, 0, err
	}
	numbers, err := s.unreached(ctx, k, n)
	if err == nil {
		list, more, err = s.numbered(ctx, k, n, numbers, most)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("list who was not reached: %w", err)
	}
	return list, more, nil
}

// unreached gives the numbers of those dispatches, read anew when something has
// become of one.
func (s *Store) unreached(ctx context.Context, k *caseKeys, n NoticeVersion) ([]int64, error) {
	_, c, err := s.countedOf(ctx, CaseID(k.id), n)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unreached != nil {
		return c.unreached, nil
	}
	var states []breach.DeliveryState
	for _, state := range breach.DeliveryStates() {
		if state.Missed() {
			states = append(states, state)
		}
	}
	in, args := among([]any{k.id, n.ID, n.Version}, states)
	numbers := []int64{}
	if err = s.numbersOf(ctx, `state IN (`+in+`) ORDER BY seq`, args, &numbers); err == nil {
		c.unreached = numbers
	}
	return numbers, err
}
