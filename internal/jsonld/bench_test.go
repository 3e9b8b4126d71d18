package jsonld_test

import (
	"crypto"
	"crypto/ed25519"
	"testing"
	"time"

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

// BenchmarkCanonicalize measures the documents of a verification against the bare
// check of a signature, a round of each in turn, so that both see the same machine.
func BenchmarkCanonicalize(b *testing.B) {
	c, err := jsonld.NewContexts(nil)
	require.NoError(b, err)
	pub, priv, err := ed25519.GenerateKey(nil)
	require.NoError(b, err)
	message := make([]byte, 64)
	sig := ed25519.Sign(priv, message)
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
			var measured, floor time.Duration
			for b.Loop() {
				start := time.Now()
				for _, doc := range bench.docs {
					if _, err := c.Canonicalize([]byte(doc), crypto.SHA256); err != nil {
						b.Fatal(err)
					}
				}
				middle := time.Now()
				ed25519.Verify(pub, message, sig)
				measured, floor = measured+middle.Sub(start), floor+time.Since(middle)
			}
			b.ReportMetric(float64(measured.Nanoseconds())/float64(b.N), "ns/op")
			b.ReportMetric(float64(measured)/float64(floor), "x-floor")
		})
	}
}
