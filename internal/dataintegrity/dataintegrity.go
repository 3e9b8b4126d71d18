// Package dataintegrity is the one door through which embedded proofs (W3C Data
// Integrity 1.0, with the suites of EdDSA and ECDSA Cryptosuites 1.0) enter and
// leave the library.
//
// A document is strict JSON. Its proof member is one object or an array of them,
// each with the members of the standard and no other. What a proof is over is the
// rest of the document, and with previousProof the proofs named there too. Who
// made a proof, when, for what and whether that counts is the caller's to judge;
// what is decided here is the form, the suite and the signature.
package dataintegrity

import (
	"crypto"
	"errors"
	"fmt"

	"github.com/taperid/taper/internal/strictjson"
)

var (
	// ErrMissing is returned for a document without a proof.
	ErrMissing = errors.New("dataintegrity: no proof")
	// ErrForm is returned for a proof that has a member it may not have, lacks
	// one it must have, or has one of the wrong form.
	ErrForm = errors.New("dataintegrity: malformed proof")
	// ErrPrevious is returned for a previousProof that names no proof of the
	// document, or leads back to itself.
	ErrPrevious = errors.New("dataintegrity: previousProof")
	// ErrSuite is returned for a cryptosuite, or a type of proof, that is not
	// supported.
	ErrSuite = errors.New("dataintegrity: unsupported suite")
	// ErrKey is returned for a key that is not of the suite.
	ErrKey = errors.New("dataintegrity: key is not of the suite")
	// ErrContext is returned for a proof whose @context is not the document's.
	ErrContext = errors.New("dataintegrity: @context of the proof")
	// ErrSignature is returned for a proofValue that is none, or does not verify.
	ErrSignature = errors.New("dataintegrity: wrong signature")
)

// MaxProofs bounds the proofs of one document.
const MaxProofs = 16

// RDF writes a JSON-LD document as the canonical form of its RDF dataset
// (RDFC-1.0, with that hash inside). It refuses what it would have to drop.
type RDF func(doc []byte, hash crypto.Hash) ([]byte, error)

// Document is a secured document taken apart. Nothing in it was verified.
type Document struct {
	Content []byte  // the document without its proofs, in the form of RFC 8785
	Proofs  []Proof // one or more, in their order
	Set     bool    // the proof member is an array

	text  []byte // the document with its proofs, in the form of RFC 8785
	value []byte // of the proof member

	// sums are the hashes of the statements of Content, once they are made: a set
	// of proofs is over one and the same.
	sums map[crypto.Hash][]byte
}

// Parse takes a document of at most max bytes apart.
func Parse(data []byte, max int) (*Document, error) {
	d, err := split(data, max)
	if err != nil {
		return nil, err
	}
	if d.value == nil {
		return nil, ErrMissing
	}
	if err := d.readProofs(); err != nil {
		return nil, err
	}
	return d, nil
}

// Text returns the whole document, proofs included, in the form of RFC 8785. Two
// texts of one document are one.
func (d *Document) Text() []byte { return d.text }

func split(data []byte, max int) (*Document, error) {
	text, err := strictjson.Canonical(data, max)
	if err != nil {
		return nil, err
	}
	if text[0] != '{' {
		return nil, fmt.Errorf("%w: a document is an object", strictjson.ErrShape)
	}
	d := &Document{text: text}
	d.value, d.Content = strictjson.Cut(text, "proof")
	return d, nil
}

func (d *Document) readProofs() error {
	err := strictjson.Read(d.value, len(d.value), func(r *strictjson.Reader) error {
		if r.Kind() != '[' {
			return d.readProof(r)
		}
		d.Set = true
		_, err := r.Array(MaxProofs, func(int) error { return d.readProof(r) })
		return err
	})
	if err != nil {
		return wrap(ErrForm, err)
	}
	if len(d.Proofs) == 0 {
		return fmt.Errorf("%w: an empty array of proofs", ErrForm)
	}
	return d.checkChain()
}

func (d *Document) readProof(r *strictjson.Reader) error {
	raw, err := r.Raw()
	if err != nil {
		return err
	}
	p := Proof{text: raw}
	if err := p.read(); err != nil {
		return fmt.Errorf("proof %d: %w", len(d.Proofs), err)
	}
	for i := range d.Proofs {
		if p.ID != "" && d.Proofs[i].ID == p.ID {
			return fmt.Errorf("%w: two proofs with the id %.80q", ErrForm, p.ID)
		}
	}
	d.Proofs = append(d.Proofs, p)
	return nil
}

// wrap gives err a sentinel of this package unless it has one.
func wrap(sentinel, err error) error {
	if errors.Is(err, sentinel) {
		return err
	}
	return fmt.Errorf("%w: %w", sentinel, err)
}
