package casework

import "time"

// slowTurn is when the disk is slow: the half of what is on its way is handed over
// in less.
const slowTurn = 5 * time.Millisecond

// rhythm is how often a sender takes a turn with the ledger. The half of what is
// on its way is waited for, and written while the other half keeps the connections
// busy. Where the disk is so slow that these have nothing left to do before it is
// done, it is better waited for less often: once all have come back.
type rhythm struct{ all bool }

// enough tells for how many results to wait. Before the last turn so many were on
// their way, and after it so many of them had come back, and so many are on their
// way now.
func (r *rhythm) enough(before, back, now int, turn time.Duration) int {
	r.all = turn > slowTurn && back >= before && (r.all || before > 0)
	if r.all {
		return now
	}
	return (now + 1) / 2
}
