package sdjwt

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/taperid/taper/internal/strictjson"
)

// The names that SD-JWT keeps to itself.
const (
	nameDigests = "_sd"     // the digests of an object's members
	nameAlg     = "_sd_alg" // the hash, at the top
	nameElement = "..."     // the digest of an array's element
)

// hashName is the one hash, which is also that of a payload without _sd_alg.
const hashName = "sha-256"

// disclosure is one claim that may be shown (RFC 9901 section 4.2): an object's
// member, or an element of an array.
type disclosure struct {
	text   string // as it stands between tildes
	member bool
	name   string // of a member
	value  []byte // JSON, perhaps with digests of its own

	// Where it was put: set by the walk that uses it.
	used   bool
	at     *place
	within *disclosure // whose value has its digest; nil: the payload
}

// parseDisclosures reads what stands between the tildes.
func parseDisclosures(parts []string) ([]*disclosure, error) {
	out := make([]*disclosure, 0, len(parts))
	for i, text := range parts {
		d, err := parseDisclosure(text)
		if err != nil {
			return nil, fmt.Errorf("%w: disclosure %d: %w", ErrDisclosure, i, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// parseDisclosure reads the base64url of [salt, name, value] or [salt, value].
func parseDisclosure(text string) (*disclosure, error) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(data) != text {
		return nil, fmt.Errorf("%w: not canonical base64url", ErrForm)
	}
	var items [][]byte
	err = strictjson.Read(data, len(data), func(r *strictjson.Reader) error {
		_, err := r.Array(3, func(i int) error {
			if i == 0 {
				_, err := r.String() // the salt
				items = append(items, nil)
				return err
			}
			raw, err := r.Raw()
			items = append(items, raw)
			return err
		})
		return err
	})
	if err != nil {
		return nil, jsonError(err)
	}
	if len(items) < 2 {
		return nil, fmt.Errorf("%w: %d elements, want 2 or 3", ErrForm, len(items))
	}
	d := &disclosure{text: text, member: len(items) == 3, value: items[len(items)-1]}
	if d.member {
		err = d.readName(items[1])
	}
	return d, err
}

func (d *disclosure) readName(raw []byte) error {
	err := strictjson.Read(raw, len(raw), func(r *strictjson.Reader) (err error) {
		d.name, err = r.String()
		return err
	})
	if err != nil {
		return jsonError(err)
	}
	if isReserved(d.name) {
		return fmt.Errorf("%w: %q is disclosed", ErrReserved, d.name)
	}
	return nil
}

func isReserved(name string) bool {
	return name == nameDigests || name == nameAlg || name == nameElement
}

// newDisclosure makes a disclosure with a salt of its own. member is nil for an
// element of an array.
func newDisclosure(member *string, value []byte) string {
	data := append([]byte(`["`), salt()...)
	data = append(data, `",`...)
	if member != nil {
		data = append(strictjson.AppendString(data, *member), ',')
	}
	data = append(append(data, value...), ']')
	return base64.RawURLEncoding.EncodeToString(data)
}

// salt returns 128 random bits (RFC 9901 section 9.3).
func salt() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// digestOf is the digest of a disclosure, or of a presentation: over the text.
func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// isDigest reports whether s is what digestOf returns for some text.
func isDigest(s string) bool {
	data, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && len(data) == sha256.Size && base64.RawURLEncoding.EncodeToString(data) == s
}
