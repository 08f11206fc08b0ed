package store

import "context"

// line is where transactions that write stand: those of this process, in the order
// they came, and without a connection while they wait. The database has all wait,
// but looks now and then who may, and readers are to find a connection meanwhile.
type line chan struct{}

func newLine() line { return make(line, 1) }

// enter waits until nobody else writes.
func (l line) enter(ctx context.Context) error {
	if l == nil {
		return nil
	}
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave lets the next one write.
func (l line) leave() {
	if l != nil {
		<-l
	}
}
