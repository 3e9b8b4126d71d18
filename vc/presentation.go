package vc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// MaxPresentationBytes is the largest presentation accepted.
const MaxPresentationBytes = 1 << 20

// maxCredentials bounds the credentials of one presentation.
const maxCredentials = 64

// Presentation is what a holder shows: secured credentials, for one verifier and
// one challenge (VC Data Model 2.0 section 4.13).
type Presentation struct {
	ID          string   // optional URL
	Type        []string // VerifiablePresentation is added where it is missing
	Credentials []string // compact JWS, as Sign returns them
	Challenge   string   // of the verifier
	Domain      string   // the verifier
	IssuedAt    time.Time
	ExpiresAt   time.Time
}

// PresentationOptions say for what a presentation must be made, and whom its
// credentials must be from.
type PresentationOptions struct {
	Challenge string // what the verifier asked to have signed
	Domain    string // who the verifier is
	Unbound   bool   // take one without them: it may be a replay from elsewhere

	VerifyOptions // for every credential, and the time
}

// VerifiedPresentation is a presentation that its holder signed for this verifier,
// with credentials that were each verified.
type VerifiedPresentation struct {
	holder      did.DID
	credentials []*Verified
	digest      string
}

// Holder returns who signed the presentation.
func (p *VerifiedPresentation) Holder() did.DID { return p.holder }

// Credentials returns what the presentation holds, in its order.
func (p *VerifiedPresentation) Credentials() []*Verified { return slices.Clone(p.credentials) }

// Digest returns the multibase SHA-256 multihash of the secured bytes.
func (p *VerifiedPresentation) Digest() string { return p.digest }

const (
	envelopedCredential   = "EnvelopedVerifiableCredential"
	envelopedPresentation = "EnvelopedVerifiablePresentation"
)

var presentationKinds = []jose.Kind{
	{Typ: "vp+jwt", Cty: "vp", Iss: true},
	{Typ: "JWT", Lax: true},
}

var presentationFormats = []Format{"vp+jwt", "vp-jwt-1.1"}

// SignPresentation secures p as its holder, as vp+jwt.
func SignPresentation(p Presentation, holder *did.Signer) (string, error) {
	if holder == nil {
		return "", fmt.Errorf("%w: no signer", ErrKey)
	}
	if p.Challenge == "" || p.Domain == "" {
		return "", fmt.Errorf("%w: a presentation without challenge and domain can be replayed", ErrChallenge)
	}
	payload, err := p.marshal(holder.DID())
	if err != nil {
		return "", err
	}
	h := jose.Header{Alg: holder.Key().Algorithm(), Typ: "vp+jwt", Kid: holder.Method()}
	return jose.Sign(h, payload, holder.Sign)
}

func (p *Presentation) marshal(holder did.DID) ([]byte, error) {
	var o object
	o.add("@context", []string{ContextV2})
	if p.ID != "" {
		o.add("id", p.ID)
	}
	types := p.Type
	if !slices.Contains(types, "VerifiablePresentation") {
		types = append([]string{"VerifiablePresentation"}, types...)
	}
	o.add("type", types)
	o.add("holder", holder)
	envelopes := make([]map[string]string, 0, len(p.Credentials))
	for _, c := range p.Credentials {
		envelopes = append(envelopes, map[string]string{
			"@context": ContextV2, "type": envelopedCredential, "id": "data:application/vc+jwt," + c,
		})
	}
	o.add("verifiableCredential", envelopes)
	o.add("aud", p.Domain)
	o.add("nonce", p.Challenge)
	addTime(&o, "iat", p.IssuedAt)
	addTime(&o, "exp", p.ExpiresAt)
	payload, err := o.bytes()
	if err != nil {
		return nil, err
	}
	err = new(presented).read(payload, false)
	return payload, jsonError(err)
}

// VerifyPresentation checks a presentation and every credential in it: a compact
// JWS (vp+jwt, or a JWT with a vp claim), or an EnvelopedVerifiablePresentation.
func VerifyPresentation(ctx context.Context, data []byte, opts PresentationOptions) (*VerifiedPresentation, error) {
	now, err := opts.check()
	if err != nil {
		return nil, err
	}
	if (opts.Challenge == "" || opts.Domain == "") && !opts.Unbound {
		return nil, fmt.Errorf("%w: no challenge and domain to check", ErrOptions)
	}
	p, digest, err := openPresentation(ctx, data, opts.VerifyOptions)
	if err != nil {
		return nil, err
	}
	if err := p.checkBinding(opts); err != nil {
		return nil, err
	}
	if err := checkPeriod(now, opts.Skew, p.claims.nbf, p.claims.exp, p.claims.iat); err != nil {
		return nil, err
	}
	out := &VerifiedPresentation{holder: p.holder, digest: digest}
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
// was made, nor any credential's proof.
func VerifyPresentationProof(ctx context.Context, data []byte, opts VerifyOptions) (*Proof, error) {
	p, _, err := openPresentation(ctx, data, opts)
	if err != nil {
		return nil, err
	}
	for i, c := range p.credentials {
		if _, _, err := read([]byte(c), opts); err != nil && !errors.Is(err, errOther) {
			return nil, fmt.Errorf("vc: credential %d of the presentation: %w", i, err)
		}
	}
	return &p.proof, nil
}

// openPresentation reads a presentation and checks that its holder signed it.
func openPresentation(ctx context.Context, data []byte, opts VerifyOptions) (*presented, string, error) {
	if len(data) > MaxPresentationBytes {
		return nil, "", fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(data), MaxPresentationBytes)
	}
	text, err := unwrap(data, envelopedPresentation)
	if err != nil {
		return nil, "", err
	}
	t, err := jose.Parse(text, MaxPresentationBytes, presentationKinds...)
	if err != nil {
		return nil, "", joseError(err)
	}
	p := &presented{anyURL: opts.pinned(), claims: claims{anyURL: opts.pinned()}}
	if err := p.read(t.Payload, t.Kind == 1); err != nil {
		return nil, "", jsonError(err)
	}
	if iss := t.Header.Iss; iss != "" && p.holderID() != "" && iss != p.holderID() {
		return nil, "", fmt.Errorf("%w: iss %.80q in the header, holder %s", ErrClaims, iss, p.holderID())
	}
	if err := p.verify(ctx, t, opts); err != nil {
		return nil, "", err
	}
	return p, multikey.Digest([]byte(text)), nil
}

// verify checks the signature, and that it is the holder's unless the caller
// named the key.
func (p *presented) verify(ctx context.Context, t *jose.Token, opts VerifyOptions) (err error) {
	p.proof.Format = presentationFormats[t.Kind]
	p.proof.Key, p.proof.Method, p.proof.Signer, err = verifyToken(ctx, t, p.holder, did.Authentication, opts)
	if err != nil || opts.pinned() {
		return err
	}
	if p.holder.IsZero() {
		p.holder = p.proof.Signer
	}
	if p.holder != p.proof.Signer {
		return fmt.Errorf("%w: signed by %s, holder %s", ErrHolder, p.proof.Signer, p.holder)
	}
	return nil
}

// presented is the content of a presentation.
type presented struct {
	context, types []string
	holder         did.DID
	credentials    []string
	claims         claims
	proof          Proof

	anyURL bool   // whether the holder may be a URL that is no DID
	url    string // the holder, where it is such a URL
}

// holderID is the holder as text, empty where there is none.
func (p *presented) holderID() string {
	if p.url != "" {
		return p.url
	}
	return p.holder.String()
}

func (p *presented) checkBinding(opts PresentationOptions) error {
	if opts.Challenge != "" && p.claims.nonce != opts.Challenge {
		return fmt.Errorf("%w: %.80q", ErrChallenge, p.claims.nonce)
	}
	if opts.Domain != "" && !slices.Contains(p.claims.aud, opts.Domain) {
		return fmt.Errorf("%w: %.80q", ErrDomain, p.claims.aud)
	}
	return nil
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

func (p *presented) readMember(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "@context":
		p.context, err = readContext(r)
	case "type":
		p.types, err = readStrings(r, ErrType)
	case "id":
		_, err = readURL(r, name)
	case "holder":
		p.holder, p.url, _, err = readIssuer(r, name, p.anyURL)
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

func (p *presented) finish(v1 bool) error {
	want := ContextV2
	if v1 {
		want = ContextV1
	}
	if len(p.context) == 0 {
		return fmt.Errorf("%w: missing", ErrContext)
	}
	if err := checkContext(p.context); err != nil {
		return err
	}
	if p.context[0] != want {
		return fmt.Errorf("%w: %.80q is of another version than the token", ErrContext, p.context[0])
	}
	if !slices.Contains(p.types, "VerifiablePresentation") {
		return fmt.Errorf("%w: VerifiablePresentation is missing", ErrType)
	}
	if p.claims.iss == "" {
		if v1 {
			return fmt.Errorf("%w: no iss", ErrClaims)
		}
		return nil
	}
	if p.url != "" {
		if p.claims.iss != p.url {
			return fmt.Errorf("%w: iss %.80q, holder %s", ErrClaims, p.claims.iss, p.url)
		}
		return nil
	}
	iss, err := did.Parse(p.claims.iss)
	if err != nil {
		return fmt.Errorf("%w: iss: %w", ErrClaims, err)
	}
	if p.holder.IsZero() {
		p.holder = iss
	}
	if p.holder != iss {
		return fmt.Errorf("%w: iss %s, holder %s", ErrClaims, iss, p.holder)
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

// errOther marks a credential that VC-JOSE-COSE secures in a way other than JOSE.
var errOther = errors.New("not a vc+jwt")

// unwrap returns the compact JWS in data: data itself, or what an envelope of the
// given type holds.
func unwrap(data []byte, envelope string) (string, error) {
	if len(data) == 0 || data[0] != '{' {
		return string(data), nil
	}
	var id, typ string
	err := strictjson.Read(data, len(data), func(r *strictjson.Reader) error {
		return r.Object(func(name string) (err error) {
			switch {
			case name == "id" && r.Kind() == '"':
				id, err = r.String()
			case name == "type" && r.Kind() == '"':
				typ, err = r.String()
			default:
				err = r.Skip()
			}
			return err
		})
	})
	if err != nil {
		return "", jsonError(err)
	}
	if typ != envelope {
		return "", fmt.Errorf("%w: a JSON object that is not an %s", ErrFormat, envelope)
	}
	media := "data:application/vc+jwt,"
	if envelope == envelopedPresentation {
		media = "data:application/vp+jwt,"
	}
	token, ok := strings.CutPrefix(id, media)
	if !ok && (strings.HasPrefix(id, "data:application/vc+sd-jwt,") || strings.HasPrefix(id, "data:application/vc+cose;base64,")) {
		return "", fmt.Errorf("%w: %w: %.40q", ErrFormat, errOther, id)
	}
	if !ok {
		return "", fmt.Errorf("%w: %s whose id is no %s URL", ErrFormat, envelope, media)
	}
	return token, nil
}
