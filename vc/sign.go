package vc

import (
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
)

// SignOptions say how to secure a credential.
type SignOptions struct {
	Format Format // empty: JWT, or JWTv1 for a credential of Data Model 1.1

	// The rest is for Data Integrity proofs alone, and is refused beside a JWT.
	Created  time.Time // when the proof is made; zero: it does not say
	Expires  time.Time // when the proof ends, whatever the credential says; zero: it does not
	ProofID  string    // a URL, for later proofs to name this one by
	Previous []string  // ids of proofs that this one is over too
	Contexts *Contexts // for the formats that sign RDF; nil: the embedded ones
}

// Sign secures c as its issuer and returns the compact JWS, or for a Data
// Integrity format the document with its proof, in the form of RFC 8785. The
// issuer is the signer: another one in c is an error, none is filled in. What
// Verify would refuse is not signed.
func Sign(c Credential, signer *did.Signer, opts SignOptions) (string, error) {
	if signer == nil {
		return "", fmt.Errorf("%w: no signer", ErrKey)
	}
	if c.issuerID() == "" {
		c.Issuer = signer.DID()
	}
	if c.Issuer != signer.DID() {
		return "", fmt.Errorf("%w: %s cannot sign for %s", ErrIssuer, signer.DID(), c.issuerID())
	}
	if opts.Format.embedded() {
		content, err := c.marshal()
		if err != nil {
			return "", err
		}
		data, err := AddProof(content, signer, opts)
		return string(data), err
	}
	if !opts.Created.IsZero() || !opts.Expires.IsZero() || opts.ProofID != "" || len(opts.Previous) > 0 {
		return "", fmt.Errorf("%w: what is for Data Integrity, beside format %q", ErrOptions, opts.Format)
	}
	payload, err := c.payload(opts)
	if err != nil {
		return "", err
	}
	if len(payload) > MaxBytes*3/4-2048 {
		return "", fmt.Errorf("%w: %d bytes before signing", ErrSize, len(payload))
	}
	h := jose.Header{Alg: signer.Key().Algorithm(), Typ: string(JWT), Kid: signer.Method()}
	if c.IsV1() {
		h.Typ = "JWT"
	}
	return jose.Sign(h, payload, signer.Sign)
}

// payload writes what is signed and reads it back as Verify would.
func (c *Credential) payload(o SignOptions) ([]byte, error) {
	want := JWT
	if c.IsV1() {
		want = JWTv1
	}
	if o.Format != "" && o.Format != want {
		return nil, fmt.Errorf("%w: %q for a credential of %q", ErrFormat, o.Format, want)
	}
	payload, err := c.marshal()
	if err == nil && want == JWTv1 {
		payload, err = c.payloadV1(payload)
	}
	if err != nil {
		return nil, err
	}
	got := Credential{unproven: true} // the signer has proved the key
	if want == JWT {
		err = readVC(payload, &got, new(claims))
	} else {
		err = readVCv1(payload, &got, new(claims), false)
	}
	if err == nil && got.Issuer != c.Issuer {
		err = fmt.Errorf("%w: issuer %s, in its object %s", ErrModel, c.Issuer, got.Issuer)
	}
	if err == nil {
		err = checkRelated(&got, o.Contexts, nil)
	}
	return payload, jsonError(err)
}

// payloadV1 writes a JWT of VC 1.1 as all other libraries accept it: the whole
// credential in vc, the issuer as a string, and every registered claim that has
// a value.
func (c *Credential) payloadV1(content []byte) ([]byte, error) {
	if c.from.raw != nil {
		return nil, fmt.Errorf("%w: an issuer object in a JWT of Data Model 1.1", ErrModel)
	}
	o := object{buf: make([]byte, 0, len(content)+512)}
	o.text("iss", c.Issuer.String())
	if len(c.Subject) == 1 {
		id := c.Subject[0].ID
		if id == "" {
			id, _ = idOf(c.Subject[0].Claims, "credentialSubject")
		}
		if id != "" {
			o.text("sub", id)
		}
	}
	if c.ID != "" {
		o.text("jti", c.ID)
	}
	o.seconds("nbf", c.ValidFrom)
	o.seconds("iat", c.ValidFrom)
	o.seconds("exp", c.ValidUntil)
	o.raw("vc", content)
	return o.bytes()
}
