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
	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/vc"
)

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
	require.Equal(t, key.Multibase(), signer.Key().Multibase())
	return key, signer
}

// TestSuiteVerifies runs the verifications of the W3C suite for VC-JOSE-COSE: its
// numbers, files, keys and outcomes. Its issuer is a URL that is no DID and its
// kids are thumbprints, so the key is named.
func TestSuiteVerifies(t *testing.T) {
	for _, c := range []struct {
		name, file, key string
		presentation    bool
		want            error
	}{
		{"6", "credential-jose-minimal.txt", "vm-p256.json", false, nil},
		{"7", "presentation-jose-multiple.txt", "vm-p384.json", true, nil},
		{"8", "credential-issuer-match-signed.txt", "vm-ed25519.json", false, nil},
		{"9", "credential-jose-unknown-extensions.txt", "vm-ed25519.json", false, vc.ErrAlg},
		{"10", "credential-minimal.json", "vm-ed25519.json", false, vc.ErrFormat},
		{"11", "presentation-single.json", "vm-ed25519.json", true, vc.ErrFormat},
		{"12", "credential-jose-bad-signature.txt", "vm-ed25519.json", false, vc.ErrSignature},
		{"13", "credential-jose-bad-media-type.txt", "vm-ed25519.json", false, vc.ErrTyp},
		{"14", "presentation-jose-bad-media-type.txt", "vm-ed25519.json", true, vc.ErrTyp},
		{"15", "credential-jose-vc-vp-claims.txt", "vm-ed25519.json", false, vc.ErrClaims},
		{"16", "presentation-jose-bad-credential.txt", "vm-ed25519.json", true, vc.ErrFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			key, _ := suiteKey(t, c.key)
			data := []byte(strings.TrimSpace(string(vectors.Read(t, "vc-jose-cose", c.file))))
			verify := vc.VerifyProof
			if c.presentation {
				verify = vc.VerifyPresentationProof
			}
			proof, err := verify(context.Background(), data, vc.VerifyOptions{Key: key})
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Equal(t, key.DID(), proof.Signer)
				_, err = verify(context.Background(), data, vc.VerifyOptions{})
				require.Error(t, err, "a URL is an issuer only beside a key")
			}
		})
	}
}

// TestSuiteIssues runs the issuing cases: a signer signs as its DID, which stands
// in for the suite's URL.
func TestSuiteIssues(t *testing.T) {
	for _, c := range []struct{ name, file, key string }{
		{"1", "credential-minimal.json", "vm-p256.json"},
		{"3", "presentation-single.json", "vm-p256.json"},
		{"4", "presentation-multiple.json", "vm-p521.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			key, signer := suiteKey(t, c.key)
			text := strings.ReplaceAll(string(vectors.Read(t, "vc-jose-cose", c.file)),
				`"https://example.issuer/vc-jose-cose"`, `"`+signer.DID().String()+`"`)
			if strings.HasPrefix(c.file, "presentation") {
				issuePresentation(t, text, signer)
				return
			}
			credential, err := vc.ParseUnverified([]byte(text))
			require.NoError(t, err)
			token, err := vc.Sign(*credential, signer, vc.SignOptions{})
			require.NoError(t, err)
			proof, err := vc.VerifyProof(context.Background(), []byte(token), vc.VerifyOptions{Key: key})
			require.NoError(t, err)
			require.Equal(t, signer.DID(), proof.Signer)
		})
	}
}

// issuePresentation signs the vc+jwt that a presentation of the suite holds. One is
// cut off at its start, and is refused as such when it is looked into.
func issuePresentation(t *testing.T, text string, signer *did.Signer) {
	var in struct {
		ID                   string
		VerifiableCredential []struct{ ID string }
	}
	require.NoError(t, json.Unmarshal([]byte(text), &in))
	p := vc.Presentation{ID: in.ID, Challenge: "c", Domain: "https://example.com"}
	for _, e := range in.VerifiableCredential {
		if token, ok := strings.CutPrefix(e.ID, "data:application/vc+jwt,"); ok {
			p.Credentials = append(p.Credentials, token)
		}
	}
	token, err := vc.SignPresentation(p, signer)
	require.NoError(t, err)
	_, err = vc.VerifyPresentationProof(context.Background(), []byte(token), vc.VerifyOptions{Key: signer.Key()})
	if len(in.VerifiableCredential) > 1 {
		require.NoError(t, err)
		return
	}
	require.ErrorContains(t, err, "credential 0 of the presentation")
	require.ErrorIs(t, err, vc.ErrMalformed)
}

// TestSuiteStatusWithoutList is case 2, which the suite wants issued: its status
// entry names no list, so nobody could ever look it up.
func TestSuiteStatusWithoutList(t *testing.T) {
	text := strings.ReplaceAll(string(vectors.Read(t, "vc-jose-cose", "credential-full.json")),
		`"https://example.issuer/vc-jose-cose"`, `"`+personas.New("alice").DID().String()+`"`)
	_, err := vc.ParseUnverified([]byte(text))
	require.ErrorIs(t, err, vc.ErrStatusEntry)
}

func TestEveryAlgorithm(t *testing.T) {
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, typ := range []did.KeyType{did.Ed25519, did.P256, did.P384, did.P521, did.Secp256k1} {
		t.Run(string(typ), func(t *testing.T) {
			signer, err := did.GenerateKey(typ)
			require.NoError(t, err)
			token, err := vc.Sign(vc.Credential{
				ValidFrom: noon, Subject: []vc.Subject{{Claims: json.RawMessage(`{"name":"x"}`)}},
			}, signer, vc.SignOptions{})
			require.NoError(t, err)
			vp, err := vc.SignPresentation(vc.Presentation{
				Credentials: []string{token}, Challenge: "c", Domain: "https://example.com", IssuedAt: noon,
			}, signer)
			require.NoError(t, err)
			p, err := vc.VerifyPresentation(context.Background(), []byte(vp), vc.PresentationOptions{
				Challenge: "c", Domain: "https://example.com",
				VerifyOptions: vc.VerifyOptions{Issuers: []did.DID{signer.DID()}, Now: noon},
			})
			require.NoError(t, err)
			require.Equal(t, signer.Key().Algorithm(), p.Credentials()[0].Proof().Key.Algorithm())
			proof, err := vc.VerifyPresentationProof(context.Background(), []byte(vp), vc.VerifyOptions{})
			require.NoError(t, err)
			require.Equal(t, vc.Format("vp+jwt"), proof.Format)

			_, err = vc.VerifyProof(context.Background(), []byte(token), vc.VerifyOptions{Key: personas.New("mallory").Key()})
			require.Error(t, err)
		})
	}
}

func TestKeyIsForProofsAlone(t *testing.T) {
	opts := vc.VerifyOptions{AnyIssuer: true, Key: personas.New("alice").Key()}
	_, err := vc.Verify(context.Background(), []byte("x"), opts)
	require.ErrorIs(t, err, vc.ErrOptions)
	_, err = vc.VerifyPresentation(context.Background(), []byte("x"), vc.PresentationOptions{Unbound: true, VerifyOptions: opts})
	require.ErrorIs(t, err, vc.ErrOptions)
}

// TestURLIssuersMustAgree alters the one thing that binds a URL issuer's claims.
func TestURLIssuersMustAgree(t *testing.T) {
	alice := personas.New("alice")
	sign := func(header, payload string) []byte {
		input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
		sig, err := alice.Sign([]byte(input))
		require.NoError(t, err)
		return []byte(input + "." + base64.RawURLEncoding.EncodeToString(sig))
	}
	const issuer = "https://issuer.example"
	vcPayload := func(iss string) string {
		return `{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","issuer":"` + issuer +
			`","credentialSubject":{"a":1},"iss":"` + iss + `"}`
	}
	vpPayload := func(iss string) string {
		return `{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiablePresentation","holder":"` + issuer +
			`","iss":"` + iss + `"}`
	}
	head := func(typ, iss string) string {
		return `{"alg":"EdDSA","typ":"` + typ + `","kid":"k","iss":"` + iss + `"}`
	}
	opts := vc.VerifyOptions{Key: alice.Key()}
	for _, c := range []struct {
		name, header, claim string
		want                error
	}{
		{"agree", issuer, issuer, nil},
		{"claim differs", issuer, issuer + "/", vc.ErrClaims},
		{"header differs", issuer + ".evil", issuer, vc.ErrClaims},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := vc.VerifyProof(context.Background(), sign(head("vc+jwt", c.header), vcPayload(c.claim)), opts)
			require.ErrorIs(t, err, c.want)
			_, err = vc.VerifyPresentationProof(context.Background(), sign(head("vp+jwt", c.header), vpPayload(c.claim)), opts)
			require.ErrorIs(t, err, c.want)
		})
	}
	_, err := vc.VerifyProof(context.Background(), sign(head("vc+jwt", issuer), strings.ReplaceAll(vcPayload(issuer), issuer, "did:key:zzz")), opts)
	require.ErrorIs(t, err, vc.ErrModel, "a DID that is none is no URL issuer")
}
