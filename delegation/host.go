package delegation

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

const (
	maxHostBytes     = 253
	maxLabelBytes    = 63
	maxHostTreeBytes = 250 // room for a label and its dot below it
)

var (
	errHost = errors.New("host is not in normal form (lower-case labels, no trailing dot, no userinfo; empty only for file)")
	errIPv4 = errors.New("host is no dotted-quad IPv4 address, though its last label is a number")
	errIPv6 = errors.New("host is no IPv6 address in the form of RFC 5952 (hexadecimal groups only, not IPv4-mapped, no zone)")
	errPort = errors.New("port is not 1 to 65535 without leading zero, or is the scheme's own and to be left out")
)

var (
	isUnreserved = characters("-._~")
	isSegment    = characters("-._~!$&'()+,=:@") // pchar without % and without * and ;
	isLabel      = lowerCharacters("-_")
)

// characters returns the set of letters, digits and more.
func characters(more string) (set [256]bool) {
	set = lowerCharacters(more)
	for c := 'A'; c <= 'Z'; c++ {
		set[c] = true
	}
	return set
}

// lowerCharacters returns the set of lower-case letters, digits and more.
func lowerCharacters(more string) (set [256]bool) {
	for c := 'a'; c <= 'z'; c++ {
		set[c] = true
	}
	for c := '0'; c <= '9'; c++ {
		set[c] = true
	}
	for i := range len(more) {
		set[more[i]] = true
	}
	return set
}

// checkAuthority takes what stands between // and the path of a URI: a host and
// perhaps a port.
func checkAuthority(scheme, s string) error {
	if s == "" && scheme == "file" {
		return nil
	}
	host, port, hasPort := strings.Cut(s, ":")
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return errIPv6
		}
		host = s[:end+1]
		if port, hasPort = strings.CutPrefix(s[end+1:], ":"); !hasPort && port != "" {
			return errIPv6
		}
	}
	if hasPort {
		if err := checkPort(scheme, port); err != nil {
			return err
		}
	}
	return checkHost(host)
}

func checkPort(scheme, port string) error {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || port[0] == '0' || port[0] == '+' || n == defaultPort(scheme) {
		return errPort
	}
	return nil
}

func defaultPort(scheme string) uint64 {
	switch scheme {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	case "ftp":
		return 21
	}
	return 0
}

func checkHost(host string) error {
	if strings.HasPrefix(host, "[") {
		return checkIPv6(host[1 : len(host)-1])
	}
	if len(host) > maxHostBytes {
		return errHost
	}
	for start := 0; start <= len(host); {
		end := start
		for end < len(host) && isLabel[host[end]] {
			end++
		}
		if end < len(host) && host[end] != '.' || !checkLabel(host[start:end]) {
			return errHost
		}
		start = end + 1
	}
	if !isAddress(host) {
		return nil
	}
	if a, err := netip.ParseAddr(host); err != nil || !a.Is4() {
		return errIPv4
	}
	return nil
}

// checkLabel judges the length and the ends of a label of label characters.
func checkLabel(s string) bool {
	n := len(s)
	return n > 0 && n <= maxLabelBytes && s[0] != '-' && s[n-1] != '-'
}

// isAddress reports whether a reader of hosts (WHATWG URL) takes host for an IPv4
// address: its last label is a number.
func isAddress(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.HasPrefix(last, "0x") {
		return true
	}
	for i := range len(last) {
		if last[i] < '0' || last[i] > '9' {
			return false
		}
	}
	return true
}

func checkIPv6(s string) error {
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is6() || a.Is4In6() || a.Zone() != "" {
		return errIPv6
	}
	var buf [64]byte
	if string(a.AppendTo(buf[:0])) != s {
		return errIPv6
	}
	return nil
}
