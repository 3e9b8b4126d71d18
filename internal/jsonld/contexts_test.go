package jsonld_test

import (
	"crypto"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jsonld"
	"github.com/taperid/taper/internal/vectors"
)

func contexts(t testing.TB) *jsonld.Contexts {
	c, err := jsonld.NewContexts(nil)
	require.NoError(t, err)
	return c
}

// Our own context is public: the file that docs shows is the one that is used.
func TestOwnContextIsTheDocumented(t *testing.T) {
	documented, err := os.ReadFile("../../docs/context-v1.jsonld")
	require.NoError(t, err)
	used, err := os.ReadFile("contexts/taper-v1.jsonld")
	require.NoError(t, err)
	require.Equal(t, string(documented), string(used))
}

// The documents and proof options of the vectors of vc-di-eddsa and vc-di-ecdsa,
// whose contexts are all embedded.
func TestVectorsOfTheSuites(t *testing.T) {
	for _, c := range []struct {
		dir, doc, canonical string
		hash                crypto.Hash
	}{
		{"vc-di-eddsa", "unsigned.json", "eddsa-rdfc-2022/canonDocDataInt.txt", crypto.SHA256},
		{"vc-di-eddsa", "eddsa-rdfc-2022/proofConfigDataInt.json", "eddsa-rdfc-2022/proofCanonDataInt.txt", crypto.SHA256},
		{"vc-di-eddsa", "Ed25519Signature2020/proofConfigEdSig.json", "Ed25519Signature2020/proofCanonEdSig.txt", crypto.SHA256},
		{"vc-di-ecdsa", "unsigned.json", "ecdsa-rdfc-2019-p256/canonDocECDSAP256.txt", crypto.SHA256},
		{"vc-di-ecdsa", "ecdsa-rdfc-2019-p256/proofConfigECDSAP256.json", "ecdsa-rdfc-2019-p256/proofCanonECDSAP256.txt", crypto.SHA256},
		{"vc-di-ecdsa", "unsigned.json", "ecdsa-rdfc-2019-p384/canonDocECDSAP384.txt", crypto.SHA384},
		{"vc-di-ecdsa", "ecdsa-rdfc-2019-p384/proofConfigECDSAP384.json", "ecdsa-rdfc-2019-p384/proofCanonECDSAP384.txt", crypto.SHA384},
	} {
		t.Run(c.canonical, func(t *testing.T) {
			out, err := contexts(t).Canonicalize(vectors.Read(t, c.dir, c.doc), c.hash)
			require.NoError(t, err)
			require.Equal(t, string(vectors.Read(t, c.dir, c.canonical)), string(out))
		})
	}
}

func TestHashesOtherThanTheTwoAreRefused(t *testing.T) {
	for _, h := range []crypto.Hash{0, crypto.MD5, crypto.SHA1, crypto.SHA512} {
		_, err := contexts(t).Canonicalize([]byte(`{}`), h)
		require.ErrorIs(t, err, jsonld.ErrHash)
	}
}

func TestTheZeroSetKnowsNothing(t *testing.T) {
	var c jsonld.Contexts
	_, err := c.Canonicalize([]byte(`{"@context":"https://www.w3.org/ns/credentials/v2","id":"a:b","name":"x"}`), crypto.SHA256)
	require.ErrorIs(t, err, jsonld.ErrContext)
}

func TestText(t *testing.T) {
	const url = "https://a.example/v1"
	text := []byte(`{"@context":{}}`)
	c, err := jsonld.NewContexts(map[string][]byte{url: text})
	require.NoError(t, err)
	got, ok := c.Text(url)
	require.True(t, ok)
	require.Equal(t, text, got)
	got, ok = c.Text("https://www.w3.org/ns/credentials/v2")
	require.True(t, ok)
	require.Contains(t, string(got), "@protected")
	_, ok = c.Text("https://a.example/v2")
	require.False(t, ok)
}
