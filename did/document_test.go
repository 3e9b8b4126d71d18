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
	require.JSONEq(t, `{
		"@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
		"id": "`+s.DID().String()+`",
		"verificationMethod": [{"id": "`+s.Method()+`", "type": "Multikey", "controller": "`+s.DID().String()+`",
			"publicKeyMultibase": "`+s.Key().Multibase()+`"}],
		"authentication": `+m+`, "assertionMethod": `+m+`, "capabilityInvocation": `+m+`, "capabilityDelegation": `+m+`
	}`, string(data))
}
