package delegation_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/multikey"
)

// Small pieces that meet often. Each list ends in what is inside the least.
var (
	someActions   = []string{"**", "a/**", "a", "a/b", "b"}
	someResources = []string{"**", "urn:a/**", "urn:a/b/**", "urn:a", "urn:a/b", "https://**", "https://*.h/**", "https://x.h/**", "https://x.h/p"}
	someNames     = []string{"x", "X", "y"}
	someAudiences = []string{"did:web:a", "did:web:b", "https://c"}
)

// someRequests are all combinations of a few.
var someRequests = func() (all []delegation.Request) {
	var arguments []string
	for _, x := range []string{``, `"x":1`, `"X":1`, `"x":2`, `"x":"urn:a/b"`, `"x":[1]`, `"x":[]`, `"x":{"x":1}`, `"X":{}`} {
		for _, y := range []string{``, `"y":1`, `"y":null`} {
			if x != "" && y != "" {
				y = "," + y
			}
			arguments = append(arguments, "{"+x+y+"}")
		}
	}
	for _, action := range []string{"a", "a/b", "a/c", "b", "c"} {
		for _, resource := range []string{"urn:a", "urn:a/b", "urn:a/b/c", "urn:a/d", "urn:e", "https://x.h", "https://x.h/p", "https://y.h", "https://h"} {
			for _, args := range arguments {
				all = append(all, delegation.Request{Action: action, Resource: resource, Audience: "did:web:a", Arguments: []byte(args)})
			}
		}
	}
	return all
}()

func drawConstraint(t *rapid.T, depth int, optional bool) delegation.Constraint {
	most := 8
	if depth == 0 {
		most = 6
	}
	switch rapid.IntRange(0, most).Draw(t, "constraint") {
	case 0:
		if optional {
			return delegation.None()
		}
	case 1:
		return delegation.In(rapid.SliceOfNDistinct(rapid.IntRange(0, 3), 1, 3, rapid.ID[int]).Draw(t, "in")...)
	case 2:
		lo := rapid.Int64Range(-1, 3).Draw(t, "lo")
		return delegation.Range(lo, rapid.Int64Range(lo, 4).Draw(t, "hi"))
	case 3:
		return delegation.Under(rapid.SampledFrom(someResources).Draw(t, "under"))
	case 4:
		return delegation.In("1", "urn:a/b")
	case 7:
		return delegation.Each(drawConstraint(t, depth-1, false), rapid.Int64Range(0, 2).Draw(t, "max"))
	case 8:
		args, optional, closed := drawNames(t, depth-1)
		return delegation.Object(args, optional, closed)
	}
	return delegation.Any()
}

func drawNames(t *rapid.T, depth int) (args, optional map[string]delegation.Constraint, closed bool) {
	folded := false
	for _, name := range someNames {
		if name == "X" && folded {
			continue
		}
		var m *map[string]delegation.Constraint
		switch rapid.IntRange(0, 4).Draw(t, "role") {
		case 1:
			m = &args
		case 2, 3:
			m = &optional
		default:
			continue
		}
		folded = folded || name == "x"
		if *m == nil {
			*m = map[string]delegation.Constraint{}
		}
		(*m)[name] = drawConstraint(t, depth, m == &optional)
	}
	return args, optional, rapid.IntRange(0, 2).Draw(t, "closed") == 0
}

func drawGrant(t *rapid.T) delegation.Grant {
	some := func(from []string, least int, label string) []string {
		list := rapid.SliceOfNDistinct(rapid.SampledFrom(from), least, 2, rapid.ID[string]).Draw(t, label)
		if len(list) == 0 {
			return nil
		}
		return list
	}
	g := delegation.Grant{Actions: some(someActions, 1, "actions"), Resources: some(someResources, 1, "resources"), Except: some(someResources, 0, "except")}
	if rapid.Bool().Draw(t, "constrained") {
		g.Args, g.Optional, g.Closed = drawNames(t, 2)
	}
	return g
}

func drawTerms(t *rapid.T) delegation.Terms {
	terms := delegation.Terms{Audience: append([]string{"did:web:a"}, rapid.SliceOfNDistinct(rapid.SampledFrom(someAudiences[1:]), 0, 2, rapid.ID[string]).Draw(t, "audience")...)}
	for range rapid.IntRange(1, 3).Draw(t, "grants") {
		terms.Grants = append(terms.Grants, drawGrant(t))
	}
	if rapid.Bool().Draw(t, "limited") {
		terms.Limits = map[string]delegation.Limit{rapid.SampledFrom([]string{"l", "m"}).Draw(t, "limit"): {Unit: "u", Max: rapid.Int64Range(0, 3).Draw(t, "max")}}
	}
	terms.Requires = drawRequires(t)
	if rapid.Bool().Draw(t, "guarded") {
		terms.Guarded = &delegation.Overlay{Actions: []string{rapid.SampledFrom(someActions).Draw(t, "overlay")}}
	}
	terms.MaxStatusAge = rapid.IntRange(0, 2).Draw(t, "age")
	terms.Depth = rapid.IntRange(0, 3).Draw(t, "depth")
	return terms
}

func drawRequires(t *rapid.T) *delegation.Requires {
	r := &delegation.Requires{}
	if rapid.IntRange(0, 3).Draw(t, "attested") == 0 {
		r.Attestation = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{multikey.Digest([]byte("1")), multikey.Digest([]byte("2"))}), 1, 2, rapid.ID[string]).Draw(t, "attestation")
	}
	if rapid.IntRange(0, 3).Draw(t, "approved") == 0 {
		r.Approval = []delegation.ApprovalRule{{
			Actions: []string{rapid.SampledFrom(someActions).Draw(t, "approval")},
			By:      []string{alice.DID().String(), bob.DID().String()}, Min: rapid.IntRange(1, 2).Draw(t, "min"),
		}}
	}
	if r.Attestation == nil && r.Approval == nil {
		return nil
	}
	return r
}

// drawAuthority draws terms until they are well formed: a resource inside an
// except, or one grant twice, are not.
func drawAuthority() *rapid.Generator[delegation.Authority] {
	return rapid.Custom(func(t *rapid.T) delegation.Authority {
		a, err := delegation.NewAuthority(drawTerms(t))
		if err != nil {
			t.Skip(err)
		}
		return a
	})
}

func verdicts(a delegation.Authority) []bool {
	out := make([]bool, len(someRequests))
	for i, q := range someRequests {
		out[i] = a.Allows(q) == nil
	}
	return out
}

func setDepth(t *rapid.T, a delegation.Authority, depth int) delegation.Authority {
	terms := a.Terms()
	terms.Depth = depth
	b, err := delegation.NewAuthority(terms)
	require.NoError(t, err)
	return b
}

// Narrow allows exactly what both allow, lies inside both, and cuts something
// exactly where the wish does not lie inside.
func TestNarrowIsTheMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parent := setDepth(t, drawAuthority().Draw(t, "parent"), 3)
		wish := drawAuthority().Draw(t, "wish")
		child, cuts, err := delegation.Narrow(parent, wish.Terms())
		p, w := verdicts(parent), verdicts(wish)
		if err != nil {
			var refusal *delegation.Refusal
			if require.ErrorAs(t, err, &refusal); refusal.Dimension == "limits" || refusal.Dimension == "requires" {
				return
			}
			for i := range p {
				require.False(t, p[i] && w[i], "both allow %+v", someRequests[i])
			}
			return
		}
		require.NoError(t, delegation.Covers(parent, child))
		require.NoError(t, delegation.Covers(setDepth(t, wish, 3), child))
		for i, got := range verdicts(child) {
			require.Equal(t, p[i] && w[i], got, "%+v", someRequests[i])
		}
		if delegation.Covers(parent, wish) == nil {
			require.Empty(t, cuts)
		}
		again, cuts, err := delegation.Narrow(parent, child.Terms())
		require.NoError(t, err)
		require.Empty(t, cuts)
		require.Equal(t, verdicts(child), verdicts(again))
	})
}

// What lies inside allows no more, whatever the number of grants.
func TestCoversIsSound(t *testing.T) {
	inside := 0
	rapid.Check(t, func(t *rapid.T) {
		parent := setDepth(t, drawAuthority().Draw(t, "parent"), 1)
		child, _, err := delegation.Narrow(parent, drawTerms(t))
		if err != nil {
			t.Skip(err)
		}
		child, err = delegation.NewAuthority(widen(t, child.Terms()))
		if err != nil {
			return
		}
		plain, indexed := delegation.CoversBothWays(parent, child)
		require.Equal(t, plain, indexed)
		if delegation.Covers(parent, child) != nil {
			return
		}
		inside++
		p := verdicts(parent)
		for i, allowed := range verdicts(child) {
			require.False(t, allowed && !p[i], "%+v", someRequests[i])
		}
	})
	t.Logf("%d children inside", inside)
}

// widen changes one grant a little, most often to more than it was.
func widen(t *rapid.T, terms delegation.Terms) delegation.Terms {
	g := &terms.Grants[rapid.IntRange(0, len(terms.Grants)-1).Draw(t, "grant")]
	name := rapid.SampledFrom(someNames).Draw(t, "name")
	switch rapid.IntRange(0, 7).Draw(t, "widen") {
	case 0:
		g.Except = nil
	case 1:
		g.Closed = false
	case 2:
		g.Closed, g.Args, g.Optional = true, nil, nil
	case 3:
		delete(g.Args, name)
		delete(g.Optional, name)
	case 4:
		if c, ok := g.Args[name]; ok && g.Optional == nil {
			delete(g.Args, name)
			g.Optional = map[string]delegation.Constraint{name: c}
		}
	case 5:
		if g.Optional != nil {
			g.Optional[name] = drawConstraint(t, 1, true)
		}
	case 6:
		g.Resources = []string{rapid.SampledFrom(someResources).Draw(t, "resource")}
	}
	if len(g.Args) == 0 {
		g.Args = nil
	}
	if len(g.Optional) == 0 {
		g.Optional = nil
	}
	return terms
}

func TestCoversIsTransitive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := setDepth(t, drawAuthority().Draw(t, "a"), 3)
		b, _, err := delegation.Narrow(a, drawTerms(t))
		if err != nil {
			t.Skip(err)
		}
		b = setDepth(t, b, 2)
		c, _, err := delegation.Narrow(b, drawTerms(t))
		if err != nil {
			t.Skip(err)
		}
		c = setDepth(t, c, 1)
		require.NoError(t, delegation.Covers(a, b))
		require.NoError(t, delegation.Covers(b, c))
		require.NoError(t, delegation.Covers(a, c))
	})
}

func TestNormalFormRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawAuthority().Draw(t, "a")
		text, err := a.MarshalJSON()
		require.NoError(t, err)
		b, err := delegation.ParseAuthority(text)
		require.NoError(t, err)
		again, err := b.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(text), string(again))
		require.Equal(t, verdicts(a), verdicts(b))
		require.NoError(t, delegation.Covers(setDepth(t, a, 1), setDepth(t, b, 0)))
		require.Equal(t, a.Terms().Depth, b.Terms().Depth)
	})
}
