package verdicts

import (
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/multikey"
)

// grantOf is an authority of one grant for everybody, with more in the grant.
func grantOf(more string) string { return granted("a", "**", more) }

// asks is the question whether an authority allows a request.
func asks(title, authority, request string, expect object) Vector {
	return Vector{title, object{"kind": "request", "authority": raw(authority), "request": raw(request)}, expect}
}

// doing is the request of an action a on urn:a with arguments.
func doing(arguments string) string {
	return `{"action":"a","resource":"urn:a","audience":"did:web:a.com","arguments":` + arguments + `}`
}

func requests() (out []Vector) {
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
		{`,"args":{"a":{"range":[1,9007199254740991]}}`, []string{`{"a":1}`, `{"a":9007199254740991}`, `{"a":1e15}`}, []string{`{"a":0}`, `{"a":1.5}`, `{"a":"1"}`, `{"a":9007199254740992.0}`, `{"a":1e16}`}},
		{`,"args":{"a":{"range":[null,null]}}`, []string{`{"a":-9007199254740991}`}, []string{`{"a":1e17}`, `{"a":-1.5}`, `{"a":null}`}},
		{`,"args":{"a":{"under":"https://a/b/**"}}`, []string{`{"a":"https://a/b"}`, `{"a":"https://a/b/c"}`}, []string{`{"a":"https://a/b/../c"}`, `{"a":"https://a/bc"}`, `{"a":"https://a/b/"}`, `{"a":"https://a/b?x"}`, `{"a":"https://a/b/**"}`, `{"a":1}`, `{"a":["https://a/b"]}`}},
		{`,"args":{"a":{"under":"**"}}`, []string{`{"a":"urn:x"}`}, []string{`{"a":"x"}`, `{"a":""}`, `{"a":"**"}`}},
		{`,"args":{"a":{"each":{"in":[1]},"max":2}}`, []string{`{"a":[]}`, `{"a":[1,1]}`}, []string{`{"a":[1,1,1]}`, `{"a":[2]}`, `{"a":1}`, `{"a":{}}`, `{"a":null}`}},
		{`,"args":{"a":{"object":{"args":{"b":{"in":[1]}},"closed":true}}}`, []string{`{"a":{"b":1}}`}, []string{`{"a":{}}`, `{"a":{"b":1,"c":1}}`, `{"a":{"b":2}}`, `{"a":{"B":1}}`, `{"a":[]}`, `{"a":1}`}},
		{`,"args":{"a":{"each":{"object":{"optional":{"b":{"range":[null,0]}},"closed":true}},"max":2}}`, []string{`{"a":[{},{"b":-1}]}`}, []string{`{"a":[{"b":1}]}`, `{"a":[{},{},{}]}`, `{"a":[{"c":1}]}`}},
	} {
		for _, args := range tc.fit {
			out = append(out, asks(args+" fits "+brief("{"+strings.TrimPrefix(tc.grant, ",")+"}"), grantOf(tc.grant), doing(args), accepts(nil)))
		}
		for _, args := range tc.unfit {
			out = append(out, asks(args+" does not fit "+brief("{"+strings.TrimPrefix(tc.grant, ",")+"}"), grantOf(tc.grant), doing(args), by(15, -1, "args")))
		}
	}
	authority := `{"grants":[{"actions":["db/read","db/list/**"],"resources":["https://db.example.com/sales/**"],"except":["https://db.example.com/sales/pii/**"]},{"actions":["http/get"],"resources":["https://*.arxiv.org/**","https://h:8443/**"]}],"audience":["did:web:a.com"]}`
	ask := func(action, resource, audience string) string {
		return fmt.Sprintf(`{"action":%s,"resource":%s,"audience":%s}`, quoted(action), quoted(resource), quoted(audience))
	}
	const res, me = "https://db.example.com/sales/2026", "did:web:a.com"
	for _, c := range []struct{ title, action, resource, audience, dimension string }{
		{"allowed", "db/read", res, me, ""},
		{"the root of a tree of resources", "db/read", "https://db.example.com/sales", me, ""},
		{"the root of a tree of actions", "db/list", res, me, ""},
		{"far below in a tree of actions", "db/list/a/b", res, me, ""},
		{"a host below", "http/get", "https://export.arxiv.org/abs/1", me, ""},
		{"a host further below", "http/get", "https://a.b.arxiv.org", me, ""},
		{"the port of the pattern", "http/get", "https://h:8443/x", me, ""},
		{"another action", "db/write", res, me, "actions"},
		{"an action below one that is no tree", "db/read/x", res, me, "actions"},
		{"an action above", "db", res, me, "actions"},
		{"an action that begins alike", "db/listing", res, me, "actions"},
		{"an action in capitals", "DB/READ", res, me, "actions"},
		{"a pattern for an action", "**", res, me, "actions"},
		{"a tree for an action", "db/list/**", res, me, "actions"},
		{"no action", "", res, me, "actions"},
		{"another resource", "db/read", "https://db.example.com/hr", me, "resources"},
		{"a resource that begins alike", "db/read", "https://db.example.com/salesx", me, "resources"},
		{"the host of the tree", "http/get", "https://arxiv.org/abs/1", me, "resources"},
		{"a host that ends alike", "http/get", "https://evilarxiv.org/abs/1", me, "resources"},
		{"another scheme", "http/get", "http://export.arxiv.org/abs/1", me, "resources"},
		{"a port", "http/get", "https://export.arxiv.org:8443/abs/1", me, "resources"},
		{"no port", "http/get", "https://h/x", me, "resources"},
		{"dots", "db/read", "https://db.example.com/sales/../hr", me, "resources"},
		{"escaped dots", "db/read", "https://db.example.com/sales/%2E%2E/hr", me, "resources"},
		{"a query", "db/read", res + "?a=b", me, "resources"},
		{"a slash at the end", "db/read", res + "/", me, "resources"},
		{"a default port", "db/read", "https://db.example.com:443/sales/2026", me, "resources"},
		{"a pattern for a resource", "db/read", "https://db.example.com/sales/**", me, "resources"},
		{"excepted", "db/read", "https://db.example.com/sales/pii/x", me, "except"},
		{"the root of what is excepted", "db/read", "https://db.example.com/sales/pii", me, "except"},
		{"beside what is excepted", "db/read", "https://db.example.com/sales/pii2", me, ""},
		{"an audience that begins alike", "db/read", res, "did:web:a.com.evil", "audience"},
		{"no audience", "db/read", res, "", "audience"},
		{"the audience comes first", "x", "x", "x", "audience"},
	} {
		expect := accepts(nil)
		if c.dimension != "" {
			expect = by(15, -1, c.dimension)
		}
		out = append(out, asks(c.title, authority, ask(c.action, c.resource, c.audience), expect))
	}
	for name, ok := range ordered(map[string]bool{"did:web:a": true, "https://a:8443": true, "": false, "**": false, "http://a": false, "https://a/b": false, "a": false}) {
		expect := accepts(nil)
		if !ok {
			expect = by(15, -1, "audience")
		}
		out = append(out, asks(fmt.Sprintf("everybody, and %q", name), grantOf(""), ask("a", "urn:a", name), expect))
	}
	return out
}

func malformedRequests() (out []Vector) {
	no := rejected("malformedRequest")
	for title, args := range ordered(map[string]string{
		"null": `null`, "an array": `[]`, "a number": `1`, "a name twice": `{"a":1,"a":2}`, "names that fold alike": `{"a":1,"A":2}`,
		"names that fold alike, inside": `{"x":{"k":1,"\u212a":2}}`, "names that fold alike, in an array": `{"x":[{"s":1,"ſ":2}]}`, "2^53 in digits": `{"a":9007199254740992}`,
		"-2^53 in digits": `{"a":-9007199254740992}`, "many digits": `{"a":123456789012345678901234567890}`, "no double": `{"a":1e400}`, "no negative double": `{"a":-1e309}`,
		"half of a surrogate pair": `{"a":"\ud800"}`, "33 levels": strings.Repeat(`{"a":`, 33) + `1` + strings.Repeat(`}`, 33),
		"262,145 bytes": `{"a":"` + strings.Repeat("a", 262145-8) + `"}`,
	}) {
		out = append(out, asks("arguments: "+title, grantOf(""), doing(args), no))
	}
	out = append(out, asks("arguments of 31 levels", grantOf(""), doing(strings.Repeat(`{"a":`, 31)+`1`+strings.Repeat(`}`, 31)), accepts(nil)))
	const start = `{"action":"a","resource":"urn:a"`
	for title, request := range ordered(map[string]string{
		"null": `null`, "an array": `[]`, "no audience": start + `}`, "no resource": `{"action":"a","audience":"x"}`, "audience null": start + `,"audience":null}`,
		"amounts null": start + `,"audience":"x","amounts":null}`, "an amount that is null": start + `,"audience":"x","amounts":{"u":null}}`, "an amount below 0": start + `,"audience":"x","amounts":{"u":-1}}`,
		"an amount with a fraction": start + `,"audience":"x","amounts":{"u":1.0}}`, "an amount of 2^53": start + `,"audience":"x","amounts":{"u":9007199254740992}}`,
		"http null": start + `,"audience":"x","http":null}`, "empty http": start + `,"audience":"x","http":{}}`, "http with more": start + `,"audience":"x","http":{"method":"GET","url":"u","body":"b"}}`,
		"a member in capitals": start + `,"audience":"x","Audience":"x"}`, "a member twice": start + `,"audience":"x","audience":"x"}`, "a member that is not listed": start + `,"audience":"x","why":"x"}`,
		"an audience that is a number": start + `,"audience":1}`, "an action that is null": `{"action":null,"resource":"urn:a","audience":"x"}`,
	}) {
		out = append(out, asks(title, grantOf(""), request, object{"verdict": "reject", "code": "malformedRequest"}))
	}
	out = append(out, asks("all members", grantOf(""), start+`,"audience":"did:web:a","arguments":{"x":1},"amounts":{"USD/100":9007199254740991},"http":{"method":"GET","url":"https://a/b?c","digest":"`+multikey.Digest(nil)+`"}}`, accepts(nil)))
	return out
}

// inside is the question whether a child lies inside a parent.
func inside(title, parent, child, dimension string) Vector {
	expect := accepts(nil)
	if dimension != "" {
		expect = object{"verdict": "reject", "rule": 11, "dimension": dimension}
	}
	child = strings.Replace(child, `,"depth":1`, "", 1)
	return Vector{title, object{"kind": "attenuation", "parent": raw(parent), "child": raw(child)}, expect}
}

func attenuations() (out []Vector) {
	for _, tc := range []struct {
		dimension, parent string
		inside, outside   []string
	}{
		{"actions", "**", []string{"**", "a", "a/**"}, nil},
		{"actions", "a/**", []string{"a", "a/**", "a/b", "a/b/**"}, []string{"**", "ab", "a-b", "ab/**", "A", "b"}},
		{"actions", "a", []string{"a"}, []string{"a/b", "**"}},
		{"resources", "**", []string{"https://**", "urn:a", "https://*.a/**"}, nil},
		{"resources", "https://**", []string{"https://a", "https://a:1/b/**", "https://*.a/**"}, []string{"**", "http://a", "urn:a", "http://**"}},
		{"resources", "https://*.a/**", []string{"https://b.a", "https://c.b.a/x", "https://*.b.a/**", "https://b.a/**"}, []string{"https://a", "https://ba", "https://b.a:1", "https://*.a:1/**", "https://**", "http://b.a"}},
		{"resources", "https://*.a:1/**", []string{"https://b.a:1", "https://*.b.a:1/**"}, []string{"https://b.a", "https://b.a:11"}},
		{"resources", "https://a/b/**", []string{"https://a/b", "https://a/b/c", "https://a/b/c/**"}, []string{"https://a/bc", "https://a", "https://a/**", "https://a:1/b"}},
		{"resources", "https://a/b", []string{"https://a/b"}, []string{"https://a/b/**", "https://a/b/c"}},
		{"resources", "file:///**", []string{"file://", "file:///a", "file:///a/**"}, []string{"file://a/b", "file://**", "file://*.a/**"}},
		{"resources", "urn:a/**", []string{"urn:a", "urn:a/b"}, []string{"urn:ab", "urn:a:b", "urn://a/b"}},
	} {
		write := func(p string) string {
			if tc.dimension == "actions" {
				return granted(p, "**", "")
			}
			return granted("a", p, "")
		}
		for _, c := range tc.inside {
			out = append(out, inside(c+" is inside "+tc.parent, write(tc.parent), write(c), ""))
		}
		for _, c := range tc.outside {
			out = append(out, inside(c+" is not inside "+tc.parent, write(tc.parent), write(c), tc.dimension))
		}
	}
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
		out = append(out, inside(fmt.Sprintf("%s but %s, of %s but %s", tc.childResource, tc.childExcept, tc.resource, tc.except),
			granted("a", tc.resource, fmt.Sprintf(`,"except":[%q]`, tc.except)), granted("a", tc.childResource, child), tc.dimension))
	}
	for _, tc := range []struct {
		parent          string
		inside, outside []string
	}{
		{`{"any":true}`, []string{`{"any":true}`, `{"in":[null]}`, `{"object":{}}`}, nil},
		{
			`{"in":[1,"1",true,"https://a/b"]}`,
			[]string{`{"in":[1]}`, `{"in":["1",true]}`, `{"range":[1,1]}`, `{"under":"https://a/b"}`},
			[]string{`{"in":[2]}`, `{"in":[false]}`, `{"in":[1,null]}`, `{"range":[1,2]}`, `{"range":[1,null]}`, `{"under":"https://a/b/**"}`, `{"any":true}`},
		},
		{`{"in":[1,3,2]}`, []string{`{"range":[1,3]}`, `{"range":[2,3]}`}, []string{`{"range":[0,3]}`, `{"range":[null,3]}`}},
		{`{"in":[9007199254740991,9007199254740990]}`, []string{`{"range":[9007199254740990,null]}`}, []string{`{"range":[9007199254740989,null]}`}},
		{`{"range":[1,5]}`, []string{`{"range":[1,5]}`, `{"range":[2,2]}`, `{"in":[1,5]}`}, []string{`{"range":[0,5]}`, `{"range":[1,6]}`, `{"range":[null,5]}`, `{"in":[1,6]}`, `{"in":["1"]}`, `{"in":[null]}`, `{"any":true}`}},
		{`{"range":[null,5]}`, []string{`{"range":[null,4]}`, `{"range":[-9007199254740991,4]}`}, []string{`{"range":[null,null]}`}},
		{`{"range":[-9007199254740991,5]}`, []string{`{"range":[null,5]}`}, nil},
		{`{"under":"https://a/**"}`, []string{`{"under":"https://a/b/**"}`, `{"in":["https://a/b","https://a"]}`}, []string{`{"under":"**"}`, `{"in":["https://a/b","x"]}`, `{"in":["https://a/../b"]}`, `{"in":["https://a/**"]}`, `{"in":[1]}`}},
		{`{"under":"**"}`, []string{`{"in":["urn:a"]}`}, []string{`{"in":["a"]}`}},
		{`{"each":{"range":[1,5]},"max":3}`, []string{`{"each":{"in":[1,2]},"max":3}`, `{"each":{"any":true},"max":0}`, `{"each":{"range":[1,5]},"max":2}`}, []string{`{"each":{"range":[1,5]},"max":4}`, `{"each":{"range":[1,6]},"max":3}`, `{"any":true}`}},
		{`{"object":{}}`, []string{`{"object":{"closed":true}}`}, []string{`{"any":true}`, `{"each":{"any":true},"max":0}`}},
		{`{"object":{"args":{"a":{"any":true}},"closed":true}}`, []string{`{"object":{"args":{"a":{"in":[1]}},"closed":true}}`}, []string{`{"object":{}}`, `{"object":{"closed":true}}`, `{"object":{"args":{"a":{"any":true}}}}`}},
	} {
		write := func(c string) string { return granted("a", "**", `,"args":{"x":`+c+`}`) }
		for _, c := range tc.inside {
			out = append(out, inside(c+" is inside "+tc.parent, write(tc.parent), write(c), ""))
		}
		for _, c := range tc.outside {
			out = append(out, inside(c+" is not inside "+tc.parent, write(tc.parent), write(c), "args"))
		}
	}
	for _, tc := range []struct {
		parent, child string
		inside        bool
	}{
		{``, `,"args":{"x":{"any":true}}`, true},
		{``, `,"closed":true`, true},
		{`,"args":{"x":{"any":true}}`, ``, false},
		{`,"args":{"x":{"any":true}}`, `,"args":{"x":{"in":[1]},"y":{"any":true}}`, true},
		{`,"args":{"x":{"any":true}}`, `,"optional":{"x":{"in":[1]}}`, false},
		{`,"args":{"x":{"in":[1]}}`, `,"args":{"x":{"any":true}}`, false},
		{`,"args":{"x":{"any":true}}`, `,"args":{"X":{"any":true}}`, false},
		{`,"optional":{"x":{"any":true}}`, ``, false},
		{`,"optional":{"x":{"any":true}}`, `,"closed":true`, true},
		{`,"optional":{"x":{"any":true}}`, `,"args":{"x":{"in":[1]}}`, true},
		{`,"optional":{"x":{"in":[1]}}`, `,"optional":{"x":{"none":true}}`, true},
		{`,"optional":{"x":{"in":[1]}}`, `,"optional":{"x":{"in":[2]}}`, false},
		{`,"optional":{"x":{"none":true}}`, `,"optional":{"x":{"none":true}}`, true},
		{`,"optional":{"x":{"none":true}}`, `,"closed":true`, true},
		{`,"optional":{"x":{"none":true}}`, `,"optional":{"x":{"in":[1]}}`, false},
		{`,"optional":{"x":{"any":true}}`, `,"optional":{"X":{"any":true}},"closed":true`, false},
		{`,"optional":{"x":{"any":true}}`, `,"optional":{"X":{"none":true}}`, true},
		{`,"closed":true`, ``, false},
		{`,"closed":true`, `,"closed":true`, true},
		{`,"closed":true`, `,"args":{"x":{"any":true}},"closed":true`, false},
		{`,"closed":true`, `,"optional":{"x":{"any":true}},"closed":true`, false},
		{`,"closed":true`, `,"optional":{"x":{"none":true}},"closed":true`, true},
		{`,"args":{"x":{"any":true}},"closed":true`, `,"args":{"x":{"any":true}}`, false},
	} {
		dimension := map[bool]string{true: "", false: "args"}[tc.inside]
		out = append(out, inside(fmt.Sprintf("{%s}, of {%s}", strings.TrimPrefix(tc.child, ","), strings.TrimPrefix(tc.parent, ",")), grantOf(tc.parent), grantOf(tc.child), dimension))
	}
	return append(out, attenuatedRest()...)
}

func attenuatedRest() (out []Vector) {
	alice, bob := ed("alice").DID().String(), ed("bob").DID().String()
	d1, d2 := multikey.Digest([]byte("1")), multikey.Digest([]byte("2"))
	named := func(audience, more string) string {
		return `{"grants":[{"actions":["a"],"resources":["**"]}],"depth":1,"audience":[` + audience + `]` + more + `}`
	}
	all := func(more string) string { return named(`"**"`, more) }
	limit := func(members string) string { return all(`,"limits":{"x":{` + members + `}}`) }
	approval := func(actions, by string, min int) string {
		return all(fmt.Sprintf(`,"requires":{"approval":[{"actions":[%s],"by":[%s],"min":%d}]}`, actions, by, min))
	}
	attested := func(digests string) string { return all(`,"requires":{"attestation":[` + digests + `]}`) }
	both, five := quoted(alice)+","+quoted(bob), `"unit":"u","max":5`
	for _, c := range []struct{ title, parent, child, dimension string }{
		{"audience: one of two", named(`"did:web:a","did:web:b"`, ""), named(`"did:web:b"`, ""), ""},
		{"audience: two of one", named(`"did:web:a"`, ""), named(`"did:web:a","did:web:b"`, ""), "audience"},
		{"audience: everybody of one", named(`"did:web:a"`, ""), all(""), "audience"},
		{"audience: one of everybody", all(""), named(`"did:web:a"`, ""), ""},
		{"audience: a name that begins alike", named(`"did:web:a.com"`, ""), named(`"did:web:a.com.evil"`, ""), "audience"},
		{"limit: left out", limit(five), all(""), "limits"},
		{"limit: of the child alone", all(""), limit(five), ""},
		{"limit: one more", limit(five), all(`,"limits":{"x":{` + five + `},"y":{"unit":"u","max":9}}`), ""},
		{"limit: higher", limit(five), limit(`"unit":"u","max":6`), "limits"},
		{"limit: lower", limit(five), limit(`"unit":"u","max":0`), ""},
		{"limit: another unit", limit(five), limit(`"unit":"v","max":5`), "limits"},
		{"limit: another name", limit(five), all(`,"limits":{"y":{` + five + `}}`), "limits"},
		{"limit: a name in capitals", limit(five), all(`,"limits":{"X":{` + five + `}}`), "limits"},
		{"limit: a shorter window", limit(five + `,"per":9`), limit(five + `,"per":8`), "limits"},
		{"limit: no window", limit(five + `,"per":9`), limit(five), "limits"},
		{"limit: a window of the child's", limit(five), limit(five + `,"per":9`), "limits"},
		{"limit: split by the parent alone", named(`"did:web:a"`, `,"limits":{"x":{`+five+`,"split":"audience"}}`), named(`"did:web:a"`, `,"limits":{"x":{`+five+`}}`), ""},
		{"attestation: one of two", attested(quoted(d1) + "," + quoted(d2)), attested(quoted(d2)), ""},
		{"attestation: two of one", attested(quoted(d1)), attested(quoted(d1) + "," + quoted(d2)), "requires"},
		{"attestation: left out", attested(quoted(d1)), all(""), "requires"},
		{"attestation: of the child alone", all(""), attested(quoted(d1)), ""},
		{"approval: of more actions", approval(`"a"`, both, 1), approval(`"a","b"`, both, 1), ""},
		{"approval: of all actions, by more", approval(`"a"`, both, 1), approval(`"**"`, both, 2), ""},
		{"approval: by fewer", approval(`"a"`, both, 1), approval(`"a"`, quoted(alice), 1), ""},
		{"approval: a lower min", approval(`"a"`, both, 2), approval(`"a"`, both, 1), "requires"},
		{"approval: of fewer actions", approval(`"a","b"`, both, 1), approval(`"a"`, both, 1), "requires"},
		{"approval: of an action of a tree", approval(`"a/**"`, both, 1), approval(`"a"`, both, 1), "requires"},
		{"approval: by somebody else too", approval(`"a"`, quoted(alice), 1), approval(`"a"`, both, 1), "requires"},
		{"approval: left out", approval(`"a"`, both, 1), all(""), "requires"},
		{"maxStatusAge: equal", all(`,"maxStatusAge":9`), all(`,"maxStatusAge":9`), ""},
		{"maxStatusAge: higher", all(`,"maxStatusAge":9`), all(`,"maxStatusAge":10`), "maxStatusAge"},
		{"maxStatusAge: left out", all(`,"maxStatusAge":9`), all(""), "maxStatusAge"},
		{"maxStatusAge: of the child alone", all(""), all(`,"maxStatusAge":9`), ""},
		{"guarded: wider", all(`,"guarded":{"actions":["b"]}`), all(`,"guarded":{}`), ""},
		{"order: audience before limits", named(`"did:web:a"`, `,"limits":{"x":{`+five+`}},"maxStatusAge":9`), all(""), "audience"},
		{"order: limits before requires", all(`,"limits":{"x":{` + five + `}},"requires":{"attestation":[` + quoted(d1) + `]},"maxStatusAge":9`), all(""), "limits"},
		{"order: requires before maxStatusAge", all(`,"requires":{"attestation":[` + quoted(d1) + `]},"maxStatusAge":9`), all(""), "requires"},
	} {
		v := inside(c.title, c.parent, strings.Replace(c.child, `"depth":1,`, "", 1), c.dimension)
		out = append(out, v)
	}
	for _, c := range []struct {
		parent, child int
		inside        bool
	}{{1, 0, true}, {0, 0, false}, {1, 1, false}, {3, 2, true}, {3, 3, false}, {2, 0, true}} {
		at := func(d int) string { return strings.Replace(all(""), `"depth":1`, fmt.Sprintf(`"depth":%d`, d), 1) }
		out = append(out, inside(fmt.Sprintf("depth %d, of %d", c.child, c.parent), at(c.parent), strings.Replace(at(c.child), `,"depth":1`, `,"depth": 1`, 1), map[bool]string{true: "", false: "depth"}[c.inside]))
	}
	grants := func(list string) string { return `{"grants":[` + list + `],"audience":["**"],"depth":1}` }
	parent := grants(`{"actions":["a"],"resources":["urn:a"]},{"actions":["b"],"resources":["urn:b/**"],"except":["urn:b/x"]},{"actions":["b"],"resources":["urn:b"],"args":{"x":{"any":true}}}`)
	for _, c := range []struct{ child, dimension string }{
		{`{"actions":["c"],"resources":["urn:a"]}`, "actions"},
		{`{"actions":["b"],"resources":["urn:c"]}`, "resources"},
		{`{"actions":["b"],"resources":["urn:b/**"]}`, "except"},
		{`{"actions":["b"],"resources":["urn:b"]}`, ""},
		{`{"actions":["a","b"],"resources":["urn:b"]}`, "actions"},
		{`{"actions":["a"],"resources":["urn:a"]},{"actions":["c"],"resources":["urn:c"]},{"actions":["b"],"resources":["urn:c"]}`, "actions"},
	} {
		out = append(out, inside("the grant that got furthest: "+brief(c.child), parent, grants(c.child), c.dimension))
	}
	out = append(out, Vector{"a child that is malformed", object{"kind": "attenuation", "parent": raw(all("")), "child": raw(`{}`)}, rejected("malformedAuthority")})
	out = append(out, Vector{"a parent that is malformed", object{"kind": "attenuation", "parent": raw(`{}`), "child": raw(all(""))}, rejected("malformedAuthority")})
	return out
}

// narrowings are wishes that do not lie inside their parent, with the meet of the two.
func narrowings() (out []Vector) {
	meet := func(title, parent, child, narrowed string) {
		expect := with(object{"verdict": "reject", "rule": 11}, object{"narrowed": raw(narrowed)})
		out = append(out, Vector{title, object{"kind": "attenuation", "parent": raw(parent), "child": raw(child)}, expect})
	}
	one := func(more string) string { return `{"actions":["a"],"resources":["**"]` + more + `}` }
	p := func(grants, more string) string {
		return `{"grants":[` + grants + `],"audience":["**"],"depth":1` + more + `}`
	}
	w := func(grants, more string) string { return `{"grants":[` + grants + `],"audience":["**"]` + more + `}` }
	args := func(name, parent, wish, both string) {
		write := func(c string) string { return one(`,"args":{"x":` + c + `}`) }
		meet(name, p(write(parent), ""), w(write(wish), ""), w(write(both), ""))
	}
	meet("actions", p(`{"actions":["a/**","b"],"resources":["**"]}`, ""), w(`{"actions":["a/x","b/**","c"],"resources":["**"]}`, ""), w(`{"actions":["a/x","b"],"resources":["**"]}`, ""))
	meet("resources", p(`{"actions":["a"],"resources":["https://**"]}`, ""), w(`{"actions":["a"],"resources":["**","urn:a"]}`, ""), w(`{"actions":["a"],"resources":["https://**"]}`, ""))
	meet("except of both", p(`{"actions":["a"],"resources":["https://a/**"],"except":["https://a/x/**"]}`, ""), w(`{"actions":["a"],"resources":["https://a/**"],"except":["https://a/y"]}`, ""), w(`{"actions":["a"],"except":["https://a/y","https://a/x/**"],"resources":["https://a/**"]}`, ""))
	args("in and in", `{"in":[1,2,3]}`, `{"in":[2,3,4]}`, `{"in":[2,3]}`)
	args("range and range", `{"range":[1,10]}`, `{"range":[5,null]}`, `{"range":[5,10]}`)
	args("in and range", `{"in":[1,5,9]}`, `{"range":[4,10]}`, `{"in":[5,9]}`)
	args("under and under", `{"under":"https://a/b/**"}`, `{"under":"https://a/**"}`, `{"under":"https://a/b/**"}`)
	args("under and in", `{"under":"https://a/**"}`, `{"in":["https://a/b","https://c"]}`, `{"in":["https://a/b"]}`)
	args("each and each", `{"each":{"range":[1,5]},"max":3}`, `{"each":{"range":[3,9]},"max":5}`, `{"each":{"range":[3,5]},"max":3}`)
	args("any and any other", `{"in":[true]}`, `{"any":true}`, `{"in":[true]}`)
	meet("names of both", p(one(`,"args":{"x":{"any":true}}`), ""), w(one(`,"optional":{"y":{"in":[1]}}`), ""), w(one(`,"args":{"x":{"any":true}},"optional":{"y":{"in":[1]}}`), ""))
	meet("closed by the parent", p(one(`,"args":{"x":{"any":true}},"closed":true`), ""), w(one(""), ""), w(one(`,"args":{"x":{"any":true}},"closed":true`), ""))
	meet("names that fold alike", p(one(`,"optional":{"x":{"any":true}}`), ""), w(one(`,"optional":{"X":{"any":true}}`), ""), w(one(`,"optional":{"x":{"none":true}}`), ""))
	meet("the lower limit", p(one(""), `,"limits":{"x":{"unit":"u","max":5}}`), w(one(""), `,"limits":{"x":{"unit":"u","max":7}}`), w(one(""), `,"limits":{"x":{"unit":"u","max":5}}`))
	meet("a limit that the wish leaves out", p(one(""), `,"limits":{"x":{"unit":"u","max":5}}`), w(one(""), ""), w(one(""), `,"limits":{"x":{"unit":"u","max":5}}`))
	meet("the lower maxStatusAge", p(one(""), `,"maxStatusAge":60`), w(one(""), `,"maxStatusAge":90`), w(one(""), `,"maxStatusAge":60`))
	meet("audience", strings.Replace(p(one(""), ""), `"**"],"d`, `"did:web:a","did:web:b"],"d`, 1), strings.Replace(w(one(""), ""), `"audience":["**"]`, `"audience":["did:web:b","did:web:c"]`, 1), strings.Replace(w(one(""), ""), `"audience":["**"]`, `"audience":["did:web:b"]`, 1))
	meet("a wish over two grants", p(`{"actions":["a"],"resources":["urn:x/**"]},{"actions":["b"],"resources":["urn:x/**"]}`, ""), w(`{"actions":["b","a"],"resources":["urn:x/y"]}`, ""), w(`{"actions":["a"],"resources":["urn:x/y"]},{"actions":["b"],"resources":["urn:x/y"]}`, ""))
	meet("a grant inside another is left out", p(`{"actions":["a"],"resources":["urn:x/y"]},{"actions":["a/**"],"resources":["urn:x/**"]}`, ""), w(`{"actions":["a"],"resources":["**"]}`, ""), w(`{"actions":["a"],"resources":["urn:x/**"]}`, ""))
	return out
}
