//go:build !amd64

package detect

// tiers lists the classifiers that this machine can run, the fastest first.
func tiers() []tier { return []tier{portable} }
