package casework

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// keptNotices is what stays of notices when a case is closed: the root that was
// approved, and how many were in which state. Ways are left out, for few may go
// one way.
func (d *Desk) keptNotices(ctx context.Context, id store.CaseID) ([][]string, error) {
	rows := [][]string{{"notice", "version", "state", "frozen_root", "approval", "delivery", "count"}}
	list, err := d.Notices(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		counts, err := d.NoticeCounts(ctx, id, n)
		if err != nil {
			return nil, err
		}
		all := map[breach.DeliveryState]int64{}
		for _, states := range counts {
			for state, many := range states {
				all[state] += many
			}
		}
		root := ""
		if n.Frozen != nil {
			root = n.Frozen.Root
		}
		for _, state := range slices.Sorted(maps.Keys(all)) {
			rows = append(rows, []string{string(n.ID), strconv.FormatInt(n.Version, 10), string(n.State), root, n.Approval, string(state), strconv.FormatInt(all[state], 10)})
		}
	}
	return rows, nil
}
