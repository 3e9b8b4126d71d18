package didweb

import (
	"context"
	"fmt"
	"net/netip"
	"syscall"
)

// allowed are the networks that may be connected to besides the public ones.
type allowed []netip.Prefix

// control is called by the dialer for each address that it is about to connect to,
// after names were resolved: nothing can change in between.
func (a allowed) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") {
		return fmt.Errorf("%w: %s %.80q", ErrAddress, network, address)
	}
	if !a.allow(ap.Addr()) {
		return fmt.Errorf("%w: %s", ErrAddress, ap.Addr())
	}
	return nil
}

func (a allowed) allow(ip netip.Addr) bool {
	for _, p := range a {
		if p.Contains(ip) {
			return true
		}
	}
	return isPublic(ip)
}

// isPublic reports whether an address is one of the public internet (IANA special
// purpose address registries, RFC 6890).
func isPublic(ip netip.Addr) bool {
	if !ip.Is4() && !unicast.Contains(ip) {
		return false
	}
	for _, p := range special {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// unicast is all of IPv6 that is assigned as global unicast so far. The loopback,
// unique local, link-local and multicast addresses lie outside, as do those that
// are or carry an IPv4 address (::ffff:0:0/96, 64:ff9b::/96). No prefix contains an
// address with a zone.
var unicast = netip.MustParsePrefix("2000::/3")

// special are the networks that are reserved, private or local among the others.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("10.0.0.0/8"),      // private
	netip.MustParsePrefix("100.64.0.0/10"),   // shared, behind a carrier's NAT
	netip.MustParsePrefix("127.0.0.0/8"),     // loopback
	netip.MustParsePrefix("169.254.0.0/16"),  // link-local, where clouds serve credentials
	netip.MustParsePrefix("172.16.0.0/12"),   // private
	netip.MustParsePrefix("192.0.0.0/24"),    // IETF protocols
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("192.88.99.0/24"),  // 6to4 relays
	netip.MustParsePrefix("192.168.0.0/16"),  // private
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("224.0.0.0/3"),     // multicast, reserved and broadcast
	netip.MustParsePrefix("2001::/23"),       // IETF protocols, Teredo among them
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4, which carries an IPv4 address
	netip.MustParsePrefix("3fff::/20"),       // documentation
}
