package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/taperid/taper/did"
)

// Policy says which log is trusted: its origin, and the keys that may sign for
// it; and whose decisions count as a verifier's. The zero Policy and a nil one
// trust nobody. A Policy does not change and is safe for concurrent use.
type Policy struct {
	origin    string
	keys      []note.Verifier
	verifiers []did.DID
}

// NewPolicy returns the policy that trusts the log of this origin when any of
// these keys signed. A key is a C2SP signed-note verifier key for Ed25519,
// NAME+ID+KEY, and there is at least one.
func NewPolicy(origin string, vkeys ...string) (*Policy, error) {
	if err := checkText("origin", origin); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if len(vkeys) == 0 {
		return nil, fmt.Errorf("%w: none for %q", ErrKey, origin)
	}
	p := &Policy{origin: origin}
	for _, vkey := range vkeys {
		v, err := parseVerifierKey(vkey)
		if err != nil {
			return nil, err
		}
		for _, k := range p.keys {
			if k.Name() == v.Name() && k.KeyHash() == v.KeyHash() {
				return nil, fmt.Errorf("%w: %q is there twice", ErrKey, vkey)
			}
		}
		p.keys = append(p.keys, v)
	}
	return p, nil
}

// Origin returns the origin of the log, empty for a Policy that trusts nobody.
func (p *Policy) Origin() string {
	if p == nil {
		return ""
	}
	return p.origin
}

// WithVerifiers returns a policy like p under which only these keys are
// verifiers. Without it anyone who says so is one, an agent's second key too, and
// Audit can say only that somebody saw what the agent did.
func (p *Policy) WithVerifiers(keys ...did.DID) *Policy {
	if p == nil {
		return nil
	}
	return &Policy{p.origin, p.keys, slices.Clone(keys)}
}

// isVerifier reports whether what d writes as a verifier counts.
func (p *Policy) isVerifier(d did.DID) bool {
	return len(p.verifiers) == 0 || slices.Contains(p.verifiers, d)
}

// noteKeys returns the keys for note.Open.
func (p *Policy) noteKeys() note.Verifiers { return note.VerifierList(p.keys...) }

// knows reports whether a signature line claims to be of a trusted key.
func (p *Policy) knows(name string, hash uint32) bool {
	for _, k := range p.keys {
		if k.Name() == name && k.KeyHash() == hash {
			return true
		}
	}
	return false
}

// parseVerifierKey reads the one text of an Ed25519 verifier key. A key of small
// order is refused, since anyone signs for it.
func parseVerifierKey(vkey string) (note.Verifier, error) {
	const maxKey = 512
	if len(vkey) > maxKey {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrKey, len(vkey), maxKey)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("%w: %.80q: %v", ErrKey, vkey, err)
	}
	parts := strings.SplitN(vkey, "+", 3) // the base64 may have a plus of its own
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return nil, fmt.Errorf("%w: %.80q: want an Ed25519 key", ErrKey, vkey)
	}
	pub := ed25519.PublicKey(raw[1:])
	if again, err := note.NewEd25519VerifierKey(v.Name(), pub); err != nil || again != vkey {
		return nil, fmt.Errorf("%w: %.80q: not in canonical form", ErrKey, vkey)
	}
	if _, err := did.NewKey(pub); err != nil {
		return nil, fmt.Errorf("%w: %.80q: %v", ErrKey, vkey, err)
	}
	return v, nil
}

// NewLogKey makes a key for the log of this origin: the signer key, to be kept
// secret and given to NewLog, and the verifier key, for the policies of those who
// check the log.
func NewLogKey(origin string) (skey, vkey string, err error) {
	if err := checkText("origin", origin); err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	skey, vkey, err = note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return "", "", fmt.Errorf("%w: %v", ErrKey, err)
	}
	if _, err := note.NewSigner(skey); err != nil {
		return "", "", fmt.Errorf("%w: origin %q is no key name: %v", ErrKey, origin, err)
	}
	return skey, vkey, nil
}

// verifierKey returns the verifier key of a signer key, PRIVATE+KEY+NAME+ID+SEED.
func verifierKey(skey string) (string, error) {
	parts := strings.SplitN(skey, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 5 || len(raw) != 1+ed25519.SeedSize {
		return "", fmt.Errorf("%w: want an Ed25519 signer key", ErrKey)
	}
	pub := ed25519.NewKeyFromSeed(raw[1:])[ed25519.SeedSize:]
	return note.NewEd25519VerifierKey(parts[2], ed25519.PublicKey(pub))
}
