package vc

import (
	"net/url"
	"strings"

	"github.com/taperid/taper/did"
)

// isURL reports whether s is an absolute URI (RFC 3986 section 4.3, a fragment
// allowed), in ASCII.
func isURL(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if len(s) > did.MaxLen || !ok || rest == "" || !isScheme(scheme) || !isURIText(rest) {
		return false
	}
	authority, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return strings.IndexByte(rest, '[') < 0 && strings.IndexByte(rest, ']') < 0
	}
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		if strings.ContainsAny(authority[end:], "[]") {
			return false
		}
		authority = authority[:end]
	}
	if !strings.ContainsAny(authority, ":@[]%") {
		return true
	}
	_, err := url.Parse(scheme + "://" + authority) // ports, addresses, user names
	return err == nil
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if !(c >= 'a' && c <= 'z') && (i == 0 || !isDigit(s[i]) && s[i] != '+' && s[i] != '-' && s[i] != '.') {
			return false
		}
	}
	return s != ""
}

// isURIText reports whether s has only characters that a URI may have, whole
// escapes, and at most one fragment.
func isURIText(s string) bool {
	fragment := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
			i += 2
		case c == '#':
			if fragment {
				return false
			}
			fragment = true
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0:
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
}
