package vc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/strictjson"
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

// presented is the content of a presentation.
type presented struct {
	context, types []string
	holder         did.DID
	credentials    []string
	claims         claims
	proofs         []Proof
	text           []byte // the secured bytes
	enveloped      bool   // whether it was in an envelope, which is of 2.0

	anyURL bool   // whether the holder may be a URL that is no DID
	from   issuer // the holder, as it was read
}

// holderID is the holder as text, empty where there is none.
func (p *presented) holderID() string {
	if p.from.url != "" {
		return p.from.url
	}
	return p.holder.String()
}

// by is who should have signed, as far as the presentation says.
func (p *presented) by() issuer {
	by := p.from
	by.did = p.holder
	return by
}

// checkBinding demands that every proof is for this challenge and this verifier.
func (p *presented) checkBinding(opts PresentationOptions) error {
	for i := range p.proofs {
		proof := &p.proofs[i]
		if opts.Challenge != "" && proof.Challenge != opts.Challenge {
			return fmt.Errorf("%w: %.80q", ErrChallenge, proof.Challenge)
		}
		if opts.Domain != "" && !slices.Contains(proof.Domain, opts.Domain) {
			return fmt.Errorf("%w: %.80q", ErrDomain, proof.Domain)
		}
	}
	return nil
}

func (p *presented) checkPeriod(now time.Time, skew time.Duration) error {
	for i := range p.proofs {
		if err := p.proofs[i].checkPeriod(now, skew); err != nil {
			return err
		}
	}
	return checkPeriod(now, skew, p.claims.nbf, p.claims.exp, p.claims.iat)
}

var presentationMembers = foldSet("@context", "id", "type", "holder", "verifiableCredential", "vp", "vc", "proof",
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce")

// read reads the payload of a vp+jwt, or with v1 that of a JWT with a vp claim.
func (p *presented) read(payload []byte, v1 bool) error {
	err := strictjson.Read(payload, len(payload), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			if ok, err := p.claims.read(r, name); ok || err != nil {
				return err
			}
			if v1 && name == "vp" {
				return r.Object(func(name string) error { return p.readMember(r, name) })
			}
			if _, ok := presentationMembers[fold(name)]; ok && v1 {
				return fmt.Errorf("%w: %.40q beside a vp claim", ErrClaims, name)
			}
			return p.readMember(r, name)
		})
	})
	if err == nil {
		err = p.finish(v1)
	}
	return err
}

// readDocument reads a presentation that is a document.
func (p *presented) readDocument(content []byte) error {
	err := strictjson.Read(content, len(content), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return p.readMember(r, name) })
	})
	if err != nil {
		return err
	}
	for _, c := range p.credentials {
		if !isObject([]byte(c)) {
			return fmt.Errorf("%w: in a document a token is an %s", ErrModel, envelopedCredential)
		}
	}
	return p.check()
}

// readUnsigned reads a presentation that nobody answers for.
func readUnsigned(data []byte) (*presented, error) {
	text, err := strictjson.Canonical(data, MaxPresentationBytes)
	if err != nil {
		return nil, jsonError(err)
	}
	p := &presented{text: text, anyURL: true}
	if err := p.readDocument(text); err != nil {
		return nil, jsonError(err)
	}
	p.holder, p.from = did.DID{}, issuer{} // that is what it says, and nobody proved it
	return p, nil
}

func (p *presented) readMember(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "@context":
		p.context, err = readContext(r)
	case "type":
		p.types, err = readStrings(r, ErrType)
	case "id":
		_, err = readURL(r, name)
	case "holder":
		p.from, err = readIssuer(r, name, p.anyURL, false)
		p.holder = p.from.did
	case "verifiableCredential":
		p.credentials, err = readCredentials(r)
	case "vp", "vc":
		err = fmt.Errorf("%w: %s in a presentation", ErrClaims, name)
	default:
		if known, ok := presentationMembers[fold(name)]; ok && known != name {
			return fmt.Errorf("%w: member %.40q, want %q", ErrModel, name, known)
		}
		err = r.Skip()
	}
	return err
}

// check applies the rules that need the whole presentation.
func (p *presented) check() error {
	if len(p.context) == 0 {
		return fmt.Errorf("%w: missing", ErrContext)
	}
	if err := checkContext(p.context); err != nil {
		return err
	}
	if !slices.Contains(p.types, "VerifiablePresentation") {
		return fmt.Errorf("%w: VerifiablePresentation is missing", ErrType)
	}
	return nil
}

// finish is check for the payload of a token, with its claims.
func (p *presented) finish(v1 bool) error {
	if err := p.check(); err != nil {
		return err
	}
	if v1 != (p.context[0] == ContextV1) && !(v1 && p.enveloped) {
		return fmt.Errorf("%w: %.80q is of another version than the token", ErrContext, p.context[0])
	}
	if p.claims.iss == "" {
		if v1 {
			return fmt.Errorf("%w: no iss", ErrClaims)
		}
		return nil
	}
	if p.holderID() == "" {
		iss, err := did.Parse(p.claims.iss)
		if err != nil {
			return fmt.Errorf("%w: iss: %w", ErrClaims, err)
		}
		p.holder = iss
	}
	if p.claims.iss != p.holderID() {
		return fmt.Errorf("%w: iss %.80q, holder %s", ErrClaims, p.claims.iss, p.holderID())
	}
	return nil
}

// readCredentials reads the credentials of a presentation: one or an array, each
// a JWS or an object.
func readCredentials(r *strictjson.Reader) ([]string, error) {
	var out []string
	one := func(int) error {
		if r.Kind() == '"' {
			s, err := r.String()
			out = append(out, s)
			return err
		}
		if r.Kind() != '{' {
			return fmt.Errorf("%w: verifiableCredential is neither a token nor an object", ErrModel)
		}
		raw, err := r.Raw()
		out = append(out, string(raw))
		return err
	}
	var err error
	if r.Kind() == '[' {
		_, err = r.Array(maxCredentials, one)
	} else {
		err = one(0)
	}
	return out, err
}
