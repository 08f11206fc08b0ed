package auth

import "net/netip"

// Origin is the class of address a request came from: what the journal keeps
// instead of the address.
type Origin string

// The origins.
const (
	ThisMachine Origin = "this-machine"
	OwnNetwork  Origin = "own-network"
	Internet    Origin = "internet"
	NoOrigin    Origin = "unknown"
)

// OriginOf classes an address.
func OriginOf(a netip.Addr) Origin {
	a = a.Unmap()
	switch {
	case !a.IsValid():
		return NoOrigin
	case a.IsLoopback():
		return ThisMachine
	case a.IsPrivate(), a.IsLinkLocalUnicast():
		return OwnNetwork
	}
	return Internet
}
