package didweb_test

import (
	"context"
	"fmt"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/did/didweb"
)

// A verifier that works offline has the documents it trusts at hand.
func ExampleResolver_Resolve() {
	web, err := didweb.New(didweb.Config{Offline: true, Pinned: [][]byte{[]byte(`{
		"id": "did:web:example.com",
		"assertionMethod": [{
			"id": "did:web:example.com#key-1", "type": "Multikey", "controller": "did:web:example.com",
			"publicKeyMultibase": "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"}]}`)}})
	if err != nil {
		panic(err)
	}
	resolver := did.ByMethod{"web": web}
	d, err := did.Parse("did:web:example.com")
	if err != nil {
		panic(err)
	}
	key, err := did.FindKey(context.Background(), resolver, d, "did:web:example.com#key-1", did.AssertionMethod)
	fmt.Println(key.Type(), err)
	// Output: Ed25519 <nil>
}

func ExampleURL() {
	d, err := did.Parse("did:web:example.com%3A8443:agents:bob")
	if err != nil {
		panic(err)
	}
	fmt.Println(didweb.URL(d))
	// Output: https://example.com:8443/agents/bob/did.json <nil>
}
