package delegation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
)

// ErrUnknownChain is the cause of a refusal of an invocation under a chain that is
// not presented and not kept for its signer. Who presents the chain may be
// allowed.
var ErrUnknownChain = errors.New("no such chain is kept")

// Presented is an invocation that is well formed, for this verifier, now, and
// signed by the did:key that it names, which may be anybody's. It is what a
// server can know before it looks at a chain; Verify tells the rest.
type Presented struct {
	verifier *Verifier
	token    string
	inv      *invocation // nil until read
	agent    did.DID
	signed   bool // by the key that kid names
}

// IsName reports whether a name is one of those that this verifier answers to.
func (v *Verifier) IsName(name string) bool { return v.names[name] }

// Present does what is cheap of rule 13: it checks the form of an invocation, its
// name and its time, and last its signature. A server does that first, so that
// strangers can make it do no more. An error is a [*Refusal].
func (v *Verifier) Present(token string) (*Presented, error) {
	now, refusal := v.now()
	if refusal != nil {
		return nil, refusal
	}
	p := &Presented{verifier: v, token: token}
	if err := p.check(now); err != nil {
		return nil, &Refusal{Rule: ErrInvocation, Link: noLink, Err: err}
	}
	return p, nil
}

func (p *Presented) check(now time.Time) error {
	inv, err := p.read()
	if err != nil {
		return err
	}
	if !p.verifier.names[inv.audience] {
		return fmt.Errorf("aud %.120q is not this verifier", inv.audience)
	}
	if err := timely(inv.issuedAt, inv.expiresAt, now, p.verifier.config.InvocationSkew); err != nil {
		return err
	}
	d, key, err := did.ParseUnproven(inv.issuer)
	switch {
	case err != nil:
		return err
	case !isHolderKey(key):
		return fmt.Errorf("iss %.120q is no did:key of Ed25519 or P-256", d)
	case inv.token.Header.Kid != key.Method():
		return fmt.Errorf("kid %.120q is not the key of iss", inv.token.Header.Kid)
	}
	if err := verifySignature(key, inv.token.Header.Alg, inv.token.Input, inv.token.Signature); err != nil {
		return err
	}
	p.inv, p.agent, p.signed = inv, d, true
	return nil
}

// Invocation returns what was signed. Its Agent is who signed it, and nothing says
// yet that this agent may do anything.
func (p *Presented) Invocation() Invocation {
	if p.verifier == nil {
		return Invocation{}
	}
	return p.inv.public(p.agent)
}

// Known reports whether the chain that the invocation names is kept, and held by
// who signed. Verify then needs no chain.
func (p *Presented) Known() bool {
	if !p.signed {
		return false
	}
	node := p.verifier.chains.node(p.inv.leaf)
	return node != nil && p.by(node.link)
}

// Verify is [Verifier.VerifyWith] for this invocation. A nil chain stands for the one
// that the invocation names, if the verifier keeps it and its leaf is held by who
// signed; else the refusal is by rule 1, with the cause ErrUnknownChain.
func (p *Presented) Verify(ctx context.Context, chain []byte, shown Shown, req Request) (*Authorization, error) {
	if p.verifier == nil {
		return nil, &Refusal{Rule: ErrInvocation, Link: noLink, Err: errors.New("nothing was presented")}
	}
	now, refusal := p.verifier.now()
	if refusal != nil {
		return nil, refusal
	}
	return p.verifier.verify(ctx, chain, p, shown, req, now)
}

// read reads the invocation, if that was not done. The result is the caller's.
func (p *Presented) read() (*invocation, error) {
	if p.inv == nil {
		return parseInvocation(p.token)
	}
	inv := *p.inv
	return &inv, nil
}

// by reports whether the invocation was signed by the holder of a leaf, under it.
func (p *Presented) by(leaf *link) bool {
	return p.signed && p.inv.token.Header.Kid == leaf.subjectKey.Method() &&
		p.inv.issuer == leaf.subject.String() && p.inv.leaf == leaf.digest
}

// verify is VerifyWith, at a time that was read.
func (v *Verifier) verify(ctx context.Context, chain []byte, p *Presented, shown Shown, req Request, now time.Time) (*Authorization, error) {
	links, known, refusal := v.find(chain, p)
	if refusal != nil {
		return nil, refusal.in(links)
	}
	c, refusal := v.judge(ctx, links, known, now)
	if refusal != nil {
		refusal.proven = refusal.Rule > ErrParent && p.by(links[len(links)-1])
		refusal.request = &req
		return nil, refusal
	}
	a, refusal := v.verifyInvocation(ctx, c, p, shown, req, now)
	if refusal != nil {
		if refusal.Rule == ErrInvocation { // the leaf's key may have signed nothing yet
			refusal = provenFirst(links, known, refusal)
		}
		refusal.proven = refusal.Rule > ErrInvocation || p.by(c.chain.leaf())
		refusal.request = &req
		return nil, refusal.in(links)
	}
	return a, nil
}

// find returns the links of the chain that is presented, or kept.
func (v *Verifier) find(chain []byte, p *Presented) (links []*link, known int, refusal *Refusal) {
	if chain != nil || !p.signed {
		return v.read(chain)
	}
	node := v.chains.node(p.inv.leaf)
	if node == nil || !p.by(node.link) {
		return nil, 0, &Refusal{Rule: ErrChain, Link: noLink, Err: ErrUnknownChain, Fix: "present the chain"}
	}
	links = node.chain()
	return links, len(links), nil
}

// Proven reports whether what was refused came from an agent of this verifier's
// roots: its chain satisfies rules 1 to 6, and its leaf's key signed the
// invocation. A server gives everybody else one constant answer.
func (r *Refusal) Proven() bool { return r.proven }
