package casework

import (
	"context"
	"fmt"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
	"github.com/klarlagt/klarlagt/store"
)

// registers is the index of the registers, in which those are protected, too, who
// were one with somebody protected until people parted them.
type registers struct {
	*register.Index
	guarded map[breach.EntryID]bool
}

// Entry decodes one entry.
func (x *registers) Entry(id breach.EntryID) breach.Entry {
	e := x.Index.Entry(id)
	e.Protected = e.Protected || x.guarded[id]
	return e
}

func (d *Desk) openIndex(ctx context.Context, g auth.Grant) (*registers, error) {
	guarded, err := guardedEntries(ctx, d.Store, g)
	if err != nil {
		return nil, err
	}
	open, err := d.Store.OpenIndex(ctx, g)
	if err != nil {
		return nil, err
	}
	defer open.Close()
	x, err := register.OpenIndex(open.Path())
	if err != nil {
		return nil, fmt.Errorf("open register index: %w", err)
	}
	return &registers{x, guarded}, nil
}

// guardedSummary names the summary that lists the entries which are protected
// though their register does not say so.
const guardedSummary = "guarded"

func guardedEntries(ctx context.Context, s *store.Store, g auth.Grant) (map[breach.EntryID]bool, error) {
	var list []breach.EntryID
	if _, err := s.Summary(ctx, g, guardedSummary, &list); err != nil || len(list) == 0 {
		return nil, err
	}
	guarded := map[breach.EntryID]bool{}
	for _, id := range list {
		guarded[id] = true
	}
	return guarded, nil
}

// meant gives an entry as somebody means it.
func meant(e breach.Entry) store.Meant {
	return store.Meant{RegisterKey: keyOf(e), Was: breach.Entry{Names: slices.Clone(e.Names), NationalIDs: e.NationalIDs, BirthDate: e.BirthDate}}
}

func keyOf(e breach.Entry) store.RegisterKey {
	return store.RegisterKey{Register: e.Register, Key: e.Key}
}
