package delegation

import (
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// Issue says what else a new link has. ValidFrom and ValidUntil are required for
// a root; below it they default to the parent's.
type Issue struct {
	ID         string // absolute URI; empty: a random urn:uuid
	Agent      Agent
	Task       Task // below the root an empty ID is the parent's
	ValidFrom  time.Time
	ValidUntil time.Time
	Status     []vc.StatusEntry // an operator's, for this link alone

	// Format is how the link is secured: vc.JWT, the ordinary one, where it is
	// empty, or a Data Integrity proof over its JSON, vc.EdDSAJCS for an Ed25519
	// key and vc.ECDSAJCS for P-256. A chain may mix them.
	Format vc.Format
}

// Root issues the first link of a chain: the principal behind issuer gives holder,
// an agent, an authority.
func Root(issuer *did.Signer, holder did.DID, a Authority, is Issue) (Chain, error) {
	key, err := holderKey(holder)
	if err != nil {
		return Chain{}, &Refusal{Rule: ErrLink, Link: noLink, Err: fmt.Errorf("subject: %w", err)}
	}
	l, err := mint(issuer, key, a, is, nil)
	if err != nil {
		return Chain{}, err
	}
	return Chain{[]*link{l}}, nil
}

// holderKey returns the key of a bare did:key. The key of a did:jwk has a did:key
// too, which is another identity than the one that was asked for.
func holderKey(holder did.DID) (did.Key, error) {
	if holder.Method() != "key" {
		return did.Key{}, fmt.Errorf("%w: %.80q is not a did:key", did.ErrMethod, holder)
	}
	return did.KeyOf(holder)
}

// Extend adds a link: the holder of the leaf gives holder, another agent, an
// authority that lies inside its own. What Verify would refuse is not signed; the
// error is then the [*Refusal] that Verify would give.
func (c Chain) Extend(signer *did.Signer, holder did.DID, a Authority, is Issue) (Chain, error) {
	key, err := holderKey(holder)
	if err != nil {
		return Chain{}, &Refusal{Rule: ErrLink, Link: noLink, Err: fmt.Errorf("subject: %w", err)}
	}
	return c.extend(signer, key, a, is)
}

func (c Chain) extend(signer *did.Signer, holder did.Key, a Authority, is Issue) (Chain, error) {
	if len(c.links) == 0 {
		return Chain{}, fmt.Errorf("%w: the chain has no links", ErrHolder)
	}
	leaf := c.leaf()
	if signer.DID() != leaf.subject {
		return Chain{}, fmt.Errorf("%w: %s, the leaf is held by %s", ErrHolder, signer.DID(), leaf.subject)
	}
	if len(c.links) == MaxLinks {
		return Chain{}, &Refusal{Rule: ErrChain, Link: noLink, Err: fmt.Errorf("%d links, at most %d", len(c.links)+1, MaxLinks)}
	}
	l, err := mint(signer, holder, a, is.below(leaf), leaf)
	if err != nil {
		return Chain{}, err
	}
	links := append(append(make([]*link, 0, len(c.links)+1), c.links...), l)
	if r := checkNewLeaf(links); r != nil {
		return Chain{}, r.in(links)
	}
	return Chain{links}, nil
}

// below fills what is left out with the parent's.
func (is Issue) below(parent *link) Issue {
	if is.Task.ID == "" {
		is.Task.ID = parent.task.ID
	}
	if is.ValidFrom.IsZero() {
		is.ValidFrom = parent.from
	}
	if is.ValidUntil.IsZero() {
		is.ValidUntil = parent.until
	}
	return is
}

// checkNewLeaf applies what rules 5 to 11 say of the last link of a chain whose
// other links are taken as they are.
func checkNewLeaf(links []*link) *Refusal {
	known := len(links) - 1
	for _, check := range []func() *Refusal{
		func() *Refusal { return checkOrders(links, known) },
		func() *Refusal { return checkPairs(links, known, checkParent) },
		func() *Refusal { return checkPairs(links, known, checkOutlives) },
		func() *Refusal { return checkDepths(links) },
		func() *Refusal { return checkPairs(links, known, checkTask) },
		func() *Refusal { return checkPairs(links, known, checkWidened) },
	} {
		if r := check(); r != nil {
			return r
		}
	}
	return nil
}
