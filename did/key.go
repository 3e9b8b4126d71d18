package did

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
)

const keyPrefix = "did:key:"

// KeyType is a kind of key.
type KeyType string

// The key types that a did:key may have here. In a chain of task credentials only
// Ed25519 and P-256 may be held. X25519 agrees on secrets and signs nothing.
const (
	Ed25519   KeyType = "Ed25519"
	P256      KeyType = "P-256"
	P384      KeyType = "P-384"
	P521      KeyType = "P-521"
	Secp256k1 KeyType = "secp256k1"
	X25519    KeyType = "X25519"
)

// Key is a public key that was found usable: on its curve, not of small order, in
// canonical encoding. Two of them are the same key exactly when their Multibase
// texts are equal. The zero Key verifies nothing.
type Key struct {
	text string // Multikey
	typ  *multikey.Type
	pub  crypto.PublicKey
	use  multikey.Use // that its JSON Web Key states
}

// NewKey checks a public key, an ed25519.PublicKey, an *ecdsa.PublicKey or an
// *ecdh.PublicKey of X25519, and keeps a copy.
func NewKey(pub crypto.PublicKey) (Key, error) { return newKey(pub, multikey.UseAny) }

func newKey(pub crypto.PublicKey, use multikey.Use) (Key, error) {
	text, _, err := multikey.Encode(pub)
	key, err := provenKey(text, err)
	if err != nil {
		return Key{}, err
	}
	key.use = use
	return key, nil
}

// provenKey reads the text of a key that was proved when it was written.
func provenKey(text string, err error) (Key, error) {
	if err != nil {
		return Key{}, keyError(err)
	}
	own, typ, err := multikey.DecodeUnproven(text)
	if err != nil {
		return Key{}, keyError(err)
	}
	return Key{text: text, typ: typ, pub: own}, nil
}

// ParseKey reads the Multikey text of a key (Controlled Identifiers 1.0 section
// 2.2.2), which is also what follows did:key: in a DID.
func ParseKey(text string) (Key, error) { return decodeKey(text) }

// KeyOf returns the one key of a did:key or did:jwk; another DID is ErrMethod. Of
// a did:jwk the key's own DID, a did:key, is another one.
func KeyOf(d DID) (Key, error) {
	if rest, ok := strings.CutPrefix(d.text, keyPrefix); ok {
		return decodeKey(rest)
	}
	if rest, ok := strings.CutPrefix(d.text, jwkPrefix); ok {
		return decodeJWK(rest)
	}
	return Key{}, fmt.Errorf("%w: %.80q is neither a did:key nor a did:jwk", ErrMethod, d.text)
}

// soleMethod returns the verification method of a DID that KeyOf has the key of.
func soleMethod(d DID, key Key) string {
	if d.Method() == "jwk" {
		return d.text + jwkMethod
	}
	return key.Method()
}

// ParseWithKey reads a DID as Parse does and returns the key of a did:key too,
// which Parse had to read anyway. For a DID of another method the key is zero.
func ParseWithKey(text string) (DID, Key, error) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	if !ok {
		d, err := Parse(text)
		return d, Key{}, err
	}
	key, err := decodeKey(rest)
	if err != nil {
		return DID{}, Key{}, err
	}
	return DID{text}, key, nil
}

func decodeKey(text string) (Key, error) {
	pub, typ, err := multikey.Decode(text)
	if err != nil {
		return Key{}, keyError(err)
	}
	return Key{text: text, typ: typ, pub: pub}, nil
}

// DID returns the did:key of k, and the zero DID for the zero Key.
func (k Key) DID() DID {
	if k.typ == nil {
		return DID{}
	}
	return DID{keyPrefix + k.text}
}

// Method returns the DID URL of the verification method of k in its own did:key.
func (k Key) Method() string {
	if k.typ == nil {
		return ""
	}
	return keyPrefix + k.text + "#" + k.text
}

// Multibase returns the Multikey text of k.
func (k Key) Multibase() string { return k.text }

// Type returns the type of k, empty for the zero Key.
func (k Key) Type() KeyType {
	if k.typ == nil {
		return ""
	}
	return KeyType(k.typ.Name)
}

// Public returns the key as the standard library has it, and nil for the zero Key:
// an ed25519.PublicKey, an *ecdsa.PublicKey or an *ecdh.PublicKey. The curve of a secp256k1 key is not
// one of the standard library's, so crypto/x509 cannot write it. It is the key's
// own: do not change it.
func (k Key) Public() crypto.PublicKey { return k.pub }

// Bytes returns the bytes of k as Multikey has them: the 32 bytes of an Ed25519 key
// (RFC 8032 section 5.1.5), for ECDSA the compressed point (SEC 1 section 2.3.3).
// The zero Key has none.
func (k Key) Bytes() []byte {
	raw, err := multikey.Bytes(k.text)
	if err != nil {
		return nil
	}
	return raw
}

// verifies reports whether signatures may be checked with k.
func (k Key) verifies() bool { return k.typ != nil && k.typ.Alg != "" && k.use != multikey.UseEnc }

// agrees reports whether k may agree on a secret.
func (k Key) agrees() bool { return k.typ != nil && k.typ.Agrees() && k.use != multikey.UseSig }

// agreement returns the X25519 key that k is or that an Ed25519 key has.
func (k Key) agreement() (*ecdh.PublicKey, error) {
	switch pub := k.pub.(type) {
	case *ecdh.PublicKey:
		return pub, nil
	case ed25519.PublicKey:
		derived, err := multikey.Agreement(pub)
		if err != nil {
			return nil, keyError(err)
		}
		return derived, nil
	}
	return nil, fmt.Errorf("%w: %q has no X25519 key", ErrKeyType, k.Type())
}

// Algorithm returns the JOSE name of the algorithm that k signs with, empty for a
// key that signs nothing.
func (k Key) Algorithm() string {
	if !k.verifies() {
		return ""
	}
	return k.typ.Alg
}

// HasAlgorithm reports whether alg is a JOSE name of the algorithm of k; Ed25519
// has two (RFC 9864).
func (k Key) HasAlgorithm(alg string) bool { return k.verifies() && k.typ.Accepts(alg) }

// Verify checks a signature in its JOSE form (RFC 7518 section 3.4, RFC 8037)
// over data. alg is what the signature claims to be; the key decides, so a name
// that is not of its algorithm is an error. A key for key agreement verifies
// nothing.
func (k Key) Verify(alg string, data, sig []byte) error {
	if !k.verifies() {
		return fmt.Errorf("%w: no key, or one for key agreement", ErrSignature)
	}
	if !k.typ.Accepts(alg) {
		return fmt.Errorf("%w: alg %.20q, a %s key has %s", ErrSignature, alg, k.typ.Name, k.typ.Alg)
	}
	if err := jose.VerifyBytes(k.typ, k.pub, data, sig); err != nil {
		return fmt.Errorf("%w: %v", ErrSignature, err)
	}
	return nil
}

// Canonical reports whether sig has the one form that a Signer issues: for ECDSA,
// an S of at most half the group's order. The other S verifies too and can be
// made by anyone, so what is named by its bytes demands this.
func (k Key) Canonical(sig []byte) bool {
	return k.verifies() && len(sig) == k.typ.SigSize && jose.LowS(k.typ, sig)
}
