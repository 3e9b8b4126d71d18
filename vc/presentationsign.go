package vc

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/strictjson"
)

// SignPresentation secures p as its holder: as vp+jwt (in 1.1 as a JWT with a vp
// claim), or with a Data Integrity proof in the format that p names. A presentation
// without challenge and domain is refused, since anybody could show it again.
func SignPresentation(p Presentation, holder *did.Signer) (string, error) {
	if holder == nil {
		return "", fmt.Errorf("%w: no signer", ErrKey)
	}
	if p.Challenge == "" || p.Domain == "" {
		return "", fmt.Errorf("%w: a presentation without challenge and domain can be replayed", ErrChallenge)
	}
	if p.Format != "" {
		return p.signDocument(holder)
	}
	h := jose.Header{Alg: holder.Key().Algorithm(), Typ: "vp+jwt", Kid: holder.Method()}
	marshal := p.marshal
	if p.context()[0] == ContextV1 {
		h.Typ, marshal = "JWT", p.marshalV1
	}
	payload, err := marshal(holder.DID())
	if err != nil {
		return "", err
	}
	return jose.Sign(h, payload, holder.Sign)
}

// signDocument secures p with an embedded proof.
func (p *Presentation) signDocument(holder *did.Signer) (string, error) {
	context := p.context()
	o, err := p.members(holder.DID(), context)
	if err != nil {
		return "", err
	}
	content, err := o.bytes()
	if err != nil {
		return "", err
	}
	content, err = strictjson.Canonical(content, MaxPresentationBytes)
	if err != nil {
		return "", jsonError(err)
	}
	content = withContext(content, context, proofContexts(p.Format, context[0] == ContextV1))
	if err := new(presented).readDocument(content); err != nil {
		return "", jsonError(err)
	}
	proof := (&SignOptions{Format: p.Format, Created: p.IssuedAt, Expires: p.ExpiresAt}).proof(did.Authentication)
	proof.Challenge, proof.Domain = p.Challenge, []string{p.Domain}
	data, err := addProof(content, MaxPresentationBytes, holder, proof, p.Contexts)
	return string(data), err
}

// context returns the contexts. Some readers of Ed25519Signature2020 know 1.1 alone.
func (p *Presentation) context() []string {
	if len(p.Context) > 0 {
		return p.Context
	}
	if p.Format == Ed25519Signature2020 && !slices.ContainsFunc(p.Credentials, func(text string) bool {
		c, err := ParseUnverified([]byte(text))
		return err != nil || !c.IsV1()
	}) {
		return []string{ContextV1}
	}
	return []string{ContextV2}
}

// marshalV1 writes the payload of a JWT with a vp claim, as all other libraries
// accept it: credentials as an array, and the claims that bind it.
func (p *Presentation) marshalV1(holder did.DID) ([]byte, error) {
	vp, err := p.members(holder, p.context())
	if err != nil {
		return nil, err
	}
	claim, err := vp.bytes()
	if err != nil {
		return nil, err
	}
	o := new(object)
	o.text("iss", holder.String())
	o.text("aud", p.Domain)
	o.text("nonce", p.Challenge)
	if p.ID != "" {
		o.text("jti", p.ID)
	}
	o.seconds("nbf", p.IssuedAt)
	o.seconds("iat", p.IssuedAt)
	o.seconds("exp", p.ExpiresAt)
	o.raw("vp", claim)
	payload, err := o.bytes()
	if err != nil {
		return nil, err
	}
	err = new(presented).read(payload, true)
	return payload, jsonError(err)
}

// marshal writes the payload of a vp+jwt.
func (p *Presentation) marshal(holder did.DID) ([]byte, error) {
	o, err := p.members(holder, p.context())
	if err != nil {
		return nil, err
	}
	o.text("aud", p.Domain)
	o.text("nonce", p.Challenge)
	o.seconds("iat", p.IssuedAt)
	o.seconds("exp", p.ExpiresAt)
	payload, err := o.bytes()
	if err != nil {
		return nil, err
	}
	err = new(presented).read(payload, false)
	return payload, jsonError(err)
}

// members writes the presentation itself. Credentials that are tokens are put in
// envelopes, which are of 2.0; a token of 1.1 has them as strings, and a document of
// 1.1 has no place for them. The others stand as they are.
func (p *Presentation) members(holder did.DID, contexts []string) (*object, error) {
	o := new(object)
	o.array("@context", contextJSON(contexts))
	if p.ID != "" {
		o.text("id", p.ID)
	}
	types := p.Type
	if !slices.Contains(types, "VerifiablePresentation") {
		types = append([]string{"VerifiablePresentation"}, types...)
	}
	o.texts("type", types)
	o.text("holder", holder.String())
	credentials := make([]json.RawMessage, 0, len(p.Credentials))
	for i, c := range p.Credentials {
		raw := json.RawMessage(c)
		switch {
		case isObject(raw):
		case contexts[0] == ContextV1:
			raw, _ = json.Marshal(c)
		default:
			raw, _ = json.Marshal(map[string]string{"@context": ContextV2, "type": envelopedCredential, "id": mediaOf(c) + c})
		}
		if err := strictjson.Check(raw, MaxBytes); err != nil {
			return nil, fmt.Errorf("credential %d of the presentation: %w", i, jsonError(err))
		}
		credentials = append(credentials, raw)
	}
	o.array("verifiableCredential", credentials)
	return o, nil
}

// mediaOf returns the start of the data: URL of a credential that is a token.
func mediaOf(token string) string {
	if t, err := jose.Parse(token, MaxBytes, credentialKinds...); err == nil && formats[t.Kind] == JWTv1 {
		return mediaJWT
	}
	return mediaVC
}
