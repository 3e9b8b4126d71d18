package delegation

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/vc"
)

// ErrReceipt is returned for a receipt that is malformed, not signed by the
// verifier that is expected, or of another invocation.
var ErrReceipt = errors.New("delegation: receipt")

// maxReceiptBytes bounds a receipt; the largest part is the proof of its log.
const maxReceiptBytes = 64 << 10

const typReceipt = "agent-receipt+jwt"

var receiptKind = jose.Kind{Typ: typReceipt}

// Receipt is a verifier's signed answer to one invocation (docs/spec.md section
// 6.3). It tells what was decided and grants nothing.
type Receipt struct {
	Verifier   did.DID // who signs
	Audience   string  // the invocation's: a name of the verifier
	Leaf       string  // digest of the leaf that was invoked under
	Invocation string  // digest of the invocation's exact bytes
	Time       time.Time

	// Permitted tells the decision. Where it is false Rule is the rule that
	// refused, 14 to 18, and Link the link, or -1. Receipts begin after rule 13.
	Permitted bool
	Rule      Rule
	Link      int

	Mode vc.Mode // of the chain; zero: not told
	AsOf time.Time
	Left map[string]int64 // of the leaf's own limits, by name, after this

	// Result is the salted digest of what was answered (see [ResultHash]); empty
	// where nothing was, or it is not told.
	Result string

	// Log is where the verifier logged the decision; nil: not told.
	Log *Logged
}

// Logged is the place of an entry in a log.
type Logged struct {
	Origin string
	Index  int64
	Proof  string // of inclusion, a C2SP tlog-proof; for package audit to read
}

// Receipt returns what a receipt of this authorisation tells, for SignReceipt.
func (a *Authorization) Receipt(now time.Time) Receipt {
	return Receipt{
		Audience: a.invocation.audience, Leaf: a.invocation.leaf, Invocation: a.invocation.digest, Time: now,
		Permitted: true, Link: noLink, Mode: a.Mode(), AsOf: a.AsOf(), Left: a.Left(),
	}
}

// Receipt returns what a receipt of a refusal of this invocation tells. There is
// none before rule 14: until then nobody has proved anything.
func (p *Presented) Receipt(r *Refusal, now time.Time) (Receipt, bool) {
	if p.inv == nil || r == nil || r.Rule <= ErrInvocation || !r.proven {
		return Receipt{}, false
	}
	return Receipt{
		Audience: p.inv.audience, Leaf: p.inv.leaf, Invocation: p.inv.digest, Time: now,
		Rule: r.Rule, Link: r.Link,
	}, true
}

// SignReceipt signs a receipt as its verifier. The Verifier of r is filled in.
func SignReceipt(signer *did.Signer, r Receipt) (string, error) {
	if signer == nil {
		return "", fmt.Errorf("%w: no signer", ErrReceipt)
	}
	r.Verifier = signer.DID()
	payload, err := json.Marshal(r.claims())
	if err != nil {
		return "", err
	}
	h := jose.Header{Alg: signer.Key().Algorithm(), Typ: typReceipt, Kid: signer.Method()}
	token, err := jose.Sign(h, payload, signer.Sign)
	if err != nil {
		return "", err
	}
	if _, _, err := parseReceipt(token); err != nil {
		return "", err
	}
	return token, nil
}

// VerifyReceipt returns the receipt of an invocation. The verifier is the DID that
// the client knows to be that of the audience it asked, from its configuration and
// never from an answer; its key is found by resolver where it is no did:key.
func VerifyReceipt(ctx context.Context, receipt, invocation string, verifier did.DID, resolver did.Resolver) (*Receipt, error) {
	r, t, err := parseReceipt(receipt)
	if err != nil {
		return nil, err
	}
	inv, err := parseInvocation(invocation)
	switch {
	case err != nil:
		return nil, err
	case verifier.IsZero() || r.Verifier != verifier:
		return nil, fmt.Errorf("%w: of %q, want %q", ErrReceipt, r.Verifier, verifier)
	case r.Invocation != inv.digest || r.Audience != inv.audience || r.Leaf != inv.leaf:
		return nil, fmt.Errorf("%w: of another invocation", ErrReceipt)
	}
	key, err := did.FindKey(ctx, resolver, verifier, t.Header.Kid, did.AssertionMethod)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if err := verifySignature(key, t.Header.Alg, t.Input, t.Signature); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	return r, nil
}

// ResultHash makes the digest of a result: that of the salt of the invocation, the
// text "output", and the octets of the result. It is the digest that an audit entry
// has for the same.
type ResultHash struct{ h hash.Hash }

// NewResultHash returns the hash of a result of which nothing is written yet.
func NewResultHash(salt []byte) *ResultHash {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte("output"))
	return &ResultHash{h}
}

// Write adds octets of the result. It never fails.
func (r *ResultHash) Write(p []byte) (int, error) { return r.h.Write(p) }

// Digest returns the digest of what was written.
func (r *ResultHash) Digest() string { return multikey.EncodeDigest([sha256.Size]byte(r.h.Sum(nil))) }
