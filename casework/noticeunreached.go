package casework

import (
	"context"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Unreached lists the dispatches of a version whose reader certainly was not told,
// so many at most, and counts the rest: those whom the next version goes to.
func (d *Desk) Unreached(ctx context.Context, id store.CaseID, n Notice, most int) (list []store.Dispatch, more int, err error) {
	g, err := d.grant(ctx, id, auth.SettleNotice)
	if err != nil {
		return nil, 0, err
	}
	counts, err := d.Store.DispatchCounts(ctx, g, n.NoticeVersion)
	if err != nil {
		return nil, 0, err
	}
	for _, state := range unreached() {
		for _, states := range counts {
			more += int(states[state])
		}
		for x, err := range d.Store.Dispatches(ctx, g, n.NoticeVersion, state) {
			if err != nil {
				return nil, 0, err
			}
			if len(list) == most {
				break
			}
			list = append(list, x)
		}
	}
	return list, more - len(list), nil
}

// unreached are the states of a dispatch whose reader is told the next way.
func unreached() []breach.DeliveryState {
	return []breach.DeliveryState{breach.Refused, breach.Bounced, breach.Replaced}
}

// NotReached reports whether the reader of a dispatch certainly was not told.
func NotReached(s breach.DeliveryState) bool { return slices.Contains(unreached(), s) }
