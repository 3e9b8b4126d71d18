package sdjwt

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
)

// confirmation is what cnf says of the holder's key (RFC 7800): the key, or the
// DID URL of a verification method.
type confirmation struct {
	key did.Key
	kid string
}

// readConfirmation reads a cnf with one of jwk and kid.
func readConfirmation(r *strictjson.Reader) (*confirmation, error) {
	c := new(confirmation)
	n := 0
	err := r.Object(func(name string) (err error) {
		n++
		switch name {
		case "jwk":
			c.key, err = readJWK(r)
		case "kid":
			c.kid, err = r.String()
		default:
			err = fmt.Errorf("%w: %.40q is not understood", ErrConfirmation, name)
		}
		return err
	})
	if err == nil && n != 1 {
		err = fmt.Errorf("%w: want one of jwk and kid", ErrConfirmation)
	}
	return c, err
}

// readJWK reads a public key as package did reads that of a did:jwk.
func readJWK(r *strictjson.Reader) (did.Key, error) {
	raw, err := r.Raw()
	if err != nil {
		return did.Key{}, err
	}
	d, err := did.Parse("did:jwk:" + base64.RawURLEncoding.EncodeToString(raw))
	if err != nil {
		return did.Key{}, fmt.Errorf("%w: jwk: %w", ErrConfirmation, err)
	}
	return did.KeyOf(d)
}

// find returns the key of the holder.
func (c *confirmation) find(ctx context.Context, resolver did.Resolver) (did.Key, error) {
	if c.kid == "" {
		return c.key, nil
	}
	u, err := did.ParseURL(c.kid)
	if err != nil {
		return did.Key{}, fmt.Errorf("%w: kid: %w", ErrConfirmation, err)
	}
	key, err := did.FindKey(ctx, resolver, u.DID, c.kid, did.Authentication)
	if err != nil {
		return did.Key{}, fmt.Errorf("%w: kid: %w", ErrConfirmation, err)
	}
	return key, nil
}

// confirmationJSON writes the cnf of a key.
func confirmationJSON(key did.Key) ([]byte, error) {
	enc := base64.RawURLEncoding.EncodeToString
	crv := string(key.Type())
	switch pub := key.Public().(type) {
	case ed25519.PublicKey:
		return []byte(`{"jwk":{"kty":"OKP","crv":"` + crv + `","x":"` + enc(pub) + `"}}`), nil
	case *ecdsa.PublicKey:
		n := (pub.Params().BitSize + 7) / 8
		x, y := make([]byte, n), make([]byte, n)
		//lint:ignore SA1019 the method that replaces X knows the curves of NIST alone
		pub.X.FillBytes(x)
		//lint:ignore SA1019 the method that replaces Y knows the curves of NIST alone
		pub.Y.FillBytes(y)
		return []byte(`{"jwk":{"kty":"EC","crv":"` + crv + `","x":"` + enc(x) + `","y":"` + enc(y) + `"}}`), nil
	}
	return nil, fmt.Errorf("%w: no key", ErrConfirmation)
}
