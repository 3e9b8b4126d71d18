package vc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/jose"
)

// opened is a credential whose form is right, and once its proofs are there its
// signatures too.
type opened struct {
	credential Credential
	proofs     []Proof
	issuedAt   time.Time
	text       []byte // the secured bytes
	content    []byte // what the signature is over, as JSON or as a token has it
	signed     []byte // what names that: see Verified.Content

	// One of the two secures it.
	token    *jose.Token
	document *dataintegrity.Document
}

// open reads a credential and checks its signatures.
func open(ctx context.Context, data []byte, opts VerifyOptions) (*opened, error) {
	d, err := read(data, opts)
	if err != nil {
		return nil, err
	}
	by := d.credential.from
	if by.did.IsZero() {
		by.did = d.credential.Issuer // a claim said so
	}
	if d.document != nil {
		d.proofs, err = verifyProofs(ctx, d.document, by, did.AssertionMethod, opts)
	} else {
		d.proofs = []Proof{{Format: formats[d.token.Kind]}}
		err = d.proofs[0].verifyToken(ctx, d.token, by, did.AssertionMethod, opts)
	}
	if err == nil && d.proof().Signer != by.did {
		err = by.prove()
	}
	if err == nil {
		err = d.nameSigned(opts)
	}
	if err == nil {
		err = checkRelated(&d.credential, opts.Contexts, opts.Resources)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// nameSigned finds what names the content. Where a proof of the issuer's is over RDF
// it is not the JSON, which anybody may write otherwise.
func (d *opened) nameSigned(opts VerifyOptions) (err error) {
	d.signed = d.content
	for i := range d.proofs {
		p := &d.proofs[i]
		if d.document == nil || p.Signer != d.credential.Issuer || p.Format == EdDSAJCS || p.Format == ECDSAJCS {
			continue
		}
		if d.signed, err = d.document.Signed(i, p.Key, opts.Contexts.rdf()); err != nil {
			return integrityError(err)
		}
		return d.credential.checkStatusIDs()
	}
	return nil
}

// read reads a credential secured in any way.
func read(data []byte, opts VerifyOptions) (*opened, error) {
	if len(data) > opts.maxBytes() {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(data), opts.maxBytes())
	}
	if !isObject(data) {
		return readToken(string(data), "", opts)
	}
	d, err := readDocument(data, opts)
	if !errors.Is(err, dataintegrity.ErrMissing) {
		return d, err
	}
	text, media, err := unwrap(data, envelopedCredential)
	if err != nil {
		return nil, err
	}
	return readToken(text, media, opts)
}

// isObject reports whether data is a JSON object, if it is JSON at all. A compact
// JWS never begins like one.
func isObject(data []byte) bool {
	for _, c := range data {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == '{'
		}
	}
	return false
}

// proof returns the issuer's proof, and the first where none is the issuer's.
func (d *opened) proof() *Proof {
	for i := range d.proofs {
		if d.proofs[i].Signer == d.credential.Issuer {
			return &d.proofs[i]
		}
	}
	return &d.proofs[0]
}
