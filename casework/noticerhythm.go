package casework

import "time"

// rhythm is how often a sender takes a turn with the ledger. The half of what is
// on its way is waited for, and written while the other half keeps the connections
// busy. Where the disk is so slow that these have nothing left to do before it is
// done, it is better waited for less often: once all have come back.
type rhythm struct {
	all  bool
	work time.Duration // how long all took the last time that they were waited for
}

// enough tells for how many results to wait. Before the last turn so many were on
// their way, and after it so many of them had come back, and so many more are on
// their way now.
func (r *rhythm) enough(before, back, now int, turn time.Duration) int {
	if before > 0 {
		r.all = back >= before
	} else {
		r.all = r.all && turn > r.work
	}
	if r.all {
		return now
	}
	return (now + 1) / 2
}
