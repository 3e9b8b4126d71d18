package did

import (
	"context"
	"encoding/json"
	"fmt"
)

// Relationship is what a key may be used for (DID Core section 5.3).
type Relationship string

// The relationships that a document may state.
const (
	Authentication       Relationship = "authentication"
	AssertionMethod      Relationship = "assertionMethod"
	KeyAgreement         Relationship = "keyAgreement"
	CapabilityInvocation Relationship = "capabilityInvocation"
	CapabilityDelegation Relationship = "capabilityDelegation"
)

// VerificationMethod is a key of a document.
type VerificationMethod struct {
	ID         string // full DID URL, compared whole
	Controller DID
	Key        Key
}

// Document is a DID document (DID Core section 5), as far as verifying needs it.
type Document struct {
	ID      DID
	Methods []VerificationMethod
	Uses    map[Relationship][]string // ids of Methods
}

// Resolver finds the document of a DID. It returns ErrMethod for a DID of a
// method that is not its own.
type Resolver interface {
	Resolve(ctx context.Context, d DID) (*Document, error)
}

// Resolve returns the document of a did:key or did:jwk, offline; another DID is
// ErrMethod. It has one verification method, and no use of it for key agreement.
func Resolve(d DID) (*Document, error) {
	key, err := KeyOf(d)
	if err != nil {
		return nil, err
	}
	method := soleMethod(d, key)
	ids := []string{method}
	return &Document{
		ID:      d,
		Methods: []VerificationMethod{{ID: method, Controller: d, Key: key}},
		Uses: map[Relationship][]string{
			Authentication: ids, AssertionMethod: ids,
			CapabilityInvocation: ids, CapabilityDelegation: ids,
		},
	}, nil
}

// FindKey returns the key that the verification method with this DID URL has in
// the document of d, for this use. A did:key or did:jwk answers for itself; for any
// other DID r is asked, and a nil r refuses. The method of one DID is never another's,
// and nobody, the zero DID, has none.
func FindKey(ctx context.Context, r Resolver, d DID, method string, use Relationship) (Key, error) {
	if m := d.Method(); m == "key" || m == "jwk" {
		key, err := KeyOf(d)
		if err != nil {
			return Key{}, err
		}
		if method != soleMethod(d, key) || use == KeyAgreement {
			return Key{}, fmt.Errorf("%w: %.120q in %s", ErrNotFound, method, d)
		}
		return key, nil
	}
	if u, err := ParseURL(method); err != nil || u.DID != d {
		return Key{}, fmt.Errorf("%w: %.120q is not of %q", ErrNotFound, method, d.text)
	}
	if r == nil {
		return Key{}, fmt.Errorf("%w: no resolver for %.80q", ErrMethod, d.text)
	}
	doc, err := r.Resolve(ctx, d)
	if err != nil {
		return Key{}, err
	}
	if doc == nil || doc.ID != d {
		return Key{}, fmt.Errorf("%w: the document resolved is not that of %s", ErrInvalid, d)
	}
	return doc.Find(method, use)
}

// Find returns the key of the verification method with this DID URL, if the
// document states that use for it. A method with another controller, or without a
// key, is not found.
func (doc *Document) Find(method string, use Relationship) (Key, error) {
	if doc.allows(method, use) {
		for _, m := range doc.Methods {
			if m.ID == method && m.Controller == doc.ID && m.Key.typ != nil {
				return m.Key, nil
			}
		}
	}
	return Key{}, fmt.Errorf("%w: %.120q for %s in %s", ErrNotFound, method, use, doc.ID)
}

func (doc *Document) allows(method string, use Relationship) bool {
	for _, id := range doc.Uses[use] {
		if id == method {
			return true
		}
	}
	return false
}

// documentContexts are those of a document with Multikey verification methods.
var documentContexts = []string{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"}

// MarshalJSON writes the document as application/did+ld+json with Multikey
// verification methods.
func (doc *Document) MarshalJSON() ([]byte, error) {
	type method struct {
		ID         string `json:"id"`
		Type       string `json:"type"`
		Controller string `json:"controller"`
		Key        string `json:"publicKeyMultibase"`
	}
	out := struct {
		Context []string `json:"@context"`
		ID      string   `json:"id"`
		Methods []method `json:"verificationMethod,omitempty"`
		Auth    []string `json:"authentication,omitempty"`
		Assert  []string `json:"assertionMethod,omitempty"`
		Agree   []string `json:"keyAgreement,omitempty"`
		Invoke  []string `json:"capabilityInvocation,omitempty"`
		Deleg   []string `json:"capabilityDelegation,omitempty"`
	}{
		documentContexts, doc.ID.String(), nil,
		doc.Uses[Authentication], doc.Uses[AssertionMethod], doc.Uses[KeyAgreement],
		doc.Uses[CapabilityInvocation], doc.Uses[CapabilityDelegation],
	}
	for _, m := range doc.Methods {
		out.Methods = append(out.Methods, method{m.ID, "Multikey", m.Controller.String(), m.Key.Multibase()})
	}
	return json.Marshal(out)
}
