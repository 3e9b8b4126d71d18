package dataintegrity

import (
	"bytes"
	"fmt"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// Sign returns the document with one more proof, in the form of RFC 8785. Of p the
// type, the @context, the method and the value are filled in; Cryptosuite names
// the suite, Ed25519Signature2020 too. Proofs that are there already are kept, and
// not verified. With none the proof is an object.
func Sign(data []byte, max int, p Proof, signer *did.Signer, rdf RDF) ([]byte, error) {
	d, err := split(data, max)
	if err != nil {
		return nil, err
	}
	if d.value != nil {
		if err := d.readProofs(); err != nil {
			return nil, err
		}
	}
	if len(d.Proofs) == MaxProofs {
		return nil, fmt.Errorf("%w: %d proofs are there, the most", ErrForm, MaxProofs)
	}
	value, err := d.sign(p, signer, rdf)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for i := range d.Proofs {
		all = append(all, d.Proofs[i].text)
	}
	if all = append(all, value); len(all) == 1 && !d.Set {
		return d.with(value), nil
	}
	return d.with(append(append([]byte{'['}, bytes.Join(all, []byte{','})...), ']')), nil
}

// sign returns the new proof.
func (d *Document) sign(p Proof, signer *did.Signer, rdf RDF) ([]byte, error) {
	s, err := d.prepare(&p, signer)
	if err != nil {
		return nil, err
	}
	hash, err := s.hashOf(signer.Key())
	if err != nil {
		return nil, err
	}
	data, err := s.hashData(d, &p, hash, rdf)
	if err != nil {
		return nil, err
	}
	sig, err := signer.Sign(data)
	if err != nil {
		return nil, err
	}
	return put(p.options, "proofValue", quote(multikey.EncodeBase58(sig))), nil
}

// prepare fills in what the suite, the signer and the document say, and reads the
// proof back as Parse would read it.
func (d *Document) prepare(p *Proof, signer *did.Signer) (*suite, error) {
	var s *suite
	for i := range suites {
		if suites[i].name == p.Cryptosuite {
			s = &suites[i]
		}
	}
	if s == nil {
		return nil, fmt.Errorf("%w: %.40q", ErrSuite, p.Cryptosuite)
	}
	p.Type, p.Method = s.typ, signer.Method()
	if s.typ != dataIntegrityProof {
		p.Cryptosuite = ""
	}
	if s.repeat {
		p.Context, _ = strictjson.Cut(d.Content, "@context")
	}
	raw, err := p.marshal()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	text, err := strictjson.Canonical(raw, len(raw))
	if err != nil {
		return nil, wrap(ErrForm, err)
	}
	*p = Proof{text: put(text, "proofValue", quote(""))}
	if err := p.read(); err != nil {
		return nil, err
	}
	trial := &Document{Proofs: append(d.Proofs[:len(d.Proofs):len(d.Proofs)], *p)}
	if p.ID != "" && d.find(p.ID) >= 0 {
		return nil, fmt.Errorf("%w: two proofs with the id %.80q", ErrForm, p.ID)
	}
	return s, trial.checkChain()
}

// with returns the document with this proof member.
func (d *Document) with(value []byte) []byte { return put(d.Content, "proof", value) }

// put returns an object in the form of RFC 8785 with a member of that name in the
// place of any that it has. What is not of that form is a mistake of the caller.
func put(object []byte, name string, value []byte) []byte {
	_, rest := strictjson.Cut(object, name)
	if value == nil {
		return rest
	}
	return strictjson.Put(rest, name, value)
}

func quote(s string) []byte { return strictjson.AppendString(nil, s) }
