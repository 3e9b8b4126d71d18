package verdicts

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
)

// clerk is a credential of alice about bob, as it should be.
func clerk(edit func(c object)) object {
	c := object{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": "urn:example:credential", "type": []any{"VerifiableCredential"},
		"issuer": ed("alice").DID().String(), "validFrom": "2026-11-23T11:00:00Z", "validUntil": "2026-11-23T13:00:00Z",
		"credentialSubject": object{"id": ed("bob").DID().String()},
	}
	if edit != nil {
		edit(c)
	}
	return c
}

// onCredential is the question whether a credential verifies; a document is raw.
func onCredential(credential any, more object) object {
	return with(object{"kind": "credential", "credential": credential, "at": noon}, more)
}

func credentials() (out []Vector) {
	alice := ed("alice")
	no := object{"verdict": "reject"}
	add := func(title string, credential any, more, expect object) {
		out = append(out, Vector{title, onCredential(credential, more), expect})
	}
	right := signed(alice, "vc+jwt", clerk(nil))
	head := func(edit func(h object)) string {
		h := object{"alg": "EdDSA", "typ": "vc+jwt", "kid": alice.Method()}
		edit(h)
		return token(alice, text(h), text(clerk(nil)))
	}
	add("a token", right, nil, accepts(nil))
	add("a token, of a trusted issuer", right, object{"issuers": []any{alice.DID().String()}}, accepts(nil))
	add("a token, of another issuer", right, object{"issuers": []any{ed("bob").DID().String()}}, rejected("untrusted"))
	add("a token, and nobody is trusted", right, object{"issuers": []any{}}, rejected("untrusted"))
	add("at validFrom", right, object{"at": "2026-11-23T11:00:00Z"}, accepts(nil))
	add("a second before", right, object{"at": "2026-11-23T10:59:59Z"}, rejected("notYetValid"))
	add("a second before, within skew", right, object{"at": "2026-11-23T10:59:59Z", "skew": 1}, accepts(nil))
	add("at validUntil", right, object{"at": "2026-11-23T13:00:00Z"}, rejected("expired"))
	add("at validUntil, within skew", right, object{"at": "2026-11-23T13:00:00Z", "skew": 1}, accepts(nil))
	for _, alg := range []string{"none", "HS256", "ES256", "RS256"} {
		add("alg "+alg, head(set("alg", alg)), nil, no)
	}
	for title, edit := range ordered(map[string]func(object){
		"no alg": func(h object) { delete(h, "alg") }, "no kid": func(h object) { delete(h, "kid") }, "no typ": func(h object) { delete(h, "typ") }, "typ of a presentation": set("typ", "vp+jwt"),
		"typ in capitals": set("typ", "VC+JWT"), "crit": set("crit", []any{"exp"}), "jwk": set("jwk", object{}), "cty vp": set("cty", "vp"), "iss of another": set("iss", ed("bob").DID().String()),
		"a kid of another": set("kid", ed("bob").Method()), "a kid without fragment": set("kid", alice.DID().String()),
	}) {
		add("a header with "+title, head(edit), nil, no)
	}
	add("altered", flip(right), nil, rejected("signature"))
	add("unsigned", unsigned(right), nil, no)
	add("four parts", right+".", nil, no)
	add("padding", right+"=", nil, no)
	add("by the key of another", signed(ed("mallory"), "vc+jwt", clerk(nil)), nil, rejected("issuer"))
	for title, edit := range ordered(map[string]func(object){
		"no @context": func(c object) { delete(c, "@context") }, "@context of another": set("@context", []any{"https://example.com/v1"}),
		"the context of 1.1 beside": set("@context", []any{"https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"}),
		"no type":                   func(c object) { delete(c, "type") }, "another type": set("type", []any{"Credential"}), "no issuer": func(c object) { delete(c, "issuer") }, "an issuer that is no DID": set("issuer", "https://example.com"),
		"no subject": func(c object) { delete(c, "credentialSubject") }, "empty subjects": set("credentialSubject", []any{}), "a time without zone": set("validFrom", "2026-11-23T11:00:00"),
		"ends before it begins": set("validUntil", "2026-11-23T10:00:00Z"), "a member that folds like one": set("ValidUntil", "2030-01-01T00:00:00Z"), "a claim vc beside": set("vc", object{}),
		"exp that says otherwise": set("exp", noonSec), "sub that says otherwise": set("sub", ed("carol").DID().String()), "iss that says otherwise": set("iss", ed("bob").DID().String()), "iat of the future": set("iat", noonSec+1),
	}) {
		add("a credential with "+title, signed(alice, "vc+jwt", clerk(edit)), nil, no)
	}
	for title, edit := range ordered(map[string]func(object){
		"an issuer that is an object": set("issuer", object{"id": alice.DID().String(), "name": "Alice"}), "two subjects": set("credentialSubject", []any{object{"id": "urn:a"}, object{"id": "urn:b"}}),
		"an offset": set("validFrom", "2026-11-23T13:00:00+02:00"), "claims that say the same": func(c object) { c["iss"], c["exp"], c["iat"] = c["issuer"], noonSec+3600, noonSec },
	}) {
		add("a credential with "+title, signed(alice, "vc+jwt", clerk(edit)), nil, accepts(nil))
	}
	add("P-256", signed(p256("alice"), "vc+jwt", clerk(set("issuer", p256("alice").DID().String()))), nil, accepts(nil))
	add("P-256 with high S, which others make", highS(signed(p256("alice"), "vc+jwt", clerk(set("issuer", p256("alice").DID().String())))), nil, accepts(nil))
	indexed := signed(alice, "vc+jwt", clerk(set("credentialStatus", entry(nil))))
	of := func(d listDraft) object { return object{"lists": object{listURL: d.sign()}} }
	add("a status that is clear", indexed, of(listDraft{}), accepts(nil))
	add("a status that is set", indexed, of(listDraft{set: []int{10}}), rejected("revoked"))
	add("a status without its list", indexed, object{"lists": object{}}, rejected("missing"))
	add("a status of an old list", indexed, of(listDraft{from: "2026-11-23T11:54:59Z"}), rejected("stale"))
	add("a status by another", indexed, of(listDraft{signer: ed("mallory")}), rejected("signer"))
	return append(out, documents(alice)...)
}

// documents are credentials with a proof of a suite that signs JSON.
func documents(alice *did.Signer) (out []Vector) {
	no := object{"verdict": "reject"}
	seal := func(signer *did.Signer, p dataintegrity.Proof, edit func(doc, proof object)) raw {
		p.Purpose = "assertionMethod"
		if p.Cryptosuite = "eddsa-jcs-2022"; signer.Key().Type() == did.P256 {
			p.Cryptosuite = "ecdsa-jcs-2019"
		}
		data := get(dataintegrity.Sign(text(clerk(nil)), 1<<20, p, signer, nil))
		if edit == nil {
			return data
		}
		doc := object{}
		must(json.Unmarshal(data, &doc))
		edit(doc, as[object](doc["proof"]))
		return text(doc)
	}
	add := func(title string, doc raw, expect object) {
		out = append(out, Vector{"a document: " + title, onCredential(doc, nil), expect})
	}
	right := seal(alice, dataintegrity.Proof{}, nil)
	add("as it is", right, accepts(nil))
	add("white space", bytes.Replace(right, []byte("{"), []byte("{ \t"), 1), accepts(nil))
	add("of nobody", text(clerk(nil)), no)
	add("by another", seal(ed("mallory"), dataintegrity.Proof{}, nil), no)
	add("a proof that ends later", seal(alice, dataintegrity.Proof{Created: "2026-11-23T11:00:00Z", Expires: "2026-11-23T12:00:01Z"}, nil), accepts(nil))
	add("a proof that ends now", seal(alice, dataintegrity.Proof{Created: "2026-11-23T11:00:00Z", Expires: noon}, nil), no)
	add("a proof of the future", seal(alice, dataintegrity.Proof{Created: "2026-11-23T12:00:01Z"}, nil), no)
	add("an array of one proof", seal(alice, dataintegrity.Proof{}, func(d, p object) { d["proof"] = []any{p} }), accepts(nil))
	add("the proof twice and one altered", seal(alice, dataintegrity.Proof{}, func(d, p object) {
		d["proof"] = []any{p, with(p, object{"proofPurpose": "authentication"})}
	}), no)
	for title, edit := range ordered(map[string]func(doc, proof object){
		"altered": func(d, _ object) { d["id"] = "urn:example:other" }, "an empty array of proofs": func(d, _ object) { d["proof"] = []any{} }, "a proof that is null": func(d, _ object) { d["proof"] = nil },
		"another purpose": func(_, p object) { p["proofPurpose"] = "authentication" }, "an unknown suite": func(_, p object) { p["cryptosuite"] = "x-2026" }, "a suite of another key": func(_, p object) { p["cryptosuite"] = "ecdsa-jcs-2019" },
		"an unknown member of the proof": func(_, p object) { p["x"] = 1 }, "a method of another": func(_, p object) { p["verificationMethod"] = ed("mallory").Method() }, "a value in base64url": func(_, p object) { p["proofValue"] = "u" + strings.Repeat("A", 86) },
		"another @context": func(d, _ object) {
			d["@context"] = []any{"https://www.w3.org/ns/credentials/v2", "https://example.com/v1"}
		},
		"a previous proof that is not there": func(_, p object) { p["previousProof"] = "urn:example:proof" },
	}) {
		add(title, seal(alice, dataintegrity.Proof{}, edit), no)
	}
	return out
}
