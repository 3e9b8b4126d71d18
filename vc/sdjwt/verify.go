package sdjwt

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/vc"
)

// VerifyOptions say whom a verifier trusts, for what, and for whom a presentation
// must be made. The zero value trusts nobody.
type VerifyOptions struct {
	vc.VerifyOptions // the issuers, the time and the status

	Types   []string // the types taken: a vct, or a type of a W3C credential
	AnyType bool     // take every type: the caller decides afterwards

	Audience string        // who the verifier is
	Nonce    string        // what it asked to have signed
	MaxAge   time.Duration // of the holder's proof; 0: 5 minutes
	Unbound  bool          // take a presentation without the holder's proof: it may be a copy

	// Holder, unless zero, is the one key that the credential must be bound to.
	Holder did.Key
}

// Verified is a credential that was verified, with the claims that its holder
// showed. The zero Verified is that of nobody and says nothing.
type Verified struct {
	claims claims
	issuer did.DID
	proof  vc.Proof
	holder did.Key
	status vc.Status

	digest, content string
}

// Claims returns the claims that were shown and those always shown, as a JSON
// object. The slice is the caller's.
func (v *Verified) Claims() []byte { return slices.Clone(v.claims.text) }

// Credential returns the credential of Data Model 2.0 that the claims are, and false
// for an SD-JWT VC. The caller must not change the slices and maps in it.
func (v *Verified) Credential() (vc.Credential, bool) {
	if v.claims.credential == nil {
		return vc.Credential{}, false
	}
	return *v.claims.credential, true
}

// Type returns the vct, and nothing for a W3C credential, whose types are its own.
func (v *Verified) Type() string { return v.claims.vct }

// Issuer returns who issued the credential.
func (v *Verified) Issuer() did.DID { return v.issuer }

// Proof returns how the credential is secured.
func (v *Verified) Proof() vc.Proof { return v.proof }

// Holder returns the key that proved to hold the credential just now, and the zero
// Key where no proof was asked for and none came.
func (v *Verified) Holder() did.Key { return v.holder }

// Status returns what the status lists say, and the zero Status for a credential
// without a status or whose status was ignored.
func (v *Verified) Status() vc.Status { return v.status }

// Digest returns the multibase SHA-256 multihash of the JWS that the issuer made:
// all presentations of it share that.
func (v *Verified) Digest() string { return v.digest }

// Content returns the multibase SHA-256 multihash of what was signed, the signing
// input of the JWS. Anybody can make a second ECDSA signature of another's first:
// then there are two Digests and one Content.
func (v *Verified) Content() string { return v.content }

// Verify checks a presentation of a credential: an SD-JWT, with the holder's key
// binding JWT unless the options say Unbound. On error the result is nil.
func Verify(ctx context.Context, data []byte, opts VerifyOptions) (*Verified, error) {
	now, err := opts.check()
	if err != nil {
		return nil, err
	}
	t, c, err := read(data, &opts)
	if err != nil {
		return nil, err
	}
	v := &Verified{claims: *c, digest: multikey.Digest(t.jws.Raw), content: multikey.Digest(t.jws.Input)}
	if v.issuer, err = did.Parse(c.iss); err != nil {
		return nil, fmt.Errorf("%w: iss: %w", vc.ErrClaims, err)
	}
	// Trust comes first: nobody else's DID is resolved.
	if !opts.AnyIssuer && !slices.Contains(opts.Issuers, v.issuer) {
		return nil, fmt.Errorf("%w: %s", vc.ErrUntrusted, v.issuer)
	}
	if v.proof, err = t.verify(ctx, c, did.AssertionMethod, &opts); err != nil {
		return nil, err
	}
	if err := opts.judge(v, now); err != nil {
		return nil, err
	}
	if err := v.bind(ctx, t, &opts, now); err != nil {
		return nil, err
	}
	if v.status, err = opts.askStatus(ctx, v, now); err != nil {
		return nil, err
	}
	return v, nil
}

// VerifyProof checks the form, the disclosures, the claims and the issuer's
// signature, by the issuer's key or the Key of opts. It does not check trust, type,
// time, status, nor the holder's proof.
func VerifyProof(ctx context.Context, data []byte, opts vc.VerifyOptions) (*vc.Proof, error) {
	o := VerifyOptions{VerifyOptions: opts}
	t, c, err := read(data, &o)
	if err != nil {
		return nil, err
	}
	p, err := t.verify(ctx, c, did.AssertionMethod, &o)
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// read reads a presentation, whose signature it leaves to verify.
func read(data []byte, opts *VerifyOptions) (*token, *claims, error) {
	max := opts.MaxBytes
	if max <= 0 {
		max = vc.MaxBytes
	}
	t, err := parse(string(data), max, credentialKinds...)
	if err != nil {
		return nil, nil, err
	}
	c, err := t.claims(pinned(opts))
	return t, c, err
}

// claims returns what the payload and the disclosures say.
func (t *token) claims(proofOnly bool) (*claims, error) {
	f, err := formatOf(t.jws.Payload, t.jws.Header.Typ)
	if err != nil {
		return nil, err
	}
	text, err := unfold(f, t.jws.Payload, t.disclosures)
	if err != nil {
		return nil, err
	}
	return readClaims(f, text, proofOnly)
}

// pinned reports whether the caller named the issuer's key.
func pinned(o *VerifyOptions) bool { return o.Key.Type() != "" }

// verify checks the signature of the issuer, or the holder of a presentation. A kid
// of another DID names none of its keys.
func (t *token) verify(ctx context.Context, c *claims, use did.Relationship, opts *VerifyOptions) (vc.Proof, error) {
	h := t.jws.Header
	p := vc.Proof{Format: c.format, Method: h.Kid, Key: opts.Key}
	if h.Iss != "" && h.Iss != c.iss && h.Iss != c.url {
		return p, fmt.Errorf("%w: iss %.80q in the header, issuer %.80q", vc.ErrClaims, h.Iss, c.iss)
	}
	if pinned(opts) {
		p.Signer = opts.Key.DID()
	} else {
		var err error
		if p.Signer, err = did.Parse(c.iss); err != nil {
			return p, fmt.Errorf("%w: iss: %w", vc.ErrClaims, err)
		}
		if u, err := did.ParseURL(h.Kid); err != nil || u.DID != p.Signer {
			return p, fmt.Errorf("%w: kid %.120q, issuer %s", vc.ErrIssuer, h.Kid, p.Signer)
		}
		if p.Key, err = did.FindKey(ctx, opts.Resolver, p.Signer, h.Kid, use); err != nil {
			return p, fmt.Errorf("%w: %w", vc.ErrKey, err)
		}
	}
	if !p.Key.HasAlgorithm(h.Alg) {
		return p, fmt.Errorf("%w: %.20q, a %s key has %s", vc.ErrAlg, h.Alg, p.Key.Type(), p.Key.Algorithm())
	}
	if err := p.Key.Verify(h.Alg, t.jws.Input, t.jws.Signature); err != nil {
		return p, fmt.Errorf("%w: %w", vc.ErrSignature, err)
	}
	return p, nil
}

// bind checks the holder's proof. Whether there must be one is the verifier's to
// say, never the presentation's (RFC 9901 section 7.3); one that is there must be
// right.
func (v *Verified) bind(ctx context.Context, t *token, opts *VerifyOptions, now time.Time) error {
	c := v.claims.holder
	switch {
	case t.binding == "" && opts.Unbound && opts.Holder.Type() == "":
		return nil
	case t.binding == "":
		return fmt.Errorf("%w: no proof by the holder", ErrBinding)
	case c == nil:
		return fmt.Errorf("%w: the credential has no cnf", ErrBinding)
	}
	key, err := c.find(ctx, opts.Resolver)
	if err != nil {
		return err
	}
	if opts.Holder.Type() != "" && key.Multibase() != opts.Holder.Multibase() {
		return fmt.Errorf("%w: the credential is bound to another key", ErrBinding)
	}
	b, err := readBinding(t, key)
	if err != nil {
		return err
	}
	v.holder = key
	return b.check(opts, now)
}
