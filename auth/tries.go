package auth

import "time"

// Tries is the memory of failed sign-ins: of one name as it was typed, whether
// anybody has it or not, or of one address. The store keeps it, under a hash, so
// that a restart forgives nobody.
type Tries struct {
	Failed int
	Last   Instant
}

// Pace is how failures slow down the next try.
type Pace struct {
	Free int           // failures that cost nothing
	Most time.Duration // the longest wait
}

// The paces. Many people share the address of a town hall, so it gets more free
// failures. An account never waits longer than a quarter of an hour, or whoever
// likes could keep its owner out; passkeys do not wait at all.
var (
	AccountPace = Pace{Free: 5, Most: 15 * time.Minute}
	AddressPace = Pace{Free: 50, Most: time.Hour}
)

// triesFor is how long failures are remembered after the last.
const triesFor = 24 * time.Hour

// Wait is how long the next try still has to wait: one second after the first
// failure that is not free, and twice as long after each one more. When the
// clocks cannot tell how long ago the last was, the wait begins anew.
func (t Tries) Wait(p Pace, now Instant) time.Duration {
	over := t.Failed - p.Free
	if over <= 0 {
		return 0
	}
	wait := p.Most
	if over <= 20 {
		wait = min(time.Second<<(over-1), p.Most)
	}
	passed, known := now.since(t.Last)
	if !known {
		return wait
	}
	return max(0, wait-passed)
}

// Fail counts a failure.
func (t Tries) Fail(now Instant) Tries {
	if passed, known := now.since(t.Last); known && passed > triesFor {
		t.Failed = 0
	}
	return Tries{Failed: min(t.Failed+1, 1<<20), Last: now}
}
