package vc

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/strictjson"
)

// embedded reports whether f is a kind of Data Integrity proof.
func (f Format) embedded() bool {
	_, ok := dataintegrity.Context(string(f))
	return ok
}

// AddProof returns the JSON of a credential with one more Data Integrity proof, in
// the form of RFC 8785. The credential may have proofs already, which are kept and
// not verified: with theirs the new one makes a set, or a chain where it names some
// of them as Previous. The signer need not be the issuer, nor the issuer a DID; a
// credential without any proof of its issuer is refused by Verify.
//
// To a credential without proofs the @context is added that defines the terms of
// the proof, where its base context lacks them: Data Model 1.1 those of
// DataIntegrityProof, both those of Ed25519Signature2020.
func AddProof(credential []byte, signer *did.Signer, opts SignOptions) ([]byte, error) {
	if signer == nil {
		return nil, fmt.Errorf("%w: no signer", ErrKey)
	}
	content, err := strictjson.Canonical(credential, MaxBytes)
	if err != nil {
		return nil, jsonError(err)
	}
	proofs, bare := strictjson.Cut(content, "proof")
	c := &Credential{anyURL: true}
	if err := readContent(bare, c); err != nil {
		return nil, jsonError(err)
	}
	if err := checkRelated(c, opts.Contexts, nil); err != nil {
		return nil, err
	}
	if proofs == nil {
		content = withContext(content, c.Context, proofContexts(opts.Format, c.IsV1()))
	}
	return addProof(content, MaxBytes, signer, opts.proof(did.AssertionMethod), opts.Contexts)
}

// addProof signs what Verify would read, and makes sure that the result is not too large to verify.
func addProof(content []byte, max int, signer *did.Signer, p dataintegrity.Proof, c *Contexts) ([]byte, error) {
	if err := new(Proof).read(&p); err != nil {
		return nil, err
	}
	out, err := dataintegrity.Sign(content, max, p, signer, c.rdf())
	if err != nil {
		return nil, integrityError(err)
	}
	if len(out) > max {
		return nil, fmt.Errorf("%w: %d bytes with the proof, at most %d", ErrSize, len(out), max)
	}
	return out, nil
}

// proof returns what the options say of a proof.
func (o *SignOptions) proof(use did.Relationship) dataintegrity.Proof {
	return dataintegrity.Proof{
		Cryptosuite: string(o.Format), Purpose: string(use), ID: o.ProofID, Previous: o.Previous,
		Created: timeText(o.Created), Expires: timeText(o.Expires),
	}
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return formatTime(t)
}

// contextDIv1 is the older context of DataIntegrityProof.
const contextDIv1 = "https://w3id.org/security/data-integrity/v1"

// proofContexts returns the contexts that define the terms of a proof beside a
// base context. Any one of them will do, and the first is added.
func proofContexts(f Format, v1 bool) []string {
	context, _ := dataintegrity.Context(string(f))
	switch {
	case f == Ed25519Signature2020:
		return []string{context}
	case v1:
		return []string{context, contextDIv1}
	}
	return nil // the base context of 2.0 has them
}

// withContext returns a document whose @context has one of those.
func withContext(content []byte, context, oneOf []string) []byte {
	if len(oneOf) == 0 || slices.ContainsFunc(context, func(c string) bool { return slices.Contains(oneOf, c) }) {
		return content
	}
	value, _ := json.Marshal(contextJSON(append(slices.Clip(context), oneOf[0])))
	_, rest := strictjson.Cut(content, "@context")
	return strictjson.Put(rest, "@context", value)
}
