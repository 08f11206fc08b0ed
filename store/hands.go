package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// handsSummary names the summary of which dispatches of a version no machine hands
// over: the way lies sealed with what each says, and to open all of them for a few
// takes longer than a page may.
func handsSummary(n NoticeVersion) string { return fmt.Sprintf("hands-%s-%d", n.ID, n.Version) }

// Unsettled lists the dispatches of a version that somebody has to look at, so many
// at most, and counts the rest: uncertain ones first, then those that no machine
// hands over and nobody has told yet.
func (s *Store) Unsettled(ctx context.Context, g auth.Grant, n NoticeVersion, most int) (list []Dispatch, more int, err error) {
	k, err := s.under(ctx, g, auth.SettleNotice)
	if err != nil {
		return nil, 0, err
	}
	numbers, err := s.unsettled(ctx, g, k, n)
	if err != nil {
		return nil, 0, fmt.Errorf("list what is unsettled: %w", err)
	}
	if list, more, err = s.numbered(ctx, k, n, numbers, most); err != nil {
		return nil, 0, fmt.Errorf("list what is unsettled: %w", err)
	}
	return list, more, nil
}

// numbered reads the dispatches of a version with these numbers, so many at most,
// and counts the rest: uncertain ones come first, without their texts.
func (s *Store) numbered(ctx context.Context, k *caseKeys, n NoticeVersion, numbers []int64, most int) (list []Dispatch, more int, err error) {
	read, err := s.dispatchReader(ctx, k, n)
	more = max(0, len(numbers)-most)
	for some := range slices.Chunk(numbers[:len(numbers)-more], 500) {
		if err != nil {
			break
		}
		in, args := among([]any{k.id, n.ID, n.Version}, some)
		err = s.each(ctx, selectDispatches+`d.seq IN (`+in+`) ORDER BY CASE WHEN d.state = 'uncertain' THEN 0 ELSE 1 END, d.seq`, args, func(rows *sql.Rows) error {
			d, err := read(rows)
			d.Notice.Parts, d.Notice.Bytes = nil, nil // they are not asked for, and large
			list = append(list, d)
			return err
		})
	}
	return list, more, err
}

// unsettled gives the numbers of those dispatches, in the order of the list, read
// anew when something has become of one.
func (s *Store) unsettled(ctx context.Context, g auth.Grant, k *caseKeys, n NoticeVersion) (numbers []int64, err error) {
	_, c, err := s.countedOf(ctx, CaseID(k.id), n)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listed {
		return c.unsettled, nil
	}
	var hands []int64
	known, err := s.summary(ctx, k, handsSummary(n), &hands)
	if err != nil {
		return nil, err
	}
	if !known && n.State != NoticeDraft {
		hands, err = s.findHands(ctx, g, n) // frozen by an earlier version of this program
	}
	if err == nil {
		err = s.numbersOf(ctx, `state = $4 ORDER BY seq`, []any{k.id, n.ID, n.Version, breach.Uncertain}, &numbers)
	}
	for some := range slices.Chunk(hands, 500) {
		if err == nil {
			in, args := among([]any{k.id, n.ID, n.Version, breach.Planned}, some)
			err = s.numbersOf(ctx, `state = $4 AND seq IN (`+in+`) ORDER BY seq`, args, &numbers)
		}
	}
	if err == nil {
		c.unsettled, c.listed = numbers, true
	}
	return numbers, err
}

// findHands opens what every dispatch says.
func (s *Store) findHands(ctx context.Context, g auth.Grant, n NoticeVersion) (hands []int64, err error) {
	for d, err := range s.Dispatches(ctx, g, n, breach.Planned) {
		if err != nil {
			return nil, err
		}
		if d.Notice.Channel == breach.ByHand {
			hands = append(hands, d.Seq)
		}
	}
	return hands, nil
}

// numbersOf adds the numbers of those dispatches of a version ($1 to $3) of which a
// condition holds.
func (s *Store) numbersOf(ctx context.Context, condition string, args []any, into *[]int64) error {
	return s.each(ctx, `SELECT seq FROM dispatches WHERE case_id = $1 AND notice = $2 AND version = $3 AND `+condition, args, func(rows *sql.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		*into = append(*into, seq)
		return err
	})
}
