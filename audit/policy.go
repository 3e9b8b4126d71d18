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

// Policy says which logs are trusted: their origins, and the keys that may sign for
// them; which witnesses have to cosign; and whose decisions count as a verifier's. The zero Policy and a nil one
// trust nobody. A Policy does not change and is safe for concurrent use.
type Policy struct {
	logs      []logKey
	witnesses []*witnessKey
	quorum    quorum
	verifiers []did.DID
}

// logKey is a key that may sign for the log of an origin.
type logKey struct {
	origin string
	key    note.Verifier
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
	p := &Policy{}
	for _, vkey := range vkeys {
		v, err := parseVerifierKey(vkey)
		if err != nil {
			return nil, err
		}
		if p.logOf(v.Name(), v.KeyHash(), origin) {
			return nil, fmt.Errorf("%w: %q is there twice", ErrKey, vkey)
		}
		p.logs = append(p.logs, logKey{origin, v})
	}
	return p, nil
}

// Origin returns the origin of the first log, empty for a Policy that trusts nobody.
func (p *Policy) Origin() string {
	if p == nil || len(p.logs) == 0 {
		return ""
	}
	return p.logs[0].origin
}

// WithWitnesses returns a policy like p under which a checkpoint has to be cosigned by
// at least k of the witnesses with these keys (C2SP tlog-cosignature, Ed25519), which
// NewWitnessKey makes. ParsePolicy reads policies with more to say.
func (p *Policy) WithWitnesses(k int, vkeys ...string) (*Policy, error) {
	if p == nil || k < 1 || k > len(vkeys) {
		return nil, fmt.Errorf("%w: %d of %d witnesses", ErrKey, k, len(vkeys))
	}
	out := &Policy{logs: p.logs, quorum: quorum{k: k}, verifiers: p.verifiers}
	seen := make(map[string]bool)
	for _, vkey := range vkeys {
		w, err := parseWitnessKey(vkey)
		if err != nil {
			return nil, err
		}
		if seen[string(w.pub)] {
			return nil, fmt.Errorf("%w: %q is there twice", ErrKey, vkey)
		}
		seen[string(w.pub)] = true
		out.witnesses = append(out.witnesses, w)
		out.quorum.members = append(out.quorum.members, quorum{k: 1, witness: w})
	}
	return out, nil
}

// WithVerifiers returns a policy like p under which only these keys are
// verifiers. Without it anyone who says so is one, an agent's second key too, and
// Audit can say only that somebody saw what the agent did.
func (p *Policy) WithVerifiers(keys ...did.DID) *Policy {
	if p == nil {
		return nil
	}
	return &Policy{p.logs, p.witnesses, p.quorum, slices.Clone(keys)}
}

// isVerifier reports whether what d writes as a verifier counts.
func (p *Policy) isVerifier(d did.DID) bool {
	return len(p.verifiers) == 0 || slices.Contains(p.verifiers, d)
}

// noteKeys returns the keys for note.Open: of the logs of an origin, and of witnesses.
func (p *Policy) noteKeys(origin string) note.Verifiers {
	var keys []note.Verifier
	for _, l := range p.logs {
		if l.origin == origin {
			keys = append(keys, l.key)
		}
	}
	for _, w := range p.witnesses {
		keys = append(keys, w)
	}
	return note.VerifierList(keys...)
}

// has reports whether the log of an origin is trusted.
func (p *Policy) has(origin string) bool {
	return slices.ContainsFunc(p.logs, func(l logKey) bool { return l.origin == origin })
}

// logOf reports whether a key is one of the log of an origin.
func (p *Policy) logOf(name string, hash uint32, origin string) bool {
	return slices.ContainsFunc(p.logs, func(l logKey) bool {
		return l.origin == origin && l.key.Name() == name && l.key.KeyHash() == hash
	})
}

// knows reports whether a signature line of a checkpoint of this origin claims to be
// of a trusted key.
func (p *Policy) knows(name string, hash uint32, origin string) bool {
	return p.logOf(name, hash, origin) || p.witness(name, hash) != nil
}

func (p *Policy) witness(name string, hash uint32) *witnessKey {
	for _, w := range p.witnesses {
		if w.name == name && w.KeyHash() == hash {
			return w
		}
	}
	return nil
}

// check reports whether these signatures, each verified, are enough.
func (p *Policy) check(origin string, sigs []note.Signature) error {
	signed := make(map[*witnessKey]bool)
	log := false
	for _, s := range sigs {
		log = log || p.logOf(s.Name, s.Hash, origin)
		if w := p.witness(s.Name, s.Hash); w != nil {
			signed[w] = true
		}
	}
	switch {
	case !log:
		return fmt.Errorf("%w: no signature by a key of %q", ErrCheckpoint, origin)
	case !p.quorum.met(signed):
		return fmt.Errorf("%w: %d cosignatures, which is no quorum of its witnesses", ErrWitness, len(signed))
	}
	return nil
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

// VerifierKey returns the verifier key of the signer key of a log, as NewLogKey makes
// them.
func VerifierKey(skey string) (string, error) {
	parts := strings.SplitN(skey, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 5 || len(raw) != 1+ed25519.SeedSize {
		return "", fmt.Errorf("%w: want an Ed25519 signer key", ErrKey)
	}
	pub := ed25519.NewKeyFromSeed(raw[1:])[ed25519.SeedSize:]
	return note.NewEd25519VerifierKey(parts[2], ed25519.PublicKey(pub))
}
