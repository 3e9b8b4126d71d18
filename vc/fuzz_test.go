package vc_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// FuzzVerify: what is accepted has one digest however it is spelled, and says what
// was signed.
func FuzzVerify(f *testing.F) {
	for _, c := range credentialsOfAll(f) {
		f.Add([]byte(c))
	}
	c := sample()
	c.More = map[string]json.RawMessage{
		"name":            json.RawMessage(`[{"@value":"a","@language":"en"}]`),
		"relatedResource": json.RawMessage(`{"id":"urn:x:y","digestSRI":"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}`),
	}
	f.Add(signed(f, c, personas.New("alice"), vc.SignOptions{Format: vc.EdDSARDFC}))
	opts := vc.VerifyOptions{AnyIssuer: true, IgnoreStatus: true, IgnoreTime: true}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := vc.Verify(context.Background(), data, opts)
		if err != nil {
			require.Nil(t, v)
			return
		}
		require.Equal(t, v.Issuer(), v.Proof().Signer)
		require.NotEmpty(t, v.Proofs())
		require.NotEmpty(t, v.Document())
		if data[0] != '{' || v.Proof().Format == vc.JWT || v.Proof().Format == vc.JWTv1 {
			return
		}
		canonical, err := strictjson.Canonical(data, len(data))
		require.NoError(t, err)
		again, err := vc.Verify(context.Background(), canonical, opts)
		require.NoError(t, err)
		require.Equal(t, v, again)
		content, err := vc.ParseUnverified(v.Document())
		require.NoError(t, err)
		require.Equal(t, v.Credential().Subject, content.Subject)
	})
}

// FuzzVerifyPresentation: what is accepted is by its holder, for this verifier.
func FuzzVerifyPresentation(f *testing.F) {
	all := credentialsOfAll(f)
	for _, format := range []vc.Format{"", vc.EdDSAJCS, vc.EdDSARDFC} {
		p, err := vc.SignPresentation(vc.Presentation{
			Credentials: all, Challenge: "c-1", Domain: verifier, IssuedAt: noon, Format: format,
		}, personas.New("alice"))
		require.NoError(f, err)
		f.Add([]byte(p))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := vc.VerifyPresentation(context.Background(), data, shown)
		if err != nil {
			require.Nil(t, p)
			return
		}
		require.Equal(t, personas.New("alice").DID(), p.Holder())
		for _, c := range p.Credentials() {
			require.NotEmpty(t, c.Digest())
		}
	})
}

// FuzzParseUnverified: what is read is written and read again as the same.
func FuzzParseUnverified(f *testing.F) {
	for _, member := range []string{`"name":"a"`, `"evidence":[{"type":"A","id":"urn:x:y"}]`, `"validUntil":"2027-01-01T00:00:00.5+01:00"`} {
		f.Add([]byte(plain(false, member)))
	}
	f.Add([]byte(plain(true, `"credentialStatus":{"id":"urn:x:y","type":"StatusList2021Entry","statusPurpose":"revocation","statusListIndex":"1","statusListCredential":"https://a.example"}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := vc.ParseUnverified(data)
		if err != nil {
			return
		}
		text, err := c.MarshalJSON()
		require.NoError(t, err)
		again, err := vc.ParseUnverified(text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, c.Subject, again.Subject)
		require.Equal(t, c.Issuer, again.Issuer)
		require.Equal(t, c.Context, again.Context)
		require.Equal(t, c.More, again.More)
	})
}
