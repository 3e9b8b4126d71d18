package delegation

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// secured is how a link is secured: as a JWS, or as a document with one proof. Its
// form was checked and nothing else.
type secured struct {
	token    *jose.Token             // nil: a document
	document *dataintegrity.Document // nil: a JWS
}

var linkKind = jose.Kind{Typ: string(vc.JWT), Cty: "vc", Iss: true}

// suites are those that may secure a link: they sign its JSON. Those that sign RDF
// sign one thing for many JSON documents.
var suites = []vc.Format{vc.EdDSAJCS, vc.ECDSAJCS}

// open reads how a link is secured, sets its exact bytes and their digest, and
// returns what it says. The digest of raw, where it is known, is that of a JWS; the
// exact bytes of a document are others.
func (l *link) open(raw, digest string) (payload []byte, err error) {
	if !isDocument(raw) {
		l.raw, l.digest = raw, digest
		if l.token, err = jose.Parse(raw, MaxLinkBytes, linkKind); err == nil && digest == "" {
			l.digest = multikey.Digest(l.token.Raw)
		}
		if err != nil {
			return nil, err
		}
		return l.token.Payload, nil
	}
	if l.document, err = dataintegrity.Parse([]byte(raw), MaxLinkBytes); err != nil {
		return nil, err
	}
	if l.raw = string(l.document.Text()); l.raw != raw {
		return nil, errors.New("a document with a number that is no plain integer") // see canonicalLink
	}
	l.digest = multikey.Digest(l.document.Text())
	return l.document.Content, checkProof(l.document)
}

// checkProof: a link has one proof, an object of these members alone.
func checkProof(d *dataintegrity.Document) error {
	p := &d.Proofs[0]
	context, _ := strictjson.Cut(d.Content, "@context")
	switch {
	case d.Set:
		return errors.New("proof: an array, want one object")
	case p.Cryptosuite == "":
		return fmt.Errorf("proof of type %.40q, want one that names a cryptosuite", p.Type)
	case p.ID != "" || p.Expires != "" || p.Challenge != "" || p.Nonce != "" || p.Domain != nil || p.Previous != nil:
		return errors.New("proof: a member that has no place in that of a link")
	case p.Created != "" && !isTime(p.Created):
		return fmt.Errorf("proof: created %.40q, want such as 2026-01-31T12:00:00Z", p.Created)
	case p.Context != nil && !bytes.Equal(p.Context, context):
		return errors.New("proof: its @context is not the document's")
	}
	return nil
}

// signedContent is what the signature of a link is over, but for the options of a
// proof: two signatures of it are one link to a ledger.
func (s *secured) signedContent() []byte {
	if s.token != nil {
		return s.token.Input
	}
	return s.document.Content
}

// method returns the verification method that a link says it was signed with.
func (s *secured) method() string {
	if s.token != nil {
		return s.token.Header.Kid
	}
	return s.document.Proofs[0].Method
}

// verifySignature checks the signature of a link by a key: rule 4, but for whose
// key it is.
func (s *secured) verifySignature(key did.Key) error {
	if s.token != nil {
		return verifySignature(key, s.token.Header.Alg, s.token.Input, s.token.Signature)
	}
	p := &s.document.Proofs[0]
	switch {
	case p.Cryptosuite != string(vc.EdDSAJCS) && p.Cryptosuite != string(vc.ECDSAJCS):
		return fmt.Errorf("cryptosuite %.40q, want one of %q", p.Cryptosuite, suites)
	case p.Purpose != string(did.AssertionMethod):
		return fmt.Errorf("proofPurpose %.40q, want %q", p.Purpose, did.AssertionMethod)
	}
	if err := s.document.Verify(0, key, nil); err != nil {
		return err
	}
	t, ok := multikey.ByName(string(key.Type()))
	if !ok {
		return errNoKey
	}
	sig, err := multikey.DecodeBase58(p.Value, t.SigSize)
	if err != nil {
		return err
	}
	return checkCanonical(key, sig)
}

var errNoKey = errors.New("no key")

// seal signs a link in a format, empty for a JWS, and sets its exact bytes.
func (l *link) seal(signer *did.Signer, format vc.Format) error {
	payload := l.append(make([]byte, 0, 2048))
	switch format {
	case "", vc.JWT:
		h := jose.Header{Alg: signer.Key().Algorithm(), Typ: linkKind.Typ, Kid: signer.Method()}
		var err error
		l.raw, err = jose.Sign(h, payload, signer.Sign)
		return err
	case vc.EdDSAJCS, vc.ECDSAJCS:
		p := dataintegrity.Proof{Cryptosuite: string(format), Purpose: string(did.AssertionMethod)}
		raw, err := dataintegrity.Sign(payload, MaxLinkBytes, p, signer, nil)
		l.raw = string(raw)
		return err
	case vc.JWTv1, vc.EdDSARDFC, vc.ECDSARDFC, vc.Ed25519Signature2020:
	}
	return fmt.Errorf("delegation: %w: %.40q, a link is %q or one of %q", vc.ErrFormat, string(format), vc.JWT, suites)
}

// isDocument reports whether a link is a JSON object, as far as it is a link at all.
func isDocument(raw string) bool { return raw != "" && raw[0] == '{' }
