package did

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/json"
	"encoding/pem"
	"fmt"

	"github.com/taperid/taper/internal/multikey"
)

// PrivateKey is a private key that this program holds itself, of any type. Its
// Export methods are the only way out of it, so a review can search for them; all
// printing shows the public key alone. The zero PrivateKey is no key.
type PrivateKey struct {
	key Key

	// A function and not the seed: no verb of fmt and no dumper looks inside.
	seed func() ([]byte, error)
}

// NewPrivateKey takes an ed25519.PrivateKey, an *ecdsa.PrivateKey, secp256k1 too,
// or an *ecdh.PrivateKey of X25519. Another one is ErrKeyType, one whose public
// half is another key's ErrKey.
func NewPrivateKey(priv crypto.PrivateKey) (*PrivateKey, error) {
	if err := multikey.CheckPrivate(priv); err != nil {
		return nil, keyError(err)
	}
	key, err := NewKey(multikey.PublicOf(priv))
	if err != nil {
		return nil, err
	}
	return &PrivateKey{key, func() ([]byte, error) {
		_, seed, err := multikey.Seed(priv)
		return seed, err
	}}, nil
}

// ParsePrivateKey reads a private key in one of three forms: PKCS #8 (RFC 5958) as
// DER, the same as one PEM block "PRIVATE KEY" (RFC 7468 section 10), or a JSON Web
// Key with the member d. An encrypted key is refused, as is one whose public half is
// not its own. Errors quote nothing of the key.
func ParsePrivateKey(data []byte) (*PrivateKey, error) {
	var t *multikey.Type
	var seed []byte
	var err error
	switch text := bytes.TrimSpace(data); {
	case bytes.HasPrefix(text, []byte("{")):
		t, seed, err = multikey.FromPrivateJWK(text)
	case bytes.HasPrefix(text, []byte("-----BEGIN")):
		var der []byte
		if der, err = fromPEM(text); err == nil {
			t, seed, err = multikey.FromPKCS8(der)
		}
	default:
		t, seed, err = multikey.FromPKCS8(data)
	}
	if err != nil {
		return nil, keyError(err)
	}
	priv, err := t.FromSeed(seed)
	if err != nil {
		return nil, keyError(err)
	}
	return NewPrivateKey(priv)
}

const pemType = "PRIVATE KEY"

// fromPEM reads the one block that there may be. What stands before or after it
// could be another key.
func fromPEM(text []byte) ([]byte, error) {
	if len(text) > 2*multikey.MaxPKCS8 {
		return nil, fmt.Errorf("%w: PEM of %d bytes", ErrInvalid, len(text))
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != pemType || len(block.Headers) > 0 || len(bytes.TrimSpace(rest)) > 0 ||
		bytes.Count(text, []byte("-----BEGIN")) != 1 {
		return nil, fmt.Errorf("%w: want one PEM block %q without headers", ErrInvalid, pemType)
	}
	return block.Bytes, nil
}

// Key returns the public key, the zero Key for a nil PrivateKey.
func (p *PrivateKey) Key() Key {
	if p == nil {
		return Key{}
	}
	return p.key
}

// Signer returns the signer of the did:key of p. An X25519 key is ErrKeyType.
func (p *PrivateKey) Signer() (*Signer, error) {
	priv, err := p.open()
	if err != nil {
		return nil, err
	}
	return signerOf(priv, multikey.Encode)
}

// Agree returns the secret that p and the holder of peer share: X25519 (RFC 7748
// section 6.1), 32 bytes, to be put through a key derivation function before use. An
// Ed25519 key on either side stands for its X25519 key, the one that its did:key
// document lists; other types are ErrKeyType.
func (p *PrivateKey) Agree(peer Key) ([]byte, error) {
	priv, err := p.open()
	if err != nil {
		return nil, err
	}
	if edwards, ok := priv.(ed25519.PrivateKey); ok {
		if priv, err = ecdh.X25519().NewPrivateKey(multikey.AgreementSeed(edwards)); err != nil {
			return nil, fmt.Errorf("%w: %v", ErrKey, err)
		}
	}
	own, ok := priv.(*ecdh.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w: %s keys do not agree here", ErrKeyType, p.key.Type())
	}
	other, err := peer.agreement()
	if err != nil {
		return nil, err
	}
	secret, err := own.ECDH(other)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKey, err)
	}
	return secret, nil
}

// ExportPKCS8 writes the private key as PKCS #8 in DER, unencrypted, as crypto/x509
// and OpenSSL write it: for ECDSA with the public key inside (RFC 5915).
func (p *PrivateKey) ExportPKCS8() ([]byte, error) {
	seed, err := p.secret()
	if err != nil {
		return nil, err
	}
	der, err := multikey.ToPKCS8(p.key.typ, seed)
	if err != nil {
		return nil, keyError(err)
	}
	return der, nil
}

// ExportPEM writes ExportPKCS8 as a PEM block "PRIVATE KEY".
func (p *PrivateKey) ExportPEM() ([]byte, error) {
	der, err := p.ExportPKCS8()
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}), nil
}

// ExportJWK writes the private key as a JSON Web Key: the members of Key.JWK, and d.
func (p *PrivateKey) ExportJWK() ([]byte, error) {
	seed, err := p.secret()
	if err != nil {
		return nil, err
	}
	text, err := multikey.ToJWK(p.key.typ, p.key.pub, seed)
	if err != nil {
		return nil, keyError(err)
	}
	return text, nil
}

func (p *PrivateKey) open() (crypto.PrivateKey, error) {
	seed, err := p.secret()
	if err != nil {
		return nil, err
	}
	priv, err := p.key.typ.FromSeed(seed)
	if err != nil {
		return nil, keyError(err)
	}
	return priv, nil
}

func (p *PrivateKey) secret() ([]byte, error) {
	if p == nil || p.seed == nil {
		return nil, fmt.Errorf("%w: no private key", ErrKey)
	}
	return p.seed()
}

// String returns the did:key of the public key. It never shows the private key.
func (p *PrivateKey) String() string { return p.Key().DID().String() }

// GoString is String, for %#v.
func (p *PrivateKey) GoString() string { return "did.PrivateKey(" + p.String() + ")" }

// MarshalJSON writes what String returns: writing the key itself is ExportJWK.
func (p *PrivateKey) MarshalJSON() ([]byte, error) { return json.Marshal(p.String()) }
