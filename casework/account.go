package casework

import (
	"context"

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

// ReadAccount counts the account with a grant that was given already, and calls f
// for each row of it; f may be nil.
func ReadAccount(ctx context.Context, s *store.Store, g auth.Grant, f func(store.AccountRow) error) (Account, error) {
	return (&Desk{Store: s}).account(ctx, g, 1, f)
}

func (d *Desk) account(ctx context.Context, g auth.Grant, depth int, f func(store.AccountRow) error) (Account, error) {
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
