package casework

import (
	"context"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Account is the sum of the account of a case: every item and member once. The
// formats, the folders and the sizes each count all of them.
type Account struct {
	Items, Files, Members, Bytes int64
	States                       []StateSum
	Formats                      []PartSum // by what the items are
	Folders                      []PartSum // by the first steps of their path
	Sizes                        []PartSum // by class, the smallest first
	Gaps                         int64
}

// StateSum counts the items in a state.
type StateSum struct {
	State        breach.State
	Items, Bytes int64
	Reasons      []ReasonSum
}

// ReasonSum counts the items of a state that have a reason.
type ReasonSum struct {
	Reason breach.Reason
	Items  int64
}

// PartSum counts the items of one format, folder or size.
type PartSum struct {
	Name               string // "" for none
	Items, Bytes, Gaps int64
	States             []StateSum
}

// Account counts the account, and calls f for each row of it; f may be nil.
func (d *Desk) Account(ctx context.Context, id store.CaseID, f func(store.AccountRow) error) (Account, error) {
	return d.AccountDeep(ctx, id, 1, f)
}

// AccountDeep counts the account as Account does, and tells folders apart by so
// many steps of their path.
func (d *Desk) AccountDeep(ctx context.Context, id store.CaseID, depth int, f func(store.AccountRow) error) (Account, error) {
	g, err := d.grant(ctx, id, auth.ReadAccount)
	if err != nil {
		return Account{}, err
	}
	return d.account(ctx, g, depth, f)
}

// Coverage is the account with some of the rows that were not read whole.
type Coverage struct {
	Account
	Listed []store.AccountRow
}

// Coverage counts the account, and lists of what was not read whole so many rows
// at most, after the first so many.
func (d *Desk) Coverage(ctx context.Context, id store.CaseID, after, most int64) (Coverage, error) {
	g, err := d.grant(ctx, id, auth.ReadAccount)
	if err != nil {
		return Coverage{}, err
	}
	sum, err := d.accountSum(ctx, g)
	if err != nil {
		return Coverage{}, err
	}
	c := Coverage{Account: sum.Account}
	if end := min(after+most, sum.Gaps); 0 <= after && after <= end && end <= int64(len(sum.first)) {
		c.Listed = slices.Clone(sum.first[after:end])
		return c, nil
	}
	page := after / gapsApart
	if after < 0 || page >= int64(len(sum.gaps)) {
		return c, nil
	}
	after -= page * gapsApart
	for r, err := range d.Store.Gaps(ctx, g, sum.gaps[page]) {
		if err != nil {
			return Coverage{}, err
		}
		if after--; after >= 0 {
			continue
		}
		if int64(len(c.Listed)) == most {
			break
		}
		c.Listed = append(c.Listed, r)
	}
	return c, nil
}

// accountSum is the account counted, with its first gaps, which nearly everybody asks
// for, and where every so many of all of them stand in it.
type accountSum struct {
	Account
	first []store.AccountRow
	gaps  []store.AccountAt
}

// Of the gaps the first are kept, and of all others so many apart where they stand:
// what is listed begins at one of them.
const (
	firstGaps = 200
	gapsApart = 100
)

// accountSum counts the account, unless it was counted as it stands. Nobody may
// change what it gives.
func (d *Desk) accountSum(ctx context.Context, g auth.Grant) (accountSum, error) {
	return store.OfAccount(ctx, d.Store, g, "sum", func() (sum accountSum, err error) {
		gaps := 0
		sum.Account, err = d.count(ctx, g, 1, func(r store.AccountRow) error {
			if r.Outcome.State.IsGap() {
				if gaps < firstGaps {
					sum.first = append(sum.first, r)
				}
				if gaps%gapsApart == 0 {
					sum.gaps = append(sum.gaps, r.At)
				}
				gaps++
			}
			return nil
		})
		return sum, err
	})
}

func (d *Desk) account(ctx context.Context, g auth.Grant, depth int, f func(store.AccountRow) error) (Account, error) {
	if depth == 1 && f == nil {
		sum, err := d.accountSum(ctx, g)
		return sum.Account, err
	}
	return d.count(ctx, g, depth, f)
}

func (d *Desk) count(ctx context.Context, g auth.Grant, depth int, f func(store.AccountRow) error) (Account, error) {
	var a Account
	var all tally
	formats, folders, sizes := tallies{}, tallies{}, tallies{}
	for r, err := range d.Store.Account(ctx, g) {
		if err != nil {
			return Account{}, err
		}
		if r.Member == "" {
			a.Files++
		} else {
			a.Members++
		}
		all.add(r)
		formats.of(r.Type).add(r)
		folders.of(folderOf(r.Path, depth)).add(r)
		sizes.of(sizeClass(r.Size)).add(r)
		if f != nil {
			if err := f(r); err != nil {
				return Account{}, err
			}
		}
	}
	sum := all.sum("")
	a.Items, a.Bytes, a.Gaps, a.States = sum.Items, sum.Bytes, sum.Gaps, sum.States
	a.Formats, a.Folders = formats.largest(), folders.largest()
	for _, class := range SizeClasses() {
		if t := sizes[class]; t != nil {
			a.Sizes = append(a.Sizes, t.sum(class))
		}
	}
	return a, nil
}
