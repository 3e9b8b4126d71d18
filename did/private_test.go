package did_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

// privateKeys returns one new key of every type.
func privateKeys(t *testing.T) map[did.KeyType]*did.PrivateKey {
	t.Helper()
	all := map[did.KeyType]*did.PrivateKey{did.X25519: newX25519(t)}
	for _, typ := range keyTypes {
		s, err := did.GenerateKey(typ)
		require.NoError(t, err)
		all[typ], err = s.PrivateKey()
		require.NoError(t, err)
	}
	return all
}

func TestPrivateKeysTravel(t *testing.T) {
	for typ, p := range privateKeys(t) {
		require.Equal(t, typ, p.Key().Type())
		for name, export := range map[string]func() ([]byte, error){
			"PKCS#8": p.ExportPKCS8, "PEM": p.ExportPEM, "JWK": p.ExportJWK,
		} {
			text, err := export()
			require.NoError(t, err)
			again, err := did.ParsePrivateKey(text)
			require.NoError(t, err, "%s %s", typ, name)
			require.Equal(t, p.Key().Multibase(), again.Key().Multibase())
			if typ == did.X25519 {
				continue
			}
			s, err := again.Signer()
			require.NoError(t, err)
			sig, err := s.Sign([]byte("data"))
			require.NoError(t, err)
			require.NoError(t, p.Key().Verify(p.Key().Algorithm(), []byte("data"), sig))
			require.True(t, s.Key().Canonical(sig))
		}
		jwk := p.Key().JWK()
		public, err := did.ParseJWK(jwk)
		require.NoError(t, err)
		require.Equal(t, p.Key().Multibase(), public.Multibase())
		private, err := p.ExportJWK()
		require.NoError(t, err)
		_, err = did.ParseJWK(private)
		require.ErrorIs(t, err, did.ErrKey, "a private key is no public one")
		_, err = did.ParsePrivateKey(jwk)
		require.Error(t, err)
	}
}

// crypto/x509 writes and reads the same bytes, but for secp256k1, which it lacks.
func TestPKCS8IsThatOfTheStandardLibrary(t *testing.T) {
	for typ, p := range privateKeys(t) {
		if typ == did.Secp256k1 {
			continue
		}
		ours, err := p.ExportPKCS8()
		require.NoError(t, err)
		std, err := x509.ParsePKCS8PrivateKey(ours)
		require.NoError(t, err, typ)
		theirs, err := x509.MarshalPKCS8PrivateKey(std)
		require.NoError(t, err)
		require.Equal(t, theirs, ours, typ)
		again, err := did.NewPrivateKey(std)
		require.NoError(t, err)
		require.Equal(t, p.Key().Multibase(), again.Key().Multibase())
	}
}

// Made with openssl genpkey 3.0.19 for this test and used nowhere.
var opensslKeys = map[did.KeyType]string{
	did.Secp256k1: `MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgvlH1J5RFyIar7hfgEGEx
/0bRLh/j1xAnYvVpdRFc+XyhRANCAATZdhOYRwD4VeF0f5KJty6n7tKiswvdtB1X
cgvBAZxf6grJC1SGWl9vFi0HPjyqud6uVF6/m38+x1VtDRdCAEAH`,
	did.P256: `MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg28VuMyBrPdTA+yoU
y7po9fwUBi7M/k0TJJ/b4w+QtBOhRANCAASTqexQmO0+insaqmopK38eUe2xRtBj
gM79rf2xtKOZZm0MbFT2nSS9Apkd4YbWjwhY1ArU0lh2QrDOjPaB5GIK`,
	did.X25519:  `MC4CAQAwBQYDK2VuBCIEILhl2isXV+Wep/sGxsaoBGajZOTDtCNPkA9n2Sprnp1D`,
	did.Ed25519: `MC4CAQAwBQYDK2VwBCIEIGuLA/6Li5eh1N695yXrTQwnNa1NSdOQpIAKVDlHM+ac`,
}

func TestPKCS8IsThatOfOpenSSL(t *testing.T) {
	for typ, body := range opensslKeys {
		want := "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n"
		p, err := did.ParsePrivateKey([]byte(want))
		require.NoError(t, err, typ)
		require.Equal(t, typ, p.Key().Type())
		got, err := p.ExportPEM()
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

// The second example of RFC 8410 section 10.3: attributes and a public key.
func TestPKCS8OfRFC8410(t *testing.T) {
	p, err := did.ParsePrivateKey([]byte(`-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----`))
	require.NoError(t, err)
	require.Equal(t, "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1", hex.EncodeToString(raw(t, p.Key())))
}

func TestParsePrivateKeyRefusals(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(p256)
	require.NoError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	rsaDER, err := x509.MarshalPKCS8PrivateKey(rsaKey)
	require.NoError(t, err)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	p224DER, err := x509.MarshalPKCS8PrivateKey(p224)
	require.NoError(t, err)
	sec1, err := x509.MarshalECPrivateKey(p256)
	require.NoError(t, err)
	block := func(typ string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}))
	}
	otherPoint := bytes.Clone(der) // its last bytes are the public point
	otherPoint[len(otherPoint)-1] ^= 1
	seed := []byte("an unmistakable seed of 32 bytes")
	s, err := did.NewSignerFromSeed(did.Ed25519, seed)
	require.NoError(t, err)
	own, err := s.PrivateKey()
	require.NoError(t, err)
	jwk, err := own.ExportJWK()
	require.NoError(t, err)
	other := personas.New("mallory").Key()
	swap := func(old, with string) string {
		require.Contains(t, string(jwk), old)
		return strings.Replace(string(jwk), old, with, 1)
	}
	x := base64.RawURLEncoding.EncodeToString(raw(t, s.Key()))
	d := base64.RawURLEncoding.EncodeToString(seed)
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                 {"", did.ErrInvalid},
		"spaces":                  {"  \n", did.ErrInvalid},
		"garbage":                 {"garbage", did.ErrInvalid},
		"DER, cut":                {string(der[:len(der)-1]), did.ErrInvalid},
		"DER, something behind":   {string(der) + "\x00", did.ErrInvalid},
		"DER, another's point":    {string(otherPoint), did.ErrKey},
		"DER, huge":               {string(der) + strings.Repeat("\x00", 1<<20), did.ErrInvalid},
		"PEM, huge":               {block("PRIVATE KEY", make([]byte, 1<<20)), did.ErrInvalid},
		"RSA":                     {string(rsaDER), did.ErrKeyType},
		"P-224":                   {string(p224DER), did.ErrKeyType},
		"SEC 1 alone":             {string(sec1), did.ErrInvalid},
		"PEM, SEC 1":              {block("EC PRIVATE KEY", sec1), did.ErrInvalid},
		"PEM, encrypted":          {block("ENCRYPTED PRIVATE KEY", der), did.ErrInvalid},
		"PEM, public":             {block("PUBLIC KEY", der), did.ErrInvalid},
		"PEM, two":                {block("PRIVATE KEY", der) + block("PRIVATE KEY", der), did.ErrInvalid},
		"PEM, text before":        {"key:\n" + block("PRIVATE KEY", der), did.ErrInvalid},
		"PEM, text behind":        {block("PRIVATE KEY", der) + "x", did.ErrInvalid},
		"PEM, a broken one first": {"-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n" + block("PRIVATE KEY", der), did.ErrInvalid},
		"PEM, headers":            {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der, Headers: map[string]string{"Proc-Type": "4"}})), did.ErrInvalid},
		"PEM, not PKCS #8":        {block("PRIVATE KEY", sec1), did.ErrInvalid},
		"JWK, no d":               {swap(`"d":"`+d+`",`, ""), did.ErrKeyLength},
		"JWK, d short":            {swap(d, d[:42]), did.ErrInvalid},
		"JWK, d padded":           {swap(d, d+"="), did.ErrInvalid},
		"JWK, another's x":        {swap(x, base64.RawURLEncoding.EncodeToString(raw(t, other))), did.ErrKey},
		"JWK, no x":               {swap(`,"x":"`+x+`"`, ""), did.ErrKeyLength},
		"JWK, d twice":            {swap(`"d"`, `"d":"`+d+`","d"`), did.ErrInvalid},
		"JWK, RSA":                {`{"kty":"RSA","n":"AA","e":"AQAB","d":"AA","p":"AA","q":"AA","dp":"AA","dq":"AA","qi":"AA"}`, did.ErrKeyType},
		"JWK, ML-DSA-44":          {`{"kty":"AKP","alg":"ML-DSA-44","pub":"AA","priv":"AA"}`, did.ErrKeyType},
		"JWK set":                 {`{"keys":[` + string(jwk) + `]}`, did.ErrInvalid},
	} {
		p, err := did.ParsePrivateKey([]byte(c.text))
		require.ErrorIs(t, err, c.want, name)
		require.Nil(t, p)
		require.NotContains(t, err.Error(), d[:10], name)
		require.NotContains(t, err.Error(), "unmistakable", name)
	}
}

func TestNewPrivateKeyRefusals(t *testing.T) {
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	p256, err := ecdh.P256().GenerateKey(rand.Reader)
	require.NoError(t, err)
	a, b := local(t, did.P256).(*ecdsa.PrivateKey), local(t, did.P256).(*ecdsa.PrivateKey)
	mixed := *a
	mixed.PublicKey = b.PublicKey
	edwards, ok := local(t, did.Ed25519).(ed25519.PrivateKey)
	require.True(t, ok)
	crossed := ed25519.PrivateKey(bytes.Clone(edwards))
	copy(crossed[32:], local(t, did.Ed25519).Public().(ed25519.PublicKey))
	for name, c := range map[string]struct {
		priv crypto.PrivateKey
		want error
	}{
		"nil":                 {nil, did.ErrKeyType},
		"a nil P-256":         {(*ecdsa.PrivateKey)(nil), did.ErrKey},
		"a nil X25519":        {(*ecdh.PrivateKey)(nil), did.ErrKeyType},
		"empty":               {&ecdsa.PrivateKey{}, did.ErrKey},
		"P-224":               {p224, did.ErrKeyType},
		"ECDH on P-256":       {p256, did.ErrKeyType},
		"lives elsewhere":     {&kms{pub: a.Public()}, did.ErrKeyType},
		"halves of two":       {&mixed, did.ErrKey},
		"Ed25519, two halves": {crossed, did.ErrKey},
		"Ed25519, short":      {edwards[:32], did.ErrKeyLength},
	} {
		p, err := did.NewPrivateKey(c.priv)
		require.ErrorIs(t, err, c.want, name)
		require.Nil(t, p)
	}
	_, err = did.NewSigner(crossed)
	require.ErrorIs(t, err, did.ErrKey, "two signatures by this key would give it away")
	_, err = did.NewSigner(&mixed)
	require.ErrorIs(t, err, did.ErrKey)
}

func TestAKeyThatLivesElsewhereIsNotExported(t *testing.T) {
	priv := local(t, did.Secp256k1)
	s, err := did.NewSigner(&kms{priv.Public(), nil})
	require.NoError(t, err)
	for _, s := range []*did.Signer{s, nil, {}} {
		p, err := s.PrivateKey()
		require.ErrorIs(t, err, did.ErrKey)
		require.Nil(t, p)
	}
}

func TestZeroPrivateKeyIsNoKey(t *testing.T) {
	for _, p := range []*did.PrivateKey{nil, {}} {
		require.Zero(t, p.Key())
		require.Empty(t, p.String())
		_, err := p.Signer()
		require.ErrorIs(t, err, did.ErrKey)
		_, err = p.ExportPKCS8()
		require.ErrorIs(t, err, did.ErrKey)
		_, err = p.ExportPEM()
		require.ErrorIs(t, err, did.ErrKey)
		_, err = p.ExportJWK()
		require.ErrorIs(t, err, did.ErrKey)
	}
	require.Nil(t, did.Key{}.JWK())
	require.True(t, did.Key{}.AsJWK().IsZero())
}

func TestPrivateKeyIsNeverShown(t *testing.T) {
	seed := []byte("an unmistakable seed of 32 bytes")
	for _, typ := range []did.KeyType{did.Ed25519, did.P256, did.Secp256k1} {
		s, err := did.NewSignerFromSeed(typ, seed)
		require.NoError(t, err)
		p, err := s.PrivateKey()
		require.NoError(t, err)
		var out strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%t", "%p"} {
			for _, what := range []any{p, *p, []*did.PrivateKey{p}, struct{ P did.PrivateKey }{*p}} {
				fmt.Fprintf(&out, verb, what)
			}
		}
		data, err := json.Marshal([]any{p, *p, s, *s})
		require.NoError(t, err)
		out.Write(data)
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("key", "p", p, "value", *p, "s", s, "svalue", *s)
		}
		for _, secret := range []string{
			string(seed), hex.EncodeToString(seed), strings.ToUpper(hex.EncodeToString(seed)),
			strings.Trim(fmt.Sprintf("%d", seed), "[]"), strings.Trim(fmt.Sprintf("%#v", seed), "[]byte{}"),
			base64.StdEncoding.EncodeToString(seed)[:40], base64.RawURLEncoding.EncodeToString(seed)[:40],
		} {
			require.NotContains(t, out.String(), secret)
		}
		require.Equal(t, s.DID().String(), p.String())
		require.Equal(t, "did.PrivateKey("+s.DID().String()+")", fmt.Sprintf("%#v", p))
	}
}

func TestAsJWKResolvesToTheSameKey(t *testing.T) {
	for typ, p := range privateKeys(t) {
		d := p.Key().AsJWK()
		parsed, err := did.Parse(d.String())
		require.NoError(t, err, typ)
		key, err := did.KeyOf(parsed)
		require.NoError(t, err)
		require.Equal(t, p.Key().Multibase(), key.Multibase())
	}
}

func FuzzParsePrivateKey(f *testing.F) {
	for _, body := range opensslKeys {
		der, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
		require.NoError(f, err)
		f.Add(der)
		f.Add([]byte("-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n"))
		p, err := did.ParsePrivateKey(der)
		require.NoError(f, err)
		jwk, err := p.ExportJWK()
		require.NoError(f, err)
		f.Add(jwk)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := did.ParsePrivateKey(data)
		if err != nil {
			require.Nil(t, p)
			return
		}
		for _, export := range []func() ([]byte, error){p.ExportPKCS8, p.ExportPEM, p.ExportJWK} {
			text, err := export()
			require.NoError(t, err)
			again, err := did.ParsePrivateKey(text)
			require.NoError(t, err)
			require.Equal(t, p.Key().Multibase(), again.Key().Multibase())
		}
	})
}

func FuzzParseJWK(f *testing.F) {
	f.Add([]byte(jwkEd25519))
	f.Add([]byte(jwkP256))
	f.Add([]byte(`{"kty":"OKP","crv":"X25519","use":"enc","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := did.ParseJWK(data)
		if err != nil {
			require.Zero(t, key)
			return
		}
		again, err := did.ParseJWK(key.JWK())
		require.NoError(t, err)
		require.Equal(t, key.JWK(), again.JWK())
		require.Equal(t, key.Multibase(), again.Multibase())
	})
}
