package did

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
)

// SeedSize is the length of the seed of an Ed25519 key in bytes.
const SeedSize = ed25519.SeedSize

// Signer signs as one verification method of one DID. The private key stays
// behind a crypto.Signer, so it may live in a KMS or an HSM; printing a Signer
// shows its DID and nothing else. A Signer is safe for concurrent use if its
// crypto.Signer is.
type Signer struct {
	did    DID
	method string
	key    Key
	priv   crypto.Signer
}

// GenerateKey makes a new key and returns the signer of its did:key.
func GenerateKey(t KeyType) (*Signer, error) {
	if t == Ed25519 {
		_, priv, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return NewSigner(priv)
	}
	row, ok := multikey.ByName(string(t))
	if !ok || row.Curve() == nil {
		return nil, fmt.Errorf("%w: %.40q", ErrKeyType, string(t))
	}
	priv, err := ecdsa.GenerateKey(row.Curve(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return NewSigner(priv)
}

// NewSigner returns the signer of the did:key of a private key: an
// ed25519.PrivateKey, an *ecdsa.PrivateKey, or any crypto.Signer with such a
// public key.
func NewSigner(priv crypto.Signer) (*Signer, error) {
	if priv == nil {
		return nil, fmt.Errorf("%w: no private key", ErrKey)
	}
	key, err := NewKey(priv.Public())
	if err != nil {
		return nil, err
	}
	return &Signer{key.DID(), key.Method(), key, priv}, nil
}

// NewSignerFromSeed returns the signer of the key that a seed gives: 32 bytes for
// Ed25519 (RFC 8032 section 5.1.5), the private scalar, big-endian and of the
// curve's length, for ECDSA. One seed is always one key, so guard it like one.
func NewSignerFromSeed(t KeyType, seed []byte) (*Signer, error) {
	if t == Ed25519 {
		if len(seed) != SeedSize {
			return nil, fmt.Errorf("%w: seed of %d bytes, want %d", ErrKeyLength, len(seed), SeedSize)
		}
		return NewSigner(ed25519.NewKeyFromSeed(seed))
	}
	row, ok := multikey.ByName(string(t))
	if !ok || row.Curve() == nil {
		return nil, fmt.Errorf("%w: %.40q", ErrKeyType, string(t))
	}
	priv, err := ecdsa.ParseRawPrivateKey(row.Curve(), seed)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKey, err)
	}
	return NewSigner(priv)
}

// As returns a signer that signs with the same key as the verification method
// #fragment of another DID, such as a did:web. It is the DID's document that
// decides whether a verifier believes it.
func (s *Signer) As(d DID, fragment string) (*Signer, error) {
	if s == nil || d.IsZero() {
		return nil, fmt.Errorf("%w: the zero DID signs nothing", ErrInvalid)
	}
	u, err := ParseURL(d.text + "#" + fragment)
	if err != nil {
		return nil, err
	}
	return &Signer{d, u.String(), s.key, s.priv}, nil
}

// DID returns whom s signs as, nobody for a nil Signer.
func (s *Signer) DID() DID {
	if s == nil {
		return DID{}
	}
	return s.did
}

// Method returns the DID URL of the verification method that s signs with: the
// kid of a JWS, the verificationMethod of a proof.
func (s *Signer) Method() string { return s.method }

// Key returns the public key.
func (s *Signer) Key() Key { return s.key }

// Sign signs data, in the JOSE form of the key's algorithm. ECDSA signatures are
// low-S.
func (s *Signer) Sign(data []byte) ([]byte, error) {
	if s == nil || s.priv == nil {
		return nil, fmt.Errorf("%w: no private key", ErrKey)
	}
	return jose.SignBytes(s.key.typ, s.priv, data)
}

// String returns the DID. It never shows the private key.
func (s *Signer) String() string { return s.DID().String() }

// GoString is String, for %#v.
func (s *Signer) GoString() string { return "did.Signer(" + s.DID().String() + ")" }
