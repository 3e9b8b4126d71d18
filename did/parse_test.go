package did_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

const (
	keyText  = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
	keyText2 = "z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG"
)

// foreign is a document that another library might publish.
const foreign = `{
	"@context": ["https://www.w3.org/ns/did/v1", {"ex": "https://example.com/"}, "https://w3id.org/security/multikey/v1"],
	"id": "did:example:123",
	"alsoKnownAs": ["https://example.com/", "did:example:abc"],
	"controller": ["did:example:123", "did:example:456"],
	"verificationMethod": [
		{"id": "did:example:123#a", "type": "Multikey", "controller": "did:example:123", "publicKeyMultibase": "` + keyText + `", "ex:more": [1, null]},
		{"id": "#b", "type": "JsonWebKey", "controller": "did:example:123", "publicKeyJwk":
			{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","ext":true,"key_ops":["verify"],"x5t":"x"}},
		{"id": "#c", "type": "SomethingNew", "controller": "did:example:123", "publicKeyMultibase": "!"},
		{"id": "#d", "type": "Ed25519VerificationKey2020", "controller": "did:example:123", "publicKeyMultibase": "` + keyText2 + `"},
		{"id": "#e", "type": "Multikey", "controller": "did:example:456", "publicKeyMultibase": "` + keyText + `"},
		{"id": "#f", "type": "Multikey", "controller": "did:example:123", "publicKeyMultibase": "zUC7DerdEmfZ8f4pFajXgGwJoMkV1ofMTmEG5UoNvnWiPiLuGKNeqgRpLH2TV4Xe5mJ2cXV76gRN7LFQwapF1VFu6x2yrr5ci1mXqC1WNUrnHnLgvfZfMH7h6xP6qsf9EKRQrPQ"},
		{"id": "#g", "type": "Multikey", "controller": "did:example:123", "publicKeyMultibase": "` + keyText + `", "revoked": "2020-01-01T00:00:00Z"},
		{"id": "#h", "type": "Multikey", "controller": "did:example:123", "publicKeyMultibase": "` + keyText + `", "expires": "2099-01-01T00:00:00Z"}
	],
	"authentication": ["#a", {"id": "#i", "type": "Multikey", "controller": "did:example:123", "publicKeyMultibase": "` + keyText2 + `"}],
	"assertionMethod": ["did:example:123#a", "#b", "#c", "#d", "#e", "#f", "#g", "#h", "did:example:456#x"],
	"keyAgreement": ["#a", {"id": "#j", "type": "X25519KeyAgreementKey2020", "controller": "did:example:123",
		"publicKeyMultibase": "z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW"}],
	"service": [
		{"id": "#files", "type": "Files", "serviceEndpoint": "https://example.com/files/"},
		{"id": "#many", "type": ["Files", "More"], "serviceEndpoint": ["https://a.example/x", {"uri": "https://b.example"}, "https://c.example/x#y"]},
		{"id": "https://example.com/id", "type": "Map", "serviceEndpoint": {"uri": "x"}}
	],
	"proof": {"type": "x"},
	"unknown": null
}`

func TestParseDocument(t *testing.T) {
	doc, err := did.ParseDocument([]byte(foreign))
	require.NoError(t, err)
	require.Equal(t, "did:example:123", doc.ID.String())
	require.Equal(t, []string{"https://example.com/", "did:example:abc"}, doc.AlsoKnownAs)
	require.Equal(t, "[did:example:123 did:example:456]", fmt.Sprint(doc.Controllers))
	require.Len(t, doc.Methods, 10)
	require.Equal(t, "Multikey", doc.Methods[0].Type)
	require.Equal(t, []did.Service{
		{ID: "did:example:123#files", Types: []string{"Files"}, Endpoints: []string{"https://example.com/files/"}},
		{ID: "did:example:123#many", Types: []string{"Files", "More"}, Endpoints: []string{"https://a.example/x", "https://c.example/x#y"}},
		{ID: "https://example.com/id", Types: []string{"Map"}},
	}, plain(doc.Services))
	require.Equal(t, []string{"did:example:123#a", "did:example:123#i"}, doc.Uses[did.Authentication])
	require.Empty(t, doc.Uses[did.CapabilityInvocation])

	for _, c := range []struct {
		method string
		use    did.Relationship
		found  bool
	}{
		{"a", did.AssertionMethod, true},
		{"a", did.Authentication, true},
		{"a", did.KeyAgreement, false}, // Ed25519
		{"a", did.CapabilityDelegation, false},
		{"b", did.AssertionMethod, true},
		{"c", did.AssertionMethod, false}, // not understood
		{"d", did.AssertionMethod, true},
		{"e", did.AssertionMethod, false}, // of another controller
		{"f", did.AssertionMethod, false}, // BLS12-381
		{"g", did.AssertionMethod, false}, // revoked
		{"h", did.AssertionMethod, false}, // expires
		{"i", did.Authentication, true},   // embedded
		{"i", did.AssertionMethod, false}, // for that use alone
		{"j", did.KeyAgreement, true},
		{"x", did.AssertionMethod, false},
	} {
		_, err := doc.Find("did:example:123#"+c.method, c.use)
		if c.found {
			require.NoError(t, err, c.method)
		} else {
			require.ErrorIs(t, err, did.ErrNotFound, "%s %s", c.method, c.use)
		}
	}
	_, err = doc.Find("did:example:456#x", did.AssertionMethod)
	require.ErrorIs(t, err, did.ErrNotFound)
	data, err := doc.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, foreign, string(data), "it is written as it was read")
}

// A document that was read and then changed is neither of the two.
func TestADocumentThatWasReadIsNotChanged(t *testing.T) {
	for name, change := range map[string]func(*did.Document){
		"id":          func(d *did.Document) { d.ID = personas.New("alice").DID() },
		"alsoKnownAs": func(d *did.Document) { d.AlsoKnownAs = nil },
		"controller":  func(d *did.Document) { d.Controllers = d.Controllers[:1] },
		"no method":   func(d *did.Document) { d.Methods = d.Methods[1:] },
		"method":      func(d *did.Document) { d.Methods[0].ID += "x" },
		"type":        func(d *did.Document) { d.Methods[0].Type = "JsonWebKey" },
		"owner":       func(d *did.Document) { d.Methods[0].Controller = did.DID{} },
		"key":         func(d *did.Document) { d.Methods[0].Key = personas.New("mallory").Key() },
		"use":         func(d *did.Document) { d.Uses[did.KeyAgreement] = nil },
		"one use":     func(d *did.Document) { d.Uses[did.Authentication] = d.Uses[did.Authentication][:1] },
		"service":     func(d *did.Document) { d.Services[0].ID = "urn:a:b" },
		"kind":        func(d *did.Document) { d.Services[0].Types = []string{"Other"} },
		"endpoint":    func(d *did.Document) { d.Services[0].Endpoints[0] = "https://evil.example/" },
		"services":    func(d *did.Document) { d.Services = append(d.Services, did.Service{ID: "urn:a:b"}) },
	} {
		doc, err := did.ParseDocument([]byte(foreign))
		require.NoError(t, err)
		change(doc.Clone())
		_, err = doc.MarshalJSON()
		require.NoError(t, err, "a clone shares nothing")
		change(doc)
		_, err = doc.MarshalJSON()
		require.ErrorIs(t, err, did.ErrDocument, name)
	}
}

// plain returns services without what is not exported.
func plain(services []did.Service) (out []did.Service) {
	for _, s := range services {
		out = append(out, did.Service{ID: s.ID, Types: s.Types, Endpoints: s.Endpoints})
	}
	return out
}

// A method with the DID URL of another in the document of its own controller.
func TestAMethodOfAnotherDIDIsNotFound(t *testing.T) {
	doc, err := did.ParseDocument([]byte(`{"id":"did:example:mallory",
		"assertionMethod":[{"id":"did:example:victim#k","type":"Multikey","controller":"did:example:mallory","publicKeyMultibase":"` + keyText + `"}]}`))
	require.NoError(t, err)
	_, err = doc.Find("did:example:victim#k", did.AssertionMethod)
	require.ErrorIs(t, err, did.ErrNotFound)
}

func TestParseDocumentTakesTheLeastThereIs(t *testing.T) {
	for _, text := range []string{
		`{"id":"did:example:123"}`,
		`{"@context":"https://www.w3.org/ns/did/v1","id":"did:example:123"}`,
		`{"id":"did:example:123","@context":["https://www.w3.org/ns/did/v1.1"]}`,
		`{"id":"did:example:123","controller":"did:example:456","verificationMethod":[],"service":[],"alsoKnownAs":[]}`,
		`{"id":"did:web:example.com","authentication":["did:web:example.com#k"]}`,
		`{"id":"did:example:123","service":[{"id":"#a","type":"T","serviceEndpoint":"urn:a:b"}]}`,
	} {
		_, err := did.ParseDocument([]byte(text))
		require.NoError(t, err, text)
	}
}

func TestParseDocumentRefusals(t *testing.T) {
	method := func(members string) string {
		return `{"id":"did:example:123","verificationMethod":[{` + members + `}]}`
	}
	with := func(members string) string { return `{"id":"did:example:123",` + members + `}` }
	const good = `"id":"#k","type":"Multikey","controller":"did:example:123"`
	const okp = `"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	many := func(n int, f func(i int) string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = f(i)
		}
		return strings.Join(all, ",")
	}
	for name, text := range map[string]string{
		"nothing":                       ``,
		"an array":                      `[]`,
		"a string":                      `"did:example:123"`,
		"two values":                    `{"id":"did:example:123"}{}`,
		"duplicate member":              `{"id":"did:example:123","id":"did:example:123"}`,
		"invalid UTF-8":                 with("\"x\":\"\xff\""),
		"too deep":                      with(`"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32)),
		"too long":                      with(`"x":"` + strings.Repeat("x", did.MaxDocument) + `"`),
		"no id":                         `{"@context":"https://www.w3.org/ns/did/v1"}`,
		"id in another case":            `{"ID":"did:example:123"}`,
		"id null":                       `{"id":null}`,
		"id a number":                   `{"id":1}`,
		"id empty":                      `{"id":""}`,
		"id a DID URL":                  `{"id":"did:example:123#k"}`,
		"id a URL":                      `{"id":"https://example.com"}`,
		"id a broken did:key":           `{"id":"did:key:z6Mk"}`,
		"context null":                  with(`"@context":null`),
		"context empty":                 with(`"@context":[]`),
		"context of another":            with(`"@context":"https://www.w3.org/2018/credentials/v1"`),
		"context of old":                with(`"@context":"https://w3id.org/did/v1"`),
		"context second":                with(`"@context":["https://w3id.org/security/multikey/v1","https://www.w3.org/ns/did/v1"]`),
		"context an object first":       with(`"@context":[{"a":"b"}]`),
		"context of a number":           with(`"@context":["https://www.w3.org/ns/did/v1",1]`),
		"alsoKnownAs a string":          with(`"alsoKnownAs":"https://example.com"`),
		"alsoKnownAs null":              with(`"alsoKnownAs":null`),
		"alsoKnownAs relative":          with(`"alsoKnownAs":["/a"]`),
		"alsoKnownAs with a space":      with(`"alsoKnownAs":["https://a b"]`),
		"alsoKnownAs twice":             with(`"alsoKnownAs":["urn:a","urn:a"]`),
		"alsoKnownAs of a number":       with(`"alsoKnownAs":[1]`),
		"alsoKnownAs, too many":         with(`"alsoKnownAs":[` + many(65, func(i int) string { return fmt.Sprintf(`"urn:a:%d"`, i) }) + `]`),
		"controller empty":              with(`"controller":[]`),
		"controller no DID":             with(`"controller":"https://example.com"`),
		"controller a DID URL":          with(`"controller":"did:example:1#k"`),
		"controller twice":              with(`"controller":["did:example:1","did:example:1"]`),
		"controller null":               with(`"controller":null`),
		"methods an object":             with(`"verificationMethod":{` + good + `}`),
		"methods null":                  with(`"verificationMethod":null`),
		"a method as a string":          with(`"verificationMethod":["#k"]`),
		"a method without id":           method(`"type":"Multikey","controller":"did:example:123"`),
		"a method with an empty id":     method(`"id":"","type":"Multikey","controller":"did:example:123"`),
		"a method with a URL as id":     method(`"id":"https://example.com#k","type":"Multikey","controller":"did:example:123"`),
		"a method with a bad fragment":  method(`"id":"#k k","type":"Multikey","controller":"did:example:123"`),
		"a method without type":         method(`"id":"#k","controller":"did:example:123"`),
		"a method with two types":       method(`"id":"#k","type":["Multikey","JsonWebKey"],"controller":"did:example:123"`),
		"a method without controller":   method(`"id":"#k","type":"Multikey"`),
		"a method with two controllers": method(`"id":"#k","type":"Multikey","controller":["did:example:123"]`),
		"a controller that is no DID":   method(`"id":"#k","type":"Multikey","controller":"#k"`),
		"two methods of one id":         with(`"verificationMethod":[{` + good + `},{` + good + `}]`),
		"one id, once relative":         with(`"verificationMethod":[{` + good + `},{` + strings.Replace(good, "#k", "did:example:123#k", 1) + `}]`),
		"one id, once embedded":         with(`"verificationMethod":[{` + good + `}],"authentication":[{` + good + `}]`),
		"too many methods":              with(`"verificationMethod":[` + many(65, func(i int) string { return `{` + strings.Replace(good, "#k", fmt.Sprintf("#%d", i), 1) + `}` }) + `]`),
		"too many methods, embedded": with(`"verificationMethod":[` + many(64, func(i int) string { return `{` + strings.Replace(good, "#k", fmt.Sprintf("#%d", i), 1) + `}` }) +
			`],"authentication":[{` + good + `}]`),
		"two keys":                       method(good + `,"publicKeyMultibase":"` + keyText + `","publicKeyJwk":{` + okp + `}`),
		"two keys, one of old":           method(good + `,"publicKeyMultibase":"` + keyText + `","publicKeyBase58":"x"`),
		"a private key":                  method(good + `,"privateKeyMultibase":"x"`),
		"a secret key":                   method(good + `,"secretKeyJwk":{}`),
		"a private JWK":                  method(`"id":"#k","type":"JsonWebKey","controller":"did:example:123","publicKeyJwk":{` + okp + `,"d":"AA"}`),
		"a private JWK, unknown type":    method(`"id":"#k","type":"New","controller":"did:example:123","publicKeyJwk":{` + okp + `,"d":"AA"}`),
		"a private JWK, wrong type":      method(`"id":"#k","type":"Multikey","controller":"did:example:123","publicKeyJwk":{` + okp + `,"d":"AA"}`),
		"a private RSA JWK":              method(`"id":"#k","type":"JsonWebKey","controller":"did:example:123","publicKeyJwk":{"kty":"RSA","n":"AA","e":"AQAB","p":"AA"}`),
		"a broken Multikey":              method(good + `,"publicKeyMultibase":"zTjsVPtY"`),
		"a Multikey of small order":      method(good + `,"publicKeyMultibase":"z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP"`),
		"a Multikey as a number":         method(good + `,"publicKeyMultibase":1`),
		"a Multikey in hex":              method(good + `,"publicKeyMultibase":"f01"`),
		"a JWK as a string":              method(`"id":"#k","type":"JsonWebKey","controller":"did:example:123","publicKeyJwk":"x"`),
		"a JWK that contradicts itself":  method(`"id":"#k","type":"JsonWebKey","controller":"did:example:123","publicKeyJwk":{` + okp + `,"use":"enc"}`),
		"a JWK with operations alone":    method(`"id":"#k","type":"JsonWebKey","controller":"did:example:123","publicKeyJwk":{` + okp + `,"key_ops":["sign"]}`),
		"a JWK with wrong operations":    method(`"id":"#k","type":"JsonWebKey","controller":"did:example:123","publicKeyJwk":{` + okp + `,"key_ops":"verify"}`),
		"a JWK of old with a bad curve":  method(`"id":"#k","type":"EcdsaSecp256k1VerificationKey2019","controller":"did:example:123","publicKeyJwk":{` + okp + `}`),
		"a key of another type":          method(`"id":"#k","type":"X25519KeyAgreementKey2020","controller":"did:example:123","publicKeyMultibase":"` + keyText + `"`),
		"a relationship as a string":     with(`"authentication":"#k"`),
		"a relationship null":            with(`"authentication":null`),
		"a reference twice":              with(`"authentication":["#k","did:example:123#k"]`),
		"a reference to a URL":           with(`"authentication":["https://example.com#k"]`),
		"a reference as a number":        with(`"authentication":[1]`),
		"a broken embedded method":       with(`"keyAgreement":[{"id":"#k"}]`),
		"too many references":            with(`"authentication":[` + many(65, func(i int) string { return fmt.Sprintf(`"#%d"`, i) }) + `]`),
		"services an object":             with(`"service":{}`),
		"a service as a string":          with(`"service":["#a"]`),
		"a service without id":           with(`"service":[{"type":"T","serviceEndpoint":"urn:a:b"}]`),
		"a service with a bad id":        with(`"service":[{"id":"a","type":"T","serviceEndpoint":"urn:a:b"}]`),
		"a service without type":         with(`"service":[{"id":"#a","serviceEndpoint":"urn:a:b"}]`),
		"a service with no type":         with(`"service":[{"id":"#a","type":[],"serviceEndpoint":"urn:a:b"}]`),
		"a service, type empty":          with(`"service":[{"id":"#a","type":"","serviceEndpoint":"urn:a:b"}]`),
		"a service, type twice":          with(`"service":[{"id":"#a","type":["T","T"],"serviceEndpoint":"urn:a:b"}]`),
		"a service without endpoint":     with(`"service":[{"id":"#a","type":"T"}]`),
		"a service, endpoint null":       with(`"service":[{"id":"#a","type":"T","serviceEndpoint":null}]`),
		"a service, no endpoints":        with(`"service":[{"id":"#a","type":"T","serviceEndpoint":[]}]`),
		"a service, relative endpoint":   with(`"service":[{"id":"#a","type":"T","serviceEndpoint":"/a"}]`),
		"a service, a broken endpoint":   with(`"service":[{"id":"#a","type":"T","serviceEndpoint":"https://a<b"}]`),
		"a service, nested endpoints":    with(`"service":[{"id":"#a","type":"T","serviceEndpoint":[["urn:a:b"]]}]`),
		"two services of one id":         with(`"service":[{"id":"#a","type":"T","serviceEndpoint":"urn:a:b"},{"id":"did:example:123#a","type":"T","serviceEndpoint":"urn:a:b"}]`),
		"relative in a did:web":          `{"id":"did:web:example.com","authentication":["#k"]}`,
		"relative in a did:web, method":  `{"id":"did:web:example.com","verificationMethod":[{"id":"#k","type":"Multikey","controller":"did:web:example.com"}]}`,
		"relative in a did:web, service": `{"id":"did:web:example.com","service":[{"id":"#a","type":"T","serviceEndpoint":"urn:a:b"}]}`,
	} {
		doc, err := did.ParseDocument([]byte(text))
		require.ErrorIs(t, err, did.ErrDocument, name)
		require.Equal(t, "invalidDidDocument", did.ErrorName(err))
		require.Nil(t, doc)
		require.Less(t, len(err.Error()), 700, name)
	}
}

func TestKeysOfADocumentThatAreNotUnderstood(t *testing.T) {
	for name, c := range map[string]struct {
		members string
		zero    bool
	}{
		"Multikey without one":       {`"type":"Multikey"`, true},
		"Multikey with a JWK":        {`"type":"Multikey","publicKeyJwk":` + jwkP256, true},
		"JsonWebKey with a Multikey": {`"type":"JsonWebKey","publicKeyMultibase":"` + keyText + `"`, true},
		"long and unknown":           {`"type":"Multikey","publicKeyMultibase":"z` + strings.Repeat("q", 2000) + `"`, true},
		"in base64url":               {`"type":"Multikey","publicKeyMultibase":"u7QEA"`, true},
		"RSA":                        {`"type":"JsonWebKey2020","publicKeyJwk":{"kty":"RSA","n":"AA","e":"AQAB"}`, true},
		"deprecated":                 {`"type":"Ed25519VerificationKey2018","publicKeyBase58":"x"`, true},
		"unknown with a broken JWK":  {`"type":"New","publicKeyJwk":{"kty":"OKP"}`, true},
		"P-256 JWK":                  {`"type":"JsonWebKey2020","publicKeyJwk":` + jwkP256, false},
		"with certificates":          {`"type":"JsonWebKey2020","publicKeyJwk":` + strings.Replace(jwkP256, "{", `{"x5c":["`+strings.Repeat("A", 8000)+`"],`, 1), false},
		"with operations":            {`"type":"JsonWebKey2020","publicKeyJwk":` + strings.Replace(jwkP256, "{", `{"key_ops":["verify","deriveKey"],`, 1), false},
	} {
		doc, err := did.ParseDocument([]byte(`{"id":"did:example:123","verificationMethod":[{"id":"#k","controller":"did:example:123",` + c.members + `}]}`))
		require.NoError(t, err, name)
		require.Equal(t, c.zero, doc.Methods[0].Key.Type() == "", name)
	}
}

// A document that states what its key is for twice, in its relationships and in the
// key itself, means both.
func TestOperationsOfAKeyLimitItsUse(t *testing.T) {
	for ops, want := range map[string][2]bool{
		`["verify"]`: {true, false}, `["deriveBits"]`: {false, true}, `["verify","deriveKey"]`: {true, true}, `[]`: {true, true},
	} {
		doc, err := did.ParseDocument([]byte(`{"id":"did:example:123","verificationMethod":[{"id":"#k","controller":"did:example:123",
			"type":"JsonWebKey","publicKeyJwk":` + strings.Replace(jwkP256, "{", `{"key_ops":`+ops+`,`, 1) + `}],
			"assertionMethod":["#k"],"keyAgreement":["#k"]}`))
		require.NoError(t, err)
		_, err = doc.Find("did:example:123#k", did.AssertionMethod)
		require.Equal(t, want[0], err == nil, ops)
		_, err = doc.Find("did:example:123#k", did.KeyAgreement)
		require.Equal(t, want[1], err == nil, ops)
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(foreign))
	f.Add([]byte(`{"id":"did:web:example.com","authentication":["did:web:example.com#k"]}`))
	f.Add([]byte(`{"id":"did:example:123","verificationMethod":[{"id":"#k","controller":"did:example:123","type":"JsonWebKey","publicKeyJwk":` + jwkP256 + `}]}`))
	doc, err := did.Resolve(personas.New("alice").DID())
	require.NoError(f, err)
	data, err := json.Marshal(doc)
	require.NoError(f, err)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := did.ParseDocument(data)
		if err != nil {
			require.ErrorIs(t, err, did.ErrDocument)
			require.Nil(t, doc)
			return
		}
		again, err := doc.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(data), string(again))
		require.False(t, doc.ID.IsZero())
		for use, ids := range doc.Uses {
			for _, id := range ids {
				if key, err := doc.Find(id, use); err == nil {
					require.True(t, strings.HasPrefix(id, doc.ID.String()+"#"))
					require.Equal(t, use == did.KeyAgreement && key.Algorithm() == "", key.Algorithm() == "")
				}
			}
		}
	})
}
