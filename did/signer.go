package did

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"fmt"
	"io"

	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
)

// SeedSize is the length of the seed of an Ed25519 key in bytes.
const SeedSize = ed25519.SeedSize

// Signer signs as one verification method of one DID. The private key stays
// behind a crypto.Signer, so it may live in a KMS or an HSM; printing a Signer
// shows its DID and nothing else. A Signer is safe for concurrent use if its
// crypto.Signer is.
type Signer struct {
	did    DID
	method string
	key    Key

	// Signs data, or gives the seed away. A function and not the key: no verb of fmt
	// and no dumper looks inside.
	private func(op operation, data []byte) ([]byte, error)
}

// operation is what is asked of a private key.
type operation int

const (
	opSign operation = iota
	opExport
)

// GenerateKey makes a new key and returns the signer of its did:key. An X25519 key
// signs nothing: it is ErrKeyType.
func GenerateKey(t KeyType) (*Signer, error) {
	row, err := signingRow(t)
	if err != nil {
		return nil, err
	}
	priv, err := row.Generate()
	if err != nil {
		return nil, err
	}
	return signerOf(priv, multikey.EncodeUnproven)
}

func signingRow(t KeyType) (*multikey.Type, error) {
	row, ok := multikey.ByName(string(t))
	if !ok {
		return nil, fmt.Errorf("%w: %.40q", ErrKeyType, string(t))
	}
	if row.Alg == "" {
		return nil, fmt.Errorf("%w: %s keys sign nothing", ErrKeyType, row.Name)
	}
	return row, nil
}

// NewSigner returns the signer of the did:key of a private key: an
// ed25519.PrivateKey, an *ecdsa.PrivateKey, or any crypto.Signer with such a
// public key. A private key that this program holds and whose public half is
// another key's is ErrKey: signing with such an Ed25519 key would give it away.
func NewSigner(priv crypto.Signer) (*Signer, error) {
	if priv == nil {
		return nil, fmt.Errorf("%w: no private key", ErrKey)
	}
	priv, local, err := multikey.Local(priv)
	if err != nil {
		return nil, keyError(err)
	}
	if local {
		if err := multikey.CheckPrivate(priv); err != nil {
			return nil, keyError(err)
		}
		return signerOf(priv, multikey.Encode)
	}
	key, err := NewKey(priv.Public())
	if err != nil {
		return nil, err
	}
	if !key.verifies() {
		return nil, fmt.Errorf("%w: %s keys sign nothing", ErrKeyType, key.Type())
	}
	return signWith(key, remote{priv, key.pub}), nil
}

// signerOf returns the signer of a private key that this program holds, and whose
// halves belong together. encode says whether its public key has to be proved.
func signerOf(priv crypto.PrivateKey, encode func(crypto.PublicKey) (string, *multikey.Type, error)) (*Signer, error) {
	signer, ok := priv.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: %T signs nothing", ErrKeyType, priv)
	}
	text, _, err := encode(signer.Public())
	key, err := provenKey(text, err)
	if err != nil {
		return nil, err
	}
	return signWith(key, signer), nil
}

func signWith(key Key, priv crypto.Signer) *Signer {
	typ := key.typ
	return &Signer{key.DID(), key.Method(), key, func(op operation, data []byte) ([]byte, error) {
		if op == opSign {
			return jose.SignBytes(typ, priv, data)
		}
		_, seed, err := multikey.Seed(priv)
		return seed, err
	}}
}

// remote is a private key that lives elsewhere. What comes back is verified
// before anything reads it, so a service that answers with garbage, or with
// another key's signature, is an error here and not at some verifier.
type remote struct {
	crypto.Signer
	pub crypto.PublicKey
}

func (r remote) Public() crypto.PublicKey { return r.pub }

func (r remote) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	sig, err := r.Signer.Sign(rand, digest, opts)
	if err != nil {
		return nil, err
	}
	var ok bool
	switch pub := r.pub.(type) {
	case ed25519.PublicKey:
		ok = ed25519.Verify(pub, digest, sig)
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(pub, digest, sig)
	}
	if !ok {
		return nil, fmt.Errorf("%w: made by the private key", ErrSignature)
	}
	return sig, nil
}

// NewSignerFromSeed returns the signer of the key that a seed gives: 32 bytes for
// Ed25519 (RFC 8032 section 5.1.5), the private scalar, big-endian and of the
// curve's length, for ECDSA. One seed is always one key, so guard it like one.
func NewSignerFromSeed(t KeyType, seed []byte) (*Signer, error) {
	row, err := signingRow(t)
	if err != nil {
		return nil, err
	}
	priv, err := row.FromSeed(seed)
	if err != nil {
		return nil, keyError(err)
	}
	return signerOf(priv, multikey.Encode)
}

// As returns a signer that signs with the same key as the verification method
// #fragment of another DID, such as a did:web. It is the DID's document that
// decides whether a verifier believes it.
func (s *Signer) As(d DID, fragment string) (*Signer, error) {
	if s == nil || d.IsZero() {
		return nil, fmt.Errorf("%w: the zero DID signs nothing", ErrInvalid)
	}
	u, err := ParseURL(d.text + "#" + fragment)
	if err != nil {
		return nil, err
	}
	return &Signer{d, u.String(), s.key, s.private}, nil
}

// DID returns whom s signs as, nobody for a nil Signer.
func (s *Signer) DID() DID {
	if s == nil {
		return DID{}
	}
	return s.did
}

// Method returns the DID URL of the verification method that s signs with: the
// kid of a JWS, the verificationMethod of a proof. It is empty for a nil Signer.
func (s *Signer) Method() string {
	if s == nil {
		return ""
	}
	return s.method
}

// Key returns the public key, the zero Key for a nil Signer.
func (s *Signer) Key() Key {
	if s == nil {
		return Key{}
	}
	return s.key
}

// Sign signs data, in the JOSE form of the key's algorithm. ECDSA signatures are
// low-S.
func (s *Signer) Sign(data []byte) ([]byte, error) {
	if s == nil || s.private == nil {
		return nil, fmt.Errorf("%w: no private key", ErrKey)
	}
	return s.private(opSign, data)
}

// PrivateKey returns the private key that s signs with, to be written down. A key
// that lives elsewhere, in a KMS or an HSM, is ErrKey.
func (s *Signer) PrivateKey() (*PrivateKey, error) {
	if s == nil || s.private == nil {
		return nil, fmt.Errorf("%w: no private key", ErrKey)
	}
	export := func() ([]byte, error) { return s.private(opExport, nil) }
	if _, err := export(); err != nil {
		return nil, fmt.Errorf("%w: this program does not hold the private key", ErrKey)
	}
	return &PrivateKey{s.key, export}, nil
}

// String returns the DID. It never shows the private key.
func (s *Signer) String() string { return s.DID().String() }

// GoString is String, for %#v.
func (s *Signer) GoString() string { return "did.Signer(" + s.DID().String() + ")" }
