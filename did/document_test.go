package did_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

// says is a resolver that answers every question the same.
type says struct {
	doc *did.Document
	err error
}

func (s says) Resolve(context.Context, did.DID) (*did.Document, error) { return s.doc, s.err }

func parse(t *testing.T, text string) did.DID {
	t.Helper()
	d, err := did.Parse(text)
	require.NoError(t, err)
	return d
}

// document is one of d with a key for assertions, under a method id.
func document(d did.DID, method string, key did.Key) *did.Document {
	return &did.Document{
		ID:      d,
		Methods: []did.VerificationMethod{{ID: method, Controller: d, Key: key}},
		Uses:    map[did.Relationship][]string{did.AssertionMethod: {method}},
	}
}

func TestFindKeyAsksADocument(t *testing.T) {
	d, key := parse(t, "did:web:a"), personas.New("alice").Key()
	got, err := did.FindKey(t.Context(), says{document(d, "did:web:a#k", key), nil}, d, "did:web:a#k", did.AssertionMethod)
	require.NoError(t, err)
	require.Equal(t, key.Multibase(), got.Multibase())
}

func TestFindKeyRefusesAResolverThatLies(t *testing.T) {
	a, b := parse(t, "did:web:a"), parse(t, "did:web:b")
	key := personas.New("mallory").Key()
	foreign := document(a, "did:web:a#k", key)
	foreign.Methods[0].Controller = b
	unlisted := document(a, "did:web:a#k", key)
	unlisted.Uses = map[did.Relationship][]string{did.Authentication: {"did:web:a#k"}}
	unlisted2 := document(a, "did:web:a#k", key)
	unlisted2.Uses = nil
	absent := document(a, "did:web:a#k", key)
	absent.Methods = nil
	down := errors.New("resolver is down")
	for name, c := range map[string]struct {
		r      did.Resolver
		d      did.DID
		method string
		want   error
	}{
		"none":                        {nil, a, "did:web:a#k", did.ErrMethod},
		"nil document":                {says{}, a, "did:web:a#k", did.ErrInvalid},
		"document of another":         {says{document(b, "did:web:a#k", key), nil}, a, "did:web:a#k", did.ErrInvalid},
		"document of one that begins": {says{document(parse(t, "did:web:a.com.evil"), "did:web:a#k", key), nil}, a, "did:web:a#k", did.ErrInvalid},
		"document of nobody":          {says{document(did.DID{}, "did:web:a#k", key), nil}, a, "did:web:a#k", did.ErrInvalid},
		"an error beside a document":  {says{document(a, "did:web:a#k", key), down}, a, "did:web:a#k", down},
		"another controller":          {says{foreign, nil}, a, "did:web:a#k", did.ErrNotFound},
		"another use":                 {says{unlisted, nil}, a, "did:web:a#k", did.ErrNotFound},
		"no use":                      {says{unlisted2, nil}, a, "did:web:a#k", did.ErrNotFound},
		"a use without a method":      {says{absent, nil}, a, "did:web:a#k", did.ErrNotFound},
		"no key":                      {says{document(a, "did:web:a#k", did.Key{}), nil}, a, "did:web:a#k", did.ErrNotFound},
		"another fragment":            {says{document(a, "did:web:a#k", key), nil}, a, "did:web:a#k2", did.ErrNotFound},
		"a method that begins alike":  {says{document(a, "did:web:a#k", key), nil}, a, "did:web:a#", did.ErrNotFound},
		"relative method":             {says{document(a, "#k", key), nil}, a, "#k", did.ErrNotFound},
		"the victim's method":         {says{document(b, "did:web:a#k", key), nil}, b, "did:web:a#k", did.ErrNotFound},
		"nobody":                      {says{document(did.DID{}, "", key), nil}, did.DID{}, "", did.ErrNotFound},
		"nobody with a method":        {says{document(did.DID{}, "did:web:a#k", key), nil}, did.DID{}, "did:web:a#k", did.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := did.FindKey(t.Context(), c.r, c.d, c.method, did.AssertionMethod)
			require.ErrorIs(t, err, c.want)
			require.Zero(t, got)
		})
	}
}

func TestFindKeyOfADidKeyAsksNobody(t *testing.T) {
	s, mallory := personas.New("alice"), personas.New("mallory")
	lie := says{document(s.DID(), s.Method(), mallory.Key()), nil}
	for _, use := range []did.Relationship{did.Authentication, did.AssertionMethod, did.CapabilityInvocation, did.CapabilityDelegation} {
		got, err := did.FindKey(t.Context(), lie, s.DID(), s.Method(), use)
		require.NoError(t, err)
		require.Equal(t, s.Key().Multibase(), got.Multibase())
	}
	for _, method := range []string{
		"", s.DID().String(), s.DID().String() + "#", s.Method() + "x", mallory.Method(), "#" + s.Key().Multibase(),
		s.DID().String() + "?#" + s.Key().Multibase(), s.DID().String() + "#" + mallory.Key().Multibase(),
	} {
		_, err := did.FindKey(t.Context(), lie, s.DID(), method, did.AssertionMethod)
		require.ErrorIs(t, err, did.ErrNotFound, method)
	}
	_, err := did.FindKey(t.Context(), lie, s.DID(), s.Method(), did.KeyAgreement)
	require.ErrorIs(t, err, did.ErrNotFound)
}

func TestResolveIsOffline(t *testing.T) {
	_, err := did.Resolve(parse(t, "did:web:a"))
	require.ErrorIs(t, err, did.ErrMethod)
}

func TestDocumentJSON(t *testing.T) {
	s := personas.New("alice")
	doc, err := did.Resolve(s.DID())
	require.NoError(t, err)
	data, err := json.Marshal(doc)
	require.NoError(t, err)
	m := `["` + s.Method() + `"]`
	const derived = "z6LSdkzykWQPh3UrdhT6t7MJVfYzmUtjwKQuozXL6eZ7TfSv"
	require.JSONEq(t, `{
		"@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
		"id": "`+s.DID().String()+`",
		"verificationMethod": [{"id": "`+s.Method()+`", "type": "Multikey", "controller": "`+s.DID().String()+`",
			"publicKeyMultibase": "`+s.Key().Multibase()+`"},
			{"id": "`+s.DID().String()+`#`+derived+`", "type": "Multikey", "controller": "`+s.DID().String()+`",
			"publicKeyMultibase": "`+derived+`"}],
		"authentication": `+m+`, "assertionMethod": `+m+`, "capabilityInvocation": `+m+`, "capabilityDelegation": `+m+`,
		"keyAgreement": ["`+s.DID().String()+`#`+derived+`"]
	}`, string(data))
	again, err := did.ParseDocument(data)
	require.NoError(t, err)
	require.Equal(t, doc.Uses, again.Uses)
	for i, m := range again.Methods {
		require.Equal(t, doc.Methods[i].Key.Multibase(), m.Key.Multibase())
	}
}

// A document that somebody publishes, such as a did:web's.
func TestDocumentThatIsBuilt(t *testing.T) {
	s := personas.New("alice")
	d := parse(t, "did:web:example.com")
	doc := document(d, "did:web:example.com#k", s.Key())
	doc.Methods[0].Type = "JsonWebKey"
	doc.AlsoKnownAs, doc.Controllers = []string{"https://example.com/"}, []did.DID{d}
	doc.Services = []did.Service{
		{ID: "did:web:example.com#files", Types: []string{"Files"}, Endpoints: []string{"https://example.com/files/"}},
		{ID: "did:web:example.com#both", Types: []string{"A", "B"}, Endpoints: []string{"https://a.example/", "https://b.example/"}},
	}
	data, err := json.Marshal(doc)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"], "id": "did:web:example.com",
		"alsoKnownAs": ["https://example.com/"], "controller": "did:web:example.com",
		"verificationMethod": [{"id": "did:web:example.com#k", "type": "JsonWebKey", "controller": "did:web:example.com",
			"publicKeyJwk": `+string(s.Key().JWK())+`}],
		"assertionMethod": ["did:web:example.com#k"],
		"service": [
			{"id": "did:web:example.com#files", "type": "Files", "serviceEndpoint": "https://example.com/files/"},
			{"id": "did:web:example.com#both", "type": ["A", "B"], "serviceEndpoint": ["https://a.example/", "https://b.example/"]}]
	}`, string(data))
	again, err := did.ParseDocument(data)
	require.NoError(t, err)
	key, err := again.Find("did:web:example.com#k", did.AssertionMethod)
	require.NoError(t, err)
	require.Equal(t, s.Key().Multibase(), key.Multibase())

	doc.Controllers = append(doc.Controllers, s.DID())
	data, err = json.Marshal(doc)
	require.NoError(t, err)
	again, err = did.ParseDocument(data)
	require.NoError(t, err)
	require.Equal(t, doc.Controllers, again.Controllers)

	for name, spoil := range map[string]func(*did.Document){
		"no id":             func(d *did.Document) { d.ID = did.DID{} },
		"no controller":     func(d *did.Document) { d.Methods[0].Controller = did.DID{} },
		"no key":            func(d *did.Document) { d.Methods[0].Key = did.Key{} },
		"another type's":    func(d *did.Document) { d.Methods[0].Type = "X25519KeyAgreementKey2020" },
		"unknown type":      func(d *did.Document) { d.Methods[0].Type = "Key" },
		"known, not made":   func(d *did.Document) { d.Methods[0].Type = "Ed25519VerificationKey2018" },
		"service, no type":  func(d *did.Document) { d.Services[0].Types = nil },
		"service, no id":    func(d *did.Document) { d.Services[0].ID = "" },
		"service, no place": func(d *did.Document) { d.Services[0].Endpoints = nil },
	} {
		bad := document(d, "did:web:example.com#k", s.Key())
		bad.Services = []did.Service{{ID: "urn:a:b", Types: []string{"T"}, Endpoints: []string{"urn:a:b"}}}
		spoil(bad)
		_, err := json.Marshal(bad)
		require.Error(t, err, name)
	}
}

func TestByMethod(t *testing.T) {
	web := parse(t, "did:web:a")
	key := personas.New("alice").Key()
	lie := says{document(parse(t, "did:web:b"), "did:web:b#k", key), nil}
	m := did.ByMethod{"web": says{document(web, "did:web:a#k", key), nil}, "key": lie, "jwk": lie, "lie": lie, "none": nil, "empty": says{}}
	for _, d := range []did.DID{web, key.DID(), key.AsJWK()} {
		doc, err := m.Resolve(t.Context(), d)
		require.NoError(t, err)
		require.Equal(t, d, doc.ID)
	}
	for text, want := range map[string]error{
		"did:lie:b": did.ErrDocument, "did:other:b": did.ErrMethod, "did:none:b": did.ErrMethod, "did:empty:b": did.ErrDocument,
	} {
		_, err := m.Resolve(t.Context(), parse(t, text))
		require.ErrorIs(t, err, want, text)
	}
	doc, err := did.ByMethod(nil).Resolve(t.Context(), key.DID())
	require.NoError(t, err)
	require.Equal(t, key.DID(), doc.ID)
	_, err = did.ByMethod(nil).Resolve(t.Context(), did.DID{})
	require.ErrorIs(t, err, did.ErrMethod)
}
