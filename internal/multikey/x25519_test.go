package multikey_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/multikey"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	out, err := hex.DecodeString(text)
	require.NoError(t, err)
	return out
}

// The keys of RFC 7748 section 6.1.
func TestX25519OfTheRFC(t *testing.T) {
	row, ok := multikey.ByName("X25519")
	require.True(t, ok)
	for private, public := range map[string]string{
		"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a": "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
		"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb": "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
	} {
		priv, err := row.FromSeed(unhex(t, private))
		require.NoError(t, err)
		pub, ok := multikey.PublicOf(priv).(*ecdh.PublicKey)
		require.True(t, ok)
		require.Equal(t, public, hex.EncodeToString(pub.Bytes()))
		text, typ, err := multikey.Encode(pub)
		require.NoError(t, err)
		require.Equal(t, row, typ)
		again, _, err := multikey.Decode(text)
		require.NoError(t, err)
		require.Equal(t, pub, again)
	}
}

func TestX25519HasOneText(t *testing.T) {
	codec := []byte{0xec, 1}
	u := make([]byte, 32)
	u[0] = 9 // the base point
	_, _, err := multikey.Decode(z(t, codec, u))
	require.NoError(t, err)
	for _, change := range []func([]byte){
		func(b []byte) { b[31] |= 0x80 }, // RFC 7748 ignores this bit
		func(b []byte) { copy(b, leastOver(9)) },
		func(b []byte) { copy(b, leastOver(2)) },
	} {
		other := bytes.Clone(u)
		change(other)
		_, _, err := multikey.Decode(z(t, codec, other))
		require.ErrorIs(t, err, multikey.ErrKey)
	}
	for _, size := range []int{0, 31, 33, 64} {
		_, _, err := multikey.Decode(z(t, codec, make([]byte, size)))
		require.ErrorIs(t, err, multikey.ErrSize)
	}
}

// leastOver returns 2^255 - 19 + n, little-endian: n in a second spelling.
func leastOver(n int64) []byte {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	return reverse(p.Add(p, big.NewInt(n)).FillBytes(make([]byte, 32)))
}

// With a point of small order everybody agrees on zero, and only with such a one.
func TestX25519OfSmallOrder(t *testing.T) {
	priv, err := ecdh.X25519().GenerateKey(rand.Reader)
	require.NoError(t, err)
	minusOne := leastOver(-1)
	refused := 0
	for _, u := range [][]byte{
		make([]byte, 32),
		append([]byte{1}, make([]byte, 31)...),
		minusOne,
		unhex(t, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
		unhex(t, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
	} {
		pub, err := ecdh.X25519().NewPublicKey(u)
		require.NoError(t, err)
		_, err = priv.ECDH(pub)
		require.Error(t, err)
		_, _, err = multikey.Decode(z(t, []byte{0xec, 1}, u))
		require.ErrorIs(t, err, multikey.ErrKey)
		_, _, err = multikey.Encode(pub)
		require.ErrorIs(t, err, multikey.ErrKey)
		refused++
	}
	require.Equal(t, 5, refused)
	p256, err := ecdh.P256().GenerateKey(rand.Reader)
	require.NoError(t, err)
	_, _, err = multikey.Encode(p256.PublicKey())
	require.ErrorIs(t, err, multikey.ErrUnsupported)
}

// Both ways to the derived key meet: the public half mapped, the private half used.
func TestAgreementIsOfBothHalves(t *testing.T) {
	for range 32 {
		pub, priv, err := ed25519.GenerateKey(rand.Reader)
		require.NoError(t, err)
		mapped, err := multikey.Agreement(pub)
		require.NoError(t, err)
		own, err := ecdh.X25519().NewPrivateKey(multikey.AgreementSeed(priv))
		require.NoError(t, err)
		require.Equal(t, own.PublicKey().Bytes(), mapped.Bytes())
		_, _, err = multikey.Encode(mapped)
		require.NoError(t, err)
	}
	off := make([]byte, 32)
	off[0] = 2 // no point has this y
	_, err := multikey.Agreement(off)
	require.ErrorIs(t, err, multikey.ErrKey)
}
