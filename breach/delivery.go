package breach

import "slices"

// DeliveryState is how far handing one notice over has come.
type DeliveryState string

// The states.
const (
	Planned   DeliveryState = "planned"   // frozen: its wave is not open
	Released  DeliveryState = "released"  // its wave is open
	Handing   DeliveryState = "handing"   // from now on it may be taken
	Accepted  DeliveryState = "accepted"  // by the next server, or by the print house
	Deferred  DeliveryState = "deferred"  // certainly not taken, to be tried again
	Refused   DeliveryState = "refused"   // certainly not taken, and not to be tried again
	Uncertain DeliveryState = "uncertain" // it may have been taken
	Arrived   DeliveryState = "delivered" // the last server says so
	Bounced   DeliveryState = "bounced"   // it came back
	Counted   DeliveryState = "counted"   // somebody has decided that the reader is told
	Replaced  DeliveryState = "replaced"  // somebody has decided on another way
	NotSent   DeliveryState = "none"      // nobody is told of it this way, for a reason
)

// deliverySteps are the legal steps. The database has the same list.
var deliverySteps = map[DeliveryState][]DeliveryState{
	Planned:   {Released, Handing, Counted}, // Handing: a letter, which no machine hands over
	Released:  {Planned, Handing},
	Handing:   {Accepted, Deferred, Refused, Uncertain, Released},
	Deferred:  {Handing, Refused},
	Uncertain: {Accepted, Deferred, Counted, Replaced},
	Accepted:  {Arrived, Bounced},
}

// May reports whether one step leads from a state to another. Nothing is left
// by time alone.
func (s DeliveryState) May(to DeliveryState) bool { return slices.Contains(deliverySteps[s], to) }

// Over reports whether nothing more is to be done in this state: the reader is
// told, or certainly is not.
func (s DeliveryState) Over() bool {
	switch s {
	case Accepted, Refused, Arrived, Bounced, Counted, Replaced, NotSent:
		return true
	}
	return false
}

// Missed reports whether the reader of what is in this state certainly was not told
// by it: another way, or the next version, is to reach them.
func (s DeliveryState) Missed() bool { return s == Refused || s == Bounced || s == Replaced }

// DeliveryStates lists every state, in the order in which people are shown
// them: what needs somebody first.
func DeliveryStates() []DeliveryState {
	return []DeliveryState{Uncertain, Handing, Deferred, Released, Planned, Refused, Bounced, Replaced, Accepted, Arrived, Counted, NotSent}
}
