// Package multikey writes and reads public keys as Multikey text (W3C Controlled
// Identifiers 1.0 section 2.2.2): multibase base58-btc over a multicodec prefix
// and the key's bytes. It holds the one table of key types: adding a type to the
// library is adding a row here.
//
// One key has one text: only the base `z`, the exact prefix, the exact length,
// the compressed form of a point, in canonical encoding. Keys that a signature
// scheme must never trust are refused: points off the curve, Ed25519 points of
// small order. The same keys are read and written as JSON Web Keys and, with their
// private halves, as PKCS #8.
package multikey

import (
	"crypto"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"

	"github.com/multiformats/go-multibase"

	"github.com/taperid/taper/internal/secp256k1"
)

// MaxText is the longest text accepted. The largest key here is P-521, 98
// characters; decoding base58 is quadratic, so the bound comes first.
const MaxText = 128

var (
	// ErrText is returned for text that is not canonical Multikey.
	ErrText = errors.New("multikey: malformed")
	// ErrUnsupported is returned for a key of a type that has no enabled row.
	ErrUnsupported = errors.New("multikey: unsupported key type")
	// ErrSize is returned for a key of the wrong length for its type.
	ErrSize = errors.New("multikey: invalid key length")
	// ErrKey is returned for bytes that are no usable key of their type.
	ErrKey = errors.New("multikey: invalid key")
)

// Type is a row of the table: a kind of key and all that is particular to it.
type Type struct {
	Name    string   // such as "Ed25519" or "P-256", the crv of a JWK
	Alg     string   // JOSE algorithm that signatures are made with; empty: the key signs nothing
	AlgAlso []string // further names of that algorithm that are accepted
	SigSize int      // bytes of a JOSE signature

	// disabled rows refuse their keys as unsupported, by name. What they lack is
	// what enabling one would take.
	disabled bool
	long     string // how a text over MaxText of this type begins

	codec  [2]byte               // multicodec, as a varint
	size   int                   // bytes of the key
	oid    asn1.ObjectIdentifier // of the algorithm, or of the curve where there is one
	curve  elliptic.Curve        // of an ECDSA key
	decode decoder
	// unproven is decode without the proof that the bytes are a point; nil: decode
	unproven decoder
	encode   func(*Type, crypto.PublicKey) (raw []byte, mine bool, err error)

	generate func(*Type) (crypto.PrivateKey, error) // nil for a key that signs nothing
	fromSeed func(*Type, []byte) (crypto.PrivateKey, error)
}

// decoder makes a public key of its bytes.
type decoder func(*Type, []byte) (crypto.PublicKey, error)

var types = []*Type{
	{
		Name: "Ed25519", Alg: "EdDSA", AlgAlso: []string{"Ed25519"}, SigSize: 64,
		codec: [2]byte{0xed, 0x01}, size: 32, oid: asn1.ObjectIdentifier{1, 3, 101, 112},
		decode: decodeEd25519, unproven: unprovenEd25519, encode: encodeEd25519,
		generate: generateEd25519, fromSeed: ed25519FromSeed,
	},
	{
		Name: "P-256", Alg: "ES256", SigSize: 64,
		codec: [2]byte{0x80, 0x24}, size: 33, oid: asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}, curve: elliptic.P256(),
		decode: decodeNIST, encode: encodeNIST,
		generate: generateNIST, fromSeed: nistFromSeed,
	},
	{
		Name: "P-384", Alg: "ES384", SigSize: 96,
		codec: [2]byte{0x81, 0x24}, size: 49, oid: asn1.ObjectIdentifier{1, 3, 132, 0, 34}, curve: elliptic.P384(),
		decode: decodeNIST, encode: encodeNIST,
		generate: generateNIST, fromSeed: nistFromSeed,
	},
	{
		Name: "P-521", Alg: "ES512", SigSize: 132,
		codec: [2]byte{0x82, 0x24}, size: 67, oid: asn1.ObjectIdentifier{1, 3, 132, 0, 35}, curve: elliptic.P521(),
		decode: decodeNIST, encode: encodeNIST,
		generate: generateNIST, fromSeed: nistFromSeed,
	},
	{
		Name: "secp256k1", Alg: "ES256K", SigSize: secp256k1.SignatureSize,
		codec: [2]byte{0xe7, 0x01}, size: secp256k1.PointSize, oid: asn1.ObjectIdentifier{1, 3, 132, 0, 10}, curve: secp256k1.Curve(),
		decode: decodeSecp256k1, encode: encodeSecp256k1,
		generate: generateSecp256k1, fromSeed: secp256k1FromSeed,
	},
	{
		Name:  "X25519", // agrees on secrets and signs nothing
		codec: [2]byte{0xec, 0x01}, size: 32, oid: asn1.ObjectIdentifier{1, 3, 101, 110},
		decode: decodeX25519, encode: encodeX25519,
		fromSeed: x25519FromSeed,
	},
	{
		Name: "ML-DSA-44", Alg: "ML-DSA-44", SigSize: 2420, disabled: true, long: "z4sd",
		codec: [2]byte{0x90, 0x24}, size: 1312, oid: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 17},
	},
	{Name: "BLS12-381 G1", disabled: true, codec: [2]byte{0xea, 0x01}, size: 48},
	{Name: "BLS12-381 G2", disabled: true, codec: [2]byte{0xeb, 0x01}, size: 96, long: "zUC"},
	{Name: "BLS12-381 G1 and G2", disabled: true, codec: [2]byte{0xee, 0x01}, size: 144, long: "z5Tc"},
	{Name: "RSA", disabled: true, codec: [2]byte{0x85, 0x24}, long: "z4MX", oid: oidRSA}, // 2048 bits
	{Name: "RSA", disabled: true, codec: [2]byte{0x85, 0x24}, long: "zgg", oid: oidRSA},  // 4096 bits
}

var oidRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}

// ByName returns the enabled row of a key type.
func ByName(name string) (*Type, bool) {
	for _, t := range types {
		if t.Name == name && !t.disabled {
			return t, true
		}
	}
	return nil, false
}

// Curve is the curve of an ECDSA key type and nil for the others.
func (t *Type) Curve() elliptic.Curve { return t.curve }

// Agrees reports whether a key of type t can agree on a secret: X25519, which does
// nothing else, and the curves of ECDSA.
func (t *Type) Agrees() bool { return t.Alg == "" || t.curve != nil }

// Accepts reports whether alg is a name of the algorithm of t.
func (t *Type) Accepts(alg string) bool {
	if t.Alg == "" {
		return false
	}
	if alg == t.Alg {
		return true
	}
	for _, a := range t.AlgAlso {
		if alg == a {
			return true
		}
	}
	return false
}

// Encode returns the Multikey text of a public key and its type: an
// ed25519.PublicKey, an *ecdsa.PublicKey or an *ecdh.PublicKey of X25519. A key
// that Decode would refuse is refused.
func Encode(pub crypto.PublicKey) (string, *Type, error) {
	return encode(pub, func(t *Type) decoder { return t.decode })
}

// EncodeUnproven is Encode for a key that was just generated, and so is a point.
func EncodeUnproven(pub crypto.PublicKey) (string, *Type, error) {
	return encode(pub, (*Type).unprovenDecoder)
}

func encode(pub crypto.PublicKey, check func(*Type) decoder) (string, *Type, error) {
	for _, t := range types {
		if t.disabled {
			continue
		}
		raw, mine, err := t.encode(t, pub)
		if err != nil {
			return "", nil, err
		}
		if !mine {
			continue
		}
		if _, err := check(t)(t, raw); err != nil {
			return "", nil, err
		}
		text, err := multibase.Encode(multibase.Base58BTC, append(t.codec[:], raw...))
		return text, t, err
	}
	return "", nil, fmt.Errorf("%w: %T", ErrUnsupported, pub)
}

// raw returns the bytes of a key that has to be of type t.
func (t *Type) raw(pub crypto.PublicKey) ([]byte, error) {
	raw, mine, err := t.encode(t, pub)
	if err == nil && !mine {
		err = fmt.Errorf("%w: %T as %s", ErrUnsupported, pub, t.Name)
	}
	return raw, err
}

// Decode reads Multikey text.
func Decode(text string) (crypto.PublicKey, *Type, error) {
	t, raw, err := split(text)
	if err != nil {
		return nil, nil, err
	}
	pub, err := t.decode(t, raw)
	if err != nil {
		return nil, nil, err
	}
	return pub, t, nil
}

// DecodeUnproven is Decode, but that bytes which are no point of Ed25519 pass:
// finding out costs a tenth of a signature. No signature verifies under them, so
// a caller who goes on to verify one by that key has found out.
func DecodeUnproven(text string) (crypto.PublicKey, *Type, error) {
	t, raw, err := split(text)
	if err != nil {
		return nil, nil, err
	}
	pub, err := t.unprovenDecoder()(t, raw)
	if err != nil {
		return nil, nil, err
	}
	return pub, t, nil
}

func (t *Type) unprovenDecoder() decoder {
	if t.unproven != nil {
		return t.unproven
	}
	return t.decode
}

// split reads the type and the bytes of a key. Base58 has one text for bytes that
// do not begin with zero, as no type's do.
func split(text string) (*Type, []byte, error) {
	if len(text) > MaxText {
		return nil, nil, tooLong(text)
	}
	if len(text) == 0 || text[0] != 'z' {
		return nil, nil, fmt.Errorf("%w: want z and at most %d characters of base58", ErrText, MaxText)
	}
	_, data, err := multibase.Decode(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrText, err)
	}
	if len(data) < 2 {
		return nil, nil, fmt.Errorf("%w: no key type", ErrText)
	}
	t, err := byCodec([2]byte(data[:2]))
	if err != nil {
		return nil, nil, err
	}
	raw := data[2:]
	if len(raw) != t.size {
		return nil, nil, fmt.Errorf("%w: %d bytes, a %s key has %d", ErrSize, len(raw), t.Name, t.size)
	}
	return t, raw, nil
}

// Bytes returns the bytes of the key in Multikey text, without the prefix that
// names its type.
func Bytes(text string) ([]byte, error) {
	_, raw, err := split(text)
	return raw, err
}

func tooLong(text string) error {
	for _, t := range types {
		if t.long != "" && strings.HasPrefix(text, t.long) {
			return t.unsupported()
		}
	}
	return fmt.Errorf("%w: %d characters, at most %d", ErrText, len(text), MaxText)
}

func byCodec(codec [2]byte) (*Type, error) {
	for _, t := range types {
		switch {
		case t.codec != codec:
		case t.disabled:
			return nil, t.unsupported()
		default:
			return t, nil
		}
	}
	return nil, fmt.Errorf("%w: multicodec %x", ErrUnsupported, codec)
}

func (t *Type) unsupported() error { return fmt.Errorf("%w: %s", ErrUnsupported, t.Name) }
