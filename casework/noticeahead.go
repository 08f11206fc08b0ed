package casework

import (
	"context"

	"github.com/klarlagt/klarlagt/store"
)

// readAtOnce is how many dispatches are read at a time, before they are needed.
const readAtOnce = 512

// ahead reads what is due beside the turns, so that no turn waits for it. It
// goes through the order again and again: what was put off in one pass stands in
// a later one.
type ahead struct {
	read func(ctx context.Context, after store.Dispatch) ([]store.Dispatch, error)

	list   []store.Dispatch // read, and not given yet
	last   store.Dispatch   // the last that was read in this pass; zero at its beginning
	coming chan someDue     // nil while nothing is being read
}

type someDue struct {
	list []store.Dispatch
	err  error
}

// take gives the next, and at most so many; none where nothing is due. They are
// to be claimed before it is asked again.
func (a *ahead) take(ctx context.Context, most int) ([]store.Dispatch, error) {
	for len(a.list) == 0 {
		first := a.last.Seq == 0
		if err := a.await(ctx); err != nil {
			return nil, err
		}
		if len(a.list) > 0 {
			break
		}
		if a.last = (store.Dispatch{}); first {
			return nil, nil
		}
	}
	some := a.list[:min(most, len(a.list))]
	if a.list = a.list[len(some):]; len(a.list) < readAtOnce/2 {
		a.begin(ctx)
	}
	return some, nil
}

// begin reads on, unless that is being done.
func (a *ahead) begin(ctx context.Context) {
	if a.coming != nil {
		return
	}
	a.coming = make(chan someDue, 1)
	go func(coming chan<- someDue, after store.Dispatch) {
		list, err := a.read(ctx, after)
		coming <- someDue{list, err}
	}(a.coming, a.last)
}

// await takes what was read.
func (a *ahead) await(ctx context.Context) error {
	a.begin(ctx)
	c := <-a.coming
	a.coming = nil
	if a.list = c.list; len(c.list) > 0 {
		a.last = c.list[len(c.list)-1]
	}
	return c.err
}

// end waits for what is being read.
func (a *ahead) end() {
	if a.coming != nil {
		<-a.coming
	}
}
