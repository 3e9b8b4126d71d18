package did

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// MaxDocument is the longest document that ParseDocument reads, in bytes.
const MaxDocument = 64 << 10

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

// relationships are all of them, in the order in which a document is written.
var relationships = [...]Relationship{
	Authentication, AssertionMethod, KeyAgreement, CapabilityInvocation, CapabilityDelegation,
}

// VerificationMethod is a key of a document. Type is the form that it is written
// in, such as Multikey, which is also what an empty one stands for. Key is zero in
// the document of another where the form or the type of the key is not understood.
type VerificationMethod struct {
	ID         string // full DID URL, compared whole
	Controller DID
	Key        Key
	Type       string

	jwk   string // of a did:jwk: the text of its key
	ended bool   // it states a time at which it ends, or was revoked
	raw   []byte // as read by ParseDocument
}

// Service is a way of reaching the subject of a document (DID Core section 5.4).
type Service struct {
	ID        string   // a URI, compared whole
	Types     []string // at least one
	Endpoints []string // those that are URIs; one that is a map is in the JSON alone

	raw []byte // as read by ParseDocument
}

// Document is a DID document (DID Core section 5). One that ParseDocument read has
// members that are not here, so it is written as it was read: to change it, build
// another.
type Document struct {
	ID          DID
	AlsoKnownAs []string // URIs
	Controllers []DID    // who may change the document; it says nothing about keys
	Methods     []VerificationMethod
	Uses        map[Relationship][]string // ids of Methods, and of methods elsewhere
	Services    []Service

	raw []byte // as read by ParseDocument
}

// Clone returns a copy of doc that can be changed without doc.
func (doc *Document) Clone() *Document {
	out := *doc
	out.AlsoKnownAs, out.Controllers = slices.Clone(doc.AlsoKnownAs), slices.Clone(doc.Controllers)
	out.Methods, out.Services = slices.Clone(doc.Methods), slices.Clone(doc.Services)
	for i, s := range doc.Services {
		out.Services[i].Types, out.Services[i].Endpoints = slices.Clone(s.Types), slices.Clone(s.Endpoints)
	}
	out.Uses = maps.Clone(doc.Uses)
	for use, ids := range doc.Uses {
		out.Uses[use] = slices.Clone(ids)
	}
	return &out
}

// Find returns the key of the verification method with this DID URL, if the
// document states that use for it and the key can be put to it. Not found is a
// method of another DID, one with another controller, without a key, or one that
// states that it expires or is revoked: there is no clock here to judge when.
func (doc *Document) Find(method string, use Relationship) (Key, error) {
	if doc.allows(method, use) && strings.HasPrefix(method, doc.ID.text+"#") {
		for _, m := range doc.Methods {
			if m.ID == method && m.Controller == doc.ID && !m.ended && m.Key.fits(use) {
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

// fits reports whether k can do what a relationship is about.
func (k Key) fits(use Relationship) bool {
	if use == KeyAgreement {
		return k.agrees()
	}
	return k.verifies()
}
