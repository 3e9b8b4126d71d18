package multikey

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
)

// MaxJWK is the longest JSON Web Key accepted. A P-521 key has about 230 bytes;
// those in documents may have their certificates beside them.
const MaxJWK = 16 << 10

// Use is what a JSON Web Key says that it is for (RFC 7517 section 4.2).
type Use string

// The uses. A key that says nothing is for whatever its type can do.
const (
	UseAny Use = ""
	UseSig Use = "sig"
	UseEnc Use = "enc"
)

// jwk are the members of a JSON Web Key that say something here.
type jwk struct {
	kty, crv, x, y, alg, use, kid, d string

	ops     []string
	private bool // d is wanted
}

// FromJWK reads a public key as a JSON Web Key (RFC 7517, with RFC 7518 section
// 6.2, RFC 8037 and RFC 8812). alg, use and key_ops must fit the key. A member of a
// private key is refused; others are passed over, as RFC 7517 section 4 demands.
func FromJWK(data []byte) (crypto.PublicKey, *Type, Use, error) {
	return fromJWK(data, &jwk{})
}

// FromPrivateJWK reads a private key as a JSON Web Key: the members of FromJWK, of
// the very key that d is, and d. It returns the seed that d is. key_ops, which are
// then those of a private key, are passed over.
func FromPrivateJWK(data []byte) (*Type, []byte, error) {
	k := &jwk{private: true}
	pub, t, _, err := fromJWK(data, k)
	if err != nil {
		return nil, nil, err
	}
	seed, err := coordinate("d", k.d, t.SeedSize())
	if err != nil {
		return nil, nil, err
	}
	return t, seed, checkPair(t, seed, pub)
}

// checkPair makes sure that a seed is that of a public key.
func checkPair(t *Type, seed []byte, pub crypto.PublicKey) error {
	priv, err := t.FromSeed(seed)
	if err != nil {
		return err
	}
	want, err := t.raw(pub)
	if err != nil {
		return err
	}
	got, err := t.raw(PublicOf(priv))
	if err != nil || !slices.Equal(got, want) {
		return fmt.Errorf("%w: the private key is not that of the public key", ErrKey)
	}
	return nil
}

func fromJWK(data []byte, k *jwk) (crypto.PublicKey, *Type, Use, error) {
	err := strictjson.Read(data, MaxJWK, func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return k.readMember(r, name) })
	})
	if err != nil {
		return nil, nil, "", wrapText(err)
	}
	t, err := k.row()
	if err != nil {
		return nil, nil, "", err
	}
	use, err := k.purpose(t)
	if err != nil {
		return nil, nil, "", err
	}
	raw, err := k.point(t)
	if err != nil {
		return nil, nil, "", err
	}
	pub, err := t.decode(t, raw)
	if err != nil {
		return nil, nil, "", err
	}
	return pub, t, use, k.checkY(t, pub)
}

// wrapText gives errors of the JSON reader a sentinel of this package.
func wrapText(err error) error {
	if errors.Is(err, ErrText) || errors.Is(err, ErrKey) {
		return err
	}
	return fmt.Errorf("%w: JSON Web Key: %v", ErrText, err)
}

func (k *jwk) readMember(r *strictjson.Reader, name string) (err error) {
	var member *string
	switch name {
	case "kty":
		member = &k.kty
	case "crv":
		member = &k.crv
	case "x":
		member = &k.x
	case "y":
		member = &k.y
	case "alg":
		member = &k.alg
	case "use":
		member = &k.use
	case "kid":
		member = &k.kid // a name, which says nothing
	case "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv":
		if !k.private {
			return fmt.Errorf("%w: member %q of a private key", ErrKey, name)
		}
		if name != "d" {
			return r.Skip() // of a type that row refuses by name
		}
		member = &k.d
	default:
		return k.readOther(r, name)
	}
	if *member, err = r.String(); err == nil && *member == "" {
		err = fmt.Errorf("%w: %s is empty", ErrText, name)
	}
	return err
}

// readOther reads a member that is not of the key.
func (k *jwk) readOther(r *strictjson.Reader, name string) error {
	if name != "key_ops" || k.private {
		return r.Skip()
	}
	_, err := r.Array(maxOps, func(int) error {
		op, err := r.String()
		k.ops = append(k.ops, op)
		return err
	})
	return err
}

// maxOps bounds key_ops; RFC 7517 section 4.3 has eight.
const maxOps = 16

// row finds the type and checks that the members of the key fit it.
func (k *jwk) row() (*Type, error) {
	t, ok := ByName(k.crv)
	kty := "OKP"
	if ok && t.curve != nil {
		kty = "EC"
	}
	switch {
	case k.kty == "":
		return nil, fmt.Errorf("%w: no kty", ErrText)
	case !ok:
		return nil, fmt.Errorf("%w: kty %.20q, crv %.20q, alg %.20q", ErrUnsupported, k.kty, k.crv, k.alg)
	case k.kty != kty:
		return nil, fmt.Errorf("%w: kty %.20q, want %s for %s", ErrText, k.kty, kty, t.Name)
	case k.y != "" && t.curve == nil:
		return nil, fmt.Errorf("%w: y in an %s key", ErrText, t.Name)
	}
	return t, nil
}

// purpose returns what alg, use and key_ops say together that the key is for.
func (k *jwk) purpose(t *Type) (Use, error) {
	sig, enc := t.Alg != "", t.Agrees()
	switch {
	case k.alg == "":
	case sig && t.Accepts(k.alg):
		enc = false
	case enc && (k.alg == "ECDH-ES" || strings.HasPrefix(k.alg, "ECDH-ES+A")):
		sig = false
	default:
		return "", fmt.Errorf("%w: alg %.20q, a %s key has %s", ErrText, k.alg, t.Name, t.Alg)
	}
	switch Use(k.use) {
	case UseAny:
	case UseSig:
		enc = false
	case UseEnc:
		sig = false
	default:
		return "", fmt.Errorf("%w: use %.20q", ErrText, k.use)
	}
	if len(k.ops) > 0 {
		sig = sig && slices.Contains(k.ops, "verify")
		enc = enc && (slices.Contains(k.ops, "deriveKey") || slices.Contains(k.ops, "deriveBits"))
	}
	switch {
	case sig && enc:
		return UseAny, nil
	case sig:
		return UseSig, nil
	case enc:
		return UseEnc, nil
	}
	return "", fmt.Errorf("%w: use %.20q and alg %.20q leave nothing that a %s key can do", ErrText, k.use, k.alg, t.Name)
}

// point returns the key's bytes as Multikey has them.
func (k *jwk) point(t *Type) ([]byte, error) {
	if t.curve == nil {
		return coordinate("x", k.x, t.size)
	}
	x, err := coordinate("x", k.x, t.size-1)
	if err != nil {
		return nil, err
	}
	y, err := coordinate("y", k.y, t.size-1)
	if err != nil {
		return nil, err
	}
	return append([]byte{2 + y[len(y)-1]&1}, x...), nil
}

// checkY compares the y that x gives with the one stated: decoding the point used
// no more of it than its last bit.
func (k *jwk) checkY(t *Type, pub crypto.PublicKey) error {
	if t.curve == nil {
		return nil
	}
	if base64.RawURLEncoding.EncodeToString(ordinate(pub, t.size-1)) != k.y {
		return fmt.Errorf("%w: not a point of %s", ErrKey, t.Name)
	}
	return nil
}

// coordinate reads base64url of the one length there is (RFC 7518 section
// 6.2.1.2), in its one spelling. What it read may be secret, so no error shows it.
func coordinate(name, text string, size int) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	switch {
	case err != nil || base64.RawURLEncoding.EncodeToString(raw) != text:
		return nil, fmt.Errorf("%w: %s is not canonical base64url", ErrText, name)
	case len(raw) != size:
		return nil, fmt.Errorf("%w: %s has %d bytes, want %d", ErrSize, name, len(raw), size)
	}
	return raw, nil
}

// ToJWK writes a key of type t as a JSON Web Key: the members that it needs, in
// lexicographic order and without spaces, which is the form that is hashed for a
// thumbprint (RFC 7638 section 3). With a seed it is the private key.
func ToJWK(t *Type, pub crypto.PublicKey, seed []byte) ([]byte, error) {
	raw, err := t.raw(pub)
	if err != nil {
		return nil, err
	}
	enc := base64.RawURLEncoding.EncodeToString
	out := `{"crv":"` + t.Name
	if seed != nil {
		out += `","d":"` + enc(seed)
	}
	if t.curve == nil {
		return []byte(out + `","kty":"OKP","x":"` + enc(raw) + `"}`), nil
	}
	return []byte(out + `","kty":"EC","x":"` + enc(raw[1:]) + `","y":"` + enc(ordinate(pub, t.size-1)) + `"}`), nil
}
