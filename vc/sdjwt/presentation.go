package sdjwt

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/vc"
)

var presentationKind = jose.Kind{Typ: string(VP), Cty: "vp", Iss: true}

// The media types of the data: URLs in envelopes.
const (
	mediaJOSE = "data:application/vc+jwt,"
	mediaSD   = "data:application/vc+sd-jwt,"
)

// PresentationOptions say for what a presentation must be made, and whom its
// credentials must be from.
type PresentationOptions struct {
	vc.PresentationOptions // Unsigned is not for these

	Types   []string // the types of vc+sd-jwt credentials taken
	AnyType bool     // take every type
}

// VerifiedPresentation is a presentation that its holder signed for this verifier,
// with credentials that were each verified.
type VerifiedPresentation struct {
	holder    did.DID
	all       []*vc.Verified
	selective []*Verified
	digest    string
}

// Holder returns who signed the presentation.
func (p *VerifiedPresentation) Holder() did.DID { return p.holder }

// Credentials returns the credentials of other formats than vc+sd-jwt, in their order.
func (p *VerifiedPresentation) Credentials() []*vc.Verified { return slices.Clone(p.all) }

// Selective returns the vc+sd-jwt credentials, in their order. Their Holder is the
// zero Key unless they are bound to the key that signed the presentation.
func (p *VerifiedPresentation) Selective() []*Verified { return slices.Clone(p.selective) }

// Digest returns the multibase SHA-256 multihash of what the holder signed.
func (p *VerifiedPresentation) Digest() string { return p.digest }

// SignPresentation secures p as its holder, as vp+sd-jwt. disclosable are JSON
// pointers to what may be left out when it is passed on. Credentials that hold a
// tilde are vc+sd-jwt, without a key binding JWT: this signature stands for it.
func SignPresentation(p vc.Presentation, holder *did.Signer, disclosable []string) (string, error) {
	switch {
	case holder == nil:
		return "", fmt.Errorf("%w: no signer", vc.ErrKey)
	case p.Challenge == "" || p.Domain == "":
		return "", fmt.Errorf("%w: a presentation without challenge and domain can be replayed", vc.ErrChallenge)
	case p.Format != "" && p.Format != VP:
		return "", fmt.Errorf("%w: %s", vc.ErrFormat, p.Format)
	}
	claims, err := presentationClaims(&p, holder.DID())
	if err != nil {
		return "", err
	}
	b := &blinder{open: slices.Clone(disclosable)}
	payload, err := b.blind(VP, claims)
	if err != nil {
		return "", err
	}
	if _, err := readPresentation(claims); err != nil {
		return "", err
	}
	h := jose.Header{Alg: holder.Key().Algorithm(), Typ: string(VP), Kid: holder.Method()}
	text, err := jose.Sign(h, payload, holder.Sign)
	if err != nil {
		return "", err
	}
	if len(text) > vc.MaxPresentationBytes {
		return "", fmt.Errorf("%w: %d bytes", vc.ErrSize, len(text))
	}
	return text + "~" + strings.Join(append(b.disclosures, ""), "~"), nil
}

// presentationClaims writes the presentation and the claims beside it.
func presentationClaims(p *vc.Presentation, holder did.DID) ([]byte, error) {
	out := map[string]any{
		"@context": []string{vc.ContextV2}, "holder": holder.String(), "aud": p.Domain, "nonce": p.Challenge,
	}
	types := p.Type
	if !slices.Contains(types, verifiablePresentation) {
		types = append([]string{verifiablePresentation}, types...)
	}
	out["type"] = types
	if p.ID != "" {
		out["id"] = p.ID
	}
	if !p.IssuedAt.IsZero() {
		out["iat"] = p.IssuedAt.Unix()
	}
	if !p.ExpiresAt.IsZero() {
		out["exp"] = p.ExpiresAt.Unix()
	}
	credentials := make([]any, 0, len(p.Credentials))
	for _, c := range p.Credentials {
		media := mediaJOSE
		switch {
		case strings.HasPrefix(c, "{"):
			credentials = append(credentials, json.RawMessage(c))
			continue
		case strings.Contains(c, "~"):
			media = mediaSD
		}
		credentials = append(credentials, map[string]string{
			"@context": vc.ContextV2, "type": "EnvelopedVerifiableCredential", "id": media + c,
		})
	}
	out["verifiableCredential"] = credentials
	data, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return data, nil
}

// VerifyPresentation checks a presentation as vp+sd-jwt and every credential in it.
func VerifyPresentation(ctx context.Context, data []byte, opts PresentationOptions) (*VerifiedPresentation, error) {
	if (opts.Challenge == "" || opts.Domain == "") && !opts.Unbound || opts.Unsigned {
		return nil, fmt.Errorf("%w: no challenge and domain to check", vc.ErrOptions)
	}
	o := VerifyOptions{VerifyOptions: opts.VerifyOptions, Types: opts.Types, AnyType: opts.AnyType, Unbound: true}
	now, err := o.check()
	if err != nil {
		return nil, err
	}
	o.Now = now
	p, proof, err := openPresentation(ctx, data, opts.VerifyOptions)
	if err != nil {
		return nil, err
	}
	switch {
	case opts.Challenge != "" && p.nonce != opts.Challenge:
		return nil, fmt.Errorf("%w: %.80q", vc.ErrChallenge, p.nonce)
	case opts.Domain != "" && !slices.Contains(p.aud, opts.Domain):
		return nil, fmt.Errorf("%w: %.200q", vc.ErrDomain, p.aud)
	}
	if err := o.judgeTime(&p.claims, now); err != nil {
		return nil, err
	}
	out := &VerifiedPresentation{holder: proof.Signer, digest: multikey.Digest(p.signed)}
	for i, c := range p.credentials {
		if err := out.add(ctx, c, proof.Key, o); err != nil {
			return nil, fmt.Errorf("sdjwt: credential %d of the presentation: %w", i, err)
		}
	}
	return out, nil
}

// add verifies a credential of the presentation.
func (p *VerifiedPresentation) add(ctx context.Context, text string, signer did.Key, o VerifyOptions) error {
	token, ok := strings.CutPrefix(envelopedID(text), mediaSD)
	if !ok {
		v, err := vc.Verify(ctx, []byte(text), o.VerifyOptions)
		p.all = append(p.all, v)
		return err
	}
	v, err := Verify(ctx, []byte(token), o)
	if err != nil {
		return err
	}
	if c := v.claims.holder; c != nil {
		key, err := c.find(ctx, o.Resolver)
		if err != nil {
			return err
		}
		if key.Multibase() != signer.Multibase() {
			return fmt.Errorf("%w: the credential is bound to another key than the presentation's", ErrBinding)
		}
		v.holder = key
	}
	p.selective = append(p.selective, v)
	return nil
}

// VerifyPresentationProof checks the form, the disclosures and the signature of a
// presentation, by a key meant for authentication or the Key of opts. It does not
// check for whom and when it was made, nor any credential.
func VerifyPresentationProof(ctx context.Context, data []byte, opts vc.VerifyOptions) (*vc.Proof, error) {
	_, proof, err := openPresentation(ctx, data, opts)
	return proof, err
}

// openPresentation reads a presentation and checks that its holder signed it.
func openPresentation(ctx context.Context, data []byte, opts vc.VerifyOptions) (*presented, *vc.Proof, error) {
	t, err := parse(string(data), vc.MaxPresentationBytes, presentationKind)
	if err != nil {
		return nil, nil, err
	}
	if t.binding != "" {
		return nil, nil, fmt.Errorf("%w: a key binding JWT on a presentation", ErrForm)
	}
	text, err := unfold(VP, t.jws.Payload, t.disclosures)
	if err != nil {
		return nil, nil, err
	}
	p, err := readPresentation(text)
	if err != nil {
		return nil, nil, err
	}
	p.signed = t.jws.Raw
	proof, err := p.verify(ctx, t, opts)
	if err != nil {
		return nil, nil, err
	}
	return p, proof, nil
}

// verify checks the signature. Whoever signed is the holder, and a holder that is
// stated is whoever signed, unless the caller named the key.
func (p *presented) verify(ctx context.Context, t *token, opts vc.VerifyOptions) (*vc.Proof, error) {
	signer := p.iss
	if !pinned(&VerifyOptions{VerifyOptions: opts}) {
		u, err := did.ParseURL(t.jws.Header.Kid)
		if err != nil {
			return nil, fmt.Errorf("%w: kid: %w", vc.ErrKey, err)
		}
		signer = u.DID.String()
	}
	for _, name := range []string{p.holder, p.iss, t.jws.Header.Iss} {
		if name != "" && signer != "" && name != signer {
			return nil, fmt.Errorf("%w: signed by %.120q, holder %.120q", vc.ErrHolder, signer, name)
		}
	}
	c := p.claims
	c.format, c.iss = VP, signer
	proof, err := t.verify(ctx, &c, did.Authentication, &VerifyOptions{VerifyOptions: opts})
	return &proof, err
}
