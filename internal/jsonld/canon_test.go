package jsonld

import (
	"crypto"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/vectors"
)

// The tests of the standard: 64 of evaluation, 21 of the map from labels to
// canonical labels, 1 that must be refused.
func TestStandardTests(t *testing.T) {
	var manifest struct {
		Entries []struct{ ID, Type, Action, Result, HashAlgorithm string }
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "rdf-canon", "manifest.jsonld"), &manifest))
	ran := map[string]int{}
	for _, e := range manifest.Entries {
		t.Run(e.ID, func(t *testing.T) {
			quads, err := parseNQuads(string(vectors.Read(t, "rdf-canon", e.Action)))
			require.NoError(t, err)
			hash := crypto.SHA256
			if e.HashAlgorithm == "SHA384" {
				hash = crypto.SHA384
			}
			out, err := canonicalize(quads, hash)
			ran[e.Type]++
			switch e.Type {
			case "rdfc:RDFC10EvalTest":
				require.NoError(t, err)
				require.Equal(t, string(vectors.Read(t, "rdf-canon", e.Result)), string(out))
			case "rdfc:RDFC10MapTest":
				require.NoError(t, err)
				var want map[string]string
				require.NoError(t, json.Unmarshal(vectors.Read(t, "rdf-canon", e.Result), &want))
				require.Equal(t, want, canonicalLabels(quads, hash))
			default:
				require.ErrorIs(t, err, ErrWork)
			}
		})
	}
	require.Equal(t, map[string]int{
		"rdfc:RDFC10EvalTest": 64, "rdfc:RDFC10MapTest": 21, "rdfc:RDFC10NegativeEvalTest": 1,
	}, ran)
}

// canonicalLabels maps the labels of blank nodes to their canonical ones.
func canonicalLabels(quads []quad, hash crypto.Hash) map[string]string {
	c := &canonicalizer{hash: hash, work: maxWork, canonical: issuer{prefix: "c14n"}}
	c.read(quads)
	if c.issueLabels() != nil {
		return nil
	}
	labels := map[string]string{}
	for i := range c.nodes {
		labels[c.nodes[i].label] = c.canonical.label(i)
	}
	return labels
}

// A statement that mentions a blank node twice counts once in its hash. With the
// labels of rdf-canonize, which json-gold alone does not share.
func TestAStatementCountsOnce(t *testing.T) {
	quads, err := parseNQuads(`_:z <x:text> "t" .
_:z <x:self> _:z .
_:z <x:list> _:l .
_:l <x:first> _:y .
_:y <x:none> "2.3856565E5" .`)
	require.NoError(t, err)
	out, err := canonicalize(quads, crypto.SHA256)
	require.NoError(t, err)
	require.Equal(t, `_:c14n0 <x:list> _:c14n2 .
_:c14n0 <x:self> _:c14n0 .
_:c14n0 <x:text> "t" .
_:c14n1 <x:none> "2.3856565E5" .
_:c14n2 <x:first> _:c14n1 .
`, string(out))
}
