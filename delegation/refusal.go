package delegation

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/taperid/taper/did"
)

var (
	// ErrMalformedAuthority is returned for an authority that the language of
	// docs/spec.md section 4.1 does not have.
	ErrMalformedAuthority = errors.New("malformed authority")
	// ErrMalformedRequest is returned for a request that is none: not strict JSON,
	// unknown or null members, arguments that two readers could read in two ways.
	ErrMalformedRequest = errors.New("malformed request")
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

// noLink is the Link of a refusal that no link made.
const noLink = -1

// Refusal says why something was refused, and what would not be. It is an error
// that is its Rule and, where there is one, its cause, so both can be asked for:
// errors.Is(err, delegation.ErrTime), errors.Is(err, vc.ErrExpired).
type Refusal struct { //nolint:errname // the field has no other word for it
	// Rule is the rule that refused; 0 where a request or an authority is
	// malformed outside of any chain.
	Rule Rule
	// Link is the number of the link that refuses, -1 where none does or none
	// is known.
	Link int
	// Issuer, Holder and Credential are those of the link, where it was read.
	Issuer, Holder did.DID
	Credential     string
	// Dimension is the part of the authority that refuses, empty where another
	// part or the whole does.
	Dimension Dimension
	// Offered is what was asked for, Allowed what may be, and Fix the smallest
	// change that would help, each for people. What others wrote in them is
	// quoted and cut short. Where Fix is empty, Error, Picture and the JSON form tell
	// what helps against the rule in general.
	Offered, Allowed, Fix string
	// Grantor is who could grant what was refused, where that is somebody in the
	// chain.
	Grantor did.DID
	// Approval is what approvers are asked to sign, where their approval is what
	// is missing; nil elsewhere. Its Arguments are those of the request.
	Approval *ApprovalRequest
	// Err is the cause, nil where the rule says it all.
	Err error

	proven  bool    // see Proven
	links   []*link // of the chain, as far as they were read
	place   int     // 1 and the number of the link that Picture marks where Link is none
	request *Request
}

// Error returns one line: link, rule, cause, dimension, offered, allowed, fix and
// who could grant it.
func (r *Refusal) Error() string {
	var b strings.Builder
	b.WriteString("delegation: ")
	if r.Link >= 0 {
		fmt.Fprintf(&b, "link %d", r.Link)
		if !r.Issuer.IsZero() {
			fmt.Fprintf(&b, ", issued by %s to %s", r.Issuer, r.Holder)
		}
		b.WriteString(": ")
	}
	if r.Rule != 0 {
		b.WriteString(strings.TrimPrefix(r.Rule.Error(), "delegation: "))
	}
	if r.Err != nil {
		if r.Rule != 0 {
			b.WriteString(": ")
		}
		b.WriteString(r.cause())
	}
	if r.Dimension != "" {
		fmt.Fprintf(&b, ": %s", r.Dimension)
	}
	if r.Offered != "" {
		fmt.Fprintf(&b, ": offered %s", r.Offered)
	}
	if r.Allowed != "" {
		fmt.Fprintf(&b, ", allowed %s", r.Allowed)
	}
	if fix := r.fix(); fix != "" {
		fmt.Fprintf(&b, "; %s", fix)
	}
	if !r.Grantor.IsZero() {
		fmt.Fprintf(&b, "; %s could grant it", r.Grantor)
	}
	return b.String()
}

// fix is Fix, and where there is none what helps against its rule in general.
func (r *Refusal) fix() string {
	if r.Fix == "" && int(r.Rule) < len(ruleFixes) {
		return ruleFixes[r.Rule]
	}
	return r.Fix
}

// cause is the text of Err, on one line whatever is in it.
func (r *Refusal) cause() string {
	return strings.Map(func(c rune) rune {
		if c == '\n' || !isVisible(c) {
			return ' '
		}
		return c
	}, strings.TrimPrefix(r.Err.Error(), "delegation: "))
}

// Unwrap returns the rule and the cause.
func (r *Refusal) Unwrap() []error {
	var errs []error
	if r.Rule != 0 {
		errs = append(errs, r.Rule)
	}
	if r.Err != nil {
		errs = append(errs, r.Err)
	}
	return errs
}

// in says whose link it is that refuses, and who could help.
func (r *Refusal) in(links []*link) *Refusal {
	r.links = links
	if r.Link >= 0 && r.Link < len(links) && links[r.Link] != nil {
		l := links[r.Link]
		r.Issuer, r.Holder, r.Credential = l.issuer, l.subject, l.id
		r.Grantor = r.grantor(l)
	}
	return r
}

// grantor is who could grant what link l refuses: who issued it, if a new one would
// help, and for an authority that is too wide who issued the first link above that
// is not as wide.
func (r *Refusal) grantor(l *link) did.DID {
	if r.Rule == ErrTime || r.Rule == ErrDepth || r.Rule == ErrNotAllowed && r.Fix != fixGuarded {
		return l.issuer
	}
	if r.Rule == ErrWidened {
		for _, above := range r.links[:r.Link] {
			if above.authority.refuseChild(l.authority, 1) != nil {
				return above.issuer
			}
		}
	}
	return did.DID{}
}

// fixGuarded is the fix of what the mode guarded refuses, which nobody grants.
const fixGuarded = "wait until the link is guarded no more"

// outside is an error of something that the verifier was given: a ledger, a hook.
// Its text may tell of the inside of a network, so that it stays on this side.
type outside struct{ error }

// Unwrap returns what was said.
func (o outside) Unwrap() error { return o.error }

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
