package schema

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// reference is one element of a credentialSchema.
type reference struct {
	id, typ   string
	sri       string // digestSRI
	multibase string // digestMultibase
}

const maxReferences = 16

// readReferences reads a credentialSchema: an object or an array of them.
func readReferences(raw []byte) ([]reference, error) {
	if raw == nil {
		return nil, ErrNone
	}
	var out []reference
	err := strictjson.Read(raw, MaxBytes, func(r *strictjson.Reader) error {
		one := func(int) error {
			ref, err := readReference(r)
			out = append(out, ref)
			return err
		}
		if r.Kind() != '[' {
			return one(0)
		}
		_, err := r.Array(maxReferences, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: credentialSchema: %w", ErrMalformed, err)
	}
	if len(out) == 0 {
		return nil, ErrNone
	}
	return out, nil
}

func readReference(r *strictjson.Reader) (ref reference, err error) {
	err = r.Object(func(name string) (err error) {
		switch name {
		case "id":
			ref.id, err = r.String()
		case "type":
			ref.typ, err = r.String()
		case "digestSRI":
			ref.sri, err = r.String()
		case "digestMultibase":
			ref.multibase, err = r.String()
		default:
			for _, known := range []string{"id", "type", "digestSRI", "digestMultibase"} {
				if strings.EqualFold(name, known) {
					return fmt.Errorf("%w: member %.40q, want %q", ErrMalformed, name, known)
				}
			}
			err = r.Skip()
		}
		return err
	})
	return ref, err
}

// checkDigests compares the digests that the credential states, if any.
func (r *reference) checkDigests(text []byte) error {
	if r.multibase != "" && r.multibase != multikey.Digest(text) {
		return fmt.Errorf("%w: %.200q: digestMultibase is that of another text", ErrDigest, r.id)
	}
	if r.sri != "" && r.sri != digestSRI(r.sri, text) {
		return fmt.Errorf("%w: %.200q: digestSRI is that of another text", ErrDigest, r.id)
	}
	return nil
}

// digestSRI makes a digest (Subresource Integrity section 3.1) with the hash that
// like was made with, and nothing for another hash.
func digestSRI(like string, text []byte) string {
	hash, _, _ := strings.Cut(like, "-")
	var sum []byte
	switch hash {
	case "sha256":
		s := sha256.Sum256(text)
		sum = s[:]
	case "sha384":
		s := sha512.Sum384(text)
		sum = s[:]
	case "sha512":
		s := sha512.Sum512(text)
		sum = s[:]
	default:
		return ""
	}
	return hash + "-" + base64.StdEncoding.EncodeToString(sum)
}
