package did

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
)

// maxItems bounds every set of a document: each key costs the work of its curve.
const maxItems = 64

// ParseDocument reads the DID document of another (DID Core 1.0 and 1.1 section 5,
// Controlled Identifiers 1.0 section 2), of at most MaxDocument bytes: strict JSON,
// one spelling or the other of @context where there is one, ids that are DIDs, DID
// URLs and URIs, no two methods or services of one id, sets of at most 64.
//
// A method whose type, or whose type of key, is not known has the zero Key. One
// that is known and has a broken key, a key twice, or a private key, refuses the
// document. DID URLs may be relative to the DID, but not in a did:web, whose
// specification forbids it. All errors are ErrDocument; where the DID's own key is
// at fault, its error too.
func ParseDocument(data []byte) (*Document, error) {
	members, err := object(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	p := parser{
		doc:  &Document{Uses: map[Relationship][]string{}, raw: bytes.Clone(data)},
		seen: map[string]bool{},
	}
	for _, part := range []struct {
		name string
		read func([]byte) error
	}{
		{"id", p.id}, // first: the others are relative to it
		{"@context", p.context},
		{"alsoKnownAs", p.alsoKnownAs},
		{"controller", p.controllers},
		{"verificationMethod", p.methods},
		{string(Authentication), p.use(Authentication)},
		{string(AssertionMethod), p.use(AssertionMethod)},
		{string(KeyAgreement), p.use(KeyAgreement)},
		{string(CapabilityInvocation), p.use(CapabilityInvocation)},
		{string(CapabilityDelegation), p.use(CapabilityDelegation)},
		{"service", p.services},
	} {
		raw, ok := members[part.name]
		if !ok {
			continue
		}
		if err := part.read(raw); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrDocument, part.name, err)
		}
	}
	if p.doc.ID.IsZero() {
		return nil, fmt.Errorf("%w: no id", ErrDocument)
	}
	return p.doc, nil
}

// object reads the members of an object.
func object(data []byte) (map[string][]byte, error) {
	members := map[string][]byte{}
	return members, strictjson.Read(data, MaxDocument, func(r *strictjson.Reader) error {
		return r.Object(func(name string) (err error) {
			members[name], err = r.Raw()
			return err
		})
	})
}

// parser is a document of which some members are read.
type parser struct {
	doc  *Document
	seen map[string]bool // ids of methods
}

func (p *parser) id(raw []byte) error {
	text, err := stringOf(raw)
	if err != nil {
		return err
	}
	p.doc.ID, err = Parse(text)
	return err
}

// context checks that the first context is that of DID Core, 1.0 or 1.1. What else
// stands there is for readers of JSON-LD.
func (p *parser) context(raw []byte) error {
	first := ""
	one := func(r *strictjson.Reader, i int) error {
		if i > 0 && r.Kind() == '{' {
			return r.Skip()
		}
		text, err := r.String()
		if i == 0 {
			first = text
		}
		return err
	}
	if err := eachOrOne(raw, one); err != nil {
		return err
	}
	if first != documentContext && first != "https://www.w3.org/ns/did/v1.1" {
		return fmt.Errorf("begins with %.80q, want that of DID Core", first)
	}
	return nil
}

func (p *parser) alsoKnownAs(raw []byte) (err error) {
	p.doc.AlsoKnownAs, err = uris(raw)
	return err
}

func uris(raw []byte) (all []string, err error) {
	return all, each(raw, func(r *strictjson.Reader, _ int) error {
		text, err := r.String()
		if err != nil {
			return err
		}
		if !isURI(text) || contains(all, text) {
			return fmt.Errorf("%.80q is no URI, or there twice", text)
		}
		all = append(all, text)
		return nil
	})
}

func (p *parser) controllers(raw []byte) error {
	return eachOrOne(raw, func(r *strictjson.Reader, _ int) error {
		text, err := r.String()
		if err != nil {
			return err
		}
		d, err := Parse(text)
		for _, c := range p.doc.Controllers {
			if c == d {
				err = errTwice
			}
		}
		p.doc.Controllers = append(p.doc.Controllers, d)
		return err
	})
}

var errTwice = errors.New("twice")

func (p *parser) methods(raw []byte) error {
	return each(raw, func(r *strictjson.Reader, _ int) error {
		_, err := p.method(r)
		return err
	})
}

// use reads the methods of one relationship: references, or methods that are
// embedded there and for that use alone (DID Core section 5.3).
func (p *parser) use(use Relationship) func([]byte) error {
	return func(raw []byte) error {
		return each(raw, func(r *strictjson.Reader, _ int) error {
			id, err := p.methodOrID(r)
			if err != nil {
				return err
			}
			if contains(p.doc.Uses[use], id) {
				return errTwice
			}
			p.doc.Uses[use] = append(p.doc.Uses[use], id)
			return nil
		})
	}
}

func (p *parser) methodOrID(r *strictjson.Reader) (string, error) {
	if r.Kind() != '"' {
		return p.method(r)
	}
	text, err := r.String()
	if err != nil {
		return "", err
	}
	return p.url(text)
}

// url reads a DID URL, relative to the document's DID if it begins so.
func (p *parser) url(text string) (string, error) {
	if text != "" && strings.IndexByte("#?/", text[0]) >= 0 {
		if p.doc.ID.Method() == "web" {
			return "", fmt.Errorf("%w: %.80q is relative, which a did:web forbids", ErrURL, text)
		}
		text = p.doc.ID.text + text
	}
	u, err := ParseURL(text)
	return u.text, err
}

func contains(set []string, s string) bool {
	for _, e := range set {
		if e == s {
			return true
		}
	}
	return false
}

// stringOf reads a string; nil, a member that is not there, is an error.
func stringOf(raw []byte) (s string, err error) {
	if raw == nil {
		return "", errors.New("not there")
	}
	return s, strictjson.Read(raw, MaxDocument, func(r *strictjson.Reader) error {
		s, err = r.String()
		return err
	})
}

// each reads an array.
func each(raw []byte, element func(*strictjson.Reader, int) error) error {
	return strictjson.Read(raw, MaxDocument, func(r *strictjson.Reader) error {
		_, err := r.Array(maxItems, func(i int) error { return element(r, i) })
		return err
	})
}

// eachOrOne reads an array that is not empty, or what could be its one element.
func eachOrOne(raw []byte, element func(*strictjson.Reader, int) error) error {
	return strictjson.Read(raw, MaxDocument, func(r *strictjson.Reader) error {
		if r.Kind() != '[' {
			return element(r, 0)
		}
		n, err := r.Array(maxItems, func(i int) error { return element(r, i) })
		if err == nil && n == 0 {
			err = errors.New("an empty array")
		}
		return err
	})
}
