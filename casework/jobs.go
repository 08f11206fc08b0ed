package casework

import (
	"context"
	"sync"
)

// jobs are what a server does beside requests: at most one of each kind K at a
// time, from when it is asked for until what came of it is kept.
type jobs[K comparable, J any] struct {
	bell chan struct{} // rung when something waits

	mu    sync.Mutex
	open  map[K]*J // under way, and waiting
	queue []*J
}

func newJobs[K comparable, J any]() *jobs[K, J] {
	return &jobs[K, J]{bell: make(chan struct{}, 1), open: map[K]*J{}}
}

// run does each in a goroutine until the context ends, and waits for those under way.
func (s *jobs[K, J]) run(ctx context.Context, do func(*J)) {
	var busy sync.WaitGroup
	defer busy.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.bell:
		}
		s.mu.Lock()
		begun := s.queue
		s.queue = nil
		s.mu.Unlock()
		for _, j := range begun {
			busy.Go(func() { do(j) })
		}
	}
}

// add puts a job into the queue, and reports false where there is one of its kind.
func (s *jobs[K, J]) add(k K, j *J) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[k] != nil {
		return false
	}
	s.open[k] = j
	s.queue = append(s.queue, j)
	ring(s.bell)
	return true
}

// find gives nil for a kind of which nothing is done.
func (s *jobs[K, J]) find(k K) *J {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[k]
}

// with does something to the job of a kind before it can be dropped, and reports
// whether there is one.
func (s *jobs[K, J]) with(k K, do func(*J)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.open[k]
	if j != nil {
		do(j)
	}
	return j != nil
}

// drop forgets the job of a kind, which has ended.
func (s *jobs[K, J]) drop(k K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, k)
}

// ring rings a bell that has room for one: where it rings already, once is enough.
func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}
