package multikey

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"fmt"
)

// MaxPKCS8 is the longest PKCS #8 accepted. A P-521 key has about 240 bytes.
const MaxPKCS8 = 2048

// oidECPublicKey is the algorithm of every key on a curve (RFC 5480 section 2.1.1).
var oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}

// pkcs8 is the OneAsymmetricKey of RFC 5958, version 0 of which is PKCS #8.
type pkcs8 struct {
	Version    int
	Algorithm  algorithm
	PrivateKey []byte
	Attributes asn1.RawValue  `asn1:"optional,tag:0"`
	PublicKey  asn1.BitString `asn1:"optional,tag:1"`
}

type algorithm struct {
	OID        asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

// ecPrivateKey is that of RFC 5915, which SEC 1 section C.4 has too.
type ecPrivateKey struct {
	Version    int
	PrivateKey []byte
	Curve      asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	PublicKey  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

// FromPKCS8 reads a private key and returns the seed that it is. Attributes are
// passed over; a public key beside it must be its own.
func FromPKCS8(der []byte) (*Type, []byte, error) {
	if len(der) > MaxPKCS8 {
		return nil, nil, fmt.Errorf("%w: PKCS #8 of %d bytes, at most %d", ErrText, len(der), MaxPKCS8)
	}
	var p pkcs8
	if err := unmarshal(der, &p); err != nil {
		return nil, nil, err
	}
	if p.Version != 0 && p.Version != 1 {
		return nil, nil, fmt.Errorf("%w: PKCS #8 of version %d", ErrText, p.Version)
	}
	t, err := p.row()
	if err != nil {
		return nil, nil, err
	}
	seed, public, err := p.inner(t)
	if err != nil {
		return nil, nil, err
	}
	priv, err := t.FromSeed(seed)
	if err != nil {
		return nil, nil, err
	}
	for _, stated := range []asn1.BitString{p.PublicKey, public} {
		if stated.BitLength > 0 && !isPublic(t, PublicOf(priv), stated) {
			return nil, nil, fmt.Errorf("%w: the private key is not that of the public key", ErrKey)
		}
	}
	return t, seed, nil
}

// unmarshal reads one DER value. Its errors may quote nothing of a private key.
func unmarshal[T any](der []byte, v *T) error {
	if rest, err := asn1.Unmarshal(der, v); err != nil || len(rest) > 0 {
		return fmt.Errorf("%w: not the DER of a private key", ErrText)
	}
	return nil
}

// row finds the type.
func (p *pkcs8) row() (*Type, error) {
	oid := p.Algorithm.OID
	onCurve := oid.Equal(oidECPublicKey)
	if onCurve {
		if err := unmarshal(p.Algorithm.Parameters.FullBytes, &oid); err != nil {
			return nil, err
		}
	} else if len(p.Algorithm.Parameters.FullBytes) > 0 && !oid.Equal(oidRSA) {
		return nil, fmt.Errorf("%w: parameters of algorithm %v", ErrText, oid)
	}
	for _, t := range types {
		switch {
		case !t.oid.Equal(oid) || onCurve != (t.curve != nil):
		case t.disabled:
			return nil, t.unsupported()
		default:
			return t, nil
		}
	}
	return nil, fmt.Errorf("%w: algorithm %v", ErrUnsupported, oid)
}

// inner reads the private key itself, with the public key that may be beside it.
func (p *pkcs8) inner(t *Type) (seed []byte, public asn1.BitString, err error) {
	if t.curve == nil {
		err = unmarshal(p.PrivateKey, &seed)
		return seed, public, err
	}
	var k ecPrivateKey
	if err := unmarshal(p.PrivateKey, &k); err != nil {
		return nil, public, err
	}
	if k.Version != 1 || len(k.Curve) > 0 && !k.Curve.Equal(t.oid) {
		return nil, public, fmt.Errorf("%w: EC private key of version %d and curve %v", ErrText, k.Version, k.Curve)
	}
	return k.PrivateKey, k.PublicKey, nil
}

// isPublic reports whether stated is pub: its bytes, or its point in either form.
func isPublic(t *Type, pub crypto.PublicKey, stated asn1.BitString) bool {
	if stated.BitLength != 8*len(stated.Bytes) {
		return false
	}
	raw, err := t.raw(pub)
	if err != nil {
		return false
	}
	return bytes.Equal(stated.Bytes, raw) || t.curve != nil && bytes.Equal(stated.Bytes, uncompressed(t, pub, raw))
}

func uncompressed(t *Type, pub crypto.PublicKey, raw []byte) []byte {
	point := append([]byte{4}, raw[1:]...)
	return append(point, ordinate(pub, t.size-1)...)
}

// ToPKCS8 writes the private key that a seed is as crypto/x509 and OpenSSL do:
// version 0, and on a curve the public key inside.
func ToPKCS8(t *Type, seed []byte) ([]byte, error) {
	priv, err := t.FromSeed(seed)
	if err != nil {
		return nil, err
	}
	p := pkcs8{Algorithm: algorithm{OID: t.oid}}
	if t.curve == nil {
		p.PrivateKey, err = asn1.Marshal(seed)
	} else {
		p.PrivateKey, err = ecInner(t, seed, PublicOf(priv))
		p.Algorithm.OID = oidECPublicKey
		if der, err := asn1.Marshal(t.oid); err == nil {
			p.Algorithm.Parameters = asn1.RawValue{FullBytes: der}
		}
	}
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(p)
}

func ecInner(t *Type, seed []byte, pub crypto.PublicKey) ([]byte, error) {
	raw, err := t.raw(pub)
	if err != nil {
		return nil, err
	}
	point := uncompressed(t, pub, raw)
	return asn1.Marshal(ecPrivateKey{
		Version: 1, PrivateKey: seed, PublicKey: asn1.BitString{Bytes: point, BitLength: 8 * len(point)},
	})
}
