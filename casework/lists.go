package casework

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Lists gives the versions of the list of who is exposed with what, oldest first.
func (d *Desk) Lists(ctx context.Context, id store.CaseID) ([]store.List, error) {
	g, err := d.grant(ctx, id, auth.ReadReport)
	if err != nil {
		return nil, err
	}
	return d.Store.Lists(ctx, g)
}

// FrozenList gives the list that notices go by: the newest that was frozen; false
// where none was. Current says whether it is what the latest resolve found: the
// numbers of people on it are that resolve's only then.
func FrozenList(ctx context.Context, s *store.Store, g auth.Grant) (l store.List, current, ok bool, err error) {
	lists, err := s.Lists(ctx, g)
	if err != nil {
		return l, false, false, err
	}
	for i, at := range lists {
		if !at.Frozen.IsZero() {
			l, current, ok = at, i == len(lists)-1, true
		}
	}
	return l, current, ok, nil
}

// Change is somebody who stands otherwise on one list than on another; the zero
// Listed on that on which they do not stand.
type Change struct {
	Was, Is store.Listed
}

// Kinds gives the kinds of data that are otherwise, with the grades of before and
// after; Excluded for none.
func (c Change) Kinds() (kinds []breach.Kind, was, is []breach.Grade) {
	all := c.Was.Proven | c.Was.Likely | c.Was.Possible | c.Is.Proven | c.Is.Likely | c.Is.Possible
	for _, k := range all.List() {
		if before, after := gradeOf(c.Was, k), gradeOf(c.Is, k); before != after {
			kinds, was, is = append(kinds, k), append(was, before), append(is, after)
		}
	}
	return kinds, was, is
}

func gradeOf(l store.Listed, k breach.Kind) breach.Grade {
	switch {
	case l.Proven.Has(k):
		return breach.Proven
	case l.Likely.Has(k):
		return breach.Likely
	case l.Possible.Has(k):
		return breach.Possible
	}
	return breach.Excluded
}

// Changes are those of one sort.
type Changes struct {
	People []Change // the first of them, without protected identities
	All    int64    // with them
	Hidden int64    // those with a protected identity
}

func (c *Changes) add(one Change, most int) {
	c.All++
	switch {
	case one.Was.Protected || one.Is.Protected:
		c.Hidden++
	case len(c.People) < most:
		c.People = append(c.People, one)
	}
}

// Difference is what two versions of the list say otherwise.
type Difference struct {
	From, To store.List
	Differing
}

// Differing are the changes, by their sort. Nobody may change what it holds: who
// asks for the same later is given it too.
type Differing struct{ New, Gone, Changed Changes }

// mostDifferKept is with how many people of each sort changes are kept in memory.
const mostDifferKept = 100

// Differ holds a version against an earlier one, and names up to most people of
// each sort. From 0 is the list on which nobody stands.
func (d *Desk) Differ(ctx context.Context, g auth.Grant, from, to int64, most int) (diff Difference, err error) {
	lists, err := d.Store.Lists(ctx, g)
	if err != nil {
		return diff, err
	}
	for number, at := range map[int64]*store.List{from: &diff.From, to: &diff.To} {
		if number == 0 && number == from {
			continue
		}
		if number < 1 || number > int64(len(lists)) {
			return diff, &breach.Refusal{Key: "refusal.no-such-list", Args: map[string]any{"Number": number}}
		}
		if *at = lists[number-1]; !at.Kept {
			return diff, &breach.Refusal{Key: "refusal.list-forgotten", Args: map[string]any{"Number": number}}
		}
	}
	if most > mostDifferKept {
		diff.Differing, err = d.differ(ctx, g, from, to, most)
		return diff, err
	}
	diff.Differing, err = store.OfLists(ctx, d.Store, g, "differ "+strconv.Itoa(most), diff.From, diff.To, func() (Differing, error) {
		return d.differ(ctx, g, from, to, most)
	})
	return diff, err
}

func (d *Desk) differ(ctx context.Context, g auth.Grant, from, to int64, most int) (diff Differing, err error) {
	for c, err := range changes(d.Store.Listed(ctx, g, from), d.Store.Listed(ctx, g, to)) {
		if err != nil {
			return diff, err
		}
		switch {
		case c.Was.Number == 0:
			diff.New.add(c, most)
		case c.Is.Number == 0:
			diff.Gone.add(c, most)
		default:
			diff.Changed.add(c, most)
		}
	}
	return diff, nil
}

// changes yields whom two lists, both in the order of keys, have otherwise.
func changes(from, to iter.Seq2[store.Listed, error]) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		before, stopBefore := iter.Pull2(from)
		defer stopBefore()
		after, stopAfter := iter.Pull2(to)
		defer stopAfter()
		was, err, old := before()
		is, failed, young := after()
		for old || young {
			if err != nil || failed != nil {
				yield(Change{}, errors.Join(err, failed))
				return
			}
			order := bytes.Compare(was.Who[:], is.Who[:])
			c := Change{}
			if old && (!young || order <= 0) {
				c.Was = was
			}
			if young && (!old || order >= 0) {
				c.Is = is
			}
			if !sameListed(c.Was, c.Is) && !yield(c, nil) {
				return
			}
			if c.Was.Number != 0 {
				was, err, old = before()
			}
			if c.Is.Number != 0 {
				is, failed, young = after()
			}
		}
	}
}

// sameListed reports whether somebody stands on both lists alike, whatever the
// number.
func sameListed(a, b store.Listed) bool {
	if a.Number == 0 || b.Number == 0 {
		return false
	}
	a.Number = b.Number
	return a == b
}

// listsCSV is what is kept of the lists at closing.
func listsCSV(to io.Writer, lists []store.List) error {
	rows := [][]string{{"number", "at", "people", "in_no_register", "protected", "root_sha256", "frozen_at", "frozen_by", "approval"}}
	for _, l := range lists {
		frozen := ""
		if !l.Frozen.IsZero() {
			frozen = l.Frozen.Format(time.RFC3339)
		}
		rows = append(rows, []string{strconv.FormatInt(l.Number, 10), l.At.Format(time.RFC3339), strconv.FormatInt(l.People, 10), strconv.FormatInt(l.Strangers, 10),
			Few(l.Protected), hex.EncodeToString(l.Root[:]), frozen, l.By, l.Approval})
	}
	return csv.NewWriter(to).WriteAll(rows)
}
