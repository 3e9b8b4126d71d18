package multikey_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/secp256k1"
)

var enabled = []string{"Ed25519", "P-256", "P-384", "P-521", "secp256k1", "X25519"}

// seed returns the type called name and a seed of it, always the same one.
func seedOf(t testing.TB, name string) (*multikey.Type, []byte) {
	t.Helper()
	row, ok := multikey.ByName(name)
	require.True(t, ok, name)
	seed := bytes.Repeat([]byte{7}, row.SeedSize())
	if name == "P-521" {
		seed[0] = 0
	}
	return row, seed
}

func privateOf(t testing.TB, name string) crypto.PrivateKey {
	t.Helper()
	row, seed := seedOf(t, name)
	priv, err := row.FromSeed(seed)
	require.NoError(t, err)
	return priv
}

func TestRowsThatAreDisabledAreNoTypes(t *testing.T) {
	for _, name := range []string{"ML-DSA-44", "RSA", "BLS12-381 G1", "BLS12-381 G2", "BLS12-381 G1 and G2", "", "x25519"} {
		_, ok := multikey.ByName(name)
		require.False(t, ok, name)
	}
}

func TestWhatTypesDo(t *testing.T) {
	for _, name := range enabled {
		row, _ := seedOf(t, name)
		require.False(t, row.Accepts(""))
		require.False(t, row.Accepts("none"))
		require.Equal(t, name != "X25519", row.Accepts(row.Alg), name)
		require.Equal(t, name != "Ed25519", row.Agrees(), name)
		require.Equal(t, strings.HasPrefix(name, "P-") || name == "secp256k1", row.Curve() != nil)
		if row.Alg != "" {
			priv, err := row.Generate()
			require.NoError(t, err)
			again, seed, err := multikey.Seed(priv)
			require.NoError(t, err)
			require.Equal(t, row, again)
			require.Len(t, seed, row.SeedSize())
			text, _, err := multikey.EncodeUnproven(multikey.PublicOf(priv))
			require.NoError(t, err)
			_, unproven, err := multikey.DecodeUnproven(text)
			require.NoError(t, err)
			require.Equal(t, row, unproven)
			raw, err := multikey.Bytes(text)
			require.NoError(t, err)
			require.Equal(t, text, z(t, codecOf(t, name), raw))
		}
	}
	row, _ := seedOf(t, "Ed25519")
	require.True(t, row.Accepts("Ed25519"))
	_, err := multikey.Bytes("z")
	require.ErrorIs(t, err, multikey.ErrText)
	_, _, err = multikey.DecodeUnproven("z")
	require.ErrorIs(t, err, multikey.ErrText)
	_, _, err = multikey.DecodeUnproven(z(t, ed25519Codec, make([]byte, 32)))
	require.ErrorIs(t, err, multikey.ErrKey)
}

func codecOf(t testing.TB, name string) []byte {
	t.Helper()
	return map[string][]byte{
		"Ed25519": ed25519Codec, "P-256": p256Codec, "P-384": p384Codec, "P-521": p521Codec, "secp256k1": secpCodec, "X25519": {0xec, 1},
	}[name]
}

func TestSeedIsWhatFromSeedTakes(t *testing.T) {
	for _, name := range enabled {
		row, want := seedOf(t, name)
		priv := privateOf(t, name)
		got, seed, err := multikey.Seed(priv)
		require.NoError(t, err)
		require.Equal(t, row, got)
		require.Equal(t, want, seed)
		require.NoError(t, multikey.CheckPrivate(priv))
		for _, bad := range [][]byte{nil, want[1:], append([]byte{0}, want...)} {
			_, err := row.FromSeed(bad)
			require.ErrorIs(t, err, multikey.ErrSize, name)
		}
		if row.Curve() != nil {
			_, err := row.FromSeed(make([]byte, row.SeedSize()))
			require.ErrorIs(t, err, multikey.ErrKey)
			_, err = row.FromSeed(bytes.Repeat([]byte{0xff}, row.SeedSize()))
			require.ErrorIs(t, err, multikey.ErrKey)
		}
	}
	ours, ok := privateOf(t, "secp256k1").(*secp256k1.PrivateKey)
	require.True(t, ok)
	d := new(big.Int).SetBytes(ours.Bytes())
	std := scalar(*ours.Public().(*ecdsa.PublicKey), d)
	_, seed, err := multikey.Seed(std)
	require.NoError(t, err)
	require.Equal(t, ours.Bytes(), seed)
	signer, local, err := multikey.Local(std)
	require.NoError(t, err)
	require.True(t, local)
	require.Equal(t, ours, signer)
}

// scalar is a private key as its parts, whether they fit or not.
func scalar(pub ecdsa.PublicKey, d *big.Int) *ecdsa.PrivateKey {
	//lint:ignore SA1019 what is deprecated is what a careless caller does
	return &ecdsa.PrivateKey{PublicKey: pub, D: d}
}

func TestSeedRefusals(t *testing.T) {
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	ecdhP256, err := ecdh.P256().GenerateKey(rand.Reader)
	require.NoError(t, err)
	p256, ok := privateOf(t, "P-256").(*ecdsa.PrivateKey)
	require.True(t, ok)
	for name, c := range map[string]struct {
		priv crypto.PrivateKey
		want error
	}{
		"nil":               {nil, multikey.ErrUnsupported},
		"a nil X25519":      {(*ecdh.PrivateKey)(nil), multikey.ErrUnsupported},
		"ECDH on P-256":     {ecdhP256, multikey.ErrUnsupported},
		"P-224":             {p224, multikey.ErrUnsupported},
		"Ed25519, short":    {ed25519.PrivateKey(make([]byte, 63)), multikey.ErrSize},
		"a nil P-256":       {(*ecdsa.PrivateKey)(nil), multikey.ErrKey},
		"no curve":          {scalar(ecdsa.PublicKey{}, big.NewInt(1)), multikey.ErrKey},
		"no D":              {&ecdsa.PrivateKey{PublicKey: p256.PublicKey}, multikey.ErrKey},
		"D beyond":          {scalar(p256.PublicKey, new(big.Int).Lsh(big.NewInt(1), 300)), multikey.ErrKey},
		"secp256k1, D zero": {scalar(ecdsa.PublicKey{Curve: secp256k1.Curve()}, new(big.Int)), multikey.ErrKey},
	} {
		_, _, err := multikey.Seed(c.priv)
		require.ErrorIs(t, err, c.want, name)
		require.ErrorIs(t, multikey.CheckPrivate(c.priv), c.want, name)
	}
	require.Nil(t, multikey.PublicOf("no key"))
	// The public half may be missing, broken, or of another type.
	for _, pub := range []ecdsa.PublicKey{{Curve: elliptic.P256()}, *affine(elliptic.P256(), big.NewInt(1), big.NewInt(1))} {
		require.ErrorIs(t, multikey.CheckPrivate(scalar(pub, big.NewInt(7))), multikey.ErrKey)
	}
	for _, signer := range []crypto.Signer{privateOf(t, "Ed25519").(crypto.Signer), privateOf(t, "P-256").(crypto.Signer), privateOf(t, "secp256k1").(crypto.Signer)} {
		same, local, err := multikey.Local(signer)
		require.NoError(t, err)
		require.True(t, local)
		require.Equal(t, signer, same)
	}
	_, local, err := multikey.Local(elsewhere{})
	require.NoError(t, err)
	require.False(t, local)
	for _, signer := range []crypto.Signer{ed25519.PrivateKey{}, &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: secp256k1.Curve()}}} {
		_, local, err := multikey.Local(signer)
		require.Error(t, err)
		require.True(t, local)
	}
}

// elsewhere is a private key that this program does not hold.
type elsewhere struct{ crypto.Signer }

func TestJWKRoundTrip(t *testing.T) {
	for _, name := range enabled {
		row, seed := seedOf(t, name)
		pub := multikey.PublicOf(privateOf(t, name))
		public, err := multikey.ToJWK(row, pub, nil)
		require.NoError(t, err)
		got, typ, use, err := multikey.FromJWK(public)
		require.NoError(t, err, name)
		require.Equal(t, row, typ)
		want := multikey.UseAny
		if name == "Ed25519" {
			want = multikey.UseSig
		} else if name == "X25519" {
			want = multikey.UseEnc
		}
		require.Equal(t, want, use)
		a, _, err := multikey.Encode(pub)
		require.NoError(t, err)
		b, _, err := multikey.Encode(got)
		require.NoError(t, err)
		require.Equal(t, a, b)

		private, err := multikey.ToJWK(row, pub, seed)
		require.NoError(t, err)
		typ, again, err := multikey.FromPrivateJWK(private)
		require.NoError(t, err)
		require.Equal(t, row, typ)
		require.Equal(t, seed, again)
		_, _, _, err = multikey.FromJWK(private)
		require.ErrorIs(t, err, multikey.ErrKey)
		_, _, err = multikey.FromPrivateJWK(public)
		require.ErrorIs(t, err, multikey.ErrSize)

		_, err = multikey.ToJWK(row, nil, nil)
		require.ErrorIs(t, err, multikey.ErrUnsupported)
	}
}

func TestJWKRefusals(t *testing.T) {
	row, _ := seedOf(t, "P-256")
	text, err := multikey.ToJWK(row, multikey.PublicOf(privateOf(t, "P-256")), nil)
	require.NoError(t, err)
	good := string(text)
	x, y := good[31:74], good[len(good)-45:len(good)-2]
	raw, err := base64.RawURLEncoding.DecodeString(y)
	require.NoError(t, err)
	raw[0] ^= 1
	const okp = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	for name, c := range map[string]struct {
		jwk  string
		want error
	}{
		"not JSON":         {"x", multikey.ErrText},
		"no kty":           {strings.Replace(good, `"kty":"EC",`, "", 1), multikey.ErrText},
		"another kty":      {strings.Replace(good, `"EC"`, `"OKP"`, 1), multikey.ErrText},
		"no crv":           {strings.Replace(good, `"crv":"P-256",`, "", 1), multikey.ErrUnsupported},
		"RSA":              {`{"kty":"RSA","n":"AA","e":"AQAB"}`, multikey.ErrUnsupported},
		"empty x":          {strings.Replace(good, x, "", 1), multikey.ErrText},
		"padded x":         {strings.Replace(good, x, x+"=", 1), multikey.ErrText},
		"long x":           {strings.Replace(good, x, "AAAA"+x, 1), multikey.ErrSize},
		"long y":           {strings.Replace(good, y, "AAAA"+y, 1), multikey.ErrSize},
		"y off the curve":  {strings.Replace(good, y, base64.RawURLEncoding.EncodeToString(raw), 1), multikey.ErrKey},
		"x off the curve":  {strings.Replace(good, x, strings.Repeat("_", 42)+"8", 1), multikey.ErrKey},
		"private":          {strings.Replace(good, "{", `{"d":"AA",`, 1), multikey.ErrKey},
		"alg of another":   {strings.Replace(good, "{", `{"alg":"EdDSA",`, 1), multikey.ErrText},
		"unknown use":      {strings.Replace(good, "{", `{"use":"x",`, 1), multikey.ErrText},
		"y where none is":  {okp + `,"y":"AA"}`, multikey.ErrText},
		"use that is none": {okp + `,"use":"enc"}`, multikey.ErrText},
	} {
		_, _, _, err := multikey.FromJWK([]byte(c.jwk))
		require.ErrorIs(t, err, c.want, name)
	}
	_, _, _, err = multikey.FromJWK([]byte(okp + `,"use":"sig","kid":"k","alg":"EdDSA"}`))
	require.NoError(t, err)
	_, _, err = multikey.FromPrivateJWK([]byte(okp + `,"d":"` + strings.Repeat("A", 43) + `"}`))
	require.ErrorIs(t, err, multikey.ErrKey)
	_, _, err = multikey.FromPrivateJWK([]byte(`{"kty":"OKP","crv":"Ed25519","ext":true,"key_ops":["sign"],"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`))
	require.NoError(t, err, "as WebCrypto writes it")
	_, _, err = multikey.FromPrivateJWK([]byte(`{}`))
	require.ErrorIs(t, err, multikey.ErrText)
}

// RFC 8037 appendix A.3: the thumbprint is of the very text that ToJWK writes.
func TestJWKIsThatOfTheThumbprint(t *testing.T) {
	const text = `{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	pub, row, _, err := multikey.FromJWK([]byte(text))
	require.NoError(t, err)
	again, err := multikey.ToJWK(row, pub, nil)
	require.NoError(t, err)
	require.Equal(t, text, string(again))
}

func TestJWKPassesOver(t *testing.T) {
	row, _ := seedOf(t, "P-256")
	text, err := multikey.ToJWK(row, multikey.PublicOf(privateOf(t, "P-256")), nil)
	require.NoError(t, err)
	with := func(members string) []byte {
		return []byte(strings.TrimSuffix(string(text), "}") + "," + members + "}")
	}
	for members, want := range map[string]multikey.Use{
		`"ext":true,"x5c":["x"],"nested":{"d":"x"}`: multikey.UseAny, `"key_ops":["verify"]`: multikey.UseSig,
		`"key_ops":["deriveKey"]`: multikey.UseEnc, `"use":"enc","key_ops":["deriveBits","verify"]`: multikey.UseEnc,
		`"alg":"ECDH-ES+A128KW"`: multikey.UseEnc, `"alg":"ES256","use":"sig"`: multikey.UseSig,
	} {
		_, _, use, err := multikey.FromJWK(with(members))
		require.NoError(t, err, members)
		require.Equal(t, want, use, members)
	}
	for members, want := range map[string]error{
		`"key_ops":["encrypt"]`: multikey.ErrText, `"key_ops":[1]`: multikey.ErrText, `"key_ops":"verify"`: multikey.ErrText,
		`"key_ops":[` + strings.Repeat(`"verify",`, 20) + `"verify"]`: multikey.ErrText,
		`"use":"sig","key_ops":["deriveKey"]`:                         multikey.ErrText,
		`"alg":"ECDH"`:                                                multikey.ErrText, `"alg":"ECDH-ESx"`: multikey.ErrText,
	} {
		_, _, _, err := multikey.FromJWK(with(members))
		require.ErrorIs(t, err, want, members)
	}
}

func TestPKCS8RoundTrip(t *testing.T) {
	for _, name := range enabled {
		row, seed := seedOf(t, name)
		der, err := multikey.ToPKCS8(row, seed)
		require.NoError(t, err)
		typ, again, err := multikey.FromPKCS8(der)
		require.NoError(t, err, name)
		require.Equal(t, row, typ)
		require.Equal(t, seed, again)
		if name != "secp256k1" {
			std, err := x509.MarshalPKCS8PrivateKey(privateOf(t, name))
			require.NoError(t, err)
			require.Equal(t, std, der)
		}
		_, err = multikey.ToPKCS8(row, nil)
		require.ErrorIs(t, err, multikey.ErrSize)
	}
}

type oneAsymmetricKey struct {
	Version    int
	Algorithm  pkix.AlgorithmIdentifier
	PrivateKey []byte
	PublicKey  asn1.BitString `asn1:"optional,tag:1"`
}

type ecPrivate struct {
	Version    int
	PrivateKey []byte
	Curve      asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	PublicKey  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

func der(t testing.TB, v any) []byte {
	t.Helper()
	out, err := asn1.Marshal(v)
	require.NoError(t, err)
	return out
}

func bits(b []byte) asn1.BitString { return asn1.BitString{Bytes: b, BitLength: 8 * len(b)} }

// The forms that the standards allow and others write: another version, the curve
// once more inside, no public key, one that is compressed, one outside.
func TestPKCS8InOtherForms(t *testing.T) {
	ec, p256, p384 := asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}, asn1.ObjectIdentifier{1, 3, 132, 0, 34}
	edOID := asn1.ObjectIdentifier{1, 3, 101, 112}
	_, seed := seedOf(t, "P-256")
	_, edSeed := seedOf(t, "Ed25519")
	pub := multikey.PublicOf(privateOf(t, "P-256")).(*ecdsa.PublicKey)
	full, err := pub.Bytes()
	require.NoError(t, err)
	short := append([]byte{2 + full[64]&1}, full[1:33]...)
	edPub := multikey.PublicOf(privateOf(t, "Ed25519")).(ed25519.PublicKey)
	on := func(oid asn1.ObjectIdentifier) pkix.AlgorithmIdentifier {
		return pkix.AlgorithmIdentifier{Algorithm: ec, Parameters: asn1.RawValue{FullBytes: der(t, oid)}}
	}
	null := asn1.RawValue{FullBytes: []byte{5, 0}}
	ed := pkix.AlgorithmIdentifier{Algorithm: edOID}
	flipped := bytes.Clone(full)
	flipped[40] ^= 1
	less := bytes.Clone(full)
	less[len(less)-1] &^= 1
	for name, c := range map[string]struct {
		key  oneAsymmetricKey
		want error
	}{
		"no public key":           {oneAsymmetricKey{0, on(p256), der(t, ecPrivate{Version: 1, PrivateKey: seed}), asn1.BitString{}}, nil},
		"the curve inside":        {oneAsymmetricKey{0, on(p256), der(t, ecPrivate{1, seed, p256, bits(full)}), asn1.BitString{}}, nil},
		"compressed":              {oneAsymmetricKey{0, on(p256), der(t, ecPrivate{1, seed, nil, bits(short)}), asn1.BitString{}}, nil},
		"public key outside":      {oneAsymmetricKey{1, on(p256), der(t, ecPrivate{Version: 1, PrivateKey: seed}), bits(full)}, nil},
		"Ed25519 and its public":  {oneAsymmetricKey{1, ed, der(t, edSeed), bits(edPub)}, nil},
		"version 2":               {oneAsymmetricKey{2, ed, der(t, edSeed), asn1.BitString{}}, multikey.ErrText},
		"negative version":        {oneAsymmetricKey{-1, ed, der(t, edSeed), asn1.BitString{}}, multikey.ErrText},
		"inner version 2":         {oneAsymmetricKey{0, on(p256), der(t, ecPrivate{Version: 2, PrivateKey: seed}), asn1.BitString{}}, multikey.ErrText},
		"another curve inside":    {oneAsymmetricKey{0, on(p256), der(t, ecPrivate{1, seed, p384, asn1.BitString{}}), asn1.BitString{}}, multikey.ErrText},
		"another curve":           {oneAsymmetricKey{0, on(p384), der(t, ecPrivate{Version: 1, PrivateKey: seed}), asn1.BitString{}}, multikey.ErrSize},
		"another point":           {oneAsymmetricKey{0, on(p256), der(t, ecPrivate{1, seed, nil, bits(flipped)}), asn1.BitString{}}, multikey.ErrKey},
		"another point outside":   {oneAsymmetricKey{1, on(p256), der(t, ecPrivate{Version: 1, PrivateKey: seed}), bits(flipped)}, multikey.ErrKey},
		"a bit less of a point":   {oneAsymmetricKey{1, on(p256), der(t, ecPrivate{Version: 1, PrivateKey: seed}), asn1.BitString{Bytes: less, BitLength: 8*len(less) - 1}}, multikey.ErrKey},
		"Ed25519 of another":      {oneAsymmetricKey{1, ed, der(t, edSeed), bits(edKey)}, multikey.ErrKey},
		"scalar short":            {oneAsymmetricKey{0, on(p256), der(t, ecPrivate{Version: 1, PrivateKey: seed[1:]}), asn1.BitString{}}, multikey.ErrSize},
		"scalar zero":             {oneAsymmetricKey{0, on(p256), der(t, ecPrivate{Version: 1, PrivateKey: make([]byte, 32)}), asn1.BitString{}}, multikey.ErrKey},
		"Ed25519 with parameters": {oneAsymmetricKey{0, pkix.AlgorithmIdentifier{Algorithm: edOID, Parameters: null}, der(t, edSeed), asn1.BitString{}}, multikey.ErrText},
		"EC without a curve":      {oneAsymmetricKey{0, pkix.AlgorithmIdentifier{Algorithm: ec}, der(t, edSeed), asn1.BitString{}}, multikey.ErrText},
		"EC of a NULL curve":      {oneAsymmetricKey{0, pkix.AlgorithmIdentifier{Algorithm: ec, Parameters: null}, der(t, edSeed), asn1.BitString{}}, multikey.ErrText},
		"Ed25519 as a curve":      {oneAsymmetricKey{0, on(edOID), der(t, ecPrivate{Version: 1, PrivateKey: edSeed}), asn1.BitString{}}, multikey.ErrUnsupported},
		"P-256 as an algorithm":   {oneAsymmetricKey{0, pkix.AlgorithmIdentifier{Algorithm: p256}, der(t, seed), asn1.BitString{}}, multikey.ErrUnsupported},
		"a broken inner key":      {oneAsymmetricKey{0, on(p256), seed, asn1.BitString{}}, multikey.ErrText},
		"ML-DSA-44":               {oneAsymmetricKey{0, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 17}}, seed, asn1.BitString{}}, multikey.ErrUnsupported},
		"RSA":                     {oneAsymmetricKey{0, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, Parameters: null}, seed, asn1.BitString{}}, multikey.ErrUnsupported},
		"Ed448":                   {oneAsymmetricKey{0, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 101, 113}}, seed, asn1.BitString{}}, multikey.ErrUnsupported},
	} {
		_, got, err := multikey.FromPKCS8(der(t, c.key))
		if c.want == nil {
			require.NoError(t, err, name)
			require.NotEmpty(t, got)
			continue
		}
		require.ErrorIs(t, err, c.want, name)
		require.Nil(t, got)
		require.NotContains(t, err.Error(), base64.StdEncoding.EncodeToString(seed)[:8])
	}
	_, _, err = multikey.FromPKCS8(der(t, oneAsymmetricKey{0, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 17}}, seed, asn1.BitString{}}))
	require.ErrorContains(t, err, "ML-DSA-44")
	_, _, err = multikey.FromPKCS8(make([]byte, multikey.MaxPKCS8+1))
	require.ErrorIs(t, err, multikey.ErrText)
}

func FuzzFromPKCS8(f *testing.F) {
	for _, name := range enabled {
		row, seed := seedOf(f, name)
		der, err := multikey.ToPKCS8(row, seed)
		require.NoError(f, err)
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		row, seed, err := multikey.FromPKCS8(data)
		if err != nil {
			return
		}
		der, err := multikey.ToPKCS8(row, seed)
		require.NoError(t, err)
		again, seed2, err := multikey.FromPKCS8(der)
		require.NoError(t, err)
		require.Equal(t, row, again)
		require.Equal(t, seed, seed2)
	})
}
