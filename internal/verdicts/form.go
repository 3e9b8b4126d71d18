package verdicts

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/multikey"
)

// people are n+1 signers, alice first: those of a chain of n links.
func people(n int) []*did.Signer {
	who := []*did.Signer{ed("alice")}
	for i := range n {
		who = append(who, ed(fmt.Sprintf("agent %d", i)))
	}
	return who
}

// long is a token of so many bytes: a link whose purpose is long enough.
func long(size int) raw {
	at := func(n int) raw {
		return links(people(1), map[int]change{0: {payload: func(p object) {
			as[object](subject(p)["task"])["purpose"] = strings.Repeat("x", n)
		}}})[0]
	}
	n := size / 2
	for len(at(n))-2 < size {
		n += max(1, (size-len(at(n)))*3/4)
	}
	if len(at(n))-2 > size {
		panic("base64 leaves this length out")
	}
	return at(n)
}

// deep is a text that is right but for nesting n levels in the whole.
func deep(n int) func([]byte) []byte {
	return func(body []byte) []byte {
		nested := strings.Repeat("[", n-1) + strings.Repeat("]", n-1)
		return bytes.Replace(body, []byte("{"), []byte(`{"x":`+nested+","), 1)
	}
}

func rule1() (out []Vector) {
	chain := links(four(), nil)
	whole := array(chain)
	refused := func(title string, chain raw) {
		out = append(out, Vector{title, onChain(chain, nil), refuses(1, -1)})
	}
	out = append(out, Vector{"three links", onChain(whole, nil), accepts(object{
		"depth": 3, "mode": "normal", "leaf": ed("dave").DID().String(), "digest": digestOf(chain[2]),
	})})
	out = append(out, Vector{"one link", onChain(array(chain[:1]), nil), accepts(object{"depth": 1, "digest": digestOf(chain[0])})})
	out = append(out, Vector{"white space between links", onChain(raw(strings.ReplaceAll(string(whole), `","`, "\" \t,  \"")), nil), accepts(nil)})
	out = append(out, Vector{"a link written with an escape", onChain(raw(strings.Replace(string(whole), `"eyJ`, `"\u0065yJ`, 1)), nil), accepts(nil)})
	out = append(out, Vector{"16 links", onChain(array(links(people(16), nil)), nil), accepts(object{"depth": 16})})
	refused("17 links", array(links(people(17), nil)))
	refused("no links", raw(`[]`))
	refused("null", raw(`null`))
	refused("an object", raw(`{}`))
	refused("a document outside of an array", links(four()[:2], map[int]change{0: {document: true}})[0])
	refused("a number", raw(`1`))
	refused("true", raw(`true`))
	refused("a text that is no packed form", raw(`"B"`))
	refused("an empty text", raw(`""`))
	refused("a token outside of an array", chain[0])
	refused("an array inside a text", text(string(whole)))
	for _, other := range []string{"null", "1", "true", `[` + string(chain[0]) + `]`} {
		refused("a link that is "+other[:min(5, len(other))], raw(`[`+other+`]`))
		refused("a second link that is "+other[:min(5, len(other))], raw(`[`+string(chain[0])+`,`+other+`]`))
	}
	out = append(out, Vector{"a link of 262,143 bytes", onChain(array([]raw{long(262143)}), nil), accepts(nil)})
	tooLong := text(strings.Repeat("a", 262145))
	out = append(out, Vector{"a link of 262,145 bytes", onChain(array([]raw{tooLong}), nil), refuses(1, 0)})
	out = append(out, Vector{"a second link of 262,145 bytes", onChain(array([]raw{chain[0], tooLong}), nil), refuses(1, 1)})
	out = append(out, everywhere("JSON that nests 33 levels", 1, change{text: deep(33)})...)
	out = append(out, everywhere("JSON that nests 32 levels is a member too many", 2, change{text: deep(32)})...)
	out = append(out, Vector{"a document that nests 32 levels, and its array one more", onChain(array(links(four(), map[int]change{1: {document: true, text: deep(32)}})), nil), refuses(1, -1)})
	return out
}

func rule2Token() (out []Vector) {
	header := func(title string, edit func(h object)) {
		out = append(out, everywhere(title, 2, change{header: edit})...)
	}
	set := func(name string, value any) func(object) { return func(h object) { h[name] = value } }
	without := func(name string) func(object) { return func(h object) { delete(h, name) } }
	header("typ of a presentation", set("typ", "vp+jwt"))
	header("no typ", without("typ"))
	header("no kid", without("kid"))
	header("no alg", without("alg"))
	header("crit", set("crit", []any{"exp"}))
	for _, typ := range []string{"JWT", "VC+JWT", "vc+jwt ", "application/vc+jwt", "vc+sd-jwt", "agent-invocation+jwt", "agent-audit+jwt", ""} {
		out = append(out, Vector{fmt.Sprintf("typ %q", typ), chained(map[int]change{1: {header: set("typ", typ)}}), refuses(2, 1)})
	}
	for _, name := range []string{"jwk", "jku", "x5u", "x5c", "x5t", "b64", "zip", "enc", "nonce", "Kid", "Alg"} {
		out = append(out, Vector{"a header with " + name, chained(map[int]change{1: {header: set(name, "x")}}), refuses(2, 1)})
	}
	for name, edit := range ordered(map[string]func(object){
		"alg that is no text": set("alg", 1), "kid that is null": set("kid", nil), "typ in an array": set("typ", []any{"vc+jwt"}),
		"an empty kid": set("kid", ""), "an empty alg": set("alg", ""), "cty vp": set("cty", "vp"), "cty JWT": set("cty", "JWT"),
		"iss of another": set("iss", ed("mallory").DID().String()),
	}) {
		out = append(out, Vector{name, chained(map[int]change{1: {header: edit}}), refuses(2, 1)})
	}
	out = append(out, Vector{"cty vc", chained(map[int]change{1: {header: set("cty", "vc")}}), accepts(nil)})
	out = append(out, Vector{"iss of the issuer", chained(map[int]change{1: {header: set("iss", ed("bob").DID().String())}}), accepts(nil)})
	parts := func(title string, edit func(t string) string) {
		out = append(out, Vector{title, chained(map[int]change{1: {token: edit}}), refuses(2, 1)})
	}
	part := func(i int, edit func(string) string) func(string) string {
		return func(t string) string {
			p := strings.Split(t, ".")
			p[i] = edit(p[i])
			return strings.Join(p, ".")
		}
	}
	parts("two parts", func(t string) string { return t[:strings.LastIndex(t, ".")] })
	parts("four parts", func(t string) string { return t + ".AA" })
	parts("no parts", func(string) string { return "" })
	parts("dots alone", func(string) string { return ".." })
	parts("white space at the end", func(t string) string { return t + " " })
	parts("a line end", func(t string) string { return t + "\n" })
	parts("white space before", func(t string) string { return " " + t })
	parts("an empty header", part(0, func(string) string { return "" }))
	parts("no payload", part(1, func(string) string { return "" }))
	parts("a header in standard base64", part(0, func(string) string { return "eyJ+/w" }))
	for i, name := range []string{"header", "payload", "signature"} {
		parts("padding after the "+name, part(i, func(s string) string { return s + "=" }))
		parts("a line end inside the "+name, part(i, func(s string) string { return s[:8] + "\n" + s[8:] }))
	}
	parts("trailing bits of the signature", part(2, func(s string) string {
		return s[:len(s)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", s[len(s)-1])|1])
	}))
	parts("a header that is no JSON", part(0, func(string) string { return b64([]byte("{")) }))
	parts("a header that is an array", part(0, func(string) string { return b64([]byte("[]")) }))
	body := func(title string, edit func([]byte) []byte) {
		out = append(out, Vector{title, chained(map[int]change{1: {text: edit}}), refuses(2, 1)})
	}
	body("a payload that is no JSON", func(b []byte) []byte { return b[:len(b)-1] })
	body("a payload that is an array", func(b []byte) []byte { return append(append([]byte("["), b...), ']') })
	body("more after the payload", func(b []byte) []byte { return append(b, "{}"...) })
	body("a byte order mark", func(b []byte) []byte { return append([]byte("\ufeff"), b...) })
	body("bytes that are no UTF-8", func(b []byte) []byte { return bytes.Replace(b, []byte("urn:example:task"), []byte("urn:\xff"), 1) })
	body("half of a surrogate pair", func(b []byte) []byte {
		return bytes.Replace(b, []byte("urn:example:task"), []byte(`urn:\ud800`), 1)
	})
	duplicate := func(b []byte) []byte { return bytes.Replace(b, []byte("{"), []byte(`{"id":"urn:example:x",`), 1) }
	out = append(out, everywhere("a member twice", 2, change{text: duplicate})...)
	body("a member twice, once with an escape", func(b []byte) []byte {
		return bytes.Replace(b, []byte("{"), []byte(`{"\u0069d":"urn:example:x",`), 1)
	})
	body("a member twice in the subject", func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"type":"Agent"`), []byte(`"type":"Agent","type":"Agent"`), 1)
	})
	out = append(out, Vector{"white space and escapes in the payload", chained(map[int]change{2: {text: func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"type":"Agent"`), []byte("\n \"typ\\u0065\" :\t\"Ag\\u0065nt\" "), 1)
	}}}), accepts(nil)})
	return out
}

func rule2Profile() (out []Vector) {
	set := func(name string, value any) func(object) { return func(p object) { p[name] = value } }
	without := func(name string) func(object) { return func(p object) { delete(p, name) } }
	inSubject := func(name string, value any) func(object) { return func(p object) { subject(p)[name] = value } }
	for _, name := range []string{"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject"} {
		out = append(out, one("no "+name, 2, 1, without(name)))
		out = append(out, one(name+" that is null", 2, 2, set(name, nil)))
	}
	out = append(out, edited("a member that is not listed", set("name", "x"))...)
	for _, claim := range []string{"iss", "sub", "nbf", "exp", "iat", "jti", "aud", "cnf", "vc", "termsOfUse", "evidence", "refreshService", "credentialSchema", "Issuer"} {
		out = append(out, one("a member "+claim, 2, 1, set(claim, "x")))
	}
	out = append(out, one("a proof in a token", 2, 1, set("proof", object{})))
	v2, v1 := "https://www.w3.org/ns/credentials/v2", "https://w3id.org/taper/v1"
	for title, value := range ordered(map[string]any{
		"@context that is a text": v2, "@context of one": []any{v2}, "@context in another order": []any{v1, v2},
		"@context of three": []any{v2, v1, "https://example.com/v1"}, "@context with an object": []any{v2, v1, object{}},
		"@context of version 1.1": []any{"https://www.w3.org/2018/credentials/v1", v1},
	}) {
		out = append(out, one(title, 2, 1, set("@context", value)))
	}
	vct, task := "VerifiableCredential", "AgentTaskCredential"
	for title, value := range ordered(map[string]any{
		"type that is a text": task, "type of one": []any{task}, "type of three": []any{vct, task, "StatusList2021Credential"},
		"type twice": []any{vct, vct}, "another type": []any{vct, "Agent"},
	}) {
		out = append(out, one(title, 2, 1, set("type", value)))
	}
	out = append(out, good("types in the other order", 1, set("type", []any{task, vct})))
	for title, value := range ordered(map[string]any{
		"id without a scheme": "example", "an empty id": "", "id of a scheme alone": "urn:", "id with a space": "urn:a b",
		"id with a backtick": "urn:`", "id that is not ASCII": "urn:é", "id of 2,049 bytes": "urn:" + strings.Repeat("a", 2045), "id that is a number": 7,
	}) {
		out = append(out, one(title, 2, 2, set("id", value)))
	}
	out = append(out, good("id of 2,048 bytes", 2, set("id", "urn:"+strings.Repeat("a", 2044))))
	out = append(out, good("id with a fragment", 2, set("id", "https://example.com/a?b#c")))
	bob := ed("bob").DID().String()
	jwk := ed("bob").Key().AsJWK().String()
	for title, value := range ordered(map[string]any{
		"an issuer that is an object": object{"id": bob}, "an issuer that is no DID": "https://example.com", "an issuer with a fragment": ed("bob").Method(),
		"an issuer that is a did:web": "did:web:example.com", "an issuer that is a did:jwk": jwk, "an issuer that is a did:key in another base": "did:key:u7QEB",
	}) {
		out = append(out, one(title, 2, 1, set("issuer", value)))
	}
	out = append(out, one("a root whose issuer is no DID", 2, 0, set("issuer", "alice")))
	for title, value := range ordered(map[string]any{
		"a holder that is a did:web": "did:web:example.com", "a holder that is a did:jwk": jwk, "a holder that is no DID": "bob",
		"a holder with a fragment": ed("bob").Method(), "a holder that is null": nil, "a holder for key agreement": "did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F",
		"a holder of secp256k1": seeded(did.Secp256k1, 32).DID().String(), "a holder of P-384": seeded(did.P384, 48).DID().String(),
	}) {
		out = append(out, one(title, 2, 0, inSubject("id", value)))
		out = append(out, one(title+", leaf", 2, 2, inSubject("id", value)))
	}
	for _, name := range []string{"validFrom", "validUntil"} {
		day := "2026-11-23T1" + map[string]string{"validFrom": "1", "validUntil": "3"}[name]
		for title, value := range ordered(map[string]any{
			"a fraction": day + ":00:00.5Z", "an offset": day + ":00:00+00:00", "no zone": day + ":00:00", "a small t": strings.Replace(day, "T", "t", 1) + ":00:00Z",
			"a small z": day + ":00:00z", "a space": strings.Replace(day, "T", " ", 1) + ":00:00Z", "a leap second": day + ":59:60Z", "a date alone": "2026-11-23",
			"a day that is none": "2026-02-30T00:00:00Z", "hour 24": "2026-11-23T24:00:00Z", "a number": noonSec,
		}) {
			out = append(out, one(name+" with "+title, 2, 1, set(name, value)))
		}
	}
	out = append(out, edited("no time between", func(p object) { p["validFrom"] = p["validUntil"] })...)
	out = append(out, one("the end before the beginning", 2, 2, func(p object) { p["validFrom"], p["validUntil"] = p["validUntil"], p["validFrom"] }))
	for title, value := range ordered(map[string]any{
		"no type": nil, "another type": "Person", "type in an array": []any{"Agent"}, "an empty type": "",
	}) {
		out = append(out, one("a subject with "+title, 2, 1, func(p object) {
			if subject(p)["type"] = value; value == nil {
				delete(subject(p), "type")
			}
		}))
	}
	for _, name := range []string{"id", "task", "authority"} {
		out = append(out, one("a subject without "+name, 2, 1, func(p object) { delete(subject(p), name) }))
	}
	out = append(out, edited("a subject with a member that is not listed", inSubject("name", "x"))...)
	out = append(out, one("two subjects", 2, 1, func(p object) { p["credentialSubject"] = []any{p["credentialSubject"]} }))
	for title, value := range ordered(map[string]any{
		"no id": object{"purpose": "x"}, "an empty id": object{"id": ""}, "an empty purpose": object{"id": "urn:example:task", "purpose": ""},
		"a step that is a number": object{"id": "urn:example:task", "step": 1}, "more": object{"id": "urn:example:task", "why": "x"},
	}) {
		out = append(out, one("a task with "+title, 2, 2, inSubject("task", value)))
	}
	out = append(out, one("a task that is a text", 2, 2, inSubject("task", "urn:example:task")))
	out = append(out, good("a task with purpose and step", 2, inSubject("task", object{"id": "urn:example:task", "purpose": "report", "step": "3"})))
	for title, value := range ordered(map[string]any{
		"an empty kind": object{"kind": ""}, "a manifest that is no digest": object{"manifest": "uEi"}, "more": object{"name": "x"},
		"a manifest of another hash": object{"manifest": "uEyA" + strings.Repeat("A", 43)}, "an instance that is null": object{"instance": nil},
	}) {
		out = append(out, one("an agent with "+title, 2, 0, inSubject("agent", value)))
	}
	out = append(out, one("an agent that is a text", 2, 0, inSubject("agent", "x")))
	out = append(out, good("an agent of all members", 0, inSubject("agent", object{"kind": "worker", "instance": "7", "manifest": multikey.Digest(nil)})))
	out = append(out, edited("an authority that is malformed", func(p object) { authority(p)["regions"] = []any{"eu"} })...)
	out = append(out, one("depth below 0", 2, 1, func(p object) { authority(p)["depth"] = -1 }))
	out = append(out, one("depth with a fraction", 2, 1, func(p object) { authority(p)["depth"] = raw("1.0") }))
	return out
}

// seeded is a signer of a type whose seed is all sevens.
func seeded(t did.KeyType, size int) *did.Signer {
	return get(did.NewSignerFromSeed(t, bytes.Repeat([]byte{7}, size)))
}

func rule2Document() (out []Vector) {
	v := func(title string, expect object, c change) {
		c.document = true
		out = append(out, Vector{title, chained(map[int]change{1: c}), expect})
	}
	for mix := 1; mix < 8; mix++ {
		c := map[int]change{}
		for i := range 3 {
			c[i] = change{document: mix>>i&1 == 1}
		}
		for title, who := range ordered(map[string][]*did.Signer{
			"Ed25519": four(), "P-256 and Ed25519": {p256("alice"), ed("bob"), p256("carol"), ed("dave")},
		}) {
			q := onChain(array(links(who, c)), object{"roots": []any{who[0].DID().String()}})
			out = append(out, Vector{fmt.Sprintf("documents and tokens %03b, %s", mix, title), q, accepts(object{"depth": 3})})
		}
	}
	v("white space, order and escapes", accepts(nil), change{text: func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"type":"Agent"`), []byte("\"typ\\u0065\" :\t\"Ag\\u0065nt\" "), 1)
	}})
	proofed := func(title string, p dataintegrity.Proof) { v(title, refuses(2, 1), change{proof: p}) }
	v("created", accepts(nil), change{proof: dataintegrity.Proof{Created: "2026-11-23T11:59:00Z"}})
	proofed("created with a fraction", dataintegrity.Proof{Created: "2026-11-23T11:59:00.5Z"})
	proofed("expires", dataintegrity.Proof{Expires: "2027-11-23T11:59:00Z"})
	proofed("a proof with an id", dataintegrity.Proof{ID: "urn:example:proof"})
	proofed("a nonce", dataintegrity.Proof{Nonce: "x"})
	proofed("a challenge", dataintegrity.Proof{Challenge: "x"})
	proofed("a domain", dataintegrity.Proof{Domain: []string{"x"}})
	after := func(title string, rule int, edit func(doc, proof object)) {
		v(title, refuses(rule, 1), change{sealed: edit})
	}
	for _, name := range []string{"type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue"} {
		after("a proof without "+name, 2, func(_, p object) { delete(p, name) })
		after("a proof whose "+name+" is null", 2, func(_, p object) { p[name] = nil })
	}
	after("a proof with a member that is not listed", 2, func(_, p object) { p["x"] = 1 })
	after("an array of one proof", 2, func(d, p object) { d["proof"] = []any{p} })
	after("no proof", 2, func(d, _ object) { delete(d, "proof") })
	after("a proof that is a text", 2, func(d, _ object) { d["proof"] = "x" })
	after("a proof that is null", 2, func(d, _ object) { d["proof"] = nil })
	after("a proof of another type", 2, func(_, p object) { p["type"] = "Ed25519Signature2020" })
	after("a proof with another @context", 2, func(_, p object) { p["@context"] = []any{"https://www.w3.org/ns/credentials/v2"} })
	after("a document with a member that is not listed", 2, func(d, _ object) { d["name"] = "x" })
	after("a document with a claim", 2, func(d, _ object) { d["exp"] = 1 })
	after("a suite that signs RDF", 4, func(_, p object) { p["cryptosuite"] = "eddsa-rdfc-2022" })
	after("a suite of another key", 4, func(_, p object) { p["cryptosuite"] = "ecdsa-jcs-2019" })
	after("a suite that is unknown", 4, func(_, p object) { p["cryptosuite"] = "x" })
	after("a method of another", 4, func(_, p object) { p["verificationMethod"] = ed("mallory").Method() })
	after("a method without fragment", 4, func(_, p object) { p["verificationMethod"] = ed("bob").DID().String() })
	after("another purpose, afterwards", 4, func(_, p object) { p["proofPurpose"] = "authentication" })
	v("another purpose, signed", refuses(4, 1), change{proof: dataintegrity.Proof{Purpose: "authentication"}})
	after("an empty proofValue", 4, func(_, p object) { p["proofValue"] = "" })
	after("a proofValue in base64url", 4, func(_, p object) { p["proofValue"] = "u" + strings.Repeat("A", 86) })
	after("a proofValue of one byte", 4, func(_, p object) { p["proofValue"] = "z2" })
	after("a proofValue with a leading zero more", 4, func(_, p object) { p["proofValue"] = "z1" + as[string](p["proofValue"])[1:] })
	after("a document changed afterwards", 4, func(d, _ object) { d["validUntil"] = "2026-11-23T12:59:00Z" })
	after("created changed afterwards", 4, func(_, p object) { p["created"] = "2026-11-23T11:59:00Z" })
	v("signed by another, under the issuer's method", refuses(4, 1), change{signer: ed("mallory"), sealed: func(_, p object) { p["verificationMethod"] = ed("bob").Method() }})
	v("signed by another", refuses(4, 1), change{signer: ed("mallory")})
	who := []*did.Signer{p256("alice"), ed("bob")}
	q := func(c change) object {
		c.document = true
		return onChain(array(links(who, map[int]change{0: c})), object{"roots": []any{who[0].DID().String()}})
	}
	out = append(out, Vector{"a document with high S", q(change{sealed: func(_, p object) {
		p["proofValue"] = multikey.EncodeBase58(otherS(get(multikey.DecodeBase58(as[string](p["proofValue"]), 64))))
	}}), refuses(4, 0)})
	doc := links(four()[:2], map[int]change{0: {document: true}})[0]
	out = append(out, Vector{"the text of a document", onChain(array([]raw{text(string(doc))}), nil), refuses(2, 0)})
	out = append(out, Vector{"an empty object", onChain(raw(`[{}]`), nil), refuses(2, 0)})
	out = append(out, Vector{"a document with a member twice", onChain(array([]raw{bytes.Replace(doc, []byte("{"), []byte(`{"id":"urn:example:link:0",`), 1)}), nil), object{"verdict": "reject"}})
	spaced := func(b []byte) []byte { return bytes.Replace(b, []byte("{"), []byte("{ "), 1) }
	bytesOf := links(four(), map[int]change{1: {document: true, text: spaced}})[1]
	out = append(out, Vector{"a child names the bytes of a document, not its canonical form", chained(map[int]change{
		1: {document: true, text: spaced}, 2: {payload: func(p object) { as[object](subject(p)["parent"])["digestMultibase"] = multikey.Digest(bytesOf) }},
	}), refuses(6, 2)})
	return out
}
