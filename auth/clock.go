package auth

import "time"

// Instant is one moment as two clocks saw it: the wall clock, which can be set,
// and one that only goes forward but begins anew with each run of the server.
type Instant struct {
	Wall time.Time
	Run  string        // which run of the server
	Up   time.Duration // since it began
}

// Clock tells the moment. Make it once, when the server starts.
type Clock struct {
	run   string
	began time.Time // with Go's monotonic reading
}

// NewClock starts the clock of this run.
func NewClock() Clock { return Clock{run: NewID(), began: time.Now()} }

// Now is the moment.
func (c Clock) Now() Instant {
	return Instant{Wall: time.Now().UTC().Round(0), Run: c.run, Up: time.Since(c.began)}
}

// since is how much time has passed from one moment to another: the larger of
// what the two clocks say. Where only the wall clock can tell, because the
// server was started anew between, and says that no time or less than none has
// passed, the answer is not known.
func (i Instant) since(before Instant) (passed time.Duration, known bool) {
	passed = i.Wall.Sub(before.Wall)
	if i.Run == before.Run && i.Run != "" {
		passed = max(passed, i.Up-before.Up)
	}
	return passed, passed >= 0
}
