// Package packed writes a chain of links small (docs/spec.md section 5.1): its
// texts as literals, as copies of what stood before, in a preset text or in the
// links above, and as the bytes behind keys, UUIDs, digests, times and proofs.
//
// A packed text has one spelling: [Unpack] packs again what it read and compares.
// It knows nothing of credentials; whoever takes what it returns checks that.
package packed

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/multikey"
)

// The bounds of a packed chain. A larger one travels as JSON.
const (
	MaxText = 1 << 16 // characters of the packed text
	MaxSize = 1 << 18 // bytes of the links that it stands for
)

var (
	// ErrForm is returned for what is not the packed form of a chain.
	ErrForm = errors.New("packed: malformed")
	// ErrSize is returned for what is over a bound.
	ErrSize = errors.New("packed: too large")
)

// version is the first byte of what is packed, so that every packed text begins
// with Start and no JSON does.
const version = 0x01

// Start is the first character of every packed text.
const Start = 'A'

// The kinds of links.
const (
	kindEdDSA  = 1 + iota // a JWS with the header that signers write, alg EdDSA
	kindES256             // the same, alg ES256
	kindJWS               // any other JWS
	kindObject            // a JSON object
)

// sigSize is the length of a signature of the first two kinds.
const sigSize = 64

// Pack returns the packed form of links, compact JWS or JSON objects, root first.
func Pack(links []string) (string, error) {
	packed, err := pack(links, nil)
	if err != nil {
		return "", err
	}
	if base64.RawURLEncoding.EncodedLen(len(packed)) > MaxText {
		return "", fmt.Errorf("%w: more than %d characters", ErrSize, MaxText)
	}
	return base64.RawURLEncoding.EncodeToString(packed), nil
}

// pack packs links, and stops where the outcome is not going to be want, if that
// is not nil.
func pack(links []string, want []byte) ([]byte, error) {
	size := 0
	for _, l := range links {
		size += len(l)
	}
	if size > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes of links, at most %d", ErrSize, size, MaxSize)
	}
	w := newWriter(size)
	w.want = want
	w.out = append(w.out, version)
	for _, l := range links {
		if err := w.link(l); err != nil {
			return nil, err
		}
		if !w.agrees() {
			return nil, fmt.Errorf("%w: not the one spelling", ErrForm)
		}
		w.remember(multikey.Digest([]byte(l)))
	}
	return w.out, nil
}

// link packs one link.
func (w *writer) link(l string) error {
	if strings.HasPrefix(l, "{") {
		w.out = append(w.out, kindObject)
		w.text([]byte(l))
		return nil
	}
	parts := strings.Split(l, ".")
	if len(parts) != 3 {
		return fmt.Errorf("%w: a link is neither a JWS nor an object", ErrForm)
	}
	var part [3][]byte // header, payload, signature
	for i, p := range parts {
		var err error
		if part[i], err = base64.RawURLEncoding.DecodeString(p); err != nil {
			return fmt.Errorf("%w: a link is not base64url", ErrForm)
		}
	}
	for _, kind := range []byte{kindEdDSA, kindES256} {
		if h := header(kind, part[1]); h != nil && len(part[2]) == sigSize && bytes.Equal(part[0], h) {
			w.out = append(w.out, kind)
			w.text(part[1])
			w.out = append(w.out, part[2]...)
			return nil
		}
	}
	if len(part[2]) > 0xffff {
		return fmt.Errorf("%w: a signature of %d bytes", ErrSize, len(part[2]))
	}
	w.out = append(w.out, kindJWS)
	w.text(part[0])
	w.text(part[1])
	w.out = binary.BigEndian.AppendUint16(w.out, uint16(len(part[2])))
	w.out = append(w.out, part[2]...)
	return nil
}

// header returns the header that signers write over a payload: that of the one key
// of its issuer, a did:key. It is empty where the payload does not say who issued
// it the way signers say it.
func header(kind byte, payload []byte) []byte {
	const member = `"issuer":"did:key:`
	i := bytes.Index(payload, []byte(member))
	if i < 0 {
		return nil
	}
	key, _, ok := bytes.Cut(payload[i+len(member):], []byte{'"'})
	if !ok {
		return nil
	}
	alg := "EdDSA"
	if kind == kindES256 {
		alg = "ES256"
	}
	b := make([]byte, 0, 64+2*len(key))
	b = append(append(b, `{"alg":"`...), alg...)
	b = append(append(b, `","typ":"vc+jwt","kid":"did:key:`...), key...)
	b = append(append(b, '#'), key...)
	return append(b, `"}`...)
}
