package audit

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/taperid/taper/internal/multikey"
)

// Hash is a node of the Merkle tree (RFC 6962 section 2.1). The zero Hash is none.
type Hash [sha256.Size]byte

// LeafHash returns the hash of a leaf with these bytes.
func LeafHash(leaf []byte) Hash { return Hash(tlog.RecordHash(leaf)) }

// ParseHash reads the text that String writes, and no other.
func ParseHash(text string) (Hash, error) {
	if !multikey.IsDigest(text) {
		return Hash{}, fmt.Errorf("%w: %.60q", ErrDigest, text)
	}
	raw, err := base64.RawURLEncoding.DecodeString(text[1:])
	if err != nil {
		return Hash{}, fmt.Errorf("%w: %.60q", ErrDigest, text)
	}
	return Hash(raw[2:]), nil
}

// String returns h as every digest of this library is written: the multibase
// base64url text of a SHA-256 multihash.
func (h Hash) String() string { return multikey.EncodeDigest(h) }

// MarshalText returns the text of String.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the text that MarshalText writes, and no other.
func (h *Hash) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHash(string(text))
	return err
}

// IsZero reports whether h is none.
func (h Hash) IsZero() bool { return h == Hash{} }

// SaltSize is the length of the salt of one exchange, in bytes.
const SaltSize = 16

// Domain says what a salted digest is of, so that a digest of one thing never
// passes for that of another.
type Domain string

// The domains. None is the beginning of another.
const (
	DomainArgs     Domain = "args"     // the arguments, in JCS form
	DomainInput    Domain = "input"    // what went into the action, a prompt
	DomainOutput   Domain = "output"   // what came out of it
	DomainResource Domain = "resource" // the URI acted on
	DomainWhy      Domain = "why"      // the stated reason
)

// Salted returns the digest of data for an entry: SHA-256 over the salt, the
// domain and the data. The salt is the exchange's (the invocation's salt), so
// that both sides' entries can be compared; keep it with the content, never in
// the log. A salt that is not of SaltSize bytes or is all zero is refused, since
// anyone could guess what the digest is of.
func Salted(salt []byte, domain Domain, data []byte) (string, error) {
	if len(salt) != SaltSize || [SaltSize]byte(salt) == [SaltSize]byte{} {
		return "", fmt.Errorf("%w: salt of %d bytes, want %d that are random", ErrDigest, len(salt), SaltSize)
	}
	switch domain {
	case DomainArgs, DomainInput, DomainOutput, DomainResource, DomainWhy:
	default:
		return "", fmt.Errorf("%w: domain %.40q", ErrDigest, string(domain))
	}
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(domain))
	h.Write(data)
	return multikey.EncodeDigest([sha256.Size]byte(h.Sum(nil))), nil
}

func toTree(hashes []Hash) []tlog.Hash {
	out := make([]tlog.Hash, len(hashes))
	for i, h := range hashes {
		out[i] = tlog.Hash(h)
	}
	return out
}

func fromTree(hashes []tlog.Hash) []Hash {
	out := make([]Hash, len(hashes))
	for i, h := range hashes {
		out[i] = Hash(h)
	}
	return out
}
