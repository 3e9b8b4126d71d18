package multikey_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"filippo.io/edwards25519"
	"github.com/multiformats/go-multibase"
	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/secp256k1"
)

func text(t testing.TB, base multibase.Encoding, data ...[]byte) string {
	var all []byte
	for _, d := range data {
		all = append(all, d...)
	}
	out, err := multibase.Encode(base, all)
	require.NoError(t, err)
	return out
}

func z(t testing.TB, data ...[]byte) string { return text(t, multibase.Base58BTC, data...) }

var (
	ed25519Codec = []byte{0xed, 0x01}
	p256Codec    = []byte{0x80, 0x24}
	p384Codec    = []byte{0x81, 0x24}
	p521Codec    = []byte{0x82, 0x24}
	secpCodec    = []byte{0xe7, 0x01}
	edKey        = ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
)

func point(curve elliptic.Curve) []byte {
	return elliptic.MarshalCompressed(curve, curve.Params().Gx, curve.Params().Gy)
}

func TestDecodeReadsEveryTypeOfTheTable(t *testing.T) {
	for name, c := range map[string][2][]byte{
		"Ed25519": {ed25519Codec, edKey},
		"P-256":   {p256Codec, point(elliptic.P256())},
		"P-384":   {p384Codec, point(elliptic.P384())},
		"P-521":   {p521Codec, point(elliptic.P521())},

		"secp256k1": {secpCodec, point(secp256k1.Curve())},
	} {
		want := z(t, c[0], c[1])
		pub, typ, err := multikey.Decode(want)
		require.NoError(t, err)
		require.Equal(t, name, typ.Name)
		got, again, err := multikey.Encode(pub)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, typ, again)
		require.LessOrEqual(t, len(got), multikey.MaxText)
	}
}

func TestDecodeTakesOneTextAKey(t *testing.T) {
	good := z(t, ed25519Codec, edKey)
	for _, base := range multibase.Encodings {
		if base == multibase.Base58BTC {
			continue
		}
		other, err := multibase.Encode(base, append([]byte{0xed, 0x01}, edKey...))
		if err != nil {
			continue // not implemented there
		}
		_, _, err = multikey.Decode(other)
		require.Error(t, err, other)
		if len(other) <= multikey.MaxText {
			require.ErrorIs(t, err, multikey.ErrText, other)
		}
	}
	for _, bad := range []string{
		"", "z", " " + good, good + " ", good + "\n", good + "\x00", good[1:], "Z" + good[1:], "z1" + good[1:],
		"z" + strings.Repeat("1", 100), strings.ToLower(good), good[:20] + "0" + good[21:], good[:20] + "\u00e9" + good[21:],
		good[:20] + "\u200b" + good[20:], "\uff5a" + good[1:], strings.Repeat("z", 100_000),
	} {
		_, _, err := multikey.Decode(bad)
		require.Error(t, err, bad)
		if !strings.HasPrefix(bad, "z1") { // decodes, to a multicodec of zeros
			require.ErrorIs(t, err, multikey.ErrText, bad)
		}
	}
}

func TestDecodeRefusesTypesByName(t *testing.T) {
	for _, c := range []struct {
		name        string
		codec       []byte
		first, last []byte // how the bytes of such a key begin, at least and at most
		size        int
	}{
		{"ML-DSA-44", []byte{0x90, 0x24}, []byte{0}, []byte{0xff}, 1312},
		{"ML-DSA-44", []byte{0x90, 0x24}, []byte{0}, []byte{0xff}, 32}, // short enough to be decoded
		{"BLS12-381 G1", []byte{0xea, 0x01}, []byte{0x80}, []byte{0xbf}, 48},
		{"BLS12-381 G2", []byte{0xeb, 0x01}, []byte{0x80}, []byte{0xbf}, 96},
		{"BLS12-381 G1 and G2", []byte{0xee, 0x01}, []byte{0x80}, []byte{0xbf}, 144},
		{"RSA", []byte{0x85, 0x24}, []byte{0x30, 0x82, 1, 0x0a}, []byte{0x30, 0x82, 1, 0x0a}, 270},
		{"RSA", []byte{0x85, 0x24}, []byte{0x30, 0x82, 2, 0x0a}, []byte{0x30, 0x82, 2, 0x0a}, 526},
	} {
		first, last := make([]byte, c.size), bytes.Repeat([]byte{0xff}, c.size)
		copy(first, c.first)
		copy(last, c.last)
		for _, body := range [][]byte{first, last} {
			_, _, err := multikey.Decode(z(t, c.codec, body))
			require.ErrorIs(t, err, multikey.ErrUnsupported, c.name)
			require.ErrorContains(t, err, c.name)
		}
	}
	_, _, err := multikey.Decode(z(t, []byte{0xed}, edKey)) // varint cut
	require.ErrorIs(t, err, multikey.ErrUnsupported)
	_, _, err = multikey.Decode(z(t, []byte{0xed, 0x81, 0x00}, edKey)) // varint with a longer spelling
	require.ErrorIs(t, err, multikey.ErrUnsupported)
}

func TestDecodeRefusesOtherLengths(t *testing.T) {
	for _, data := range [][]byte{edKey[:31], append(edKey[:32:32], 0), append(edKey[:32:32], edKey...), {}} {
		_, _, err := multikey.Decode(z(t, ed25519Codec, data))
		require.ErrorIs(t, err, multikey.ErrSize)
	}
	p := elliptic.P256().Params()
	uncompressed := append([]byte{4}, append(p.Gx.Bytes(), p.Gy.Bytes()...)...)
	_, _, err := multikey.Decode(z(t, p256Codec, uncompressed))
	require.ErrorIs(t, err, multikey.ErrSize)
	_, _, err = multikey.Decode(z(t, p384Codec, point(elliptic.P256())))
	require.ErrorIs(t, err, multikey.ErrSize)
}

// smallOrder computes every encoding, canonical or not, of the eight points of
// small order: y is one of five values, or one more than p above it where that
// fits into 255 bits, and the sign bit is free.
func smallOrder() [][]byte {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	ys := map[string]*big.Int{}
	for i := range 256 {
		// A point of the whole group times the order of its prime part is of small order.
		seed := sha256.Sum256([]byte{byte(i)})
		point, err := new(edwards25519.Point).SetBytes(seed[:])
		if err != nil {
			continue
		}
		torsion := timesL(point).Bytes()
		torsion[31] &= 0x7f
		y := new(big.Int).SetBytes(reverse(torsion))
		ys[y.String()] = y
		if above := new(big.Int).Add(y, p); above.BitLen() <= 255 {
			ys[above.String()] = above
		}
	}
	var out [][]byte
	for _, y := range ys {
		raw := reverse(y.FillBytes(make([]byte, 32)))
		flipped := append([]byte{}, raw...)
		flipped[31] |= 0x80
		out = append(out, raw, flipped)
	}
	return out
}

// timesL multiplies by the order of the prime-order subgroup.
func timesL(p *edwards25519.Point) *edwards25519.Point {
	l, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	l.Add(l, new(big.Int).Lsh(big.NewInt(1), 252))
	sum := edwards25519.NewIdentityPoint()
	for i := l.BitLen() - 1; i >= 0; i-- {
		sum.Add(sum, sum)
		if l.Bit(i) == 1 {
			sum.Add(sum, p)
		}
	}
	return sum
}

func reverse(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[len(b)-1-i] = b[i]
	}
	return out
}

func TestDecodeRefusesKeysOfSmallOrder(t *testing.T) {
	all := smallOrder()
	require.Len(t, all, 14) // 5 values of y, two of them with a spelling above p, two signs
	forged := 0
	for _, raw := range all {
		_, _, err := multikey.Decode(z(t, ed25519Codec, raw))
		require.ErrorIs(t, err, multikey.ErrKey, "%x", raw)
		_, _, err = multikey.Encode(ed25519.PublicKey(raw))
		require.ErrorIs(t, err, multikey.ErrKey, "%x", raw)
		if forgeable(raw) {
			forged++
		}
	}
	require.GreaterOrEqual(t, forged, 11, "crypto/ed25519 no longer needs this check")
}

// forgeable reports whether crypto/ed25519 accepts the signature that nobody made
// over one of a few messages.
func forgeable(pub []byte) bool {
	sig := make([]byte, 64)
	sig[0] = 1
	for i := range 64 {
		if ed25519.Verify(pub, []byte{byte(i)}, sig) {
			return true
		}
	}
	return false
}

func TestDecodeRefusesNonCanonicalPoints(t *testing.T) {
	// y = p + n for the n that are on the curve and not of small order.
	refused := 0
	for n := byte(2); n < 19; n++ {
		raw := make([]byte, 32)
		for i := range raw {
			raw[i] = 0xff
		}
		raw[0], raw[31] = 0xed+n, 0x7f
		if _, err := new(edwards25519.Point).SetBytes(raw); err != nil {
			continue
		}
		refused++
		_, _, err := multikey.Decode(z(t, ed25519Codec, raw))
		require.ErrorIs(t, err, multikey.ErrKey)
		require.ErrorContains(t, err, "non-canonical")
	}
	require.Positive(t, refused)
}

func TestDecodeRefusesPointsOffTheCurve(t *testing.T) {
	off := make([]byte, 32)
	off[0] = 2 // no x has this y
	_, _, err := multikey.Decode(z(t, ed25519Codec, off))
	require.ErrorIs(t, err, multikey.ErrKey)
	for _, c := range []struct {
		codec []byte
		curve elliptic.Curve
	}{{p256Codec, elliptic.P256()}, {p384Codec, elliptic.P384()}, {p521Codec, elliptic.P521()}} {
		good := point(c.curve)
		refused := 0
		for x := int64(1); x < 20; x++ {
			raw := append([]byte{2}, big.NewInt(x).FillBytes(make([]byte, len(good)-1))...)
			if px, _ := elliptic.UnmarshalCompressed(c.curve, raw); px == nil {
				_, _, err := multikey.Decode(z(t, c.codec, raw))
				require.ErrorIs(t, err, multikey.ErrKey)
				refused++
			}
		}
		require.Positive(t, refused)
		for _, prefix := range []byte{0, 1, 4, 5, 6, 7, 0xff} {
			_, _, err := multikey.Decode(z(t, c.codec, []byte{prefix}, good[1:]))
			require.ErrorIs(t, err, multikey.ErrKey, "prefix %d", prefix)
		}
		// x + p, where it fits.
		above := new(big.Int).Add(new(big.Int).SetBytes(good[1:]), c.curve.Params().P)
		if above.BitLen() <= 8*(len(good)-1) {
			_, _, err := multikey.Decode(z(t, c.codec, good[:1], above.FillBytes(make([]byte, len(good)-1))))
			require.ErrorIs(t, err, multikey.ErrKey)
		}
		_, _, err := multikey.Decode(z(t, c.codec, good[:1], c.curve.Params().P.FillBytes(make([]byte, len(good)-1))))
		require.ErrorIs(t, err, multikey.ErrKey)
	}
}

func TestDecodeRefusesPointsOffSecp256k1(t *testing.T) {
	good, p := point(secp256k1.Curve()), secp256k1.Curve().Params().P
	refused := 0
	for x := int64(1); x < 20; x++ {
		square := new(big.Int).Add(big.NewInt(x*x*x), big.NewInt(7))
		_, _, err := multikey.Decode(z(t, secpCodec, []byte{2}, big.NewInt(x).FillBytes(make([]byte, 32))))
		if big.Jacobi(square, p) == 1 {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, multikey.ErrKey)
		refused++
	}
	require.Positive(t, refused)
	for _, prefix := range []byte{0, 1, 4, 5, 6, 7, 0xff} {
		_, _, err := multikey.Decode(z(t, secpCodec, []byte{prefix}, good[1:]))
		require.ErrorIs(t, err, multikey.ErrKey, "prefix %d", prefix)
	}
	for _, x := range []*big.Int{p, new(big.Int).Add(p, big.NewInt(1))} { // 1 is the x of a point
		_, _, err := multikey.Decode(z(t, secpCodec, []byte{2}, x.FillBytes(make([]byte, 32))))
		require.ErrorIs(t, err, multikey.ErrKey)
	}
}

func TestDecodeRefusesABufferOfZeros(t *testing.T) {
	require.NotNil(t, first(elliptic.UnmarshalCompressed(elliptic.P256(), append([]byte{2}, make([]byte, 32)...))),
		"x = 0 is on P-256")
	for codec, size := range map[[2]byte]int{{0xe7, 0x01}: 32, {0x80, 0x24}: 32, {0x81, 0x24}: 48, {0x82, 0x24}: 66} {
		for _, sign := range []byte{2, 3} {
			_, _, err := multikey.Decode(z(t, codec[:], []byte{sign}, make([]byte, size)))
			require.ErrorIs(t, err, multikey.ErrKey)
		}
	}
}

func first(x, _ *big.Int) *big.Int { return x }

// affine makes a key that nobody checked.
func affine(curve elliptic.Curve, x, y *big.Int) *ecdsa.PublicKey {
	//lint:ignore SA1019 what is deprecated is what a careless caller does
	return &ecdsa.PublicKey{Curve: curve, X: x, Y: y}
}

func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	one := big.NewInt(1)
	for name, c := range map[string]struct {
		pub  any
		want error
	}{
		"nil":                  {nil, multikey.ErrUnsupported},
		"RSA":                  {&rsa.PublicKey{}, multikey.ErrUnsupported},
		"P-224":                {affine(elliptic.P224(), one, one), multikey.ErrUnsupported},
		"no curve":             {affine(nil, one, one), multikey.ErrUnsupported},
		"nil pointer":          {(*ecdsa.PublicKey)(nil), multikey.ErrUnsupported},
		"ECDSA by value":       {*affine(elliptic.P256(), one, one), multikey.ErrUnsupported},
		"a curve of their own": {affine(elliptic.P256().Params(), one, one), multikey.ErrUnsupported},
		"off the curve":        {affine(elliptic.P256(), one, one), multikey.ErrKey},
		"infinity":             {affine(elliptic.P256(), new(big.Int), new(big.Int)), multikey.ErrKey},
		"negative":             {affine(elliptic.P256(), big.NewInt(-1), one), multikey.ErrKey},
		"Ed25519, empty":       {ed25519.PublicKey{}, multikey.ErrSize},
		"Ed25519, long":        {ed25519.PublicKey(make([]byte, 33)), multikey.ErrSize},
		"bytes":                {[]byte(edKey), multikey.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			text, typ, err := multikey.Encode(c.pub)
			require.ErrorIs(t, err, c.want)
			require.Empty(t, text)
			require.Nil(t, typ)
		})
	}
}

func TestDigestHasOneText(t *testing.T) {
	d := multikey.Digest([]byte("abc"))
	require.Len(t, d, multikey.DigestLen)
	require.True(t, multikey.IsDigest(d))
	h := sha256.Sum256([]byte("abc"))
	require.Equal(t, "u"+base64.RawURLEncoding.EncodeToString(append([]byte{0x12, 0x20}, h[:]...)), d)
	for _, bad := range []string{
		"", "u", d[:46], d + "A", "z" + d[1:], d[1:], d[:46] + "=", d[:45] + "\n" + d[45:46], d[:46] + "+",
		d[:46] + string(d[46]+1),            // trailing bits
		d[:3] + "E" + d[4:], "uEyA" + d[4:], // another length, another hash
		strings.Repeat("u", 47),
	} {
		require.False(t, multikey.IsDigest(bad), bad)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(z(f, ed25519Codec, edKey))
	f.Add(z(f, p256Codec, point(elliptic.P256())))
	f.Add(z(f, p384Codec, point(elliptic.P384())))
	f.Add(z(f, p521Codec, point(elliptic.P521())))
	f.Add(z(f, secpCodec, point(secp256k1.Curve())))
	f.Add("z")
	f.Add("z1\xff")
	f.Fuzz(func(t *testing.T, text string) {
		pub, typ, err := multikey.Decode(text)
		if err != nil {
			return
		}
		again, typ2, err := multikey.Encode(pub)
		require.NoError(t, err)
		require.Equal(t, text, again)
		require.Equal(t, typ, typ2)
	})
}

// TestDigestText: a text has the digest of its bytes, whatever its length.
func TestDigestText(t *testing.T) {
	for n := range 3100 {
		text := strings.Repeat("x", n)
		if n%97 < 2 || n%1024 < 2 {
			require.Equal(t, multikey.Digest([]byte(text)), multikey.DigestText(text))
		}
	}
}

func FuzzIsDigest(f *testing.F) {
	f.Add(multikey.Digest(nil))
	f.Fuzz(func(t *testing.T, text string) {
		if !multikey.IsDigest(text) {
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(text[1:])
		require.NoError(t, err)
		require.Equal(t, text, multikey.EncodeDigest([32]byte(raw[2:])))
	})
}

func TestBase58(t *testing.T) {
	for _, data := range [][]byte{{1}, {0}, {0, 0, 1}, {255, 254}, bytes.Repeat([]byte{7}, 64), bytes.Repeat([]byte{255}, 96)} {
		text := multikey.EncodeBase58(data)
		got, err := multikey.DecodeBase58(text, len(data))
		require.NoError(t, err)
		require.Equal(t, data, got)
		for _, bad := range []string{"", text[1:], "m" + text[1:], "u" + text[1:], "z1" + text[1:], text + " ", text + "0", text + "\n"} {
			_, err := multikey.DecodeBase58(bad, len(data))
			require.ErrorIs(t, err, multikey.ErrText, bad)
		}
		_, err = multikey.DecodeBase58(text, len(data)+1)
		require.ErrorIs(t, err, multikey.ErrText)
		_, err = multikey.DecodeBase58("z"+strings.Repeat("2", 1<<20), len(data))
		require.ErrorIs(t, err, multikey.ErrText)
	}
}

func FuzzDecodeBase58(f *testing.F) {
	f.Add(multikey.EncodeBase58(bytes.Repeat([]byte{0, 9}, 32)))
	f.Add("z" + strings.Repeat("1", 64))
	f.Fuzz(func(t *testing.T, text string) {
		data, err := multikey.DecodeBase58(text, 64)
		if err == nil {
			require.Len(t, data, 64)
			require.Equal(t, text, multikey.EncodeBase58(data))
		}
	})
}
