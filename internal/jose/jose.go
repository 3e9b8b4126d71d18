// Package jose is the one door through which JSON Web Signatures (RFC 7515)
// enter and leave the library. The signature itself is lestrrat-go/jwx's; what
// may be signed, and everything about the form, is decided here.
//
// Accepted is the compact form alone. The header is strict JSON with the string
// members alg, typ, kid and, where the typ has one, cty and iss; any other
// member refuses the token, so nothing in a header is ever ignored. Base64url is
// checked by encoding again. The typ must be one that the caller names, compared
// exactly, so that no two kinds of token can stand in for one another.
package jose

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
)

var (
	// ErrForm is returned for what is not a strict compact JWS.
	ErrForm = errors.New("jose: malformed")
	// ErrHeader is returned for a header that has a member it may not have, or
	// lacks one it must have.
	ErrHeader = errors.New("jose: header")
	// ErrCritical is returned for a header with crit: no extension is understood.
	ErrCritical = errors.New("jose: critical extension")
	// ErrTyp is returned for a token of another kind than the caller wants.
	ErrTyp = errors.New("jose: wrong typ")
	// ErrAlg is returned for an algorithm that is not the key's.
	ErrAlg = errors.New("jose: wrong alg")
	// ErrSignature is returned for a signature that does not verify.
	ErrSignature = errors.New("jose: wrong signature")
)

// maxHeader bounds the header segment, in characters. A did:jwk of a P-521 key
// as kid needs about 900.
const maxHeader = 4096

// Kind says which tokens a caller takes.
type Kind struct {
	Typ string // compared exactly
	Cty string // the one cty allowed; empty: none
	Iss bool   // whether the header may have iss

	// OptionalKid is for tokens whose key is known from elsewhere: kid may be absent.
	OptionalKid bool

	// Lax is for the JWTs of VC Data Model 1.1 alone, whose section 6.3.1 makes
	// typ and kid optional: either may be absent.
	Lax bool
}

// Header is the protected header of a token.
type Header struct {
	Alg, Typ, Kid, Cty, Iss string
}

// Token is a JWS whose form was checked and whose signature was not.
type Token struct {
	Header    Header
	Kind      int    // index among the kinds the caller named
	Payload   []byte // decoded
	Raw       []byte // the token
	Input     []byte // what is signed: the header and payload segments of Raw
	Signature []byte // decoded
}

// Parse reads a compact JWS of at most max bytes of one of the kinds. Only the
// header is read as JSON; the payload is the caller's.
func Parse(token string, max int, kinds ...Kind) (*Token, error) {
	if len(token) > max {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", strictjson.ErrSize, len(token), max)
	}
	header, rest, ok := strings.Cut(token, ".")
	payload, sig, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || strings.Contains(sig, ".") {
		return nil, fmt.Errorf("%w: want three parts between dots", ErrForm)
	}
	if len(header) > maxHeader {
		return nil, fmt.Errorf("%w: header of %d characters, at most %d", ErrForm, len(header), maxHeader)
	}
	// One piece of memory for the token and all that it holds.
	buf := make([]byte, 0, len(token)+base64.RawURLEncoding.DecodedLen(len(token)))
	buf = append(buf, token...)
	t := &Token{Raw: buf[:len(token):len(token)]}
	t.Input = t.Raw[:len(header)+1+len(payload)]
	buf, err := decode(buf, t.Raw[:len(header)], "header")
	if err != nil {
		return nil, err
	}
	if err := t.readHeader(buf[len(token):]); err != nil {
		return nil, err
	}
	if err := t.match(kinds); err != nil {
		return nil, err
	}
	end := len(buf)
	if buf, err = decode(buf, t.Input[len(header)+1:], "payload"); err != nil {
		return nil, err
	}
	if t.Payload = buf[end:len(buf):len(buf)]; len(t.Payload) == 0 {
		return nil, fmt.Errorf("%w: no payload", ErrForm)
	}
	end = len(buf)
	if buf, err = decode(buf, t.Raw[len(t.Input)+1:], "signature"); err != nil {
		return nil, err
	}
	t.Signature = buf[end:]
	return t, nil
}

// TooDeep reports whether the header or the payload of what may be a token nests
// deeper than JSON may here. Parse stops at the first thing wrong; this looks at
// both parts however wrong they are.
func TooDeep(token string) bool {
	header, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	for _, segment := range []string{header, payload} {
		data, err := base64.RawURLEncoding.DecodeString(segment)
		if err == nil && strictjson.CheckDepth(data) != nil {
			return true
		}
	}
	return false
}

// readHeader reads the five members there may be.
func (t *Token) readHeader(raw []byte) error {
	h := &t.Header
	err := strictjson.Read(raw, maxHeader, func(r *strictjson.Reader) error {
		return r.Object(func(name string) (err error) {
			switch name {
			case "alg":
				h.Alg, err = member(r, name)
			case "typ":
				h.Typ, err = member(r, name)
			case "kid":
				h.Kid, err = member(r, name)
			case "cty":
				h.Cty, err = member(r, name)
			case "iss":
				h.Iss, err = member(r, name)
			case "crit":
				err = fmt.Errorf("%w: crit is refused", ErrCritical)
			default:
				err = fmt.Errorf("%w: member %.40q is refused", ErrHeader, name)
			}
			return err
		})
	})
	return err
}

// member reads a string that says something.
func member(r *strictjson.Reader, name string) (string, error) {
	s, err := r.String()
	if err == nil && s == "" {
		err = fmt.Errorf("%w: %s is empty", ErrHeader, name)
	}
	return s, err
}

// match finds the kind of the token.
func (t *Token) match(kinds []Kind) error {
	h := t.Header
	for i, k := range kinds {
		if h.Typ != k.Typ && !(k.Lax && h.Typ == "") {
			continue
		}
		switch {
		case h.Alg == "":
			return fmt.Errorf("%w: no alg", ErrHeader)
		case h.Kid == "" && !k.Lax && !k.OptionalKid:
			return fmt.Errorf("%w: no kid", ErrHeader)
		case h.Cty != "" && h.Cty != k.Cty:
			return fmt.Errorf("%w: cty %.40q is not one of typ %q", ErrHeader, h.Cty, k.Typ)
		case h.Iss != "" && !k.Iss:
			return fmt.Errorf("%w: iss in the header of a %q", ErrHeader, k.Typ)
		}
		t.Kind = i
		return nil
	}
	if h.Typ == "" {
		return fmt.Errorf("%w: no typ", ErrTyp)
	}
	return fmt.Errorf("%w: %.40q", ErrTyp, h.Typ)
}

// decode appends to dst base64url without padding, and only the one text that encoding
// its bytes gives: the decoder of the standard library skips line ends and,
// unless told, ignores trailing bits.
func decode(dst, segment []byte, name string) ([]byte, error) {
	out, err := base64.RawURLEncoding.AppendDecode(dst, segment)
	if err != nil || !canonical(segment, out[len(dst):]) {
		return nil, fmt.Errorf("%w: %s is not canonical base64url", ErrForm, name)
	}
	return out, nil
}

func canonical(segment, data []byte) bool {
	if base64.RawURLEncoding.EncodedLen(len(data)) != len(segment) {
		return false // line ends were skipped
	}
	// Equal lengths: only the bits after the last whole byte can differ.
	tail := len(data) % 3
	if tail == 0 {
		return true
	}
	var end [4]byte
	base64.RawURLEncoding.Encode(end[:], data[len(data)-tail:])
	return bytes.Equal(segment[len(segment)-tail-1:], end[:tail+1])
}

// Sign makes a compact JWS of the payload: sign is given the signing input and
// returns the signature in its JOSE form. The values of the header are printable
// ASCII without quote and backslash, as algorithm names, typs and DID URLs are;
// others are ErrHeader.
func Sign(h Header, payload []byte, sign func([]byte) ([]byte, error)) (string, error) {
	for _, v := range []string{h.Alg, h.Typ, h.Kid, h.Cty, h.Iss} {
		if !isPlain(v) {
			return "", fmt.Errorf("%w: %.40q cannot be signed", ErrHeader, v)
		}
	}
	header := `{"alg":"` + h.Alg + `","typ":"` + h.Typ
	if h.Kid != "" {
		header += `","kid":"` + h.Kid
	}
	if h.Cty != "" {
		header += `","cty":"` + h.Cty
	}
	if h.Iss != "" {
		header += `","iss":"` + h.Iss
	}
	header += `"}`
	enc := base64.RawURLEncoding
	token := make([]byte, 0, enc.EncodedLen(len(header)+len(payload))+256)
	token = enc.AppendEncode(token, []byte(header))
	token = append(token, '.')
	token = enc.AppendEncode(token, payload)
	sig, err := sign(token)
	if err != nil {
		return "", err
	}
	token = append(token, '.')
	return string(enc.AppendEncode(token, sig)), nil
}

// isPlain reports whether s stands for itself between quotes.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
