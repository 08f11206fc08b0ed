package casework

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Account is the sum of the account of a case: every item and member once.
type Account struct {
	Items, Files, Members, Bytes int64
	States                       []StateSum
	Formats                      []PartSum // by what the items are
	Folders                      []PartSum // by the first step of their path
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

// PartSum counts the items of one format or folder.
type PartSum struct {
	Name               string // "" for none
	Items, Bytes, Gaps int64
}

// Account counts the account, and calls f for each row of it; f may be nil.
func (d *Desk) Account(ctx context.Context, id store.CaseID, f func(store.AccountRow) error) (Account, error) {
	var a Account
	states := map[breach.State]*StateSum{}
	reasons := map[breach.State]map[breach.Reason]int64{}
	formats, folders := map[string]*PartSum{}, map[string]*PartSum{}
	for r, err := range d.Store.Account(ctx, id) {
		if err != nil {
			return Account{}, err
		}
		size := max(r.Size, 0)
		a.Items++
		a.Bytes += size
		if r.Member == "" {
			a.Files++
		} else {
			a.Members++
		}
		state := r.Outcome.State
		if states[state] == nil {
			states[state], reasons[state] = &StateSum{State: state}, map[breach.Reason]int64{}
		}
		states[state].Items++
		states[state].Bytes += size
		if r.Outcome.Reason != "" {
			reasons[state][r.Outcome.Reason]++
		}
		gap := int64(0)
		if state.IsGap() {
			gap = 1
		}
		a.Gaps += gap
		count(formats, r.Type, size, gap)
		count(folders, folderOf(r.Path), size, gap)
		if f != nil {
			if err := f(r); err != nil {
				return Account{}, err
			}
		}
	}
	for _, state := range breach.States() {
		if s := states[state]; s != nil {
			for _, reason := range breach.Reasons() {
				if n := reasons[state][reason]; n > 0 {
					s.Reasons = append(s.Reasons, ReasonSum{reason, n})
				}
			}
			a.States = append(a.States, *s)
		}
	}
	a.Formats, a.Folders = sorted(formats), sorted(folders)
	return a, nil
}

// folderOf is the first step of a path; "" for a file at the top.
func folderOf(path string) string {
	folder, _, ok := strings.Cut(path, "/")
	if !ok {
		return ""
	}
	return displayName(folder)
}

// maxParts bounds how many formats or folders are told apart.
const maxParts = 1000

func count(parts map[string]*PartSum, name string, size, gap int64) {
	if parts[name] == nil {
		if len(parts) >= maxParts {
			name = "…"
		}
		if parts[name] == nil {
			parts[name] = &PartSum{Name: name}
		}
	}
	p := parts[name]
	p.Items++
	p.Bytes += size
	p.Gaps += gap
}

// sorted lists the parts, the largest first.
func sorted(parts map[string]*PartSum) []PartSum {
	var list []PartSum
	for _, p := range slices.Collect(maps.Values(parts)) {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b PartSum) int { return cmp.Or(cmp.Compare(b.Items, a.Items), cmp.Compare(a.Name, b.Name)) })
	return list
}
