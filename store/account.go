package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Occurrence is one place in the scanned folders where a content lies.
type Occurrence struct {
	Root    int64
	Path    string // raw bytes; may hold names
	Reached breach.Grade
	Hash    []byte // keyed, of the content; empty if it could not be read
}

// Occurrences lists where a content lies, in the order of the walks.
func (s *Store) Occurrences(ctx context.Context, g auth.Grant, content int64) ([]Occurrence, error) {
	id := g.Case()
	k, err := s.under(ctx, g, auth.Resolve)
	if err != nil {
		return nil, err
	}
	var list []Occurrence
	err = s.each(ctx, `SELECT root, blind, data, reached, hash FROM items
		WHERE case_id = $1 AND content = $2 ORDER BY root, position`, []any{id, content}, func(rows *sql.Rows) error {
		var o Occurrence
		var blind, data []byte
		if err := rows.Scan(&o.Root, &blind, &data, &o.Reached, &o.Hash); err != nil {
			return err
		}
		path, err := k.open(itemAt(o.Root, blind), data)
		o.Path = string(path)
		list = append(list, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list occurrences: %w", err)
	}
	return list, nil
}

// Account yields every item and every member of every item, in the order of the
// walks: the whole account of a case, ready to be counted. Contents that lie in
// several places are told in full at the first and as DuplicateOf at the rest;
// what was cut into volumes is told at the first of them, and the rest as VolumeOf.
func (s *Store) Account(ctx context.Context, g auth.Grant) iter.Seq2[AccountRow, error] {
	id := g.Case()
	return func(yield func(AccountRow, error) bool) {
		k, err := s.under(ctx, g, toCount...)
		if err == nil {
			var lead Item // of the volumes met last
			err = s.each(ctx, accountRows+accountOrder, []any{id}, func(rows *sql.Rows) error {
				r, volumes, err := k.scanAccount(rows)
				switch same := volumes == lead.Volumes && r.Root == lead.Root; {
				case volumes == 0:
				case !same:
					lead = Item{Root: r.Root, Path: r.Path, Volumes: volumes}
				case r.Outcome.State == breach.VolumeOf:
					r.First = lead.Path
				}
				if err == nil && !yield(r, nil) {
					err = errStop
				}
				return err
			})
		}
		if err != nil && err != errStop {
			yield(AccountRow{}, fmt.Errorf("read account: %w", err))
		}
	}
}

// Gaps yields the rows of the account that were not read whole, in its order, from
// a row on.
func (s *Store) Gaps(ctx context.Context, g auth.Grant, from AccountAt) iter.Seq2[AccountRow, error] {
	id := g.Case()
	return func(yield func(AccountRow, error) bool) {
		k, err := s.under(ctx, g, toCount...)
		if err == nil {
			done := []any{id, from.Root, from.Position}
			var marks []string
			for _, state := range breach.States() {
				if !state.IsGap() {
					done = append(done, string(state))
					marks = append(marks, fmt.Sprintf("$%d", len(done)))
				}
			}
			// #nosec G202 -- texts of ours alone; values go as arguments
			err = s.each(ctx, accountRows+` AND (i.root, i.position) >= ($2, $3) AND COALESCE(m.state, i.state) NOT IN (`+strings.Join(marks, ", ")+`)`+accountOrder,
				done, func(rows *sql.Rows) error {
					r, _, err := k.scanAccount(rows)
					before := r.At.Root == from.Root && r.At.Position == from.Position && r.At.Ordinal < from.Ordinal
					if err == nil && !before && r.Outcome.State.IsGap() && !yield(r, nil) {
						err = errStop
					}
					return err
				})
		}
		if err != nil && err != errStop {
			yield(AccountRow{}, fmt.Errorf("read gaps: %w", err))
		}
	}
}

// itemCount is how many items there are, and of how many nobody knows the text.
// CountItems counts the items of the account, and those of which nobody knows the
// text, without opening what any is called.
func (s *Store) CountItems(ctx context.Context, g auth.Grant) (items, gaps int64, err error) {
	states, err := s.CountStates(ctx, g)
	for state, many := range states {
		items += many
		if state.IsGap() {
			gaps += many
		}
	}
	return items, gaps, err
}

// CountStates counts the items of the account by state. It is not to be changed.
func (s *Store) CountStates(ctx context.Context, g auth.Grant) (map[breach.State]int64, error) {
	states, err := OfAccount(ctx, s, g, "items", func() (map[breach.State]int64, error) {
		n := map[breach.State]int64{}
		err := s.each(ctx, `SELECT COALESCE(m.state, i.state), COUNT(*) FROM items i LEFT JOIN members m ON m.case_id = i.case_id AND m.content = i.content AND i.content <> 0
			WHERE i.case_id = $1 GROUP BY COALESCE(m.state, i.state)`, []any{g.Case()}, func(rows *sql.Rows) error {
			var state breach.State
			var many int64
			err := rows.Scan(&state, &many)
			n[state] = many
			return err
		})
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("count items: %w", err)
	}
	return states, nil
}

// AccountVersion is another whenever the account has changed.
func (s *Store) AccountVersion(ctx context.Context, g auth.Grant) (int64, error) {
	if err := s.allow(g, toCount...); err != nil {
		return 0, err
	}
	return s.accountVersion(ctx, string(g.Case()))
}

// AccountRow is one line of the account.
type AccountRow struct {
	At      AccountAt
	Root    int64
	Path    string // of the item, raw bytes
	Member  string // below it, raw bytes, steps parted by "!/"; "" for the item itself
	Size    int64
	Type    string
	Reached breach.Grade
	Outcome breach.Outcome
	First   string // for DuplicateOf: the path of the item that was read; for VolumeOf: of the first volume
}

// AccountAt is where a row stands in the account.
type AccountAt struct{ Root, Position, Ordinal int64 }

// The item that stands first among those with the same content is told in full.
const accountRows = `SELECT i.root, i.position, i.blind, i.data, i.content, COALESCE(m.ordinal, 0), m.data, CASE WHEN m.ordinal > 0 THEN m.size ELSE i.size END,
	COALESCE(m.type, ''), i.reached, COALESCE(m.state, i.state), COALESCE(m.reason, i.reason), COALESCE(m.missing, ''),
	COALESCE(m.text, 0), COALESCE(m.charset, ''), COALESCE(m.dialect, ''), i.volumes, f.root, f.blind, f.data
	FROM items i LEFT JOIN members m ON m.case_id = i.case_id AND m.content = i.content AND i.content <> 0
	LEFT JOIN items f ON f.case_id = i.case_id AND i.content <> 0
		AND f.root = (SELECT a.root FROM items a WHERE a.case_id = i.case_id AND a.content = i.content ORDER BY a.root, a.position LIMIT 1)
		AND f.position = (SELECT a.position FROM items a WHERE a.case_id = i.case_id AND a.content = i.content ORDER BY a.root, a.position LIMIT 1)
	WHERE i.case_id = $1`

const accountOrder = ` ORDER BY i.root, i.position, m.ordinal`

func (k *caseKeys) scanAccount(rows *sql.Rows) (r AccountRow, volumes int64, err error) {
	var content int64
	var blind, item, member, firstBlind, first []byte
	var firstRoot sql.NullInt64
	err = rows.Scan(&r.Root, &r.At.Position, &blind, &item, &content, &r.At.Ordinal, &member, &r.Size, &r.Type, &r.Reached, &r.Outcome.State, &r.Outcome.Reason,
		&r.Outcome.Missing, &r.Outcome.Text, &r.Outcome.Charset, &r.Outcome.Dialect, &volumes, &firstRoot, &firstBlind, &first)
	if err != nil {
		return r, 0, err
	}
	r.At.Root = r.Root
	path, err := k.open(itemAt(r.Root, blind), item)
	if err != nil {
		return r, 0, err
	}
	below, _, _, err := k.openMember(content, r.At.Ordinal, member)
	if err != nil {
		return r, 0, err
	}
	r.Path, r.Member = string(path), string(below)
	same := string(firstBlind) == string(blind) && firstRoot.Int64 == r.Root
	if !firstRoot.Valid || same || r.Outcome.State == breach.Empty {
		return r, volumes, nil
	}
	path, err = k.open(itemAt(firstRoot.Int64, firstBlind), first)
	r.First, r.Outcome = string(path), breach.Outcome{State: breach.DuplicateOf}
	return r, volumes, err
}
