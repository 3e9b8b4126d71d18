package dataintegrity_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/strictjson"
)

func sign(t testing.TB, doc string, p dataintegrity.Proof, s *did.Signer) []byte {
	t.Helper()
	out, err := dataintegrity.Sign([]byte(doc), 1<<16, p, s, nil)
	require.NoError(t, err)
	return out
}

func FuzzParse(f *testing.F) {
	alice := personas.New("alice")
	p := dataintegrity.Proof{Cryptosuite: "eddsa-jcs-2022", Purpose: "assertionMethod", ID: "urn:a:1", Domain: []string{"a", "b"}}
	one := sign(f, `{"@context":"https://a.example","a":1}`, p, alice)
	f.Add(one)
	p.ID, p.Previous = "urn:a:2", []string{"urn:a:1"}
	f.Add(sign(f, string(one), p, alice))
	f.Add([]byte(`{"proof":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := dataintegrity.Parse(data, 1<<16)
		if err != nil {
			return
		}
		require.NotEmpty(t, d.Proofs)
		require.LessOrEqual(t, len(d.Proofs), dataintegrity.MaxProofs)
		again, err := dataintegrity.Parse(d.Text(), 1<<16)
		require.NoError(t, err)
		require.Equal(t, d, again, "the canonical text is the same document")
		value, rest := strictjson.Cut(d.Text(), "proof")
		require.NotNil(t, value)
		require.Equal(t, d.Content, rest)
		for i := range d.Proofs {
			// Nothing here was signed by bob, whatever it claims.
			require.Error(t, d.Verify(i, personas.New("bob").Key(), nil))
		}
	})
}
