package vc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/strictjson"
)

// readDocument reads a credential with embedded proofs. The credential is read
// from what the proofs are over, in the form of RFC 8785, so that what is returned
// is what was signed.
func readDocument(data []byte, opts VerifyOptions) (*opened, error) {
	doc, err := dataintegrity.Parse(data, opts.maxBytes())
	if err != nil {
		return nil, integrityError(err)
	}
	d := &opened{document: doc, text: doc.Text(), content: doc.Content}
	// A proof may be right whoever the issuer is; Verify demands that it be a DID.
	d.credential.anyURL, d.credential.unproven = true, true
	if err := readContent(doc.Content, &d.credential); err != nil {
		return nil, jsonError(err)
	}
	return d, nil
}

// readContent reads the JSON of a credential alone.
func readContent(data []byte, c *Credential) error {
	err := strictjson.Read(data, len(data), func(r *strictjson.Reader) error {
		return readCredential(r, c, nil)
	})
	if err == nil {
		err = c.finish()
	}
	return err
}

// verifyProofs checks every proof of a document by somebody, those of whom it is
// said to be first: strangers may have added the others. use is the one purpose
// that each must have.
func verifyProofs(ctx context.Context, doc *dataintegrity.Document, by issuer, use did.Relationship, opts VerifyOptions) (
	[]Proof, error,
) {
	out := make([]Proof, len(doc.Proofs))
	own := by.did.String() + "#"
	for _, first := range []bool{true, false} {
		for i := range doc.Proofs {
			if strings.HasPrefix(doc.Proofs[i].Method, own) != first {
				continue
			}
			if err := out[i].verify(ctx, doc, i, by, use, opts); err != nil {
				if len(doc.Proofs) > 1 {
					err = fmt.Errorf("proof %d: %w", i, err)
				}
				return nil, err
			}
		}
	}
	return out, nil
}

// verify checks proof i of a document, and fills in p.
func (p *Proof) verify(ctx context.Context, doc *dataintegrity.Document, i int, by issuer, use did.Relationship, opts VerifyOptions) error {
	in := &doc.Proofs[i]
	if in.Purpose != string(use) {
		return fmt.Errorf("%w: %.40q, want %s", ErrPurpose, in.Purpose, use)
	}
	if err := p.read(in); err != nil {
		return err
	}
	if err := p.findKey(ctx, by, use, opts); err != nil {
		return err
	}
	if err := doc.Verify(i, p.Key, opts.Contexts.rdf()); err != nil {
		return integrityError(err)
	}
	return nil
}

// read reads what a proof states.
func (p *Proof) read(in *dataintegrity.Proof) (err error) {
	*p = Proof{
		Format: Format(in.Suite()), Method: in.Method,
		ID: in.ID, Challenge: in.Challenge, Nonce: in.Nonce, Domain: in.Domain, Previous: in.Previous,
	}
	if in.ID != "" && !isURL(in.ID) {
		return fmt.Errorf("%w: id %.80q is not a URL", ErrProof, in.ID)
	}
	if in.Created != "" {
		if p.Created, err = parseTime(in.Created, "created"); err != nil {
			return err
		}
	}
	if in.Expires != "" {
		if p.Expires, err = parseTime(in.Expires, "expires"); err != nil {
			return err
		}
	}
	if in.Created != "" && in.Expires != "" && !p.Expires.After(p.Created) {
		return fmt.Errorf("%w: a proof that expires before it is created", ErrTime)
	}
	return nil
}

// checkPeriod judges when the proof was made and whether it still holds.
func (p *Proof) checkPeriod(now time.Time, skew time.Duration) error {
	if err := checkPeriod(now, skew, p.Created, p.Expires, time.Time{}); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	return nil
}

// integrityError gives errors about proofs a sentinel of this package.
func integrityError(err error) error {
	for _, m := range []struct{ from, to error }{
		{dataintegrity.ErrMissing, ErrFormat},
		{dataintegrity.ErrSuite, ErrFormat},
		{dataintegrity.ErrForm, ErrProof},
		{dataintegrity.ErrPrevious, ErrProof},
		{dataintegrity.ErrKey, ErrAlg},
		{dataintegrity.ErrContext, ErrContext},
		{dataintegrity.ErrSignature, ErrSignature},
	} {
		if errors.Is(err, m.from) {
			return fmt.Errorf("%w: %w", m.to, err)
		}
	}
	return jsonldError(err)
}
