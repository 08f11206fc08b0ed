package casework

import (
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// HookClient is what posts to addresses that somebody else named. It follows no
// redirect, waits for twenty seconds at most, and unless private addresses are meant,
// connects to none but those of the public internet.
func HookClient(private bool) *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: guarded(private),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// guarded holds the very address that a connection is made to against
// [PublicAddress], after a name was resolved: a name that resolves otherwise the
// next time gains nothing.
func guarded(private bool) *http.Transport {
	d := net.Dialer{Timeout: 10 * time.Second}
	if !private {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !PublicAddress(at.Addr()) {
				return errPrivate
			}
			return nil
		}
	}
	return &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 15 * time.Second,
		MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true, MaxIdleConns: 2}
}

// notPublic lists what is no place of the public internet, though it looks like one:
// IANA's registries of special addresses, ways from IPv6 into IPv4 networks, and
// where a cloud's machines ask for their own secrets.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // RFC 6598
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("168.63.129.16/32"), // Azure's own
	netip.MustParsePrefix("169.254.0.0/16"),   // with 169.254.169.254
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), // 6to4 relays
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("224.0.0.0/3"),   // multicast, reserved, broadcast
	netip.MustParsePrefix("2001::/23"),     // RFC 2928, with Teredo
	netip.MustParsePrefix("2001:db8::/32"), // documentation
	netip.MustParsePrefix("2002::/16"),     // 6to4
	netip.MustParsePrefix("3fff::/20"),     // documentation
}

// unicast6 is what of IPv6 is given out to networks of the public internet (RFC
// 4291): so neither NAT64 nor what embeds an IPv4 address otherwise is in it.
var unicast6 = netip.MustParsePrefix("2000::/3")

// PublicAddress reports whether an address is one of the public internet. An IPv4
// address in the clothes of IPv6 is what it is.
func PublicAddress(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || a.Is6() && !unicast6.Contains(a) {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
