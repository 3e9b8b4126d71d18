package jsonld_test

import (
	"crypto"
	"crypto/ed25519"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jsonld"
)

// benched is a credential of 1.2 KB with two subjects and a status, and the
// options of a proof over it.
const benched = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],` +
	`"id":"urn:uuid:7b0e5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b11","type":["VerifiableCredential","ExampleDegreeCredential"],` +
	`"name":"Degree of Examples","description":"What its subject has learnt, and where, and when, and by whom it was taught.",` +
	`"issuer":{"id":"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp","name":"University of Examples"},` +
	`"validFrom":"2026-11-23T07:00:00Z","validUntil":"2027-11-23T07:00:00Z",` +
	`"credentialStatus":{"id":"https://status.example/lists/3#94567","type":"BitstringStatusListEntry","statusPurpose":"revocation",` +
	`"statusListIndex":"94567","statusListCredential":"https://status.example/lists/3"},` +
	`"credentialSubject":[{"id":"did:key:z6Mkk7yqnGF3YwTrLpqrW6PGsKci7dNqh1CjnvMbzrMerSeL","type":"ExamplePerson",` +
	`"degree":{"type":"ExampleBachelorDegree","name":"Bachelor of Science and Arts","year":2026}},` +
	`{"id":"did:key:z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V","spouse":"did:key:z6Mkk7yqnGF3YwTrLpqrW6PGsKci7dNqh1CjnvMbzrMerSeL",` +
	`"address":{"street":"1 Example Street","city":"Exampleton"}}]}`

const benchedOptions = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],` +
	`"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","created":"2026-11-23T07:00:01Z",` +
	`"verificationMethod":"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp#z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",` +
	`"proofPurpose":"assertionMethod"}`

// BenchmarkCanonicalize reports how long both documents of a verification take
// beside the bare signature check, measured in the same run.
func BenchmarkCanonicalize(b *testing.B) {
	c, err := jsonld.NewContexts(nil)
	require.NoError(b, err)
	pub, priv, err := ed25519.GenerateKey(nil)
	require.NoError(b, err)
	message := make([]byte, 64)
	sig := ed25519.Sign(priv, message)
	floor := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			ed25519.Verify(pub, message, sig)
		}
	})
	for _, bench := range []struct {
		name string
		docs []string
	}{
		{"document", []string{benched}},
		{"options", []string{benchedOptions}},
		{"both", []string{benched, benchedOptions}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, doc := range bench.docs {
					if _, err := c.Canonicalize([]byte(doc), crypto.SHA256); err != nil {
						b.Fatal(err)
					}
				}
			}
			perOp := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(perOp/float64(floor.NsPerOp()), "x-floor")
		})
	}
}
