// Package vc issues and verifies verifiable credentials and presentations: W3C VC
// Data Model 2.0 secured as in VC-JOSE-COSE (`vc+jwt`, `vp+jwt`), and Data Model
// 1.1 as a JWT with a `vc` or `vp` claim.
//
// Bytes go in, a [Verified] value comes out; nothing outside the package can make
// one. A verifier
//
//  1. bounds the input, and reads it as strict JSON and strict JOSE;
//  2. checks the data model: context, type, issuer, subject, times, status entries;
//  3. checks that no JWT claim contradicts the credential beside it;
//  4. checks the signature, with the one algorithm that the key has;
//  5. checks that the key is the issuer's, for assertionMethod;
//  6. checks that the caller trusts the issuer, for what is never said is refused;
//  7. checks the time;
//  8. asks for the status of a credential that has one.
//
// [VerifyProof] stops after step 4: the proof is right, but nobody has said yet
// that the key may speak for the issuer.
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

// VerifyOptions say whom a verifier trusts. The zero value trusts nobody.
type VerifyOptions struct {
	Issuers   []did.DID     // trusted issuers
	AnyIssuer bool          // trust whoever issued: the caller decides afterwards
	Resolver  did.Resolver  // finds the keys of issuers other than did:key and did:jwk; nil: none
	Now       time.Time     // the time to judge by; zero: the present, read once
	Skew      time.Duration // how far clocks may differ, 0 to 5 minutes

	Status       StatusChecker // asked about every credential with a status; nil refuses it
	IgnoreStatus bool          // do not look at the status
	IgnoreTime   bool          // do not judge the time: the caller does, each time it uses the credential

	MaxBytes int // the largest input; 0: MaxBytes of this package

	// Key, unless zero, is the key that must have signed, whatever the kid says.
	// The caller knows from elsewhere whose it is, so the issuer or holder may be
	// any URL (VC-JOSE-COSE section 4 leaves finding keys to the verifier). It is
	// for VerifyProof and VerifyPresentationProof alone.
	Key did.Key
}

// pinned reports whether the caller named the key.
func (o *VerifyOptions) pinned() bool { return o.Key.Type() != "" }

// Verified is a credential whose proof, issuer, time and status were checked.
// The zero Verified is that of nobody and says nothing.
type Verified struct {
	credential Credential
	proof      Proof
	status     Status
	digest     string
	content    []byte // what the signature is over
}

// Credential returns what was verified. The caller must not change the slices and
// maps in it.
func (v *Verified) Credential() Credential { return v.credential }

// Issuer returns who issued the credential.
func (v *Verified) Issuer() did.DID { return v.credential.Issuer }

// Proof returns how the credential is secured.
func (v *Verified) Proof() Proof { return v.proof }

// Status returns what the status lists say, and the zero Status for a credential
// without a status or whose status was ignored.
func (v *Verified) Status() Status { return v.status }

// Digest returns the multibase SHA-256 multihash of the secured bytes.
func (v *Verified) Digest() string { return v.digest }

// Content returns the multibase SHA-256 multihash of what was signed: the signing
// input of a JWS. Two signatures of one content have two digests and one Content.
func (v *Verified) Content() string { return multikey.Digest(v.content) }

// Format is a way of securing a credential.
type Format string

// The formats.
const (
	JWT   Format = "vc+jwt"     // VC-JOSE-COSE, Data Model 2.0
	JWTv1 Format = "vc-jwt-1.1" // the vc claim of Data Model 1.1
)

// Proof is a signature that was found right. It says which key made it, and
// nothing about whether that key may speak for the issuer.
type Proof struct {
	Format Format
	Method string // DID URL of the verification method
	Signer did.DID
	Key    did.Key
}

// Verify checks a credential: a compact JWS, or an EnvelopedVerifiableCredential
// that holds one. On error the result is nil.
func Verify(ctx context.Context, data []byte, opts VerifyOptions) (*Verified, error) {
	now, err := opts.check()
	if err != nil {
		return nil, err
	}
	d, err := open(ctx, data, opts)
	if err != nil {
		return nil, err
	}
	c := &d.credential
	if d.proof.Signer != c.Issuer {
		return nil, fmt.Errorf("%w: signed by %s, issuer %s", ErrIssuer, d.proof.Signer, c.Issuer)
	}
	if !opts.AnyIssuer && !slices.Contains(opts.Issuers, c.Issuer) {
		return nil, fmt.Errorf("%w: %s", ErrUntrusted, c.Issuer)
	}
	if err := opts.checkPeriod(now, c.ValidFrom, c.ValidUntil, d.issuedAt); err != nil {
		return nil, err
	}
	v := &Verified{credential: *c, proof: d.proof, digest: multikey.Digest([]byte(d.text)), content: d.content}
	if v.status, err = opts.status(ctx, v, now); err != nil {
		return nil, err
	}
	return v, nil
}

// VerifyProof checks the form, the data model and the signature of a credential,
// and that the key is meant for assertions by whoever it belongs to. It does not
// check that this is the issuer, nor trust, time or status.
func VerifyProof(ctx context.Context, data []byte, opts VerifyOptions) (*Proof, error) {
	d, err := open(ctx, data, opts)
	if err != nil {
		return nil, err
	}
	return &d.proof, nil
}

// check refuses options that contradict, and returns the time to judge by.
func (o *VerifyOptions) check() (time.Time, error) {
	switch {
	case len(o.Issuers) == 0 && !o.AnyIssuer:
		return time.Time{}, fmt.Errorf("%w: no trusted issuers", ErrOptions)
	case o.Status != nil && o.IgnoreStatus:
		return time.Time{}, fmt.Errorf("%w: a status checker that is to be ignored", ErrOptions)
	case o.pinned():
		return time.Time{}, fmt.Errorf("%w: a key says nothing of the issuer", ErrOptions)
	case o.Skew < 0 || o.Skew > 5*time.Minute:
		return time.Time{}, fmt.Errorf("%w: skew %s, want 0 to 5m", ErrOptions, o.Skew)
	}
	if o.Now.IsZero() && !o.IgnoreTime {
		return time.Now(), nil
	}
	return o.Now, nil
}

func (o *VerifyOptions) maxBytes() int {
	if o.MaxBytes > 0 {
		return o.MaxBytes
	}
	return MaxBytes
}

func (o *VerifyOptions) status(ctx context.Context, v *Verified, now time.Time) (Status, error) {
	c := &v.credential
	if len(c.Status) == 0 || o.IgnoreStatus {
		return Status{}, nil
	}
	if o.Status == nil {
		return Status{}, fmt.Errorf("%w: the credential has one and no checker is configured", ErrStatus)
	}
	s, err := o.Status.CheckStatus(ctx, StatusRequest{
		Credential: v.digest, Issuer: c.Issuer, Entries: c.Status, Signers: []did.DID{c.Issuer},
		Now: now, Skew: o.Skew,
	})
	if err != nil {
		return Status{}, fmt.Errorf("%w: %w", ErrStatus, err)
	}
	switch s.Mode {
	case Normal, Guarded:
		return s, nil
	case Suspended:
		return Status{}, fmt.Errorf("%w: %w", ErrStatus, ErrSuspended)
	case Revoked:
		return Status{}, fmt.Errorf("%w: %w", ErrStatus, ErrRevoked)
	}
	return Status{}, fmt.Errorf("%w: %s", ErrStatus, s.Mode)
}

func (o *VerifyOptions) checkPeriod(now, from, until, issuedAt time.Time) error {
	if o.IgnoreTime {
		return nil
	}
	return checkPeriod(now, o.Skew, from, until, issuedAt)
}

func checkPeriod(now time.Time, skew time.Duration, from, until, issuedAt time.Time) error {
	if !from.IsZero() && now.Add(skew).Before(from) {
		return fmt.Errorf("%w: until %s", ErrNotYetValid, formatTime(from))
	}
	if !until.IsZero() && !now.Add(-skew).Before(until) {
		return fmt.Errorf("%w: since %s", ErrExpired, formatTime(until))
	}
	if !issuedAt.IsZero() && now.Add(skew).Before(issuedAt) {
		return fmt.Errorf("%w: iat is %s", ErrNotYetValid, formatTime(issuedAt))
	}
	return nil
}

// The tokens that are credentials. Their order is that of formats.
var credentialKinds = []jose.Kind{
	{Typ: "vc+jwt", Cty: "vc", Iss: true},
	{Typ: "JWT", Lax: true},
}

var formats = []Format{JWT, JWTv1}

// opened is a credential whose form and signature are right.
type opened struct {
	credential Credential
	proof      Proof
	issuedAt   time.Time
	text       string // the secured bytes
	content    []byte // what the signature is over
}

// open reads a credential and checks its signature.
func open(ctx context.Context, data []byte, opts VerifyOptions) (*opened, error) {
	d, t, err := read(data, opts)
	if err != nil {
		return nil, err
	}
	d.proof.Key, d.proof.Method, d.proof.Signer, err = verifyToken(ctx, t, d.credential.Issuer, did.AssertionMethod, opts)
	return d, err
}

// read reads a credential, whose signature is that of t.
func read(data []byte, opts VerifyOptions) (*opened, *jose.Token, error) {
	if len(data) > opts.maxBytes() {
		return nil, nil, fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(data), opts.maxBytes())
	}
	text, err := unwrap(data, envelopedCredential)
	if err != nil {
		return nil, nil, err
	}
	t, err := jose.Parse(text, opts.maxBytes(), credentialKinds...)
	if err != nil {
		return nil, nil, joseError(err)
	}
	d := &opened{text: text}
	d.credential.anyURL = opts.pinned()
	cl := claims{anyURL: opts.pinned()}
	if d.proof.Format = formats[t.Kind]; d.proof.Format == JWT {
		err = readVC(t.Payload, &d.credential, &cl)
	} else {
		err = readVCv1(t.Payload, &d.credential, &cl)
	}
	if err != nil {
		return nil, nil, jsonError(err)
	}
	d.issuedAt = cl.iat
	d.content = t.Input
	if iss := t.Header.Iss; iss != "" && iss != d.credential.issuerID() {
		return nil, nil, fmt.Errorf("%w: iss %.80q in the header, issuer %s", ErrClaims, iss, d.credential.issuerID())
	}
	return d, t, nil
}

// readVC reads the payload of a vc+jwt: the credential, and claims beside it.
func readVC(payload []byte, c *Credential, cl *claims) error {
	err := strictjson.Read(payload, len(payload), func(r *strictjson.Reader) error {
		return readCredential(r, c, func(r *strictjson.Reader, name string) (bool, error) {
			if name == "vc" || name == "vp" {
				return true, fmt.Errorf("%w: %s in a vc+jwt", ErrClaims, name)
			}
			return cl.read(r, name)
		})
	})
	if err == nil && c.IsV1() {
		err = fmt.Errorf("%w: a vc+jwt holds Data Model 2.0", ErrContext)
	}
	if err == nil && c.issuerID() == "" {
		err = fmt.Errorf("%w: no issuer", ErrModel) // an iss does not stand for it
	}
	if err == nil {
		err = cl.apply(c)
	}
	if err == nil {
		err = c.finish()
	}
	return err
}

// readVCv1 reads the payload of a JWT of VC 1.1: claims, and the vc claim.
func readVCv1(payload []byte, c *Credential, cl *claims) error {
	found := false
	err := strictjson.Read(payload, len(payload), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			if ok, err := cl.read(r, name); ok || err != nil {
				return err
			}
			if name == "vc" {
				found = true
				return readCredential(r, c, nil)
			}
			if _, ok := credentialMembers[fold(name)]; ok {
				return fmt.Errorf("%w: %.40q beside a vc claim", ErrClaims, name)
			}
			return r.Skip()
		})
	})
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("%w: a JWT without a vc claim", ErrTyp)
	case cl.iss == "":
		return fmt.Errorf("%w: no iss", ErrClaims)
	}
	if len(c.Context) > 0 && !c.IsV1() {
		return fmt.Errorf("%w: a vc claim holds Data Model 1.1", ErrContext)
	}
	if err := cl.apply(c); err != nil {
		return err
	}
	return c.finish()
}

// verifyToken finds the key that a token names, or takes the one that the caller
// names, and checks the signature.
func verifyToken(ctx context.Context, t *jose.Token, issuer did.DID, use did.Relationship, opts VerifyOptions) (
	key did.Key, method string, signer did.DID, err error,
) {
	if opts.pinned() {
		key, method, signer = opts.Key, t.Header.Kid, opts.Key.DID()
	} else if key, method, signer, err = findKey(ctx, t, issuer, use, opts.Resolver); err != nil {
		return did.Key{}, "", did.DID{}, err
	}
	if !key.HasAlgorithm(t.Header.Alg) {
		err = fmt.Errorf("%w: %.20q, a %s key has %s", ErrAlg, t.Header.Alg, key.Type(), key.Algorithm())
	} else if err = key.Verify(t.Header.Alg, t.Input, t.Signature); err != nil {
		err = fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if err != nil {
		return did.Key{}, "", did.DID{}, err
	}
	return key, method, signer, nil
}

// findKey finds the key that a token names. A token of VC 1.1 without kid is
// signed by the one key of a did:key or did:jwk issuer.
func findKey(ctx context.Context, t *jose.Token, issuer did.DID, use did.Relationship, r did.Resolver) (
	key did.Key, method string, signer did.DID, err error,
) {
	method = t.Header.Kid
	if method == "" {
		doc, err := did.Resolve(issuer)
		if err != nil {
			return key, "", signer, fmt.Errorf("%w: no kid: %w", ErrKey, err)
		}
		method = doc.Methods[0].ID
	}
	if signer, err = methodDID(method); err != nil {
		return key, "", signer, err
	}
	if key, err = did.FindKey(ctx, r, signer, method, use); err != nil {
		err = fmt.Errorf("%w: %w", ErrKey, err)
	}
	return key, method, signer, err
}

// methodDID returns whose key a verification method is.
func methodDID(method string) (did.DID, error) {
	id, fragment, ok := strings.Cut(method, "#")
	if !ok || fragment == "" {
		return did.DID{}, fmt.Errorf("%w: kid %.120q is not a DID URL with a fragment", ErrKey, method)
	}
	d, err := did.Parse(id)
	if err != nil {
		return did.DID{}, fmt.Errorf("%w: kid: %w", ErrKey, err)
	}
	return d, nil
}

// joseError gives errors of the JOSE reader a sentinel of this package.
func joseError(err error) error {
	switch {
	case errors.Is(err, strictjson.ErrSize):
		return fmt.Errorf("%w: %w", ErrSize, err)
	case errors.Is(err, jose.ErrTyp):
		return fmt.Errorf("%w: %w", ErrTyp, err)
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}
