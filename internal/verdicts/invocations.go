package verdicts

import (
	"fmt"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
)

func rule13() (out []Vector) {
	chain := links(four(), nil)
	no := refuses(13, -1)
	add := func(title string, edit func(c object), expect object) {
		out = append(out, Vector{title, invoked(chain, edit, nil), expect})
	}
	set := func(name string, value any) func(object) { return func(c object) { c[name] = value } }
	add("as it should be", nil, accepts(object{"leaf": ed("dave").DID().String(), "depth": 3}))
	for _, name := range []string{"iss", "aud", "iat", "exp", "jti", "cap", "act", "res", "salt", "args"} {
		add("no "+name, func(c object) { delete(c, name) }, no)
		add(name+" that is null", set(name, nil), no)
		add(name+" in an array", func(c object) { c[name] = []any{c[name]} }, no)
	}
	for title, edit := range ordered(map[string]func(object){
		"iss of the holder above": set("iss", ed("carol").DID().String()), "iss that is no DID": set("iss", "dave"), "aud of another": set("aud", "https://other.example"),
		"aud that begins alike": set("aud", service+".evil.example"), "aud with a slash": set("aud", service+"/"), "aud of everybody": set("aud", "**"),
		"61 s": set("exp", noonSec+61), "no time": set("exp", noonSec), "ends before it begins": set("exp", noonSec-1), "iat with a fraction": set("iat", raw("1795435200.5")),
		"iat with an exponent": set("iat", raw("1795435200e0")), "iat as text": set("iat", "1795435200"), "iat below 0": set("iat", -1), "exp beyond the year 9999": set("exp", 253402300800),
		"a jti of 15": set("jti", "123456789012345"), "a jti of 65": set("jti", strings.Repeat("a", 65)), "a jti with a slash": set("jti", "1234567890123/56"), "a jti with a dot": set("jti", "1234567890123.56"),
		"cap of the link above": set("cap", digestOf(chain[1])), "cap of nothing": set("cap", multikey.Digest(nil)), "cap in base58": set("cap", "zQm"+strings.Repeat("a", 43)),
		"a salt of 15 bytes": set("salt", b64(salt()[:15])), "a salt of 17 bytes": set("salt", b64(append(salt(), 16))), "a salt with padding": set("salt", b64(salt())+"=="),
		"a salt with trailing bits": set("salt", b64(salt())[:21]+"x"), "args that is no digest": set("args", "x"), "a claim that is not listed": set("sub", "x"), "nbf": set("nbf", noonSec), "cnf": set("cnf", object{}),
		"why that is a text": set("why", "x"), "why without digest": set("why", object{"code": "x"}), "why with an empty code": set("why", object{"code": "", "digest": multikey.Digest(nil)}),
		"why with more": set("why", object{"code": "x", "digest": multikey.Digest(nil), "text": "x"}), "act that is a number": set("act", 1),
	}) {
		add(title, edit, no)
	}
	add("a jti of 64", set("jti", strings.Repeat("a", 64)), accepts(nil))
	add("a reason", set("why", object{"code": "plan", "digest": salted("because")}), accepts(nil))
	add("60 s", set("exp", noonSec+60), accepts(nil))
	at := func(title string, iat, exp int, more, expect object) {
		out = append(out, Vector{title, invoked(chain, func(c object) { c["iat"], c["exp"] = iat, exp }, more), expect})
	}
	at("from the future", noonSec+1, noonSec+10, nil, because(13, -1, "notYetValid"))
	at("from the future, within invocation skew", noonSec+5, noonSec+10, object{"invocationSkew": 5}, accepts(nil))
	at("from the future, the skew of links is another", noonSec+5, noonSec+10, object{"skew": 30}, because(13, -1, "notYetValid"))
	at("ends a second later", noonSec-59, noonSec+1, nil, accepts(nil))
	at("ends now", noonSec-60, noonSec, nil, because(13, -1, "expired"))
	at("ended, within invocation skew", noonSec-60, noonSec, object{"invocationSkew": 1}, accepts(nil))
	at("ended as long ago as invocation skew", noonSec-60, noonSec-5, object{"invocationSkew": 5}, because(13, -1, "expired"))
	at("before the leaf began is the links' affair", noonSec-90, noonSec-60, nil, because(13, -1, "expired"))
	return append(out, rule13Tokens()...)
}

// rule13Tokens are invocations of a wrong form, signer or use.
func rule13Tokens() (out []Vector) {
	chain := links(four(), nil)
	no := refuses(13, -1)
	dave, c := ed("dave"), claims(chain, nil)
	ordinary := signed(dave, "agent-invocation+jwt", c)
	add := func(title, invocation string, expect object) {
		out = append(out, Vector{title, onInvocation(chain, invocation, nil), expect})
	}
	head := func(edit func(h object)) string {
		h := object{"alg": "EdDSA", "typ": "agent-invocation+jwt", "kid": dave.Method()}
		edit(h)
		return token(dave, text(h), text(c))
	}
	add("signed by the issuer of the leaf", signed(ed("carol"), "agent-invocation+jwt", c), no)
	add("signed by a stranger, under the agent's kid", token(ed("mallory"), text(object{"alg": "EdDSA", "typ": "agent-invocation+jwt", "kid": dave.Method()}), text(c)), no)
	for _, typ := range []string{"vc+jwt", "JWT", "agent-receipt+jwt", "agent-approval+jwt", "agent-audit+jwt"} {
		add("typ "+typ, signed(dave, typ, c), no)
	}
	add("an empty text", "", no)
	add("the leaf", tokenText(chain[2]), no)
	add("altered", flip(ordinary), no)
	add("unsigned", unsigned(ordinary), no)
	add("alg none", unsigned(head(func(h object) { h["alg"] = "none" })), no)
	add("alg ES256", head(func(h object) { h["alg"] = "ES256" }), no)
	add("alg Ed25519", head(func(h object) { h["alg"] = "Ed25519" }), accepts(nil))
	add("no kid", head(func(h object) { delete(h, "kid") }), no)
	add("crit", head(func(h object) { h["crit"] = []any{"exp"} }), no)
	add("cty", head(func(h object) { h["cty"] = "vc" }), no)
	add("iss in the header", head(func(h object) { h["iss"] = dave.DID().String() }), no)
	add("a kid of another", head(func(h object) { h["kid"] = ed("carol").Method() }), no)
	add("a claim twice", token(dave, text(object{"alg": "EdDSA", "typ": "agent-invocation+jwt", "kid": dave.Method()}), []byte(strings.Replace(string(text(c)), "{", `{"act":"db/read",`, 1))), no)
	add("32,769 bytes", signed(dave, "agent-invocation+jwt", with(c, object{"res": service + "/" + strings.Repeat("a", 25000)})), no)
	out = append(out, Vector{"a number in the place of the token", with(onInvocation(chain, "", nil), object{"invocation": 7}), no})
	out = append(out, Vector{"seen before", onInvocation(chain, ordinary, object{"seen": []any{ordinary}}), because(13, -1, "replayed")})
	other := signed(dave, "agent-invocation+jwt", with(c, object{"jti": "another-0123456789"}))
	out = append(out, Vector{"another was seen before", onInvocation(chain, ordinary, object{"seen": []any{other}}), accepts(nil)})
	reused := signed(dave, "agent-invocation+jwt", with(c, object{"act": "db/write"}))
	out = append(out, Vector{"its jti was seen before, for another action", onInvocation(chain, ordinary, object{"seen": []any{reused}}), because(13, -1, "replayed")})
	foreign := signed(ed("carol"), "agent-invocation+jwt", with(c, object{"iss": ed("carol").DID().String()}))
	out = append(out, Vector{"its jti was seen before, of another agent", onInvocation(chain, ordinary, object{"seen": []any{foreign}}), accepts(nil)})
	out = append(out, Vector{"the verifier has another name", onInvocation(chain, ordinary, object{"audience": "https://other.example"}), no})
	out = append(out, Vector{"the application states another audience", onInvocation(chain, ordinary, object{"request": object{"action": "db/read", "resource": sales, "arguments": raw(`{"limit":10}`), "audience": "https://other.example"}}), no})
	who := []*did.Signer{ed("alice"), p256("dave")}
	short := links(who, nil)
	p := signed(p256("dave"), "agent-invocation+jwt", claims(short, set("iss", p256("dave").DID().String())))
	out = append(out, Vector{"P-256", onInvocation(short, p, nil), accepts(object{"depth": 1})})
	out = append(out, Vector{"P-256, high S", onInvocation(short, highS(p), nil), no})
	return out
}

func set(name string, value any) func(object) { return func(o object) { o[name] = value } }

func rule14() (out []Vector) {
	chain := links(four(), nil)
	no := refuses(14, -1)
	request := func(more object) object {
		return object{"request": with(object{"action": "db/read", "resource": sales, "arguments": raw(`{"limit":10}`)}, more)}
	}
	add := func(title string, edit func(object), asked, expect object) {
		out = append(out, Vector{title, invoked(chain, edit, request(asked)), expect})
	}
	add("the same", nil, nil, accepts(nil))
	add("another action", nil, object{"action": "db/write"}, no)
	add("an action in capitals", nil, object{"action": "DB/READ"}, no)
	add("another resource", nil, object{"resource": sales + "/q3"}, no)
	add("the same resource with a slash", nil, object{"resource": sales + "/"}, no)
	add("other arguments", nil, object{"arguments": raw(`{"limit":11}`)}, no)
	add("more arguments", nil, object{"arguments": raw(`{"limit":10,"x":1}`)}, no)
	add("no arguments", nil, object{"arguments": nil}, no)
	add("no arguments, and none signed", set("args", salted(`{}`)), object{"arguments": nil}, accepts(nil))
	add("empty arguments, and none signed", set("args", salted(`{}`)), object{"arguments": raw(`{}`)}, accepts(nil))
	add("arguments without the salt", set("args", multikey.Digest([]byte(`{"limit":10}`))), nil, no)
	add("arguments that were not signed in canonical form", set("args", salted(`{"limit": 10}`)), nil, no)
	for title, c := range ordered(map[string][2]string{
		"an exponent": {`{"limit":1.0e1}`, `{"limit":10}`}, "order": {`{"b":1,"a":2}`, `{"a":2,"b":1}`},
		"escapes": {`{"\u006cimit":"\u0061\/"}`, `{"limit":"a/"}`}, "order of UTF-16": {`{"\ufb33":1,"\ud83d\ude00":2}`, "{\"\U0001f600\":2,\"\ufb33\":1}"},
		"a small number": {`{"x":0.0000001}`, `{"x":1e-7}`}, "minus zero": {`{"x":-0}`, `{"x":0}`}, "a large number": {`{"x":1e21}`, `{"x":1e+21}`}, "control characters": {`{"x":"\u000a\u0001"}`, `{"x":"\n\u0001"}`},
		"nested": {`{"x":[{"b":[],"a":{}}]}`, `{"x":[{"a":{},"b":[]}]}`},
	}) {
		add("canonical form: "+title, set("args", salted(c[1])), object{"arguments": raw(c[0])}, accepts(nil))
	}
	spaced := raw(` { "action" : "db/read", "resource":"` + sales + `" ,"arguments": { "limit" : 10 } } `)
	out = append(out, Vector{"canonical form: white space", invoked(chain, nil, object{"request": spaced}), accepts(nil)})
	for title, args := range ordered(map[string]string{
		"a name twice": `{"limit":10,"limit":10}`, "names that fold alike": `{"limit":10,"LIMIT":10}`, "an array": `[]`, "null": `null`, "2^53 in digits": `{"x":9007199254740992}`, "no double": `{"x":1e400}`,
	}) {
		add("arguments: "+title, nil, object{"arguments": raw(args)}, no)
	}
	for title, more := range ordered(map[string]object{
		"a member that is not listed": {"note": 1}, "an amount below 0": {"amounts": object{"u": -1}}, "an amount of 2^53": {"amounts": object{"u": raw("9007199254740992")}},
		"no action": {"action": nil}, "a resource that is a number": {"resource": 1},
	}) {
		add("a request with "+title, nil, more, no)
	}
	facts := object{"method": "GET", "url": sales + "?limit=10", "digest": multikey.Digest(nil)}
	http := func(more object) func(object) {
		return func(c object) {
			c["htm"], c["htu"], c["cd"] = "GET", sales+"?limit=10", multikey.Digest(nil)
			for name, value := range more {
				if c[name] = value; value == nil {
					delete(c, name)
				}
			}
		}
	}
	add("HTTP", http(nil), object{"http": facts}, accepts(nil))
	add("HTTP at hand, and not signed", nil, object{"http": facts}, no)
	add("HTTP signed, and none at hand", http(nil), nil, no)
	for title, more := range ordered(map[string]object{
		"another method": {"htm": "POST"}, "a method in small letters": {"htm": "get"}, "another URL": {"htu": sales}, "another body": {"cd": salted("")}, "no method": {"htm": nil}, "no URL": {"htu": nil}, "no body": {"cd": nil},
		"a method that is a number": {"htm": 1}, "a URL that is null": {"htu": object{}},
	}) {
		add("HTTP: "+title, http(more), object{"http": facts}, no)
	}
	return out
}

func rule15() (out []Vector) {
	asking := func(c map[int]change, edit func(object), asked, more object) object {
		chain := links(four(), c)
		request := with(object{"action": "db/read", "resource": sales, "arguments": raw(`{"limit":10}`)}, asked)
		return invoked(chain, func(c object) {
			c["act"], c["res"] = request["action"], request["resource"]
			if edit != nil {
				edit(c)
			}
		}, with(object{"request": request}, more))
	}
	for title, c := range ordered(map[string]struct {
		asked     object
		dimension string
	}{
		"another action": {object{"action": "fs/read"}, "actions"}, "no action": {object{"action": ""}, "actions"}, "a pattern": {object{"action": "db/**"}, "actions"}, "another resource": {object{"resource": service + "/hr"}, "resources"},
		"excepted": {object{"resource": service + "/sales/pii/x"}, "except"}, "dots": {object{"resource": service + "/sales/../hr"}, "resources"},
		"a query": {object{"resource": sales + "?x=y"}, "resources"}, "a default port": {object{"resource": "https://db.example.com:443/sales/2026"}, "resources"}, "another scheme": {object{"resource": "http://db.example.com/sales/2026"}, "resources"},
	}) {
		out = append(out, Vector{title, asking(nil, nil, c.asked, nil), by(15, 0, c.dimension)})
	}
	out = append(out, Vector{"allowed", asking(nil, nil, nil, nil), accepts(nil)})
	narrow := func(i int, edit func(g object)) map[int]change {
		c := map[int]change{}
		for j := i; j < 3; j++ {
			c[j] = change{payload: func(p object) { edit(grant(p)) }}
		}
		return c
	}
	for i, place := range places {
		for dimension, edit := range ordered(map[string]func(g object){
			"actions": func(g object) { g["actions"] = []any{"db/write"} }, "resources": func(g object) { g["resources"] = []any{service + "/sales/2025"} },
			"except": func(g object) { g["except"] = []any{service + "/sales/pii/**", sales} }, "args": func(g object) { g["args"] = object{"limit": object{"range": []any{1, 9}}} },
		}) {
			edit := func(g object) {
				if edit(g); dimension == "resources" {
					delete(g, "except")
				}
			}
			if dimension == "resources" {
				edit = func(g object) { g["resources"] = []any{service + "/sales/2025"} }
			}
			out = append(out, Vector{"a link does not allow it by " + dimension + ", " + place, asking(narrow(i, edit), nil, nil, nil), by(15, i, dimension)})
		}
	}
	audience := map[int]change{1: {payload: func(p object) { authority(p)["audience"] = []any{"https://other.example"} }}}
	audience[0] = change{payload: func(p object) { authority(p)["audience"] = []any{service, "https://other.example"} }}
	audience[2] = audience[1]
	out = append(out, Vector{"a link is for another audience", asking(audience, nil, nil, nil), by(15, 1, "audience")})
	return append(out, guardedLinks(asking)...)
}

// guardedLinks are requests under links whose mode is guarded.
func guardedLinks(asking func(map[int]change, func(object), object, object) object) (out []Vector) {
	list := func(set ...int) object {
		return object{"lists": object{listURL: listDraft{set: set, edit: func(_, s object) { s["statusPurpose"] = "guarded" }}.sign()}}
	}
	for i, place := range places {
		for _, c := range []struct {
			title     string
			guarded   object
			dimension string // of the refusal
		}{
			{"no overlay allows nothing", nil, "actions"},
			{"an empty overlay changes nothing", object{}, ""},
			{"an overlay with the action", object{"actions": []any{"db/read"}}, ""},
			{"an overlay without the action", object{"actions": []any{"db/list"}}, "actions"},
			{"an overlay with the resource", object{"resources": []any{sales}}, ""},
			{"an overlay without the resource", object{"resources": []any{service + "/sales/2025/**"}}, "resources"},
			{"an overlay of more than the grant", object{"actions": []any{"**"}, "resources": []any{"**"}}, ""},
		} {
			change := map[int]change{i: {payload: func(p object) {
				p["credentialStatus"] = entry(object{"statusPurpose": "guarded"})
				if c.guarded != nil {
					authority(p)["guarded"] = c.guarded
				}
			}}}
			expect := accepts(object{"mode": "guarded"})
			if c.dimension != "" {
				expect = by(15, i, c.dimension)
			}
			out = append(out, Vector{"guarded: " + c.title + ", " + place, asking(change, nil, nil, list(10)), expect})
			if c.dimension == "actions" && i == 0 {
				out = append(out, Vector{"not guarded: " + c.title, asking(change, nil, nil, list()), accepts(object{"mode": "normal"})})
			}
		}
	}
	overlay := map[int]change{0: {payload: func(p object) {
		p["credentialStatus"] = entry(object{"statusPurpose": "guarded"})
		authority(p)["guarded"] = object{"actions": []any{"fs/**"}}
	}}}
	out = append(out, Vector{"guarded: an overlay adds nothing", asking(overlay, nil, object{"action": "fs/read"}, list(10)), by(15, 0, "actions")})
	return out
}

// orderOfRules are questions with two faults: the rule of the lower number is the
// answer, and of one rule the link of the lower number.
func orderOfRules() (out []Vector) {
	add := func(title string, rule, link int, changes map[int]change) {
		out = append(out, Vector{title, chained(changes), refuses(rule, link)})
	}
	faults := []struct {
		name string
		rule int
		c    change
	}{
		{"an unknown member", 2, change{payload: set("x", 1)}},
		{"a wrong signature", 4, change{token: flip}},
		{"the id of the root", 5, change{payload: set("id", "urn:example:link:0")}},
		{"another parent", 6, change{payload: func(p object) { as[object](subject(p)["parent"])["id"] = "urn:example:x" }}},
		{"expired", 7, change{payload: set("validUntil", "2026-11-23T11:59:30Z")}},
		{"outlives", 8, change{payload: set("validUntil", "2026-11-23T13:00:01Z")}},
		{"another task", 10, change{payload: func(p object) { subject(p)["task"] = object{"id": "urn:example:other"} }}},
		{"wider", 11, change{payload: func(p object) { grant(p)["actions"] = []any{"**"} }}},
		{"a status without a list", 12, change{payload: func(p object) { p["credentialStatus"] = entry(nil) }}},
	}
	for i, lower := range faults {
		for _, higher := range faults[i+1:] {
			add(fmt.Sprintf("%s in the leaf, %s in the middle", lower.name, higher.name), lower.rule, 2, map[int]change{1: higher.c, 2: lower.c})
		}
	}
	for _, f := range faults {
		if f.rule != 5 {
			add(f.name+" in both", f.rule, 1, map[int]change{1: f.c, 2: f.c})
		}
	}
	chain := links(four(), nil)
	out = append(out, Vector{"another root and an expired chain", onChain(array(chain), object{"roots": []any{ed("mallory").DID().String()}, "at": "2027-11-23T12:00:00Z"}), refuses(3, 0)})
	out = append(out, Vector{"a revoked chain and a bad invocation", onInvocation(links(four(), map[int]change{0: {payload: func(p object) { p["credentialStatus"] = entry(nil) }}}), "x", object{"lists": object{listURL: listDraft{set: []int{10}}.sign()}}), because(12, 0, "revoked")})
	out = append(out, Vector{"a bad invocation and a malformed request", onInvocation(chain, "x", object{"request": object{}}), refuses(13, -1)})
	out = append(out, Vector{"another request, which is not allowed", invoked(chain, nil, object{"request": object{"action": "fs/read", "resource": sales}}), refuses(14, -1)})
	limited := links(four(), map[int]change{0: {payload: func(p object) { authority(p)["limits"] = object{"x": object{"unit": "u", "max": 0}} }}, 1: {payload: func(p object) { authority(p)["limits"] = object{"x": object{"unit": "u", "max": 0}} }}, 2: {payload: func(p object) { authority(p)["limits"] = object{"x": object{"unit": "u", "max": 0}} }}})
	out = append(out, Vector{"not allowed, and no room", invoked(limited, set("act", "fs/read"), object{"request": object{"action": "fs/read", "resource": sales, "arguments": raw(`{"limit":10}`)}}), by(15, 0, "actions")})
	out = append(out, Vector{"an approval that nobody asked for, and no room", invoked(limited, nil, object{"approvals": []any{"x"}}), refuses(16, -1)})
	return out
}
