package jose_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/secp256k1"
	"github.com/taperid/taper/internal/strictjson"
)

const size = 1 << 20

var (
	vcKind  = jose.Kind{Typ: "vc+jwt", Cty: "vc", Iss: true}
	invKind = jose.Kind{Typ: "agent-invocation+jwt"}
	jwtKind = jose.Kind{Typ: "JWT", Lax: true}
	key     = ed25519.NewKeyFromSeed(make([]byte, 32))
)

const (
	good    = `{"alg":"EdDSA","typ":"vc+jwt","kid":"did:key:z6#z6"}`
	payload = `{"a":1}`
)

// curves are those of the ECDSA rows.
var curves = map[string]elliptic.Curve{
	"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521(), "secp256k1": secp256k1.Curve(),
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// token signs whatever header there is, so that its signature is always right.
func token(header string) string { return tokenOf(b64(header), b64(payload)) }

func tokenOf(header, payload string) string {
	input := header + "." + payload
	return input + "." + b64(string(ed25519.Sign(key, []byte(input))))
}

func TestParseReadsAToken(t *testing.T) {
	tok, err := jose.Parse(token(`{"alg":"EdDSA","typ":"vc+jwt","kid":"k","cty":"vc","iss":"did:web:a"}`), size, invKind, vcKind)
	require.NoError(t, err)
	require.Equal(t, jose.Header{Alg: "EdDSA", Typ: "vc+jwt", Kid: "k", Cty: "vc", Iss: "did:web:a"}, tok.Header)
	require.Equal(t, 1, tok.Kind)
	require.JSONEq(t, payload, string(tok.Payload))
	require.True(t, ed25519.Verify(key.Public().(ed25519.PublicKey), tok.Input, tok.Signature))
}

// The headers of RFC 7515, 7797 and 8555 that a sender may steer a verifier with,
// each under a good signature.
func TestParseRefusesHeaders(t *testing.T) {
	with := func(member string) string { return strings.TrimSuffix(good, "}") + "," + member + "}" }
	for name, c := range map[string]struct {
		header string
		want   error
	}{
		"no alg":                       {`{"typ":"vc+jwt","kid":"k"}`, jose.ErrHeader},
		"empty alg":                    {`{"alg":"","typ":"vc+jwt","kid":"k"}`, jose.ErrHeader},
		"alg null":                     {`{"alg":null,"typ":"vc+jwt","kid":"k"}`, strictjson.ErrShape},
		"alg array":                    {`{"alg":["EdDSA"],"typ":"vc+jwt","kid":"k"}`, strictjson.ErrShape},
		"alg number":                   {`{"alg":1,"typ":"vc+jwt","kid":"k"}`, strictjson.ErrShape},
		"no kid":                       {`{"alg":"EdDSA","typ":"vc+jwt"}`, jose.ErrHeader},
		"empty kid":                    {`{"alg":"EdDSA","typ":"vc+jwt","kid":""}`, jose.ErrHeader},
		"kid object":                   {`{"alg":"EdDSA","typ":"vc+jwt","kid":{}}`, strictjson.ErrShape},
		"no typ":                       {`{"alg":"EdDSA","kid":"k"}`, jose.ErrTyp},
		"empty typ":                    {`{"alg":"EdDSA","typ":"","kid":"k"}`, jose.ErrHeader},
		"typ of another kind":          {`{"alg":"EdDSA","typ":"vp+jwt","kid":"k"}`, jose.ErrTyp},
		"typ in another case":          {`{"alg":"EdDSA","typ":"VC+JWT","kid":"k"}`, jose.ErrTyp},
		"typ as a media type":          {`{"alg":"EdDSA","typ":"application/vc+jwt","kid":"k"}`, jose.ErrTyp},
		"typ with a parameter":         {`{"alg":"EdDSA","typ":"vc+jwt;v=1","kid":"k"}`, jose.ErrTyp},
		"typ with a space":             {`{"alg":"EdDSA","typ":"vc+jwt ","kid":"k"}`, jose.ErrTyp},
		"typ JWT":                      {`{"alg":"EdDSA","typ":"JWT","kid":"k"}`, jose.ErrTyp},
		"cty of another kind":          {with(`"cty":"vp"`), jose.ErrHeader},
		"cty JWT, nested":              {with(`"cty":"JWT"`), jose.ErrHeader},
		"empty cty":                    {with(`"cty":""`), jose.ErrHeader},
		"crit with b64":                {with(`"crit":["b64"],"b64":false`), jose.ErrCritical},
		"crit with exp":                {with(`"crit":["exp"],"exp":1`), jose.ErrCritical},
		"crit empty":                   {with(`"crit":[]`), jose.ErrCritical},
		"crit null":                    {with(`"crit":null`), jose.ErrCritical},
		"crit string":                  {with(`"crit":"exp"`), jose.ErrCritical},
		"crit object":                  {with(`"crit":{}`), jose.ErrCritical},
		"crit of what is there":        {with(`"crit":["alg","typ","kid"]`), jose.ErrCritical},
		"crit of duplicates":           {with(`"crit":["x","x"],"x":1`), jose.ErrCritical},
		"crit first":                   {`{"crit":["x"],"alg":"EdDSA","typ":"vc+jwt","kid":"k"}`, jose.ErrCritical},
		"crit escaped":                 {with(`"\u0063rit":["x"]`), jose.ErrCritical},
		"Crit":                         {with(`"Crit":["x"]`), jose.ErrHeader},
		"b64 false":                    {with(`"b64":false`), jose.ErrHeader},
		"b64 true":                     {with(`"b64":true`), jose.ErrHeader},
		"jku":                          {with(`"jku":"https://evil.example/jwks"`), jose.ErrHeader},
		"jwk":                          {with(`"jwk":{"kty":"OKP","crv":"Ed25519","x":"AA"}`), jose.ErrHeader},
		"x5u":                          {with(`"x5u":"https://evil.example/x"`), jose.ErrHeader},
		"x5c":                          {with(`"x5c":["AA"]`), jose.ErrHeader},
		"x5t":                          {with(`"x5t":"AA"`), jose.ErrHeader},
		"x5t#S256":                     {with(`"x5t#S256":"AA"`), jose.ErrHeader},
		"zip":                          {with(`"zip":"DEF"`), jose.ErrHeader},
		"enc":                          {with(`"enc":"A256GCM"`), jose.ErrHeader},
		"nonce":                        {with(`"nonce":"x"`), jose.ErrHeader},
		"exp":                          {with(`"exp":1`), jose.ErrHeader},
		"unknown member":               {with(`"x":null`), jose.ErrHeader},
		"empty name":                   {with(`"":1`), jose.ErrHeader},
		"duplicate alg":                {with(`"alg":"none"`), strictjson.ErrSyntax},
		"duplicate kid":                {with(`"kid":"other"`), strictjson.ErrSyntax},
		"duplicate alg, escaped":       {with(`"\u0061lg":"none"`), strictjson.ErrSyntax},
		"ALG beside alg":               {with(`"ALG":"none"`), jose.ErrHeader},
		"Kelvin sign for k":            {"{\"alg\":\"EdDSA\",\"typ\":\"vc+jwt\",\"\u212aid\":\"k\"}", jose.ErrHeader},
		"long s for s":                 {with("\"i\u017fs\":\"k\""), jose.ErrHeader},
		"long s twice for s":           {with("\"i\u017f\u017f\":\"k\""), jose.ErrHeader},
		"invalid UTF-8":                {"{\"alg\":\"EdDSA\",\"typ\":\"vc+jwt\",\"kid\":\"\xff\"}", strictjson.ErrSyntax},
		"BOM":                          {"\ufeff" + good, strictjson.ErrSyntax},
		"trailing data":                {good + "{}", strictjson.ErrSyntax},
		"trailing comma":               {strings.TrimSuffix(good, "}") + ",}", strictjson.ErrSyntax},
		"comment":                      {good + "//", strictjson.ErrSyntax},
		"array":                        {"[" + good + "]", strictjson.ErrShape},
		"string":                       {`"EdDSA"`, strictjson.ErrShape},
		"null":                         {`null`, strictjson.ErrShape},
		"nothing":                      {``, strictjson.ErrSyntax},
		"text":                         {`alg: EdDSA`, strictjson.ErrSyntax},
		"deeply nested":                {`{"alg":` + strings.Repeat("[", 1000), strictjson.ErrDepth},
		"more than 4096 characters":    {with(`"cty":"` + strings.Repeat("v", 4096) + `"`), jose.ErrForm},
		"4096 characters of something": {with(`"cty":"` + strings.Repeat("v", 2900) + `"`), jose.ErrHeader},
	} {
		t.Run(name, func(t *testing.T) {
			tok, err := jose.Parse(token(c.header), size, vcKind)
			require.ErrorIs(t, err, c.want)
			require.Nil(t, tok)
			require.Less(t, len(err.Error()), 512)
		})
	}
	_, err := jose.Parse(token(`{"alg":"EdDSA","typ":"agent-invocation+jwt","kid":"k","iss":"x"}`), size, invKind)
	require.ErrorIs(t, err, jose.ErrHeader, "iss where the kind has none")
	_, err = jose.Parse(token(`{"alg":"EdDSA","typ":"agent-invocation+jwt","kid":"k","cty":"vc"}`), size, invKind)
	require.ErrorIs(t, err, jose.ErrHeader, "cty where the kind has none")
	_, err = jose.Parse(token(good), size)
	require.ErrorIs(t, err, jose.ErrTyp, "no kind is wanted")
}

func TestParseLaxLetsTypAndKidBeAbsentOnly(t *testing.T) {
	for _, header := range []string{`{"alg":"EdDSA"}`, `{"alg":"EdDSA","typ":"JWT"}`, `{"alg":"EdDSA","kid":"k"}`} {
		_, err := jose.Parse(token(header), size, jwtKind)
		require.NoError(t, err, header)
	}
	for header, want := range map[string]error{
		`{}`:                                     jose.ErrHeader,
		`{"typ":"JWT"}`:                          jose.ErrHeader,
		`{"alg":"EdDSA","typ":"jwt"}`:            jose.ErrTyp,
		`{"alg":"EdDSA","typ":"vc+jwt"}`:         jose.ErrTyp,
		`{"alg":"EdDSA","typ":""}`:               jose.ErrHeader,
		`{"alg":"EdDSA","typ":null}`:             strictjson.ErrShape,
		`{"alg":"EdDSA","crit":[]}`:              jose.ErrCritical,
		`{"alg":"EdDSA","cty":"vc"}`:             jose.ErrHeader,
		`{"alg":"EdDSA","iss":"did:key:z6#z6"}`:  jose.ErrHeader,
		`{"alg":"EdDSA","jwk":{"kty":"OKP"}}`:    jose.ErrHeader,
		`{"alg":"EdDSA","typ":"JWT","b64":true}`: jose.ErrHeader,
	} {
		_, err := jose.Parse(token(header), size, jwtKind)
		require.ErrorIs(t, err, want, header)
	}
}

func TestParseRefusesForms(t *testing.T) {
	whole := token(good)
	h, p, s := split(whole)
	for name, text := range map[string]string{
		"empty":                      "",
		"one part":                   h,
		"two parts":                  h + "." + p,
		"four parts":                 whole + ".",
		"four parts, one in front":   "." + whole,
		"five parts, like a JWE":     whole + "." + s + "." + s,
		"SD-JWT":                     whole + "~",
		"JSON serialisation":         `{"payload":"` + p + `","protected":"` + h + `","signature":"` + s + `"}`,
		"JSON serialisation, dots":   `{"payload":"` + p + `.","signatures":[{"protected":".` + h + `"}]}`,
		"space in front":             " " + whole,
		"line end behind":            whole + "\n",
		"quoted":                     `"` + whole + `"`,
		"padded header":              h + "=." + p + "." + s,
		"padded payload":             tokenOf(h, b64("1")+"=="),
		"padded signature":           whole + "==",
		"line end in the header":     tokenOf(h[:8]+"\n"+h[8:], p),
		"line end in the payload":    tokenOf(h, p[:4]+"\r\n"+p[4:]),
		"line end behind the header": tokenOf(h+"\n", p),
		"line end in the signature":  h + "." + p + "." + s[:8] + "\n" + s[8:],
		"line ends and no signature": h + "." + p + ".\n\n",
		"four line ends":             tokenOf(h, p+"\n\n\n\n"),
		"standard alphabet":          tokenOf(h, "+/+/"),
		"percent":                    tokenOf(h, "%41AA"),
		"not ASCII":                  tokenOf(h, "AAA\u00e9"),
		"NUL":                        tokenOf(h, "AAA\x00"),
		"length 1 mod 4":             tokenOf(h, p+strings.Repeat("A", (5-len(p)%4)%4)),
		"trailing bits of header":    tokenOf(tail(h), p),
		"trailing bits of payload":   tokenOf(h, tail(b64("12"))),
		"trailing bits, two":         tokenOf(h, tail(b64("1"))),
		"trailing bits of signature": h + "." + p + "." + tail(s),
		"no payload":                 tokenOf(h, ""),
	} {
		t.Run(name, func(t *testing.T) {
			tok, err := jose.Parse(text, size, vcKind)
			require.ErrorIs(t, err, jose.ErrForm)
			require.Nil(t, tok)
		})
	}
	_, err := jose.Parse(".."+s, size, vcKind)
	require.ErrorIs(t, err, strictjson.ErrSyntax, "no header")
	_, err = jose.Parse(whole, len(whole)-1, vcKind)
	require.ErrorIs(t, err, strictjson.ErrSize)
	_, err = jose.Parse(whole, len(whole), vcKind)
	require.NoError(t, err)
}

func split(token string) (h, p, s string) {
	parts := strings.Split(token, ".")
	return parts[0], parts[1], parts[2]
}

// tail returns a segment with other unused bits that decodes to the same bytes.
func tail(segment string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	want, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		panic(err)
	}
	for _, c := range alphabet {
		other := segment[:len(segment)-1] + string(c)
		if got, err := base64.RawURLEncoding.DecodeString(other); err == nil && bytes.Equal(got, want) && other != segment {
			return other
		}
	}
	panic("a multiple of three bytes has no unused bits: " + segment)
}

func TestParseOfMillionsOfDotsDoesNotAllocate(t *testing.T) {
	dots := strings.Repeat(".", 4<<20)
	for _, text := range []string{dots, "e30" + dots, "e30.e30." + dots[:1<<20]} {
		_, err := jose.Parse(text, len(text), vcKind)
		require.ErrorIs(t, err, jose.ErrForm)
		require.LessOrEqual(t, testing.AllocsPerRun(3, func() { _, _ = jose.Parse(text, len(text), vcKind) }), 8.0)
	}
	_, err := jose.Parse(dots, size, vcKind)
	require.ErrorIs(t, err, strictjson.ErrSize)
}

func TestSignWritesWhatParseReads(t *testing.T) {
	h := jose.Header{Alg: "EdDSA", Typ: "vc+jwt", Kid: "did:key:z6#z6", Cty: "vc", Iss: "did:key:z6"}
	sign := func(in []byte) ([]byte, error) { return ed25519.Sign(key, in), nil }
	text, err := jose.Sign(h, []byte(payload), sign)
	require.NoError(t, err)
	tok, err := jose.Parse(text, size, vcKind)
	require.NoError(t, err)
	require.Equal(t, h, tok.Header)
	require.Equal(t, payload, string(tok.Payload))

	broken := errors.New("no hardware")
	_, err = jose.Sign(h, nil, func([]byte) ([]byte, error) { return nil, broken })
	require.ErrorIs(t, err, broken)
}

func TestSignRefusesToSmuggleHeaderMembers(t *testing.T) {
	sign := func(in []byte) ([]byte, error) { return ed25519.Sign(key, in), nil }
	for _, kid := range []string{`k","crit":"x`, `k\`, "k\n", "k\x7f", "k\u00e9", "k\x00"} {
		for _, h := range []jose.Header{
			{Alg: "EdDSA", Typ: "vc+jwt", Kid: kid},
			{Alg: "EdDSA", Typ: "vc+jwt", Kid: "k", Cty: kid},
			{Alg: "EdDSA", Typ: "vc+jwt", Kid: "k", Iss: kid},
			{Alg: "EdDSA", Typ: kid, Kid: "k"},
			{Alg: kid, Typ: "vc+jwt", Kid: "k"},
		} {
			text, err := jose.Sign(h, []byte(payload), sign)
			require.ErrorIs(t, err, jose.ErrHeader)
			require.Empty(t, text)
		}
	}
}

func typ(t testing.TB, name string) *multikey.Type {
	row, ok := multikey.ByName(name)
	require.True(t, ok)
	return row
}

func TestVerifyBytesRefusesECDSASignaturesOfOtherForms(t *testing.T) {
	for name, curve := range curves {
		t.Run(name, func(t *testing.T) {
			row := typ(t, name)
			priv, err := ecdsa.GenerateKey(curve, rand.Reader)
			require.NoError(t, err)
			data := []byte("data")
			sig, err := jose.SignBytes(row, priv, data)
			require.NoError(t, err)
			require.NoError(t, jose.VerifyBytes(row, &priv.PublicKey, data, sig))

			n := curve.Params().N
			half := row.SigSize / 2
			order := n.FillBytes(make([]byte, half))
			der, err := priv.Sign(rand.Reader, make([]byte, 32), nil)
			require.NoError(t, err)
			for name, bad := range map[string][]byte{
				"empty":           {},
				"psychic, 0 0":    make([]byte, row.SigSize),
				"r = 0":           append(make([]byte, half), sig[half:]...),
				"s = 0":           append(bytes.Clone(sig[:half]), make([]byte, half)...),
				"r = s = n":       append(bytes.Clone(order), order...),
				"s = n":           append(bytes.Clone(sig[:half]), order...),
				"all ones":        bytes.Repeat([]byte{0xff}, row.SigSize),
				"DER":             der,
				"a byte too long": append(bytes.Clone(sig), 0),
				"a byte short":    sig[:len(sig)-1],
				"zero in front":   append([]byte{0}, sig...),
				"r and s swapped": append(bytes.Clone(sig[half:]), sig[:half]...),
			} {
				require.ErrorIs(t, jose.VerifyBytes(row, &priv.PublicKey, data, bad), jose.ErrSignature, name)
			}
			require.ErrorIs(t, jose.VerifyBytes(row, &priv.PublicKey, []byte("other"), sig), jose.ErrSignature)
		})
	}
}

func TestVerifyBytesRefusesEd25519SignaturesOfOtherForms(t *testing.T) {
	row := typ(t, "Ed25519")
	pub := key.Public()
	data := []byte("data")
	sig := ed25519.Sign(key, data)
	require.NoError(t, jose.VerifyBytes(row, pub, data, sig))
	for name, bad := range map[string][]byte{
		"empty":             {},
		"S + L":             addL(sig),
		"zeros":             make([]byte, 64),
		"identity and zero": append(append([]byte{1}, make([]byte, 31)...), make([]byte, 32)...),
		"a byte too long":   append(bytes.Clone(sig), 0),
		"a byte short":      sig[:63],
	} {
		require.ErrorIs(t, jose.VerifyBytes(row, pub, data, bad), jose.ErrSignature, name)
	}
}

// addL returns the signature with S + L for S, which verifies where S is not
// compared with L (RFC 8032 section 5.1.7).
func addL(sig []byte) []byte {
	l := []byte{
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
	}
	out, carry := bytes.Clone(sig), 0
	for i := range l {
		sum := int(out[32+i]) + int(l[i]) + carry
		out[32+i], carry = byte(sum), sum>>8
	}
	return out
}

func TestVerifyBytesRefusesAKeyOfAnotherType(t *testing.T) {
	sig := make([]byte, 64)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	require.ErrorIs(t, jose.VerifyBytes(typ(t, "P-256"), key.Public(), nil, sig), jose.ErrSignature)
	require.ErrorIs(t, jose.VerifyBytes(typ(t, "Ed25519"), &p256.PublicKey, nil, sig), jose.ErrSignature)
	require.ErrorIs(t, jose.VerifyBytes(typ(t, "secp256k1"), key.Public(), nil, sig), jose.ErrSignature)
	require.ErrorIs(t, jose.VerifyBytes(typ(t, "secp256k1"), &p256.PublicKey, nil, sig), jose.ErrSignature)
	_, err = jose.SignBytes(typ(t, "P-256"), key, nil)
	require.Error(t, err)
	_, err = jose.SignBytes(typ(t, "secp256k1"), key, nil)
	require.Error(t, err)
	_, err = jose.SignBytes(typ(t, "Ed25519"), p256, nil)
	require.Error(t, err)
}

func TestSignBytesIsLowS(t *testing.T) {
	for name, curve := range curves {
		row := typ(t, name)
		priv, err := ecdsa.GenerateKey(curve, rand.Reader)
		require.NoError(t, err)
		for range 32 {
			sig, err := jose.SignBytes(row, priv, []byte("x"))
			require.NoError(t, err)
			require.True(t, jose.LowS(row, sig))
			require.NoError(t, jose.VerifyBytes(row, &priv.PublicKey, []byte("x"), sig))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(token(good))
	f.Add(token(`{"alg":"ES256","typ":"agent-invocation+jwt","kid":"k"}`))
	f.Add(token(`{"alg":"EdDSA"}`))
	f.Add(token(good) + ".")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		tok, err := jose.Parse(text, size, vcKind, invKind, jwtKind)
		if err != nil {
			return
		}
		h, _, _ := strings.Cut(text, ".")
		header, err := base64.RawURLEncoding.DecodeString(h)
		require.NoError(t, err)
		require.Equal(t, text, b64(string(header))+"."+b64(string(tok.Payload))+"."+b64(string(tok.Signature)))
		require.Equal(t, text, string(tok.Input)+"."+b64(string(tok.Signature)))
	})
}
