package did_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/multiformats/go-multibase"
	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/vectors"
)

func newX25519(t *testing.T) *did.PrivateKey {
	t.Helper()
	priv, err := ecdh.X25519().GenerateKey(rand.Reader)
	require.NoError(t, err)
	p, err := did.NewPrivateKey(priv)
	require.NoError(t, err)
	return p
}

func TestX25519AgreesAndDoesNothingElse(t *testing.T) {
	p := newX25519(t)
	for _, d := range []did.DID{p.Key().DID(), p.Key().AsJWK()} {
		parsed, err := did.Parse(d.String())
		require.NoError(t, err)
		doc, err := did.Resolve(parsed)
		require.NoError(t, err)
		require.Len(t, doc.Methods, 1)
		id := doc.Methods[0].ID
		require.Equal(t, map[did.Relationship][]string{did.KeyAgreement: {id}}, doc.Uses)
		key, err := did.FindKey(t.Context(), nil, parsed, id, did.KeyAgreement)
		require.NoError(t, err)
		require.Equal(t, p.Key().Multibase(), key.Multibase())
		for _, use := range []did.Relationship{
			did.AssertionMethod, did.Authentication, did.CapabilityDelegation, did.CapabilityInvocation, "", "encryption",
		} {
			_, err := did.FindKey(t.Context(), nil, parsed, id, use)
			require.ErrorIs(t, err, did.ErrNotFound, use)
		}
	}
	require.True(t, strings.HasPrefix(p.Key().Multibase(), "z6LS"))
}

func TestX25519IsNeverUsedForSignatures(t *testing.T) {
	key := newX25519(t).Key()
	require.Empty(t, key.Algorithm())
	for _, alg := range []string{"", "EdDSA", "Ed25519", "ES256", "ECDH-ES", "none"} {
		require.False(t, key.HasAlgorithm(alg))
		for _, sig := range [][]byte{nil, {}, make([]byte, 64)} {
			require.ErrorIs(t, key.Verify(alg, nil, sig), did.ErrSignature)
		}
	}
	require.False(t, key.Canonical(nil))
	require.False(t, key.Canonical(make([]byte, 64)))
	_, err := did.NewSigner(&kms{key.Public(), func([]byte, crypto.SignerOpts) ([]byte, error) { return nil, nil }})
	require.ErrorIs(t, err, did.ErrKeyType)
	_, err = newX25519(t).Signer()
	require.ErrorIs(t, err, did.ErrKeyType)

	// Not even where a document says so.
	d := parse(t, "did:web:a")
	_, err = document(d, "did:web:a#k", key).Find("did:web:a#k", did.AssertionMethod)
	require.ErrorIs(t, err, did.ErrNotFound)
}

func TestKeysForKeyAgreementVerifyNothing(t *testing.T) {
	s, err := did.GenerateKey(did.P256)
	require.NoError(t, err)
	sig, err := s.Sign([]byte("data"))
	require.NoError(t, err)
	for member, uses := range map[string]string{
		`"use":"enc"`: "agree", `"alg":"ECDH-ES"`: "agree", `"alg":"ECDH-ES+A256KW"`: "agree",
		`"use":"sig"`: "sign", `"alg":"ES256"`: "sign", `"kid":"x"`: "sign agree",
	} {
		text := strings.TrimSuffix(string(s.Key().JWK()), "}") + "," + member + "}"
		d := parse(t, jwkOf(text))
		method := d.String() + "#0"
		_, err := did.FindKey(t.Context(), nil, d, method, did.KeyAgreement)
		require.Equal(t, strings.Contains(uses, "agree"), err == nil, member)
		_, err = did.FindKey(t.Context(), nil, d, method, did.AssertionMethod)
		require.Equal(t, strings.Contains(uses, "sign"), err == nil, member)
		key, err := did.KeyOf(d)
		require.NoError(t, err)
		require.Equal(t, strings.Contains(uses, "sign"), key.Verify("ES256", []byte("data"), sig) == nil, member)
		doc, err := did.Resolve(d)
		require.NoError(t, err)
		require.Equal(t, strings.Contains(uses, "agree"), doc.Uses[did.KeyAgreement] != nil)
		require.Equal(t, strings.Contains(uses, "sign"), doc.Uses[did.Authentication] != nil)
		data, err := json.Marshal(doc)
		require.NoError(t, err)
		require.Contains(t, string(data), member, "the key is written with all that it says")
	}
}

// The second example of the did:jwk specification.
func TestJWKOfTheSpecificationX25519(t *testing.T) {
	const text = "did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJYMjU1MTkiLCJ1c2UiOiJlbmMiLCJ4IjoiM3A3YmZYdDl3YlRUVzJIQzdPUTFOei1EUThoYmVHZE5yZngtRkctSUswOCJ9"
	doc, err := did.Resolve(parse(t, text))
	require.NoError(t, err)
	data, err := json.Marshal(doc)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"], "id": "`+text+`",
		"verificationMethod": [{"id": "`+text+`#0", "type": "JsonWebKey2020", "controller": "`+text+`",
			"publicKeyJwk": {"kty": "OKP", "crv": "X25519", "use": "enc", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}}],
		"keyAgreement": ["`+text+`#0"]
	}`, string(data))
}

func TestAgree(t *testing.T) {
	a, b := newX25519(t), newX25519(t)
	s, err := did.GenerateKey(did.Ed25519)
	require.NoError(t, err)
	edwards, err := s.PrivateKey()
	require.NoError(t, err)
	for _, pair := range [][2]*did.PrivateKey{{a, b}, {a, edwards}, {edwards, edwards}} {
		ab, err := pair[0].Agree(pair[1].Key())
		require.NoError(t, err)
		ba, err := pair[1].Agree(pair[0].Key())
		require.NoError(t, err)
		require.Equal(t, ab, ba)
		require.Len(t, ab, 32)
	}
	// What others see of an Ed25519 key is the derived one in its document.
	doc, err := did.Resolve(s.DID())
	require.NoError(t, err)
	derived, err := doc.Find(doc.Uses[did.KeyAgreement][0], did.KeyAgreement)
	require.NoError(t, err)
	seen, err := a.Agree(derived)
	require.NoError(t, err)
	own, err := edwards.Agree(a.Key())
	require.NoError(t, err)
	require.Equal(t, seen, own)

	p256, err := did.GenerateKey(did.P256)
	require.NoError(t, err)
	priv, err := p256.PrivateKey()
	require.NoError(t, err)
	_, err = priv.Agree(a.Key())
	require.ErrorIs(t, err, did.ErrKeyType)
	_, err = a.Agree(p256.Key())
	require.ErrorIs(t, err, did.ErrKeyType)
	_, err = a.Agree(did.Key{})
	require.ErrorIs(t, err, did.ErrKeyType)
	_, err = new(did.PrivateKey).Agree(a.Key())
	require.ErrorIs(t, err, did.ErrKey)
}

// The vectors of did:key: the same keys, ids and uses. What differs is the form of
// the key where the vectors have a deprecated one, and that ECDSA keys are not for
// key agreement, as the specification has it by now.
func TestVectorDocuments(t *testing.T) {
	type method struct {
		ID, Type, Controller string
		Base58               string `json:"publicKeyBase58"`
		JWK                  map[string]string
	}
	compared := 0
	for _, file := range []string{"ed25519-x25519.json", "x25519.json", "secp256k1.json", "nist-curves.json"} {
		for text, doc := range vectorDocuments(t, file) {
			var want struct {
				VerificationMethod []method
			}
			require.NoError(t, json.Unmarshal(doc, &want))
			res, err := did.Dereference(t.Context(), nil, text, did.DereferenceOptions{KeyFormat: "JsonWebKey2020"})
			require.NoError(t, err)
			got := res.Document
			require.Equal(t, text, got.ID.String())
			require.Len(t, got.Methods, len(want.VerificationMethod))
			for i, m := range want.VerificationMethod {
				require.Equal(t, m.ID, got.Methods[i].ID)
				require.Equal(t, m.Controller, got.Methods[i].Controller.String())
				if m.Base58 != "" {
					_, key, err := multibase.Decode("z" + m.Base58)
					require.NoError(t, err)
					require.Equal(t, key, raw(t, got.Methods[i].Key))
				}
			}
			ours, err := json.Marshal(got)
			require.NoError(t, err)
			asJWK := want.VerificationMethod[0].Type == "JsonWebKey2020"
			require.Equal(t, documentMembers(t, doc, got, asJWK), documentMembers(t, ours, got, asJWK), text)
			compared++
		}
	}
	require.Equal(t, 22, compared)
}

// vectorDocuments returns the documents of one file of vectors.
func vectorDocuments(t *testing.T, file string) map[string]json.RawMessage {
	t.Helper()
	var all map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(vectors.Read(t, "did-key", file), &all))
	docs := map[string]json.RawMessage{}
	if nested, ok := all["didDocument"]; ok {
		require.NoError(t, json.Unmarshal(nested, &docs))
		return docs
	}
	for text, raw := range all {
		var one struct {
			Doc json.RawMessage `json:"didDocument"`
		}
		require.NoError(t, json.Unmarshal(raw, &one))
		docs[text] = one.Doc
	}
	return docs
}

// documentMembers returns the members of a document to compare: all of them where
// the vector has its keys as JWK too.
func documentMembers(t *testing.T, text []byte, doc *did.Document, asJWK bool) map[string]any {
	t.Helper()
	var all map[string]any
	require.NoError(t, json.Unmarshal(text, &all))
	if !asJWK {
		delete(all, "@context")
		delete(all, "verificationMethod")
	}
	if len(doc.Methods) == 1 && doc.Methods[0].Key.Type() != did.X25519 {
		delete(all, "keyAgreement")
	}
	return all
}

func TestVectorsOfUnsupportedTypesAreRefusedByName(t *testing.T) {
	for file, name := range map[string]string{"bls12381.json": "BLS12-381", "rsa.json": "RSA"} {
		for text, raw := range vectorDocuments(t, file) {
			_, err := did.Parse(text)
			require.ErrorIs(t, err, did.ErrKeyType)
			require.ErrorContains(t, err, name)
			require.Equal(t, "unsupportedPublicKeyType", did.ErrorName(err))
			_, err = did.ParseDocument(raw)
			require.ErrorIs(t, err, did.ErrDocument)
			require.ErrorIs(t, err, did.ErrKeyType)
		}
	}
	_, err := did.ParseKey("z" + "4sd" + strings.Repeat("z", 1791)) // ML-DSA-44
	require.ErrorIs(t, err, did.ErrKeyType)
	require.ErrorContains(t, err, "ML-DSA-44")
}

// Derived private keys too, as the vectors have them.
func TestVectorsOfDerivedPrivateKeys(t *testing.T) {
	var file map[string]struct {
		Pair struct {
			Base58 string `json:"privateKeyBase58"`
			JWK    struct{ D string }
		} `json:"keyAgreementKeyPair"`
		Seed string
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "did-key", "ed25519-x25519.json"), &file))
	for text, c := range file {
		if c.Pair.Base58 == "" {
			continue
		}
		_, d, err := multibase.Decode("z" + c.Pair.Base58)
		require.NoError(t, err)
		doc, err := did.Resolve(parse(t, text))
		require.NoError(t, err)
		derived, err := doc.Find(doc.Uses[did.KeyAgreement][0], did.KeyAgreement)
		require.NoError(t, err)
		x := base64.RawURLEncoding.EncodeToString(raw(t, derived))
		p, err := did.ParsePrivateKey([]byte(`{"kty":"OKP","crv":"X25519","x":"` + x + `","d":"` + base64.RawURLEncoding.EncodeToString(d) + `"}`))
		require.NoError(t, err)
		require.Equal(t, derived.Multibase(), p.Key().Multibase())
	}
}
