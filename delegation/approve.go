package delegation

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
)

// Approving says how an approval is made. The zero Approving is the ordinary one.
type Approving struct {
	ID       string        // jti, 16 to 64 characters of base64url; empty: random
	Now      time.Time     // iat; zero: the present
	Lifetime time.Duration // up to 15 minutes, in whole seconds; zero: 5 minutes
}

// Approve signs that the one invocation that asked is bound to may be acted on: this
// action, on this resource, with these arguments, for at most these amounts. Show
// [ApprovalText] of the same value to whoever decides. The signer is a did:key of
// Ed25519 or P-256 and not the agent; a verifier takes no approval of anyone who
// holds a link of the chain either.
func Approve(signer *did.Signer, asked ApprovalRequest, ap Approving) (string, error) {
	if err := asked.check(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrApproval, err)
	}
	switch {
	case signer == nil || !isHolderKey(signer.Key()) || signer.Method() != signer.Key().Method():
		return "", fmt.Errorf("%w: approver %s is no did:key of Ed25519 or P-256", ErrApproval, signer.DID())
	case signer.DID() == asked.Agent:
		return "", fmt.Errorf("%w: %s cannot approve what it does itself", ErrApproval, asked.Agent)
	}
	args, err := digestArguments(asked.Salt, asked.Arguments)
	if err != nil {
		return "", malformedRequest(err)
	}
	ap.fill()
	c := approvalJSON{
		Issuer: signer.DID().String(), Agent: asked.Agent.String(), Leaf: asked.Leaf, Audience: asked.Audience,
		Action: asked.Action, Resource: asked.Resource, Args: args, Amounts: asked.Amounts, Invocation: asked.Invocation,
		ID: ap.ID, IssuedAt: ap.Now.Unix(),
	}
	if c.Amounts == nil {
		c.Amounts = map[string]int64{}
	}
	c.ExpiresAt = c.IssuedAt + int64(ap.Lifetime/time.Second)
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	h := jose.Header{Alg: signer.Key().Algorithm(), Typ: typApproval, Kid: signer.Method()}
	token, err := jose.Sign(h, payload, signer.Sign)
	if err != nil {
		return "", err
	}
	if _, err := ParseApproval(token); err != nil {
		return "", err
	}
	return token, nil
}

// fill gives what is left out its ordinary value.
func (ap *Approving) fill() {
	if ap.Now.IsZero() {
		ap.Now = time.Now()
	}
	if ap.Lifetime == 0 {
		ap.Lifetime = 5 * time.Minute
	}
	if ap.ID == "" {
		ap.ID = rand.Text()
	}
}

// approvalJSON is the payload of an approval.
type approvalJSON struct {
	Issuer     string           `json:"iss"`
	Agent      string           `json:"sub"`
	Leaf       string           `json:"cap"`
	Audience   string           `json:"aud"`
	Action     string           `json:"act"`
	Resource   string           `json:"res"`
	Args       string           `json:"args"`
	Amounts    map[string]int64 `json:"amt"`
	Invocation string           `json:"inv"`
	ID         string           `json:"jti"`
	IssuedAt   int64            `json:"iat"`
	ExpiresAt  int64            `json:"exp"`
}
