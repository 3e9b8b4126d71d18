package jsonld

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/vectors"
)

// The texts are those of the table, and nothing else is embedded.
func TestEmbeddedTextsHaveTheirHashes(t *testing.T) {
	entries, err := files.ReadDir("contexts")
	require.NoError(t, err)
	require.Len(t, entries, len(embedded))
	for _, e := range embedded {
		text, err := files.ReadFile("contexts/" + e.file)
		require.NoError(t, err)
		sum := sha256.Sum256(text)
		require.Equal(t, e.sha256, hex.EncodeToString(sum[:]), e.url)
	}
}

// The hashes that the standards publish: VC Data Model 2.0 appendix B.1, VC Data
// Integrity 1.0 section 2.4.
func TestPublishedHashes(t *testing.T) {
	published := map[string]string{
		"https://www.w3.org/2018/credentials/v1":      "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc",
		"https://www.w3.org/ns/credentials/v2":        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
		"https://w3id.org/security/data-integrity/v2": "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
		"https://w3id.org/security/multikey/v1":       "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
		"https://w3id.org/security/jwk/v1":            "0f14b62f6071aafe00df265770ea0c7508e118247d79b7d861a406d2aa00bece",
	}
	for _, e := range embedded {
		if want, ok := published[e.url]; ok {
			require.Equal(t, want, e.sha256, e.url)
			delete(published, e.url)
		}
	}
	require.Empty(t, published)
}

// What the vectors hold of the same contexts says the same.
func TestContextsAgreeWithTheVectors(t *testing.T) {
	for url, file := range map[string]string{
		"https://www.w3.org/2018/credentials/v1":        "contexts/credentials-v1.jsonld",
		"https://www.w3.org/ns/credentials/v2":          "contexts/credentials-v2.jsonld",
		"https://www.w3.org/ns/credentials/examples/v2": "contexts/credentials-examples-v2.jsonld",
		UndefinedTerms: "peers/contexts/credentials-undefined-terms-v2.jsonld",
		"https://w3id.org/security/data-integrity/v1":      "contexts/data-integrity-v1.jsonld",
		"https://w3id.org/security/data-integrity/v2":      "contexts/data-integrity-v2.jsonld",
		"https://w3id.org/security/suites/ed25519-2020/v1": "peers/contexts/ed25519-signature-2020-v1.jsonld",
		"https://w3id.org/security/multikey/v1":            "contexts/multikey-v1.jsonld",
		"https://w3id.org/security/jwk/v1":                 "contexts/jwk-v1.jsonld",
		"https://www.w3.org/ns/did/v1":                     "peers/contexts/did-v1.jsonld",
		"https://w3id.org/vc/status-list/2021/v1":          "contexts/status-list-2021-v1.jsonld",
		"https://www.w3.org/ns/credentials/status/v1":      "peers/contexts/vc-bitstring-status-list-v1.jsonld",
	} {
		t.Run(file, func(t *testing.T) {
			text := vectors.Read(t, file)
			c, err := NewContexts(map[string][]byte{UndefinedTerms: read(t, UndefinedTerms), "x:theirs": text})
			require.NoError(t, err)
			require.True(t, c.set[url].equal(c.set["x:theirs"]))
		})
	}
}

func read(t *testing.T, url string) []byte {
	for _, e := range embedded {
		if e.url == url {
			text, err := files.ReadFile("contexts/" + e.file)
			require.NoError(t, err)
			return text
		}
	}
	t.Fatalf("%s is not embedded", url)
	return nil
}
