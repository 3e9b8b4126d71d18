package sdjwt_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

func presentationOptions() sdjwt.PresentationOptions {
	return sdjwt.PresentationOptions{
		PresentationOptions: vc.PresentationOptions{
			Challenge: nonce, Domain: tool, VerifyOptions: vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, Now: noon},
		},
		Types: []string{"Employee"},
	}
}

// credentials are one that can be shown in part, bound to the agent, and one in
// every other securing.
func credentials(t testing.TB) []string {
	selective, err := sdjwt.Issue([]byte(w3cClaims("")), alice,
		sdjwt.IssueOptions{Disclosable: []string{"/credentialSubject/salary"}, Holder: agent.Key()})
	require.NoError(t, err)
	selective, err = sdjwt.Select(selective, nil)
	require.NoError(t, err)
	c := vc.Credential{ValidFrom: noon, Subject: []vc.Subject{{Claims: json.RawMessage(`{"name":"x"}`)}}}
	token, err := vc.Sign(c, alice, vc.SignOptions{})
	require.NoError(t, err)
	document, err := vc.Sign(c, alice, vc.SignOptions{Format: vc.EdDSAJCS})
	require.NoError(t, err)
	return []string{selective, token, document}
}

func TestPresentation(t *testing.T) {
	text, err := sdjwt.SignPresentation(vc.Presentation{
		ID: "urn:uuid:2", Credentials: credentials(t), Challenge: nonce, Domain: tool, IssuedAt: noon, ExpiresAt: noon.Add(time.Minute),
	}, agent, []string{"/holder", "/verifiableCredential/1", "/type"})
	require.NoError(t, err)
	p, err := sdjwt.VerifyPresentation(context.Background(), []byte(text), presentationOptions())
	require.NoError(t, err)
	require.Equal(t, agent.DID(), p.Holder())
	require.Len(t, p.Credentials(), 2)
	require.Len(t, p.Selective(), 1)
	require.NotContains(t, string(p.Selective()[0].Claims()), "salary")
	require.Equal(t, agent.Key().Multibase(), p.Selective()[0].Holder().Multibase())

	// Passed on without one of the credentials, by somebody who cannot sign.
	parts := strings.Split(text, "~")
	require.Len(t, parts, 5)
	for i := 1; i < 4; i++ {
		less := strings.Replace(text, "~"+parts[i], "", 1)
		q, err := sdjwt.VerifyPresentation(context.Background(), []byte(less), presentationOptions())
		if err != nil {
			require.ErrorIs(t, err, vc.ErrType, "a presentation without its type is none")
			continue
		}
		require.Equal(t, agent.DID(), q.Holder())
		require.Equal(t, p.Digest(), q.Digest())
	}
}

func TestPresentationRefusals(t *testing.T) {
	bob := personas.New("bob")
	claims := func(more string) string {
		return `{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiablePresentation","aud":"` + tool + `","nonce":"` + nonce + `"` + more + `}`
	}
	head := func(s *did.Signer, more string) string {
		return `{"alg":"EdDSA","typ":"vp+sd-jwt","kid":"` + s.Method() + `"` + more + `}`
	}
	sign := func(payload string) string { return forgeHeader(t, agent, head(agent, ""), payload) + "~" }
	all := credentials(t)
	stranger, err := sdjwt.Issue([]byte(w3cClaims("")), alice, sdjwt.IssueOptions{Holder: bob.Key()})
	require.NoError(t, err)
	method := forge(t, "vc+sd-jwt", w3cClaims(`,"cnf":{"kid":"did:example:a#b"}`))
	envelope := func(media, token string) string {
		return claims(`,"verifiableCredential":[{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/` + media + `,` + token + `"}]`)
	}
	for _, c := range []struct {
		name, text string
		change     func(*sdjwt.PresentationOptions)
		want       error
	}{
		{"by hand", sign(claims("")), nil, nil},
		{"unbound", sign(claims("")), func(o *sdjwt.PresentationOptions) { o.Challenge, o.Domain, o.Unbound = "", "", true }, nil},
		{"nothing to check", sign(claims("")), func(o *sdjwt.PresentationOptions) { o.Challenge = "" }, vc.ErrOptions},
		{"unsigned", sign(claims("")), func(o *sdjwt.PresentationOptions) { o.Unsigned = true }, vc.ErrOptions},
		{"no trusted issuers", sign(claims("")), func(o *sdjwt.PresentationOptions) { o.Issuers = nil }, vc.ErrOptions},
		{"another challenge", sign(claims("")), func(o *sdjwt.PresentationOptions) { o.Challenge = "x" }, vc.ErrChallenge},
		{"another domain", sign(claims("")), func(o *sdjwt.PresentationOptions) { o.Domain = "x" }, vc.ErrDomain},
		{"expired", sign(claims(`,"exp":` + unix(noon))), nil, vc.ErrExpired},
		{"from the future", sign(claims(`,"iat":` + unix(noon.Add(time.Hour)))), nil, vc.ErrNotYetValid},
		{"iat as text", sign(claims(`,"iat":"2026-01-01T00:00:00Z"`)), nil, vc.ErrClaims},
		{"a credential", forge(t, "vc+sd-jwt", w3cClaims("")), nil, vc.ErrTyp},
		{"a vp+jwt", forgeHeader(t, agent, strings.Replace(head(agent, ""), "vp+sd-jwt", "vp+jwt", 1), claims("")) + "~", nil, vc.ErrTyp},
		{"with a key binding JWT", sign(claims("")) + "x", nil, sdjwt.ErrForm},
		{"another holder", sign(claims(`,"holder":"` + bob.DID().String() + `"`)), nil, vc.ErrHolder},
		{"another iss", sign(claims(`,"iss":"` + bob.DID().String() + `"`)), nil, vc.ErrHolder},
		{"another iss in the header", forgeHeader(t, agent, head(agent, `,"iss":"x"`), claims("")) + "~", nil, vc.ErrHolder},
		{"kid is no DID URL", forgeHeader(t, agent, `{"alg":"EdDSA","typ":"vp+sd-jwt","kid":"k"}`, claims("")) + "~", nil, vc.ErrKey},
		{"signed by another", forgeHeader(t, bob, head(agent, ""), claims("")) + "~", nil, vc.ErrSignature},
		{"no context", sign(`{"type":"VerifiablePresentation"}`), nil, vc.ErrContext},
		{"context of 1.1", sign(strings.Replace(claims(""), vc.ContextV2, vc.ContextV1, 1)), nil, vc.ErrContext},
		{"no type", sign(`{"@context":["https://www.w3.org/ns/credentials/v2"]}`), nil, vc.ErrType},
		{"an array", sign(`[]`), nil, sdjwt.ErrForm},
		{"a disclosure without a place", sign(claims("")) + b64(`["s","a",1]`) + "~", nil, sdjwt.ErrDisclosure},
		{"vp claim", sign(claims(`,"vp":{}`)), nil, vc.ErrClaims},
		{"a fold", sign(claims(`,"Holder":"x"`)), nil, vc.ErrModel},
		{"a credential that is a number", sign(claims(`,"verifiableCredential":[1]`)), nil, vc.ErrModel},
		{"a credential that is nothing", sign(claims(`,"verifiableCredential":["x"]`)), nil, vc.ErrMalformed},
		{"an envelope of nothing", sign(claims(`,"verifiableCredential":[{"type":"EnvelopedVerifiableCredential","id":"bad-credential"}]`)), nil, vc.ErrFormat},
		{"an envelope that says more", sign(strings.Replace(envelope("vc+sd-jwt", all[0]), `"id":`, `"name":"x","id":`, 1)), nil, vc.ErrModel},
		{"an envelope by another case", sign(strings.Replace(envelope("vc+sd-jwt", all[0]), `"id":`, `"ID":`, 1)), nil, vc.ErrModel},
		{"a token in the wrong envelope", sign(envelope("vc+sd-jwt", all[1])), nil, sdjwt.ErrForm},
		{"an SD-JWT in the wrong envelope", sign(envelope("vc+jwt", all[0])), nil, vc.ErrTyp},
		{"a good one", sign(envelope("vc+sd-jwt", all[0])), nil, nil},
		{"of another type", sign(envelope("vc+sd-jwt", all[0])), func(o *sdjwt.PresentationOptions) { o.Types = []string{"x"} }, sdjwt.ErrType},
		{"bound to another", sign(envelope("vc+sd-jwt", stranger)), nil, sdjwt.ErrBinding},
		{"bound to what nobody resolves", sign(envelope("vc+sd-jwt", method)), nil, sdjwt.ErrConfirmation},
		{"of an issuer who is not trusted", sign(envelope("vc+jwt", all[1])), func(o *sdjwt.PresentationOptions) { o.Issuers = []did.DID{bob.DID()} }, vc.ErrUntrusted},
		{"too large", sign(claims(`,"a":"` + strings.Repeat("a", vc.MaxPresentationBytes) + `"`)), nil, vc.ErrSize},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := presentationOptions()
			if c.change != nil {
				c.change(&o)
			}
			p, err := sdjwt.VerifyPresentation(context.Background(), []byte(c.text), o)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.want == nil, p != nil)
		})
	}
}

func TestSignPresentationRefusals(t *testing.T) {
	p := vc.Presentation{Challenge: nonce, Domain: tool}
	for _, c := range []struct {
		name   string
		p      vc.Presentation
		holder *did.Signer
		open   []string
		want   error
	}{
		{"no holder", p, nil, nil, vc.ErrKey},
		{"no challenge", vc.Presentation{Domain: tool}, agent, nil, vc.ErrChallenge},
		{"no domain", vc.Presentation{Challenge: nonce}, agent, nil, vc.ErrChallenge},
		{"a format of package vc", vc.Presentation{Challenge: nonce, Domain: tool, Format: vc.EdDSAJCS}, agent, nil, vc.ErrFormat},
		{"hidden audience", p, agent, []string{"/aud"}, sdjwt.ErrAlwaysShown},
		{"hidden nothing", p, agent, []string{"/x"}, sdjwt.ErrPath},
		{"too large", vc.Presentation{Challenge: nonce, Domain: tool, Credentials: []string{strings.Repeat("a", vc.MaxPresentationBytes)}}, agent, nil, vc.ErrSize},
		{"no JSON", vc.Presentation{Challenge: nonce, Domain: tool, Credentials: []string{"{"}}, agent, nil, sdjwt.ErrForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := sdjwt.SignPresentation(c.p, c.holder, c.open)
			require.ErrorIs(t, err, c.want)
			require.Empty(t, text)
		})
	}
	text, err := sdjwt.SignPresentation(vc.Presentation{Challenge: nonce, Domain: tool, Type: []string{"Mine", "VerifiablePresentation"}, Format: sdjwt.VP}, agent, nil)
	require.NoError(t, err)
	require.Contains(t, decodePayload(t, text), `"type":["Mine","VerifiablePresentation"]`)
}

// TestSuitePresentations are the presentations of the W3C suite for VC-JOSE-COSE.
func TestSuitePresentations(t *testing.T) {
	for _, c := range []struct {
		name, file, key string
		want            error
	}{
		{"22", "presentation-sdjwt-selective.txt", "vm-p384.json", nil},
		{"25", "presentation-sdjwt-bad-media-type.txt", "vm-ed25519.json", vc.ErrTyp},
		{"26", "presentation-sdjwt-bad-credential.txt", "vm-p521.json", vc.ErrTyp},
	} {
		t.Run(c.name, func(t *testing.T) {
			key, _ := suiteKey(t, c.key)
			text := []byte(strings.TrimSpace(string(vectors.Read(t, "vc-jose-cose", c.file))))
			proof, err := sdjwt.VerifyPresentationProof(context.Background(), text, vc.VerifyOptions{Key: key})
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Equal(t, sdjwt.VP, proof.Format)
				_, err = sdjwt.VerifyPresentationProof(context.Background(), text, vc.VerifyOptions{})
				require.ErrorIs(t, err, vc.ErrKey)
			}
		})
	}
	t.Run("19", func(t *testing.T) {
		key, signer := suiteKey(t, "vm-p384.json")
		var in struct {
			ID                   string
			VerifiableCredential []struct{ ID string }
		}
		require.NoError(t, json.Unmarshal(vectors.Read(t, "vc-jose-cose", "presentation-selective.json"), &in))
		p := vc.Presentation{ID: in.ID, Challenge: nonce, Domain: tool}
		for _, e := range in.VerifiableCredential {
			token, ok := strings.CutPrefix(e.ID, "data:application/vc+sd-jwt,")
			require.True(t, ok)
			p.Credentials = append(p.Credentials, token)
		}
		text, err := sdjwt.SignPresentation(p, signer, []string{"/holder", "/verifiableCredential/0"})
		require.NoError(t, err)
		_, err = sdjwt.VerifyPresentationProof(context.Background(), []byte(text), vc.VerifyOptions{Key: key})
		require.NoError(t, err)
	})
}
