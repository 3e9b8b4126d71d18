package delegation_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
)

// requireCovers checks that child lies inside parent, or fails by dimension.
func requireCovers(t *testing.T, parent, child, dimension string) {
	t.Helper()
	err := delegation.Covers(parse(t, parent), withDepth(t, parse(t, child), 0))
	plain, indexed := delegation.CoversBothWays(parse(t, parent), parse(t, child))
	require.Equal(t, plain, indexed)
	plain, indexed = delegation.RequiresBothWays(parse(t, parent), parse(t, child))
	require.Equal(t, plain, indexed)
	require.Equal(t, dimension, dimensionOf(t, err), "%s\n%s\n%v", parent, child, err)
	if dimension != "" {
		require.ErrorIs(t, err, delegation.ErrWidened)
	}
}

func TestRule11Patterns(t *testing.T) {
	for _, tc := range []struct {
		dimension, parent string
		inside, outside   []string
	}{
		{"actions", "**", []string{"**", "a", "a/**"}, nil},
		{"actions", "a/**", []string{"a", "a/**", "a/b", "a/b/**"}, []string{"**", "ab", "a-b", "ab/**", "A", "b"}},
		{"actions", "a", []string{"a"}, []string{"a/**", "a/b", "**", "A"}},
		{"resources", "**", []string{"**", "urn:a", "https://**", "https://*.a/**", "file:///**"}, nil},
		{"resources", "https://**", []string{"https://**", "https://a", "https://*.a/**", "https://[::1]:8443/x", "https://a/**"}, []string{"**", "http://a", "http://**", "urn:a"}},
		{"resources", "https://*.a.b/**", []string{"https://*.a.b/**", "https://*.c.a.b/**", "https://c.a.b", "https://d.c.a.b/x/**"}, []string{"https://a.b", "https://a.b/**", "https://*.b/**", "https://xa.b", "https://*.xa.b/**", "https://c.a.b:8443", "https://*.a.b:8443/**", "http://c.a.b", "https://**", "https://x/c.a.b", "https://*.c.a.b:1/**"}},
		{"resources", "https://*.a.b:8443/**", []string{"https://*.a.b:8443/**", "https://*.c.a.b:8443/**", "https://c.a.b:8443/x"}, []string{"https://c.a.b", "https://*.a.b/**", "https://c.a.b:18443", "https://a.b:8443"}},
		{"resources", "https://a/b/**", []string{"https://a/b", "https://a/b/**", "https://a/b/c", "https://a/b/c/**"}, []string{"https://a", "https://a/bc", "https://a/B", "https://a/**", "https://a:8443/b", "https://*.a/**", "**"}},
		{"resources", "https://a/**", []string{"https://a", "https://a/b"}, []string{"https://a:8443/b", "https://a.b/c"}},
		{"resources", "https://a/b", []string{"https://a/b"}, []string{"https://a/b/**", "https://a/b/c"}},
		{"resources", "file:///**", []string{"file://", "file:///a", "file:///a/**"}, []string{"file://a/b", "file://**", "file://*.a/**", "file://a/**"}},
		{"resources", "file://**", []string{"file:///**", "file://a/b", "file://*.a/**", "file://"}, []string{"https://a"}},
		{"resources", "urn:a/**", []string{"urn:a", "urn:a/b"}, []string{"urn:ab", "urn:a:b", "urn://a/b"}},
		{"resources", "urn://**", []string{"urn://a"}, []string{"urn:a"}},
	} {
		write := func(p string) string {
			if tc.dimension == "actions" {
				return oneGrant(p, "**", "")
			}
			return oneGrant("a", p, "")
		}
		for _, child := range tc.inside {
			requireCovers(t, write(tc.parent), write(child), "")
		}
		for _, child := range tc.outside {
			requireCovers(t, write(tc.parent), write(child), tc.dimension)
		}
	}
}

func TestRule11Except(t *testing.T) {
	for _, tc := range []struct{ resource, except, childResource, childExcept, dimension string }{
		{"https://a/**", "https://a/b/**", "https://a/**", "https://a/b/**", ""},
		{"https://a/**", "https://a/b/**", "https://a/**", "https://a/b", "except"},
		{"https://a/**", "https://a/b/**", "https://a/**", "", "except"},
		{"https://a/**", "https://a/b/**", "https://a/c/**", "", ""},
		{"https://a/**", "https://a/b/**", "https://a/b/c", "", "except"},
		{"https://a/**", "https://a/b", "https://a/b/**", "https://a/b", ""},
		{"https://**", "https://*.a/**", "https://b.a/**", "", "except"},
		{"https://**", "https://*.a/**", "https://a/**", "", ""},
		{"https://**", "https://b.a/**", "https://*.a/**", "https://*.b.a/**", "except"},
		{"https://**", "https://b.a/x", "https://*.a/**", "https://b.a/**", ""},
	} {
		child := ""
		if tc.childExcept != "" {
			child = fmt.Sprintf(`,"except":[%q]`, tc.childExcept)
		}
		requireCovers(t, oneGrant("a", tc.resource, fmt.Sprintf(`,"except":[%q]`, tc.except)), oneGrant("a", tc.childResource, child), tc.dimension)
	}
}

func TestRule11Constraints(t *testing.T) {
	for _, tc := range []struct {
		parent          string
		inside, outside []string
	}{
		{`{"any":true}`, []string{`{"any":true}`, `{"in":[null]}`, `{"object":{}}`}, nil},
		{
			`{"in":[1,"1",true,"https://a/b"]}`,
			[]string{`{"in":[1]}`, `{"in":["1",true]}`, `{"range":[1,1]}`, `{"under":"https://a/b"}`},
			[]string{`{"in":[2]}`, `{"in":[false]}`, `{"in":[1,null]}`, `{"range":[1,2]}`, `{"range":[1,null]}`, `{"under":"https://a/b/**"}`, `{"any":true}`, `{"under":"https://a"}`},
		},
		{`{"in":[1,3,2]}`, []string{`{"range":[1,3]}`, `{"range":[2,3]}`}, []string{`{"range":[0,3]}`, `{"range":[null,3]}`, `{"range":[1,4]}`}},
		{`{"in":[9007199254740991,9007199254740990]}`, []string{`{"range":[9007199254740990,null]}`}, []string{`{"range":[9007199254740989,null]}`}},
		{`{"range":[1,5]}`, []string{`{"range":[1,5]}`, `{"range":[2,2]}`, `{"in":[1,5]}`}, []string{`{"range":[0,5]}`, `{"range":[1,6]}`, `{"range":[null,5]}`, `{"range":[1,null]}`, `{"in":[1,6]}`, `{"in":["1"]}`, `{"in":[null]}`, `{"any":true}`}},
		{`{"range":[null,5]}`, []string{`{"range":[null,4]}`, `{"range":[-9007199254740991,4]}`}, []string{`{"range":[null,null]}`}},
		{`{"range":[-9007199254740991,5]}`, []string{`{"range":[null,5]}`}, nil},
		{`{"under":"https://a/**"}`, []string{`{"under":"https://a/b/**"}`, `{"in":["https://a/b","https://a"]}`, `{"under":"https://a"}`}, []string{`{"under":"**"}`, `{"in":["https://a/b","x"]}`, `{"in":["https://a/../b"]}`, `{"in":["https://a/**"]}`, `{"in":[1]}`, `{"any":true}`}},
		{`{"under":"**"}`, []string{`{"in":["urn:a"]}`}, []string{`{"in":["a"]}`}},
		{`{"each":{"range":[1,5]},"max":3}`, []string{`{"each":{"in":[1,2]},"max":3}`, `{"each":{"any":true},"max":0}`, `{"each":{"range":[1,5]},"max":2}`}, []string{`{"each":{"range":[1,5]},"max":4}`, `{"each":{"range":[1,6]},"max":3}`, `{"any":true}`, `{"in":[1]}`}},
		{`{"object":{}}`, []string{`{"object":{"closed":true}}`}, []string{`{"any":true}`, `{"each":{"any":true},"max":0}`}},
		{`{"object":{"args":{"a":{"any":true}},"closed":true}}`, []string{`{"object":{"args":{"a":{"in":[1]}},"closed":true}}`}, []string{`{"object":{}}`, `{"object":{"closed":true}}`, `{"object":{"args":{"a":{"any":true}}}}`}},
	} {
		write := func(c string) string { return oneGrant("a", "**", `,"args":{"x":`+c+`}`) }
		for _, child := range tc.inside {
			requireCovers(t, write(tc.parent), write(child), "")
		}
		for _, child := range tc.outside {
			requireCovers(t, write(tc.parent), write(child), "args")
		}
	}
}

func TestRule11Arguments(t *testing.T) {
	for _, tc := range []struct {
		parent, child string
		inside        bool
	}{
		{``, ``, true},
		{``, `,"args":{"x":{"any":true}}`, true},
		{``, `,"closed":true`, true},
		{`,"args":{"x":{"any":true}}`, ``, false},
		{`,"args":{"x":{"any":true}}`, `,"args":{"x":{"in":[1]},"y":{"any":true}}`, true},
		{`,"args":{"x":{"any":true}}`, `,"optional":{"x":{"in":[1]}}`, false},
		{`,"args":{"x":{"in":[1]}}`, `,"args":{"x":{"any":true}}`, false},
		{`,"args":{"x":{"any":true}}`, `,"args":{"X":{"any":true}}`, false},
		{`,"optional":{"x":{"any":true}}`, ``, false}, // X is then free in the child
		{`,"optional":{"x":{"any":true}}`, `,"closed":true`, true},
		{`,"optional":{"x":{"any":true}}`, `,"args":{"x":{"in":[1]}}`, true},
		{`,"optional":{"x":{"in":[1]}}`, `,"optional":{"x":{"none":true}}`, true},
		{`,"optional":{"x":{"in":[1]}}`, `,"optional":{"x":{"in":[2]}}`, false},
		{`,"optional":{"x":{"none":true}}`, `,"optional":{"x":{"none":true}}`, true},
		{`,"optional":{"x":{"none":true}}`, `,"closed":true`, true},
		{`,"optional":{"x":{"none":true}}`, `,"optional":{"x":{"in":[1]}}`, false},
		{`,"optional":{"x":{"any":true}}`, `,"optional":{"X":{"any":true}},"closed":true`, false}, // a second spelling
		{`,"optional":{"x":{"any":true}}`, `,"optional":{"X":{"none":true}}`, true},
		{`,"closed":true`, ``, false},
		{`,"closed":true`, `,"closed":true`, true},
		{`,"closed":true`, `,"args":{"x":{"any":true}},"closed":true`, false},
		{`,"closed":true`, `,"optional":{"x":{"any":true}},"closed":true`, false},
		{`,"closed":true`, `,"optional":{"x":{"none":true}},"closed":true`, true},
		{`,"args":{"x":{"any":true}},"closed":true`, `,"args":{"x":{"any":true}}`, false},
	} {
		dimension := "args"
		if tc.inside {
			dimension = ""
		}
		requireCovers(t, oneGrant("a", "**", tc.parent), oneGrant("a", "**", tc.child), dimension)
	}
}

func TestRule11Rest(t *testing.T) {
	alice, bob := personas.New("alice").DID().String(), personas.New("bob").DID().String()
	one, two := multikey.Digest([]byte("1")), multikey.Digest([]byte("2"))
	with := func(audience, more string) string {
		return `{"grants":[{"actions":["a"],"resources":["**"]}],"depth":1,"audience":[` + audience + `]` + more + `}`
	}
	everyone := func(more string) string { return with(`"**"`, more) }
	approval := func(actions, by string, min int) string {
		return everyone(fmt.Sprintf(`,"requires":{"approval":[{"actions":[%s],"by":[%s],"min":%d}]}`, actions, by, min))
	}
	both := fmt.Sprintf("%q,%q", alice, bob)
	for _, tc := range []struct{ parent, child, dimension string }{
		{with(`"did:web:a","did:web:b"`, ""), with(`"did:web:b"`, ""), ""},
		{with(`"did:web:a"`, ""), with(`"did:web:a","did:web:b"`, ""), "audience"},
		{with(`"did:web:a"`, ""), everyone(""), "audience"},
		{everyone(""), with(`"did:web:a"`, ""), ""},
		{with(`"did:web:a.com"`, ""), with(`"did:web:a.com.evil"`, ""), "audience"},

		{everyone(`,"limits":{"x":{"unit":"u","max":5}}`), everyone(""), "limits"},
		{everyone(""), everyone(`,"limits":{"x":{"unit":"u","max":5}}`), ""},
		{everyone(`,"limits":{"x":{"unit":"u","max":5}}`), everyone(`,"limits":{"x":{"unit":"u","max":5},"y":{"unit":"u","max":9}}`), ""},
		{everyone(`,"limits":{"x":{"unit":"u","max":5}}`), everyone(`,"limits":{"x":{"unit":"u","max":6}}`), "limits"},
		{everyone(`,"limits":{"x":{"unit":"u","max":5}}`), everyone(`,"limits":{"x":{"unit":"v","max":5}}`), "limits"},
		{everyone(`,"limits":{"x":{"unit":"u","max":5}}`), everyone(`,"limits":{"y":{"unit":"u","max":5}}`), "limits"},
		{everyone(`,"limits":{"x":{"unit":"u","max":5}}`), everyone(`,"limits":{"X":{"unit":"u","max":5}}`), "limits"},
		{everyone(`,"limits":{"x":{"unit":"u","max":5,"per":9}}`), everyone(`,"limits":{"x":{"unit":"u","max":5,"per":8}}`), "limits"},
		{everyone(`,"limits":{"x":{"unit":"u","max":5,"per":9}}`), everyone(`,"limits":{"x":{"unit":"u","max":5}}`), "limits"},
		{with(`"did:web:a"`, `,"limits":{"x":{"unit":"u","max":5,"split":"audience"}}`), with(`"did:web:a"`, `,"limits":{"x":{"unit":"u","max":5}}`), ""},

		{everyone(`,"requires":{"attestation":["` + one + `","` + two + `"]}`), everyone(`,"requires":{"attestation":["` + two + `"]}`), ""},
		{everyone(`,"requires":{"attestation":["` + one + `"]}`), everyone(`,"requires":{"attestation":["` + one + `","` + two + `"]}`), "requires"},
		{everyone(`,"requires":{"attestation":["` + one + `"]}`), everyone(""), "requires"},
		{everyone(""), everyone(`,"requires":{"attestation":["` + one + `"]}`), ""},
		{approval(`"a"`, both, 1), approval(`"a","b"`, both, 1), ""},
		{approval(`"a"`, both, 1), approval(`"**"`, both, 2), ""},
		{approval(`"a"`, both, 1), approval(`"a"`, fmt.Sprintf("%q", alice), 1), ""},
		{approval(`"a"`, both, 2), approval(`"a"`, both, 1), "requires"},
		{approval(`"a","b"`, both, 1), approval(`"a"`, both, 1), "requires"},
		{approval(`"a/**"`, both, 1), approval(`"a"`, both, 1), "requires"},
		{approval(`"a"`, fmt.Sprintf("%q", alice), 1), approval(`"a"`, both, 1), "requires"},
		{approval(`"a"`, both, 1), everyone(""), "requires"},

		{everyone(`,"maxStatusAge":9`), everyone(`,"maxStatusAge":9`), ""},
		{everyone(`,"maxStatusAge":9`), everyone(`,"maxStatusAge":10`), "maxStatusAge"},
		{everyone(`,"maxStatusAge":9`), everyone(""), "maxStatusAge"},
		{everyone(""), everyone(`,"maxStatusAge":9`), ""},
		{everyone(`,"guarded":{"actions":["b"]}`), everyone(`,"guarded":{}`), ""},

		// The order of the dimensions.
		{with(`"did:web:a"`, `,"limits":{"x":{"unit":"u","max":5}},"maxStatusAge":9`), everyone(""), "audience"},
		{everyone(`,"limits":{"x":{"unit":"u","max":5}},"requires":{"attestation":["` + one + `"]},"maxStatusAge":9`), everyone(""), "limits"},
		{everyone(`,"requires":{"attestation":["` + one + `"]},"maxStatusAge":9`), everyone(""), "requires"},
	} {
		requireCovers(t, tc.parent, tc.child, tc.dimension)
	}
}

func TestRule11Depth(t *testing.T) {
	for _, tc := range []struct {
		parent, child int
		inside        bool
	}{{1, 0, true}, {0, 0, false}, {1, 1, false}, {3, 2, true}, {3, 3, false}, {2, 0, true}} {
		a := parse(t, example)
		err := delegation.Covers(withDepth(t, a, tc.parent), withDepth(t, a, tc.child))
		if tc.inside {
			require.NoError(t, err)
		} else {
			require.Equal(t, "depth", dimensionOf(t, err))
		}
	}
}

// The grant that got furthest names the dimension, the earliest on a tie.
func TestRule11Furthest(t *testing.T) {
	grants := func(list string) string { return `{"grants":[` + list + `],"audience":["**"],"depth":1}` }
	parent := grants(`{"actions":["a"],"resources":["urn:a"]},{"actions":["b"],"resources":["urn:b/**"],"except":["urn:b/x"]},{"actions":["b"],"resources":["urn:b"],"args":{"x":{"any":true}}}`)
	for _, tc := range []struct{ child, dimension, allowed string }{
		{`{"actions":["c"],"resources":["urn:a"]}`, "actions", `"a"`},
		{`{"actions":["b"],"resources":["urn:c"]}`, "resources", `"urn:b/**"`},
		{`{"actions":["b"],"resources":["urn:b/**"]}`, "except", `no less than "urn:b/x"`},
		{`{"actions":["b"],"resources":["urn:b"]}`, "", ""},
		{`{"actions":["a","b"],"resources":["urn:b"]}`, "actions", `"a"`},
		{`{"actions":["a"],"resources":["urn:a"]},{"actions":["c"],"resources":["urn:c"]},{"actions":["b"],"resources":["urn:c"]}`, "actions", `"a"`},
	} {
		err := delegation.Covers(parse(t, parent), withDepth(t, parse(t, grants(tc.child)), 0))
		require.Equal(t, tc.dimension, dimensionOf(t, err))
		if err != nil {
			require.Equal(t, tc.allowed, err.(*delegation.Refusal).Allowed)
			require.Equal(t, delegation.ErrWidened, err.(*delegation.Refusal).Rule)
		}
	}
}

func TestZeroAuthority(t *testing.T) {
	a := parse(t, example)
	var zero delegation.Authority
	require.ErrorIs(t, delegation.Covers(zero, a), delegation.ErrWidened)
	require.ErrorIs(t, delegation.Covers(a, zero), delegation.ErrMalformedAuthority)
	require.Error(t, delegation.Covers(zero, zero))
	require.ErrorIs(t, zero.Allows(delegation.Request{}), delegation.ErrNotAllowed)
	_, _, err := delegation.Narrow(zero, a.Terms())
	require.ErrorIs(t, err, delegation.ErrWidened)
	_, err = zero.MarshalJSON()
	require.ErrorIs(t, err, delegation.ErrMalformedAuthority)
	require.Equal(t, delegation.Terms{}, zero.Terms())
}

func TestRefusalText(t *testing.T) {
	err := delegation.Covers(parse(t, oneGrant("crm/read", "**", "")), withDepth(t, parse(t, oneGrant("crm/write", "**", "")), 0))
	require.EqualError(t, err, `delegation: rule 11: authority is wider than its parent's: actions: offered "crm/write", allowed "crm/read"; ask for actions inside these`)
}

// A root may be as deep as its ceiling, a child may not be as deep as its parent.
func TestRule11Ceiling(t *testing.T) {
	a := parse(t, example)
	require.NoError(t, delegation.InsideCeiling(a, a))
	require.NoError(t, delegation.InsideCeiling(withDepth(t, a, 0), withDepth(t, a, 0)))
	require.Equal(t, "depth", dimensionOf(t, delegation.InsideCeiling(a, withDepth(t, a, 2))))
	require.Equal(t, "depth", dimensionOf(t, delegation.Covers(a, a)))
}

// Huge authorities are compared in bounded time, and by the same rules.
func TestRule11Huge(t *testing.T) {
	huge := func(child bool, spoil string) delegation.Authority {
		terms := delegation.Terms{Audience: []string{"**"}, Requires: &delegation.Requires{}}
		if !child {
			terms.Depth = 1
		}
		for i := range 64 {
			g := delegation.Grant{Actions: []string{spoil}}
			for j := range 63 {
				g.Actions = append(g.Actions, fmt.Sprintf("a%02d", j))
			}
			for j := range 64 {
				g.Resources = append(g.Resources, fmt.Sprintf("urn:%02d/**", j))
				g.Except = append(g.Except, fmt.Sprintf("urn:%02d/x", j))
			}
			if child {
				g.Args = map[string]delegation.Constraint{"x": delegation.In(i, 99)}
			} else if i < 63 {
				g.Args = map[string]delegation.Constraint{fmt.Sprint("n", i): delegation.Any()}
			}
			terms.Grants = append(terms.Grants, g)
			by := personas.New(fmt.Sprint(i)).DID().String()
			terms.Requires.Approval = append(terms.Requires.Approval, delegation.ApprovalRule{Actions: g.Actions, By: []string{by}, Min: 1})
		}
		a, err := delegation.NewAuthority(terms)
		require.NoError(t, err)
		return a
	}
	parent := huge(false, "b")
	require.NoError(t, delegation.Covers(parent, huge(true, "b")))
	require.Equal(t, "actions", dimensionOf(t, delegation.Covers(parent, huge(true, "c"))))
	_, _, err := delegation.Narrow(parent, huge(true, "b").Terms())
	require.ErrorIs(t, err, delegation.ErrMalformedAuthority)
}
