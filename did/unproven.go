package did

import (
	"strings"

	"github.com/taperid/taper/internal/multikey"
)

// ParseUnproven is ParseWithKey, but that a did:key whose bytes are no point of
// Ed25519 passes. It is for a verifier that goes on to check a signature by that
// key, which proves the point: no signature verifies under such a key. Until then,
// or until Prove, the DID may be one that Parse refuses.
func ParseUnproven(text string) (DID, Key, error) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	if !ok {
		return ParseWithKey(text)
	}
	pub, typ, err := multikey.DecodeUnproven(rest)
	if err != nil {
		return DID{}, Key{}, keyError(err)
	}
	return DID{text}, Key{text: rest, typ: typ, pub: pub}, nil
}

// Prove returns nil when k is a key that ParseKey accepts. Every Key is but the
// zero Key, and those of ParseUnproven may not be.
func (k Key) Prove() error {
	_, err := decodeKey(k.text)
	return err
}
