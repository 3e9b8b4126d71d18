package dataintegrity

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/taperid/taper/internal/strictjson"
)

// dataIntegrityProof is the type of the proofs that name a cryptosuite.
const dataIntegrityProof = "DataIntegrityProof"

// Proof is what a proof states (Data Integrity section 2.1). A member that is
// absent is empty; one that is there is never.
type Proof struct {
	Type, Cryptosuite string
	Method            string // verificationMethod
	Purpose           string // proofPurpose
	ID                string
	Created, Expires  string // the text: what a time may look like is the caller's to say
	Challenge, Nonce  string
	Domain, Previous  []string
	Context           []byte // @context, in the form of RFC 8785
	Value             string // proofValue, as it stands

	text    []byte // the proof, in the form of RFC 8785
	options []byte // the same without proofValue
}

// Suite returns the name of the suite: the cryptosuite, or the type of a proof
// that is older than cryptosuites.
func (p *Proof) Suite() string {
	if p.Type == dataIntegrityProof {
		return p.Cryptosuite
	}
	return p.Type
}

func (p *Proof) read() error {
	err := strictjson.Read(p.text, len(p.text), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return p.readMember(r, name) })
	})
	if err != nil {
		return err
	}
	var value []byte
	value, p.options = strictjson.Cut(p.text, "proofValue")
	for _, m := range []struct {
		name  string
		there bool
	}{
		{"type", p.Type != ""},
		{"verificationMethod", p.Method != ""},
		{"proofPurpose", p.Purpose != ""},
		{"proofValue", value != nil},
		{"cryptosuite", p.Cryptosuite != "" || p.Type != dataIntegrityProof},
	} {
		if !m.there {
			return fmt.Errorf("%w: no %s", ErrForm, m.name)
		}
	}
	if p.Cryptosuite != "" && p.Type != dataIntegrityProof {
		return fmt.Errorf("%w: cryptosuite in a proof of type %.40q", ErrForm, p.Type)
	}
	return nil
}

func (p *Proof) readMember(r *strictjson.Reader, name string) (err error) {
	if field := p.field(name); field != nil {
		*field, err = stated(r, name)
		return err
	}
	switch name {
	case "proofValue":
		p.Value, err = r.String()
	case "domain":
		p.Domain, err = several(r, name)
	case "previousProof":
		p.Previous, err = several(r, name)
	case "@context":
		p.Context, err = r.Raw()
	default:
		err = fmt.Errorf("%w: member %.40q is refused", ErrForm, name)
	}
	return err
}

// field returns where a member that is a string goes.
func (p *Proof) field(name string) *string {
	switch name {
	case "type":
		return &p.Type
	case "cryptosuite":
		return &p.Cryptosuite
	case "verificationMethod":
		return &p.Method
	case "proofPurpose":
		return &p.Purpose
	case "id":
		return &p.ID
	case "created":
		return &p.Created
	case "expires":
		return &p.Expires
	case "challenge":
		return &p.Challenge
	case "nonce":
		return &p.Nonce
	}
	return nil
}

// stated reads a string that says something.
func stated(r *strictjson.Reader, name string) (string, error) {
	s, err := r.String()
	if err == nil && s == "" {
		err = fmt.Errorf("%w: %s is empty", ErrForm, name)
	}
	if err != nil {
		return "", wrap(ErrForm, err)
	}
	return s, nil
}

// several reads a string or a non-empty array of strings, none twice.
func several(r *strictjson.Reader, name string) (out []string, err error) {
	one := func(int) error {
		s, err := stated(r, name)
		if err == nil && slices.Contains(out, s) {
			err = fmt.Errorf("%w: %s has %.80q twice", ErrForm, name, s)
		}
		out = append(out, s)
		return err
	}
	if r.Kind() != '[' {
		return out, one(0)
	}
	n, err := r.Array(MaxProofs, one)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: %s is an empty array", ErrForm, name)
	}
	return out, err
}

// marshal writes the proof without its value.
func (p *Proof) marshal() ([]byte, error) {
	for _, text := range slices.Concat([]string{p.ID, p.Challenge, p.Nonce}, p.Domain, p.Previous) {
		if !utf8.ValidString(text) {
			return nil, fmt.Errorf("%w: %.40q is not UTF-8", ErrForm, text) // it would be repaired
		}
	}
	return json.Marshal(struct {
		Context     json.RawMessage `json:"@context,omitempty"`
		ID          string          `json:"id,omitempty"`
		Type        string          `json:"type"`
		Cryptosuite string          `json:"cryptosuite,omitempty"`
		Created     string          `json:"created,omitempty"`
		Expires     string          `json:"expires,omitempty"`
		Method      string          `json:"verificationMethod"`
		Purpose     string          `json:"proofPurpose"`
		Domain      any             `json:"domain,omitempty"`
		Challenge   string          `json:"challenge,omitempty"`
		Nonce       string          `json:"nonce,omitempty"`
		Previous    any             `json:"previousProof,omitempty"`
	}{
		p.Context, p.ID, p.Type, p.Cryptosuite, p.Created, p.Expires, p.Method, p.Purpose,
		compact(p.Domain), p.Challenge, p.Nonce, compact(p.Previous),
	})
}

// compact writes one string as itself and several as an array.
func compact(s []string) any {
	switch len(s) {
	case 0:
		return nil
	case 1:
		return s[0]
	}
	return s
}
