package verdicts

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
)

func rule3() (out []Vector) {
	chain := array(links(four(), nil))
	alice := ed("alice").DID().String()
	rooted := func(title string, roots any, expect object) {
		out = append(out, Vector{title, onChain(chain, object{"roots": roots}), expect})
	}
	rooted("one root of several", []any{ed("mallory").DID().String(), alice}, accepts(nil))
	rooted("no roots", []any{}, refuses(3, 0))
	rooted("another root", []any{ed("mallory").DID().String()}, refuses(3, 0))
	rooted("the issuer of the second link is a root", []any{ed("bob").DID().String()}, refuses(3, 0))
	rooted("the holder of the leaf is a root", []any{ed("dave").DID().String()}, refuses(3, 0))
	rooted("a root of the same name and another type of key", []any{p256("alice").DID().String()}, refuses(3, 0))
	rooted("the root's key as a did:jwk", []any{ed("alice").Key().AsJWK().String()}, refuses(3, 0))
	rooted("a root that ends a second later", object{alice: object{"notAfter": "2026-11-23T12:00:01Z"}}, accepts(nil))
	rooted("a root that ends now", object{alice: object{"notAfter": noon}}, refuses(3, 0))
	rooted("a root that has ended", object{alice: object{"notAfter": "2026-11-22T12:00:00Z"}}, refuses(3, 0))
	out = append(out, Vector{"skew is not for roots", onChain(chain, object{"skew": 30, "roots": object{alice: object{"notAfter": noon}}}), refuses(3, 0)})
	out = append(out, Vector{"the root link is missing", onChain(array(links(four(), nil)[1:]), nil), refuses(3, 0)})
	out = append(out, Vector{"the leaf alone", onChain(array(links(four(), nil)[2:]), nil), refuses(3, 0)})
	l := links(four(), nil)
	out = append(out, Vector{"reversed", onChain(array([]raw{l[2], l[1], l[0]}), nil), refuses(3, 0)})
	return out
}

func rule4() (out []Vector) {
	set := func(name string, value any) func(object) { return func(h object) { h[name] = value } }
	out = append(out, everywhere("one bit of the signature", 4, change{token: flip})...)
	out = append(out, everywhere("signed by a stranger, under the issuer's kid", 4, change{signer: ed("mallory")})...)
	out = append(out, everywhere("signed by a stranger, under its own kid", 4, change{signer: ed("mallory"), header: set("kid", ed("mallory").Method())})...)
	out = append(out, everywhere("alg none, unsigned", 4, change{header: set("alg", "none"), token: unsigned})...)
	out = append(out, everywhere("an empty signature", 4, change{token: unsigned})...)
	out = append(out, everywhere("alg of another type of key", 4, change{header: set("alg", "ES256")})...)
	out = append(out, everywhere("a kid without fragment", 4, change{header: func(h object) { h["kid"] = strings.Split(as[string](h["kid"]), "#")[0] }})...)
	for _, alg := range []string{"none", "None", "HS256", "RS256", "ES384", "ES256K", "eddsa", "Ed448", "ED25519"} {
		out = append(out, Vector{"alg " + alg, chained(map[int]change{1: {header: set("alg", alg)}}), refuses(4, 1)})
	}
	out = append(out, Vector{"alg Ed25519", chained(map[int]change{1: {header: set("alg", "Ed25519")}}), accepts(nil)})
	bob := ed("bob")
	for title, kid := range ordered(map[string]string{
		"a kid with another fragment": bob.DID().String() + "#key-1", "a kid that is a fragment": "#" + strings.TrimPrefix(bob.DID().String(), "did:key:"),
		"a kid with a query":   bob.DID().String() + "?a=b#" + strings.TrimPrefix(bob.DID().String(), "did:key:"),
		"a kid that is a name": "key-1", "a kid of the holder": ed("carol").Method(), "a kid of the root": ed("alice").Method(),
		"a kid of the same key as a did:jwk": bob.Key().AsJWK().String() + "#0",
	}) {
		out = append(out, Vector{title, chained(map[int]change{1: {header: set("kid", kid)}}), refuses(4, 1)})
	}
	for i, place := range places {
		l := links(four(), nil)
		other := links(four(), map[int]change{i: {payload: func(p object) { p["validUntil"] = "2026-11-23T12:59:00Z" }}})
		l[i] = text(splice(l[i], other[i]))
		out = append(out, Vector{"the payload of another link, " + place, onChain(array(l), nil), refuses(4, i)})
	}
	sig := func(title string, edit func([]byte) []byte) {
		out = append(out, Vector{title, chained(map[int]change{1: {token: func(t string) string {
			i := strings.LastIndex(t, ".") + 1
			return t[:i] + b64(edit(get(base64.RawURLEncoding.DecodeString(t[i:]))))
		}}}), refuses(4, 1)})
	}
	sig("a signature that is cut", func(s []byte) []byte { return s[:63] })
	sig("a signature that is longer", func(s []byte) []byte { return append(s, 0) })
	sig("a signature of zeros", func([]byte) []byte { return make([]byte, 64) })
	sig("S and the order of the group", addOrder)
	out = append(out, nist()...)
	return out
}

// nist are the cases of P-256.
func nist() (out []Vector) {
	who := []*did.Signer{p256("alice"), p256("bob"), p256("carol"), p256("dave")}
	ask := func(changes map[int]change) object {
		return onChain(array(links(who, changes)), object{"roots": []any{who[0].DID().String()}})
	}
	out = append(out, Vector{"P-256", ask(nil), accepts(object{"depth": 3})})
	for i, place := range places {
		out = append(out, Vector{"P-256, high S, " + place, ask(map[int]change{i: {token: highS}}), refuses(4, i)})
	}
	edit := func(title string, f func([]byte) []byte) {
		out = append(out, Vector{"P-256, " + title, ask(map[int]change{1: {token: func(t string) string {
			i := strings.LastIndex(t, ".") + 1
			return t[:i] + b64(f(get(base64.RawURLEncoding.DecodeString(t[i:]))))
		}}}), refuses(4, 1)})
	}
	edit("R of zeros", func(s []byte) []byte { return append(make([]byte, 32), s[32:]...) })
	edit("S of zeros", func(s []byte) []byte { return append(s[:32:32], make([]byte, 32)...) })
	edit("in ASN.1", asn1)
	edit("S and R exchanged", func(s []byte) []byte { return append(s[32:64:64], s[:32]...) })
	out = append(out, Vector{"P-256, alg EdDSA", ask(map[int]change{1: {header: func(h object) { h["alg"] = "EdDSA" }}}), refuses(4, 1)})
	out = append(out, Vector{"P-256, alg ES384", ask(map[int]change{1: {header: func(h object) { h["alg"] = "ES384" }}}), refuses(4, 1)})
	return out
}

func unsigned(t string) string { return t[:strings.LastIndex(t, ".")+1] }

// asn1 is a signature as X.509 has it, of integers with leading zeros.
func asn1(s []byte) []byte {
	out := []byte{0x30, 70}
	for _, half := range [][]byte{s[:32], s[32:]} {
		out = append(append(out, 2, 33, 0), half...)
	}
	return out
}

// addOrder adds the order of edwards25519 to S, which a lax verifier takes for S.
func addOrder(sig []byte) []byte {
	order := []byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10}
	carry := 0
	for i := range 32 {
		n := int(sig[32+i]) + int(order[i]) + carry
		sig[32+i], carry = byte(n), n>>8
	}
	return sig
}

// splice is the header and payload of one token with the signature of another.
func splice(signature, of raw) string {
	a, b := tokenText(signature), tokenText(of)
	return b[:strings.LastIndex(b, ".")] + a[strings.LastIndex(a, "."):]
}

func tokenText(link raw) string { return strings.Trim(string(link), `"`) }

func rule5() (out []Vector) {
	l := links(four(), nil)
	ordered := func(title string, expect object, order ...int) {
		var some []raw
		for _, i := range order {
			some = append(some, l[i])
		}
		out = append(out, Vector{title, onChain(array(some), nil), expect})
	}
	ordered("the middle is missing", refuses(5, 1), 0, 2)
	ordered("a link twice", refuses(5, 1), 0, 0, 1)
	ordered("the leaf twice", refuses(5, 3), 0, 1, 2, 2)
	ordered("two links exchanged", refuses(5, 1), 0, 2, 1)
	ordered("the root again at the end", refuses(5, 3), 0, 1, 2, 0)
	mallory := map[int]change{1: {payload: func(p object) { p["issuer"] = ed("mallory").DID().String() }, signer: ed("mallory"), header: func(h object) { h["kid"] = ed("mallory").Method() }}}
	out = append(out, Vector{"a link of a stranger below a link", chained(mallory), refuses(5, 1)})
	mallory[2] = mallory[1]
	delete(mallory, 1)
	out = append(out, Vector{"a link of a stranger at the end", chained(mallory), refuses(5, 2)})
	out = append(out, one("the id of the root in the leaf", 5, 2, func(p object) { p["id"] = "urn:example:link:0" }))
	out = append(out, one("the id of the root in the middle", 5, 1, func(p object) { p["id"] = "urn:example:link:0" }))
	out = append(out, one("a holder who does not issue the next", 5, 1, nil).after(map[int]change{0: {payload: func(p object) { subject(p)["id"] = ed("mallory").DID().String() }}}))
	same := []*did.Signer{ed("alice"), ed("bob"), ed("bob"), ed("carol")}
	out = append(out, Vector{"an agent that delegates to itself", onChain(array(links(same, nil)), nil), accepts(object{"depth": 3})})
	back := []*did.Signer{ed("alice"), ed("bob"), ed("alice"), ed("bob")}
	out = append(out, Vector{"DIDs that return", onChain(array(links(back, nil)), nil), accepts(object{"depth": 3})})
	out = append(out, good("ids that differ in case", 2, func(p object) { p["id"] = "urn:example:LINK:0" }))
	return out
}

func rule6() (out []Vector) {
	parent := func(edit func(parent object)) func(object) {
		return func(p object) { edit(as[object](subject(p)["parent"])) }
	}
	for i, place := range places[1:] {
		i++
		add := func(title string, edit func(p object)) { out = append(out, one(title+", "+place, 6, i, edit)) }
		add("no parent", func(p object) { delete(subject(p), "parent") })
		add("a parent that is null", func(p object) { subject(p)["parent"] = nil })
		add("a parent that is a text", func(p object) { subject(p)["parent"] = "urn:example:link:0" })
		add("a parent that is an array", func(p object) { subject(p)["parent"] = []any{subject(p)["parent"]} })
		add("an empty parent", func(p object) { subject(p)["parent"] = object{} })
		add("a parent without id", parent(func(o object) { delete(o, "id") }))
		add("a parent without digest", parent(func(o object) { delete(o, "digestMultibase") }))
		add("a parent with more", parent(func(o object) { o["digestSRI"] = "x" }))
		add("another id", parent(func(o object) { o["id"] = "urn:example:link:7" }))
		add("another digest", parent(func(o object) { o["digestMultibase"] = multikey.Digest(nil) }))
		add("a digest that is none", parent(func(o object) { o["digestMultibase"] = "uEi" }))
		add("a digest in base58", parent(func(o object) { o["digestMultibase"] = "zQm" + strings.Repeat("a", 43) }))
		add("a digest of another hash", parent(func(o object) { o["digestMultibase"] = "uEyA" + as[string](o["digestMultibase"])[4:] }))
		add("a digest with padding", parent(func(o object) { o["digestMultibase"] = as[string](o["digestMultibase"]) + "=" }))
		add("a digest that is a number", parent(func(o object) { o["digestMultibase"] = 7 }))
	}
	for title, value := range ordered(map[string]any{
		"a root with a parent":        object{"id": "urn:example:x", "digestMultibase": multikey.Digest(nil)},
		"a root whose parent is null": nil, "a root whose parent is empty": object{}, "a root whose parent is a text": "x",
	}) {
		out = append(out, one(title, 6, 0, func(p object) { subject(p)["parent"] = value }))
	}
	out = append(out, good("another id, which the child names", 0, set("id", "urn:example:other")))
	l := links(four(), nil)
	other := links(four(), map[int]change{0: {payload: func(p object) { as[object](subject(p)["task"])["purpose"] = "x" }}})
	out = append(out, Vector{"a child under another link of the same id", onChain(array([]raw{other[0], l[1]}), nil), refuses(6, 1)})
	out = append(out, Vector{"a leaf under another link of the same id", onChain(array([]raw{other[0], other[1], l[2]}), nil), refuses(6, 2)})
	return out
}

func rule7() (out []Vector) {
	chain := array(links(four(), nil))
	at := func(title, time string, more, expect object) {
		out = append(out, Vector{title, onChain(chain, with(object{"at": time}, more)), expect})
	}
	at("at validFrom", "2026-11-23T11:59:00Z", nil, accepts(nil))
	at("a second before", "2026-11-23T11:58:59Z", nil, because(7, 0, "notYetValid"))
	at("a millisecond before", "2026-11-23T11:58:59.999Z", nil, because(7, 0, "notYetValid"))
	at("30 s before, skew of 30", "2026-11-23T11:58:30Z", object{"skew": 30}, accepts(nil))
	at("31 s before, skew of 30", "2026-11-23T11:58:29Z", object{"skew": 30}, because(7, 0, "notYetValid"))
	at("a second before validUntil", "2026-11-23T12:59:59Z", nil, accepts(nil))
	at("a millisecond before validUntil", "2026-11-23T12:59:59.999Z", nil, accepts(nil))
	at("at validUntil", "2026-11-23T13:00:00Z", nil, because(7, 0, "expired"))
	at("at validUntil, skew of 1", "2026-11-23T13:00:00Z", object{"skew": 1}, accepts(nil))
	at("skew after validUntil", "2026-11-23T13:00:30Z", object{"skew": 30}, because(7, 0, "expired"))
	at("a year later", "2027-11-23T12:00:00Z", nil, because(7, 0, "expired"))
	at("lives as long as it may", noon, object{"maxLifetime": 3660}, accepts(nil))
	at("lives a second longer", noon, object{"maxLifetime": 3659}, refuses(7, 0))
	for i, place := range places {
		short := array(links(four(), map[int]change{i: {payload: func(p object) { p["validUntil"] = "2026-11-23T12:30:00Z" }}, i + 1: {payload: func(p object) { p["validUntil"] = "2026-11-23T12:30:00Z" }}, i + 2: {payload: func(p object) { p["validUntil"] = "2026-11-23T12:30:00Z" }}}))
		out = append(out, Vector{"a link that ends first, " + place, onChain(short, object{"at": "2026-11-23T12:30:00Z"}), because(7, i, "expired")})
		late := array(links(four(), map[int]change{i: {payload: func(p object) { p["validFrom"] = "2026-11-23T12:00:01Z" }}, i + 1: {payload: func(p object) { p["validFrom"] = "2026-11-23T12:00:01Z" }}, i + 2: {payload: func(p object) { p["validFrom"] = "2026-11-23T12:00:01Z" }}}))
		out = append(out, Vector{"a link that begins last, " + place, onChain(late, nil), because(7, i, "notYetValid")})
	}
	out = append(out, good("a life of 24 h", 0, func(p object) { p["validUntil"] = "2026-11-24T11:59:00Z" }))
	out = append(out, one("a life of 24 h and a second", 7, 0, func(p object) { p["validUntil"] = "2026-11-24T11:59:01Z" }))
	return out
}

func rule8() (out []Vector) {
	for i, place := range places[1:] {
		i++
		out = append(out, one("ends a second after its parent, "+place, 8, i, func(p object) { p["validUntil"] = "2026-11-23T13:00:01Z" }))
		out = append(out, one("begins a second before its parent, "+place, 8, i, func(p object) { p["validFrom"] = "2026-11-23T11:58:59Z" }))
		q := chained(map[int]change{i: {payload: func(p object) { p["validUntil"] = "2026-11-23T13:00:01Z" }}})
		out = append(out, Vector{"ends after its parent, within skew, " + place, with(q, object{"skew": 30}), refuses(8, i)})
		q = chained(map[int]change{i: {payload: func(p object) { p["validFrom"] = "2026-11-23T11:58:59Z" }}})
		out = append(out, Vector{"begins before its parent, within skew, " + place, with(q, object{"skew": 30}), refuses(8, i)})
	}
	out = append(out, good("the very time of its parent", 1, func(object) {}))
	out = append(out, good("a second inside its parent's", 2, func(p object) { p["validFrom"], p["validUntil"] = "2026-11-23T11:59:01Z", "2026-11-23T12:59:59Z" }))
	out = append(out, one("inside the root's time and not its parent's", 8, 2, func(object) {}).after(map[int]change{1: {payload: func(p object) { p["validUntil"] = "2026-11-23T12:30:00Z" }}}))
	return out
}

// after is the same title and answer for other changes.
func (v Vector) after(changes map[int]change) Vector {
	return Vector{v.Title, chained(changes), v.Expect}
}

func rule9() (out []Vector) {
	depth := func(d any) func(object) {
		return func(p object) {
			if authority(p)["depth"] = d; d == nil {
				delete(authority(p), "depth")
			}
		}
	}
	out = append(out, one("a root of depth 1 and two links below", 9, 0, depth(1)))
	out = append(out, one("a root of depth 0 and two links below", 9, 0, depth(0)))
	out = append(out, one("a root without depth", 9, 0, depth(nil)))
	out = append(out, one("a middle of depth 0", 9, 1, depth(0)))
	out = append(out, one("a middle without depth", 9, 1, depth(nil)))
	out = append(out, good("a leaf without depth", 2, depth(nil)))
	out = append(out, good("a root of depth 2^53-1", 0, depth(9007199254740991)))
	out = append(out, Vector{"the root names itself before the middle", chained(map[int]change{0: {payload: depth(1)}, 1: {payload: depth(0)}}), refuses(9, 0)})
	for n := 2; n <= 16; n += 7 {
		who := people(n)
		ask := func(d int) object { return onChain(array(links(who, map[int]change{0: {payload: depth(d)}})), nil) }
		out = append(out, Vector{fmt.Sprintf("%d links under depth %d", n, n-1), ask(n - 1), accepts(object{"depth": n})})
		out = append(out, Vector{fmt.Sprintf("%d links under depth %d", n, n-2), ask(n - 2), refuses(9, 0)})
	}
	return out
}

func rule10() (out []Vector) {
	task := func(id string) func(object) { return func(p object) { subject(p)["task"] = object{"id": id} } }
	for i, place := range places[1:] {
		for title, id := range ordered(map[string]string{
			"another task": "urn:example:other", "a task that begins alike": "urn:example:task2", "a task in capitals": "urn:example:TASK", "a task written otherwise": "urn:example:task ",
		}) {
			out = append(out, one(title+", "+place, 10, i+1, task(id)))
		}
	}
	out = append(out, one("another task above", 10, 1, task("urn:example:other")).after(map[int]change{0: {payload: task("urn:example:other")}}))
	out = append(out, good("purpose and step that differ", 1, func(p object) {
		subject(p)["task"] = object{"id": "urn:example:task", "purpose": "another", "step": "7"}
	}))
	all := change{payload: task("any text, it need not be a URI")}
	out = append(out, Vector{"a task of any text", chained(map[int]change{0: all, 1: all, 2: all}), accepts(nil)})
	return out
}

func rule11() (out []Vector) {
	for i, place := range places[1:] {
		i++
		add := func(title, dimension string, edit func(p object)) {
			out = append(out, Vector{title + ", " + place, chained(map[int]change{i: {payload: edit}}), by(11, i, dimension)})
		}
		add("wider actions", "actions", func(p object) { grant(p)["actions"] = []any{"**"} })
		add("another action", "actions", func(p object) { grant(p)["actions"] = []any{"db/read", "fs/read"} })
		add("wider resources", "resources", func(p object) { grant(p)["resources"] = []any{service + "/**"} })
		add("a resource whose text begins alike", "resources", func(p object) { grant(p)["resources"] = []any{service + "/salesmen/**"} })
		add("except left out", "except", func(p object) { delete(grant(p), "except") })
		add("less excepted", "except", func(p object) { grant(p)["except"] = []any{service + "/sales/pii"} })
		add("wider audience", "audience", func(p object) { authority(p)["audience"] = []any{"**"} })
		add("another audience", "audience", func(p object) { authority(p)["audience"] = []any{service, "https://other.example"} })
		add("the depth of its parent", "depth", func(p object) { authority(p)["depth"] = 3 - i })
		add("a grant of its own", "actions", func(p object) {
			a := authority(p)
			a["grants"] = append(as[[]any](a["grants"]), object{"actions": []any{"fs/**"}, "resources": []any{"**"}})
		})
	}
	both := func(root, child func(a object)) object {
		return chained(map[int]change{0: {payload: func(p object) { root(authority(p)) }}, 1: {payload: func(p object) { child(authority(p)) }}, 2: {payload: func(p object) { child(authority(p)) }}})
	}
	limit := func(o object) func(object) { return func(a object) { a["limits"] = object{"usd": o} } }
	nothing := func(object) {}
	for _, c := range []struct {
		title       string
		root, child func(object)
		dimension   string
	}{
		{"a limit left out", limit(object{"unit": "USD", "max": 5}), nothing, "limits"},
		{"a higher limit", limit(object{"unit": "USD", "max": 5}), limit(object{"unit": "USD", "max": 6}), "limits"},
		{"a limit of another unit", limit(object{"unit": "USD", "max": 5}), limit(object{"unit": "EUR", "max": 5}), "limits"},
		{"a limit of another window", limit(object{"unit": "USD", "max": 5, "per": 60}), limit(object{"unit": "USD", "max": 5, "per": 30}), "limits"},
		{"the same limit", limit(object{"unit": "USD", "max": 5}), limit(object{"unit": "USD", "max": 5}), ""},
		{"a limit below", nothing, limit(object{"unit": "USD", "max": 5}), ""},
		{"an attestation left out", func(a object) { a["requires"] = object{"attestation": []any{multikey.Digest(nil)}} }, nothing, "requires"},
		{"a higher maxStatusAge", func(a object) { a["maxStatusAge"] = 60 }, func(a object) { a["maxStatusAge"] = 61 }, "maxStatusAge"},
		{"maxStatusAge left out", func(a object) { a["maxStatusAge"] = 60 }, nothing, "maxStatusAge"},
		{"guarded is each link's own", func(a object) { a["guarded"] = object{"actions": []any{"db/read"}} }, func(a object) { a["guarded"] = object{} }, ""},
		{"split is each link's own", limit(object{"unit": "USD", "max": 5, "split": "audience"}), limit(object{"unit": "USD", "max": 5}), ""},
	} {
		expect := accepts(nil)
		if c.dimension != "" {
			expect = by(11, 1, c.dimension)
		}
		out = append(out, Vector{c.title, both(c.root, c.child), expect})
	}
	alice := ed("alice").DID().String()
	ceiling := func(title string, edit func(a object), expect object) {
		a := authority(payload(four(), 0))
		edit(a)
		out = append(out, Vector{"ceiling: " + title, onChain(array(links(four(), nil)), object{"roots": object{alice: object{"ceiling": a}}}), expect})
	}
	ceiling("the same", nothing, accepts(nil))
	ceiling("deeper", func(a object) { a["depth"] = 9 }, accepts(nil))
	ceiling("not as deep", func(a object) { a["depth"] = 1 }, by(11, 0, "depth"))
	ceiling("no depth", func(a object) { delete(a, "depth") }, by(11, 0, "depth"))
	ceiling("fewer actions", func(a object) { as[object](as[[]any](a["grants"])[0])["actions"] = []any{"db/read"} }, by(11, 0, "actions"))
	ceiling("fewer resources", func(a object) { as[object](as[[]any](a["grants"])[0])["resources"] = []any{sales + "/**"} }, by(11, 0, "resources"))
	ceiling("another audience", func(a object) { a["audience"] = []any{"https://other.example"} }, by(11, 0, "audience"))
	ceiling("a limit", limit(object{"unit": "USD", "max": 5}), by(11, 0, "limits"))
	ceiling("everything", func(a object) {
		a["audience"], a["grants"] = []any{"**"}, []any{object{"actions": []any{"**"}, "resources": []any{"**"}}}
	}, accepts(nil))
	ceiling("wider, but it excepts more", func(a object) {
		a["grants"] = []any{object{"actions": []any{"**"}, "resources": []any{"**"}, "except": []any{service + "/sales/hr"}}}
	}, by(11, 0, "except"))
	return out
}
