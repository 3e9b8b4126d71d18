package delegation

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/taperid/taper/internal/strictjson"
)

// Request is what an application is about to do, made from what it knows itself
// and never from what the agent says.
type Request struct {
	// Action and Resource name one action and one URI, never a pattern. One that
	// is not in normal form is in no authority.
	Action, Resource string
	// Arguments are a strict JSON object; nil stands for {}.
	Arguments []byte
	// OpaqueBody says that there is a body that is no JSON object: it fits only
	// grants without constraints on arguments.
	OpaqueBody bool
	// Audience is the name of the verifier that is asked, a DID or an origin.
	Audience string
	// Amounts are what the request costs, by unit.
	Amounts map[string]int64
	// HTTP is nil where the request does not come over HTTP.
	HTTP *HTTP
	// Unreadable says why the request at hand cannot be read in one way alone, if
	// it cannot. It is then malformed, and refused by rule 14.
	Unreadable error
}

// HTTP are the facts that an invocation in an Authorization header is bound to.
type HTTP struct {
	Method string
	URL    string
	Digest string // of the octets of the body
}

// ParseRequest reads a request from strict JSON of at most 256 KiB: action, resource
// and audience, and optionally arguments, amounts and http {method, url, digest}. An
// unknown or null member, and arguments that two readers could read in two ways,
// are ErrMalformedRequest.
func ParseRequest(json []byte) (Request, error) {
	var q Request
	err := strictjson.Read(json, maxDocument, q.read)
	if err == nil {
		_, err = q.compile()
	}
	if err != nil {
		return Request{}, fmt.Errorf("delegation: %w: %w", ErrMalformedRequest, err)
	}
	return q, nil
}

func (q *Request) read(r *strictjson.Reader) error {
	stated := 0
	err := r.Object(func(name string) (err error) {
		switch name {
		case "action":
			stated++
			q.Action, err = r.String()
		case "resource":
			stated++
			q.Resource, err = r.String()
		case "audience":
			stated++
			q.Audience, err = r.String()
		case "arguments":
			q.Arguments, err = r.Raw()
		case "amounts":
			q.Amounts, err = readAmounts(r)
		case "http":
			q.HTTP, err = readHTTP(r)
		default:
			err = errUnknown
		}
		return memberError(name, err)
	})
	if err == nil && stated != 3 {
		err = errors.New("want action, resource and audience")
	}
	return err
}

func readAmounts(r *strictjson.Reader) (map[string]int64, error) {
	amounts := map[string]int64{}
	err := r.Object(func(unit string) (err error) {
		amounts[unit], err = r.Int()
		return memberError(unit, err)
	})
	return amounts, err
}

func readHTTP(r *strictjson.Reader) (*HTTP, error) {
	h := &HTTP{}
	err := r.Object(func(name string) (err error) {
		switch name {
		case "method":
			h.Method, err = r.String()
		case "url":
			h.URL, err = r.String()
		case "digest":
			h.Digest, err = r.String()
		default:
			err = errUnknown
		}
		return memberError(name, err)
	})
	if err == nil && (h.Method == "" || h.URL == "") {
		err = errors.New("want method and url")
	}
	return h, err
}

// question is a Request, read once for all the links that it is judged by.
type question struct {
	action, resource, audience string
	actionOK, resourceOK       bool // in normal form
	args                       arguments
}

// compile reads q. Its error says that q is malformed as a whole and does not
// wrap ErrMalformedRequest; an action or a resource that is not in normal form is
// no error but in no grant.
func (q *Request) compile() (c question, err error) {
	c = question{action: q.Action, resource: q.Resource, audience: q.Audience}
	if q.Unreadable != nil {
		return c, q.Unreadable
	}
	c.actionOK = checkAction(q.Action, 0) == nil
	c.resourceOK = checkResource(q.Resource, 0) == nil
	if q.Arguments != nil {
		if c.args.members, err = parseArguments(q.Arguments); err != nil {
			return c, err
		}
	}
	c.args.opaque = q.OpaqueBody
	return c, checkAmounts(q.Amounts)
}

func checkAmounts(amounts map[string]int64) error {
	if len(amounts) == 0 {
		return nil
	}
	for _, unit := range slices.Sorted(maps.Keys(amounts)) {
		if n := amounts[unit]; !isToken(unit) || n < 0 || !isInteger(n) {
			return fmt.Errorf("amount %d of unit %s, want 0 to 2^53-1 of a unit", n, quote(unit))
		}
	}
	return nil
}

// Allows returns nil when a allows q: the audience is inside, and one grant has the
// action, the resource and the arguments. Else it returns a *Refusal that wraps
// ErrNotAllowed and names the dimension, or ErrMalformedRequest and none. The zero
// Authority allows nothing. Limits, approvals and status are for a verifier.
func (a Authority) Allows(q Request) error {
	if a.rules.allowsPlain(&q) {
		return nil
	}
	c, err := q.compile()
	if err != nil {
		return malformedRequest(err)
	}
	if r := a.rules.refuse(&c, false); r != nil {
		return r
	}
	return nil
}

func malformedRequest(err error) *Refusal {
	return &Refusal{Rule: ErrMismatch, Link: noLink, Fix: "send a request that every reader reads alike", Err: fmt.Errorf("%w: %w", ErrMalformedRequest, err)}
}
