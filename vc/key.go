package vc

import (
	"context"
	"fmt"
	"strings"

	"github.com/taperid/taper/did"
)

// findKey fills in the key and the signer of the verification method that p
// names, or takes the key that the caller names. by is who should have signed:
// where the method is that of its did:key, its key was read already.
func (p *Proof) findKey(ctx context.Context, by issuer, use did.Relationship, opts VerifyOptions) (err error) {
	switch {
	case opts.pinned():
		p.Key, p.Signer = opts.Key, opts.Key.DID()
		return nil
	case by.key.Type() != "" && p.Method == by.key.Method() && use != did.KeyAgreement:
		p.Key, p.Signer = by.key, by.did
		return nil
	}
	if p.Signer, err = methodDID(p.Method); err != nil {
		return err
	}
	if p.Key, err = did.FindKey(ctx, opts.Resolver, p.Signer, p.Method, use); err != nil {
		return fmt.Errorf("%w: %w", ErrKey, err)
	}
	return nil
}

// methodDID returns whose key a verification method is.
func methodDID(method string) (did.DID, error) {
	id, fragment, ok := strings.Cut(method, "#")
	if !ok || fragment == "" {
		return did.DID{}, fmt.Errorf("%w: method %.120q is not a DID URL with a fragment", ErrKey, method)
	}
	d, err := did.Parse(id)
	if err != nil {
		return did.DID{}, fmt.Errorf("%w: method: %w", ErrKey, err)
	}
	return d, nil
}
