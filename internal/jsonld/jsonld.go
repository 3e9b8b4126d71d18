// Package jsonld turns a JSON-LD document into the bytes that a proof of an RDF
// suite signs: the canonical N-Quads (RDFC-1.0) of the statements it makes
// (JSON-LD 1.1).
//
// A document that is not understood in full is refused, because what yields no
// statement is not signed. So there are no undefined terms, no null, no empty
// arrays, no relative IRIs and no IRI that N-Quads cannot carry; values of the
// type @json are objects; and contexts come from a set that is known beforehand.
//
// One set of statements can be written as many documents, and who checks a
// credential reads JSON. So what a document says must be said where a reader of
// JSON looks for it: a property that a term stands for is written as that term
// and under no other name, and the keywords that carry statements elsewhere
// (@graph, @included, @nest, @reverse, @set) are refused, as is a second
// description of the document's own subject.
package jsonld

import (
	"crypto"
	"errors"
	"fmt"
)

// MaxSize is the longest document in bytes, that of a status list credential.
const MaxSize = 1 << 20

// Every error of this package wraps one of these, or one of strictjson.
var (
	// ErrContext is returned for a context that is malformed, not among the known
	// ones, or of a kind that is not understood.
	ErrContext = errors.New("jsonld: context not accepted")
	// ErrProtected is returned for a context that redefines or drops a protected
	// term, or one of a document that does so to any term of a known context.
	ErrProtected = errors.New("jsonld: protected term redefined")
	// ErrUndefined is returned for a term or type that no context defines.
	ErrUndefined = errors.New("jsonld: undefined term")
	// ErrIRI is returned for an IRI that is relative or has characters that an IRI
	// cannot have.
	ErrIRI = errors.New("jsonld: not an absolute IRI")
	// ErrDropped is returned for a value that makes no statement, as null does and
	// an empty array, and so would not be signed.
	ErrDropped = errors.New("jsonld: a value makes no statement")
	// ErrName is returned for a property or a type that is written otherwise than
	// by its term, so that a reader of JSON would miss it.
	ErrName = errors.New("jsonld: another name for a term")
	// ErrUnsupported is returned for a feature of JSON-LD that this package refuses.
	ErrUnsupported = errors.New("jsonld: feature refused")
	// ErrValue is returned for a value that its place does not allow, or that a
	// statement cannot hold in full.
	ErrValue = errors.New("jsonld: value not accepted")
	// ErrWork is returned for a document whose blank nodes or contexts take too
	// much work. It depends on the document alone.
	ErrWork = errors.New("jsonld: too much work")
	// ErrHash is returned for a hash other than SHA-256 and SHA-384.
	ErrHash = errors.New("jsonld: hash not supported")
)

// Canonicalize returns the canonical N-Quads of doc, with hash inside the
// canonicalisation: crypto.SHA256, or crypto.SHA384 for suites over P-384. doc is
// one JSON object of at most MaxSize bytes.
func (c *Contexts) Canonicalize(doc []byte, hash crypto.Hash) ([]byte, error) {
	if hash != crypto.SHA256 && hash != crypto.SHA384 {
		return nil, fmt.Errorf("%w: %v", ErrHash, hash)
	}
	quads, err := c.statements(doc)
	if err != nil {
		return nil, err
	}
	return canonicalize(quads, hash)
}

// statements returns the statements that a document makes.
func (c *Contexts) statements(doc []byte) ([]quad, error) {
	v, err := parse(doc, false)
	if err != nil {
		return nil, err
	}
	w := walker{contexts: c, roots: map[term]term{}}
	return w.document(&v)
}
