package did

import (
	"encoding/base64"
	"fmt"

	"github.com/taperid/taper/internal/multikey"
)

const (
	jwkPrefix = "did:jwk:"

	// jwkMethod is the fragment of the one verification method of a did:jwk.
	jwkMethod = "#0"
)

// decodeJWK reads what follows did:jwk: in a DID: the base64url of a JSON Web Key.
// One key has many such DIDs, since JSON has many spellings; each is another DID.
func decodeJWK(id string) (Key, error) {
	data, err := jwkText(id)
	if err != nil {
		return Key{}, err
	}
	return ParseJWK(data)
}

func jwkText(id string) ([]byte, error) {
	data, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || base64.RawURLEncoding.EncodeToString(data) != id {
		return nil, fmt.Errorf("%w: %s%.80s is not canonical base64url", ErrInvalid, jwkPrefix, id)
	}
	return data, nil
}

// ParseJWK reads a public key as a JSON Web Key (RFC 7517, RFC 7518 section 6.2,
// RFC 8037, RFC 8812) of at most 16 KiB, whose members alg, use and key_ops must
// fit the key: one that is by them for key agreement alone verifies nothing. A private
// key is ErrKey; further members are passed over.
func ParseJWK(data []byte) (Key, error) {
	pub, _, use, err := multikey.FromJWK(data)
	if err != nil {
		return Key{}, keyError(err)
	}
	return newKey(pub, use)
}

// JWK returns k as a JSON Web Key, in the form of RFC 7638 section 3: no member but
// those of the key. It is nil for the zero Key.
func (k Key) JWK() []byte {
	if k.typ == nil {
		return nil
	}
	text, err := multikey.ToJWK(k.typ, k.pub, nil)
	if err != nil {
		return nil // no Key but the zero Key comes here
	}
	return text
}

// AsJWK returns the did:jwk of the JWK of k, and the zero DID for the zero Key.
// Its one verification method has the fragment 0.
func (k Key) AsJWK() DID {
	if k.typ == nil {
		return DID{}
	}
	return DID{jwkPrefix + base64.RawURLEncoding.EncodeToString(k.JWK())}
}
