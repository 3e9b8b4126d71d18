package decisions

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// maxArguments bounds the arguments of a request.
const maxArguments = 256 << 10

// Chain returns what entries say of a chain, on both sides. An id that no entry can
// have, of more than 256 bytes, is given as its digest. The zero Chain is nil.
func Chain(c delegation.Chain) *audit.Chain {
	if c.Len() == 0 {
		return nil
	}
	out := &audit.Chain{Digest: c.Digest()}
	for _, l := range c.Links() {
		out.Links = append(out.Links, audit.Link{ID: short(l.ID), Digest: l.Digest, Issuer: l.Issuer, Subject: l.Holder})
	}
	return out
}

// Task returns what entries say of the task of a chain, empty for the zero Chain. An
// id that no entry can have is given as its digest.
func Task(c delegation.Chain) string {
	if c.Len() == 0 {
		return ""
	}
	return short(c.Links()[0].Task.ID)
}

func short(id string) string {
	if len(id) <= audit.MaxString {
		return id
	}
	return multikey.Digest([]byte(id))
}

// permit is the entry of what was permitted.
func permit(a *delegation.Authorization, policy string) (audit.Entry, error) {
	e, err := entry(a.Chain(), a.Invocation(), a.Request())
	if err != nil {
		return audit.Entry{}, err
	}
	e.Decision = &audit.Decision{
		Effect: audit.Permit, Mode: a.Mode().String(), AsOf: a.AsOf().UTC().Truncate(time.Second), Policy: policy, Amounts: a.Request().Amounts,
	}
	if a.Mode() != vc.Normal {
		e.Decision.Effect = audit.Constrain
	}
	for _, ap := range a.Approvals() {
		e.Decision.Approval = append(e.Decision.Approval, ap.Digest)
	}
	return e, nil
}

// deny is the entry of what was refused.
func deny(r *delegation.Refusal, chain delegation.Chain, inv delegation.Invocation, req delegation.Request, policy string) (audit.Entry, error) {
	e, err := entry(chain, inv, req)
	if err != nil {
		return audit.Entry{}, err
	}
	e.Decision = &audit.Decision{Effect: audit.Deny, Rule: int(r.Rule), Dimension: string(r.Dimension), Policy: policy}
	if r.Link >= 0 {
		e.Decision.Link = new(r.Link)
	}
	var mode delegation.ModeError
	if errors.As(r, &mode) {
		e.Decision.Mode = vc.Mode(mode).String()
	}
	return e, nil
}

// entry is what both say: under which chain, which invocation, and what the verifier
// itself saw of the action.
func entry(chain delegation.Chain, inv delegation.Invocation, req delegation.Request) (audit.Entry, error) {
	resource, err := audit.Salted(inv.Salt, audit.DomainResource, []byte(req.Resource))
	if err != nil {
		return audit.Entry{}, fmt.Errorf("decisions: %w", err)
	}
	e := audit.Entry{
		Type: audit.Decided, Task: Task(chain), Chain: Chain(chain), Invocation: inv.Digest,
		Action: action(req.Action), Resource: &audit.Resource{Digest: resource},
	}
	if req.OpaqueBody {
		return e, nil
	}
	e.Args, err = arguments(inv.Salt, req.Arguments)
	return e, err
}

// action returns an action as entries have it: what cannot be one, which only a
// refusal has, is its digest.
func action(name string) string {
	if name == "" || len(name) > audit.MaxString || strings.ContainsFunc(name, func(c rune) bool { return c <= 0x20 || c > 0x7e }) {
		return multikey.Digest([]byte(name))
	}
	return name
}

// arguments is the digest of the arguments; of those that are no JSON there is none.
func arguments(salt, args []byte) (string, error) {
	if len(args) == 0 {
		args = []byte("{}")
	}
	canonical, err := strictjson.Canonical(args, maxArguments)
	if err != nil {
		return "", nil //nolint:nilerr // they were refused for it
	}
	return audit.Salted(salt, audit.DomainArgs, canonical)
}
