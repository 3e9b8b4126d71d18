package delegation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
)

func TestNarrowToTheParentsOwn(t *testing.T) {
	parent := parse(t, example)
	child, cuts, err := delegation.Narrow(parent, delegation.Terms{})
	require.NoError(t, err)
	require.Empty(t, cuts)
	want := parent.Terms()
	want.Depth, want.Guarded = 0, nil
	want.Limits["usd"] = delegation.Limit{Unit: "USD/100", Max: 1000} // without its split
	require.Equal(t, want, child.Terms())
	require.NoError(t, delegation.Covers(parent, child))
}

func TestNarrowCuts(t *testing.T) {
	parent := parse(t, example)
	child, cuts, err := delegation.Narrow(parent, delegation.Terms{
		Grants: []delegation.Grant{{
			Actions:   []string{"mcp/**", "http/post"},
			Resources: []string{"https://db.example.com/**"},
			Args:      map[string]delegation.Constraint{"limit": delegation.Range(50, 500)},
		}},
		Audience:     []string{"did:web:db.example.com", "did:web:other"},
		Depth:        5,
		Limits:       map[string]delegation.Limit{"usd": {Unit: "USD/100", Max: 2000}, "own": {Unit: "x", Max: 1}},
		Requires:     &delegation.Requires{Attestation: []string{multikey.Digest([]byte("manifest")), multikey.Digest(nil)}},
		Guarded:      &delegation.Overlay{},
		MaxStatusAge: 900,
	})
	require.NoError(t, err)
	require.Equal(t, `{"audience":["did:web:db.example.com"],"grants":[{"actions":["mcp/tools/call/query"],"args":{"limit":{"range":[50,100]},"table":{"in":["orders","refunds"]}},"closed":true,"except":["https://db.example.com/sales/pii/**"],"optional":{"where":{"any":true}},"resources":["https://db.example.com/sales/**"]}],"guarded":{},"limits":{"calls":{"max":500,"per":3600,"unit":"count"},"own":{"max":1,"unit":"x"},"usd":{"max":1000,"unit":"USD/100"}},"maxStatusAge":600,`+
		`"requires":{"approval":[{"actions":["payments/**"],"by":["`+personas.New("human").DID().String()+`"],"min":1}],"attestation":["`+multikey.Digest([]byte("manifest"))+`"]}}`, normal(t, child))
	var dimensions []string
	for _, c := range cuts {
		require.NotEmpty(t, c.Wanted)
		require.NotEmpty(t, c.Got)
		dimensions = append(dimensions, string(c.Dimension))
	}
	require.Equal(t, []string{"actions", "resources", "except", "args", "actions", "audience", "limits", "requires", "maxStatusAge", "depth"}, dimensions)
	require.Equal(t, delegation.Cut{Dimension: "actions", Wanted: `"mcp/**"`, Got: `"mcp/tools/call/query"`}, cuts[0])
	require.Equal(t, delegation.Cut{Dimension: "actions", Wanted: `"http/post"`, Got: "nothing"}, cuts[4])
}

// A wish that several of the parent's grants have together loses nothing, and
// comes back as several grants.
func TestNarrowSpansGrants(t *testing.T) {
	parent := parse(t, `{"grants":[{"actions":["a"],"resources":["urn:x/**"]},{"actions":["b"],"resources":["urn:x/**"]}],"audience":["**"],"depth":1}`)
	child, cuts, err := delegation.Narrow(parent, delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"b", "a"}, Resources: []string{"urn:x/y"}}}})
	require.NoError(t, err)
	require.Empty(t, cuts)
	require.Equal(t, `{"audience":["**"],"grants":[{"actions":["a"],"resources":["urn:x/y"]},{"actions":["b"],"resources":["urn:x/y"]}]}`, normal(t, child))
}

func TestNarrowDropsGrantsInsideOthers(t *testing.T) {
	parent := parse(t, `{"grants":[{"actions":["a"],"resources":["urn:x/y"]},{"actions":["a/**"],"resources":["urn:x/**"]}],"audience":["**"],"depth":1}`)
	child, cuts, err := delegation.Narrow(parent, delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"a"}, Resources: []string{"**"}}}})
	require.NoError(t, err)
	require.Equal(t, []delegation.Cut{{Dimension: "resources", Wanted: `"**"`, Got: `"urn:x/**"`}}, cuts)
	require.Equal(t, `{"audience":["**"],"grants":[{"actions":["a"],"resources":["urn:x/**"]}]}`, normal(t, child))
}

func TestNarrowApprovalsOfBoth(t *testing.T) {
	alice := personas.New("alice").DID().String()
	rule := func(action string) delegation.ApprovalRule {
		return delegation.ApprovalRule{Actions: []string{action}, By: []string{alice}, Min: 1}
	}
	terms := parse(t, oneGrant("**", "**", "")).Terms()
	terms.Requires = &delegation.Requires{Approval: []delegation.ApprovalRule{rule("a"), rule("b")}}
	parent, err := delegation.NewAuthority(terms)
	require.NoError(t, err)
	child, _, err := delegation.Narrow(parent, delegation.Terms{Requires: &delegation.Requires{Approval: []delegation.ApprovalRule{rule("c"), rule("a")}}})
	require.NoError(t, err)
	require.Equal(t, []delegation.ApprovalRule{rule("c"), rule("a"), rule("b")}, child.Terms().Requires.Approval)
}

func TestNarrowRefuses(t *testing.T) {
	parent := parse(t, example)
	for name, tc := range map[string]struct {
		wish      delegation.Terms
		sentinel  error
		dimension string
	}{
		"nothing of the actions":    {delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"x"}, Resources: []string{"**"}}}}, delegation.ErrWidened, "actions"},
		"nothing of the resources":  {delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"http/get"}, Resources: []string{"urn:x"}}}}, delegation.ErrWidened, "resources"},
		"nothing but what is taken": {delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"mcp/**"}, Resources: []string{"https://db.example.com/sales/pii"}}}}, delegation.ErrWidened, "actions"},
		"nothing of the audience":   {delegation.Terms{Audience: []string{"did:web:x"}}, delegation.ErrWidened, "audience"},
		"nothing of the manifests":  {delegation.Terms{Requires: &delegation.Requires{Attestation: []string{multikey.Digest(nil)}}}, delegation.ErrWidened, "requires"},
		"another unit":              {delegation.Terms{Limits: map[string]delegation.Limit{"usd": {Unit: "EUR/100", Max: 1}}}, delegation.ErrWidened, "limits"},
		"another window":            {delegation.Terms{Limits: map[string]delegation.Limit{"calls": {Unit: "count", Max: 1, Per: 60}}}, delegation.ErrWidened, "limits"},
		"a name that folds alike":   {delegation.Terms{Limits: map[string]delegation.Limit{"USD": {Unit: "USD/100", Max: 1}}}, delegation.ErrMalformedAuthority, ""},
		"malformed":                 {delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"x"}}}}, delegation.ErrMalformedAuthority, ""},
		"empty, not absent":         {delegation.Terms{Grants: []delegation.Grant{}}, delegation.ErrMalformedAuthority, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a, cuts, err := delegation.Narrow(parent, tc.wish)
			require.ErrorIs(t, err, tc.sentinel)
			require.True(t, a.IsZero())
			require.Nil(t, cuts)
			if tc.dimension != "" {
				require.Equal(t, tc.dimension, dimensionOf(t, err), "%v", err)
			}
		})
	}
	_, _, err := delegation.Narrow(withDepth(t, parent, 0), delegation.Terms{})
	require.Equal(t, "depth", dimensionOf(t, err))
}

// The meet of arguments that differ in spelling alone has neither of them.
func TestNarrowFolds(t *testing.T) {
	parent := parse(t, oneGrant("a", "**", `,"optional":{"x":{"any":true}}`))
	wish := delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"a"}, Resources: []string{"**"}, Optional: map[string]delegation.Constraint{"X": delegation.Any()}}}}
	child, _, err := delegation.Narrow(parent, wish)
	require.NoError(t, err)
	require.Equal(t, `{"audience":["**"],"grants":[{"actions":["a"],"optional":{"x":{"none":true}},"resources":["**"]}]}`, normal(t, child))
	wish.Grants[0].Args, wish.Grants[0].Optional = wish.Grants[0].Optional, nil
	_, _, err = delegation.Narrow(parent, wish)
	require.Equal(t, "args", dimensionOf(t, err))
}

func TestNarrowBeyondACap(t *testing.T) {
	terms := func(count int, name string) delegation.Terms {
		m := delegation.Terms{Audience: []string{"**"}, Depth: 1}
		for i := range count {
			resource := "urn:" + name + string(rune('a'+i/26)) + string(rune('a'+i%26))
			m.Grants = append(m.Grants, delegation.Grant{Actions: []string{"**"}, Resources: []string{"**"}, Optional: map[string]delegation.Constraint{resource: delegation.In(1)}})
		}
		return m
	}
	parent, err := delegation.NewAuthority(terms(9, "p"))
	require.NoError(t, err)
	_, _, err = delegation.Narrow(parent, terms(9, "w"))
	require.ErrorIs(t, err, delegation.ErrMalformedAuthority)
	_, _, err = delegation.Narrow(parent, terms(7, "w"))
	require.NoError(t, err)
}
