package multikey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"

	"github.com/taperid/taper/internal/secp256k1"
)

func decodeNIST(t *Type, raw []byte) (crypto.PublicKey, error) {
	x, y := elliptic.UnmarshalCompressed(t.curve, raw)
	if x == nil {
		return nil, fmt.Errorf("%w: not a compressed point of %s", ErrKey, t.Name)
	}
	// On some curves 0 is the x of a point: the key of a buffer that nobody filled.
	if x.Sign() == 0 {
		return nil, fmt.Errorf("%w: point of %s with x = 0", ErrKey, t.Name)
	}
	n := t.size - 1
	point := make([]byte, 1+2*n)
	point[0] = 4 // SEC 1: uncompressed
	x.FillBytes(point[1 : 1+n])
	y.FillBytes(point[1+n:])
	pub, err := ecdsa.ParseUncompressedPublicKey(t.curve, point)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKey, err)
	}
	return pub, nil
}

func encodeNIST(t *Type, pub crypto.PublicKey) ([]byte, bool, error) {
	k, ok := pub.(*ecdsa.PublicKey)
	if !ok || k == nil || k.Curve != t.curve {
		return nil, false, nil
	}
	//lint:ignore SA1019 the method that replaces them panics where one is missing
	if k.X == nil || k.Y == nil {
		return nil, true, fmt.Errorf("%w: no point", ErrKey)
	}
	point, err := k.Bytes()
	if err != nil {
		return nil, true, fmt.Errorf("%w: %v", ErrKey, err)
	}
	n := t.size - 1
	return append([]byte{2 + point[2*n]&1}, point[1:1+n]...), true, nil
}

func generateNIST(t *Type) (crypto.PrivateKey, error) { return ecdsa.GenerateKey(t.curve, rand.Reader) }

func nistFromSeed(t *Type, seed []byte) (crypto.PrivateKey, error) {
	return ecdsa.ParseRawPrivateKey(t.curve, seed)
}

func decodeSecp256k1(t *Type, raw []byte) (crypto.PublicKey, error) {
	pub, err := secp256k1.Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: not a compressed point of %s", ErrKey, t.Name)
	}
	return pub, nil
}

// encodeSecp256k1 takes keys whose curve is another library's value too: nobody
// but us has decred's for one that lives in a KMS.
func encodeSecp256k1(t *Type, pub crypto.PublicKey) ([]byte, bool, error) {
	k, ok := pub.(*ecdsa.PublicKey)
	if !ok || k == nil || !secp256k1.IsCurve(k.Curve) {
		return nil, false, nil
	}
	raw, err := secp256k1.Encode(k)
	if err != nil {
		return nil, true, fmt.Errorf("%w: not a point of %s", ErrKey, t.Name)
	}
	return raw, true, nil
}

func generateSecp256k1(*Type) (crypto.PrivateKey, error) { return secp256k1.GenerateKey() }

func secp256k1FromSeed(_ *Type, seed []byte) (crypto.PrivateKey, error) {
	return secp256k1.NewPrivateKey(seed)
}

// ordinate returns the y of a key, in size bytes.
func ordinate(pub crypto.PublicKey, size int) []byte {
	k := pub.(*ecdsa.PublicKey) //nolint:errcheck // the types that call this have no other
	//lint:ignore SA1019 the method that replaces Y knows the curves of NIST alone
	return k.Y.FillBytes(make([]byte, size))
}
