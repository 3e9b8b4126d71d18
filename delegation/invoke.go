package delegation

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/taperid/taper/internal/jose"
)

// Invoke says how an invocation is made. The zero Invoke is the ordinary one.
type Invoke struct {
	ID       string        // jti, 16 to 64 characters of base64url; empty: random
	Now      time.Time     // iat; zero: the present
	Lifetime time.Duration // up to a minute, in whole seconds; zero: a minute
	Salt     []byte        // 16 bytes; nil: random
	Reason   Reason        // why; only a salted digest of its text is sent
}

// Invoke signs the statement that h now does what req says: one action, for one
// verifier, req.Audience, under the one chain that h has. It does not ask whether
// the chain allows it; the verifier will.
func (h *Holder) Invoke(req Request, in Invoke) (string, error) {
	if err := in.fill(); err != nil {
		return "", err
	}
	if _, err := req.compile(); err != nil {
		return "", malformedRequest(err)
	}
	args, err := digestArguments(in.Salt, req.Arguments)
	if err != nil {
		return "", malformedRequest(err)
	}
	c := claimsJSON{
		Issuer: h.DID().String(), Audience: req.Audience, IssuedAt: in.Now.Unix(), ID: in.ID,
		Leaf: h.chain.Digest(), Action: req.Action, Resource: req.Resource,
		Salt: base64.RawURLEncoding.EncodeToString(in.Salt), Args: args,
	}
	c.ExpiresAt = c.IssuedAt + int64(in.Lifetime/time.Second)
	if in.Reason != (Reason{}) {
		c.Why = &reasonDigest{in.Reason.Code, saltedDigest(in.Salt, []byte(in.Reason.Text))}
	}
	if req.HTTP != nil {
		c.Method, c.URL, c.Body = req.HTTP.Method, req.HTTP.URL, req.HTTP.Digest
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	hdr := jose.Header{Alg: h.signer.Key().Algorithm(), Typ: typInvocation, Kid: h.signer.Method()}
	token, err := jose.Sign(hdr, payload, h.signer.Sign)
	if err != nil {
		return "", err
	}
	if _, err := parseInvocation(token); err != nil {
		return "", &Refusal{Rule: ErrInvocation, Link: noLink, Err: err}
	}
	return token, nil
}

// fill gives what is left out its ordinary value.
func (in *Invoke) fill() error {
	if in.Now.IsZero() {
		in.Now = time.Now()
	}
	if in.Lifetime == 0 {
		in.Lifetime = maxInvocationLife * time.Second
	}
	if in.ID == "" {
		in.ID = rand.Text()
	}
	if in.Salt == nil {
		in.Salt = make([]byte, saltSize)
		rand.Read(in.Salt)
	}
	if len(in.Salt) != saltSize {
		return fmt.Errorf("%w: salt of %d bytes, want %d", ErrInvocation, len(in.Salt), saltSize)
	}
	return nil
}

// claimsJSON is the payload of an invocation.
type claimsJSON struct {
	Issuer    string        `json:"iss"`
	Audience  string        `json:"aud"`
	IssuedAt  int64         `json:"iat"`
	ExpiresAt int64         `json:"exp"`
	ID        string        `json:"jti"`
	Leaf      string        `json:"cap"`
	Action    string        `json:"act"`
	Resource  string        `json:"res"`
	Salt      string        `json:"salt"`
	Args      string        `json:"args"`
	Why       *reasonDigest `json:"why,omitempty"`
	Method    string        `json:"htm,omitempty"`
	URL       string        `json:"htu,omitempty"`
	Body      string        `json:"cd,omitempty"`
}
