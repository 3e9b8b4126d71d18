// Package personas gives the tests their people: signers with fixed keys and
// memorable names. Never use one of these keys for anything real.
package personas

import (
	"crypto/sha256"

	"github.com/taperid/taper/did"
)

// New returns the Ed25519 signer called name, always the same one.
func New(name string) *did.Signer { return seeded(did.Ed25519, name) }

// NewP256 returns the P-256 signer called name, always the same one.
func NewP256(name string) *did.Signer { return seeded(did.P256, name) }

func seeded(t did.KeyType, name string) *did.Signer {
	seed := sha256.Sum256([]byte("taper test persona " + name))
	s, err := did.NewSignerFromSeed(t, seed[:])
	if err != nil {
		panic(err)
	}
	return s
}
