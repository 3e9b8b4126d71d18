package multikey

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha512"
	"fmt"

	"filippo.io/edwards25519"
)

// decodeX25519 takes the one encoding that a key has (RFC 7748 section 5 reads
// others too) of a point that is not of small order: with such a one every secret
// agreed on is zero.
func decodeX25519(_ *Type, raw []byte) (crypto.PublicKey, error) {
	if raw[31]&0x80 != 0 || !belowEd25519Prime(raw) {
		return nil, fmt.Errorf("%w: non-canonical X25519 key", ErrKey)
	}
	u := [32]byte(raw)
	for i := range smallOrderX25519 {
		if u == smallOrderX25519[i] {
			return nil, fmt.Errorf("%w: X25519 key of small order", ErrKey)
		}
	}
	return ecdh.X25519().NewPublicKey(raw)
}

// smallOrderX25519 has the u, little-endian, of the points of Curve25519 and of its
// twist whose order divides a cofactor: 0, 1, -1, and the two of order 8. A test
// agrees with each.
var smallOrderX25519 = [5][32]byte{
	{},
	{1},
	{
		0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
	},
	{
		0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
		0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
	},
	{
		0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
		0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
	},
}

func encodeX25519(_ *Type, pub crypto.PublicKey) ([]byte, bool, error) {
	k, ok := pub.(*ecdh.PublicKey)
	if !ok || k == nil || k.Curve() != ecdh.X25519() {
		return nil, false, nil
	}
	return k.Bytes(), true, nil
}

func x25519FromSeed(_ *Type, seed []byte) (crypto.PrivateKey, error) {
	return ecdh.X25519().NewPrivateKey(seed)
}

// Agreement returns the X25519 key of an Ed25519 key (RFC 7748 section 4.1, the
// birational map), a point that Decode accepted.
func Agreement(pub ed25519.PublicKey) (*ecdh.PublicKey, error) {
	p, err := new(edwards25519.Point).SetBytes(pub)
	if err != nil {
		return nil, fmt.Errorf("%w: not a point of Ed25519", ErrKey)
	}
	return ecdh.X25519().NewPublicKey(p.BytesMontgomery())
}

// AgreementSeed returns the private key of Agreement: the scalar that an Ed25519
// key signs with (RFC 8032 section 5.1.5), which X25519 clamps as Ed25519 does.
func AgreementSeed(priv ed25519.PrivateKey) []byte {
	h := sha512.Sum512(priv.Seed())
	return h[:32]
}
