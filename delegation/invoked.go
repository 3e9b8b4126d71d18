package delegation

import (
	"context"
	"fmt"
	"time"

	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// verifyInvocation applies rules 13 to 18.
func (v *Verifier) verifyInvocation(ctx context.Context, c *VerifiedChain, in *Presented, shown Shown, req Request, now time.Time) (*Authorization, *Refusal) {
	inv, err := v.acceptInvocation(ctx, c, in, shown, req, now)
	if err != nil {
		return nil, &Refusal{Rule: ErrInvocation, Link: noLink, Err: err}
	}
	req.Audience = inv.audience
	asked, refusal := checkRequested(inv, req)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := checkAllowed(c, &asked); refusal != nil {
		return nil, refusal.in(c.chain.links)
	}
	a := &Authorization{VerifiedChain: *c, invocation: inv, request: req}
	if refusal := v.checkRequires(ctx, a, shown, now); refusal != nil {
		return nil, refusal
	}
	if a.spent, refusal = v.reserve(ctx, a, now); refusal != nil {
		return nil, refusal
	}
	if v.config.Constrain != nil {
		if err := v.config.Constrain(ctx, a); err != nil {
			a.giveBack(ctx)
			return nil, &Refusal{Rule: ErrConstrained, Link: noLink, Err: outside{err}}
		}
	}
	return a, nil
}

// acceptInvocation is rule 13. Using the invocation up, and its approvals with it,
// is its last step.
func (v *Verifier) acceptInvocation(ctx context.Context, c *VerifiedChain, in *Presented, shown Shown, req Request, now time.Time) (*invocation, error) {
	inv, err := in.read()
	if err != nil {
		return nil, err
	}
	leaf, skew := c.chain.leaf(), v.config.InvocationSkew
	if inv.issuer != leaf.subject.String() {
		return nil, fmt.Errorf("iss %.120q is not the holder of the leaf, %s", inv.issuer, leaf.subject)
	}
	if kid := inv.token.Header.Kid; kid != leaf.subjectKey.Method() {
		return nil, fmt.Errorf("kid %.120q is not the key of %s", kid, leaf.subject)
	}
	if !in.signed { // else by that very key: kid names it
		if err := verifySignature(leaf.subjectKey, inv.token.Header.Alg, inv.token.Input, inv.token.Signature); err != nil {
			return nil, err
		}
	}
	switch {
	case !v.names[inv.audience] || req.Audience != "" && req.Audience != inv.audience:
		return nil, fmt.Errorf("aud %.120q is not this verifier", inv.audience)
	case inv.leaf != leaf.digest:
		return nil, fmt.Errorf("cap %s is not the leaf of this chain, %s", inv.leaf, leaf.digest)
	}
	if err := timely(inv.issuedAt, inv.expiresAt, now, skew); err != nil {
		return nil, err
	}
	inv.readApprovals(shown.Approvals)
	if err := v.config.Replay.Use(ctx, v.useOf(inv, c.chain, now)); err != nil {
		return nil, outside{err}
	}
	return inv, nil
}

// useOf is what using up an invocation takes. Its approvals name it by its issuer
// and jti, and live longer: it is remembered until the last of them is over, so
// that the agent cannot sign another invocation of that name for which they would
// do once more. For the same reason a store that begins anew must know when the
// first of them was made.
func (v *Verifier) useOf(inv *invocation, chain Chain, now time.Time) Use {
	from, until := inv.issuedAt, inv.expiresAt
	for _, s := range inv.approvals {
		if s.err == nil && timely(s.issuedAt, s.expiresAt, now, v.config.InvocationSkew) == nil {
			from, until = min(from, s.issuedAt), max(until, s.expiresAt)
		}
	}
	// A clock may go back by Skew and make what is over timely again.
	margin := v.config.InvocationSkew + v.config.Skew
	return Use{
		Issuer: chain.leaf().subject, ID: inv.id, IssuedAt: seconds(from), Until: seconds(until).Add(margin), Now: now,
		Path: append([]string{chain.links[0].issuer.String()}, chain.digests()...),
	}
}

// shownApproval is an approval as it was shown; rule 16 reports what is wrong.
type shownApproval struct {
	*approved
	err error
}

func (inv *invocation) readApprovals(tokens []string) {
	for i := range min(len(tokens), maxApprovals) {
		a, err := parseApproval(tokens[i])
		inv.approvals = append(inv.approvals, shownApproval{a, err})
	}
}

// checkRequested is rule 14: what the agent signed is the request at hand. It
// returns the request, read once for every link.
func checkRequested(inv *invocation, req Request) (question, *Refusal) {
	refuse := func(err error) (question, *Refusal) {
		return question{}, &Refusal{Rule: ErrMismatch, Link: noLink, Err: err}
	}
	mismatch := func(what, offered, allowed string) (question, *Refusal) {
		return question{}, &Refusal{Rule: ErrMismatch, Link: noLink, Err: fmt.Errorf("another %s", what), Offered: offered, Allowed: allowed}
	}
	asked, err := req.compile()
	if err != nil {
		return refuse(err)
	}
	digest, err := digestArguments(inv.salt, req.Arguments)
	if err != nil {
		return refuse(err)
	}
	switch {
	case inv.action != req.Action:
		return mismatch("action", quote(inv.action), quote(req.Action))
	case inv.resource != req.Resource:
		return mismatch("resource", quote(inv.resource), quote(req.Resource))
	case inv.args != digest:
		return mismatch("set of arguments", inv.args, "the digest of the arguments at hand")
	}
	if err := inv.checkHTTP(req.HTTP); err != nil {
		return refuse(err)
	}
	return asked, nil
}

// digestArguments is the salted digest of the JCS form of arguments, that of {}
// where there are none.
func digestArguments(salt, arguments []byte) (string, error) {
	if arguments == nil {
		return saltedDigest(salt, []byte("{}")), nil
	}
	canonical, err := strictjson.Canonical(arguments, maxDocument)
	if err != nil {
		return "", err
	}
	return saltedDigest(salt, canonical), nil
}

func (inv *invocation) checkHTTP(h *HTTP) error {
	switch {
	case inv.httpErr != nil:
		return inv.httpErr
	case h == nil && inv.httpSeen > 0:
		return fmt.Errorf("bound to an HTTP request, and this is none")
	case h == nil:
		return nil
	case inv.httpSeen != 3:
		return fmt.Errorf("not bound to an HTTP request: want htm, htu and cd")
	case inv.http != *h:
		return fmt.Errorf("bound to another HTTP request: %.200q", inv.http)
	}
	return nil
}

// checkAllowed is rule 15: every link allows the request, in its present mode.
func checkAllowed(c *VerifiedChain, asked *question) *Refusal {
	for i, l := range c.chain.links {
		if r := l.authority.refuse(asked, c.modes[i] == vc.Guarded); r != nil {
			r.Link = i
			return r
		}
	}
	return nil
}
