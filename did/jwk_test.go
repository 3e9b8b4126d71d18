package did_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
)

// The keys of RFC 8037 appendix A.2 and RFC 7517 appendix A.1.
const (
	jwkEd25519 = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	jwkP256    = `{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`
)

func jwkOf(jwk string) string { return "did:jwk:" + base64.RawURLEncoding.EncodeToString([]byte(jwk)) }

// jwkText writes a key as a JSON Web Key.
func jwkText(t *testing.T, k did.Key) string {
	t.Helper()
	enc := base64.RawURLEncoding.EncodeToString
	m := map[string]string{"crv": string(k.Type())}
	switch pub := k.Public().(type) {
	case ed25519.PublicKey:
		m["kty"], m["x"] = "OKP", enc(pub)
	case *ecdsa.PublicKey:
		size := (pub.Curve.Params().BitSize + 7) / 8
		//lint:ignore SA1019 the method that replaces them knows the curves of NIST alone
		x, y := pub.X, pub.Y
		m["kty"] = "EC"
		m["x"], m["y"] = enc(x.FillBytes(make([]byte, size))), enc(y.FillBytes(make([]byte, size)))
	}
	out, err := json.Marshal(m)
	require.NoError(t, err)
	return string(out)
}

func TestJWKResolvesOffline(t *testing.T) {
	for _, typ := range keyTypes {
		s, err := did.GenerateKey(typ)
		require.NoError(t, err)
		d, err := did.Parse(jwkOf(jwkText(t, s.Key())))
		require.NoError(t, err)
		require.Equal(t, "jwk", d.Method())
		key, err := did.KeyOf(d)
		require.NoError(t, err)
		require.Equal(t, s.Key().Multibase(), key.Multibase())
		require.NotEqual(t, d, key.DID(), "the did:key of the same key is another DID")

		doc, err := did.Resolve(d)
		require.NoError(t, err)
		require.Equal(t, d, doc.ID)
		require.Len(t, doc.Methods, 1)
		require.Equal(t, d.String()+"#0", doc.Methods[0].ID)
		for _, use := range []did.Relationship{
			did.AssertionMethod, did.Authentication, did.CapabilityInvocation, did.CapabilityDelegation,
		} {
			found, err := did.FindKey(t.Context(), nil, d, d.String()+"#0", use)
			require.NoError(t, err)
			require.Equal(t, key.Multibase(), found.Multibase())
		}

		as, err := s.As(d, "0")
		require.NoError(t, err)
		sig, err := as.Sign([]byte("data"))
		require.NoError(t, err)
		require.NoError(t, key.Verify(key.Algorithm(), []byte("data"), sig))
	}
}

// The example of the did:jwk specification.
func TestJWKOfTheSpecification(t *testing.T) {
	const text = "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
	d, err := did.Parse(text)
	require.NoError(t, err)
	key, err := did.FindKey(t.Context(), nil, d, text+"#0", did.AssertionMethod)
	require.NoError(t, err)
	require.Equal(t, did.P256, key.Type())
}

func TestJWKMethodIsZeroAndNothingElse(t *testing.T) {
	d, err := did.Parse(jwkOf(jwkEd25519))
	require.NoError(t, err)
	key, err := did.KeyOf(d)
	require.NoError(t, err)
	other := jwkOf(strings.Replace(jwkEd25519, ",", ", ", 1))
	for _, method := range []string{
		"", "#0", d.String(), d.String() + "#", d.String() + "#1", d.String() + "#00", d.String() + "#0#0", d.String() + "#0 ",
		d.String() + "#" + key.Multibase(), key.Method(), other + "#0",
	} {
		_, err := did.FindKey(t.Context(), nil, d, method, did.AssertionMethod)
		require.ErrorIs(t, err, did.ErrNotFound, method)
	}
	_, err = did.FindKey(t.Context(), nil, d, d.String()+"#0", did.KeyAgreement)
	require.ErrorIs(t, err, did.ErrNotFound) // Ed25519
}

// A resolver is never asked about a DID that says all itself.
func TestJWKAsksNobody(t *testing.T) {
	d, err := did.Parse(jwkOf(jwkEd25519))
	require.NoError(t, err)
	mallory, err := did.GenerateKey(did.Ed25519)
	require.NoError(t, err)
	key, err := did.FindKey(t.Context(), says{document(d, d.String()+"#0", mallory.Key()), nil}, d, d.String()+"#0", did.AssertionMethod)
	require.NoError(t, err)
	require.NotEqual(t, mallory.Key().Multibase(), key.Multibase())
}

func TestJWKMembersThatAgreeAreTolerated(t *testing.T) {
	for _, more := range []string{
		`"x5c":[]`, `"key_ops":["verify"]`, `"ext":true`, `"D":"AA"`, `"nested":{"d":"AA"}`, `"alg":"EdDSA"`, `"alg":"Ed25519"`, `"use":"sig"`, `"kid":"anything"`, `"alg":"EdDSA","use":"sig","kid":"k"`,
	} {
		_, err := did.Parse(jwkOf(strings.TrimSuffix(jwkEd25519, "}") + "," + more + "}"))
		require.NoError(t, err, more)
	}
	_, err := did.Parse(jwkOf(" " + strings.ReplaceAll(jwkEd25519, ",", " ,\n") + "\t"))
	require.NoError(t, err, "the method fixes no spelling")
}

func TestJWKRefusals(t *testing.T) {
	with := func(jwk, member string) string { return strings.TrimSuffix(jwk, "}") + "," + member + "}" }
	replace := func(jwk, old, with string) string {
		require.Contains(t, jwk, old)
		return strings.Replace(jwk, old, with, 1)
	}
	const x, y = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
	raw, err := base64.RawURLEncoding.DecodeString(y)
	require.NoError(t, err)
	p, ok := new(big.Int).SetString("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16)
	require.True(t, ok)
	other := base64.RawURLEncoding.EncodeToString(new(big.Int).Sub(p, new(big.Int).SetBytes(raw)).FillBytes(make([]byte, 32)))
	sameBit := append([]byte(nil), raw...)
	sameBit[0] ^= 1 // the last bit, all that compression keeps of y, is as it was
	for name, c := range map[string]struct {
		jwk  string
		want error
	}{
		"private key":             {with(jwkEd25519, `"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"`), did.ErrKey},
		"operations it cannot do": {with(jwkEd25519, `"key_ops":["deriveKey"]`), did.ErrInvalid},
		"operations as a string":  {with(jwkEd25519, `"key_ops":"verify"`), did.ErrInvalid},
		"private key, empty":      {with(jwkEd25519, `"d":""`), did.ErrKey},
		"private key, null":       {with(jwkEd25519, `"d":null`), did.ErrKey},
		"private key, escaped":    {with(jwkEd25519, `"\u0064":"AA"`), did.ErrKey},
		"symmetric key":           {with(jwkEd25519, `"k":"AA"`), did.ErrKey},
		"symmetric key alone":     {`{"kty":"oct","k":"AA"}`, did.ErrKey},
		"Kelvin sign in kty":      {replace(jwkEd25519, `"kty"`, "\"\u212aty\""), did.ErrInvalid},
		"duplicate x":             {with(jwkEd25519, `"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`), did.ErrInvalid},
		"x null":                  {`{"kty":"OKP","crv":"Ed25519","x":null}`, did.ErrInvalid},
		"no kty":                  {replace(jwkEd25519, `"kty":"OKP",`, ""), did.ErrInvalid},
		"no crv":                  {replace(jwkEd25519, `"crv":"Ed25519",`, ""), did.ErrKeyType},
		"no x":                    {`{"kty":"OKP","crv":"Ed25519"}`, did.ErrKeyLength},
		"no y":                    {replace(jwkP256, `,"y":"`+y+`"`, ""), did.ErrKeyLength},
		"y in an OKP key":         {with(jwkEd25519, `"y":"AA"`), did.ErrInvalid},
		"kty of the other":        {replace(jwkEd25519, "OKP", "EC"), did.ErrInvalid},
		"kty in lower case":       {replace(jwkP256, `"EC"`, `"ec"`), did.ErrInvalid},
		"crv of another":          {replace(jwkP256, "P-256", "secp256k1"), did.ErrKey},
		"crv of another length":   {replace(jwkP256, "P-256", "P-384"), did.ErrKeyLength},
		"X25519 in another case":  {replace(jwkEd25519, "Ed25519", "x25519"), did.ErrKeyType},
		"X25519 that signs":       {with(replace(jwkEd25519, "Ed25519", "X25519"), `"use":"sig"`), did.ErrInvalid},
		"X25519 with EdDSA":       {with(replace(jwkEd25519, "Ed25519", "X25519"), `"alg":"EdDSA"`), did.ErrInvalid},
		"X25519, small order":     {`{"kty":"OKP","crv":"X25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`, did.ErrKey},
		"X25519, second spelling": {`{"kty":"OKP","crv":"X25519","x":"CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA"}`, did.ErrKey},
		"Ed25519 that agrees":     {with(jwkEd25519, `"use":"enc"`), did.ErrInvalid},
		"Ed25519 with ECDH-ES":    {with(jwkEd25519, `"alg":"ECDH-ES"`), did.ErrInvalid},
		"use and alg that differ": {with(jwkP256, `"use":"enc","alg":"ES256"`), did.ErrInvalid},
		"RSA":                     {`{"kty":"RSA","n":"AA","e":"AQAB"}`, did.ErrKeyType},
		"BLS12-381":               {`{"kty":"OKP","crv":"Bls12381G2","x":"AA"}`, did.ErrKeyType},
		"ML-DSA-44":               {`{"kty":"AKP","alg":"ML-DSA-44","pub":"AA"}`, did.ErrKeyType},
		"alg of another":          {with(jwkEd25519, `"alg":"ES256"`), did.ErrInvalid},
		"alg none":                {with(jwkEd25519, `"alg":"none"`), did.ErrInvalid},
		"alg empty":               {with(jwkEd25519, `"alg":""`), did.ErrInvalid},
		"use of something else":   {with(jwkP256, `"use":"tls"`), did.ErrInvalid},
		"use empty":               {with(jwkP256, `"use":""`), did.ErrInvalid},
		"x padded":                {replace(jwkP256, x, x+"="), did.ErrInvalid},
		"x with a line end":       {replace(jwkP256, x, x[:20]+`\n`+x[20:]), did.ErrInvalid},
		"x with trailing bits":    {replace(jwkP256, x, x[:42]+"5"), did.ErrInvalid},
		"x in base64":             {replace(jwkEd25519, "_", "/"), did.ErrInvalid},
		"x a byte short":          {replace(jwkP256, x, x[:42]), did.ErrInvalid},
		"x a zero in front":       {replace(jwkP256, x, "ADCgQkzSHClEg4otdckrN-duog2fAIk6O07uijwKr-w-"), did.ErrKeyLength},
		"the other y":             {replace(jwkP256, y, other), nil},
		"y off the curve":         {replace(jwkP256, y, base64.RawURLEncoding.EncodeToString(sameBit)), did.ErrKey},
		"y of zeros":              {replace(jwkP256, y, strings.Repeat("A", 43)), did.ErrKey},
		"small order":             {`{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`, did.ErrKey},
		"an array":                {"[" + jwkEd25519 + "]", did.ErrInvalid},
		"two":                     {jwkEd25519 + jwkEd25519, did.ErrInvalid},
		"a string":                {`"x"`, did.ErrInvalid},
		"empty object":            {`{}`, did.ErrInvalid},
		"not UTF-8":               {with(jwkEd25519, "\"kid\":\"\xff\""), did.ErrInvalid},
		"BOM":                     {"\ufeff" + jwkEd25519, did.ErrInvalid},
		"nested too deeply":       {with(jwkEd25519, `"kid":`+strings.Repeat("[", 40)), did.ErrInvalid},
		"longer than any DID":     {with(jwkEd25519, `"kid":"`+strings.Repeat("k", 2000)+`"`), did.ErrInvalid},
		"nothing":                 {"", did.ErrInvalid},
	} {
		d, err := did.Parse(jwkOf(c.jwk))
		if c.want == nil {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, c.want, name)
		require.True(t, d.IsZero(), name)
		require.Less(t, len(err.Error()), 512, name)
	}
}

func TestJWKHasOneBase64(t *testing.T) {
	good := jwkOf(jwkEd25519) // no multiple of three bytes, so its last character has bits to spare
	require.NotZero(t, len(jwkEd25519)%3)
	last := good[len(good)-1]
	for _, text := range []string{
		good + "=", good + "==", good[:len(good)-1] + string(last+1), good + "A", good[:30] + "\n" + good[30:], good + "\n",
		strings.Replace(good, "did:jwk:", "did:jwk:u", 1), good + ":", good + "%3D", "did:jwk:",
	} {
		_, err := did.Parse(text)
		require.ErrorIs(t, err, did.ErrInvalid, text)
	}
}
