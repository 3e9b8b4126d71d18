package multikey

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"fmt"

	"github.com/taperid/taper/internal/secp256k1"
)

// Generate makes a new private key, a crypto.Signer. X25519 has none.
func (t *Type) Generate() (crypto.PrivateKey, error) { return t.generate(t) }

// SeedSize is the length of the seed of a private key in bytes.
func (t *Type) SeedSize() int {
	if t.curve != nil {
		return t.size - 1 // of a compressed point: its first byte says which y
	}
	return t.size
}

// FromSeed returns the private key that a seed gives: for Ed25519 its seed, for
// X25519 the scalar of RFC 7748, for ECDSA the private scalar, big-endian and of
// the curve's length.
func (t *Type) FromSeed(seed []byte) (crypto.PrivateKey, error) {
	if n := t.SeedSize(); len(seed) != n {
		return nil, fmt.Errorf("%w: seed of %d bytes, want %d", ErrSize, len(seed), n)
	}
	priv, err := t.fromSeed(t, seed)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKey, err)
	}
	return priv, nil
}

// Seed returns what FromSeed makes a private key of, and the key's type. A key
// that this program does not hold itself is ErrUnsupported.
func Seed(priv crypto.PrivateKey) (*Type, []byte, error) {
	switch k := priv.(type) {
	case ed25519.PrivateKey:
		if len(k) != ed25519.PrivateKeySize {
			return nil, nil, fmt.Errorf("%w: %d bytes, a private key has %d", ErrSize, len(k), ed25519.PrivateKeySize)
		}
		return seedOf("Ed25519", k.Seed())
	case *ecdsa.PrivateKey:
		return ecdsaSeed(k)
	case *secp256k1.PrivateKey:
		return seedOf("secp256k1", k.Bytes())
	case *ecdh.PrivateKey:
		if k != nil && k.Curve() == ecdh.X25519() {
			return seedOf("X25519", k.Bytes())
		}
	}
	return nil, nil, fmt.Errorf("%w: private key %T", ErrUnsupported, priv)
}

func ecdsaSeed(k *ecdsa.PrivateKey) (*Type, []byte, error) {
	switch {
	//lint:ignore SA1019 the method that replaces them panics where one is missing
	case k == nil || k.Curve == nil || k.D == nil || k.X == nil || k.Y == nil:
		return nil, nil, fmt.Errorf("%w: no private key", ErrKey)
	case secp256k1.IsCurve(k.Curve):
		own, err := secp256k1.FromECDSA(k)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %v", ErrKey, err)
		}
		return seedOf("secp256k1", own.Bytes())
	}
	for _, t := range types {
		if t.curve == k.Curve {
			seed, err := k.Bytes()
			if err != nil {
				return nil, nil, fmt.Errorf("%w: %v", ErrKey, err)
			}
			return t, seed, nil
		}
	}
	return nil, nil, fmt.Errorf("%w: private key of another curve", ErrUnsupported)
}

func seedOf(name string, seed []byte) (*Type, []byte, error) {
	t, _ := ByName(name)
	return t, seed, nil
}

// PublicOf returns the public key of a private key that FromSeed made.
func PublicOf(priv crypto.PrivateKey) crypto.PublicKey {
	switch k := priv.(type) {
	case *ecdh.PrivateKey:
		return k.PublicKey()
	case crypto.Signer:
		return k.Public()
	}
	return nil
}

// CheckPrivate refuses a private key that this program holds and whose public half
// is another key's.
func CheckPrivate(priv crypto.PrivateKey) error {
	t, seed, err := Seed(priv)
	if err != nil {
		return err
	}
	return checkPair(t, seed, PublicOf(priv))
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
