package did

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// documentContext is that of DID Core 1.0, which every reader knows.
const documentContext = "https://www.w3.org/ns/did/v1"

// MarshalJSON writes the document as application/did+ld+json, each verification
// method in its type: Multikey, JsonWebKey, JsonWebKey2020, Ed25519VerificationKey2020,
// X25519KeyAgreementKey2020 or EcdsaSecp256k1VerificationKey2019. A document that
// ParseDocument read is written as it was read; one that was changed since is
// ErrDocument.
func (doc *Document) MarshalJSON() ([]byte, error) {
	if doc.raw != nil {
		return doc.asRead()
	}
	out := documentJSON{
		Context: []string{documentContext}, ID: doc.ID, AlsoKnownAs: doc.AlsoKnownAs,
		Auth: doc.Uses[Authentication], Assert: doc.Uses[AssertionMethod], Agree: doc.Uses[KeyAgreement],
		Invoke: doc.Uses[CapabilityInvocation], Deleg: doc.Uses[CapabilityDelegation],
	}
	for i := range doc.Methods {
		text, err := doc.Methods[i].write("")
		if err != nil {
			return nil, err
		}
		out.Methods = append(out.Methods, text)
		out.addContext(doc.Methods[i].context())
	}
	for i := range doc.Services {
		text, err := doc.Services[i].write()
		if err != nil {
			return nil, err
		}
		out.Services = append(out.Services, text)
	}
	if len(doc.Controllers) == 1 {
		out.Controller = doc.Controllers[0]
	} else if len(doc.Controllers) > 1 {
		out.Controller = doc.Controllers
	}
	return json.Marshal(out)
}

// asRead returns the text that was read, if doc is still what it says.
func (doc *Document) asRead() ([]byte, error) {
	was, err := ParseDocument(doc.raw)
	if err != nil {
		return nil, err
	}
	sameUses := maps.EqualFunc(was.Uses, doc.Uses, slices.Equal[[]string])
	if was.ID != doc.ID || !sameUses || !slices.Equal(was.AlsoKnownAs, doc.AlsoKnownAs) ||
		!slices.Equal(was.Controllers, doc.Controllers) ||
		!slices.EqualFunc(was.Methods, doc.Methods, sameMethod) || !slices.EqualFunc(was.Services, doc.Services, sameService) {
		return nil, fmt.Errorf("%w: that of %s was changed after it was read", ErrDocument, doc.ID)
	}
	return doc.raw, nil
}

func sameMethod(a, b VerificationMethod) bool {
	return a.ID == b.ID && a.Controller == b.Controller && a.Type == b.Type && a.Key.text == b.Key.text
}

func sameService(a, b Service) bool {
	return a.ID == b.ID && slices.Equal(a.Types, b.Types) && slices.Equal(a.Endpoints, b.Endpoints)
}

// documentJSON are the members of a document.
type documentJSON struct {
	Context     []string          `json:"@context"`
	ID          DID               `json:"id"`
	AlsoKnownAs []string          `json:"alsoKnownAs,omitempty"`
	Controller  any               `json:"controller,omitempty"`
	Methods     []json.RawMessage `json:"verificationMethod,omitempty"`
	Auth        []string          `json:"authentication,omitempty"`
	Assert      []string          `json:"assertionMethod,omitempty"`
	Agree       []string          `json:"keyAgreement,omitempty"`
	Invoke      []string          `json:"capabilityInvocation,omitempty"`
	Deleg       []string          `json:"capabilityDelegation,omitempty"`
	Services    []json.RawMessage `json:"service,omitempty"`
}

func (d *documentJSON) addContext(context string) {
	for _, c := range d.Context {
		if c == context {
			return
		}
	}
	d.Context = append(d.Context, context)
}

// write returns the JSON of s, as it was read if it was.
func (s *Service) write() (json.RawMessage, error) {
	if s.raw != nil {
		return s.raw, nil
	}
	if s.ID == "" || len(s.Types) == 0 || len(s.Endpoints) == 0 {
		return nil, fmt.Errorf("%w: service %.120q lacks its id, a type or an endpoint", ErrDocument, s.ID)
	}
	return json.Marshal(struct {
		ID       string `json:"id"`
		Type     any    `json:"type"`
		Endpoint any    `json:"serviceEndpoint"`
	}{s.ID, oneOrAll(s.Types), oneOrAll(s.Endpoints)})
}

// oneOrAll writes a set of one as its element, as documents customarily do.
func oneOrAll(set []string) any {
	if len(set) == 1 {
		return set[0]
	}
	return set
}
