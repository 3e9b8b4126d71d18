package multikey

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"filippo.io/edwards25519"
)

func decodeEd25519(t *Type, raw []byte) (crypto.PublicKey, error) {
	if _, err := new(edwards25519.Point).SetBytes(raw); err != nil {
		return nil, fmt.Errorf("%w: not a point of Ed25519", ErrKey)
	}
	return unprovenEd25519(t, raw)
}

func unprovenEd25519(_ *Type, raw []byte) (crypto.PublicKey, error) {
	// y >= p would be a second text for one key. The other second text, the sign of
	// a zero, is of small order.
	if !belowEd25519Prime(raw) {
		return nil, fmt.Errorf("%w: non-canonical point of Ed25519", ErrKey)
	}
	// A key of small order verifies signatures that nobody made.
	y := [32]byte(raw)
	y[31] &= 0x7f
	for i := range smallOrder {
		if y == smallOrder[i] {
			return nil, fmt.Errorf("%w: Ed25519 point of small order", ErrKey)
		}
	}
	return ed25519.PublicKey(raw), nil
}

// smallOrder has the y, little-endian, of the eight points of Ed25519 whose order
// divides the cofactor: 0, 1, -1, and the two of order 8. A test computes them.
var smallOrder = [5][32]byte{
	{},
	{1},
	{
		0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
	},
	{
		0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
	},
	{
		0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
	},
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

func generateEd25519(*Type) (crypto.PrivateKey, error) {
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	return priv, err
}

// ed25519FromSeed takes the seed of RFC 8032 section 5.1.5.
func ed25519FromSeed(_ *Type, seed []byte) (crypto.PrivateKey, error) {
	return ed25519.NewKeyFromSeed(seed), nil
}
