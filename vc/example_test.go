package vc_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

// Whoever verifies says whom it trusts; how a credential is secured it finds out.
func Example() {
	alice := personas.New("alice")
	credential := vc.Credential{
		ValidFrom: noon, Subject: []vc.Subject{{ID: "did:example:bob", Claims: json.RawMessage(`{"name":"Bob"}`)}},
	}
	trusted := vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, Now: noon}
	for _, format := range []vc.Format{vc.JWT, vc.EdDSAJCS, vc.EdDSARDFC} {
		secured, err := vc.Sign(credential, alice, vc.SignOptions{Format: format})
		if err != nil {
			panic(err)
		}
		v, err := vc.Verify(context.Background(), []byte(secured), trusted)
		if err != nil {
			panic(err)
		}
		fmt.Println(v.Proof().Format, v.Issuer() == alice.DID(), v.Credential().Subject[0].ID)
	}
	// Output:
	// vc+jwt true did:example:bob
	// eddsa-jcs-2022 true did:example:bob
	// eddsa-rdfc-2022 true did:example:bob
}

// A witness signs over the issuer's proof, so that it cannot be taken away.
func ExampleAddProof() {
	alice, bob := personas.New("alice"), personas.NewP256("bob")
	secured, err := vc.Sign(vc.Credential{
		Subject: []vc.Subject{{ID: "did:example:carol", Claims: json.RawMessage(`{"name":"Carol"}`)}},
	}, alice, vc.SignOptions{Format: vc.EdDSAJCS, ProofID: "urn:example:issued"})
	if err != nil {
		panic(err)
	}
	witnessed, err := vc.AddProof([]byte(secured), bob, vc.SignOptions{Format: vc.ECDSAJCS, Previous: []string{"urn:example:issued"}})
	if err != nil {
		panic(err)
	}
	v, err := vc.Verify(context.Background(), witnessed, vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, Now: noon})
	if err != nil {
		panic(err)
	}
	for _, p := range v.Proofs() {
		fmt.Println(p.Format, p.Signer == bob.DID(), p.Previous)
	}
	// Output:
	// eddsa-jcs-2022 false []
	// ecdsa-jcs-2019 true [urn:example:issued]
}

// A verifier asks for a presentation with a challenge of its own.
func ExampleVerifyPresentation() {
	alice, bob := personas.New("alice"), personas.New("bob")
	credential, err := vc.Sign(vc.Credential{
		Subject: []vc.Subject{{ID: bob.DID().String(), Claims: json.RawMessage(`{"name":"Bob"}`)}},
	}, alice, vc.SignOptions{})
	if err != nil {
		panic(err)
	}
	shown, err := vc.SignPresentation(vc.Presentation{
		Credentials: []string{credential}, Challenge: "n-1", Domain: "https://shop.example", Format: vc.EdDSAJCS,
	}, bob)
	if err != nil {
		panic(err)
	}
	p, err := vc.VerifyPresentation(context.Background(), []byte(shown), vc.PresentationOptions{
		Challenge: "n-1", Domain: "https://shop.example", VerifyOptions: vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, Now: noon},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.Holder() == bob.DID(), p.Credentials()[0].Credential().Subject[0].ID == bob.DID().String())
	// Output: true true
}
