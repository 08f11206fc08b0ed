package casework

import (
	"context"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// agreedList is the list of people that two others agreed to; zero where none was
// frozen. While what was found since says otherwise, nobody has agreed to who
// would be told.
func (d *Desk) agreedList(ctx context.Context, g auth.Grant) (store.List, error) {
	l, current, ok, err := FrozenList(ctx, d.Store, g)
	switch {
	case err != nil || !ok:
		return store.List{}, err
	case !current:
		return store.List{}, &breach.Refusal{Key: "refusal.notice-list-old", Args: map[string]any{"Number": l.Number}}
	}
	return l, nil
}
