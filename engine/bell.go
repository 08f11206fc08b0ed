package engine

import "time"

// bell calls a function when it has been set and not stopped in time.
type bell struct{ timer *time.Timer }

func newBell(ring func()) bell {
	b := bell{time.AfterFunc(time.Hour, ring)}
	b.timer.Stop()
	return b
}

func (b bell) set(d time.Duration) { b.timer.Reset(d) }

func (b bell) stop() { b.timer.Stop() }
