package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

const (
	wide   = `{"grants":[{"actions":["db/read","db/write"],"resources":["urn:a/**"]}],"audience":["https://db.example.com"],"depth":2}`
	narrow = `{"grants":[{"actions":["db/read"],"resources":["urn:a/b"]}],"audience":["https://db.example.com"]}`
)

// A bad line is answered like any other, and the run goes on.
func TestLines(t *testing.T) {
	const good = `{"id":"x","kind":"authority","authority":` + narrow + `}`
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for _, c := range []struct {
		name, line  string
		verdict     string
		code, about string
		id          any
	}{
		{"good", good, accept, "", "", "x"},
		{"spaces", " \t" + strings.NewReplacer("{", " { ", ",", " ,\t", "]", " ] ").Replace(good) + " \t", accept, "", "", "x"},
		{"CRLF", good + "\r", accept, "", "", "x"},
		{"blank", "", failed, "line", "not a JSON object", ""},
		{"space", "   ", failed, "line", "not a JSON object", ""},
		{"text", "hello", failed, "line", "not a JSON object", ""},
		{"array", `[` + good + `]`, failed, "line", "not a JSON object", ""},
		{"null", `null`, failed, "line", "not a JSON object", ""},
		{"byte order mark", "\ufeff" + good, failed, "line", "not a JSON object", ""},
		{"cut off", good[:len(good)-1], failed, "line", "want , or }", "x"},
		{"cut off in a string", good[:20], failed, "line", "malformed value", "x"},
		{"two objects", good + good, failed, "line", "more after the object", "x"},
		{"trailing comma", `{"id":"x",}`, failed, "line", "malformed value", "x"},
		{"single quotes", `{'id':'x'}`, failed, "line", "malformed value", ""},
		{"unquoted name", `{id:"x"}`, failed, "line", "malformed value", ""},
		{"malformed inside", `{"id":"x","kind":"authority","authority":{"grants":[1,]}}`, failed, "line", "authority", "x"},
		{"id twice", `{"id":"x","id":"y","kind":"did","did":""}`, failed, "line", "there twice", "x"},
		{"subject twice", `{"id":"x","kind":"did","did":"a","did":"b"}`, failed, "line", "there twice", "x"},
		{"id of bytes", "{\"id\":\"\xff\",\"kind\":\"did\",\"did\":\"\"}", reject, "invalid", "", "\ufffd"},
		{"id is a number", `{"id":7,"kind":"did","did":""}`, reject, "invalid", "", 7.0},
		{"id is an object", `{"id":{"a":1},"kind":"did","did":""}`, failed, "member", "id is", object{"a": 1.0}},
		{"no id", `{"kind":"did","did":""}`, reject, "invalid", "", ""},
		{"no kind", `{"id":"x","did":""}`, failed, "kind", `kind is ""`, "x"},
		{"unknown kind", `{"id":"x","kind":"dids","did":""}`, failed, "kind", `kind is "dids"`, "x"},
		{"kind in capitals", `{"id":"x","kind":"DID","did":""}`, failed, "kind", `kind is "DID"`, "x"},
		{"kind is null", `{"id":"x","kind":null}`, failed, "member", "kind is not a string", "x"},
		{"member missing", `{"id":"x","kind":"authority"}`, failed, "member", `"authority" is missing`, "x"},
		{"member unknown", `{"id":"x","kind":"did","did":"","note":1}`, failed, "member", `unknown member "note"`, "x"},
		{"member of another kind", `{"id":"x","kind":"did","did":"","at":"2026-11-23T12:00:00Z"}`, failed, "member", `unknown member "at"`, "x"},
		{"member in capitals", `{"id":"x","kind":"did","Did":""}`, failed, "member", "", "x"},
		{"subject is null", `{"id":"x","kind":"authority","authority":null}`, reject, "malformedAuthority", "", "x"},
		{"subject of another type", `{"id":"x","kind":"did","did":{"a":1}}`, reject, "malformed", "did is not a string", "x"},
		{"subject with a member twice", `{"id":"x","kind":"authority","authority":{"depth":1,` + narrow[1:len(narrow)-1] + `,"depth":2}}`, reject, "malformedAuthority", "depth", "x"},
		{"subject of bytes", "{\"id\":\"x\",\"kind\":\"authority\",\"authority\":{\"\xff\":1}}", reject, "malformedAuthority", "", "x"},
		{"string of bytes", "{\"id\":\"x\",\"kind\":\"did\",\"did\":\"did:key:\xff\"}", reject, "malformed", "", "x"},
		{"half a surrogate", `{"id":"x","kind":"did","did":"did:key:\ud800"}`, reject, "malformed", "", "x"},
		{"subject too deep", `{"id":"x","kind":"authority","authority":` + deep + `}`, reject, "malformedAuthority", "", "x"},
		{"time without a zone", `{"id":"x","kind":"credential","credential":"","at":"2026-11-23T12:00:00"}`, failed, "member", "at:", "x"},
		{"time with one digit", `{"id":"x","kind":"credential","credential":"","at":"2026-11-23T1:00:00.0Z"}`, failed, "member", "at:", "x"},
		{"time with a comma", `{"id":"x","kind":"credential","credential":"","at":"2026-11-23T12:00:00,5Z"}`, failed, "member", "at:", "x"},
		{"time is null", `{"id":"x","kind":"credential","credential":"","at":null}`, failed, "member", "at", "x"},
		{"skew below 0", `{"id":"x","kind":"credential","credential":"","skew":-1}`, failed, "member", "skew is -1", "x"},
		{"skew of a day", `{"id":"x","kind":"credential","credential":"","skew":86400}`, failed, "member", "skew is 86400", "x"},
		{"skew as text", `{"id":"x","kind":"credential","credential":"","skew":"1"}`, failed, "member", "skew is", "x"},
		{"skew with a fraction", `{"id":"x","kind":"credential","credential":"","skew":1.0}`, failed, "member", "skew is", "x"},
		{"proofOnly as text", `{"id":"x","kind":"credential","credential":"","proofOnly":"true"}`, failed, "member", "proofOnly", "x"},
		{"an issuer that is none", `{"id":"x","kind":"credential","credential":"","issuers":["alice"]}`, failed, "member", "issuers:", "x"},
		{"issuers as text", `{"id":"x","kind":"credential","credential":"","issuers":"did:example:a"}`, failed, "member", "issuers:", "x"},
		{"lists as an array", `{"id":"x","kind":"credential","credential":"","lists":[]}`, failed, "member", "lists:", "x"},
		{"a list twice", `{"id":"x","kind":"credential","credential":"","lists":{"a":"","a":""}}`, failed, "member", "lists:", "x"},
		{"no staleness at all", `{"id":"x","kind":"credential","credential":"","maxStaleness":0}`, failed, "member", "maxStaleness", "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answers := askRaw(t, good+"\n"+c.line+"\n"+good, 3)
			require.Equal(t, accept, answers[0]["verdict"])
			require.Equal(t, accept, answers[2]["verdict"], "the run goes on")
			a := answers[1]
			require.Equal(t, c.verdict, a["verdict"], "%v", a)
			require.Equal(t, c.id, a["id"])
			if c.code == "" {
				require.NotContains(t, a, "code")
				return
			}
			require.Equal(t, c.code, a["code"], "%v", a)
			require.Contains(t, a["error"], c.about)
		})
	}
}

// Line i is answered before line i+1 is read.
func TestStreaming(t *testing.T) {
	lines, feed := io.Pipe()
	answers, out := io.Pipe()
	go func() {
		_, _ = batch(lines, out, atNoon)
		_ = out.Close()
	}()
	read := bufio.NewReader(answers)
	for range 3 {
		_, err := io.WriteString(feed, `{"id":"x","kind":"authority","authority":`+narrow+"}\n")
		require.NoError(t, err)
		answer, err := read.ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, answer, `"verdict":"accept"`)
	}
	require.NoError(t, feed.Close())
	_, err := read.ReadString('\n')
	require.ErrorIs(t, err, io.EOF)
}

// A line of any length is answered, without being held where it is too long.
func TestLongLines(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 150 MB")
	}
	good := `{"id":"after","kind":"authority","authority":` + narrow + `}`
	for _, size := range []int{1 << 20, 20 << 20, maxLine + 1} {
		in := io.MultiReader(
			strings.NewReader(`{"id":"long","kind":"credential","credential":"`), io.LimitReader(endless('a'), int64(size)), strings.NewReader("\"}\n"+good+"\n"))
		var out bytes.Buffer
		_, err := batch(in, &out, atNoon)
		require.NoError(t, err)
		answers := strings.Split(out.String(), "\n")
		require.Len(t, answers, 3)
		verdict := map[bool]string{true: failed, false: reject}[size > maxLine]
		require.Contains(t, answers[0], `{"id":"long","verdict":"`+verdict+`","code":"size"`)
		require.Contains(t, answers[1], `{"id":"after","verdict":"accept"`)
	}
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// answer is what is asked and what of the answer has to be there. A member that is
// nil must be absent.
type answer struct {
	name     string
	question object
	want     object
}

func requireAnswers(t *testing.T, cases []answer) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := ask(t, c.question)[0]
			for name, want := range c.want {
				if want == nil {
					require.NotContains(t, got, name, "%v", got)
					continue
				}
				require.EqualValues(t, plainJSON(t, want), got[name], "%s: %v", name, got)
			}
			if c.want["verdict"] != accept {
				require.NotEmpty(t, got["error"])
			}
		})
	}
}

// plainJSON is a value as an answer has it.
func plainJSON(t *testing.T, v any) (out any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(encoded(v), &out))
	return out
}

func with(o object, more object) object {
	out := object{}
	for _, from := range []object{o, more} {
		for name, value := range from {
			if out[name] = value; value == nil {
				delete(out, name)
			}
		}
	}
	return out
}

func TestDID(t *testing.T) {
	p521, err := did.NewSignerFromSeed(did.P521, append([]byte{0}, bytes.Repeat([]byte{7}, 65)...))
	require.NoError(t, err)
	secp, err := did.NewSignerFromSeed(did.Secp256k1, bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	one := func(name string) object { return object{"kind": "did", "did": name} }
	doc, err := did.Resolve(alice.DID())
	require.NoError(t, err)
	requireAnswers(t, []answer{
		{"Ed25519", one(alice.DID().String()), object{
			"verdict": accept, "keyType": "Ed25519", "publicKeyHex": hex.EncodeToString(alice.Key().Bytes()), "document": doc, "code": nil, "error": nil,
		}},
		{"P-521", one(p521.DID().String()), object{"verdict": accept, "keyType": "P-521", "publicKeyHex": hex.EncodeToString(p521.Key().Bytes())}},
		{"secp256k1", one(secp.DID().String()), object{"verdict": accept, "keyType": "secp256k1", "publicKeyHex": hex.EncodeToString(secp.Key().Bytes())}},
		{"a verification method", one(alice.Method()), object{"verdict": accept, "keyType": "Ed25519"}},
		{"another fragment", one(alice.DID().String() + "#key-1"), object{"verdict": reject, "code": "notFound", "keyType": nil}},
		{"the key agreement of Ed25519", one(doc.Methods[1].ID), object{"verdict": accept, "keyType": "Ed25519"}},
		{"X25519", one("did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"), object{"verdict": accept, "keyType": "X25519"}},
		{"did:jwk", one("did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1NTE5IiwieCI6IjVOMHJOTmZIU0xZNkktOGVYRlRVSURvUWcyT2tIemtjRXRkMW1ZTjhzV2sifQ"), object{
			"verdict": accept, "keyType": "Ed25519", "publicKeyHex": "e4dd2b34d7c748b63a23ef1e5c54d4203a108363a41f391c12d77599837cb169",
		}},
		{"a path", one(alice.DID().String() + "/a"), object{"verdict": reject, "code": "notFound"}},
		{"a query", one(alice.DID().String() + "?versionId=1"), object{"verdict": reject, "code": "feature"}},
		{"did:web", one("did:web:example.com"), object{"verdict": reject, "code": "method", "document": nil}},
		{"no DID", one("alice"), object{"verdict": reject, "code": "invalid"}},
		{"an RSA key", one("did:key:z4MXj1wBzi9jUstyPMS4jQqB6KdJaiatPkAtVtGc6bQEQEEsKTic4G7Rou3iBf9vPmT5dbkm9qsZsuVNjq8HCuW1w24nhBFGkRE4cd2Uf2tfrB3N7h4mnyPp1BF3ZttHTYv3DLUPi1zMdkULiow3M1GfXkoC6DoxDUm1jmN6GBj22SjVsr6dxezRVQc7aj9TxE7JLbMH1wh5X3kA58H3DFW8rnYMakFGbca5CB2Jf6CnGQZmL7o5uJAdTwXfy2iiiyPxXEGerMhHwhjTA1mKYobyk2CpeEcmvynADfNZ5MBvcCS7m3XkFCMNUYBS9NQ3fze6vMSUPsNa6GVYmKx2x6JrdEjCk3qRMMmyjnjCMfR4pXbRMZa3i"), object{"verdict": reject, "code": "keyType"}},
		{"a short key", one("did:key:z2DQYTeyQKgJ5Bg1zjNEHKDuKV2Xr9AQkNof2aUMJVVg4fJ"), object{"verdict": reject, "code": "keyLength"}},
	})
}

func TestCredential(t *testing.T) {
	good := string(credential(t, alice, nil))
	one := func(token any, more object) object {
		return with(object{"kind": "credential", "credential": token, "at": noonText}, more)
	}
	indexed := string(credential(t, oscar, func(c *vc.Credential) { c.Status = []vc.StatusEntry{entry(listURL, "revocation", 10)} }))
	suspendable := string(credential(t, oscar, func(c *vc.Credential) { c.Status = []vc.StatusEntry{entry(listURL, "suspension", 10)} }))
	lists := func(d draft) object { return object{"lists": object{listURL: d.sign(t)}} }
	parts := strings.Split(good, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	forged := signJWS(t, mallory, object{"alg": "EdDSA", "typ": "vc+jwt", "kid": mallory.Method()}, payload)
	header := func(more object) string {
		return signJWS(t, alice, with(object{"alg": "EdDSA", "typ": "vc+jwt", "kid": alice.Method()}, more), payload)
	}
	document, err := vc.AddProof(payload, alice, vc.SignOptions{Format: vc.EdDSAJCS, Created: noon})
	require.NoError(t, err)
	says := object{"verdict": accept, "issuer": alice.DID(), "subject": bob.DID(), "format": "vc+jwt", "digest": digest([]byte(good)), "code": nil}
	refused := func(code string) object {
		return object{"verdict": reject, "code": code, "issuer": nil, "digest": nil, "rule": nil, "link": nil}
	}
	requireAnswers(t, []answer{
		{"good", one(good, nil), says},
		{"of a trusted issuer", one(good, object{"issuers": []string{alice.DID().String()}}), says},
		{"of another issuer", one(good, object{"issuers": []string{bob.DID().String()}}), refused("untrusted")},
		{"nobody is trusted", one(good, object{"issuers": []string{}}), refused("untrusted")},
		{"the proof alone", one(good, object{"proofOnly": true}), says},
		{"the proof alone, forged", one(forged, object{"proofOnly": true}), object{"verdict": accept, "issuer": alice.DID()}},
		{"the key of another", one(forged, nil), refused("issuer")},
		{"enveloped", one(object{
			"@context": vc.ContextV2, "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + good,
		}, nil), says},
		{"with a jcs proof", one(raw(document), nil), object{"verdict": accept, "format": "eddsa-jcs-2022", "issuer": alice.DID(), "subject": bob.DID()}},
		{"with a jcs proof, the proof alone", one(raw(document), object{"proofOnly": true}), object{"verdict": accept, "format": "eddsa-jcs-2022", "issuer": alice.DID()}},
		{"with a jcs proof, altered", one(raw(bytes.Replace(document, []byte("clerk"), []byte("chief"), 1)), nil), refused("signature")},
		{"without a proof", one(raw(payload), nil), refused("format")},
		{"of an unknown suite", one(raw(bytes.Replace(document, []byte("eddsa-jcs-2022"), []byte("bbs-2023"), 1)), nil), refused("format")},
		{"a member twice", one(raw(bytes.Replace(payload, []byte("{"), []byte(`{"id":"urn:a",`), 1)), nil), refused("malformed")},
		{"before its time", one(good, object{"at": "2026-11-23T10:59:59Z"}), refused("notYetValid")},
		{"before its time, within skew", one(good, object{"at": "2026-11-23T10:59:59Z", "skew": 1}), says},
		{"at its end", one(good, object{"at": "2026-11-23T13:00:00Z"}), refused("expired")},
		{"at its end, within skew", one(good, object{"at": "2026-11-23T13:00:00Z", "skew": 1}), says},
		{"in another zone", one(good, object{"at": "2026-11-23T14:59:59.999+02:00"}), says},
		{"alg of another", one(header(object{"alg": "HS256"}), nil), refused("alg")},
		{"alg none", one(header(object{"alg": "none"}), nil), refused("alg")},
		{"another typ", one(header(object{"typ": "vp+jwt"}), nil), refused("typ")},
		{"crit", one(header(object{"crit": []string{"b64"}}), nil), refused("malformed")},
		{"another's signature", one(strings.Join([]string{parts[0], parts[1], strings.Split(string(credential(t, bob, nil)), ".")[2]}, "."), nil), refused("signature")},
		{"four parts", one(good+".", nil), refused("malformed")},
		{"empty", one("", nil), object{"verdict": reject}},
		{"a number", one(7, nil), object{"verdict": reject}},
		{"a status that nobody looks at", one(indexed, nil), object{"verdict": accept}},
		{"a status, clear", one(indexed, lists(draft{})), object{"verdict": accept}},
		{"a status, set", one(indexed, lists(draft{set: []uint64{10}})), refused("revoked")},
		{"a status, suspended", one(suspendable, lists(draft{purpose: "suspension", set: []uint64{10}})), refused("suspended")},
		{"a status of another purpose", one(suspendable, lists(draft{})), refused("purpose")},
		{"a status without its list", one(indexed, object{"lists": object{}}), refused("missing")},
		{"a status, stale", one(indexed, lists(draft{age: 301 * time.Second})), refused("stale")},
		{"a status, as old as it may be", one(indexed, lists(draft{age: 300 * time.Second})), object{"verdict": accept}},
		{"a status by another", one(indexed, lists(draft{signer: alice})), refused("signer")},
		{"contexts that nobody needs", one(good, object{"contexts": object{"https://example.com/c": object{"@context": object{}}}}), says},
	})
}

func TestPresentation(t *testing.T) {
	good := credential(t, alice, nil)
	shown := string(presentation(t, bob, good, good))
	one := func(more object) object {
		return with(object{"kind": "presentation", "presentation": shown, "challenge": "c1", "domain": service, "at": noonText}, more)
	}
	refused := func(code string) object { return object{"verdict": reject, "code": code, "holder": nil} }
	accepts := object{"verdict": accept, "holder": bob.DID()}
	bad := presentation(t, bob, good, []byte(strings.Replace(string(good), ".", ".e", 1)))
	requireAnswers(t, []answer{
		{"good", one(nil), accepts},
		{"another challenge", one(object{"challenge": "c2"}), refused("challenge")},
		{"another domain", one(object{"domain": "https://other.example"}), refused("domain")},
		{"no challenge asked for", one(object{"challenge": nil}), accepts},
		{"no domain asked for", one(object{"domain": nil}), accepts},
		{"no challenge, another domain", one(object{"challenge": nil, "domain": "https://other.example"}), refused("domain")},
		{"after its end", one(object{"at": "2026-11-23T12:01:00Z"}), refused("expired")},
		{"an issuer that is not trusted", one(object{"issuers": []string{bob.DID().String()}}), refused("untrusted")},
		{"the proof alone", one(object{"proofOnly": true, "challenge": nil, "domain": nil}), accepts},
		{"a bad credential", one(object{"presentation": string(bad)}), refused("malformed")},
		{"a credential", one(object{"presentation": string(good)}), refused("typ")},
		{"no presentation", one(object{"presentation": object{}}), object{"verdict": reject}},
	})
}

func TestStatus(t *testing.T) {
	var list struct {
		Subject struct{ EncodedList string } `json:"credentialSubject"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(draft{set: []uint64{7}}.sign(t), ".")[1])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(payload, &list))
	one := func(index any, more object) object {
		return with(object{"kind": "status", "format": "BitstringStatusList", "encodedList": list.Subject.EncodedList, "index": index}, more)
	}
	refused := func(code string) object { return object{"verdict": reject, "code": code, "value": nil} }
	pairs, err := revocation.MakeBits(revocation.MinEntries, 2)
	require.NoError(t, err)
	require.NoError(t, pairs.Set(7, 3))
	two, err := pairs.Encode(revocation.Bitstring)
	require.NoError(t, err)
	requireAnswers(t, []answer{
		{"set", one("7", nil), object{"verdict": accept, "value": 1}},
		{"two bits", one("7", object{"size": 2, "encodedList": two}), object{"verdict": accept, "value": 3}},
		{"two bits, the next", one("8", object{"size": 2, "encodedList": two}), object{"verdict": accept, "value": 0}},
		{"clear", one("8", nil), object{"verdict": accept, "value": 0}},
		{"last", one("131071", nil), object{"verdict": accept, "value": 0}},
		{"beyond", one("131072", nil), refused("range")},
		{"not decimal", one("+7", nil), refused("entry")},
		{"a number", one(7, nil), refused("malformed")},
		{"one bit", one("7", object{"size": 1}), object{"verdict": accept, "value": 1}},
		{"two bits, too few entries", one("3", object{"size": 2}), refused("size")},
		{"nine bits", one("3", object{"size": 9}), object{"verdict": failed, "code": "member"}},
		{"the other format", one("7", object{"format": "StatusList2021"}), refused("encoding")},
		{"no format", one("7", object{"format": "Bitstring"}), object{"verdict": failed, "code": "member"}},
		{"no list", one("7", object{"encodedList": ""}), refused("encoding")},
		{"a list that is no text", one("7", object{"encodedList": []int{1}}), refused("malformed")},
	})
}

func TestStatusList(t *testing.T) {
	stated := func(url, purpose string, index int) object {
		e := entry(url, purpose, index)
		return object{"type": e.Type, "statusPurpose": e.Purpose, "statusListIndex": e.Index, "statusListCredential": e.List}
	}
	one := func(d draft, more object) object {
		return with(object{
			"kind": "statuslist", "list": d.sign(t), "entry": stated(listURL, "revocation", 10), "issuer": oscar.DID(), "at": noonText,
		}, more)
	}
	refused := func(code string) object { return object{"verdict": reject, "code": code, "value": nil} }
	unset, set := object{"verdict": accept, "value": 0}, object{"verdict": accept, "value": 1}
	revoked := []uint64{10}
	requireAnswers(t, []answer{
		{"clear", one(draft{}, nil), unset},
		{"set", one(draft{set: revoked}, nil), set},
		{"suspended", one(draft{purpose: "suspension", set: revoked}, object{"entry": stated(listURL, "suspension", 10)}), set},
		{"guarded", one(draft{purpose: "guarded", set: revoked}, object{"entry": stated(listURL, "guarded", 10)}), set},
		{"of a list signer", one(draft{}, object{"issuer": nil, "issuers": []any{alice.DID(), oscar.DID()}}), unset},
		{"of nobody", one(draft{}, object{"issuer": nil, "issuers": []any{}}), refused("signer")},
		{"no issuer", one(draft{}, object{"issuer": nil}), object{"verdict": failed, "code": "member"}},
		{"by another", one(draft{signer: mallory}, nil), refused("signer")},
		{"of another URL", one(draft{url: listURL + "/"}, nil), refused("url")},
		{"of another purpose", one(draft{purpose: "suspension"}, nil), refused("purpose")},
		{"of another kind", one(draft{format: "StatusList2021"}, nil), refused("list")},
		{"no list", one(draft{}, object{"list": string(credential(t, oscar, nil))}), refused("list")},
		{"stale", one(draft{age: 301 * time.Second}, nil), refused("stale")},
		{"old, and allowed", one(draft{age: 301 * time.Second}, object{"maxStaleness": 301}), unset},
		{"from the future", one(draft{age: -time.Second}, nil), refused("notYetValid")},
		{"from the future, within skew", one(draft{age: -time.Second}, object{"skew": 1}), unset},
		{"index beyond the list", one(draft{}, object{"entry": stated(listURL, "revocation", 131_072)}), refused("range")},
		{"a purpose that nobody knows", one(draft{}, object{"entry": stated(listURL, "karma", 1)}), refused("purpose")},
		{"a type that nobody knows", one(draft{}, object{"entry": with(stated(listURL, "revocation", 1), object{"type": "CRL"})}), refused("entry")},
		{"an entry that is none", one(draft{}, object{"entry": "revocation"}), object{"verdict": reject}},
		{"an index that is a number", one(draft{}, object{"entry": with(stated(listURL, "revocation", 1), object{"statusListIndex": 1})}), refused("statusEntry")},
		// What was seen before.
		{"the same again", one(draft{}, object{"prior": draft{}.sign(t)}), unset},
		{"revoked since", one(draft{set: revoked}, object{"prior": draft{age: time.Minute}.sign(t)}), set},
		{"no longer revoked", one(draft{}, object{"prior": draft{set: revoked, age: time.Minute}.sign(t)}), set},
		{"no longer revoked, after long", one(draft{}, object{"prior": draft{set: revoked, age: time.Hour}.sign(t)}), set},
		{"rolled back", one(draft{age: time.Minute}, object{"prior": draft{set: revoked}.sign(t)}), set},
		{"two of one time", one(draft{}, object{"prior": draft{set: revoked}.sign(t)}), refused("equivocation")},
		{"a stranger's before", one(draft{}, object{"prior": draft{set: revoked, signer: mallory, age: time.Minute}.sign(t)}), unset},
		{"one from the future before", one(draft{}, object{"prior": draft{set: revoked, age: -time.Minute}.sign(t)}), unset},
		{"lifted", one(draft{purpose: "suspension"}, object{
			"entry": stated(listURL, "suspension", 10), "prior": draft{purpose: "suspension", set: revoked, age: time.Minute}.sign(t),
		}), unset},
	})
}

func TestAuthority(t *testing.T) {
	requireAnswers(t, []answer{
		{"good", object{"kind": "authority", "authority": raw(" { \"depth\" : 2, " + wide[1:len(wide)-11] + "}")}, object{
			"verdict": accept, "authority": raw(`{"audience":["https://db.example.com"],"depth":2,"grants":[{"actions":["db/read","db/write"],"resources":["urn:a/**"]}]}`),
		}},
		{"malformed", object{"kind": "authority", "authority": raw(`{"grants":[]}`)}, object{"verdict": reject, "code": "malformedAuthority", "authority": nil}},
		{"inside", object{"kind": "attenuation", "parent": raw(wide), "child": raw(narrow)}, object{
			"verdict": accept, "dimension": nil, "narrowed": raw(narrow),
		}},
		{"wider", object{"kind": "attenuation", "parent": raw(narrow), "child": raw(wide)}, object{
			"verdict": reject, "code": "widened", "rule": 11, "link": nil, "dimension": "actions", "offered": `"db/write"`, "allowed": `"db/read"`, "narrowed": nil,
		}},
		{"wider, with something in common", object{"kind": "attenuation", "parent": raw(wide), "child": raw(strings.Replace(narrow, "urn:a/b", "**", 1))}, object{
			"verdict": reject, "code": "widened", "dimension": "resources", "offered": `"**"`, "allowed": `"urn:a/**"`,
			"narrowed": raw(strings.Replace(narrow, "urn:a/b", "urn:a/**", 1)),
		}},
		{"a malformed parent", object{"kind": "attenuation", "parent": 1, "child": raw(narrow)}, object{"verdict": reject, "code": "malformedAuthority"}},
		{"a malformed child", object{"kind": "attenuation", "parent": raw(wide), "child": raw(`{}`)}, object{"verdict": reject, "code": "malformedAuthority"}},
		{"allowed", object{"kind": "request", "authority": raw(narrow), "request": object{"action": "db/read", "resource": "urn:a/b", "audience": service, "arguments": object{"n": 1}}}, object{
			"verdict": accept, "code": nil,
		}},
		{"another action", object{"kind": "request", "authority": raw(narrow), "request": object{"action": "db/write", "resource": "urn:a/b", "audience": service}}, object{
			"verdict": reject, "code": "notAllowed", "rule": 15, "dimension": "actions", "fix": "ask for an authority with this action",
		}},
		{"another audience", object{"kind": "request", "authority": raw(narrow), "request": object{"action": "db/read", "resource": "urn:a/b", "audience": "https://other.example"}}, object{
			"verdict": reject, "code": "notAllowed", "dimension": "audience",
		}},
		{"no audience", object{"kind": "request", "authority": raw(narrow), "request": object{"action": "db/read", "resource": "urn:a/b"}}, object{"verdict": reject, "code": "malformedRequest"}},
		{"an argument twice", object{"kind": "request", "authority": raw(narrow), "request": raw(`{"action":"db/read","resource":"urn:a/b","audience":"https://db.example.com","arguments":{"a":1,"a":2}}`)}, object{
			"verdict": reject, "code": "malformedRequest",
		}},
	})
}

const origin = "log.example.com/agents"

// trail is a log of two entries, and all that there is to ask about it.
type trail struct {
	vkey        string
	leaves      [][]byte
	first, last string // checkpoints
	inclusion   []byte
	consistency []audit.Hash
}

func newTrail(t *testing.T) *trail {
	t.Helper()
	skey, vkey, err := audit.NewLogKey(origin)
	require.NoError(t, err)
	log, err := audit.NewLog(origin, skey)
	require.NoError(t, err)
	rec, err := audit.NewRecorder(bob, log, audit.RecorderOptions{Now: atNoon})
	require.NoError(t, err)
	out := &trail{vkey: vkey}
	ctx := context.Background()
	link := story(t).Links()[0]
	for _, e := range []audit.Entry{
		{Type: audit.TaskOpen, Task: "urn:example:task:7", Cap: link.Digest, Chain: &audit.Chain{
			Digest: link.Digest, Links: []audit.Link{{ID: link.ID, Digest: link.Digest, Issuer: link.Issuer, Subject: link.Holder}},
		}},
		{Type: audit.TaskClose, Task: "urn:example:task:7", Outcome: audit.OutcomeOK},
	} {
		_, err := rec.Record(ctx, e)
		require.NoError(t, err)
		out.leaves = append(out.leaves, rec.Last().Bytes())
		c, err := log.Publish(ctx)
		require.NoError(t, err)
		out.first, out.last = either(out.first, string(c.Bytes())), string(c.Bytes())
	}
	receipt, err := log.Receipt(ctx, 1)
	require.NoError(t, err)
	out.inclusion = receipt.Proof()
	out.consistency, err = log.Consistency(ctx, 1, 2)
	require.NoError(t, err)
	return out
}

func TestTrail(t *testing.T) {
	log := newTrail(t)
	std := base64.StdEncoding.EncodeToString
	var hashes, hexes []string
	for _, h := range log.consistency {
		hashes, hexes = append(hashes, std(h[:])), append(hexes, hex.EncodeToString(h[:]))
	}
	lines := strings.Split(log.last, "\n")
	root, err := base64.StdEncoding.DecodeString(lines[2])
	require.NoError(t, err)
	first, err := base64.StdEncoding.DecodeString(strings.Split(log.first, "\n")[2])
	require.NoError(t, err)
	_, strange, err := audit.NewLogKey(origin)
	require.NoError(t, err)
	_, witness, err := audit.NewWitnessKey("witness.example.com")
	require.NoError(t, err)
	refused := func(code string) object { return object{"verdict": reject, "code": code, "size": nil, "agent": nil} }
	entry := func(leaf string) object { return object{"kind": "entry", "entry": leaf} }
	checkpoint := func(more object) object {
		return with(object{"kind": "checkpoint", "checkpoint": log.last, "vkey": log.vkey, "origin": origin}, more)
	}
	inclusion := func(more object) object {
		return with(object{"kind": "inclusion", "leaf": std(log.leaves[1]), "proof": string(log.inclusion), "vkey": log.vkey}, more)
	}
	consistency := func(more object) object {
		return with(object{"kind": "consistency", "from": log.first, "to": log.last, "proof": hashes, "vkey": log.vkey}, more)
	}
	leafHash := audit.LeafHash(log.leaves[1])
	merkle := func(more object) object {
		return with(object{
			"kind": "merkle", "op": "inclusion", "leafHex": hex.EncodeToString(log.leaves[1]), "index": 1, "size": 2,
			"rootHex": hex.EncodeToString(root), "proofHex": []string{hex.EncodeToString(first)},
		}, more)
	}
	grown := object{ // members of the other op may stand there, and say nothing
		"op": "consistency", "size": 1, "rootHex": hex.EncodeToString(first),
		"size2": 2, "root2Hex": hex.EncodeToString(root), "proofHex": hexes,
	}
	requireAnswers(t, []answer{
		{"entry", entry(string(log.leaves[1])), object{"verdict": accept, "agent": bob.DID(), "seq": 1}},
		{"entry, altered", entry(strings.Replace(string(log.leaves[1]), ".", ".e", 1)), refused("entry")},
		{"entry, another's signature", entry(string(log.leaves[1][:len(log.leaves[1])-86]) + string(log.leaves[0][len(log.leaves[0])-86:])), refused("signature")},
		{"entry, a number", with(entry(""), object{"entry": 1}), refused("entry")},
		{"checkpoint", checkpoint(nil), object{"verdict": accept, "size": 2, "root": lines[2]}},
		{"checkpoint, the origin of its key", checkpoint(object{"origin": nil}), object{"verdict": accept, "size": 2}},
		{"checkpoint of another origin", checkpoint(object{"origin": "log.example.com/other"}), refused("checkpoint")},
		{"checkpoint by another key", checkpoint(object{"vkey": strange}), refused("checkpoint")},
		{"checkpoint, altered", checkpoint(object{"checkpoint": strings.Replace(log.last, "\n2\n", "\n3\n", 1)}), refused("checkpoint")},
		{"checkpoint, no text", checkpoint(object{"checkpoint": 7}), refused("malformed")},
		{"checkpoint, no key", checkpoint(object{"vkey": nil}), object{"verdict": failed, "code": "member"}},
		{"checkpoint, a key that is none", checkpoint(object{"vkey": "a+b"}), object{"verdict": failed, "code": "member"}},
		{"inclusion", inclusion(nil), object{"verdict": accept, "index": 1, "size": 2}},
		{"inclusion, base64url", inclusion(object{"leaf": base64.RawURLEncoding.EncodeToString(log.leaves[1])}), object{"verdict": accept}},
		{"inclusion of another leaf", inclusion(object{"leaf": std(log.leaves[0])}), refused("proof")},
		{"inclusion, no base64", inclusion(object{"leaf": "*"}), refused("malformed")},
		{"inclusion by another key", inclusion(object{"vkey": strange}), refused("checkpoint")},
		{"inclusion, no proof", inclusion(object{"proof": ""}), refused("proof")},
		{"inclusion under a policy", inclusion(object{"vkey": nil, "policy": "log " + log.vkey + "\nquorum none\n"}), object{"verdict": accept, "index": 1, "size": 2}},
		{"inclusion without a witness", inclusion(object{"vkey": nil, "policy": "log " + log.vkey + "\nwitness w " + witness + "\nquorum w\n"}), refused("witness")},
		{"inclusion under no policy", inclusion(object{"vkey": nil, "policy": "log"}), object{"verdict": failed, "code": "member"}},
		{"inclusion, a key and a policy", inclusion(object{"policy": "log " + log.vkey + "\nquorum none\n"}), object{"verdict": failed, "code": "member"}},
		{"consistency", consistency(nil), object{"verdict": accept}},
		{"consistency, hexadecimal", consistency(object{"proof": hexes}), object{"verdict": accept}},
		{"consistency, as lines", consistency(object{"proof": strings.Join(hashes, "\n") + "\n"}), object{"verdict": accept}},
		{"consistency with itself", consistency(object{"to": log.first, "proof": ""}), object{"verdict": accept}},
		{"consistency, backwards", consistency(object{"from": log.last, "to": log.first}), refused("proof")},
		{"consistency, without hashes", consistency(object{"proof": []string{}}), refused("proof")},
		{"consistency, a hash that is none", consistency(object{"proof": []string{"AA=="}}), refused("proof")},
		{"consistency, altered", consistency(object{"from": strings.Replace(log.first, "\n1\n", "\n2\n", 1)}), refused("checkpoint")},
		{"merkle inclusion", merkle(nil), object{"verdict": accept}},
		{"merkle inclusion of a hash", merkle(object{"leafHex": nil, "leafHashHex": hex.EncodeToString(leafHash[:])}), object{"verdict": accept}},
		{"merkle inclusion elsewhere", merkle(object{"index": 0}), refused("proof")},
		{"merkle index below 0", merkle(object{"index": -1}), refused("malformed")},
		{"merkle index of 2^64", merkle(object{"index": raw("18446744073709551616")}), refused("malformed")},
		{"merkle hash of 31 bytes", merkle(object{"rootHex": hex.EncodeToString(root[1:])}), refused("proof")},
		{"merkle leaf and its hash", merkle(object{"leafHashHex": hex.EncodeToString(leafHash[:])}), object{"verdict": failed, "code": "member"}},
		{"merkle, no op", merkle(object{"op": "exclusion"}), object{"verdict": failed, "code": "member"}},
		{"merkle consistency", merkle(grown), object{"verdict": accept}},
		{"merkle consistency, other root", merkle(with(grown, object{"root2Hex": hex.EncodeToString(first)})), refused("proof")},
		{"merkle consistency without size2", merkle(with(grown, object{"size2": nil})), object{"verdict": failed, "code": "member"}},
	})
}

// Every error has a code of its own, and none of two.
func TestCodes(t *testing.T) {
	seen := map[error]bool{}
	for _, s := range sentinels {
		require.False(t, seen[s.err], "%v is there twice", s.err)
		seen[s.err] = true
		require.Equal(t, s.code, codeOf(s.err), "%v is covered by another before it", s.err)
		require.NotEmpty(t, s.code)
	}
	for r := delegation.ErrChain; r <= delegation.ErrConstrained; r++ {
		require.True(t, seen[r], "rule %d", r)
	}
	require.Equal(t, "refused", codeOf(io.ErrUnexpectedEOF))
}

// FuzzLine: whatever a line is, it has one answer, one line of JSON, and nothing
// panics. The same line has the same answer again.
func FuzzLine(f *testing.F) {
	log := []string{
		`{"id":"x","kind":"authority","authority":` + wide + `}`,
		`{"id":"x","kind":"attenuation","parent":` + wide + `,"child":` + narrow + `}`,
		`{"id":"x","kind":"request","authority":` + narrow + `,"request":{"action":"db/read","resource":"urn:a/b","audience":"https://db.example.com"}}`,
		`{"id":"x","kind":"did","did":"` + alice.Method() + `"}`,
		`{"id":"x","kind":"status","format":"StatusList2021","encodedList":"H4sI","index":"7"}`,
		`{"id":"x","kind":"merkle","op":"inclusion","leafHex":"00","index":0,"size":1,"rootHex":"00","proofHex":[]}`,
		`{"id":"x","kind":"consistency","from":"","to":"","proof":"","vkey":"a+b+c"}`,
		`{"id":"x","kind":"chain","chain":[],"roots":{},"at":"2026-11-23T12:00:00Z","request":{},"audience":"https://a.example"}`,
		`{"id":"\ud800","kind":"did"}`, "{\"\\", `{"a":[[[{"b":"\\`, "",
	}
	for _, line := range log {
		f.Add([]byte(line))
	}
	chain := story(f)
	for _, more := range []object{nil, {"invocation": invoke(f, chain, readSales, delegation.Invoke{}), "audience": service, "request": asked(readSales)}} {
		f.Add([]byte(encoded(aboutChain(f, chain, with(more, object{"lists": nil})))))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		answer, err := judgeLine(line, &environment{now: atNoon}).MarshalJSON()
		require.NoError(t, err)
		require.True(t, json.Valid(answer), "%s", answer)
		require.NotContains(t, string(answer), "\n")
		var a struct{ Verdict, Code string }
		require.NoError(t, json.Unmarshal(answer, &a))
		require.Contains(t, []string{accept, reject, failed}, a.Verdict)
		require.Equal(t, a.Verdict == accept, a.Code == "")
		again, err := judgeLine(line, &environment{now: atNoon}).MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(answer), string(again))
	})
}
