package did_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

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

func ExampleResolve() {
	d, err := did.Parse("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
	if err != nil {
		panic(err)
	}
	doc, err := did.Resolve(d)
	if err != nil {
		panic(err)
	}
	for _, m := range doc.Methods {
		fmt.Println(m.Key.Type(), m.Key.Algorithm())
	}
	// Output:
	// Ed25519 EdDSA
	// X25519
}

func ExampleParseDocument() {
	_, err := did.ParseDocument([]byte(`{"id": "did:example:123", "authentication": "#key-1"}`))
	fmt.Println(errors.Is(err, did.ErrDocument), did.ErrorName(err))
	// Output: true invalidDidDocument
}

func ExampleDereference() {
	const text = "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv" +
		"#zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"
	res, err := did.Dereference(context.Background(), nil, text, did.DereferenceOptions{KeyFormat: "JsonWebKey"})
	if err != nil {
		panic(err)
	}
	fmt.Println(res.Method.Type, string(res.Method.Key.JWK()))
	// Output: JsonWebKey {"crv":"P-256","kty":"EC","x":"igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns","y":"efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM"}
}

func ExampleParsePrivateKey() {
	private, err := did.ParsePrivateKey([]byte(`-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
-----END PRIVATE KEY-----`)) // never zeros outside an example
	if err != nil {
		panic(err)
	}
	fmt.Println(private) // the public key
	jwk, err := private.ExportJWK()
	fmt.Println(string(jwk), err)
	// Output:
	// did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp
	// {"crv":"Ed25519","d":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","kty":"OKP","x":"O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik"} <nil>
}

// The handler of a resolver, GET /1.0/identifiers/{did}.
func ExampleResult() {
	handle := func(w io.Writer, text string) {
		res, err := did.Dereference(context.Background(), did.ByMethod{}, text, did.DereferenceOptions{})
		if err := json.NewEncoder(w).Encode(did.Result{Text: text, Resource: res, Err: err}); err != nil {
			panic(err)
		}
	}
	handle(os.Stdout, "did:web:example.com")
	// Output: {"@context":"https://w3id.org/did-resolution/v1","didDocument":{},"didResolutionMetadata":{"error":"methodNotSupported"},"didDocumentMetadata":{}}
}
