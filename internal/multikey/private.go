package multikey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"fmt"

	"github.com/taperid/taper/internal/secp256k1"
)

// Generate makes a new private key.
func (t *Type) Generate() (crypto.Signer, error) { return t.generate(t) }

// FromSeed returns the private key that a seed gives: for Ed25519 its seed, for
// ECDSA the private scalar, big-endian and of the curve's length.
func (t *Type) FromSeed(seed []byte) (crypto.Signer, error) {
	n := t.size
	if t.curve != nil {
		n-- // of a compressed point: its first byte says which y
	}
	if len(seed) != n {
		return nil, fmt.Errorf("%w: seed of %d bytes, want %d", ErrSize, len(seed), n)
	}
	priv, err := t.fromSeed(t, seed)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKey, err)
	}
	return priv, nil
}

// Local returns the private key that priv holds itself, in the form to sign with.
// For a key that lives elsewhere it reports false.
func Local(priv crypto.Signer) (crypto.Signer, bool, error) {
	switch k := priv.(type) {
	case ed25519.PrivateKey:
		if len(k) != ed25519.PrivateKeySize {
			return nil, true, fmt.Errorf("%w: %d bytes, a private key has %d", ErrSize, len(k), ed25519.PrivateKeySize)
		}
		return k, true, nil
	case *ecdsa.PrivateKey:
		if k == nil || !secp256k1.IsCurve(k.Curve) {
			return k, true, nil
		}
		priv, err := secp256k1.FromECDSA(k)
		if err != nil {
			return nil, true, fmt.Errorf("%w: %v", ErrKey, err)
		}
		return priv, true, nil
	case *secp256k1.PrivateKey:
		return k, true, nil
	}
	return priv, false, nil
}
