package sdjwt

import (
	"fmt"
	"slices"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// Paths returns JSON pointers to the claims of a credential that its holder may
// leave out, into the claims with all of them there. It verifies nothing.
func Paths(credential string) ([]string, error) {
	t, err := hold(credential)
	if err != nil {
		return nil, err
	}
	paths := make([]string, 0, len(t.disclosures))
	for _, d := range t.disclosures {
		paths = append(paths, d.at.path())
	}
	slices.Sort(paths)
	return paths, nil
}

// Select returns the credential with no more than the claims that show names, and
// those they stand in; everything else that may be left out is. A path that names
// nothing that may be left out is an error. What it returns is not bound to a
// verifier: Present does that.
func Select(credential string, show []string) (string, error) {
	t, err := hold(credential)
	if err != nil {
		return "", err
	}
	byPath := make(map[string]*disclosure, len(t.disclosures))
	for _, d := range t.disclosures {
		byPath[d.at.path()] = d
	}
	shown := make(map[*disclosure]bool)
	for _, path := range show {
		d := byPath[path]
		if d == nil {
			return "", fmt.Errorf("%w: %.80q", ErrPath, path)
		}
		for ; d != nil; d = d.within {
			shown[d] = true
		}
	}
	text := string(t.jws.Raw) + "~"
	for _, d := range t.disclosures {
		if shown[d] {
			text += d.text + "~"
		}
	}
	_, err = hold(text)
	return text, err
}

// Present selects as Select does and binds the selection to one verifier, as the
// holder whose key the credential names.
func Present(credential string, show []string, holder *did.Signer, b Binding) (string, error) {
	if holder == nil {
		return "", fmt.Errorf("%w: no signer", vc.ErrKey)
	}
	text, err := Select(credential, show)
	if err != nil {
		return "", err
	}
	t, err := hold(text)
	if err != nil {
		return "", err
	}
	c, err := t.claims(false)
	switch {
	case err != nil:
		return "", err
	case c.holder == nil:
		return "", fmt.Errorf("%w: the credential has no cnf", ErrBinding)
	case c.holder.kid == "" && c.holder.key.Multibase() != holder.Key().Multibase(),
		c.holder.kid != "" && c.holder.kid != holder.Method():
		return "", fmt.Errorf("%w: the credential is bound to another key", ErrBinding)
	}
	return b.sign(text, holder)
}

// hold reads a credential as its holder has it, and finds where every claim is
// that may be left out.
func hold(credential string) (*token, error) {
	t, err := parse(credential, vc.MaxBytes, credentialKinds...)
	if err != nil {
		return nil, err
	}
	if t.binding != "" {
		return nil, fmt.Errorf("%w: a presentation, not a credential to present", ErrForm)
	}
	_, err = t.claims(false)
	return t, err
}
