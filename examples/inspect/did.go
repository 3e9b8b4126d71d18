package main

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

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

// resolve returns the document of the DID in a DID URL that names something in it.
func resolve(subject raw) (*did.Document, error) {
	s, err := subjectText("did", subject)
	if err != nil {
		return nil, err
	}
	u, err := did.ParseURL(s)
	if err != nil {
		return nil, err
	}
	if _, err := did.Dereference(context.Background(), nil, s, did.DereferenceOptions{}); err != nil {
		return nil, err
	}
	return did.Resolve(u.DID)
}

// didView shows a DID document.
type didView struct{ doc *did.Document }

func (v didView) draw(p *paper) {
	for _, m := range v.doc.Methods {
		p.row("method", "%s", m.ID)
		p.row("key", "%s", strings.TrimSpace(either(string(m.Key.Type()), "of an unknown type")+" "+m.Key.Algorithm()))
		p.row("for", "%s", some(v.uses(m.ID)))
	}
}

// uses returns what a verification method may be used for.
func (v didView) uses(method string) (out []string) {
	for use, methods := range v.doc.Uses {
		if slices.Contains(methods, method) {
			out = append(out, string(use))
		}
	}
	slices.Sort(out)
	return out
}
