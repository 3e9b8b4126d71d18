package did_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/vectors"
)

func foreignResolver(t *testing.T) did.Resolver {
	t.Helper()
	doc, err := did.ParseDocument([]byte(foreign))
	require.NoError(t, err)
	return did.ByMethod{"example": says{doc, nil}}
}

func TestDereference(t *testing.T) {
	r := foreignResolver(t)
	for text, check := range map[string]func(*did.Resource){
		"did:example:123":   func(res *did.Resource) { require.Nil(t, res.Method); require.Nil(t, res.URLs) },
		"did:example:123#a": func(res *did.Resource) { require.Equal(t, "did:example:123#a", res.Method.ID) },
		"did:example:123#b": func(res *did.Resource) { require.Equal(t, did.Ed25519, res.Method.Key.Type()) },
		"did:example:123#c": func(res *did.Resource) { require.Equal(t, "SomethingNew", res.Method.Type) },
		"did:example:123#i": func(res *did.Resource) { require.Equal(t, "did:example:123#i", res.Method.ID) },
		"did:example:123#files": func(res *did.Resource) {
			require.Equal(t, "did:example:123#files", res.Service.ID)
		},
		"did:example:123?service=files": func(res *did.Resource) {
			require.Equal(t, []string{"https://example.com/files/"}, res.URLs)
		},
		"did:example:123?service=%23files": func(res *did.Resource) {
			require.Equal(t, []string{"https://example.com/files/"}, res.URLs)
		},
		"did:example:123?service=did:example:123%23files": func(res *did.Resource) {
			require.Equal(t, []string{"https://example.com/files/"}, res.URLs)
		},
		"did:example:123?service=files&relativeRef=a%2Fb%3Fc%3Dd": func(res *did.Resource) {
			require.Equal(t, []string{"https://example.com/files/a/b?c=d"}, res.URLs)
		},
		"did:example:123?relativeRef=/files/a&service=files#part": func(res *did.Resource) {
			require.Equal(t, []string{"https://example.com/files/a#part"}, res.URLs)
		},
		"did:example:123?service=files#part": func(res *did.Resource) {
			require.Equal(t, []string{"https://example.com/files/#part"}, res.URLs)
		},
		"did:example:123?service=many&relativeRef=%23z": func(res *did.Resource) {
			require.Equal(t, []string{"https://a.example/x#z", "https://c.example/x#z"}, res.URLs)
		},
		"did:example:123?serviceType=Files": func(res *did.Resource) {
			require.Len(t, res.Services, 2)
			require.Len(t, res.URLs, 3)
		},
		"did:example:123?serviceType=More&service=many": func(res *did.Resource) { require.Len(t, res.Services, 1) },
		"did:example:123?service=https://example.com/id": func(res *did.Resource) {
			require.Equal(t, "https://example.com/id", res.Services[0].ID)
			require.Empty(t, res.URLs)
		},
	} {
		res, err := did.Dereference(t.Context(), r, text, did.DereferenceOptions{})
		require.NoError(t, err, text)
		require.Equal(t, "did:example:123", res.Document.ID.String())
		check(res)
	}
}

func TestDereferenceRefusals(t *testing.T) {
	r := foreignResolver(t)
	down := errors.New("down")
	for text, want := range map[string]error{
		"did:example:123#none":                                                 did.ErrNotFound,
		"did:example:123#A":                                                    did.ErrNotFound,
		"did:example:123/path":                                                 did.ErrNotFound,
		"did:example:123/path#a":                                               did.ErrNotFound,
		"did:example:123?x=y":                                                  did.ErrNotFound,
		"did:example:123?x=y#a":                                                did.ErrNotFound,
		"did:example:123?service=none":                                         did.ErrNotFound,
		"did:example:123?Service=files":                                        did.ErrNotFound,
		"did:example:123?serviceType=files":                                    did.ErrNotFound,
		"did:example:123?service=files&hl=z":                                   did.ErrNotFound,
		"did:example:123?versionId=1":                                          did.ErrFeature,
		"did:example:123?versionTime=2020#a":                                   did.ErrFeature,
		"did:example:123?service=files&versionId":                              did.ErrFeature,
		"did:example:123?service=files&service=files":                          did.ErrURL,
		"did:example:123?service=":                                             did.ErrURL,
		"did:example:123?service":                                              did.ErrURL,
		"did:example:123?relativeRef=a":                                        did.ErrURL,
		"did:example:123?service=many#z":                                       did.ErrURL, // one endpoint has a fragment
		"did:example:123?service=files&relativeRef=//evil.com/":                did.ErrURL,
		"did:example:123?service=files&relativeRef=https://evil/":              did.ErrURL,
		"did:example:123?service=files&relativeRef=javascript:x":               did.ErrURL,
		"did:example:123?service=files&relativeRef=http://example.com/files/x": did.ErrURL,
		"did:example:123?service=files&relativeRef=//evil.com/files/x":         did.ErrURL,
		"did:example:123?service=files&relativeRef=//u:p@example.com/files/x":  did.ErrURL,
		"did:example:123?service=files&relativeRef=..%255cx":                   did.ErrURL,
		"did:example:123?service=files&relativeRef=../x":                       did.ErrURL,
		"did:example:123?service=files&relativeRef=a/../../x":                  did.ErrURL,
		"did:example:123?service=files&relativeRef=%2e%2e/x":                   did.ErrURL,
		"did:example:123?service=files&relativeRef=%252e%252e/x":               did.ErrURL,
		"did:example:123?service=files&relativeRef=%25252e%25252e%25252fx":     did.ErrURL,
		"did:example:123?service=files&relativeRef=%2525252525252e%2e":         did.ErrURL,
		"did:example:123?service=files&relativeRef=..%5cx":                     did.ErrURL,
		"did:example:123?service=files&relativeRef=a%5c..%5c..%5cx":            did.ErrURL,
		"did:example:123?service=files&relativeRef=%5c%5cevil.com%5cx":         did.ErrURL,
		"did:example:123?service=files&relativeRef=/x":                         did.ErrURL, // beside the folder
		"did:example:123?service=files&relativeRef=/filesx/x":                  did.ErrURL,
		"did:example:123?service=files&relativeRef=%00":                        did.ErrURL,
		"did:example:123?service=files&relativeRef=a%20b":                      did.ErrURL,
		"did:example:123?service=files&relativeRef=a%0d%0aHost:x":              did.ErrURL,
		"did:example:123?service=files&relativeRef=%C3%A4":                     did.ErrURL,
		"did:example:123?service=files&relativeRef=a&relativeRef=b":            did.ErrURL,
		"did:example:123?" + strings.Repeat("&", 500):                          did.ErrNotFound,
		"did:example:123#a#b":                                                  did.ErrURL,
		"did:key:@#a":                                                          did.ErrURL,
		"did:key:@":                                                            did.ErrInvalid,
		"did:other:x#a":                                                        did.ErrMethod,
	} {
		res, err := did.Dereference(t.Context(), r, text, did.DereferenceOptions{})
		require.ErrorIs(t, err, want, text)
		require.Nil(t, res)
	}
	_, err := did.Dereference(t.Context(), says{nil, down}, "did:example:123#a", did.DereferenceOptions{})
	require.ErrorIs(t, err, down)
	require.Equal(t, "internalError", did.ErrorName(err))
}

// A service whose endpoint is a DID, or has no path to join to.
func TestDereferenceAtAnEndpointWithoutAPath(t *testing.T) {
	d := parse(t, "did:example:123")
	doc := &did.Document{ID: d, Services: []did.Service{
		{ID: "did:example:123#did", Types: []string{"T"}, Endpoints: []string{"did:example:456"}},
		{ID: "did:example:123#urn", Types: []string{"T"}, Endpoints: []string{"urn:a:b"}},
		{ID: "did:example:123#file", Types: []string{"T"}, Endpoints: []string{"file:///etc/x"}},
		{ID: "did:example:123#root", Types: []string{"T"}, Endpoints: []string{"https://example.com"}},
		{ID: "did:example:123#bad", Types: []string{"T"}, Endpoints: []string{"https://exa mple.com"}},
	}}
	for text, want := range map[string]any{
		"?service=did": "did:example:456", "?service=did#f": "did:example:456#f", "?service=did&relativeRef=x": did.ErrURL,
		"?service=urn&relativeRef=x": did.ErrURL, "?service=file&relativeRef=passwd": did.ErrURL, "?service=root&relativeRef=/x": "https://example.com/x",
		"?service=root&relativeRef=x": "https://example.com/x", "?service=bad#x": did.ErrDocument,
	} {
		res, err := did.Dereference(t.Context(), says{doc, nil}, d.String()+text, did.DereferenceOptions{})
		if e, ok := want.(error); ok {
			require.ErrorIs(t, err, e, text)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, []string{want.(string)}, res.URLs)
	}
	res, err := did.Dereference(t.Context(), says{doc, nil}, d.String()+"?service=root", did.DereferenceOptions{})
	require.NoError(t, err)
	data, err := json.Marshal(res)
	require.NoError(t, err)
	require.JSONEq(t, `{"@context":["https://www.w3.org/ns/did/v1"],"id":"did:example:123",
		"service":[{"id":"did:example:123#root","type":"T","serviceEndpoint":"https://example.com"}]}`, string(data))
}

func TestDereferenceForAUse(t *testing.T) {
	s := personas.New("alice")
	for text, want := range map[string]bool{s.Method(): true, s.DID().String(): false, s.DID().String() + "#z6LSdkzykWQPh3UrdhT6t7MJVfYzmUtjwKQuozXL6eZ7TfSv": false} {
		_, err := did.Dereference(t.Context(), nil, text, did.DereferenceOptions{Use: did.AssertionMethod})
		require.Equal(t, want, err == nil, text)
		if !want {
			require.ErrorIs(t, err, did.ErrNotFound)
		}
	}
	_, err := did.Dereference(t.Context(), nil, s.Method(), did.DereferenceOptions{Use: "unheard"})
	require.ErrorIs(t, err, did.ErrNotFound)
}

func TestKeyFormats(t *testing.T) {
	ed, err := did.GenerateKey(did.Ed25519)
	require.NoError(t, err)
	p256, err := did.GenerateKey(did.P256)
	require.NoError(t, err)
	k1, err := did.GenerateKey(did.Secp256k1)
	require.NoError(t, err)
	for _, c := range []struct {
		d      did.DID
		format string
		want   any
	}{
		{ed.DID(), "", []string{"Multikey", "Multikey"}},
		{ed.DID(), "Multikey", []string{"Multikey", "Multikey"}},
		{ed.DID(), "JsonWebKey", []string{"JsonWebKey", "JsonWebKey"}},
		{ed.DID(), "JsonWebKey2020", []string{"JsonWebKey2020", "JsonWebKey2020"}},
		{ed.DID(), "Ed25519VerificationKey2020", []string{"Ed25519VerificationKey2020", "X25519KeyAgreementKey2020"}},
		{ed.DID(), "Ed25519VerificationKey2018", did.ErrKeyFormat},
		{ed.DID(), "X25519KeyAgreementKey2020", did.ErrKeyFormat},
		{ed.DID(), "multikey", did.ErrKeyType},
		{p256.DID(), "JsonWebKey", []string{"JsonWebKey"}},
		{p256.DID(), "Ed25519VerificationKey2020", did.ErrKeyFormat},
		{p256.Key().AsJWK(), "Multikey", []string{"Multikey"}},
		{p256.Key().AsJWK(), "", []string{"JsonWebKey2020"}},
		{k1.DID(), "EcdsaSecp256k1VerificationKey2019", []string{"EcdsaSecp256k1VerificationKey2019"}},
		{newX25519(t).Key().DID(), "X25519KeyAgreementKey2020", []string{"X25519KeyAgreementKey2020"}},
	} {
		res, err := did.Dereference(t.Context(), nil, c.d.String(), did.DereferenceOptions{KeyFormat: c.format})
		if e, ok := c.want.(error); ok {
			require.ErrorIs(t, err, e)
			continue
		}
		require.NoError(t, err)
		var types []string
		for _, m := range res.Document.Methods {
			types = append(types, m.Type)
		}
		require.Equal(t, c.want, types)
		data, err := json.Marshal(res)
		require.NoError(t, err)
		again, err := did.ParseDocument(data)
		require.NoError(t, err)
		for i, m := range again.Methods {
			require.Equal(t, types[i], m.Type)
			require.Equal(t, res.Document.Methods[i].Key.Multibase(), m.Key.Multibase())
		}
	}
	_, err = did.Dereference(t.Context(), foreignResolver(t), "did:example:123", did.DereferenceOptions{KeyFormat: "JsonWebKey"})
	require.ErrorIs(t, err, did.ErrFeature)
}

func TestResultJSON(t *testing.T) {
	answer := func(r did.Resolver, text string) string {
		res, err := did.Dereference(t.Context(), r, text, did.DereferenceOptions{})
		data, err := json.Marshal(did.Result{Text: text, Resource: res, Err: err})
		require.NoError(t, err)
		return string(data)
	}
	r := foreignResolver(t)
	require.JSONEq(t, `{"@context":"https://w3id.org/did-resolution/v1","didDocument":`+foreign+`,
		"didResolutionMetadata":{"contentType":"application/did+ld+json"},"didDocumentMetadata":{}}`, answer(r, "did:example:123"))
	require.JSONEq(t, `{"@context":"https://w3id.org/did-resolution/v1","contentStream":
		{"id": "#files", "type": "Files", "serviceEndpoint": "https://example.com/files/"},
		"dereferencingMetadata":{"contentType":"application/did+ld+json"},"contentMetadata":{}}`, answer(r, "did:example:123#files"))
	require.JSONEq(t, `{"@context":"https://w3id.org/did-resolution/v1","didDocument":{},
		"didResolutionMetadata":{"error":"invalidDid"},"didDocumentMetadata":{}}`, answer(r, "did:example:"))
	require.JSONEq(t, `{"@context":"https://w3id.org/did-resolution/v1","contentStream":{},
		"dereferencingMetadata":{"error":"notFound"},"contentMetadata":{}}`, answer(r, "did:example:123#x"))
	require.JSONEq(t, `{"@context":"https://w3id.org/did-resolution/v1","contentStream":{},
		"dereferencingMetadata":{"error":"notFound"},"contentMetadata":{}}`, string(mustJSON(t, did.Result{Text: "did:a:b#c"})))

	selected := answer(r, "did:example:123?service=files")
	require.Contains(t, selected, `"#files"`)
	require.NotContains(t, selected, `"#many"`)
	require.Contains(t, selected, `"unknown":null`)

	bare, err := did.ParseDocument([]byte(`{"id":"did:example:123"}`))
	require.NoError(t, err)
	require.Contains(t, answer(says{bare, nil}, "did:example:123"), `"application/did+json"`)

	broken := &did.Document{ID: bare.ID, Methods: []did.VerificationMethod{{ID: "did:example:123#k"}}}
	_, err = json.Marshal(did.Result{Text: "did:example:123", Resource: &did.Resource{Document: broken}})
	require.Error(t, err)
	_, err = json.Marshal(&did.Resource{})
	require.ErrorIs(t, err, did.ErrNotFound)
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return data
}

func TestErrorNames(t *testing.T) {
	require.Empty(t, did.ErrorName(nil))
	for err, want := range map[error]string{
		did.ErrInvalid: "invalidDid", did.ErrURL: "invalidDidUrl", did.ErrDocument: "invalidDidDocument",
		did.ErrMethod: "methodNotSupported", did.ErrFeature: "featureNotSupported", did.ErrNotFound: "notFound",
		did.ErrKeyType: "unsupportedPublicKeyType", did.ErrKeyFormat: "invalidPublicKeyType",
		did.ErrKeyLength: "invalidPublicKeyLength", did.ErrKey: "invalidPublicKey", did.ErrSignature: "internalError",
	} {
		require.Equal(t, want, did.ErrorName(err))
	}
	require.ErrorIs(t, did.ErrURL, did.ErrInvalid)
	require.ErrorIs(t, did.ErrDocument, did.ErrInvalid)
}

// What the official did:key suite asked a resolver that passes it, answered from
// the public API alone. The suite wants the members of a resolution result where a
// fragment is dereferenced too.
func TestRecordedResolutions(t *testing.T) {
	lines := bytes.Split(bytes.TrimSpace(vectors.Read(t, "recorded", "did-key.ndjson")), []byte("\n"))
	require.Len(t, lines, 11)
	for _, line := range lines {
		var exchange struct {
			Path     string
			Status   int
			Response json.RawMessage
		}
		require.NoError(t, json.Unmarshal(line, &exchange))
		u, err := url.Parse(exchange.Path)
		require.NoError(t, err)
		status, body := serveDID(t, strings.TrimPrefix(u.Path, "/dids/"), u.Query())
		require.Equal(t, exchange.Status, status, exchange.Path)
		require.JSONEq(t, string(exchange.Response), body, exchange.Path)
	}
}

// serveDID is the handler of GET /dids/{did} in short.
func serveDID(t *testing.T, text string, options url.Values) (int, string) {
	res, err := did.Dereference(t.Context(), did.ByMethod{}, text, did.DereferenceOptions{KeyFormat: options.Get("publicKeyFormat")})
	var out map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(mustJSON(t, did.Result{Text: text, Resource: res, Err: err}), &out))
	for standard, suite := range map[string]string{
		"contentStream": "didDocument", "dereferencingMetadata": "didDereferencingMetadata", "contentMetadata": "didDocumentMetadata",
	} {
		if part, ok := out[standard]; ok {
			delete(out, standard)
			out[suite] = part
		}
	}
	status := map[string]int{"": 200, "notFound": 404, "methodNotSupported": 501}[did.ErrorName(err)]
	if status == 0 {
		status = 400
	}
	return status, string(mustJSON(t, out))
}

func FuzzDereference(f *testing.F) {
	doc, err := did.ParseDocument([]byte(foreign))
	require.NoError(f, err)
	for _, text := range []string{
		"did:example:123", "did:example:123#a", "did:example:123?service=files&relativeRef=a%2Fb#c", "did:example:123?serviceType=Files",
		alice + "#" + alice[8:],
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		res, err := did.Dereference(t.Context(), did.ByMethod{"example": says{doc, nil}}, text, did.DereferenceOptions{})
		data, err2 := json.Marshal(did.Result{Text: text, Resource: res, Err: err})
		require.NoError(t, err2)
		require.True(t, json.Valid(data))
		if err != nil {
			require.Nil(t, res)
			return
		}
		for _, u := range res.URLs {
			parsed, err := url.Parse(u)
			require.NoError(t, err)
			require.Contains(t, []string{"example.com", "a.example", "c.example"}, parsed.Host)
			require.False(t, parsed.Host == "example.com" && !strings.HasPrefix(parsed.EscapedPath(), "/files/"))
		}
	})
}
