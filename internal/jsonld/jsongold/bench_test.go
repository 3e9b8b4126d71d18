package jsongold_test

import (
	"crypto"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jsonld"
)

const benched = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],` +
	`"id":"urn:uuid:7b0e5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b11","type":["VerifiableCredential","ExampleDegreeCredential"],` +
	`"issuer":{"id":"did:example:university","name":"University of Examples"},"validFrom":"2026-11-23T07:00:00Z",` +
	`"credentialSubject":{"id":"did:example:student","degree":{"type":"ExampleBachelorDegree","name":"Bachelor of Science"}}}`

// Both make the same of it, so this compares the time that it takes them.
func BenchmarkSmallCredential(b *testing.B) {
	o := newOffline(b)
	c, err := jsonld.NewContexts(nil)
	require.NoError(b, err)
	want, err := gold(o, benched)
	require.NoError(b, err)
	b.Run("json-gold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := gold(o, benched); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("jsonld", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if out, err := c.Canonicalize([]byte(benched), crypto.SHA256); err != nil || string(out) != want {
				b.Fatal(err)
			}
		}
	})
}
