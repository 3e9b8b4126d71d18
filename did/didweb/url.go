package didweb

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/taperid/taper/did"
)

const (
	prefix    = "did:web:"
	colon     = "%3A" // before a port
	maxHost   = 253
	maxLabel  = 63
	wellKnown = "/.well-known/did.json"
)

// URL returns where the document of a did:web is: https://HOST/.well-known/did.json,
// or with a path /A/B/did.json for HOST:A:B. A port stands behind %3A.
//
// Refused as did.ErrInvalid are a host that is not a DNS name in lower case, an IP
// address among them; a path with an empty segment; and one with a segment that,
// decoded, is . or .. or has a slash, a backslash or a control character. A DID of
// another method is did.ErrMethod.
func URL(d did.DID) (string, error) {
	rest, ok := strings.CutPrefix(d.String(), prefix)
	if !ok {
		return "", fmt.Errorf("%w: %.80q is no did:web", did.ErrMethod, d.String())
	}
	authority, path, hasPath := strings.Cut(rest, ":")
	host, port, hasPort := strings.Cut(authority, colon)
	if !isHost(host) || hasPort && !isPort(port) {
		return "", fmt.Errorf("%w: %.80q names no host", did.ErrInvalid, d.String())
	}
	out := "https://" + host
	if hasPort {
		out += ":" + port
	}
	if !hasPath {
		return out + wellKnown, nil
	}
	for _, segment := range strings.Split(path, ":") {
		if !isSegment(segment) {
			return "", fmt.Errorf("%w: %.80q: path segment %.40q", did.ErrInvalid, d.String(), segment)
		}
		out += "/" + segment
	}
	return out + "/did.json", nil
}

// isHost reports whether s is a DNS name (RFC 1123 section 2.1) in lower case. Its
// last label is no number, in decimal or hexadecimal, so it is no IP address.
func isHost(s string) bool {
	if len(s) > maxHost {
		return false
	}
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return strings.Trim(last, "0123456789") != "" && !strings.HasPrefix(last, "0x")
}

// isPort reports whether s is a port in its one spelling.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == s
}

// isSegment reports whether s is a segment that servers cannot take for another path.
func isSegment(s string) bool {
	plain, err := url.PathUnescape(s)
	if err != nil || plain == "" || plain == "." || plain == ".." {
		return false
	}
	for i := range len(plain) {
		if c := plain[i]; c < 0x20 || c == 0x7f || c == '/' || c == '\\' || c == '%' {
			return false
		}
	}
	return true
}
