package delegation

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

var (
	// ErrMalformedAuthority is returned for an authority that the language of
	// docs/spec.md section 4.1 does not have.
	ErrMalformedAuthority = errors.New("malformed authority")
	// ErrMalformedRequest is returned for a request that is none: not strict JSON,
	// unknown or null members, arguments that two readers could read in two ways.
	ErrMalformedRequest = errors.New("malformed request")
	// ErrWidened is returned where a child's authority does not lie inside its
	// parent's (section 4.2).
	ErrWidened = errors.New("authority is wider than its parent's")
	// ErrNotAllowed is returned for a request that an authority does not allow.
	ErrNotAllowed = errors.New("request is not allowed")
)

// Dimension names the part of an authority that refused, as JSON spells it:
// "actions", "resources", "except", "args" (which stands for optional and closed
// too), "audience", "depth", "limits", "requires" or "maxStatusAge". It is empty
// where something is refused as a whole.
type Dimension string

const (
	dimActions      Dimension = "actions"
	dimResources    Dimension = "resources"
	dimExcept       Dimension = "except"
	dimArgs         Dimension = "args"
	dimAudience     Dimension = "audience"
	dimDepth        Dimension = "depth"
	dimLimits       Dimension = "limits"
	dimRequires     Dimension = "requires"
	dimMaxStatusAge Dimension = "maxStatusAge"
)

// The rules of section 7 that this file's refusals are made under.
const (
	ruleRequest    = 14
	ruleAttenuates = 11
	ruleAllows     = 15
)

// Refusal says why something was refused, and what would not be.
type Refusal struct {
	// Rule is the number of the rule in docs/spec.md section 7.
	Rule int
	// Link is the number of the link that refuses, -1 where none does or none
	// is known.
	Link int
	// Dimension is the part of the authority that refuses, empty where the whole
	// is malformed.
	Dimension Dimension
	// Offered is what was asked for, Allowed what may be, and Fix the smallest
	// change that would help, each for people. What others wrote in them is
	// quoted and cut short.
	Offered, Allowed, Fix string
	// Err is the sentinel, or wraps it. It is never nil.
	Err error
}

// Error returns one line: rule, link, dimension, offered, allowed and fix.
func (r *Refusal) Error() string {
	var b strings.Builder
	b.WriteString("delegation: ")
	if r.Link >= 0 {
		fmt.Fprintf(&b, "link %d: ", r.Link)
	}
	fmt.Fprintf(&b, "rule %d: %v", r.Rule, r.Err)
	if r.Dimension != "" {
		fmt.Fprintf(&b, ": %s", r.Dimension)
	}
	if r.Offered != "" {
		fmt.Fprintf(&b, ": offered %s", r.Offered)
	}
	if r.Allowed != "" {
		fmt.Fprintf(&b, ", allowed %s", r.Allowed)
	}
	if r.Fix != "" {
		fmt.Fprintf(&b, "; %s", r.Fix)
	}
	return b.String()
}

// Unwrap returns Err.
func (r *Refusal) Unwrap() error { return r.Err }

// quote returns text that somebody else wrote, quoted and cut short.
func quote(s string) string {
	const most = 120
	if len(s) > most {
		return strconv.Quote(s[:most]) + "..."
	}
	return strconv.Quote(s)
}

// quoteAll returns the first few of list, quoted.
func quoteAll(list []string) string {
	const most = 8
	if len(list) == 0 {
		return "nothing"
	}
	var b strings.Builder
	for i, s := range list {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(list)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(s))
	}
	return b.String()
}
