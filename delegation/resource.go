package delegation

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	maxResourceBytes    = 2048
	maxResourceSegments = 32
)

var (
	errResourceSize   = fmt.Errorf("more than %d bytes or %d path segments", maxResourceBytes, maxResourceSegments)
	errScheme         = errors.New("no absolute URI that starts with a lower-case scheme and ://, or with urn: or did: before more")
	errSegment        = errors.New("a path segment is empty, a dot, two dots, or has a character that a segment in normal form has not (no query, fragment, * or ;)")
	errEscape         = errors.New("percent-encoding is not in normal form (upper-case hex, never of an unreserved character, a slash, a control character or in two layers, and of valid UTF-8)")
	errResourceTree   = errors.New("a wildcard stands elsewhere than in **, URI/**, scheme://**, scheme://*.host/** or scheme://*.host:port/**")
	errHostTreeTarget = fmt.Errorf("a host tree is of a name of at most %d bytes", maxHostTreeBytes)
)

// checkResource refuses what is not a resource: an absolute URI in normal form.
// Nothing is repaired, so one resource has one text. extra is the number of
// segments that a pattern adds to it.
func checkResource(s string, extra int) error {
	if len(s) > maxResourceBytes {
		return errResourceSize
	}
	colon := schemeEnd(s)
	if colon < 0 {
		return errScheme
	}
	scheme, rest := s[:colon], s[colon+1:]
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		end := strings.IndexByte(after, '/')
		if end < 0 {
			end = len(after)
		}
		if err := checkAuthority(scheme, after[:end]); err != nil {
			return err
		}
		return checkPath(after[end:], extra)
	}
	if scheme != "urn" && scheme != "did" {
		return errScheme
	}
	return checkSegments(rest, extra)
}

// schemeEnd returns the index of the colon after a scheme in normal form, or -1.
func schemeEnd(s string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return i
		default:
			return -1
		}
	}
	return -1
}

// checkPath takes an empty path, or / and segments.
func checkPath(path string, extra int) error {
	if path == "" {
		return nil
	}
	return checkSegments(path[1:], extra)
}

// checkSegments takes one segment or more that / separates.
func checkSegments(s string, extra int) error {
	segments, start := extra, 0
	for i := 0; i <= len(s); {
		switch {
		case i < len(s) && isSegment[s[i]]:
			i++
		case i < len(s) && s[i] == '%':
			n := escape(s[i:])
			if n == 0 {
				return errEscape
			}
			i += n
		case i == len(s) || s[i] == '/':
			if isDots(s[start:i]) {
				return errSegment
			}
			segments++
			i++
			start = i
		default:
			return errSegment
		}
	}
	if segments > maxResourceSegments {
		return errResourceSize
	}
	return nil
}

// escape returns the length of the percent-encoded character at the start of s,
// or 0 where it is not in normal form.
func escape(s string) int {
	var buf [utf8.UTFMax]byte
	n := 0
	for n < len(buf) && len(s) >= 3*n+3 && s[3*n] == '%' {
		hi, lo := upperHex(s[3*n+1]), upperHex(s[3*n+2])
		if hi < 0 || lo < 0 {
			break
		}
		buf[n] = byte(hi<<4 | lo)
		if n++; buf[0] < utf8.RuneSelf {
			return plainEscape(buf[0], s[3:])
		}
	}
	r, size := utf8.DecodeRune(buf[:n])
	if r == utf8.RuneError && size <= 1 {
		return 0
	}
	return 3 * size
}

// plainEscape judges an encoded ASCII character before rest.
func plainEscape(c byte, rest string) int {
	switch {
	case isUnreserved[c] || c == '/' || c == '\\' || c < 0x20 || c == 0x7f:
		return 0
	case c == '%' && len(rest) >= 2 && isHex(rest[0]) && isHex(rest[1]):
		return 0 // %252F: a second decoder would see another path
	}
	return 3
}

func upperHex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// parseResource reads a pattern of resources.
func parseResource(text string) (pattern, error) {
	if text == "**" {
		return pattern{text: text, kind: everything}, nil
	}
	if len(text) > maxResourceBytes {
		return pattern{}, errResourceSize
	}
	if colon := schemeEnd(text); colon >= 0 {
		after, ok := strings.CutPrefix(text[colon+1:], "//")
		head := text[:len(text)-len(after)]
		if ok && after == "**" {
			return pattern{text: text, base: head, head: head, kind: schemeTree}, nil
		}
		if ok && strings.HasPrefix(after, "*.") {
			return parseHostTree(text, head, text[:colon], after[1:])
		}
	}
	kind, extra := exact, 0
	base, ok := strings.CutSuffix(text, "/**")
	if ok {
		kind, extra = tree, 1
	}
	if err := checkResource(base, extra); err != nil {
		if strings.Contains(base, "*") {
			err = errResourceTree
		}
		return pattern{}, err
	}
	return pattern{text: text, base: base, kind: kind}, nil
}

// parseHostTree reads what follows the star of scheme://*.host:port/**.
func parseHostTree(text, head, scheme, after string) (pattern, error) {
	suffix, ok := strings.CutSuffix(after, "/**")
	if !ok || strings.Contains(suffix, "/") {
		return pattern{}, errResourceTree
	}
	name, _, _ := strings.Cut(suffix[1:], ":")
	if name == "" || name[0] == '[' || len(name) > maxHostTreeBytes || isAddress(name) {
		return pattern{}, errHostTreeTarget
	}
	if err := checkAuthority(scheme, suffix[1:]); err != nil {
		return pattern{}, err
	}
	base := text[:len(text)-len("/**")]
	return pattern{text: text, base: base, head: head, suffix: suffix, kind: hostTree}, nil
}
