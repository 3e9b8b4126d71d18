package dataintegrity

import (
	"bytes"
	"crypto"
	_ "crypto/sha512" // SHA-384 for P-384
	"fmt"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// suite is a row of the table of suites: all that is particular to one.
type suite struct {
	name string // the cryptosuite, or for older ones the type of the proof
	typ  string // of the proof
	keys []keyHash
	rdf  bool // signs the canonical RDF dataset; the others sign the JSON (RFC 8785)

	// context defines the terms of the proof, where the document's do not.
	context string

	// repeat says that a proof states the @context of its document, which the
	// suites that sign JSON may.
	repeat bool
}

// keyHash is a kind of key that a suite signs with, and its hash.
type keyHash struct {
	key  did.KeyType
	hash crypto.Hash
}

var (
	edwards = []keyHash{{did.Ed25519, crypto.SHA256}}
	nist    = []keyHash{{did.P256, crypto.SHA256}, {did.P384, crypto.SHA384}}
)

const (
	contextV2   = "https://w3id.org/security/data-integrity/v2"
	context2020 = "https://w3id.org/security/suites/ed25519-2020/v1"
)

var suites = []suite{
	{name: "eddsa-jcs-2022", typ: dataIntegrityProof, keys: edwards, context: contextV2, repeat: true},
	{name: "ecdsa-jcs-2019", typ: dataIntegrityProof, keys: nist, context: contextV2, repeat: true},
	{name: "eddsa-rdfc-2022", typ: dataIntegrityProof, keys: edwards, context: contextV2, rdf: true},
	{name: "ecdsa-rdfc-2019", typ: dataIntegrityProof, keys: nist, context: contextV2, rdf: true},
	{name: "Ed25519Signature2020", typ: "Ed25519Signature2020", keys: edwards, context: context2020, rdf: true},
}

func suiteOf(name, typ string) (*suite, error) {
	for i := range suites {
		if s := &suites[i]; s.name == name && s.typ == typ {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%w: %.40q", ErrSuite, name)
}

// Context returns the context that defines the terms of a proof by the suite of
// that name, and whether there is such a suite.
func Context(name string) (string, bool) {
	for i := range suites {
		if suites[i].name == name {
			return suites[i].context, true
		}
	}
	return "", false
}

// hashOf returns the hash that goes with a key.
func (s *suite) hashOf(key did.Key) (crypto.Hash, error) {
	for _, k := range s.keys {
		if k.key == key.Type() {
			return k.hash, nil
		}
	}
	return 0, fmt.Errorf("%w: a %s key with %s", ErrKey, key.Type(), s.name)
}

// hashData returns what is signed: the hash of the proof's options and that of
// what the proof is over (vc-di-eddsa sections 3.2.4 and 3.3.4, vc-di-ecdsa the
// same).
func (s *suite) hashData(d *Document, p *Proof, hash crypto.Hash, rdf RDF) ([]byte, error) {
	if !s.rdf {
		return append(sum(hash, p.options), sum(hash, d.signed(p))...), nil
	}
	if rdf == nil {
		return nil, fmt.Errorf("%w: %.40q without JSON-LD", ErrSuite, p.Suite())
	}
	options, err := rdf(d.linked(p), hash)
	if err != nil {
		return nil, err
	}
	doc, err := d.statements(p, hash, rdf)
	if err != nil {
		return nil, err
	}
	return append(sum(hash, options), doc...), nil
}

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(make([]byte, 0, 2*hash.Size()))
}

// linked returns the options of a proof as a document of its own, which is read
// under the @context of d and then its own.
func (d *Document) linked(p *Proof) []byte {
	context, _ := strictjson.Cut(d.Content, "@context")
	if p.Context != nil && !bytes.Equal(p.Context, context) {
		context = join(context, p.Context)
	}
	return put(p.options, "@context", context)
}

// statements returns the hash of the statements that p is over.
func (d *Document) statements(p *Proof, hash crypto.Hash, rdf RDF) ([]byte, error) {
	if s := d.sums[hash]; s != nil && len(p.Previous) == 0 {
		return s, nil
	}
	quads, err := rdf(d.signed(p), hash)
	if err != nil {
		return nil, err
	}
	s := sum(hash, quads)
	if len(p.Previous) == 0 {
		if d.sums == nil {
			d.sums = make(map[crypto.Hash][]byte)
		}
		d.sums[hash] = s
	}
	return s, nil
}

// join writes two contexts as one array.
func join(a, b []byte) []byte {
	out := []byte{'['}
	for i, c := range [][]byte{a, b} {
		if len(c) == 0 || string(c) == "[]" {
			continue
		}
		if i > 0 && len(out) > 1 {
			out = append(out, ',')
		}
		if c[0] == '[' {
			c = c[1 : len(c)-1]
		}
		out = append(out, c...)
	}
	return append(out, ']')
}

// Verify checks proof i of d, which it may be called for by one goroutine at a
// time, under the key that its verificationMethod is: the
// suite, the @context, the proofValue, the signature. rdf may be nil, and then no
// suite that signs RDF is accepted.
func (d *Document) Verify(i int, key did.Key, rdf RDF) error {
	p := &d.Proofs[i]
	s, err := suiteOf(p.Suite(), p.Type)
	if err != nil {
		return err
	}
	hash, err := s.hashOf(key)
	if err != nil {
		return err
	}
	if err := d.checkContext(s, p); err != nil {
		return err
	}
	sig, err := multikey.DecodeBase58(p.Value, signatureSize(key))
	if err != nil {
		return fmt.Errorf("%w: proofValue: %w", ErrSignature, err)
	}
	data, err := s.hashData(d, p, hash, rdf)
	if err != nil {
		return err
	}
	if err := key.Verify(key.Algorithm(), data, sig); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// Signed returns what proof i, by this key, is over beside its options and other
// proofs: Content, or where its suite signs RDF the hash of the statements, which
// many documents make alike.
func (d *Document) Signed(i int, key did.Key, rdf RDF) ([]byte, error) {
	s, err := suiteOf(d.Proofs[i].Suite(), d.Proofs[i].Type)
	if err != nil || !s.rdf {
		return d.Content, err
	}
	hash, err := s.hashOf(key)
	if err != nil {
		return nil, err
	}
	return d.statements(new(Proof), hash, rdf)
}

// checkContext demands that a proof which states an @context states the
// document's. The standard lets a document have more than its proof states, and
// then the rest is not signed (vc-di-eddsa section 3.3.2). A proof over RDF may
// state its suite's own instead, for a document that lacks it; any other could
// give the members of the proof, which are read as JSON, another meaning.
func (d *Document) checkContext(s *suite, p *Proof) error {
	if p.Context == nil {
		return nil
	}
	context, _ := strictjson.Cut(d.Content, "@context")
	own := quote(s.context)
	switch {
	case bytes.Equal(p.Context, context):
		return nil
	case s.rdf && (bytes.Equal(p.Context, own) || string(p.Context) == "["+string(own)+"]"):
		return nil
	}
	return fmt.Errorf("%w: it is not the document's", ErrContext)
}

// signatureSize is the length of a signature by a key, which has a type.
func signatureSize(key did.Key) int {
	t, _ := multikey.ByName(string(key.Type()))
	return t.SigSize
}
