package extract

// Defaults gives the limits with those that are not set at their defaults.
func (l Limits) Defaults() Limits { return l.or() }
