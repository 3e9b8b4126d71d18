package did_test

import (
	"errors"
	"fmt"

	"github.com/taperid/taper/did"
)

func ExampleParse() {
	d, err := did.Parse("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
	fmt.Println(d.Method(), err)

	_, err = did.Parse("did:key:z3tEFUdV4D3tCMG6Fr1deVvt32DCS1Y4SxDGoELedXaMUdTdr5FfZvBnbK9bWMhAGj3RHk")
	fmt.Println(errors.Is(err, did.ErrKeyType), err)
	// Output:
	// key <nil>
	// true did: key type not supported: multikey: unsupported key type: BLS12-381 G1
}

func ExampleGenerateKey() {
	alice, err := did.GenerateKey(did.Ed25519)
	if err != nil {
		panic(err)
	}
	fmt.Println(alice.DID().Method(), alice.Key().Type())
	// Output: key Ed25519
}

func ExampleNewSignerFromSeed() {
	seed := make([]byte, did.SeedSize) // never zeros outside an example
	alice, err := did.NewSignerFromSeed(did.Ed25519, seed)
	fmt.Println(alice, err)
	// Output: did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp <nil>
}

func ExampleKeyOf() {
	d, err := did.Parse("did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv")
	if err != nil {
		panic(err)
	}
	key, err := did.KeyOf(d)
	fmt.Println(key.Type(), key.Algorithm(), err)
	// Output: P-256 ES256 <nil>
}

func ExampleSigner_Sign() {
	alice, err := did.GenerateKey(did.P256)
	if err != nil {
		panic(err)
	}
	sig, err := alice.Sign([]byte("hello"))
	fmt.Println(len(sig), alice.Key().Canonical(sig), err)
	// Output: 64 true <nil>
}

func ExampleKey_Verify() {
	alice, err := did.GenerateKey(did.Ed25519)
	if err != nil {
		panic(err)
	}
	sig, err := alice.Sign([]byte("hello"))
	if err != nil {
		panic(err)
	}
	key, err := did.KeyOf(alice.DID()) // all that the verifier has
	if err != nil {
		panic(err)
	}
	fmt.Println(key.Verify("EdDSA", []byte("hello"), sig))
	fmt.Println(errors.Is(key.Verify("none", []byte("hello"), sig), did.ErrSignature))
	// Output:
	// <nil>
	// true
}
