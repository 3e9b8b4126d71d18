package did

import (
	"context"
	"fmt"
)

// Resolver finds the document of a DID. It returns ErrMethod for a DID of a method
// that is not its own, and ErrNotFound where there is no document.
type Resolver interface {
	Resolve(ctx context.Context, d DID) (*Document, error)
}

// ByMethod is a Resolver that asks another one for each method, such as "web". A
// did:key or did:jwk always answers for itself, whatever stands here for them; a
// method that is not here is ErrMethod. The nil ByMethod resolves those two.
type ByMethod map[string]Resolver

// Resolve returns the document of d, and refuses that of another DID.
func (m ByMethod) Resolve(ctx context.Context, d DID) (*Document, error) {
	return resolve(ctx, m[d.Method()], d)
}

// resolve asks r, which may be nil, for what is not said by the DID itself.
func resolve(ctx context.Context, r Resolver, d DID) (*Document, error) {
	if saysAll(d) {
		return Resolve(d)
	}
	if r == nil {
		return nil, fmt.Errorf("%w: no resolver for %.80q", ErrMethod, d.text)
	}
	doc, err := r.Resolve(ctx, d)
	if err != nil {
		return nil, err
	}
	if doc == nil || doc.ID != d {
		return nil, fmt.Errorf("%w: the document resolved is not that of %s", ErrDocument, d)
	}
	return doc, nil
}

// saysAll reports whether KeyOf reads the key of d.
func saysAll(d DID) bool {
	m := d.Method()
	return m == "key" || m == "jwk"
}

// Resolve returns the document of a did:key or did:jwk, offline; another DID is
// ErrMethod. That of a did:key has Multikey methods: its key for every use but key
// agreement, for which there is a method of its own: the key itself if it is X25519,
// the derived key if it is Ed25519, none for ECDSA. That of a did:jwk has its key,
// a JsonWebKey2020, for every use that the key is fit for and its member use allows.
func Resolve(d DID) (*Document, error) {
	key, err := KeyOf(d)
	if err != nil {
		return nil, err
	}
	doc := &Document{ID: d, Uses: map[Relationship][]string{}}
	if d.Method() == "jwk" {
		text, err := jwkText(d.text[len(jwkPrefix):])
		if err != nil {
			return nil, err
		}
		doc.Methods = []VerificationMethod{{ID: d.text + jwkMethod, Controller: d, Key: key, Type: jsonWebKey2020, jwk: string(text)}}
		doc.use(d.text+jwkMethod, key.verifies(), key.agrees())
		return doc, nil
	}
	if key.verifies() {
		method := soleMethod(d, key)
		doc.Methods = []VerificationMethod{{ID: method, Controller: d, Key: key, Type: multikeyFormat}}
		doc.use(method, true, false)
	}
	if pub, err := key.agreement(); err == nil {
		agreement, err := NewKey(pub)
		if err != nil {
			return nil, err
		}
		method := d.text + "#" + agreement.text
		doc.Methods = append(doc.Methods, VerificationMethod{ID: method, Controller: d, Key: agreement, Type: multikeyFormat})
		doc.use(method, false, true)
	}
	return doc, nil
}

// use states what a method of doc is for.
func (doc *Document) use(method string, verify, agree bool) {
	for _, r := range relationships {
		if r == KeyAgreement && agree || r != KeyAgreement && verify {
			doc.Uses[r] = []string{method}
		}
	}
}

// FindKey returns the key that the verification method with this DID URL has in
// the document of d, for this use. A did:key or did:jwk answers for itself; for any
// other DID r is asked, and a nil r refuses. The method of one DID is never another's,
// and nobody, the zero DID, has none.
func FindKey(ctx context.Context, r Resolver, d DID, method string, use Relationship) (Key, error) {
	if saysAll(d) {
		return findOwn(d, method, use)
	}
	if u, err := ParseURL(method); err != nil || u.DID != d {
		return Key{}, fmt.Errorf("%w: %.120q is not of %q", ErrNotFound, method, d.text)
	}
	doc, err := resolve(ctx, r, d)
	if err != nil {
		return Key{}, err
	}
	return doc.Find(method, use)
}

// findOwn is Find in the document of a did:key or did:jwk, which is not made where
// the answer is its key.
func findOwn(d DID, method string, use Relationship) (Key, error) {
	if use == KeyAgreement {
		doc, err := Resolve(d)
		if err != nil {
			return Key{}, err
		}
		return doc.Find(method, use)
	}
	key, err := KeyOf(d)
	if err != nil {
		return Key{}, err
	}
	if !key.verifies() || method != soleMethod(d, key) {
		return Key{}, fmt.Errorf("%w: %.120q in %s", ErrNotFound, method, d)
	}
	return key, nil
}
