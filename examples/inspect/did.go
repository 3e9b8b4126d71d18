package main

import (
	"encoding/hex"
	"fmt"

	"github.com/taperid/taper/did"
)

// judgeDID accepts a DID that says its own key, and a DID URL that names what is in
// its document.
func judgeDID(f *fields) *result {
	subject := f.required("did")
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	doc, err := resolve(subject)
	r := accepted(err)
	if err != nil {
		return r
	}
	key := doc.Methods[0].Key
	r.add("keyType", string(key.Type()))
	r.add("publicKeyHex", hex.EncodeToString(key.Bytes()))
	r.add("document", doc)
	r.view = didView{doc}
	return r
}

func resolve(subject raw) (*did.Document, error) {
	s, err := subjectText("did", subject)
	if err != nil {
		return nil, err
	}
	u, err := did.ParseURL(s)
	if err != nil {
		return nil, err
	}
	doc, err := did.Resolve(u.DID)
	if err != nil {
		return nil, err
	}
	return doc, names(doc, u)
}

// names returns nil where a DID URL names the DID itself or something that its
// document has.
func names(doc *did.Document, u did.URL) error {
	if u.String() == u.DID.String() {
		return nil
	}
	for _, m := range doc.Methods {
		if m.ID == u.String() {
			return nil
		}
	}
	return fmt.Errorf("%w: %.120q in the document of %s", did.ErrNotFound, u.String(), u.DID)
}

// didView shows a DID document.
type didView struct{ doc *did.Document }

func (v didView) draw(p *paper) {
	for _, m := range v.doc.Methods {
		p.row("key", "%s %s", m.Key.Type(), m.Key.Multibase())
		p.row("method", "%s", m.ID)
		p.row("alg", "%s", m.Key.Algorithm())
	}
}
