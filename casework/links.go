package casework

import (
	"context"
	"errors"
	"iter"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

// linkPuller reads the links part one link at a time.
type linkPuller struct {
	pull func() (store.Link, error, bool)
	stop func()
}

func pullLinks(ctx context.Context, s *store.Store, g auth.Grant) *linkPuller {
	pull, stop := iter.Pull2(func(yield func(store.Link, error) bool) {
		err := s.Links(ctx, g, 0, func(l store.Link) (bool, error) { return yield(l, nil), nil })
		if err != nil {
			yield(store.Link{}, err)
		}
	})
	return &linkPuller{pull, stop}
}

// next gives the next link; there has to be one.
func (p *linkPuller) next() (store.Link, error) {
	l, err, ok := p.pull()
	if !ok {
		return l, errors.New("the links part ends early: resolve the case again")
	}
	return l, err
}
