package vc

import (
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
)

// presented is the content of a presentation.
type presented struct {
	context, types []string
	holder         did.DID
	credentials    []string
	claims         claims
	proofs         []Proof
	text           []byte // the secured bytes
	enveloped      bool   // whether it was in an envelope, which is of 2.0

	anyURL bool   // whether the holder may be a URL that is no DID
	from   issuer // the holder, as it was read
}

// holderID is the holder as text, empty where there is none.
func (p *presented) holderID() string {
	if p.from.url != "" {
		return p.from.url
	}
	return p.holder.String()
}

// by is who should have signed, as far as the presentation says.
func (p *presented) by() issuer {
	by := p.from
	by.did = p.holder
	return by
}

// checkBinding demands that every proof is for this challenge and this verifier.
func (p *presented) checkBinding(opts PresentationOptions) error {
	for i := range p.proofs {
		proof := &p.proofs[i]
		if opts.Challenge != "" && proof.Challenge != opts.Challenge {
			return fmt.Errorf("%w: %.80q", ErrChallenge, proof.Challenge)
		}
		if opts.Domain != "" && !slices.Contains(proof.Domain, opts.Domain) {
			return fmt.Errorf("%w: %.80q", ErrDomain, proof.Domain)
		}
	}
	return nil
}

func (p *presented) checkPeriod(now time.Time, skew time.Duration) error {
	for i := range p.proofs {
		if err := p.proofs[i].checkPeriod(now, skew); err != nil {
			return err
		}
	}
	return checkPeriod(now, skew, p.claims.nbf, p.claims.exp, p.claims.iat)
}

var presentationMembers = foldSet("@context", "id", "type", "holder", "verifiableCredential", "vp", "vc", "proof",
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce")

// read reads the payload of a vp+jwt, or with v1 that of a JWT with a vp claim.
func (p *presented) read(payload []byte, v1 bool) error {
	err := strictjson.Read(payload, len(payload), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			if ok, err := p.claims.read(r, name); ok || err != nil {
				return err
			}
			if v1 && name == "vp" {
				return r.Object(func(name string) error { return p.readMember(r, name) })
			}
			if _, ok := presentationMembers[fold(name)]; ok && v1 {
				return fmt.Errorf("%w: %.40q beside a vp claim", ErrClaims, name)
			}
			return p.readMember(r, name)
		})
	})
	if err == nil {
		err = p.finish(v1)
	}
	return err
}

// readDocument reads a presentation that is a document.
func (p *presented) readDocument(content []byte) error {
	err := strictjson.Read(content, len(content), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return p.readMember(r, name) })
	})
	if err != nil {
		return err
	}
	for _, c := range p.credentials {
		if !isObject([]byte(c)) {
			return fmt.Errorf("%w: in a document a token is an %s", ErrModel, envelopedCredential)
		}
	}
	return p.check()
}

// readUnsigned reads a presentation that nobody answers for.
func readUnsigned(data []byte) (*presented, error) {
	text, err := strictjson.Canonical(data, MaxPresentationBytes)
	if err != nil {
		return nil, jsonError(err)
	}
	p := &presented{text: text, anyURL: true}
	if err := p.readDocument(text); err != nil {
		return nil, jsonError(err)
	}
	p.holder, p.from = did.DID{}, issuer{} // that is what it says, and nobody proved it
	return p, nil
}

func (p *presented) readMember(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "@context":
		p.context, err = readContext(r)
	case "type":
		p.types, err = readStrings(r, ErrType)
	case "id":
		_, err = readURL(r, name)
	case "holder":
		p.from, err = readIssuer(r, name, p.anyURL, false)
		p.holder = p.from.did
	case "verifiableCredential":
		p.credentials, err = readCredentials(r)
	case "vp", "vc":
		err = fmt.Errorf("%w: %s in a presentation", ErrClaims, name)
	default:
		if known, ok := presentationMembers[fold(name)]; ok && known != name {
			return fmt.Errorf("%w: member %.40q, want %q", ErrModel, name, known)
		}
		err = r.Skip()
	}
	return err
}

// check applies the rules that need the whole presentation.
func (p *presented) check() error {
	if len(p.context) == 0 {
		return fmt.Errorf("%w: missing", ErrContext)
	}
	if err := checkContext(p.context); err != nil {
		return err
	}
	if !slices.Contains(p.types, "VerifiablePresentation") {
		return fmt.Errorf("%w: VerifiablePresentation is missing", ErrType)
	}
	return nil
}

// finish is check for the payload of a token, with its claims.
func (p *presented) finish(v1 bool) error {
	if err := p.check(); err != nil {
		return err
	}
	if v1 != (p.context[0] == ContextV1) && !(v1 && p.enveloped) {
		return fmt.Errorf("%w: %.80q is of another version than the token", ErrContext, p.context[0])
	}
	if p.claims.iss == "" {
		if v1 {
			return fmt.Errorf("%w: no iss", ErrClaims)
		}
		return nil
	}
	if p.holderID() == "" {
		iss, err := did.Parse(p.claims.iss)
		if err != nil {
			return fmt.Errorf("%w: iss: %w", ErrClaims, err)
		}
		p.holder = iss
	}
	if p.claims.iss != p.holderID() {
		return fmt.Errorf("%w: iss %.80q, holder %s", ErrClaims, p.claims.iss, p.holderID())
	}
	return nil
}

// readCredentials reads the credentials of a presentation: one or an array, each
// a JWS or an object.
func readCredentials(r *strictjson.Reader) ([]string, error) {
	var out []string
	one := func(int) error {
		if r.Kind() == '"' {
			s, err := r.String()
			out = append(out, s)
			return err
		}
		if r.Kind() != '{' {
			return fmt.Errorf("%w: verifiableCredential is neither a token nor an object", ErrModel)
		}
		raw, err := r.Raw()
		out = append(out, string(raw))
		return err
	}
	var err error
	if r.Kind() == '[' {
		_, err = r.Array(maxCredentials, one)
	} else {
		err = one(0)
	}
	return out, err
}
