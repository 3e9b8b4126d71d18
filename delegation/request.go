package delegation

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	err := strictjson.Read(json, maxDocument, func(r *strictjson.Reader) error { return q.read(r) })
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

// refuse returns nil where a allows q; in mode guarded, where a met with its
// overlay does. The Refusal names no link.
func (a *authority) refuse(q *question, guarded bool) *Refusal {
	if a == nil {
		return notAllowed(dimAudience, quote(q.audience), "nothing", "use an authority that is not zero")
	}
	if !a.audience.has(q.audience) {
		return notAllowed(dimAudience, quote(q.audience), quoteAll(a.audience.names), "ask for an authority with this audience")
	}
	var o *overlay
	if guarded {
		if o = a.guarded; o == nil {
			return notAllowed(dimActions, quote(q.action), "nothing while guarded", "wait until the link is guarded no more")
		}
	}
	for i := range a.grants {
		if a.grants[i].allows(q, o) == passed {
			return nil
		}
	}
	return a.refuseRequest(q, o)
}

// refuseRequest says why no grant has q: by the first dimension that fails in the
// grant that got furthest, the earliest of several.
func (a *authority) refuseRequest(q *question, o *overlay) *Refusal {
	best, far := &a.grants[0], stage(-1)
	for i := range a.grants {
		if s := a.grants[i].allows(q, o); s > far {
			best, far = &a.grants[i], s
		}
	}
	switch far {
	case atActions:
		r := notAllowed(dimActions, quote(q.action), quoteAll(best.actions.texts()), "ask for an authority with this action")
		return r.explain(checkAction(q.action, 0), o != nil && best.actions.has(q.action), o.actionTexts)
	case atResources:
		r := notAllowed(dimResources, quote(q.resource), quoteAll(best.resources.texts()), "ask for an authority with this resource")
		return r.explain(checkResource(q.resource, 0), o != nil && best.resources.has(q.resource), o.resourceTexts)
	case atExcept:
		return notAllowed(dimExcept, quote(q.resource), "nothing inside "+quoteAll(best.except.texts()), "choose a resource that is not taken out")
	}
	return notAllowed(dimArgs, q.args.describe(), best.object.describe(), q.args.fix(best.object))
}

// explain says more about an action or a resource: that it is not in normal form,
// or that the overlay alone refuses it.
func (r *Refusal) explain(form error, overlaid bool, overlay func() []string) *Refusal {
	switch {
	case form != nil:
		r.Fix = "write it in normal form: " + form.Error()
	case overlaid:
		r.Allowed = quoteAll(overlay()) + " while guarded"
		r.Fix = "wait until the link is guarded no more"
	}
	return r
}

func notAllowed(d Dimension, offered, allowed, fix string) *Refusal {
	return &Refusal{Rule: ErrNotAllowed, Link: noLink, Dimension: d, Offered: offered, Allowed: allowed, Fix: fix}
}

// describe names the arguments that were offered, not their values: they may be
// secret.
func (a *arguments) describe() string {
	if a.opaque {
		return "a body that is no object"
	}
	names := make([]string, len(a.members))
	for i := range a.members {
		names[i] = a.members[i].name
	}
	return "arguments " + quoteAll(names)
}

// fix says what would make the arguments fit o.
func (a *arguments) fix(o *object) string {
	if a.opaque {
		return "send the arguments as a JSON object"
	}
	for i := range a.members {
		m := &a.members[i]
		n := o.find(m.fold)
		switch {
		case n == nil && o.closed:
			return "leave out argument " + quote(m.name)
		case n != nil && n.name != m.name:
			return "write argument " + quote(m.name) + " as " + quote(n.name)
		case n != nil && !n.rule.fits(&m.value):
			return "give argument " + quote(m.name) + " a value that fits " + clip(string(n.rule.append(nil)))
		}
	}
	for i := range o.names {
		if n := &o.names[i]; !n.optional && !a.has(n.name) {
			return "add argument " + quote(n.name)
		}
	}
	return ""
}

func (a *arguments) has(name string) bool {
	return slices.ContainsFunc(a.members, func(m member) bool { return m.name == name })
}

// clip returns JSON that our own encoder wrote, cut short and quoted where a
// terminal could be fooled by it.
func clip(s string) string {
	const most = 200
	plain := strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e }) < 0
	if len(s) <= most && plain {
		return s
	}
	return quote(s[:min(len(s), most)])
}
