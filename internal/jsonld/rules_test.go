package jsonld_test

import (
	"crypto"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jsonld"
	"github.com/taperid/taper/internal/strictjson"
)

// with returns a document of the context given and members beside an id.
func with(context, members string) string {
	return fmt.Sprintf(`{"@context":%s,"@id":"urn:x",%s}`, context, members)
}

// simple defines an unprotected term a, and id and type.
const simple = `{"id":"@id","type":"@type","a":"x:a","b":"x:b","ref":{"@id":"x:ref","@type":"@id"},` +
	`"voc":{"@id":"x:voc","@type":"@vocab"},"json":{"@id":"x:json","@type":"@json"},` +
	`"list":{"@id":"x:list","@container":"@list"},"g":{"@id":"x:g","@container":"@graph"},` +
	`"lang":{"@id":"x:lang","@container":"@language"},"p":"urn:p:","T":"x:T"}`

func doc(members string) string {
	return fmt.Sprintf(`{"@context":%s,"id":"urn:x",%s}`, simple, members)
}

func credential(members string) string {
	return `{"@context":["https://www.w3.org/ns/credentials/v2"` + members + `}`
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		name, doc string
		want      error
	}{
		// Terms.
		{"undefined member", doc(`"c":1`), jsonld.ErrUndefined},
		{"undefined type", doc(`"type":"U"`), jsonld.ErrUndefined},
		{"undefined member inside", doc(`"a":{"c":1}`), jsonld.ErrUndefined},
		{"term without meaning", with(`{"a":null}`, `"a":1`), jsonld.ErrUndefined},
		{"term without meaning by id", with(`{"a":{"@id":null}}`, `"a":1`), jsonld.ErrUndefined},
		{"null hides vocab", with(`{"@vocab":"x:","a":null}`, `"a":1`), jsonld.ErrUndefined},
		{"no context", `{"@id":"urn:x","a":1}`, jsonld.ErrUndefined},
		{"member like a keyword", doc(`"@foo":1`), jsonld.ErrUndefined},
		{"type like a keyword", doc(`"type":"@foo"`), jsonld.ErrUndefined},
		{"keyword as type", doc(`"type":"@json"`), jsonld.ErrUndefined},
		{"alias of a keyword as type", doc(`"type":"id"`), jsonld.ErrUndefined},
		{"member like a keyword, with a vocabulary", with(`{"@vocab":"x:"}`, `"@foo":1`), jsonld.ErrUndefined},
		{"type like a keyword, with a vocabulary", with(`{"@vocab":"x:"}`, `"@type":"@foo"`), jsonld.ErrUndefined},
		{"blank node as property", doc(`"_:p":1`), jsonld.ErrUndefined},
		{"empty member name", doc(`"":1`), jsonld.ErrUndefined},
		{"undefined @vocab value", doc(`"voc":"U"`), jsonld.ErrUndefined},
		{"undefined under no-break space", doc(`"a\u00a0":1`), jsonld.ErrUndefined},
		{"undefined in another case", doc(`"A":1`), jsonld.ErrUndefined},
		{"type-scoped term inside", credential(`],"type":"VerifiableCredential","issuer":{"id":"x:y","issuer":"x:y"}`), jsonld.ErrUndefined},

		// IRIs.
		{"relative id", doc(`"ref":{"id":"x"}`), jsonld.ErrIRI},
		{"relative own id", doc(`"a":{"id":"/x"}`), jsonld.ErrIRI},
		{"empty id", doc(`"ref":""`), jsonld.ErrIRI},
		{"fragment as id", doc(`"ref":"#x"`), jsonld.ErrIRI},
		{"relative reference", doc(`"ref":"../x"`), jsonld.ErrIRI},
		{"space in IRI", doc(`"ref":"https://a/ b"`), jsonld.ErrIRI},
		{"bracket in IRI", doc(`"ref":"https://a/<b>"`), jsonld.ErrIRI},
		{"quote in IRI", doc(`"ref":"https://a/\""`), jsonld.ErrIRI},
		{"backslash in IRI", doc(`"ref":"https://a\\b"`), jsonld.ErrIRI},
		{"newline in IRI", doc(`"ref":"https://a/\n> <x:b> <x:c"`), jsonld.ErrIRI},
		{"control in IRI", doc(`"ref":"https://a/\u007f"`), jsonld.ErrIRI},
		{"bad escape in IRI", doc(`"ref":"https://a/%2"`), jsonld.ErrIRI},
		{"two fragments in IRI", doc(`"ref":"https://a/#b#c"`), jsonld.ErrIRI},
		{"private use in IRI", doc(`"ref":"https://a/\ue000"`), jsonld.ErrIRI},
		{"noncharacter in IRI", doc(`"ref":"https://a/\ufffe"`), jsonld.ErrIRI},
		{"IRI without scheme", doc(`"ref":":a"`), jsonld.ErrIRI},
		{"IRI with a bad scheme", doc(`"ref":"1a:b"`), jsonld.ErrIRI},
		{"property with a space", doc(`"x:a b":1`), jsonld.ErrIRI},
		{"property by vocab with a space", with(`{"@vocab":"x:"}`, `"a b":1`), jsonld.ErrIRI},
		{"type with a space", doc(`"type":"x:a b"`), jsonld.ErrIRI},
		{"blank node label with a space", doc(`"ref":"_:a b"`), jsonld.ErrIRI},
		{"blank node without label", doc(`"ref":"_:"`), jsonld.ErrIRI},
		{"blank datatype", doc(`"a":{"@value":"x","@type":"_:t"}`), jsonld.ErrIRI},

		// Values that make no statement.
		{"null", doc(`"a":null`), jsonld.ErrDropped},
		{"null in an array", doc(`"a":[1,null]`), jsonld.ErrDropped},
		{"null in a list", doc(`"list":[null]`), jsonld.ErrDropped},
		{"null @value", doc(`"a":{"@value":null}`), jsonld.ErrDropped},
		{"null reference", doc(`"ref":null`), jsonld.ErrDropped},
		{"null in a language map", doc(`"lang":{"en":null}`), jsonld.ErrValue},
		{"empty array", doc(`"a":[],"b":1`), jsonld.ErrDropped},
		{"empty array of types", doc(`"type":[],"b":1`), jsonld.ErrDropped},
		{"empty language map", doc(`"lang":{},"b":1`), jsonld.ErrDropped},
		{"empty array in a language map", doc(`"lang":{"en":[]},"b":1`), jsonld.ErrDropped},
		{"nothing but an id", with(`{}`, `"@type":[]`), jsonld.ErrDropped},
		{"only an id", `{"@context":{},"@id":"urn:x"}`, jsonld.ErrDropped},
		{"empty document", `{}`, jsonld.ErrDropped},
		{"text as graph", doc(`"g":"x:y","b":1`), jsonld.ErrDropped},
		{"only an id as graph", doc(`"g":{"id":"x:y"},"b":1`), jsonld.ErrDropped},
		{"empty graph", doc(`"g":{},"b":1`), jsonld.ErrDropped},

		// Values that their place does not allow.
		{"array", `[{"@id":"urn:x"}]`, jsonld.ErrValue},
		{"text", `"x"`, jsonld.ErrValue},
		{"id is an object", `{"@id":{"@value":"x:y"},"x:p":1}`, jsonld.ErrValue},
		{"id is null", `{"@id":null,"x:p":1}`, jsonld.ErrValue},
		{"id is an array", `{"@id":["x:y"],"x:p":1}`, jsonld.ErrValue},
		{"type is a number", doc(`"type":1`), jsonld.ErrValue},
		{"type is null", doc(`"type":null`), jsonld.ErrValue},
		{"type is an object", doc(`"type":[{}]`), jsonld.ErrValue},
		{"@json text", doc(`"json":"x"`), jsonld.ErrValue},
		{"@json array", doc(`"json":[1]`), jsonld.ErrValue},
		{"@json null", doc(`"json":null`), jsonld.ErrValue},
		{"@json array by hand", doc(`"a":{"@value":[],"@type":"@json"}`), jsonld.ErrValue},
		{"@json number beyond", doc(`"json":{"n":9007199254740992}`), jsonld.ErrValue},
		{"@json number beyond a double", doc(`"json":{"n":1e999}`), strictjson.ErrShape},
		{"@json number beyond, in a context", doc(`"json":{"@context":{"n":9007199254740992}}`), jsonld.ErrValue},
		{"string of type rdf:JSON", doc(`"a":{"@value":"{}","@type":"http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"}`), jsonld.ErrValue},
		{"number of type rdf:JSON", doc(`"a":{"@value":5,"@type":"http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"}`), jsonld.ErrValue},
		{"term of type rdf:JSON", with(`{"a":{"@id":"x:a","@type":"http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"}}`, `"a":"{}"`), jsonld.ErrValue},
		{"string of type rdf:langString", doc(`"a":{"@value":"x","@type":"http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}`), jsonld.ErrValue},
		{"integer beyond", doc(`"a":9007199254740993`), jsonld.ErrValue},
		{"number of 17 digits", doc(`"a":0.30000000000000004`), jsonld.ErrValue},
		{"number beyond a double", doc(`"a":1e309`), strictjson.ErrShape},
		{"language of a number", doc(`"a":{"@value":1,"@language":"en"}`), jsonld.ErrValue},
		{"language that is none", doc(`"a":{"@value":"x","@language":"e n"}`), jsonld.ErrValue},
		{"language is null", doc(`"a":{"@value":"x","@language":null}`), jsonld.ErrValue},
		{"language and type", doc(`"a":{"@value":"x","@language":"en","@type":"x:t"}`), jsonld.ErrValue},
		{"direction that is none", doc(`"a":{"@value":"x","@direction":"up"}`), jsonld.ErrValue},
		{"direction and type", doc(`"a":{"@value":"x","@direction":"ltr","@type":"x:t"}`), jsonld.ErrValue},
		{"two datatypes", doc(`"a":{"@value":"x","@type":["x:t","x:u"]}`), jsonld.ErrValue},
		{"object as @value", doc(`"a":{"@value":{}}`), jsonld.ErrDropped},
		{"language map of objects", doc(`"lang":{"en":{"@value":"x"}}`), jsonld.ErrValue},
		{"language map with a bad language", doc(`"lang":{"e_n":"x"}`), jsonld.ErrValue},

		// Features.
		{"@graph", `{"@context":{},"@graph":[{"@id":"urn:x","x:p":1}]}`, jsonld.ErrUnsupported},
		{"@included", doc(`"@included":[{"id":"urn:x","a":1}]`), jsonld.ErrUnsupported},
		{"@nest", doc(`"@nest":{"a":1}`), jsonld.ErrUnsupported},
		{"alias of @nest", with(`{"n":"@nest","a":"x:a"}`, `"n":{"a":1}`), jsonld.ErrUnsupported},
		{"@nest of a term", with(`{"a":{"@id":"x:a","@nest":"@nest"}}`, `"a":1`), jsonld.ErrUnsupported},
		{"@reverse", doc(`"@reverse":{"a":{"id":"x:y"}}`), jsonld.ErrUnsupported},
		{"@reverse term", with(`{"r":{"@reverse":"x:a"}}`, `"r":{"@id":"x:y"}`), jsonld.ErrUnsupported},
		{"@set", doc(`"a":{"@set":[1]}`), jsonld.ErrUnsupported},
		{"@index", doc(`"@index":"x","a":1`), jsonld.ErrUnsupported},
		{"@index of a value", doc(`"a":{"@value":1,"@index":"x"}`), jsonld.ErrUnsupported},
		{"@index of a list", doc(`"a":{"@list":[1],"@index":"x"}`), jsonld.ErrUnsupported},
		{"@index container", with(`{"a":{"@id":"x:a","@container":"@index"}}`, `"a":{"k":1}`), jsonld.ErrUnsupported},
		{"@id container", with(`{"a":{"@id":"x:a","@container":"@id"}}`, `"a":{"x:k":{"x:p":1}}`), jsonld.ErrUnsupported},
		{"@type container", with(`{"a":{"@id":"x:a","@container":["@type","@set"]}}`, `"a":{"x:k":{"x:p":1}}`), jsonld.ErrUnsupported},
		{"@graph map", with(`{"a":{"@id":"x:a","@container":["@graph","@id"]}}`, `"a":{"x:k":{"x:p":1}}`), jsonld.ErrUnsupported},
		{"@json in a list", with(`{"a":{"@id":"x:a","@type":"@json","@container":"@list"}}`, `"a":{}`), jsonld.ErrUnsupported},
		{"@json in a graph", with(`{"a":{"@id":"x:a","@type":"@json","@container":"@graph"}}`, `"a":{}`), jsonld.ErrUnsupported},
		{"array in an array", doc(`"a":[[1]]`), jsonld.ErrUnsupported},
		{"array in an array of a list object", doc(`"a":{"@list":[[1]]}`), jsonld.ErrUnsupported},
		{"value object at the top", `{"@value":1}`, jsonld.ErrUnsupported},
		{"list object at the top", `{"@list":[1]}`, jsonld.ErrUnsupported},
		{"value object as graph", doc(`"g":{"@value":1}`), jsonld.ErrUnsupported},
		{"@none as a member", doc(`"@none":1`), jsonld.ErrUnsupported},
		{"@base as a member", doc(`"@base":"x:"`), jsonld.ErrUnsupported},

		// Contexts.
		{"unknown context", with(`"https://evil.example/v1"`, `"a":1`), jsonld.ErrContext},
		{"known context in another case", with(`"https://www.w3.org/ns/Credentials/v2"`, `"a":1`), jsonld.ErrContext},
		{"relative context", with(`"v2"`, `"a":1`), jsonld.ErrContext},
		{"undefined-terms", with(`["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/undefined-terms/v2"]`, `"a":1`), jsonld.ErrContext},
		{"context is a number", with(`1`, `"a":1`), jsonld.ErrContext},
		{"context in an array in an array", with(`[[{"a":"x:a"}]]`, `"a":1`), jsonld.ErrContext},
		{"@base", with(`{"@base":"https://a/","a":"x:a"}`, `"a":1`), jsonld.ErrContext},
		{"@base null", with(`{"@base":null,"a":"x:a"}`, `"a":1`), jsonld.ErrContext},
		{"@import", with(`{"@import":"https://www.w3.org/ns/credentials/v2"}`, `"a":1`), jsonld.ErrContext},
		{"@version 1.0", with(`{"@version":1.0,"a":"x:a"}`, `"a":1`), jsonld.ErrContext},
		{"@version text", with(`{"@version":"1.1","a":"x:a"}`, `"a":1`), jsonld.ErrContext},
		{"@vocab number", with(`{"@vocab":1}`, `"a":1`), jsonld.ErrContext},
		{"@vocab relative", with(`{"@vocab":""}`, `"a":1`), jsonld.ErrIRI},
		{"@vocab relative path", with(`{"@vocab":"/x"}`, `"a":1`), jsonld.ErrIRI},
		{"@vocab blank", with(`{"@vocab":"_:b"}`, `"a":1`), jsonld.ErrIRI},
		{"@protected text", with(`{"@protected":"true"}`, `"x:a":1`), jsonld.ErrContext},
		{"@propagate text", with(`{"@propagate":1}`, `"x:a":1`), jsonld.ErrContext},
		{"@language number", with(`{"@language":1}`, `"x:a":1`), jsonld.ErrContext},
		{"@language none", with(`{"@language":"e n"}`, `"x:a":1`), jsonld.ErrContext},
		{"@direction none", with(`{"@direction":"up"}`, `"x:a":1`), jsonld.ErrContext},
		{"empty term", with(`{"":"x:a"}`, `"x:a":1`), jsonld.ErrContext},
		{"term like a keyword", with(`{"@foo":"x:a"}`, `"x:a":1`), jsonld.ErrContext},
		{"keyword redefined", with(`{"@id":"x:a"}`, `"x:a":1`), jsonld.ErrContext},
		{"@type redefined", with(`{"@type":"x:a"}`, `"x:a":1`), jsonld.ErrContext},
		{"@type as list", with(`{"@type":{"@container":"@list"}}`, `"x:a":1`), jsonld.ErrContext},
		{"meaning like a keyword", with(`{"a":"@foo"}`, `"a":1`), jsonld.ErrIRI},
		{"meaning relative", with(`{"a":"b"}`, `"a":1`), jsonld.ErrIRI},
		{"meaning blank", with(`{"a":"_:b"}`, `"a":1`), jsonld.ErrIRI},
		{"meaning with a space", with(`{"a":"x: b"}`, `"a":1`), jsonld.ErrIRI},
		{"meaning of a path", with(`{"@vocab":"x:","a/b":{"@type":"@id"}}`, `"a/b":"x:y"`), nil},
		{"no meaning", with(`{"a":{}}`, `"a":1`), jsonld.ErrIRI},
		{"meaning is a number", with(`{"a":{"@id":1}}`, `"a":1`), jsonld.ErrContext},
		{"empty meaning", with(`{"a":{"@id":""}}`, `"a":1`), jsonld.ErrContext},
		{"empty meaning, short", with(`{"a":""}`, `"a":1`), jsonld.ErrIRI},
		{"definition is a number", with(`{"a":1}`, `"a":1`), jsonld.ErrContext},
		{"definition is an array", with(`{"a":["x:a"]}`, `"a":1`), jsonld.ErrContext},
		{"unknown keyword in a definition", with(`{"a":{"@id":"x:a","@foo":1}}`, `"a":1`), jsonld.ErrContext},
		{"member in a definition", with(`{"a":{"@id":"x:a","id":1}}`, `"a":1`), jsonld.ErrContext},
		{"alias of @context", with(`{"a":"@context"}`, `"a":1`), jsonld.ErrContext},
		{"type is relative", with(`{"a":{"@id":"x:a","@type":"b"}}`, `"a":1`), jsonld.ErrIRI},
		{"type is blank", with(`{"a":{"@id":"x:a","@type":"_:b"}}`, `"a":1`), jsonld.ErrIRI},
		{"type is null", with(`{"a":{"@id":"x:a","@type":null}}`, `"a":1`), jsonld.ErrContext},
		{"type is a number", with(`{"a":{"@id":"x:a","@type":1}}`, `"a":1`), jsonld.ErrContext},
		{"container is none", with(`{"a":{"@id":"x:a","@container":"@foo"}}`, `"a":1`), jsonld.ErrContext},
		{"container is null", with(`{"a":{"@id":"x:a","@container":null}}`, `"a":1`), jsonld.ErrContext},
		{"container is empty", with(`{"a":{"@id":"x:a","@container":[]}}`, `"a":1`), jsonld.ErrContext},
		{"container twice", with(`{"a":{"@id":"x:a","@container":["@set","@set"]}}`, `"a":1`), jsonld.ErrContext},
		{"list and set", with(`{"a":{"@id":"x:a","@container":["@list","@set"]}}`, `"a":1`), jsonld.ErrContext},
		{"list and graph", with(`{"a":{"@id":"x:a","@container":["@list","@graph"]}}`, `"a":1`), jsonld.ErrContext},
		{"prefix is text", with(`{"a":{"@id":"x:a","@prefix":"true"}}`, `"a":1`), jsonld.ErrContext},
		{"prefix with a colon", with(`{"x:a":{"@id":"x:a","@prefix":true}}`, `"x:a":1`), jsonld.ErrContext},
		{"prefix for a keyword", with(`{"a":{"@id":"@id","@prefix":true}}`, `"x:a":1`), jsonld.ErrContext},
		{"protected is text", with(`{"a":{"@id":"x:a","@protected":1}}`, `"a":1`), jsonld.ErrContext},
		{"language is a number", with(`{"a":{"@id":"x:a","@language":1}}`, `"a":1`), jsonld.ErrContext},
		{"direction is none", with(`{"a":{"@id":"x:a","@direction":"up"}}`, `"a":1`), jsonld.ErrContext},
		{"scoped context is a number", with(`{"a":{"@id":"x:a","@context":1}}`, `"a":1`), jsonld.ErrContext},
		{"scoped context unknown", with(`{"a":{"@id":"x:a","@context":"x:unknown"}}`, `"a":1`), jsonld.ErrContext},
		{"scoped context of a type unknown", with(`{"T":{"@id":"x:T","@context":"x:unknown"}}`, `"@type":"T"`), jsonld.ErrContext},
		{"term defined by itself", with(`{"a":"b:c","b":"a:d"}`, `"a":1`), jsonld.ErrContext},
		{"term that means another IRI", with(`{"x:a":"x:b"}`, `"x:a":1`), jsonld.ErrContext},
		{"object with a context beside others", with(`{"@context":{"a":"x:a"},"b":"x:b"}`, `"a":1`), jsonld.ErrContext},
		{"object with a context, alone", with(`{"@context":{"a":"x:a"}}`, `"a":1`), jsonld.ErrContext},
		{"object with an array of contexts", with(`[{"@context":[{"a":"x:a"}]}]`, `"a":1`), jsonld.ErrContext},
		{"context inside is malformed", doc(`"a":{"@context":{"@base":"x:y"},"b":1}`), jsonld.ErrContext},
		{"context in a value object", doc(`"a":{"@context":5,"@value":1}`), jsonld.ErrContext},

		// Protection.
		{"protected term redefined", credential(`,{"VerifiableCredential":"x:y"}],"type":"VerifiableCredential"`), jsonld.ErrProtected},
		{"protected alias redefined", credential(`,{"id":"x:y"}],"type":"VerifiableCredential"`), jsonld.ErrProtected},
		{"protected term dropped", credential(`,{"name":null}],"type":"VerifiableCredential"`), jsonld.ErrProtected},
		{"protected terms dropped", credential(`,null,{"name":"x:y"}],"name":"x"`), jsonld.ErrProtected},
		{"protected terms dropped inside", credential(`],"type":"VerifiableCredential","issuer":{"@context":null,"@id":"x:y"}`), jsonld.ErrProtected},
		{"protected by a type", credential(`],"type":"VerifiableCredential","issuer":{"@context":{"name":"x:y"},"id":"x:y"}`), jsonld.ErrProtected},
		{"protected redefined by a type", credential(`,{"T":{"@id":"x:T","@context":{"name":"x:y"}}}],"type":["VerifiableCredential","T"]`), jsonld.ErrProtected},

		{"unprotected term of a known context redefined", with(`["https://known.example/v1",{"role":"x:y"}]`, `"role":"1"`), jsonld.ErrProtected},
		{"unprotected term of a known context dropped", with(`["https://known.example/v1",{"role":null}]`, `"x:y":"1"`), jsonld.ErrProtected},
		{"unprotected term of a known context redefined inside", with(`"https://known.example/v1"`, `"x:y":{"@context":{"role":"x:y"},"role":"1"}`), jsonld.ErrProtected},
		{"unprotected term of a known context redefined by a property", with(`["https://known.example/v1",{"p":{"@id":"x:p","@context":{"role":"x:y"}}}]`, `"p":{"role":"1"}`), jsonld.ErrProtected},
		{"known context dropped", with(`["https://known.example/v1",null]`, `"x:y":"1"`), jsonld.ErrProtected},
		{"known context dropped by a property", with(`["https://known.example/v1",{"p":{"@id":"x:p","@context":null}}]`, `"p":{"x:y":"1"}`), jsonld.ErrProtected},
		{"known vocabulary changed", with(`["https://www.w3.org/ns/credentials/examples/v2",{"@vocab":"x:"}]`, `"a":"1"`), jsonld.ErrProtected},
		{"known vocabulary dropped", with(`["https://www.w3.org/ns/credentials/examples/v2",{"@vocab":null}]`, `"x:a":"1"`), jsonld.ErrProtected},
		{"known vocabulary dropped with all", with(`["https://www.w3.org/ns/credentials/examples/v2",null]`, `"x:a":"1"`), jsonld.ErrProtected},

		// Names.
		{"name of a known vocabulary in full", with(`"https://www.w3.org/ns/credentials/examples/v2"`, `"https://www.w3.org/ns/credentials/examples#role":"1"`), jsonld.ErrName},
		{"name of a known vocabulary by an own term", with(`["https://www.w3.org/ns/credentials/examples/v2",{"rolle":"https://www.w3.org/ns/credentials/examples#role"}]`, `"rolle":"1"`), jsonld.ErrName},
		{"name of a known vocabulary by an own prefix", with(`["https://www.w3.org/ns/credentials/examples/v2",{"ex":"https://www.w3.org/ns/credentials/examples#"}]`, `"ex:role":"1"`), jsonld.ErrName},
		{"name of a known vocabulary taken away", with(`["https://www.w3.org/ns/credentials/examples/v2",{"role":"x:r"}]`, `"https://www.w3.org/ns/credentials/examples#role":"1"`), jsonld.ErrName},
		{"either name of a known context", with(`"https://known.example/v1"`, `"duty":"1","office":"2"`), nil},
		{"unprotected term by an own term", with(`["https://known.example/v1",{"rolle":"https://known.example/#role"}]`, `"rolle":"1"`), jsonld.ErrName},
		{"property in full", credential(`],"type":"VerifiableCredential","https://www.w3.org/2018/credentials#validUntil":"x"`), jsonld.ErrName},
		{"property by prefix", credential(`,{"cred":"https://www.w3.org/2018/credentials#"}],"type":"VerifiableCredential","cred:validUntil":"x"`), jsonld.ErrName},
		{"property by an own term", credential(`,{"until":"https://www.w3.org/2018/credentials#validUntil"}],"type":"VerifiableCredential","until":"x"`), jsonld.ErrName},
		{"property by an own protected term", credential(`,{"@protected":true,"until":"https://www.w3.org/2018/credentials#validUntil"}],"type":"VerifiableCredential","until":"x"`), jsonld.ErrName},
		{"property by own vocabulary", credential(`,{"@vocab":"https://www.w3.org/2018/"}],"type":"VerifiableCredential","credentials#validUntil":"x"`), jsonld.ErrName},
		{"type in full", credential(`],"type":"https://www.w3.org/2018/credentials#VerifiableCredential"`), jsonld.ErrName},
		{"type by an own term", credential(`,{"VC":"https://www.w3.org/2018/credentials#VerifiableCredential"}],"type":"VC"`), jsonld.ErrName},
		{"@id for id", credential(`],"@id":"x:y","type":"VerifiableCredential"`), jsonld.ErrName},
		{"@type for type", credential(`],"@type":"VerifiableCredential"`), jsonld.ErrName},
		{"own alias of @id", credential(`,{"ident":"@id"}],"ident":"x:y","type":"VerifiableCredential"`), jsonld.ErrName},
		{"two types of a value", `{"@context":{"t":"@type"},"x:a":{"@value":"x","@type":"x:T","t":"x:U"}}`, jsonld.ErrName},
		{"two ids", with(`{"i":"@id"}`, `"i":"x:y"`), jsonld.ErrName},
		{"two kinds of type", `{"@context":{"t":"@type"},"@type":"x:T","t":"x:U"}`, jsonld.ErrName},
		{"compact id", doc(`"ref":"p:x"`), jsonld.ErrName},
		{"compact own id", `{"@context":{"p":"urn:p:"},"@id":"p:x","x:p":1}`, jsonld.ErrName},
		{"purpose in full", `{"@context":"https://w3id.org/security/data-integrity/v2","type":"DataIntegrityProof","proofPurpose":"https://w3id.org/security#assertionMethod"}`, jsonld.ErrName},
		{"second description", doc(`"ref":{"id":"urn:x","a":1}`), jsonld.ErrName},
		{"second description, of types", doc(`"ref":{"id":"urn:x","type":"T"}`), jsonld.ErrName},
		{"second description of a blank node", `{"@context":` + simple + `,"id":"_:x","ref":{"id":"_:x","a":1}}`, jsonld.ErrName},
		{"second description in a graph", doc(`"g":{"id":"x:y","ref":{"id":"x:y","a":1}}`), jsonld.ErrName},

		// JSON.
		{"not JSON", `{`, strictjson.ErrSyntax},
		{"two members of one name", `{"@id":"x:y","@id":"x:z","x:p":1}`, strictjson.ErrSyntax},
		{"two values", `{} {}`, strictjson.ErrSyntax},
		{"too long", `"` + strings.Repeat("x", jsonld.MaxSize) + `"`, strictjson.ErrSize},
		{"too deep", strings.Repeat(`[`, 33), strictjson.ErrDepth},
		{"error of a long path", doc(`"a":{"x:` + long + `":null}`), jsonld.ErrDropped},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, err := jsonld.NewContexts(map[string][]byte{"https://known.example/v1": []byte(`{"@context":{"role":"https://known.example/#role","duty":"x:duty","office":"x:duty"}}`)})
			require.NoError(t, err)
			out, err := set.Canonicalize([]byte(c.doc), crypto.SHA256)
			if c.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, c.want, "%s", out)
			require.Nil(t, out)
			require.Less(t, len(err.Error()), 800)
		})
	}
}
