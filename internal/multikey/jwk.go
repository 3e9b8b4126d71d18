package multikey

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/taperid/taper/internal/strictjson"
)

// MaxJWK is the longest JSON Web Key accepted. A P-521 key has about 230 bytes.
const MaxJWK = 2048

// jwk are the members of a JSON Web Key that there may be.
type jwk struct{ kty, crv, x, y, alg, use string }

// FromJWK reads a public key as a JSON Web Key (RFC 7517, with RFC 7518 section
// 6.2, RFC 8037 and RFC 8812). Besides those of the key it may have alg, use and
// kid; alg and use must say what the key is anyway. A member of a private key is
// refused, and every other one too: it would change nothing but the text.
func FromJWK(data []byte) (crypto.PublicKey, *Type, error) {
	var k jwk
	err := strictjson.Read(data, MaxJWK, func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return k.readMember(r, name) })
	})
	if err != nil {
		return nil, nil, wrapText(err)
	}
	t, err := k.row()
	if err != nil {
		return nil, nil, err
	}
	raw, err := k.point(t)
	if err != nil {
		return nil, nil, err
	}
	pub, err := t.decode(t, raw)
	if err != nil {
		return nil, nil, err
	}
	if err := k.checkY(t, pub); err != nil {
		return nil, nil, err
	}
	return pub, t, nil
}

// wrapText gives errors of the JSON reader a sentinel of this package.
func wrapText(err error) error {
	if errors.Is(err, ErrText) || errors.Is(err, ErrKey) {
		return err
	}
	return fmt.Errorf("%w: JSON Web Key: %v", ErrText, err)
}

func (k *jwk) readMember(r *strictjson.Reader, name string) (err error) {
	var kid string
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
		member = &kid // a name, which says nothing
	case "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv":
		return fmt.Errorf("%w: member %q of a private key", ErrKey, name)
	default:
		return fmt.Errorf("%w: member %.40q", ErrText, name)
	}
	if *member, err = r.String(); err == nil && *member == "" {
		err = fmt.Errorf("%w: %s is empty", ErrText, name)
	}
	return err
}

// row finds the type and checks that all members fit it.
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
		return nil, fmt.Errorf("%w: kty %.20q, crv %.20q", ErrUnsupported, k.kty, k.crv)
	case k.kty != kty:
		return nil, fmt.Errorf("%w: kty %.20q, want %s for %s", ErrText, k.kty, kty, t.Name)
	case k.alg != "" && !t.Accepts(k.alg):
		return nil, fmt.Errorf("%w: alg %.20q, a %s key has %s", ErrText, k.alg, t.Name, t.Alg)
	case k.use != "" && k.use != "sig":
		return nil, fmt.Errorf("%w: use %.20q, want sig", ErrUnsupported, k.use)
	case k.y != "" && t.curve == nil:
		return nil, fmt.Errorf("%w: y in an %s key", ErrText, t.Name)
	}
	return t, nil
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
// 6.2.1.2), in its one spelling.
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
