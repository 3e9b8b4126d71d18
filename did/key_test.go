//lint:file-ignore SA1019 keys that other libraries made have raw coordinates and a deprecated curve

package did_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/multiformats/go-multibase"
	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/vectors"
)

var keyTypes = []did.KeyType{did.Ed25519, did.P256, did.P384, did.P521, did.Secp256k1}

// curves are those of the ECDSA key types.
var curves = map[did.KeyType]elliptic.Curve{
	did.P256: elliptic.P256(), did.P384: elliptic.P384(), did.P521: elliptic.P521(), did.Secp256k1: secp256k1.S256(),
}

func is(err, target error) bool { return errors.Is(err, target) }

// raw returns the bytes of a key as did:key has them.
func raw(t *testing.T, k did.Key) []byte {
	t.Helper()
	_, data, err := multibase.Decode(k.Multibase())
	require.NoError(t, err)
	return data[2:]
}

func TestVectorsEd25519(t *testing.T) {
	var file map[string]struct {
		Seed string
		Doc  struct {
			ID                            string
			AssertionMethod, KeyAgreement []string
		} `json:"didDocument"`
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "did-key", "ed25519-x25519.json"), &file))
	require.NotEmpty(t, file)
	for want, c := range file {
		seed, err := hex.DecodeString(c.Seed)
		require.NoError(t, err)
		s, err := did.NewSignerFromSeed(did.Ed25519, seed)
		require.NoError(t, err)
		require.Equal(t, want, s.DID().String())
		doc, err := did.Resolve(s.DID())
		require.NoError(t, err)
		require.Equal(t, c.Doc.ID, doc.ID.String())
		require.Equal(t, c.Doc.AssertionMethod, doc.Uses[did.AssertionMethod])
		require.Equal(t, s.Method(), c.Doc.AssertionMethod[0])
		_, err = did.FindKey(t.Context(), nil, s.DID(), s.Method(), did.KeyAgreement)
		require.ErrorIs(t, err, did.ErrNotFound)
		_, err = did.FindKey(t.Context(), nil, s.DID(), c.Doc.KeyAgreement[0], did.AssertionMethod)
		require.ErrorIs(t, err, did.ErrNotFound)
		agreement, err := did.FindKey(t.Context(), nil, s.DID(), c.Doc.KeyAgreement[0], did.KeyAgreement)
		require.NoError(t, err)
		require.Equal(t, did.X25519, agreement.Type())
	}
}

func TestVectorsNIST(t *testing.T) {
	type jwk struct{ Crv, X, Y, D string }
	var file map[string]struct {
		Method struct {
			Type    string
			Private jwk    `json:"privateKeyJwk"`
			Base58  string `json:"privateKeyBase58"`
		} `json:"verificationMethod"`
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "did-key", "nist-curves.json"), &file))
	require.NotEmpty(t, file)
	for want, c := range file {
		curve := c.Method.Private.Crv
		d, err := base64.RawURLEncoding.DecodeString(c.Method.Private.D)
		require.NoError(t, err)
		if c.Method.Base58 != "" { // P256Key2021, P384Key2021
			curve = "P-" + c.Method.Type[1:4]
			_, d, err = multibase.Decode("z" + c.Method.Base58)
			require.NoError(t, err)
		}
		s, err := did.NewSignerFromSeed(did.KeyType(curve), d)
		require.NoError(t, err)
		require.Equal(t, want, s.DID().String())
		parsed, err := did.Parse(want)
		require.NoError(t, err)
		key, err := did.KeyOf(parsed)
		require.NoError(t, err)
		require.Equal(t, curve, string(key.Type()))
		if c.Method.Private.X != "" {
			x, err := base64.RawURLEncoding.DecodeString(c.Method.Private.X)
			require.NoError(t, err)
			require.Equal(t, x, raw(t, key)[1:])
		}
	}
}

func TestVectorsSecp256k1(t *testing.T) {
	var file map[string]struct {
		Seed string
		Pair struct {
			Private struct{ D string } `json:"privateKeyJwk"`
		} `json:"verificationKeyPair"`
		Doc struct {
			AssertionMethod []string
		} `json:"didDocument"`
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "did-key", "secp256k1.json"), &file))
	require.Len(t, file, 6)
	for want, c := range file {
		seed, err := hex.DecodeString(c.Seed)
		require.NoError(t, err)
		if c.Seed == "" {
			seed, err = base64.RawURLEncoding.DecodeString(c.Pair.Private.D)
			require.NoError(t, err)
		}
		s, err := did.NewSignerFromSeed(did.Secp256k1, seed)
		require.NoError(t, err)
		require.Equal(t, want, s.DID().String())
		require.Equal(t, c.Doc.AssertionMethod, []string{s.Method()})
	}
}

// Other libraries have the curve as another value than decred's, or as a generic
// one of the standard library's parameters.
func TestSecp256k1IsTheCurveAndNotItsGoValue(t *testing.T) {
	priv, err := ecdsa.GenerateKey(secp256k1.S256(), rand.Reader)
	require.NoError(t, err)
	params := *secp256k1.S256().Params()
	params.Name = "another name"
	foreign := ecdsa.PublicKey{Curve: &params, X: priv.X, Y: priv.Y}
	want, err := did.NewKey(priv.Public())
	require.NoError(t, err)
	got, err := did.NewKey(&foreign)
	require.NoError(t, err)
	require.Equal(t, want.Multibase(), got.Multibase())

	params.B = big.NewInt(8)
	_, err = did.NewKey(&foreign)
	require.ErrorIs(t, err, did.ErrKeyType)
	_, err = did.NewKey(&ecdsa.PublicKey{})
	require.ErrorIs(t, err, did.ErrKeyType)
	_, err = did.NewKey(&ecdsa.PublicKey{Curve: &elliptic.CurveParams{}})
	require.ErrorIs(t, err, did.ErrKeyType)
	for _, x := range []*big.Int{nil, big.NewInt(-1), big.NewInt(1), new(big.Int).Lsh(priv.X, 8), params.P} {
		_, err = did.NewKey(&ecdsa.PublicKey{Curve: secp256k1.S256(), X: x, Y: priv.Y})
		require.ErrorIs(t, err, did.ErrKey, "%v", x)
	}
	_, err = did.NewSigner(&ecdsa.PrivateKey{PublicKey: priv.PublicKey, D: new(big.Int)})
	require.ErrorIs(t, err, did.ErrKey)
}

func TestSecp256k1NumbersAreInRange(t *testing.T) {
	s, err := did.GenerateKey(did.Secp256k1)
	require.NoError(t, err)
	sig, err := s.Sign([]byte("data"))
	require.NoError(t, err)
	require.Len(t, sig, 64)
	n := secp256k1.S256().Params().N
	for _, half := range []int{0, 32} {
		v := new(big.Int).SetBytes(sig[half : half+32])
		for name, bad := range map[string]*big.Int{
			"0": new(big.Int), "the order": n, "beyond the order": new(big.Int).Add(n, big.NewInt(1)),
			"all ones": new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)),
			"plus one": new(big.Int).Add(v, big.NewInt(1)),
		} {
			forged := bytes.Clone(sig)
			bad.FillBytes(forged[half : half+32])
			require.ErrorIs(t, s.Key().Verify("ES256K", []byte("data"), forged), did.ErrSignature, name)
		}
	}
	for _, bad := range [][]byte{nil, sig[:63], append(bytes.Clone(sig), 0)} {
		require.ErrorIs(t, s.Key().Verify("ES256K", []byte("data"), bad), did.ErrSignature)
	}
}

func TestUnsupportedKeyTypesAreNamed(t *testing.T) {
	for file, name := range map[string]string{
		"bls12381.json": "BLS12-381", "rsa.json": "RSA",
	} {
		var all map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(vectors.Read(t, "did-key", file), &all))
		if nested, ok := all["didDocument"]; ok {
			all = nil
			require.NoError(t, json.Unmarshal(nested, &all))
		}
		require.NotEmpty(t, all)
		for text := range all {
			_, err := did.Parse(text)
			require.ErrorIs(t, err, did.ErrKeyType, "%s: %s", file, text)
			require.ErrorContains(t, err, name)
		}
	}
	for _, typ := range []did.KeyType{"", "RSA", "ed25519", "P-224", "SECP256K1", "ML-DSA-44", "BLS12-381 G1", did.X25519} {
		_, err := did.GenerateKey(typ)
		require.ErrorIs(t, err, did.ErrKeyType)
		_, err = did.NewSignerFromSeed(typ, make([]byte, 32))
		require.ErrorIs(t, err, did.ErrKeyType)
	}
}

func TestKeyRefusals(t *testing.T) {
	text := func(data ...byte) string {
		s, err := multibase.Encode(multibase.Base58BTC, data)
		require.NoError(t, err)
		return s
	}
	identity := make([]byte, 32)
	identity[0] = 1
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"small order": {text(append([]byte{0xed, 1}, identity...)...), did.ErrKey},
		"short":       {text(append([]byte{0xed, 1}, identity[:31]...)...), did.ErrKeyLength},
		"X25519":      {text(append([]byte{0xec, 1}, identity...)...), did.ErrKey},
		"BLS12-381":   {text(append([]byte{0xea, 1}, make([]byte, 48)...)...), did.ErrKeyType},
		"not base58":  {"z0", did.ErrInvalid},
		"base64":      {"u7QEA", did.ErrInvalid},
	} {
		_, err := did.ParseKey(c.text)
		require.ErrorIs(t, err, c.want, name)
		_, err = did.Parse("did:key:" + c.text)
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := did.NewKey(ed25519.PublicKey(identity))
	require.ErrorIs(t, err, did.ErrKey)
	_, err = did.NewKey(ed25519.PublicKey(nil))
	require.ErrorIs(t, err, did.ErrKeyLength)
	_, err = did.NewKey("text")
	require.ErrorIs(t, err, did.ErrKeyType)
	//lint:ignore SA1019 what is deprecated is what a careless caller does
	_, err = did.NewKey(&ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)})
	require.ErrorIs(t, err, did.ErrKey)
}

func TestZeroKeyVerifiesNothing(t *testing.T) {
	var k did.Key
	require.ErrorIs(t, k.Verify("EdDSA", nil, make([]byte, 64)), did.ErrSignature)
	require.ErrorIs(t, k.Verify("", nil, nil), did.ErrSignature)
	require.False(t, k.Canonical(make([]byte, 64)))
	require.True(t, k.DID().IsZero())
	require.Empty(t, k.Method()+k.Multibase()+string(k.Type())+k.Algorithm())
	require.Nil(t, k.Public())
}

func TestNewKeyKeepsACopy(t *testing.T) {
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	key, err := did.NewKey(pub)
	require.NoError(t, err)
	clear(pub)
	require.NoError(t, key.Verify("EdDSA", nil, ed25519.Sign(priv, nil)))
}

// The key decides the algorithm; a header may only agree.
func TestVerifyTakesTheAlgorithmFromTheKey(t *testing.T) {
	accepted := map[did.KeyType][]string{
		did.Ed25519: {"EdDSA", "Ed25519"}, did.P256: {"ES256"}, did.P384: {"ES384"}, did.P521: {"ES512"},
		did.Secp256k1: {"ES256K"},
	}
	for _, typ := range keyTypes {
		s, err := did.GenerateKey(typ)
		require.NoError(t, err)
		sig, err := s.Sign([]byte("data"))
		require.NoError(t, err)
		ok := map[string]bool{}
		for _, alg := range accepted[typ] {
			ok[alg] = true
		}
		require.True(t, ok[s.Key().Algorithm()])
		for _, alg := range []string{
			"EdDSA", "Ed25519", "ES256", "ES384", "ES512", "", "none", "None", "NONE", "eddsa", "EdDSA ", "Ed448",
			"ES256K", "HS256", "HS512", "RS256", "PS256", "es256", "ESP256", "ML-DSA-44",
		} {
			err := s.Key().Verify(alg, []byte("data"), sig)
			if ok[alg] {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, did.ErrSignature, "%s with alg %q", typ, alg)
			}
		}
		require.ErrorIs(t, s.Key().Verify(s.Key().Algorithm(), []byte("Data"), sig), did.ErrSignature)
		require.ErrorIs(t, s.Key().Verify(s.Key().Algorithm(), []byte("data"), nil), did.ErrSignature)
		other, err := did.GenerateKey(typ)
		require.NoError(t, err)
		require.ErrorIs(t, other.Key().Verify(s.Key().Algorithm(), []byte("data"), sig), did.ErrSignature)
	}
}

func TestCanonicalTellsTheTwoFormsOfAnECDSASignature(t *testing.T) {
	for typ, curve := range curves {
		s, err := did.GenerateKey(typ)
		require.NoError(t, err)
		sig, err := s.Sign([]byte("data"))
		require.NoError(t, err)
		require.True(t, s.Key().Canonical(sig))

		high := bytes.Clone(sig)
		half := len(sig) / 2
		n := curve.Params().N
		new(big.Int).Sub(n, new(big.Int).SetBytes(sig[half:])).FillBytes(high[half:])
		require.NoError(t, s.Key().Verify(s.Key().Algorithm(), []byte("data"), high), "anyone can make the other form")
		require.False(t, s.Key().Canonical(high))
		require.False(t, s.Key().Canonical(nil))
		require.False(t, s.Key().Canonical(sig[1:]))

		edge := make([]byte, len(sig))
		limit := new(big.Int).Rsh(n, 1)
		limit.FillBytes(edge[half:])
		require.True(t, s.Key().Canonical(edge))
		limit.Add(limit, big.NewInt(1)).FillBytes(edge[half:])
		require.False(t, s.Key().Canonical(edge))
	}
	s := personas.New("alice")
	require.True(t, s.Key().Canonical(make([]byte, 64)))
	require.False(t, s.Key().Canonical(make([]byte, 63)))
}

func TestVerifyRefusesASignatureNobodyMade(t *testing.T) {
	for _, typ := range keyTypes {
		s, err := did.GenerateKey(typ)
		require.NoError(t, err)
		sig, err := s.Sign(nil)
		require.NoError(t, err)
		require.ErrorIs(t, s.Key().Verify(s.Key().Algorithm(), nil, make([]byte, len(sig))), did.ErrSignature)
	}
}

func TestKeyBytes(t *testing.T) {
	for _, kind := range []did.KeyType{did.Ed25519, did.P256, did.P384, did.P521, did.Secp256k1} {
		s, err := did.GenerateKey(kind)
		require.NoError(t, err)
		require.Equal(t, raw(t, s.Key()), s.Key().Bytes(), kind)
	}
	require.Nil(t, did.Key{}.Bytes())
}
