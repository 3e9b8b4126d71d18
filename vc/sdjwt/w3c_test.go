package sdjwt_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

func w3cClaims(more string) string {
	return `{"@context":"https://www.w3.org/ns/credentials/v2","id":"urn:uuid:1","type":["VerifiableCredential","Employee"],
		"issuer":"` + alice.DID().String() + `","validFrom":"2026-01-01T00:00:00Z","validUntil":"2027-01-01T00:00:00.5Z",
		"credentialSubject":{"id":"did:example:carol","name":"Carol","salary":100}` + more + `}`
}

func w3cOptions() sdjwt.VerifyOptions {
	o := unbound()
	o.Types = []string{"Employee"}
	return o
}

func TestW3CCredential(t *testing.T) {
	credential, err := sdjwt.Issue([]byte(w3cClaims("")), alice,
		sdjwt.IssueOptions{Disclosable: []string{"/credentialSubject/salary", "/credentialSubject/name"}, Holder: agent.Key()})
	require.NoError(t, err)
	text, err := sdjwt.Present(credential, []string{"/credentialSubject/name"}, agent,
		sdjwt.Binding{Audience: tool, Nonce: nonce, IssuedAt: noon})
	require.NoError(t, err)
	o := optionsAt(noon)
	o.Types = []string{"Employee"}
	v, err := verify(text, o)
	require.NoError(t, err)
	require.Equal(t, sdjwt.W3C, v.Proof().Format)
	require.Empty(t, v.Type())
	c, ok := v.Credential()
	require.True(t, ok)
	require.Equal(t, alice.DID(), c.Issuer)
	require.JSONEq(t, `{"id":"did:example:carol","name":"Carol"}`, string(c.Subject[0].Claims))

	o.Types = []string{"Student"}
	_, err = verify(text, o)
	require.ErrorIs(t, err, sdjwt.ErrType)

	_, err = vc.Verify(context.Background(), []byte(text), o.VerifyOptions)
	require.Error(t, err, "package vc takes no SD-JWT")
}

func TestW3CClaimsMustAgree(t *testing.T) {
	for _, c := range []struct {
		name, more string
		want       error
	}{
		{"all agree", `,"iss":"` + alice.DID().String() + `","jti":"urn:uuid:1","sub":"did:example:carol","nbf":1767225600,
			"exp":1798761600,"iat":1767225600`, nil},
		{"iss", `,"iss":"did:example:bob"`, vc.ErrClaims},
		{"jti", `,"jti":"urn:uuid:2"`, vc.ErrClaims},
		{"sub", `,"sub":"did:example:dave"`, vc.ErrClaims},
		{"nbf", `,"nbf":1767225601`, vc.ErrClaims},
		{"exp", `,"exp":1798761601`, vc.ErrClaims},
		{"vct", `,"vct":"x"`, sdjwt.ErrType},
		{"status of an SD-JWT VC", `,"status":{"status_list":{"idx":1,"uri":"https://a.example"}}`, vc.ErrClaims},
		{"vc", `,"vc":{}`, vc.ErrModel},
		{"another member of the model", `,"Issuer":"did:example:bob"`, vc.ErrModel},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := sdjwt.Issue([]byte(w3cClaims(c.more)), alice, sdjwt.IssueOptions{})
			require.ErrorIs(t, err, c.want)
			_, err = verify(forge(t, "vc+sd-jwt", w3cClaims(c.more)), w3cOptions())
			require.ErrorIs(t, err, c.want)
		})
	}
	_, err := verify(forge(t, "dc+sd-jwt", w3cClaims("")), w3cOptions())
	require.ErrorIs(t, err, vc.ErrTyp)
	v1 := strings.NewReplacer(vc.ContextV2, vc.ContextV1, "validFrom", "issuanceDate", "validUntil", "expirationDate")
	_, err = verify(forge(t, "vc+sd-jwt", v1.Replace(w3cClaims(""))), w3cOptions())
	require.ErrorIs(t, err, vc.ErrContext)
	exp := `,"exp":1798761600`
	_, err = verify(forge(t, "vc+sd-jwt", strings.Replace(w3cClaims(exp), `"validUntil":"2027-01-01T00:00:00.5Z",`, "", 1)), w3cOptions())
	require.ErrorIs(t, err, vc.ErrClaims, "an exp that the credential does not have")
	two := strings.Replace(w3cClaims(`,"sub":"did:example:carol"`), `{"id":"did:example:carol"`, `[{"id":"did:example:carol"},{"id":"did:example:carol"`, 1)
	_, err = verify(forge(t, "vc+sd-jwt", strings.Replace(two, `100}`, `100}]`, 1)), w3cOptions())
	require.ErrorIs(t, err, vc.ErrClaims, "a sub beside two subjects")
}

// suiteKey reads a verification method of the VC-JOSE-COSE suite.
func suiteKey(t *testing.T, file string) (did.Key, *did.Signer) {
	var vm struct {
		PublicKeyJwk struct {
			Crv string `json:"crv"`
			Kty string `json:"kty"`
			X   string `json:"x"`
			Y   string `json:"y,omitempty"`
		}
		SecretKeyJwk struct{ D string }
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "vc-jose-cose", file), &vm))
	jwk, err := json.Marshal(vm.PublicKeyJwk)
	require.NoError(t, err)
	d, err := did.Parse("did:jwk:" + base64.RawURLEncoding.EncodeToString(jwk))
	require.NoError(t, err)
	key, err := did.KeyOf(d)
	require.NoError(t, err)
	seed, err := base64.RawURLEncoding.DecodeString(vm.SecretKeyJwk.D)
	require.NoError(t, err)
	signer, err := did.NewSignerFromSeed(key.Type(), seed)
	require.NoError(t, err)
	return key, signer
}

// TestSuiteVerifies runs the verifications of credentials of the W3C suite for
// VC-JOSE-COSE: its numbers, files, keys and outcomes.
func TestSuiteVerifies(t *testing.T) {
	for _, c := range []struct {
		name, file, key string
		want            error
	}{
		{"20", "credential-sdjwt-selective.txt", "vm-p384.json", nil},
		{"21", "credential-sdjwt-nested.txt", "vm-p521.json", nil},
		{"23", "credential-sdjwt-bad-signature.txt", "vm-p384.json", vc.ErrSignature},
		{"24", "credential-sdjwt-bad-media-type.txt", "vm-ed25519.json", vc.ErrTyp},
	} {
		t.Run(c.name, func(t *testing.T) {
			key, _ := suiteKey(t, c.key)
			text := strings.TrimSpace(string(vectors.Read(t, "vc-jose-cose", c.file)))
			proof, err := sdjwt.VerifyProof(context.Background(), []byte(text), vc.VerifyOptions{Key: key})
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Equal(t, key.DID(), proof.Signer)
				_, err = sdjwt.VerifyProof(context.Background(), []byte(text), vc.VerifyOptions{})
				require.Error(t, err, "a URL is an issuer only beside a key")
			}
		})
	}
}

// TestSuiteIssues runs its issuing cases for credentials. A signer signs as its
// DID, which stands in for the suite's URL.
func TestSuiteIssues(t *testing.T) {
	for _, c := range []struct {
		name, file, key string
		open            []string
	}{
		{"17", "credential-selective.json", "vm-p384.json", []string{"/credentialSubject/firstName", "/credentialSubject/lastName"}},
		{
			"18", "credential-nested-selective.json", "vm-p521.json",
			[]string{"/credentialSubject/address/street", "/credentialSubject/address/city", "/credentialSubject/phoneNumbers/0"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			key, signer := suiteKey(t, c.key)
			claims := strings.ReplaceAll(string(vectors.Read(t, "vc-jose-cose", c.file)),
				`"https://example.issuer/vc-jose-cose"`, `"`+signer.DID().String()+`"`)
			text, err := sdjwt.Issue([]byte(claims), signer, sdjwt.IssueOptions{Disclosable: c.open})
			require.NoError(t, err)
			paths, err := sdjwt.Paths(text)
			require.NoError(t, err)
			require.ElementsMatch(t, c.open, paths)
			proof, err := sdjwt.VerifyProof(context.Background(), []byte(text), vc.VerifyOptions{Key: key})
			require.NoError(t, err)
			require.Equal(t, signer.DID(), proof.Signer)
		})
	}
}

func TestURLIssuers(t *testing.T) {
	const url = "https://issuer.example"
	claims := strings.Replace(w3cClaims(""), alice.DID().String(), url, 1)
	opts := vc.VerifyOptions{Key: alice.Key()}
	for _, c := range []struct {
		name, claims, header string
		want                 error
	}{
		{"agree", claims, url, nil},
		{"claim differs", strings.Replace(claims, "{", `{"iss":"`+url+`/",`, 1), url, vc.ErrClaims},
		{"header differs", claims, url + ".evil", vc.ErrClaims},
		{"no DID either", strings.ReplaceAll(claims, url, "did:key:z"), url, vc.ErrModel},
		{"an object", strings.Replace(claims, `"`+url+`"`, `{"id":"`+url+`"}`, 1), url, vc.ErrModel},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := forgeHeader(t, alice, `{"alg":"EdDSA","typ":"vc+sd-jwt","kid":"k","iss":"`+c.header+`"}`, c.claims) + "~"
			_, err := sdjwt.VerifyProof(context.Background(), []byte(text), opts)
			require.ErrorIs(t, err, c.want)
		})
	}
}
