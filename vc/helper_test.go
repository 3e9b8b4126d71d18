package vc_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/vc"
)

// signContent signs any content as a presentation for the verifier of the tests,
// past all that SignPresentation checks.
func signContent(t testing.TB, content string, s *did.Signer) []byte {
	t.Helper()
	return signAs(t, content, s, dataintegrity.Proof{
		Cryptosuite: "eddsa-jcs-2022", Purpose: "authentication", Challenge: "c-1", Domain: []string{verifier},
	})
}

func signAs(t testing.TB, content string, s *did.Signer, p dataintegrity.Proof) []byte {
	t.Helper()
	out, err := dataintegrity.Sign([]byte(content), 1<<20, p, s, nil)
	require.NoError(t, err)
	return out
}

// citizenship is a context of our own with the terms of the employment documents
// of the standards' vectors, by the IRIs in their canonical forms: theirs is not
// among the vectors.
const citizenship = `{"@context":{
	"EmploymentAuthorizationDocumentCredential":"https://w3id.org/citizenship#EmploymentAuthorizationDocumentCredential",
	"EmployablePerson":"https://w3id.org/citizenship#EmployablePerson",
	"EmploymentAuthorizationDocument":"https://w3id.org/citizenship#EmploymentAuthorizationDocument",
	"Person":"https://schema.org/Person",
	"image":{"@id":"https://schema.org/image","@type":"@id"},
	"givenName":"https://schema.org/givenName","additionalName":"https://schema.org/additionalName",
	"familyName":"https://schema.org/familyName","gender":"https://schema.org/gender",
	"identifier":"https://schema.org/identifier",
	"birthDate":{"@id":"https://schema.org/birthDate","@type":"http://www.w3.org/2001/XMLSchema#dateTime"},
	"birthCountry":"https://w3id.org/citizenship#birthCountry",
	"employmentAuthorizationDocument":"https://w3id.org/citizenship#employmentAuthorizationDocument",
	"residentSince":{"@id":"https://w3id.org/citizenship#residentSince","@type":"http://www.w3.org/2001/XMLSchema#dateTime"},
	"lprCategory":"https://w3id.org/citizenship#lprCategory","lprNumber":"https://w3id.org/citizenship#lprNumber"}}`

// moreContexts are the contexts that vectors of others need beside the embedded
// ones.
func moreContexts(t testing.TB) *vc.Contexts {
	t.Helper()
	var index map[string]string
	require.NoError(t, json.Unmarshal(vectors.Read(t, "peers", "contexts", "index.json"), &index))
	more := map[string][]byte{"https://w3id.org/citizenship/v4rc1": []byte(citizenship)}
	for url, file := range index {
		more[url] = vectors.Read(t, "peers", "contexts", file)
		if _, err := vc.NewContexts(map[string][]byte{url: more[url]}); err != nil {
			delete(more, url) // embedded, in another text
		}
	}
	contexts, err := vc.NewContexts(more)
	require.NoError(t, err)
	return contexts
}
