package delegation

import (
	"errors"
	"fmt"
	"strings"
)

const (
	maxActionBytes    = 256
	maxActionSegments = 16
)

var (
	errActionSegment = errors.New("a segment is empty, a dot, two dots, or has a character outside A-Z a-z 0-9 . _ ~ -")
	errActionSize    = fmt.Errorf("more than %d bytes or %d segments", maxActionBytes, maxActionSegments)
)

// checkAction refuses what is not an action: segments that / separates, case and
// all. extra is the number of segments that a pattern adds to it.
func checkAction(s string, extra int) error {
	if len(s) > maxActionBytes {
		return errActionSize
	}
	segments, start := extra, 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && isUnreserved[s[i]] {
			continue
		}
		if i < len(s) && s[i] != '/' || isDots(s[start:i]) {
			return errActionSegment
		}
		segments++
		start = i + 1
	}
	if segments > maxActionSegments {
		return errActionSize
	}
	return nil
}

// isDots reports whether a segment is empty, . or .. and so names nothing.
func isDots(s string) bool { return s == "" || s == "." || s == ".." }

// parseAction reads a pattern of actions: an action, a tree a/b/**, or **.
func parseAction(text string) (pattern, error) {
	if text == "**" {
		return pattern{text: text, kind: everything}, nil
	}
	if len(text) > maxActionBytes {
		return pattern{}, errActionSize
	}
	kind, extra := exact, 0
	base, ok := strings.CutSuffix(text, "/**")
	if ok {
		kind, extra = tree, 1
	}
	if err := checkAction(base, extra); err != nil {
		return pattern{}, err
	}
	return pattern{text: text, base: base, kind: kind}, nil
}
