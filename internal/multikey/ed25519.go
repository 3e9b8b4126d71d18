package multikey

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"filippo.io/edwards25519"
)

func decodeEd25519(_ *Type, raw []byte) (crypto.PublicKey, error) {
	p, err := new(edwards25519.Point).SetBytes(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: not a point of Ed25519", ErrKey)
	}
	// SetBytes takes y >= p too: a second text for one key. Its other second text,
	// the sign of a zero, is of small order.
	if !belowEd25519Prime(raw) {
		return nil, fmt.Errorf("%w: non-canonical point of Ed25519", ErrKey)
	}
	// A key of small order verifies signatures that nobody made.
	if p.MultByCofactor(p).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return nil, fmt.Errorf("%w: Ed25519 point of small order", ErrKey)
	}
	return ed25519.PublicKey(raw), nil
}

// belowEd25519Prime reports whether y, the little-endian raw without its sign, is
// less than 2^255 - 19.
func belowEd25519Prime(raw []byte) bool {
	if raw[31]&0x7f != 0x7f || raw[0] < 0xed {
		return true
	}
	for _, b := range raw[1:31] {
		if b != 0xff {
			return true
		}
	}
	return false
}

func encodeEd25519(t *Type, pub crypto.PublicKey) ([]byte, bool, error) {
	k, ok := pub.(ed25519.PublicKey)
	if ok && len(k) != t.size {
		return nil, true, fmt.Errorf("%w: %d bytes, a %s key has %d", ErrSize, len(k), t.Name, t.size)
	}
	return k, ok, nil
}

func generateEd25519(*Type) (crypto.Signer, error) {
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	return priv, err
}

// ed25519FromSeed takes the seed of RFC 8032 section 5.1.5.
func ed25519FromSeed(_ *Type, seed []byte) (crypto.Signer, error) {
	return ed25519.NewKeyFromSeed(seed), nil
}
