package store

import (
	"context"
	"crypto/sha256"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
)

// mostKept is how many values of a case are kept.
const mostKept = 100

// keptForGood is what was made of rows that never change, by what it is of. It lies
// with the keys of the case in memory, and goes with them.
type keptForGood struct {
	mu sync.Mutex
	of map[any]*keptCount
}

// value gives what is kept of something, which may be nothing yet.
func (f *keptForGood) value(of any) *keptCount {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of[of] == nil {
		if f.of == nil || len(f.of) >= mostKept {
			f.of = map[any]*keptCount{}
		}
		f.of[of] = &keptCount{}
	}
	return f.of[of]
}

// drop forgets all that is kept.
func (f *keptForGood) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.of = nil
}

// listsKey is what was made of two versions of the list.
type listsKey struct {
	what         string
	from, to     int64
	fromIs, toIs [sha256.Size]byte
}

// OfLists gives what f makes of two versions of the list, made once: who stands on a
// version never changes. What is given is everybody's, and nobody may change it.
func OfLists[T any](ctx context.Context, s *Store, g auth.Grant, what string, from, to List, f func() (T, error)) (T, error) {
	var none T
	k, err := s.under(ctx, g, toList...)
	if err != nil {
		return none, err
	}
	return keep(k.forGood.value(listsKey{what, from.Number, to.Number, from.Root, to.Root}), f)
}

// keep gives what is kept, or makes it.
func keep[T any](kept *keptCount, f func() (T, error)) (T, error) {
	kept.mu.Lock()
	defer kept.mu.Unlock()
	if v, ok := kept.value.(T); ok {
		return v, nil
	}
	v, err := f()
	if err != nil {
		var none T
		return none, err
	}
	kept.value = v
	return v, nil
}
