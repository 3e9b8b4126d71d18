package delegation

import (
	"errors"
	"fmt"

	"github.com/taperid/taper/did"
)

// ErrHolder is returned where a signer is not the holder of the chain it would
// act under.
var ErrHolder = errors.New("delegation: not the holder of the chain")

// Holder is an agent that acts: its key, and the one chain that it acts under. It
// is immutable and safe for concurrent use.
type Holder struct {
	signer *did.Signer
	chain  Chain
	wire   []byte
}

// NewHolder returns the agent with this key. The chain must be held by it; whether
// a verifier will accept the chain is for a verifier to say.
func NewHolder(signer *did.Signer, chain Chain) (*Holder, error) {
	if len(chain.links) == 0 || signer == nil || chain.leaf().subject != signer.DID() {
		return nil, fmt.Errorf("%w: %s", ErrHolder, signer.DID())
	}
	wire, err := chain.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return &Holder{signer, chain, wire}, nil
}

// DID returns who the agent is.
func (h *Holder) DID() did.DID { return h.signer.DID() }

// Signer returns the agent's key.
func (h *Holder) Signer() *did.Signer { return h.signer }

// Chain returns the chain that the agent acts under.
func (h *Holder) Chain() Chain { return h.chain }

// ChainJSON returns the chain as a verifier takes it. The caller must not change
// it.
func (h *Holder) ChainJSON() []byte { return h.wire }

// Authority returns what the leaf of the chain allows.
func (h *Holder) Authority() Authority { return Authority{h.chain.leaf().authority} }

// Spawn makes a sub-agent: a new Ed25519 key and a link from h to it. What the
// wish leaves out is as in h's own authority (but depth: 0); a wish for more than
// h has is refused whole, with what would have been cut; to take what there is,
// use Narrow and Extend.
func (h *Holder) Spawn(wish Terms, is Issue) (*Holder, error) {
	authority, cuts, err := Narrow(h.Authority(), wish)
	if err != nil {
		return nil, err
	}
	if len(cuts) > 0 {
		return nil, cuts[0].refusal()
	}
	key, err := did.GenerateKey(did.Ed25519)
	if err != nil {
		return nil, err
	}
	chain, err := h.chain.extend(h.signer, key.Key(), authority, is)
	if err != nil {
		return nil, err
	}
	return NewHolder(key, chain)
}

// refusal says that a wish was cut, to those who do not take less.
func (c Cut) refusal() *Refusal {
	return &Refusal{
		Rule: ErrWidened, Link: noLink, Dimension: c.Dimension, Offered: c.Wanted, Allowed: c.Got,
		Fix: "wish for no more than that, or take what Narrow gives",
	}
}
