package did_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

// kms is a private key that lives elsewhere and answers as it likes.
type kms struct {
	pub  crypto.PublicKey
	sign func(digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (k *kms) Public() crypto.PublicKey { return k.pub }

func (k *kms) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.sign(digest, opts)
}

func local(t *testing.T, typ did.KeyType) crypto.Signer {
	t.Helper()
	curve := curves[typ]
	if curve == nil {
		_, priv, err := ed25519.GenerateKey(rand.Reader)
		require.NoError(t, err)
		return priv
	}
	priv, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return priv
}

func TestSignerWorksWithAKeyThatLivesElsewhere(t *testing.T) {
	for _, typ := range keyTypes {
		priv := local(t, typ)
		calls := 0
		s, err := did.NewSigner(&kms{priv.Public(), func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			calls++
			return priv.Sign(rand.Reader, digest, opts)
		}})
		require.NoError(t, err)
		require.Equal(t, typ, s.Key().Type())
		for range 8 {
			sig, err := s.Sign([]byte("data"))
			require.NoError(t, err)
			require.NoError(t, s.Key().Verify(s.Key().Algorithm(), []byte("data"), sig))
			require.True(t, s.Key().Canonical(sig))
		}
		require.Equal(t, 8, calls)
	}
}

func TestSignerRefusesWhatAKeyElsewhereShouldNotAnswer(t *testing.T) {
	der := func(r, s *big.Int) []byte {
		out, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		require.NoError(t, err)
		return out
	}
	huge := new(big.Int).Lsh(big.NewInt(1), 4000)
	for _, typ := range keyTypes {
		priv, other := local(t, typ), local(t, typ)
		for name, answer := range map[string]func([]byte, crypto.SignerOpts) ([]byte, error){
			"nothing":          func([]byte, crypto.SignerOpts) ([]byte, error) { return nil, nil },
			"garbage":          func([]byte, crypto.SignerOpts) ([]byte, error) { return []byte("garbage"), nil },
			"numbers too long": func([]byte, crypto.SignerOpts) ([]byte, error) { return der(huge, huge), nil },
			"negative numbers": func([]byte, crypto.SignerOpts) ([]byte, error) { return der(big.NewInt(-1), big.NewInt(-1)), nil },
			"zeros":            func([]byte, crypto.SignerOpts) ([]byte, error) { return der(new(big.Int), new(big.Int)), nil },
			"another key": func(d []byte, o crypto.SignerOpts) ([]byte, error) {
				return other.Sign(rand.Reader, d, o)
			},
			"something behind": func(d []byte, o crypto.SignerOpts) ([]byte, error) {
				sig, err := priv.Sign(rand.Reader, d, o)
				return append(sig, 0), err
			},
		} {
			s, err := did.NewSigner(&kms{priv.Public(), answer})
			require.NoError(t, err)
			sig, err := s.Sign([]byte("data"))
			require.ErrorIs(t, err, did.ErrSignature, "%s: %s", typ, name)
			require.Nil(t, sig)
		}
		down := errors.New("service is down")
		s, err := did.NewSigner(&kms{priv.Public(), func([]byte, crypto.SignerOpts) ([]byte, error) { return nil, down }})
		require.NoError(t, err)
		_, err = s.Sign(nil)
		require.ErrorIs(t, err, down)
	}
}

func TestNewSignerRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		priv crypto.Signer
		want error
	}{
		"nil":                   {nil, did.ErrKey},
		"public key nil":        {&kms{}, did.ErrKeyType},
		"Ed25519, empty":        {ed25519.PrivateKey{}, did.ErrKeyLength},
		"Ed25519, seed alone":   {ed25519.PrivateKey(make([]byte, 32)), did.ErrKeyLength},
		"Ed25519, zeros":        {ed25519.PrivateKey(make([]byte, 64)), did.ErrKey},
		"Ed25519, a byte short": {ed25519.PrivateKey(make([]byte, 63)), did.ErrKeyLength},
	} {
		s, err := did.NewSigner(c.priv)
		require.ErrorIs(t, err, c.want, name)
		require.Nil(t, s)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	_, err = did.NewSigner(p224)
	require.ErrorIs(t, err, did.ErrKeyType)
}

func TestSeedsAreDeterministic(t *testing.T) {
	sizes := map[did.KeyType]int{did.Ed25519: did.SeedSize, did.P256: 32, did.P384: 48, did.P521: 66, did.Secp256k1: 32}
	for _, typ := range keyTypes {
		seed := make([]byte, sizes[typ])
		seed[len(seed)-1] = 7
		a, err := did.NewSignerFromSeed(typ, seed)
		require.NoError(t, err)
		b, err := did.NewSignerFromSeed(typ, seed)
		require.NoError(t, err)
		require.Equal(t, a.DID(), b.DID())
		for _, bad := range [][]byte{nil, seed[1:], append([]byte{0}, seed...)} {
			_, err = did.NewSignerFromSeed(typ, bad)
			require.ErrorIs(t, err, did.ErrKeyLength, typ)
		}
		if typ != did.Ed25519 {
			for _, fill := range []byte{0, 0xff} { // no scalar of the group
				for i := range seed {
					seed[i] = fill
				}
				_, err = did.NewSignerFromSeed(typ, seed)
				require.ErrorIs(t, err, did.ErrKey, typ)
			}
		}
	}
	require.Equal(t, personas.New("alice").DID(), personas.New("alice").DID())
	require.NotEqual(t, personas.New("alice").DID(), personas.New("bob").DID())
}

func TestSignerNeverShowsItsKey(t *testing.T) {
	seed := []byte("an unmistakable seed of 32 bytes")
	for _, typ := range []did.KeyType{did.Ed25519, did.P256, did.Secp256k1} {
		s, err := did.NewSignerFromSeed(typ, seed)
		require.NoError(t, err)
		value := *s
		holder := struct {
			P *did.Signer
			V did.Signer
			p *did.Signer
			v did.Signer
		}{s, *s, s, *s}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%t", "%p"} {
			for _, what := range []any{s, value, holder, &holder, []*did.Signer{s}, map[string]did.Signer{"a": *s}} {
				out := fmt.Sprintf(verb, what)
				for _, secret := range []string{
					string(seed), hex.EncodeToString(seed), strings.ToUpper(hex.EncodeToString(seed)),
					strings.Trim(fmt.Sprintf("%d", seed), "[]"), strings.Trim(fmt.Sprintf("%#v", seed), "[]byte{}"),
					new(big.Int).SetBytes(seed).String(), strings.Trim(fmt.Sprintf("%o", seed), "[]"),
				} {
					require.NotContains(t, out, secret, verb)
				}
			}
		}
		require.Equal(t, s.DID().String(), fmt.Sprintf("%v", s))
		require.Equal(t, s.DID().String(), fmt.Sprintf("%+v", s))
		require.Equal(t, "did.Signer("+s.DID().String()+")", fmt.Sprintf("%#v", s))
		data, err := json.Marshal([]any{s, *s})
		require.NoError(t, err)
		require.JSONEq(t, `[{},{}]`, string(data))
	}
}

func TestNilSignerIsNobody(t *testing.T) {
	var s *did.Signer
	require.True(t, s.DID().IsZero())
	require.Empty(t, s.Method())
	require.Zero(t, s.Key())
	require.Empty(t, s.String())
	for _, s := range []*did.Signer{nil, {}} {
		_, err := s.Sign(nil)
		require.ErrorIs(t, err, did.ErrKey)
	}
	d, err := did.Parse("did:web:a")
	require.NoError(t, err)
	_, err = s.As(d, "k")
	require.ErrorIs(t, err, did.ErrInvalid)
}

func TestAsSignsForAnotherDID(t *testing.T) {
	s := personas.New("alice")
	d, err := did.Parse("did:web:a")
	require.NoError(t, err)
	as, err := s.As(d, "key-1")
	require.NoError(t, err)
	require.Equal(t, d, as.DID())
	require.Equal(t, "did:web:a#key-1", as.Method())
	sig, err := as.Sign([]byte("x"))
	require.NoError(t, err)
	require.NoError(t, s.Key().Verify("EdDSA", []byte("x"), sig))
	for _, fragment := range []string{"", "a#b", "a b", `"`, "\u00e4", "%"} {
		_, err = s.As(d, fragment)
		require.ErrorIs(t, err, did.ErrInvalid, fragment)
	}
	_, err = s.As(did.DID{}, "key-1")
	require.ErrorIs(t, err, did.ErrInvalid)
}
