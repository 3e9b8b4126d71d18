// Package vc issues and verifies verifiable credentials and presentations: W3C VC
// Data Model 2.0 secured as in VC-JOSE-COSE (`vc+jwt`, `vp+jwt`), Data Model 1.1 as
// a JWT with a `vc` or `vp` claim, and both with proofs in the JSON (Data Integrity
// 1.0, and Ed25519Signature2020).
//
// Bytes go in, a [Verified] value comes out; nothing outside the package can make
// one. A verifier
//
//  1. bounds the input, and reads it as strict JSON and strict JOSE; what it reads
//     of a document is what the proofs are over;
//  2. checks the data model: context, type, issuer, subject, times, status entries;
//  3. checks that no JWT claim contradicts the credential beside it;
//  4. checks every signature, with the one algorithm that the key has, made for
//     assertionMethod, and the digests of related resources at hand;
//  5. checks that one of the keys is the issuer's;
//  6. checks that the caller trusts the issuer, for what is never said is refused;
//  7. checks the time, of the credential and of every proof;
//  8. asks for the status of a credential that has one.
//
// [VerifyProof] stops after step 4: the proof is right, but nobody has said yet
// that the key may speak for the issuer.
package vc

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/did"
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

	Contexts *Contexts // for proofs over RDF; nil: the embedded ones
	MaxBytes int       // the largest input; 0: MaxBytes of this package

	// Resources are the bytes at URLs that credentials may name in
	// relatedResource, beside the contexts. The digest of one that is here, or is a
	// context, must be right; those of others are not compared.
	Resources map[string][]byte

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
	proof      Proof // the issuer's
	proofs     []Proof
	status     Status
	text       []byte // the secured bytes
	content    []byte // what the signature is over, as JSON or as a token has it
	signed     []byte // what names that
}

// Credential returns what was verified. The caller must not change the slices and
// maps in it.
func (v *Verified) Credential() Credential { return v.credential }

// Issuer returns who issued the credential.
func (v *Verified) Issuer() did.DID { return v.credential.Issuer }

// Proof returns how the credential is secured: the first proof by the issuer.
func (v *Verified) Proof() Proof { return v.proof }

// Proofs returns every proof, in their order. All of them are right, and all but
// the issuer's may be anybody's.
func (v *Verified) Proofs() []Proof { return slices.Clone(v.proofs) }

// Expires returns when the credential or one of its proofs ends, whichever is
// first, and the zero time where nothing says so.
func (v *Verified) Expires() time.Time {
	end := v.credential.ValidUntil
	for i := range v.proofs {
		if e := v.proofs[i].Expires; !e.IsZero() && (end.IsZero() || e.Before(end)) {
			end = e
		}
	}
	return end
}

// Status returns what the status lists say, and the zero Status for a credential
// without a status or whose status was ignored.
func (v *Verified) Status() Status { return v.status }

// Digest returns the multibase SHA-256 multihash of the secured bytes: the compact
// JWS, or the RFC 8785 form of the document with its proofs.
func (v *Verified) Digest() string { return digestOf(v.text) }

// Content returns the multibase SHA-256 multihash of what was signed: the signing
// input of a JWS, the RFC 8785 form of a document without its proofs, and where the
// issuer signed RDF the hash of the statements. Two signatures of one content have
// two digests and one Content, and so have two JSON texts of the same statements.
func (v *Verified) Content() string { return digestOf(v.signed) }

// digestOf is empty for what nobody secured.
func digestOf(secured []byte) string {
	if secured == nil {
		return ""
	}
	return multikey.Digest(secured)
}

// Document returns the JSON text of the credential as its issuer wrote it: the
// payload of a vc+jwt, which may have registered claims beside the credential's
// members, the vc claim of a JWT of Data Model 1.1, and a document without its
// proofs. It is nil for the zero Verified. The slice is the caller's.
func (v *Verified) Document() []byte {
	if v.proof.Format != JWT && v.proof.Format != JWTv1 {
		return slices.Clone(v.content)
	}
	_, segment, _ := bytes.Cut(v.content, []byte("."))
	payload, err := base64.RawURLEncoding.AppendDecode(nil, segment)
	if err != nil {
		return nil
	}
	if v.proof.Format == JWT {
		return payload
	}
	var claim []byte
	err = strictjson.Read(payload, len(payload), func(r *strictjson.Reader) error {
		return r.Object(func(name string) (err error) {
			if name != "vc" {
				return r.Skip()
			}
			claim, err = r.Raw()
			return err
		})
	})
	if err != nil {
		return nil
	}
	return claim
}

// Format is a way of securing a credential.
type Format string

// The formats. Those after the JWTs are proofs embedded in the JSON (Data Integrity
// 1.0): the jcs suites sign it as RFC 8785 writes it, the others as RDF.
const (
	JWT   Format = "vc+jwt"     // VC-JOSE-COSE, Data Model 2.0
	JWTv1 Format = "vc-jwt-1.1" // the vc claim of Data Model 1.1

	EdDSAJCS             Format = "eddsa-jcs-2022"       // Ed25519
	ECDSAJCS             Format = "ecdsa-jcs-2019"       // P-256, P-384
	EdDSARDFC            Format = "eddsa-rdfc-2022"      // Ed25519
	ECDSARDFC            Format = "ecdsa-rdfc-2019"      // P-256, P-384
	Ed25519Signature2020 Format = "Ed25519Signature2020" // Ed25519, for readers of 1.1
)

// Proof is a signature that was found right. It says which key made it, and
// nothing about whether that key may speak for the issuer.
type Proof struct {
	Format Format
	Method string // DID URL of the verification method
	Signer did.DID
	Key    did.Key

	// What a Data Integrity proof may state besides; zero where it does not.
	ID               string
	Created, Expires time.Time
	Challenge, Nonce string
	Domain           []string
	Previous         []string // ids of the proofs that it is over too
}

// Verify checks a credential: a compact JWS, an EnvelopedVerifiableCredential that
// holds one, or a document with Data Integrity proofs, every one of which must be
// right and one the issuer's. On error the result is nil.
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
	if signer := d.proof().Signer; signer != c.Issuer || signer.IsZero() {
		return nil, fmt.Errorf("%w: signed by %s, issuer %s", ErrIssuer, signer, c.issuerID())
	}
	if !opts.AnyIssuer && !slices.Contains(opts.Issuers, c.Issuer) {
		return nil, fmt.Errorf("%w: %s", ErrUntrusted, c.Issuer)
	}
	if err := opts.checkPeriod(now, d); err != nil {
		return nil, err
	}
	v := &Verified{credential: *c, proofs: d.proofs, proof: *d.proof(), text: d.text, content: d.content, signed: d.signed}
	if v.status, err = opts.status(ctx, v, now); err != nil {
		return nil, err
	}
	return v, nil
}

// VerifyProof checks the form, the data model and the signature of a credential,
// and that the key is meant for assertions by whoever it belongs to. It does not
// check that this is the issuer, nor trust, time (but a proof's own end) or status.
// Of several proofs, all of which must be right, it returns the issuer's, or else
// the first.
func VerifyProof(ctx context.Context, data []byte, opts VerifyOptions) (*Proof, error) {
	d, err := open(ctx, data, opts)
	if err != nil {
		return nil, err
	}
	if err := opts.checkExpires(d.proofs); err != nil {
		return nil, err
	}
	return d.proof(), nil
}

// checkExpires judges the ends that proofs state. They are a part of the proof,
// unlike the times of what it secures.
func (o *VerifyOptions) checkExpires(proofs []Proof) error {
	for i := range proofs {
		if err := checkPeriod(o.now(), o.Skew, time.Time{}, proofs[i].Expires, time.Time{}); err != nil {
			return fmt.Errorf("proof: %w", err)
		}
	}
	return nil
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
	return o.now(), nil
}

// now returns the time to judge by.
func (o *VerifyOptions) now() time.Time {
	if o.Now.IsZero() && !o.IgnoreTime {
		return time.Now()
	}
	return o.Now
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
		Credential: v.Content(), Issuer: c.Issuer, Entries: c.Status, Signers: []did.DID{c.Issuer},
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

func (o *VerifyOptions) checkPeriod(now time.Time, d *opened) error {
	if o.IgnoreTime {
		return nil
	}
	for i := range d.proofs {
		if err := d.proofs[i].checkPeriod(now, o.Skew); err != nil {
			return err
		}
	}
	return checkPeriod(now, o.Skew, d.credential.ValidFrom, d.credential.ValidUntil, d.issuedAt)
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
