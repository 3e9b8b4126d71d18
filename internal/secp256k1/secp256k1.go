// Package secp256k1 is the one door to decred's curve secp256k1 (SEC 2 section
// 2.4.1), which the standard library does not have. Keys cross it as the types of
// crypto/ecdsa, with [Curve] as their curve; signatures have the form of JOSE
// (RFC 8812): r and s, 32 bytes each.
package secp256k1

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"io"
	"math/big"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

const (
	// PointSize is the length of a compressed point in bytes.
	PointSize = 33
	// SignatureSize is the length of a signature in bytes.
	SignatureSize = 64

	scalarSize = 32
)

// ErrKey is returned for what is no key of the curve.
var ErrKey = errors.New("secp256k1: invalid key")

// Curve returns the curve. Its own arithmetic takes no care to be constant in
// time; signing does not use it.
func Curve() elliptic.Curve {
	//lint:ignore SA1019 deprecated for its arithmetic; here it only names the curve of a key
	return secp.S256()
}

// IsCurve reports whether c is secp256k1, as whatever library has it.
func IsCurve(c elliptic.Curve) bool {
	if c == nil {
		return false
	}
	ours := Curve().Params()
	p := c.Params()
	return p != nil && same(p.P, ours.P) && same(p.N, ours.N) && same(p.B, ours.B) &&
		same(p.Gx, ours.Gx) && same(p.Gy, ours.Gy)
}

func same(a, b *big.Int) bool { return a != nil && a.Cmp(b) == 0 }

// Decode reads a compressed point (SEC 1 section 2.3.4).
func Decode(point []byte) (*ecdsa.PublicKey, error) {
	if len(point) != PointSize {
		return nil, ErrKey
	}
	key, err := secp.ParsePubKey(point)
	if err != nil {
		return nil, ErrKey
	}
	return key.ToECDSA(), nil
}

// Encode writes a key as a compressed point. A point off the curve is an error.
func Encode(pub *ecdsa.PublicKey) ([]byte, error) {
	key, err := public(pub)
	if err != nil {
		return nil, err
	}
	return key.SerializeCompressed(), nil
}

func public(pub *ecdsa.PublicKey) (*secp.PublicKey, error) {
	//lint:ignore SA1019 the methods that replace X and Y know the curves of NIST alone
	px, py := pub.X, pub.Y
	if !isScalar(px) || !isScalar(py) {
		return nil, ErrKey
	}
	var buf [scalarSize]byte
	var x, y secp.FieldVal
	overX := x.SetByteSlice(px.FillBytes(buf[:]))
	overY := y.SetByteSlice(py.FillBytes(buf[:]))
	key := secp.NewPublicKey(&x, &y)
	if overX || overY || !key.IsOnCurve() {
		return nil, ErrKey
	}
	return key, nil
}

// isScalar reports whether n fits 32 bytes.
func isScalar(n *big.Int) bool { return n != nil && n.Sign() >= 0 && n.BitLen() <= 8*scalarSize }

// Verify reports whether sig is a signature over hash. Either S is one.
func Verify(pub *ecdsa.PublicKey, hash, sig []byte) bool {
	key, err := public(pub)
	if err != nil || len(sig) != SignatureSize {
		return false
	}
	var r, s secp.ModNScalar
	if r.SetByteSlice(sig[:scalarSize]) || s.SetByteSlice(sig[scalarSize:]) {
		return false // not below the order: a second spelling
	}
	return decred.NewSignature(&r, &s).Verify(hash, key) // refuses 0
}

// PrivateKey is a private key. It is a crypto.Signer whose signatures are
// deterministic (RFC 6979) and ASN.1, as those of crypto/ecdsa are.
type PrivateKey struct{ key *secp.PrivateKey }

// GenerateKey makes a new key.
func GenerateKey() (*PrivateKey, error) {
	key, err := secp.GeneratePrivateKey()
	if err != nil {
		return nil, err
	}
	return &PrivateKey{key}, nil
}

// NewPrivateKey returns the key with this private scalar, 32 bytes big-endian.
func NewPrivateKey(scalar []byte) (*PrivateKey, error) {
	var d secp.ModNScalar
	if len(scalar) != scalarSize || d.SetByteSlice(scalar) || d.IsZero() {
		return nil, ErrKey
	}
	return &PrivateKey{secp.NewPrivateKey(&d)}, nil
}

// FromECDSA returns priv, a key of this curve, as one that signs in constant time.
func FromECDSA(priv *ecdsa.PrivateKey) (*PrivateKey, error) {
	//lint:ignore SA1019 the method that replaces D knows the curves of NIST alone
	d := priv.D
	if !isScalar(d) {
		return nil, ErrKey
	}
	return NewPrivateKey(d.FillBytes(make([]byte, scalarSize)))
}

// Bytes returns the private scalar, 32 bytes big-endian.
func (p *PrivateKey) Bytes() []byte { return p.key.Serialize() }

// Public returns the public key, an *ecdsa.PublicKey.
func (p *PrivateKey) Public() crypto.PublicKey { return p.key.PubKey().ToECDSA() }

// Sign signs a SHA-256 hash.
func (p *PrivateKey) Sign(_ io.Reader, hash []byte, _ crypto.SignerOpts) ([]byte, error) {
	return decred.Sign(p.key, hash).Serialize(), nil
}
