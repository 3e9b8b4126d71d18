// Package did identifies principals: it parses decentralised identifiers (W3C DID
// Core 1.0 and 1.1), finds the keys that may speak for them, and signs as one.
//
// A [DID] is a comparable value; the zero DID is nobody. A [Key] is a public key
// that was checked, a [Signer] a private one behind a [crypto.Signer], a
// [PrivateKey] one that this program holds itself and may write down. A [Document]
// says which keys a DID has and what for: [ParseDocument] reads those of others,
// [Resolve] makes that of a did:key or did:jwk, and [FindKey] is the one question
// that a verifier asks. [Dereference] and [Result] are for who serves documents.
//
// Nothing in this package touches the network: a did:key or did:jwk says all that
// there is to know. What does is package did/didweb, a [Resolver].
package did

import (
	"fmt"
	"strings"
)

// MaxLen is the longest DID or DID URL accepted, in bytes.
const MaxLen = 2048

// DID is a decentralised identifier. Two of them are equal exactly when their
// texts are. The zero DID is nobody.
type DID struct{ text string }

// Parse reads a DID (DID Core section 3.1), of any method. A did:key or did:jwk is
// read down to its key, so one that parses has a usable one. A DID URL is refused.
func Parse(text string) (DID, error) {
	if rest, ok := strings.CutPrefix(text, keyPrefix); ok {
		if _, err := decodeKey(rest); err != nil {
			return DID{}, err
		}
		return DID{text}, nil
	}
	if len(text) > MaxLen {
		return DID{}, fmt.Errorf("%w: %d bytes, at most %d", ErrInvalid, len(text), MaxLen)
	}
	if rest, ok := strings.CutPrefix(text, jwkPrefix); ok {
		if _, err := decodeJWK(rest); err != nil {
			return DID{}, err
		}
		return DID{text}, nil
	}
	rest, ok := strings.CutPrefix(text, "did:")
	method, id, ok2 := strings.Cut(rest, ":")
	if !ok || !ok2 || !isMethod(method) || !isMethodID(id) {
		return DID{}, fmt.Errorf("%w: %.80q, want did:METHOD:ID", ErrInvalid, text)
	}
	return DID{text}, nil
}

// String returns the text of d, and nothing for the zero DID.
func (d DID) String() string { return d.text }

// IsZero reports whether d is nobody.
func (d DID) IsZero() bool { return d.text == "" }

// Method returns the name of the method, such as "key".
func (d DID) Method() string {
	method, _, _ := strings.Cut(strings.TrimPrefix(d.text, "did:"), ":")
	return method
}

// MarshalText returns the text of d; the zero DID is an error, because nobody
// has no name.
func (d DID) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, fmt.Errorf("%w: the zero DID", ErrInvalid)
	}
	return []byte(d.text), nil
}

// UnmarshalText parses text as Parse does.
func (d *DID) UnmarshalText(text []byte) (err error) {
	*d, err = Parse(string(text))
	return err
}

// isMethod reports whether s is 1*method-char.
func isMethod(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return s != ""
}

// isMethodID reports whether s is *( *idchar ":" ) 1*idchar.
func isMethodID(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isAlnum(c) || c == '.' || c == '-' || c == '_' || c == ':':
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return s != "" && s[len(s)-1] != ':'
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
