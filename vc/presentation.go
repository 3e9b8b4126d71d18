package vc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/jose"
)

// MaxPresentationBytes is the largest presentation accepted.
const MaxPresentationBytes = 1 << 20

// maxCredentials bounds the credentials of one presentation.
const maxCredentials = 64

// Presentation is what a holder shows: secured credentials, for one verifier and
// one challenge (VC Data Model 2.0 section 4.13).
type Presentation struct {
	// Context are its contexts, as those of a Credential; by the first it is of
	// Data Model 2.0 or 1.1. Empty: ContextV2, but ContextV1 for an
	// Ed25519Signature2020 with credentials of 1.1 alone.
	Context     []string
	ID          string   // optional URL
	Type        []string // VerifiablePresentation is added where it is missing
	Credentials []string // as Sign returns them, of any format
	Challenge   string   // of the verifier
	Domain      string   // the verifier
	IssuedAt    time.Time
	ExpiresAt   time.Time
	Format      Format    // of a Data Integrity proof; empty: vp+jwt, or a JWT with a vp claim in 1.1
	Contexts    *Contexts // for the formats that sign RDF; nil: the embedded ones
}

// PresentationOptions say for what a presentation must be made, and whom its
// credentials must be from.
type PresentationOptions struct {
	Challenge string // what the verifier asked to have signed
	Domain    string // who the verifier is
	Unbound   bool   // take one without them: it may be a replay from elsewhere

	// Unsigned takes a presentation without a proof of its own too. Nobody
	// answers for it: its holder is nobody, and it is bound to nothing.
	Unsigned bool

	VerifyOptions // for every credential, and the time
}

// VerifiedPresentation is a presentation that its holder signed for this verifier,
// with credentials that were each verified.
type VerifiedPresentation struct {
	holder      did.DID
	credentials []*Verified
	text        []byte // the secured bytes
}

// Holder returns who signed the presentation, nobody for one without a proof.
func (p *VerifiedPresentation) Holder() did.DID { return p.holder }

// Credentials returns what the presentation holds, in its order.
func (p *VerifiedPresentation) Credentials() []*Verified { return slices.Clone(p.credentials) }

// Digest returns the multibase SHA-256 multihash of the secured bytes: the compact
// JWS, or the RFC 8785 form of the document.
func (p *VerifiedPresentation) Digest() string { return digestOf(p.text) }

var presentationKinds = []jose.Kind{
	{Typ: "vp+jwt", Cty: "vp", Iss: true},
	{Typ: "JWT", Lax: true},
}

var presentationFormats = []Format{"vp+jwt", "vp-jwt-1.1"}

// VerifyPresentation checks a presentation and every credential in it: a compact
// JWS (vp+jwt, or a JWT with a vp claim), an EnvelopedVerifiablePresentation, or a
// document with Data Integrity proofs, every one of which must be the holder's. Its
// credentials may be secured in any way, whatever secures the presentation.
func VerifyPresentation(ctx context.Context, data []byte, opts PresentationOptions) (*VerifiedPresentation, error) {
	now, err := opts.check()
	if err != nil {
		return nil, err
	}
	if (opts.Challenge == "" || opts.Domain == "") && !opts.Unbound {
		return nil, fmt.Errorf("%w: no challenge and domain to check", ErrOptions)
	}
	p, err := openPresentation(ctx, data, opts.VerifyOptions)
	if opts.Unsigned && errors.Is(err, errUnsecured) {
		p, err = readUnsigned(data)
	}
	if err != nil {
		return nil, err
	}
	if err := p.checkBinding(opts); err != nil {
		return nil, err
	}
	if err := p.checkPeriod(now, opts.Skew); err != nil {
		return nil, err
	}
	out := &VerifiedPresentation{holder: p.holder, text: p.text}
	opts.Now = now
	for i, c := range p.credentials {
		v, err := Verify(ctx, []byte(c), opts.VerifyOptions)
		if err != nil {
			return nil, fmt.Errorf("vc: credential %d of the presentation: %w", i, err)
		}
		out.credentials = append(out.credentials, v)
	}
	return out, nil
}

// VerifyPresentationProof checks the form and the signature of a presentation, by
// a key meant for authentication or the Key of opts, and the form of every
// vc+jwt in it; of credentials enveloped as vc+sd-jwt or vc+cose it checks that
// they are. It does not check who the holder is, for whom and when the presentation
// was made (but an embedded proof's own end), nor any credential's proof.
func VerifyPresentationProof(ctx context.Context, data []byte, opts VerifyOptions) (*Proof, error) {
	p, err := openPresentation(ctx, data, opts)
	if err == nil {
		err = opts.checkExpires(p.proofs)
	}
	if err != nil {
		return nil, err
	}
	for i, c := range p.credentials {
		if _, err := read([]byte(c), opts); err != nil && !errors.Is(err, errOther) {
			return nil, fmt.Errorf("vc: credential %d of the presentation: %w", i, err)
		}
	}
	return &p.proofs[0], nil
}

// openPresentation reads a presentation and checks that its holder signed it.
func openPresentation(ctx context.Context, data []byte, opts VerifyOptions) (*presented, error) {
	if len(data) > MaxPresentationBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(data), MaxPresentationBytes)
	}
	text, media := string(data), ""
	if isObject(data) {
		doc, err := dataintegrity.Parse(data, MaxPresentationBytes)
		if !errors.Is(err, dataintegrity.ErrMissing) {
			return openPresented(ctx, doc, err, opts)
		}
		if text, media, err = unwrap(data, envelopedPresentation); err != nil {
			return nil, err
		}
	}
	t, err := parseToken(text, media, MaxPresentationBytes, presentationKinds)
	if err != nil {
		return nil, err
	}
	p := &presented{text: t.Raw, enveloped: media != "", anyURL: opts.pinned(), claims: claims{anyURL: opts.pinned()}}
	if err := p.read(t.Payload, t.Kind == 1); err != nil {
		return nil, jsonError(err)
	}
	if iss := t.Header.Iss; iss != "" && p.holderID() != "" && iss != p.holderID() {
		return nil, fmt.Errorf("%w: iss %.80q in the header, holder %s", ErrClaims, iss, p.holderID())
	}
	proof := Proof{Format: presentationFormats[t.Kind], Challenge: p.claims.nonce, Domain: p.claims.aud}
	if err := proof.verifyToken(ctx, t, p.by(), did.Authentication, opts); err != nil {
		return nil, err
	}
	p.proofs = []Proof{proof}
	return p, p.checkHolder(opts)
}

// openPresented reads a presentation with embedded proofs.
func openPresented(ctx context.Context, doc *dataintegrity.Document, err error, opts VerifyOptions) (*presented, error) {
	if err != nil {
		return nil, integrityError(err)
	}
	p := &presented{text: doc.Text(), anyURL: opts.pinned()}
	if err := p.readDocument(doc.Content); err != nil {
		return nil, jsonError(err)
	}
	if p.proofs, err = verifyProofs(ctx, doc, p.by(), did.Authentication, opts); err != nil {
		return nil, err
	}
	return p, p.checkHolder(opts)
}

// checkHolder demands that every proof is the holder's, unless the caller named
// the key. Where no holder is stated it is who signed.
func (p *presented) checkHolder(opts VerifyOptions) error {
	if opts.pinned() {
		return nil
	}
	if p.holder.IsZero() {
		p.holder = p.proofs[0].Signer
	}
	for i := range p.proofs {
		if p.holder != p.proofs[i].Signer {
			return fmt.Errorf("%w: signed by %s, holder %s", ErrHolder, p.proofs[i].Signer, p.holder)
		}
	}
	return nil
}
