package delegation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
)

// example is the authority of docs/spec.md section 4, with a manifest and a key.
var example = strings.NewReplacer("MANIFEST", multikey.Digest([]byte("manifest")), "HUMAN", personas.New("human").DID().String()).Replace(`{
  "grants": [
    { "actions": ["mcp/tools/call/query"],
      "resources": ["https://db.example.com/sales/**"],
      "except": ["https://db.example.com/sales/pii/**"],
      "args": { "table": {"in": ["orders", "refunds"]}, "limit": {"range": [1, 100]} },
      "optional": { "where": {"any": true} },
      "closed": true },
    { "actions": ["http/get"], "resources": ["https://*.arxiv.org/**"] }
  ],
  "audience": ["did:web:db.example.com", "https://fetch.example.com"],
  "depth": 1,
  "limits": {
    "usd":   { "unit": "USD/100", "max": 1000, "split": "audience" },
    "calls": { "unit": "count", "max": 500, "per": 3600 } },
  "requires": {
    "attestation": ["MANIFEST"],
    "approval": [ { "actions": ["payments/**"], "by": ["HUMAN"], "min": 1 } ] },
  "guarded": { "actions": ["http/get"] },
  "maxStatusAge": 600
}`)

func parse(tb testing.TB, json string) delegation.Authority {
	tb.Helper()
	a, err := delegation.ParseAuthority([]byte(json))
	require.NoError(tb, err, json)
	return a
}

func normal(tb testing.TB, a delegation.Authority) string {
	tb.Helper()
	json, err := a.MarshalJSON()
	require.NoError(tb, err)
	return string(json)
}

// withDepth returns a with another depth.
func withDepth(tb testing.TB, a delegation.Authority, depth int) delegation.Authority {
	tb.Helper()
	terms := a.Terms()
	terms.Depth = depth
	b, err := delegation.NewAuthority(terms)
	require.NoError(tb, err)
	return b
}

// oneGrant writes an authority of one grant for everyone, of depth 1; more are
// further members of the grant.
func oneGrant(action, resource, more string) string {
	return fmt.Sprintf(`{"grants":[{"actions":[%q],"resources":[%q]%s}],"audience":["**"],"depth":1}`, action, resource, more)
}

// dimensionOf returns the dimension of a refusal, and of no error nothing.
func dimensionOf(tb testing.TB, err error) string {
	tb.Helper()
	if err == nil {
		return ""
	}
	var r *delegation.Refusal
	require.ErrorAs(tb, err, &r)
	require.Equal(tb, -1, r.Link)
	require.NotEmpty(tb, r.Fix)
	return string(r.Dimension)
}
