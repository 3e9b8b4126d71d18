package delegation_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/multikey"
)

// What is accepted has a normal form that reads as itself, and lies inside itself.
func FuzzParseAuthority(f *testing.F) {
	f.Add([]byte(example))
	for _, more := range []string{``, `,"except":["https://a/b"]`, `,"closed":true`, `,"args":{"x":{"in":[1,null,"é"]},"y":{"range":[null,3]}}`, `,"optional":{"x":{"none":true},"y":{"each":{"object":{"args":{"z":{"under":"**"}}}},"max":2}}`} {
		f.Add([]byte(oneGrant("a/**", "https://a/**", more)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := delegation.ParseAuthority(data)
		if err != nil {
			require.ErrorIs(t, err, delegation.ErrMalformedAuthority)
			return
		}
		text := normal(t, a)
		again := parse(t, text)
		require.Equal(t, text, normal(t, again))
		require.NoError(t, delegation.Covers(withDepth(t, a, 1), withDepth(t, again, 0)))
		child, cuts, err := delegation.Narrow(withDepth(t, a, 1), withDepth(t, a, 0).Terms())
		require.NoError(t, err)
		require.Empty(t, cuts)
		require.NoError(t, delegation.Covers(withDepth(t, a, 1), child))
	})
}

// What is accepted is judged without a surprise, by anything.
func FuzzParseRequest(f *testing.F) {
	for _, args := range []string{`{}`, `{"table":"orders","limit":10}`, `{"limit":1e1,"table":"refunds","where":[{"a":null}]}`} {
		f.Add([]byte(`{"action":"mcp/tools/call/query","resource":"https://db.example.com/sales/2026","audience":"did:web:db.example.com","arguments":` + args + `}`))
	}
	f.Add([]byte(`{"action":"http/get","resource":"https://export.arxiv.org","audience":"https://fetch.example.com","amounts":{"USD/100":1},"http":{"method":"GET","url":"https://fetch.example.com/"}}`))
	a, everything := parse(f, example), parse(f, oneGrant("**", "**", ""))
	f.Fuzz(func(t *testing.T, data []byte) {
		q, err := delegation.ParseRequest(data)
		if err != nil {
			require.ErrorIs(t, err, delegation.ErrMalformedRequest)
			return
		}
		some, all := a.Allows(q), everything.Allows(q)
		require.NotErrorIs(t, some, delegation.ErrMalformedRequest)
		require.False(t, some == nil && all != nil, "%v", all)
		_ = dimensionOf(t, some)
	})
}

// A resource that is accepted has one spelling: other readers of URIs read it and
// write it as it is, and nothing of it looks like a way out of its tree.
func FuzzResource(f *testing.F) {
	for _, r := range []string{"https://a.b:8443/c/%20/d", "urn:uuid:1/a", "did:web:a%3A1", "file:///a", "https://[2001:db8::1]/a", "https://*.a/**", "https://**", "https://127.0.0.1", "https://a/%25"} {
		f.Add(r)
	}
	f.Fuzz(func(t *testing.T, resource string) {
		a, err := delegation.NewAuthority(delegation.Terms{Audience: []string{"**"}, Grants: []delegation.Grant{{Actions: []string{"a"}, Resources: []string{resource}}}})
		if err != nil {
			require.ErrorIs(t, err, delegation.ErrMalformedAuthority)
			return
		}
		base, tree := strings.CutSuffix(resource, "/**")
		if strings.Contains(base, "*") || strings.HasSuffix(base, ":/") {
			return // one of the wide patterns
		}
		require.NoError(t, a.Allows(delegation.Request{Action: "a", Resource: base, Audience: anyone}))
		if base == "file://" {
			return // net/url writes it as file:
		}
		u, err := url.Parse(base)
		require.NoError(t, err)
		require.Equal(t, base, u.String())
		require.Empty(t, u.RawQuery+u.Fragment)
		require.Nil(t, u.User)
		require.Equal(t, strings.ToLower(u.Host), u.Host)
		for _, segment := range strings.Split(u.Path, "/") {
			require.NotContains(t, []string{".", ".."}, segment)
		}
		require.NotContains(t, u.Path, "\\")
		require.NotContains(t, u.Path, "//")
		if strings.Contains(resource, "://") && len(base) < 2040 && strings.Count(base, "/") < 33 {
			require.Equal(t, base+"/x", u.JoinPath("x").String())
			require.Equal(t, tree, a.Allows(delegation.Request{Action: "a", Resource: base + "/x", Audience: anyone}) == nil)
		}
		require.Error(t, a.Allows(delegation.Request{Action: "a", Resource: base + "x", Audience: anyone}))
	})
}

// An invocation that is read has the one form that its digest names: three canonical
// segments, and claims within their bounds.
func FuzzParseInvocation(f *testing.F) {
	w := newScene(f)
	f.Add(w.invoke(read))
	f.Add(strings.Replace(w.invoke(read), ".", "..", 1))
	f.Fuzz(func(t *testing.T, token string) {
		inv, err := delegation.ParseInvocation(token)
		if err != nil {
			require.ErrorIs(t, err, delegation.ErrInvocation)
			return
		}
		require.Equal(t, multikey.Digest([]byte(token)), inv.Digest)
		parts := strings.Split(token, ".")
		require.Len(t, parts, 3)
		for _, p := range parts {
			data, err := b64.DecodeString(p)
			require.NoError(t, err)
			require.Equal(t, p, b64.EncodeToString(data))
		}
		life := inv.ExpiresAt.Sub(inv.IssuedAt)
		require.True(t, life > 0 && life <= time.Minute)
		require.True(t, len(inv.ID) >= 16 && len(inv.ID) <= 64)
		require.Len(t, inv.Salt, 16)
	})
}
