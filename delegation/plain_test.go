package delegation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
)

// plainAuthorities have every kind of constraint on arguments.
func plainAuthorities(tb testing.TB) []delegation.Authority {
	var out []delegation.Authority
	for _, more := range []string{
		"",
		`,"closed":true`,
		`,"args":{"table":{"in":["orders","refunds",1,true,null,""]},"limit":{"range":[-5,100]}},"optional":{"where":{"any":true}},"closed":true`,
		`,"args":{"table":{"any":true}},"optional":{"limit":{"none":true},"where":{"range":[null,3]}}`,
		`,"optional":{"Limit":{"any":true},"where":{"under":"https://db.example.com/**"},"table":{"each":{"any":true},"max":3}}`,
		`,"args":{"k":{"in":["s",-1,0,false]}},"optional":{"o":{"object":{}}}`,
	} {
		out = append(out, parse(tb, oneGrant("**", "**", more)))
	}
	return out
}

// FuzzPlainAllows: what the short way allows the long way allows.
func FuzzPlainAllows(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"table":"orders","limit":10}`, ` { "table" : "refunds" ,` + "\n\t\r" + `"limit" : -5 , "where" : null } `,
		`{"table":1,"limit":100,"where":"a\u0062"}`, `{"table":"orders","limit":10,"limit":11}`, `{"Table":"orders","limit":1}`,
		`{"table":true,"limit":0}`, `{"table":"","limit":-0}`, `{"table":"orders","limit":01}`, `{"table":"orders","limit":1.0}`,
		`{"table":"orders","limit":1e1}`, `{"limit":"x"}`, `{"where":-9007199254740993}`, `{"where":999999999999999}`,
		`{"k":"s"}`, `{"k":false}`, `{"k":0}`, `{"k":-1,"K":1}`, `{"table":"orders","limit":1}x`, `{"table":"orders","limit":1,}`,
		`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1}`, `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1}`,
		`{"where":[1]}`, `{"o":{}}`, `{"":1}`, `{"table":nul}`, `{"table":"` + "\x7f" + `"}`, `{"limit":-}`, `{"limit":`, `[`, ``,
	} {
		f.Add([]byte(s))
	}
	authorities := plainAuthorities(f)
	f.Fuzz(func(t *testing.T, args []byte) {
		for i, a := range authorities {
			q := delegation.Request{Action: "a", Resource: "https://db.example.com/x", Audience: service, Arguments: args}
			if delegation.AllowsPlain(a, q) {
				require.True(t, delegation.AllowsLong(a, q), "authority %d: %q", i, args)
			}
		}
	})
}

// TestPlainAllows: the short way is taken for ordinary arguments, and not for what
// it cannot know.
func TestPlainAllows(t *testing.T) {
	a := parse(t, example)
	for args, want := range map[string]bool{
		`{"table":"orders","limit":10}`:                  true,
		`{"limit":100,"where":"x","table":"refunds"}`:    true,
		`{"table":"orders","limit":10,"other":1}`:        false,
		`{"table":"orders","limit":101}`:                 false,
		`{"table":"orders"}`:                             false,
		`{"table":"orders","limit":10,"where":"\u00e9"}`: false, // left to the other
	} {
		q := exampleRequests["query"]
		q.Arguments = []byte(args)
		require.Equal(t, want, delegation.AllowsPlain(a, q), args)
	}
	q := exampleRequests["query"]
	for _, change := range []func(*delegation.Request){
		func(q *delegation.Request) { q.OpaqueBody = true }, func(q *delegation.Request) { q.Arguments = nil },
		func(q *delegation.Request) { q.Amounts = map[string]int64{"x": -1} }, func(q *delegation.Request) { q.Action = "mcp/tools/call/query/" },
		func(q *delegation.Request) { q.Resource = "https://db.example.com/sales/../x" }, func(q *delegation.Request) { q.Audience = "x" },
		func(q *delegation.Request) { q.Resource = "https://db.example.com/sales/pii/x" },
	} {
		q := q
		change(&q)
		require.False(t, delegation.AllowsPlain(a, q))
	}
	require.False(t, delegation.AllowsPlain(delegation.Authority{}, q))
}
