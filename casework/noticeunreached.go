package casework

import (
	"context"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

// Unreached lists the dispatches of a version whose reader certainly was not told,
// so many at most, and counts the rest: those whom the next version goes to.
func (d *Desk) Unreached(ctx context.Context, id store.CaseID, n Notice, most int) (list []store.Dispatch, more int, err error) {
	g, err := d.grant(ctx, id, auth.SettleNotice)
	if err != nil {
		return nil, 0, err
	}
	return d.Store.Unreached(ctx, g, n.NoticeVersion, most)
}
