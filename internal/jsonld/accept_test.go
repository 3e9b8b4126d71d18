package jsonld_test

import (
	"crypto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jsonld"
)

// statements returns what a document says, a statement a line, without the IRIs
// and the white space that all of them share.
func statements(t *testing.T, c *jsonld.Contexts, doc string) []string {
	t.Helper()
	out, err := c.Canonicalize([]byte(doc), crypto.SHA256)
	require.NoError(t, err, doc)
	text := strings.NewReplacer(
		"http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf:", "http://www.w3.org/2001/XMLSchema#", "xsd:",
		"https://www.w3.org/ns/i18n#", "i18n:", "<", "", ">", "", " .\n", "\n",
	).Replace(string(out))
	return strings.Split(strings.TrimSpace(text), "\n")
}

func TestWhatADocumentSays(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		want      []string
	}{
		{"text", doc(`"a":"b"`), []string{`urn:x x:a "b"`}},
		{"texts are a set", doc(`"a":["c","b","c"]`), []string{`urn:x x:a "b"`, `urn:x x:a "c"`}},
		{"escapes", doc(`"a":"\"\\\n\u0000\u007f"`), []string{`urn:x x:a "\"\\\n\u0000\u007F"`}},
		{"true", doc(`"a":true`), []string{`urn:x x:a "true"^^xsd:boolean`}},
		{"false of a type", doc(`"a":{"@value":false,"@type":"x:t"}`), []string{`urn:x x:a "false"^^x:t`}},
		{"integer", doc(`"a":-9007199254740991`), []string{`urn:x x:a "-9007199254740991"^^xsd:integer`}},
		{"minus zero", doc(`"a":-0`), []string{`urn:x x:a "0"^^xsd:integer`}},
		{"integer with a point", doc(`"a":5.0`), []string{`urn:x x:a "5"^^xsd:integer`}},
		{"large integer", doc(`"a":1e20`), []string{`urn:x x:a "100000000000000000000"^^xsd:integer`}},
		{"larger", doc(`"a":1e21`), []string{`urn:x x:a "1.0E21"^^xsd:double`}},
		{"double", doc(`"a":-5.3e-9`), []string{`urn:x x:a "-5.3E-9"^^xsd:double`}},
		{"least double", doc(`"a":5e-324`), []string{`urn:x x:a "4.940656458412465E-324"^^xsd:double`}},
		{"double by its type", doc(`"a":{"@value":10,"@type":"http://www.w3.org/2001/XMLSchema#double"}`), []string{`urn:x x:a "1.0E1"^^xsd:double`}},
		{"zero double", doc(`"a":{"@value":-0,"@type":"http://www.w3.org/2001/XMLSchema#double"}`), []string{`urn:x x:a "0.0E0"^^xsd:double`}},
		{"number as string", doc(`"a":{"@value":10,"@type":"http://www.w3.org/2001/XMLSchema#string"}`), []string{`urn:x x:a "10"`}},
		{"text of type string", doc(`"a":{"@value":"b","@type":"http://www.w3.org/2001/XMLSchema#string"}`), []string{`urn:x x:a "b"`}},
		{"text of a type", doc(`"a":{"@value":"b","@type":"T"}`), []string{`urn:x x:a "b"^^x:T`}},
		{"language", doc(`"a":{"@value":"b","@language":"DE-at"}`), []string{`urn:x x:a "b"@de-at`}},
		{"direction", doc(`"a":{"@value":"b","@direction":"rtl"}`), []string{`urn:x x:a "b"^^i18n:_rtl`}},
		{"language and direction", doc(`"a":{"@value":"b","@language":"DE","@direction":"ltr"}`), []string{`urn:x x:a "b"^^i18n:de_ltr`}},
		{"default language", with(`{"@language":"de","a":"x:a","b":{"@id":"x:b","@language":null},"c":{"@id":"x:c","@language":"fr"}}`, `"a":"1","b":"1","c":["1",2]`), []string{
			`urn:x x:a "1"@de`, `urn:x x:b "1"`, `urn:x x:c "1"@fr`, `urn:x x:c "2"^^xsd:integer`,
		}},
		{"default language taken back", with(`[{"@language":"de"},{"@language":null}]`, `"x:a":"1"`), []string{`urn:x x:a "1"`}},
		{"default direction", with(`{"@direction":"rtl","@language":"ar","b":{"@id":"x:b","@direction":null},"c":{"@id":"x:c","@direction":"ltr"}}`, `"x:a":"1","b":"1","c":"1"`), []string{
			`urn:x x:a "1"^^i18n:ar_rtl`, `urn:x x:b "1"@ar`, `urn:x x:c "1"^^i18n:ar_ltr`,
		}},
		{"defaults stay", with(`[{"@language":"de"},{"@direction":"ltr"},{"a":"x:a"}]`, `"a":"1"`), []string{`urn:x x:a "1"^^i18n:de_ltr`}},
		{"default direction taken back", with(`[{"@direction":"rtl"},{"@direction":null}]`, `"x:a":"1"`), []string{`urn:x x:a "1"`}},
		{"language map", doc(`"lang":{"en":"1","DE":["1","2"],"@none":"3"}`), []string{
			`urn:x x:lang "1"@de`, `urn:x x:lang "1"@en`, `urn:x x:lang "2"@de`, `urn:x x:lang "3"`,
		}},
		{"language map with directions", with(`{"@direction":"rtl","a":{"@id":"x:a","@container":"@language"},"b":{"@id":"x:b","@container":["@language","@set"],"@direction":"ltr"},"keine":"@none"}`, `"a":{"ar":"1","keine":"2"},"b":{"en":"3"}`), []string{
			`urn:x x:a "1"^^i18n:ar_rtl`, `urn:x x:a "2"^^i18n:_rtl`, `urn:x x:b "3"^^i18n:en_ltr`,
		}},
		{"text of a language map", doc(`"lang":"1"`), []string{`urn:x x:lang "1"`}},
		{"reference", doc(`"ref":["did:a:b","_:c"]`), []string{`urn:x x:ref _:c14n0`, `urn:x x:ref did:a:b`}},
		{"number at a reference", doc(`"ref":5`), []string{`urn:x x:ref "5"^^xsd:integer`}},
		{"IRI of all characters", doc(`"ref":"a+b-c.1://[::1]:2/é%C3%A9;=*'()!$&,@?/?#/?"`), []string{`urn:x x:ref a+b-c.1://[::1]:2/é%C3%A9;=*'()!$&,@?/?#/?`}},
		{"scheme that is a prefix too", with(`{"urn":{"@id":"x:urn","@prefix":false}}`, `"x:a":{"@id":"urn:y","x:b":1}`), []string{`urn:x x:a urn:y`, `urn:y x:b "1"^^xsd:integer`}},
		{"term as value", doc(`"voc":["T","x:U","https://e/"]`), []string{`urn:x x:voc https://e/`, `urn:x x:voc x:T`, `urn:x x:voc x:U`}},
		{"blank node as value", doc(`"voc":"_:v"`), []string{`urn:x x:voc _:c14n0`}},
		{"number at a term", doc(`"voc":5`), []string{`urn:x x:voc "5"^^xsd:integer`}},
		{"no coercion", with(`{"@language":"de","a":{"@id":"x:a","@type":"@none"}}`, `"a":["b",1]`), []string{`urn:x x:a "1"^^xsd:integer`, `urn:x x:a "b"@de`}},
		{"types", doc(`"type":["T","x:U"]`), []string{`urn:x rdf:type x:T`, `urn:x rdf:type x:U`}},
		{"blank node as type", doc(`"type":"_:t"`), []string{`urn:x rdf:type _:c14n0`}},
		{"empty object", doc(`"a":{}`), []string{`urn:x x:a _:c14n0`}},
		{"node", doc(`"a":{"b":{"id":"x:y","a":1}}`), []string{`_:c14n0 x:b x:y`, `urn:x x:a _:c14n0`, `x:y x:a "1"^^xsd:integer`}},
		{"reference to the whole", doc(`"a":{"ref":"urn:x","b":{"id":"urn:x"}}`), []string{`_:c14n0 x:b urn:x`, `_:c14n0 x:ref urn:x`, `urn:x x:a _:c14n0`}},
		{"list", doc(`"list":["1",{"b":2}]`), []string{
			`urn:x x:list _:c14n0`, `_:c14n0 rdf:first "1"`, `_:c14n0 rdf:rest _:c14n1`,
			`_:c14n1 rdf:first _:c14n2`, `_:c14n1 rdf:rest rdf:nil`, `_:c14n2 x:b "2"^^xsd:integer`,
		}},
		{"empty list", doc(`"list":[]`), []string{`urn:x x:list rdf:nil`}},
		{"list of one", doc(`"list":"1"`), []string{`_:c14n0 rdf:first "1"`, `_:c14n0 rdf:rest rdf:nil`, `urn:x x:list _:c14n0`}},
		{"list of one node", doc(`"list":{"id":"x:y"}`), []string{`_:c14n0 rdf:first x:y`, `_:c14n0 rdf:rest rdf:nil`, `urn:x x:list _:c14n0`}},
		{"list of a list", doc(`"list":[[]]`), []string{`_:c14n0 rdf:first rdf:nil`, `_:c14n0 rdf:rest rdf:nil`, `urn:x x:list _:c14n0`}},
		{"list object", doc(`"a":{"@list":["1"]}`), []string{`_:c14n0 rdf:first "1"`, `_:c14n0 rdf:rest rdf:nil`, `urn:x x:a _:c14n0`}},
		{"list object of one", doc(`"list":{"@list":"1"}`), []string{`_:c14n0 rdf:first "1"`, `_:c14n0 rdf:rest rdf:nil`, `urn:x x:list _:c14n0`}},
		{"graphs", doc(`"g":[{"id":"x:y","a":1},{"a":2}]`), []string{
			`urn:x x:g _:c14n0`, `urn:x x:g _:c14n2`, `x:y x:a "1"^^xsd:integer _:c14n2`, `_:c14n1 x:a "2"^^xsd:integer _:c14n0`,
		}},
		{"graph about the same", doc(`"g":{"id":"urn:x","a":1}`), []string{`urn:x x:a "1"^^xsd:integer _:c14n0`, `urn:x x:g _:c14n0`}},
		{"JSON", doc(`"json":{"b":[1e0,null,{"@context":{"x":"é"}}],"a":"\u000a"}`), []string{
			`urn:x x:json "{\"a\":\"\\n\",\"b\":[1,null,{\"@context\":{\"x\":\"é\"}}]}"^^rdf:JSON`,
		}},
		{"JSON by hand", doc(`"a":{"@type":"@json","@value":{"@id":1}}`), []string{`urn:x x:a "{\"@id\":1}"^^rdf:JSON`}},
		{"one blank node in two places", doc(`"a":[{"ref":"_:n"},{"id":"_:n","b":1}]`), []string{
			`_:c14n1 x:b "1"^^xsd:integer`, `_:c14n0 x:ref _:c14n1`, `urn:x x:a _:c14n0`, `urn:x x:a _:c14n1`,
		}},

		// Contexts.
		{"no context", `{"@id":"urn:x","x:a":"1","@type":"x:T"}`, []string{`urn:x rdf:type x:T`, `urn:x x:a "1"`}},
		{"prefixes", with(`{"p":"x:y#","q":{"@id":"x:z","@prefix":true},"p:r":{"@type":"@id"}}`, `"p:a":"1","q:b":"2","p:r":"u:v"`), []string{
			`urn:x x:y#a "1"`, `urn:x x:y#r u:v`, `urn:x x:zb "2"`,
		}},
		{"no prefix", with(`{"p":"x:y","q":{"@id":"x:z#"}}`, `"p:a":"1","q:b":"2"`), []string{`urn:x p:a "1"`, `urn:x q:b "2"`}},
		{"not expanded", with(`{"https":"x:y#"}`, `"https://a":"1"`), []string{`urn:x https://a "1"`}},
		{"term like a scheme", with(`{"https":"https://e/"}`, `"https://a":"1"`), []string{`urn:x https://a "1"`}},
		{"vocabulary", with(`{"@vocab":"x:v#","b":{"@type":"@id"}}`, `"a":"1","b":"u:v","@type":"T"`), []string{`urn:x rdf:type x:v#T`, `urn:x x:v#a "1"`, `urn:x x:v#b u:v`}},
		{"vocabulary taken back", with(`[{"@vocab":"x:v#","b":{}},{"@vocab":null}]`, `"b":"1"`), []string{`urn:x x:v#b "1"`}},
		{"term for its own IRI", with(`{"x:a":{"@id":"x:a","@type":"@id"}}`, `"x:a":"u:v"`), []string{`urn:x x:a u:v`}},
		{"term by another term", with(`{"a":"b","b":"c:d","c":"x:"}`, `"a":"1"`), []string{`urn:x x:d "1"`}},
		{"type by a term", with(`{"a":{"@id":"x:a","@type":"t"},"t":"x:t"}`, `"a":"1"`), []string{`urn:x x:a "1"^^x:t`}},
		{"two names in one context are its author's choice", with(`{"a":"x:a","b":"x:a"}`, `"a":"1","b":"2"`), []string{`urn:x x:a "1"`, `urn:x x:a "2"`}},
		{"of a known vocabulary, unnameable", with(`"https://www.w3.org/ns/credentials/examples/v2"`, `"https://www.w3.org/ns/credentials/examples#a:b":"1"`), []string{`urn:x https://www.w3.org/ns/credentials/examples#a:b "1"`}},
		{"beside a known vocabulary", with(`["https://www.w3.org/ns/credentials/examples/v2",{"@vocab":"https://www.w3.org/ns/credentials/examples#","a":"x:a"}]`, `"a":"1","b":"2"`), []string{`urn:x https://www.w3.org/ns/credentials/examples#b "2"`, `urn:x x:a "1"`}},
		{"null before all", `{"@context":[null,"https://w3id.org/security/jwk/v1"],"id":"urn:x","x:a":"1"}`, []string{`urn:x x:a "1"`}},
		{"redefined", with(`[{"a":"x:a"},{"a":"x:b"}]`, `"a":"1"`), []string{`urn:x x:b "1"`}},
		{"cleared", with(`[{"@vocab":"x:","@language":"de"},null,{"a":"x:a"}]`, `"a":"1"`), []string{`urn:x x:a "1"`}},
		{"protected twice", with(`[{"@protected":true,"a":"x:a"},{"a":"x:a"}]`, `"a":"1"`), []string{`urn:x x:a "1"`}},
		{"left unprotected", with(`[{"@protected":true,"a":{"@id":"x:a","@protected":false}},{"a":"x:b"}]`, `"a":"1"`), []string{`urn:x x:b "1"`}},
		{"protected types", with(`{"@version":1.1,"@type":{"@container":"@set","@protected":true}}`, `"@type":"x:T"`), []string{`urn:x rdf:type x:T`}},
		{"context inside", doc(`"a":{"@context":{"a":"x:c"},"a":"1"},"b":"2"`), []string{`_:c14n0 x:c "1"`, `urn:x x:a _:c14n0`, `urn:x x:b "2"`}},
		{"context in a value object", doc(`"a":{"@context":{"v":"@value"},"v":"1"}`), []string{`urn:x x:a "1"`}},
		{"context in a list object", doc(`"a":{"@context":{"a":{"@id":"x:a","@type":"@id"}},"@list":["u:v"]}`), []string{`_:c14n0 rdf:first u:v`, `_:c14n0 rdf:rest rdf:nil`, `urn:x x:a _:c14n0`}},
		{"scoped by a property", with(`{"p":{"@id":"x:p","@context":{"a":"x:a","q":"x:q"}},"q":"x:r"}`, `"p":{"a":{"a":"1"}},"q":"2"`), []string{
			`urn:x x:p _:c14n0`, `urn:x x:r "2"`, `_:c14n0 x:a _:c14n1`, `_:c14n1 x:a "1"`,
		}},
		{"scoped by a property, in a value", with(`{"p":{"@id":"x:p","@type":"@vocab","@context":{"a":"x:a"}}}`, `"p":"a"`), []string{`urn:x x:p x:a`}},
		{"scoped by a property to nothing", with(`{"p":{"@id":"x:p","@type":"@id","@context":null}}`, `"p":["u:v",{"@id":"u:v"}]`), []string{`urn:x x:p "u:v"`, `urn:x x:p u:v`}},
		{"scoped by a property, not further", with(`{"p":{"@id":"x:p","@context":{"@propagate":false,"a":"x:a"}},"b":"x:b","a":"x:c"}`, `"p":{"a":"1","b":{"a":"2"}}`), []string{
			`urn:x x:p _:c14n0`, `_:c14n0 x:a "1"`, `_:c14n0 x:b _:c14n1`, `_:c14n1 x:c "2"`,
		}},
		{"protected, and scoped by a property", with(`{"@protected":true,"a":"x:a","p":{"@id":"x:p","@context":{"a":"x:b"}}}`, `"p":{"a":"1"}`), []string{`_:c14n0 x:b "1"`, `urn:x x:p _:c14n0`}},
		{"scoped by a type, not further", with(`{"T":{"@id":"x:T","@context":{"a":"x:a","r":{"@id":"x:r","@type":"@id"}}},"a":"x:b","b":"x:c"}`, `"@type":"T","a":"1","b":{"a":"2"},"r":"u:v"`), []string{
			`_:c14n0 x:b "2"`, `urn:x rdf:type x:T`, `urn:x x:a "1"`, `urn:x x:c _:c14n0`, `urn:x x:r u:v`,
		}},
		{"scoped by a type, into references and values", `{"@context":{"T":{"@id":"x:T","@context":{"i":"@id","v":"@value","a":"x:a"}}},"i":"urn:x","@type":"T","a":[{"i":"u:v"},{"v":"1"}]}`, []string{
			`urn:x rdf:type x:T`, `urn:x x:a "1"`, `urn:x x:a u:v`,
		}},
		{"scoped by a type, further", with(`{"T":{"@id":"x:T","@context":{"@propagate":true,"a":"x:a"}},"b":"x:c"}`, `"@type":"T","b":{"a":"2"}`), []string{
			`_:c14n0 x:a "2"`, `urn:x rdf:type x:T`, `urn:x x:c _:c14n0`,
		}},
		{"scoped by types alone", with(`{"T":{"@id":"x:T","@context":{"a":"x:b"}},"a":"x:a"}`, `"a":"T"`), []string{`urn:x x:a "T"`}},
		{"scoped by two types, in their order", with(`{"T":{"@id":"x:T","@context":{"a":"x:a"}},"S":{"@id":"x:S","@context":{"a":"x:b"}}}`, `"@type":["T","S"],"a":"1"`), []string{
			`urn:x rdf:type x:S`, `urn:x rdf:type x:T`, `urn:x x:a "1"`,
		}},
		{"scoped by a type to nothing", with(`{"T":{"@id":"x:T","@context":null},"a":"x:a"}`, `"@type":"T","x:c":{"a":"1"}`), []string{
			`_:c14n0 x:a "1"`, `urn:x rdf:type x:T`, `urn:x x:c _:c14n0`,
		}},
		{"object with a context", with(`[{"@context":{"a":"x:a"}}]`, `"a":"1"`), []string{`urn:x x:a "1"`}},
		{"terms of no use here do not harm", with(`{"r":{"@reverse":"x:r"},"n":{"@id":"x:n","@nest":"@nest"},"i":{"@id":"x:i","@container":"@index","@index":"x:k"},"m":{"@id":"x:m","@container":["@graph","@id","@set"]}}`, `"x:a":"1"`), []string{`urn:x x:a "1"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.ElementsMatch(t, c.want, statements(t, contexts(t), c.doc))
		})
	}
}

// A link says all of its members. So no member is lost if the RDF suites sign a
// credential that has these terms.
func TestALinkLosesNoMember(t *testing.T) {
	got := strings.Join(statements(t, contexts(t), link), "\n")
	for _, want := range []string{
		`urn:link:1 rdf:type https://www.w3.org/2018/credentials#VerifiableCredential`,
		`urn:link:1 rdf:type https://w3id.org/taper#AgentTaskCredential`,
		`urn:link:1 https://www.w3.org/2018/credentials#issuer did:key:zIssuer`,
		`urn:link:1 https://www.w3.org/2018/credentials#validFrom "2026-11-23T07:00:00Z"^^xsd:dateTime`,
		`urn:link:1 https://www.w3.org/2018/credentials#validUntil "2026-11-23T07:30:00Z"^^xsd:dateTime`,
		`urn:link:1 https://www.w3.org/2018/credentials#credentialSubject did:key:zSubject`,
		`did:key:zSubject rdf:type https://w3id.org/taper#Agent`,
		`https://w3id.org/taper#kind "worker"`,
		`https://w3id.org/taper#instance "pod 7"`,
		`https://w3id.org/taper#manifest "uEiManifest"^^https://w3id.org/security#multibase`,
		`did:key:zSubject https://w3id.org/taper#task urn:task:1`,
		`urn:task:1 https://w3id.org/taper#purpose "quarterly-report"`,
		`urn:task:1 https://w3id.org/taper#step "collect"`,
		`did:key:zSubject https://w3id.org/taper#parent urn:link:0`,
		`urn:link:0 https://w3id.org/security#digestMultibase "uEiParent"^^https://w3id.org/security#multibase`,
		`did:key:zSubject https://w3id.org/taper#authority "{\"audience\":[\"https://db.example.com\"],\"depth\":1,` +
			`\"grants\":[{\"actions\":[\"http/get\"],\"args\":{\"limit\":{\"range\":[1,null]}},\"closed\":true,\"resources\":[\"https://*.example.com/**\"]}]}"^^rdf:JSON`,
		`urn:status:1 rdf:type https://w3id.org/vc/status-list#StatusList2021Entry`,
		`urn:status:1 https://w3id.org/vc/status-list#statusPurpose "revocation"`,
		`urn:status:1 https://w3id.org/vc/status-list#statusListIndex "94567"`,
		`urn:status:1 https://w3id.org/vc/status-list#statusListCredential https://status.example/3`,
		`urn:status:1 https://www.w3.org/ns/credentials/status#statusSize "1"^^https://www.w3.org/2001/XMLSchema#integer`,
		`urn:status:2 rdf:type https://www.w3.org/ns/credentials/status#BitstringStatusListEntry`,
		`urn:status:2 https://www.w3.org/ns/credentials/status#statusPurpose "suspension"`,
		`urn:status:2 https://www.w3.org/ns/credentials/status#statusSize "1"^^https://www.w3.org/2001/XMLSchema#integer`,
	} {
		require.Contains(t, got, want)
	}
	require.Equal(t, 29, strings.Count(got, "\n")+1)
}

const link = `{"@context":["https://www.w3.org/ns/credentials/v2","https://w3id.org/taper/v1"],` +
	`"id":"urn:link:1","type":["VerifiableCredential","AgentTaskCredential"],"issuer":"did:key:zIssuer",` +
	`"validFrom":"2026-11-23T07:00:00Z","validUntil":"2026-11-23T07:30:00Z",` +
	`"credentialSubject":{"id":"did:key:zSubject","type":"Agent",` +
	`"agent":{"kind":"worker","instance":"pod 7","manifest":"uEiManifest"},` +
	`"task":{"id":"urn:task:1","purpose":"quarterly-report","step":"collect"},` +
	`"parent":{"id":"urn:link:0","digestMultibase":"uEiParent"},` +
	`"authority":{"grants":[{"actions":["http/get"],"resources":["https://*.example.com/**"],` +
	`"args":{"limit":{"range":[1,null]}},"closed":true}],"audience":["https://db.example.com"],"depth":1}},` +
	`"credentialStatus":[{"id":"urn:status:1","type":"StatusList2021Entry","statusPurpose":"revocation","statusListIndex":"94567",` +
	`"statusListCredential":"https://status.example/3","statusSize":1},` +
	`{"id":"urn:status:2","type":"BitstringStatusListEntry","statusPurpose":"suspension","statusListIndex":"94567",` +
	`"statusListCredential":"https://status.example/3","statusSize":1}]}`

// Our context goes together with each of the others, protected terms and all.
func TestOwnContextGoesWithOthers(t *testing.T) {
	for _, others := range []string{
		`"https://www.w3.org/2018/credentials/v1","https://w3id.org/vc/status-list/2021/v1"`,
		`"https://www.w3.org/ns/credentials/v2","https://w3id.org/vc/status-list/2021/v1"`,
		`"https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/status/v1"`,
		`"https://www.w3.org/2018/credentials/v1","https://w3id.org/security/data-integrity/v2","https://www.w3.org/ns/credentials/status/v1"`,
		`"https://www.w3.org/ns/credentials/v2","https://w3id.org/security/suites/ed25519-2020/v1","https://w3id.org/security/multikey/v1"`,
	} {
		for _, order := range []string{others + `,"https://w3id.org/taper/v1"`, `"https://w3id.org/taper/v1",` + others} {
			statements(t, contexts(t), `{"@context":[`+order+`],"id":"urn:x","type":["VerifiableCredential","AgentTaskCredential"]}`)
		}
	}
}
