package audit

import (
	"bytes"
	"fmt"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/strictjson"
)

// Typ is the typ of the compact JWS that an entry is.
const Typ = "agent-audit+jwt"

// MaxLeaf is the longest entry, signed, in bytes.
const MaxLeaf = 16 << 10

// Signed is an entry with the signature of its agent, verified. Nobody outside
// this package can make one but by Sign and ParseSigned; the zero Signed and a
// nil one are no entry, and every log refuses them.
type Signed struct {
	entry Entry
	leaf  string
	input int // the leaf up to here is what is signed
	hash  Hash
}

// Sign signs e as its agent, which must be the signer's did:key. It refuses what
// ParseSigned would.
func Sign(signer *did.Signer, e Entry) (*Signed, error) {
	if signer == nil || signer.DID() != e.Agent || signer.Method() != signer.Key().Method() {
		return nil, fmt.Errorf("%w: %v signs for %v, want the did:key that is the agent", ErrSignature, signer.DID(), e.Agent)
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	key := signer.Key()
	header := jose.Header{Alg: key.Algorithm(), Typ: Typ, Kid: key.Method()}
	leaf, err := jose.Sign(header, e.payload(), signer.Sign)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrSignature, err)
	}
	return ParseSigned([]byte(leaf))
}

// ParseSigned reads a leaf and verifies it: the strict form of the JWS, the one
// spelling of its payload, the rules of its type, and the signature, in the one
// form that a signer makes, by the key that the agent's did:key is.
func ParseSigned(leaf []byte) (*Signed, error) { return parseSigned(leaf, nil) }

func parseSigned(leaf []byte, known *keys) (*Signed, error) {
	if len(leaf) > MaxLeaf {
		return nil, fmt.Errorf("%w: entry of %d bytes, at most %d", ErrSize, len(leaf), MaxLeaf)
	}
	text := string(leaf)
	token, err := jose.Parse(text, MaxLeaf, jose.Kind{Typ: Typ})
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrEntry, err)
	}
	e, err := parsePayload(token.Payload, known)
	if err != nil {
		return nil, err
	}
	if err := verify(e.key, token); err != nil {
		return nil, err
	}
	return &Signed{entry: e.Entry, leaf: text, input: len(token.Input), hash: LeafHash(leaf)}, nil
}

// verify checks that the agent's own key made the signature. The form of the
// signature is checked too: with a second form anyone could make a second leaf
// of one entry.
func verify(key did.Key, token *jose.Token) error {
	if token.Header.Kid != key.Method() {
		return fmt.Errorf("%w: kid %.120q, want %q", ErrSignature, token.Header.Kid, key.Method())
	}
	if !key.Canonical(token.Signature) {
		return fmt.Errorf("%w: not in canonical form", ErrSignature)
	}
	if err := key.Verify(token.Header.Alg, token.Input, token.Signature); err != nil {
		return fmt.Errorf("%w: %v", ErrSignature, err)
	}
	return nil
}

// parsePayload reads the JSON of an entry: what this package would have written,
// byte for byte, and nothing else.
func parsePayload(data []byte, known *keys) (*wireEntry, error) {
	w := wireEntry{keys: known}
	err := strictjson.Read(data, MaxLeaf, func(r *strictjson.Reader) error { return entryShape.read(r, &w) })
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrEntry, err)
	}
	if w.version != version {
		return nil, fmt.Errorf("%w: v %d, want %d", ErrEntry, w.version, version)
	}
	if err := w.check(); err != nil {
		return nil, err
	}
	if !bytes.Equal(w.payload(), data) {
		return nil, fmt.Errorf("%w: payload is not in the form of RFC 8785, or has an empty member", ErrEntry)
	}
	return &w, nil
}

// payload returns the JSON of e in the form of RFC 8785.
func (e *Entry) payload() []byte {
	return entryShape.write(make([]byte, 0, 1024), &wireEntry{Entry: *e, version: version})
}

// MarshalJSON writes e as the payload of its JWS. An entry that Sign would
// refuse for its content is an error.
func (e Entry) MarshalJSON() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	return e.payload(), nil
}

// Entry returns the content, as a value of the caller's own. A nil or zero Signed
// has the zero Entry.
func (s *Signed) Entry() Entry {
	if s == nil {
		return Entry{}
	}
	return s.entry.clone()
}

// Bytes returns the leaf: the compact JWS. It is empty for no entry.
func (s *Signed) Bytes() []byte {
	if s == nil {
		return nil
	}
	return []byte(s.leaf)
}

// Hash returns the leaf hash, the name by which other entries refer to this one.
func (s *Signed) Hash() Hash {
	if s == nil {
		return Hash{}
	}
	return s.hash
}

// signingInput is what the agent signed. Two entries with one of it are one
// statement, whatever their signatures.
func (s *Signed) signingInput() string { return s.leaf[:s.input] }
