package vc_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

const verifier = "https://verifier.example"

var shown = vc.PresentationOptions{
	Challenge: "c-1", Domain: verifier, VerifyOptions: vc.VerifyOptions{AnyIssuer: true, Now: noon},
}

// credentialsOfAll are credentials in every securing.
func credentialsOfAll(t testing.TB) (all []string) {
	v1 := sample()
	v1.Context = []string{vc.ContextV1}
	all = append(all,
		string(signed(t, sample(), personas.New("alice"), vc.SignOptions{})),
		string(signed(t, v1, personas.New("alice"), vc.SignOptions{})))
	for _, e := range embedded {
		all = append(all, string(signed(t, sample(), e.signer, vc.SignOptions{Format: e.format})))
	}
	return append(all, string(chainOf(t)))
}

func TestPresentations(t *testing.T) {
	all := credentialsOfAll(t)
	for _, e := range append(embedded, embedded[0]) {
		p := vc.Presentation{
			ID: "urn:uuid:1", Type: []string{"VerifiablePresentation"}, Credentials: all, Challenge: "c-1", Domain: verifier,
			IssuedAt: noon, ExpiresAt: noon.Add(time.Minute), Format: e.format,
		}
		t.Run(e.name, func(t *testing.T) {
			data, err := vc.SignPresentation(p, e.signer)
			require.NoError(t, err)
			v, err := vc.VerifyPresentation(context.Background(), []byte(data), shown)
			require.NoError(t, err)
			require.Equal(t, e.signer.DID(), v.Holder())
			require.Len(t, v.Credentials(), len(all))
			for i, c := range v.Credentials() {
				alone, err := vc.Verify(context.Background(), []byte(all[i]), shown.VerifyOptions)
				require.NoError(t, err)
				require.Equal(t, alone.Digest(), c.Digest(), "a credential is the same inside and outside")
			}
			proof, err := vc.VerifyPresentationProof(context.Background(), []byte(data), vc.VerifyOptions{Now: noon})
			require.NoError(t, err)
			require.Equal(t, "c-1", proof.Challenge)
			require.Equal(t, []string{verifier}, proof.Domain)
			if e.format != "" {
				_, err = vc.VerifyPresentationProof(context.Background(), []byte(data), vc.VerifyOptions{Now: noon.Add(time.Minute)})
				require.ErrorIs(t, err, vc.ErrExpired)
			}

			for name, c := range map[string]struct {
				change func(o *vc.PresentationOptions)
				want   error
			}{
				"another challenge": {func(o *vc.PresentationOptions) { o.Challenge = "c-2" }, vc.ErrChallenge},
				"another domain":    {func(o *vc.PresentationOptions) { o.Domain += "/" }, vc.ErrDomain},
				"too early":         {func(o *vc.PresentationOptions) { o.Now = noon.Add(-time.Second) }, vc.ErrNotYetValid},
				"too late":          {func(o *vc.PresentationOptions) { o.Now = noon.Add(time.Minute) }, vc.ErrExpired},
				"an issuer unknown": {func(o *vc.PresentationOptions) {
					o.AnyIssuer, o.Issuers = false, []did.DID{personas.New("bob").DID()}
				}, vc.ErrUntrusted},
				"nothing to check": {func(o *vc.PresentationOptions) { o.Challenge = "" }, vc.ErrOptions},
			} {
				opts := shown
				c.change(&opts)
				_, err := vc.VerifyPresentation(context.Background(), []byte(data), opts)
				require.ErrorIs(t, err, c.want, name)
			}
			_, err = vc.Verify(context.Background(), []byte(data), shown.VerifyOptions)
			require.Error(t, err, "a presentation is no credential")
		})
	}
}

func TestAlteredPresentations(t *testing.T) {
	alice, mallory := personas.New("alice"), personas.New("mallory")
	inner := signed(t, sample(), alice, vc.SignOptions{Format: vc.EdDSAJCS})
	text, err := vc.SignPresentation(vc.Presentation{
		Credentials: []string{string(inner)}, Challenge: "c-1", Domain: verifier, Format: vc.EdDSAJCS,
	}, alice)
	require.NoError(t, err)
	first := func(d map[string]any) map[string]any { return d["verifiableCredential"].([]any)[0].(map[string]any) }
	proof := func(d map[string]any) map[string]any { return d["proof"].(map[string]any) }
	for name, c := range map[string]struct {
		edit func(d map[string]any)
		want error
	}{
		"a claim inside":         {func(d map[string]any) { first(d)["credentialSubject"].(map[string]any)["name"] = "Eve" }, vc.ErrSignature},
		"the inner proof gone":   {func(d map[string]any) { delete(first(d), "proof") }, vc.ErrSignature},
		"one more credential":    {func(d map[string]any) { d["verifiableCredential"] = []any{first(d), first(d)} }, vc.ErrSignature},
		"none left":              {func(d map[string]any) { delete(d, "verifiableCredential") }, vc.ErrSignature},
		"a credential as text":   {func(d map[string]any) { d["verifiableCredential"] = []any{string(inner)} }, nil},
		"a token as text":        {func(d map[string]any) { d["verifiableCredential"] = "a.b.c" }, vc.ErrModel},
		"a number":               {func(d map[string]any) { d["verifiableCredential"] = 1 }, vc.ErrModel},
		"the holder":             {func(d map[string]any) { d["holder"] = mallory.DID().String() }, vc.ErrSignature},
		"a holder that is none":  {func(d map[string]any) { d["holder"] = "alice" }, vc.ErrModel},
		"the holder gone":        {func(d map[string]any) { delete(d, "holder") }, vc.ErrSignature},
		"the challenge":          {func(d map[string]any) { proof(d)["challenge"] = "c-2" }, vc.ErrSignature},
		"the domain":             {func(d map[string]any) { proof(d)["domain"] = "x" }, vc.ErrSignature},
		"no proof":               {func(d map[string]any) { delete(d, "proof") }, vc.ErrFormat},
		"an empty set":           {func(d map[string]any) { d["proof"] = []any{} }, vc.ErrProof},
		"for assertion":          {func(d map[string]any) { proof(d)["proofPurpose"] = "assertionMethod" }, vc.ErrPurpose},
		"the credential's proof": {func(d map[string]any) { d["proof"] = first(d)["proof"] }, vc.ErrPurpose},
		"no type":                {func(d map[string]any) { delete(d, "type") }, vc.ErrType},
		"another type":           {func(d map[string]any) { d["type"] = "VerifiableCredential" }, vc.ErrType},
		"no context":             {func(d map[string]any) { delete(d, "@context") }, vc.ErrContext},
		"Holder":                 {func(d map[string]any) { d["Holder"] = mallory.DID().String() }, vc.ErrModel},
		"a vp inside":            {func(d map[string]any) { d["vp"] = map[string]any{} }, vc.ErrClaims},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := vc.VerifyPresentation(context.Background(), with(t, []byte(text), c.edit), shown)
			require.Error(t, err)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
			require.Nil(t, v)
		})
	}
}

// TestStolenCredential: who presents another's credential is its presenter and
// not its holder.
func TestStolenCredential(t *testing.T) {
	alice, mallory := personas.New("alice"), personas.New("mallory")
	text, err := vc.SignPresentation(vc.Presentation{Challenge: "c-1", Domain: verifier, Format: vc.EdDSAJCS}, mallory)
	require.NoError(t, err)
	v, err := vc.VerifyPresentation(context.Background(), []byte(text), shown)
	require.NoError(t, err)
	require.Equal(t, mallory.DID(), v.Holder())

	// Two proofs, one of them by somebody else.
	both := twoHolders(t, alice, mallory)
	_, err = vc.VerifyPresentation(context.Background(), both, shown)
	require.ErrorIs(t, err, vc.ErrHolder)
}

// twoHolders puts the proofs of two presentations that say the same, and name no
// holder, under one.
func twoHolders(t testing.TB, a, b *did.Signer) []byte {
	var proofs []any
	var doc map[string]any
	for _, s := range []*did.Signer{a, b} {
		content := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[]}`
		require.NoError(t, json.Unmarshal(signContent(t, content, s), &doc))
		proofs = append(proofs, doc["proof"])
	}
	doc["proof"] = proofs
	out, err := json.Marshal(doc)
	require.NoError(t, err)
	return out
}

func TestUnsignedPresentations(t *testing.T) {
	alice := personas.New("alice")
	inner := string(signed(t, sample(), alice, vc.SignOptions{Format: vc.EdDSAJCS}))
	doc := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiablePresentation","holder":"` +
		alice.DID().String() + `","verifiableCredential":[` + inner + `]}`
	_, err := vc.VerifyPresentation(context.Background(), []byte(doc), shown)
	require.ErrorIs(t, err, vc.ErrFormat)
	opts := shown
	opts.Unsigned = true
	v, err := vc.VerifyPresentation(context.Background(), []byte(doc), opts)
	require.NoError(t, err)
	require.True(t, v.Holder().IsZero(), "nobody proved to be the holder")
	require.Len(t, v.Credentials(), 1)
	require.NotEmpty(t, v.Digest())

	_, err = vc.VerifyPresentation(context.Background(), []byte(strings.Replace(doc, `"Abc"`, `"Eve"`, 1)), opts)
	require.ErrorIs(t, err, vc.ErrSignature, "its credentials are verified all the same")
	for _, bad := range []string{
		strings.Replace(doc, `"type":"VerifiablePresentation"`, `"type":"X"`, 1),
		strings.Replace(doc, inner, `"a.b.c"`, 1),
		strings.Replace(doc, inner, `{}`, 1),
		strings.Replace(doc, `"@context"`, `"proof":[],"@context"`, 1),
		`{}`, `[]`, `{`,
	} {
		_, err = vc.VerifyPresentation(context.Background(), []byte(bad), opts)
		require.Error(t, err, bad)
	}
}

func TestEnvelopes(t *testing.T) {
	alice := personas.New("alice")
	token := string(signed(t, sample(), alice, vc.SignOptions{}))
	v1 := sample()
	v1.Context = []string{vc.ContextV1}
	old := string(signed(t, v1, alice, vc.SignOptions{}))
	envelope := func(context, typ, id, more string) string {
		return `{"@context":` + context + `,"type":` + typ + `,"id":"` + id + `"` + more + `}`
	}
	const ctx, typ, vcjwt = `"https://www.w3.org/ns/credentials/v2"`, `"EnvelopedVerifiableCredential"`, "data:application/vc+jwt,"
	for name, c := range map[string]struct {
		doc  string
		want error
	}{
		"one":                     {envelope(ctx, typ, vcjwt+token, ""), nil},
		"arrays":                  {envelope(`[`+ctx+`]`, `[`+typ+`]`, vcjwt+token, ""), nil},
		"of 1.1":                  {envelope(ctx, typ, "data:application/jwt,"+old, ""), nil},
		"of 1.1 as vc+jwt":        {envelope(ctx, typ, vcjwt+old, ""), vc.ErrTyp},
		"vc+jwt as jwt":           {envelope(ctx, typ, "data:application/jwt,"+token, ""), vc.ErrTyp},
		"another media type":      {envelope(ctx, typ, "data:application/vp+jwt,"+token, ""), vc.ErrFormat},
		"no media type":           {envelope(ctx, typ, token, ""), vc.ErrFormat},
		"an unsigned member":      {envelope(ctx, typ, vcjwt+token, `,"name":"x"`), vc.ErrModel},
		"two types":               {envelope(ctx, `[`+typ+`,"VerifiableCredential"]`, vcjwt+token, ""), vc.ErrType},
		"another type":            {envelope(ctx, `"VerifiableCredential"`, vcjwt+token, ""), vc.ErrFormat},
		"a presentation's":        {envelope(ctx, `"EnvelopedVerifiablePresentation"`, vcjwt+token, ""), vc.ErrFormat},
		"no context":              {envelope(`[]`, typ, vcjwt+token, ""), vc.ErrContext},
		"another context":         {envelope(`"https://a.example"`, typ, vcjwt+token, ""), vc.ErrContext},
		"a proof":                 {envelope(ctx, typ, vcjwt+token, `,"proof":{}`), vc.ErrProof},
		"an envelope in it":       {envelope(ctx, typ, vcjwt+"{}", ""), vc.ErrMalformed},
		"two ids":                 {envelope(ctx, typ, vcjwt+token, `,"id":"x"`), vc.ErrMalformed},
		"an id that is an object": {`{"@context":` + ctx + `,"type":` + typ + `,"id":{}}`, vc.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verify([]byte(c.doc), alice)
			require.ErrorIs(t, err, c.want)
		})
	}

	vp, err := vc.SignPresentation(vc.Presentation{Credentials: []string{token, old}, Challenge: "c-1", Domain: verifier}, alice)
	require.NoError(t, err)
	doc := envelope(ctx, `"EnvelopedVerifiablePresentation"`, "data:application/vp+jwt,"+vp, "")
	v, err := vc.VerifyPresentation(context.Background(), []byte(doc), shown)
	require.NoError(t, err)
	require.Len(t, v.Credentials(), 2)
	doc = envelope(ctx, `"EnvelopedVerifiablePresentation"`, "data:application/jwt,"+vp, "")
	_, err = vc.VerifyPresentation(context.Background(), []byte(doc), shown)
	require.ErrorIs(t, err, vc.ErrTyp)
}

// TestPresentationForOldReaders: some readers of Ed25519Signature2020 know no
// context but that of Data Model 1.1.
func TestPresentationForOldReaders(t *testing.T) {
	alice := personas.New("alice")
	sign := func(c vc.Credential) string {
		c.ValidFrom = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		c.Subject = []vc.Subject{{ID: "did:example:bob", Claims: json.RawMessage(`{"id":"did:example:bob"}`)}}
		text, err := vc.Sign(c, alice, vc.SignOptions{Format: vc.Ed25519Signature2020})
		require.NoError(t, err)
		return text
	}
	v1, v2 := sign(vc.Credential{Context: []string{vc.ContextV1}}), sign(vc.Credential{})
	for _, c := range []struct {
		name        string
		credentials []string
		want        string
	}{
		{"of 1.1 alone", []string{v1}, vc.ContextV1},
		{"of both", []string{v1, v2}, vc.ContextV2},
		{"of 2.0", []string{v2}, vc.ContextV2},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := vc.SignPresentation(vc.Presentation{
				Credentials: c.credentials, Challenge: "c", Domain: "https://example.com", Format: vc.Ed25519Signature2020,
			}, alice)
			require.NoError(t, err)
			var got struct {
				Context []string `json:"@context"`
			}
			require.NoError(t, json.Unmarshal([]byte(text), &got))
			require.Equal(t, c.want, got.Context[0])
			_, err = vc.VerifyPresentation(context.Background(), []byte(text), vc.PresentationOptions{
				Challenge: "c", Domain: "https://example.com", VerifyOptions: vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, IgnoreTime: true},
			})
			require.NoError(t, err)
		})
	}
}

// TestPresentationsV1: the older presentations, as a token and as a document.
func TestPresentationsV1(t *testing.T) {
	alice := personas.New("alice")
	v1 := sample()
	v1.Context = []string{vc.ContextV1, `{"name":"https://schema.org/name"}`}
	token := string(signed(t, v1, alice, vc.SignOptions{}))
	doc := string(signed(t, v1, alice, vc.SignOptions{Format: vc.Ed25519Signature2020}))
	p := vc.Presentation{
		Context: []string{vc.ContextV1}, ID: "urn:uuid:1", Credentials: []string{token, doc}, Challenge: "c-1", Domain: verifier,
		IssuedAt: noon, ExpiresAt: noon.Add(time.Minute),
	}
	text, err := vc.SignPresentation(p, alice)
	require.NoError(t, err)
	head, rest, _ := strings.Cut(text, ".")
	header, err := base64.RawURLEncoding.DecodeString(head)
	require.NoError(t, err)
	require.JSONEq(t, `{"alg":"EdDSA","typ":"JWT","kid":"`+alice.Method()+`"}`, string(header))
	body, _, _ := strings.Cut(rest, ".")
	payload, err := base64.RawURLEncoding.DecodeString(body)
	require.NoError(t, err)
	id := alice.DID().String()
	require.JSONEq(t, `{"iss":"`+id+`","aud":"`+verifier+`","nonce":"c-1","jti":"urn:uuid:1","nbf":1795521600,"iat":1795521600,"exp":1795521660,
		"vp":{"@context":["`+vc.ContextV1+`"],"id":"urn:uuid:1","type":["VerifiablePresentation"],"holder":"`+id+`",
		"verifiableCredential":["`+token+`",`+doc+`]}}`, string(payload))
	v, err := vc.VerifyPresentation(context.Background(), []byte(text), shown)
	require.NoError(t, err)
	require.Equal(t, alice.DID(), v.Holder())
	require.Len(t, v.Credentials(), 2)

	p.Credentials = []string{doc}
	for _, format := range []vc.Format{vc.EdDSAJCS, vc.EdDSARDFC, vc.Ed25519Signature2020} {
		p.Format = format
		text, err := vc.SignPresentation(p, alice)
		require.NoError(t, err)
		v, err := vc.VerifyPresentation(context.Background(), []byte(text), shown)
		require.NoError(t, err)
		require.Len(t, v.Credentials(), 1)
	}
	p.Credentials = []string{token}
	_, err = vc.SignPresentation(p, alice)
	require.ErrorIs(t, err, vc.ErrModel, "a document of 1.1 has no place for a token")
	p.Context = []string{"https://a.example"}
	_, err = vc.SignPresentation(p, alice)
	require.ErrorIs(t, err, vc.ErrContext)
}

func TestSignPresentationRefuses(t *testing.T) {
	alice := personas.New("alice")
	for name, c := range map[string]struct {
		change func(p *vc.Presentation)
		want   error
	}{
		"no challenge":           {func(p *vc.Presentation) { p.Challenge = "" }, vc.ErrChallenge},
		"no domain":              {func(p *vc.Presentation) { p.Domain = "" }, vc.ErrChallenge},
		"an id that is no URL":   {func(p *vc.Presentation) { p.ID = "x" }, vc.ErrModel},
		"an id that is no text":  {func(p *vc.Presentation) { p.ID = "urn:\xff:x" }, vc.ErrModel},
		"a credential of pieces": {func(p *vc.Presentation) { p.Credentials = []string{`{"a":1},{"b":2}`} }, vc.ErrMalformed},
		"an end before it":       {func(p *vc.Presentation) { p.ExpiresAt = p.IssuedAt }, nil},
		"an unknown format":      {func(p *vc.Presentation) { p.Format = "x" }, vc.ErrFormat},
		"another key's format":   {func(p *vc.Presentation) { p.Format = vc.ECDSAJCS }, vc.ErrAlg},
	} {
		for _, format := range []vc.Format{"", vc.EdDSAJCS} {
			p := vc.Presentation{Challenge: "c-1", Domain: verifier, IssuedAt: noon, Format: format}
			c.change(&p)
			text, err := vc.SignPresentation(p, alice)
			if c.want == nil && format == "" {
				continue // a token may end when it begins
			}
			require.Error(t, err, name)
			if c.want != nil {
				require.ErrorIs(t, err, c.want, name)
			}
			require.Empty(t, text)
		}
	}
	_, err := vc.SignPresentation(vc.Presentation{Challenge: "c-1", Domain: verifier}, nil)
	require.ErrorIs(t, err, vc.ErrKey)
}
