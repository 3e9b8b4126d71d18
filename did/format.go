package did

import (
	"encoding/json"
	"fmt"
)

const (
	multikeyFormat = "Multikey"
	jsonWebKey     = "JsonWebKey"
	jsonWebKey2020 = "JsonWebKey2020"
)

// format is a type of verification method: how a key is written in a document.
type format struct {
	name    string
	jwk     bool    // as publicKeyJwk; else as publicKeyMultibase
	key     KeyType // the one type of key that it may have; empty: any
	also    string  // the format of the key of another type beside such a one
	context string  // that defines it

	// known formats are named here and neither read nor written.
	known bool
}

// formats are the types of verification method of W3C Controlled Identifiers 1.0,
// and those of old that other libraries still issue.
var formats = []format{
	{name: multikeyFormat, context: "https://w3id.org/security/multikey/v1"},
	{name: jsonWebKey, jwk: true, context: "https://w3id.org/security/jwk/v1"},
	{name: jsonWebKey2020, jwk: true, context: "https://w3id.org/security/suites/jws-2020/v1"},
	{
		name: "Ed25519VerificationKey2020", key: Ed25519, also: "X25519KeyAgreementKey2020",
		context: "https://w3id.org/security/suites/ed25519-2020/v1",
	},
	{name: "X25519KeyAgreementKey2020", key: X25519, context: "https://w3id.org/security/suites/x25519-2020/v1"},
	{
		name: "EcdsaSecp256k1VerificationKey2019", jwk: true, key: Secp256k1,
		context: "https://w3id.org/security/suites/secp256k1-2019/v1",
	},
	{name: "Ed25519VerificationKey2018", known: true},
	{name: "X25519KeyAgreementKey2019", known: true},
	{name: "EcdsaSecp256k1RecoveryMethod2020", known: true},
	{name: "Bls12381G1Key2020", known: true},
	{name: "Bls12381G2Key2020", known: true},
	{name: "P256Key2021", known: true},
	{name: "P384Key2021", known: true},
	{name: "P521Key2021", known: true},
	{name: "RsaVerificationKey2018", known: true},
}

// formatOf returns the format with this name, Multikey for the empty one. Any other
// name is ErrKeyType, a known one ErrKeyFormat.
func formatOf(name string) (format, error) {
	if name == "" {
		name = multikeyFormat
	}
	for _, f := range formats {
		switch {
		case f.name != name:
		case f.known:
			return format{}, fmt.Errorf("%w: %s", ErrKeyFormat, name)
		default:
			return f, nil
		}
	}
	return format{}, fmt.Errorf("%w: no verification method has type %.60q", ErrKeyType, name)
}

// knownFormat returns the format that a type of verification method names, and
// whether keys are read in it.
func knownFormat(typ string) (format, bool) {
	f, err := formatOf(typ)
	return f, err == nil && typ != ""
}

// withFormat returns doc with all its keys in one format; empty: doc as it is.
func (doc *Document) withFormat(name string) (*Document, error) {
	if name == "" {
		return doc, nil
	}
	f, err := formatOf(name)
	if err != nil {
		return nil, err
	}
	if doc.raw != nil {
		return nil, fmt.Errorf("%w: the keys of %s are written as their controller wrote them", ErrFeature, doc.ID)
	}
	out := doc.Clone()
	for i := range out.Methods {
		m := &out.Methods[i]
		m.Type = f.name
		if f.key != "" && m.Key.Type() != f.key {
			also, err := formatOf(f.also)
			if f.also == "" || err != nil || m.Key.Type() != also.key {
				return nil, fmt.Errorf("%w: a %s key as %s", ErrKeyFormat, m.Key.Type(), f.name)
			}
			m.Type = also.name
		}
	}
	return out, nil
}

// context returns the JSON-LD context that defines the type of m.
func (m *VerificationMethod) context() string {
	f, err := formatOf(m.Type)
	if err != nil {
		return ""
	}
	return f.context
}

// methodJSON are the members of a verification method.
type methodJSON struct {
	Context    string          `json:"@context,omitempty"`
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	Controller DID             `json:"controller"`
	Multibase  string          `json:"publicKeyMultibase,omitempty"`
	JWK        json.RawMessage `json:"publicKeyJwk,omitempty"`
}

// write returns the JSON of m, as it was read or in its format.
func (m *VerificationMethod) write(context string) (json.RawMessage, error) {
	if m.raw != nil {
		return m.raw, nil
	}
	f, err := formatOf(m.Type)
	if err != nil {
		return nil, err
	}
	if m.Key.typ == nil || f.key != "" && m.Key.Type() != f.key {
		return nil, fmt.Errorf("%w: %.120q has no key that a %s can be", ErrKey, m.ID, f.name)
	}
	out := methodJSON{Context: context, ID: m.ID, Type: f.name, Controller: m.Controller}
	switch {
	case !f.jwk:
		out.Multibase = m.Key.text
	case m.jwk != "":
		out.JWK = json.RawMessage(m.jwk)
	default:
		out.JWK = m.Key.JWK()
	}
	return json.Marshal(out)
}
