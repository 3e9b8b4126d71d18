package delegation_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
)

const anyone = "did:web:a.com"

func TestRule15Dimensions(t *testing.T) {
	a := parse(t, example)
	query := delegation.Request{Action: "mcp/tools/call/query", Resource: "https://db.example.com/sales/2026", Audience: "did:web:db.example.com", Arguments: []byte(`{"table":"orders","limit":10}`)}
	require.NoError(t, a.Allows(query))
	for _, tc := range []struct {
		name, dimension string
		change          func(*delegation.Request)
	}{
		{"audience of another", "audience", func(q *delegation.Request) { q.Audience = "did:web:db.example.com.evil" }},
		{"no audience", "audience", func(q *delegation.Request) { q.Audience = "" }},
		{"audience comes first", "audience", func(q *delegation.Request) { q.Audience, q.Action = "x", "x" }},
		{"another action", "actions", func(q *delegation.Request) { q.Action = "mcp/tools/call" }},
		{"a pattern for an action", "actions", func(q *delegation.Request) { q.Action = "**" }},
		{"no action", "actions", func(q *delegation.Request) { q.Action = "" }},
		{"another resource", "resources", func(q *delegation.Request) { q.Resource = "https://db.example.com/hr" }},
		{"a resource that is not in normal form", "resources", func(q *delegation.Request) { q.Resource = "https://db.example.com/sales/../hr" }},
		{"a pattern for a resource", "resources", func(q *delegation.Request) { q.Resource = "https://db.example.com/sales/**" }},
		{"excepted", "except", func(q *delegation.Request) { q.Resource = "https://db.example.com/sales/pii/x" }},
		{"argument missing", "args", func(q *delegation.Request) { q.Arguments = []byte(`{"table":"orders"}`) }},
		{"no arguments", "args", func(q *delegation.Request) { q.Arguments = nil }},
		{"argument outside", "args", func(q *delegation.Request) { q.Arguments = []byte(`{"table":"orders","limit":101}`) }},
		{"argument of another kind", "args", func(q *delegation.Request) { q.Arguments = []byte(`{"table":"orders","limit":"10"}`) }},
		{"argument further", "args", func(q *delegation.Request) { q.Arguments = []byte(`{"table":"orders","limit":10,"x":1}`) }},
		{"argument that folds", "args", func(q *delegation.Request) { q.Arguments = []byte(`{"table":"orders","limit":10,"Where":1}`) }},
		{"opaque body", "args", func(q *delegation.Request) { q.OpaqueBody = true }},
		{"optional argument", "", func(q *delegation.Request) { q.Arguments = []byte(`{"table":"orders","limit":1e1,"where":{"x":null}}`) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := query
			tc.change(&q)
			err := a.Allows(q)
			require.Equal(t, tc.dimension, dimensionOf(t, err), "%v", err)
			if err != nil {
				require.ErrorIs(t, err, delegation.ErrNotAllowed)
				require.Equal(t, delegation.ErrNotAllowed, err.(*delegation.Refusal).Rule)
			}
		})
	}
	require.NoError(t, a.Allows(delegation.Request{Action: "http/get", Resource: "https://export.arxiv.org/abs/1", Audience: "https://fetch.example.com", OpaqueBody: true}))
}

func TestRule15EveryoneIsSomeone(t *testing.T) {
	a := parse(t, oneGrant("**", "**", ""))
	for name, ok := range map[string]bool{"did:web:a": true, "https://a": true, "https://a:8443": true, "": false, "**": false, "http://a": false, "https://a/b": false, "a": false} {
		err := a.Allows(delegation.Request{Action: "a", Resource: "urn:a", Audience: name})
		require.Equal(t, ok, err == nil, name)
	}
}

func TestRule15Arguments(t *testing.T) {
	for _, tc := range []struct {
		grant      string
		fit, unfit []string
	}{
		{``, []string{`{}`, `{"a":[1,{"b":null}]}`}, nil},
		{`,"closed":true`, []string{`{}`}, []string{`{"a":1}`}},
		{`,"args":{"a":{"any":true}}`, []string{`{"a":null}`, `{"a":1,"b":2}`, `{"a":0.5}`, `{"a":1e300}`}, []string{`{}`, `{"A":1}`, `{"b":1}`}},
		{`,"optional":{"a":{"none":true}}`, []string{`{}`, `{"b":1}`}, []string{`{"a":null}`, `{"A":null}`}},
		{`,"optional":{"k":{"any":true}}`, []string{`{}`, `{"k":1}`}, []string{`{"K":1}`, `{"\u212a":1}`}},
		{`,"args":{"a":{"in":[1,"2",true,null]}}`, []string{`{"a":1}`, `{"a":1.0}`, `{"a":1e0}`, `{"a":"2"}`, `{"a":"\u0032"}`, `{"a":true}`, `{"a":null}`}, []string{`{"a":"1"}`, `{"a":2}`, `{"a":false}`, `{"a":[1]}`, `{"a":{}}`, `{"a":1.5}`}},
		{`,"args":{"a":{"in":[0]}}`, []string{`{"a":0}`, `{"a":-0}`, `{"a":-0.0}`, `{"a":1e-400}`}, []string{`{"a":false}`, `{"a":null}`, `{"a":""}`}},
		{`,"args":{"a":{"in":` + strings.ReplaceAll(list(100, "%d"), `"`, "") + `}}`, []string{`{"a":99}`, `{"a":0}`}, []string{`{"a":100}`, `{"a":"5"}`}},
		{`,"args":{"a":{"range":[1,9007199254740991]}}`, []string{`{"a":1}`, `{"a":9007199254740991}`, `{"a":1e15}`}, []string{`{"a":0}`, `{"a":1.5}`, `{"a":"1"}`, `{"a":9007199254740992.0}`, `{"a":1e16}`}},
		{`,"args":{"a":{"range":[null,null]}}`, []string{`{"a":-9007199254740991}`}, []string{`{"a":1e17}`, `{"a":-1.5}`, `{"a":null}`}},
		{`,"args":{"a":{"under":"https://a/b/**"}}`, []string{`{"a":"https://a/b"}`, `{"a":"https://a/b/c"}`}, []string{`{"a":"https://a/b/../c"}`, `{"a":"https://a/bc"}`, `{"a":"https://a/b/"}`, `{"a":"https://a/b?x"}`, `{"a":"https://a/b/**"}`, `{"a":1}`, `{"a":["https://a/b"]}`}},
		{`,"args":{"a":{"under":"**"}}`, []string{`{"a":"urn:x"}`}, []string{`{"a":"x"}`, `{"a":""}`, `{"a":"**"}`}},
		{`,"args":{"a":{"each":{"in":[1]},"max":2}}`, []string{`{"a":[]}`, `{"a":[1,1]}`}, []string{`{"a":[1,1,1]}`, `{"a":[2]}`, `{"a":1}`, `{"a":{}}`, `{"a":null}`}},
		{`,"args":{"a":{"object":{"args":{"b":{"in":[1]}},"closed":true}}}`, []string{`{"a":{"b":1}}`}, []string{`{"a":{}}`, `{"a":{"b":1,"c":1}}`, `{"a":{"b":2}}`, `{"a":{"B":1}}`, `{"a":[]}`, `{"a":1}`}},
	} {
		a := parse(t, oneGrant("a", "**", tc.grant))
		for _, args := range tc.fit {
			require.NoError(t, a.Allows(delegation.Request{Action: "a", Resource: "urn:a", Audience: anyone, Arguments: []byte(args)}), tc.grant+args)
		}
		for _, args := range tc.unfit {
			err := a.Allows(delegation.Request{Action: "a", Resource: "urn:a", Audience: anyone, Arguments: []byte(args)})
			require.Equal(t, "args", dimensionOf(t, err), tc.grant+args)
		}
	}
}

func TestRule14Arguments(t *testing.T) {
	a := parse(t, oneGrant("a", "**", ""))
	for _, args := range []string{
		``, `null`, `[]`, `1`, `{`, `{} {}`, `{"a":1,"a":2}`, `{"a":1,"A":2}`, `{"x":{"k":1,"\u212a":2}}`, `{"x":[{"s":1,"ſ":2}]}`,
		`{"a":9007199254740992}`, `{"a":-9007199254740992}`, `{"a":123456789012345678901234567890}`, `{"a":1e400}`, `{"a":-1e309}`, `{"a":NaN}`, `{"a":01}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}",
		strings.Repeat(`{"a":`, 33) + `1` + strings.Repeat(`}`, 33),
		`{"a":"` + strings.Repeat("a", 256<<10) + `"}`,
	} {
		err := a.Allows(delegation.Request{Action: "a", Resource: "urn:a", Audience: anyone, Arguments: []byte(args)})
		require.ErrorIs(t, err, delegation.ErrMalformedRequest, args)
		require.Empty(t, dimensionOf(t, err))
		require.Equal(t, delegation.ErrMismatch, err.(*delegation.Refusal).Rule)
	}
	deep := strings.Repeat(`{"a":`, 32) + `1` + strings.Repeat(`}`, 32)
	require.NoError(t, a.Allows(delegation.Request{Action: "a", Resource: "urn:a", Audience: anyone, Arguments: []byte(deep)}))
}

func TestRule14Amounts(t *testing.T) {
	a := parse(t, oneGrant("a", "**", ""))
	for unit, n := range map[string]int64{"u": -1, "v": 1 << 53, "": 1, "a b": 1} {
		err := a.Allows(delegation.Request{Action: "a", Resource: "urn:a", Audience: anyone, Amounts: map[string]int64{unit: n}})
		require.ErrorIs(t, err, delegation.ErrMalformedRequest, unit)
	}
}

func TestParseRequest(t *testing.T) {
	q, err := delegation.ParseRequest([]byte(`{"action":"a","resource":"urn:a","audience":"did:web:a","arguments":{"x":1},"amounts":{"USD/100":5},"http":{"method":"GET","url":"https://a/b?c","digest":"d"}}`))
	require.NoError(t, err)
	require.Equal(t, delegation.Request{Action: "a", Resource: "urn:a", Audience: "did:web:a", Arguments: []byte(`{"x":1}`), Amounts: map[string]int64{"USD/100": 5}, HTTP: &delegation.HTTP{Method: "GET", URL: "https://a/b?c", Digest: "d"}}, q)
	const start = `{"action":"a","resource":"urn:a"`
	for _, text := range []string{
		``, `null`, `[]`, start + `}`, `{"action":"a","audience":"x"}`, start + `,"audience":null}`, start + `,"audience":"x","arguments":null}`, start + `,"audience":"x","arguments":[]}`,
		start + `,"audience":"x","amounts":null}`, start + `,"audience":"x","amounts":{"u":null}}`, start + `,"audience":"x","amounts":{"u":-1}}`, start + `,"audience":"x","amounts":{"u":1.0}}`, start + `,"audience":"x","http":null}`, start + `,"audience":"x","http":{}}`, start + `,"audience":"x","http":{"method":"GET","url":"u","body":"b"}}`,
		start + `,"audience":"x","Audience":"x"}`, start + `,"audience":"x","audience":"x"}`, start + `,"audience":"x","why":"x"}`, start + `,"audience":"x","arguments":{"a":1,"A":1}}`, start + `,"audience":1}`, start + `,"audience":"x"} 1`,
	} {
		_, err := delegation.ParseRequest([]byte(text))
		require.ErrorIs(t, err, delegation.ErrMalformedRequest, text)
	}
}

// Section 4.3: a guarded link's grants are met with its overlay.
func TestRule15Guarded(t *testing.T) {
	for _, tc := range []struct {
		overlay, dimension string
	}{
		{``, "actions"}, // absent: nothing
		{`,"guarded":{}`, ""},
		{`,"guarded":{"actions":["a"]}`, ""},
		{`,"guarded":{"actions":["b"]}`, "actions"},
		{`,"guarded":{"resources":["urn:**"]}`, "malformed"},
		{`,"guarded":{"resources":["urn:a/**"]}`, ""},
		{`,"guarded":{"resources":["urn:b"]}`, "resources"},
		{`,"guarded":{"actions":["b"],"resources":["urn:b"]}`, "actions"},
		{`,"guarded":{"actions":["**"],"resources":["**"]}`, ""},
	} {
		text := `{"grants":[{"actions":["a"],"resources":["urn:a/**"]}],"audience":["**"]` + tc.overlay + `}`
		a, err := delegation.ParseAuthority([]byte(text))
		if tc.dimension == "malformed" {
			require.ErrorIs(t, err, delegation.ErrMalformedAuthority)
			continue
		}
		require.NoError(t, err)
		q := delegation.Request{Action: "a", Resource: "urn:a/b", Audience: anyone}
		require.NoError(t, a.Allows(q))
		require.Equal(t, tc.dimension, dimensionOf(t, delegation.AllowsGuarded(a, q)))
		q.Action = "b" // an overlay adds nothing
		require.Error(t, delegation.AllowsGuarded(a, q))
	}
}
