package vc

import (
	"context"
	"errors"
	"fmt"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/strictjson"
)

// The tokens that are credentials. Their order is that of formats.
var credentialKinds = []jose.Kind{
	{Typ: "vc+jwt", Cty: "vc", Iss: true},
	{Typ: "JWT", Lax: true},
}

var formats = []Format{JWT, JWTv1}

// readToken reads a credential in a compact JWS, media being that of the envelope
// that held it, if any.
func readToken(text, media string, opts VerifyOptions) (*opened, error) {
	t, err := parseToken(text, media, opts.maxBytes(), credentialKinds)
	if err != nil {
		return nil, err
	}
	d := &opened{token: t, text: t.Raw, content: t.Input}
	d.credential.anyURL, d.credential.unproven = opts.pinned(), true
	cl := claims{anyURL: opts.pinned()}
	if formats[t.Kind] == JWT {
		err = readVC(t.Payload, &d.credential, &cl)
	} else {
		err = readVCv1(t.Payload, &d.credential, &cl, media != "")
	}
	if err != nil {
		return nil, jsonError(err)
	}
	d.issuedAt = cl.iat
	if iss := t.Header.Iss; iss != "" && iss != d.credential.issuerID() {
		return nil, fmt.Errorf("%w: iss %.80q in the header, issuer %s", ErrClaims, iss, d.credential.issuerID())
	}
	return d, nil
}

// parseToken reads a JWS of one of two kinds, the second of which has a vc or vp
// claim. The media type of an envelope says which.
func parseToken(text, media string, max int, kinds []jose.Kind) (*jose.Token, error) {
	t, err := jose.Parse(text, max, kinds...)
	if err != nil {
		return nil, joseError(err)
	}
	if claim := t.Kind == 1; media != "" && claim != (media == mediaJWT) {
		return nil, fmt.Errorf("%w: %.40q in a %s URL", ErrTyp, t.Header.Typ, media)
	}
	return t, nil
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

// readVCv1 reads the payload of a JWT of VC 1.1: claims, and the vc claim. In an
// envelope, which is of 2.0, the claim may hold that version too.
func readVCv1(payload []byte, c *Credential, cl *claims, enveloped bool) error {
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
	if len(c.Context) > 0 && !c.IsV1() && !enveloped {
		return fmt.Errorf("%w: a vc claim holds Data Model 1.1", ErrContext)
	}
	if err := cl.apply(c); err != nil {
		return err
	}
	return c.finish()
}

// verifyToken checks the signature of a token, and fills in p; by is who should have
// made it. A token of VC 1.1 without kid is signed by the one key of a did:key or
// did:jwk issuer.
func (p *Proof) verifyToken(ctx context.Context, t *jose.Token, by issuer, use did.Relationship, opts VerifyOptions) error {
	p.Method = t.Header.Kid
	if p.Method == "" && !opts.pinned() {
		key, err := did.KeyOf(by.did)
		if err != nil {
			return fmt.Errorf("%w: no kid: %w", ErrKey, err)
		}
		p.Method = key.Method()
		if by.did != key.DID() {
			p.Method = by.did.String() + "#0" // a did:jwk
		}
	}
	if err := p.findKey(ctx, by, use, opts); err != nil {
		return err
	}
	if !p.Key.HasAlgorithm(t.Header.Alg) {
		return fmt.Errorf("%w: %.20q, a %s key has %s", ErrAlg, t.Header.Alg, p.Key.Type(), p.Key.Algorithm())
	}
	if err := p.Key.Verify(t.Header.Alg, t.Input, t.Signature); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
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
