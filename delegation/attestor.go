package delegation

import (
	"context"
	"time"

	"github.com/taperid/taper/did"
)

// Attestor verifies evidence of what an agent runs. It returns an error for all
// that it does not verify to be made by somebody it trusts, about this agent's key,
// for this audience: evidence that could be about another agent, or that was made
// for another verifier, is none. How old it may be is the [Verifier]'s to judge.
// Package delegation/attest has attestors; hardware plugs in here.
type Attestor interface {
	Attest(ctx context.Context, e Evidence) (Attested, error)
}

// Evidence is what an Attestor is asked about: something that came in, and what it
// has to be bound to.
type Evidence struct {
	Token    string
	Agent    did.DID // who acts, the holder of the leaf
	Key      did.Key // of the agent
	Audience string  // the name of the verifier
	Now      time.Time
	Skew     time.Duration // how far the clock of who made it may differ
}

// Attested is what evidence proves. The zero Attested proves nothing and refuses.
type Attested struct {
	Manifest string    // digest of the manifest of the agent
	At       time.Time // when the agent ran it
}
