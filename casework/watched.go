package casework

import "sync"

// watched is something under way that many may look at.
type watched struct {
	mu       sync.Mutex
	watchers map[chan struct{}]bool
}

// Watch rings when something has changed, until the function is called.
func (w *watched) Watch() (<-chan struct{}, func()) {
	bell := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watchers == nil {
		w.watchers = map[chan struct{}]bool{}
	}
	w.watchers[bell] = true
	return bell, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.watchers, bell)
	}
}

// change changes what is known of it, and rings.
func (w *watched) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	for bell := range w.watchers {
		select {
		case bell <- struct{}{}:
		default: // it is ringing still
		}
	}
}
