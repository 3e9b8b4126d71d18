package vc

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// related is an entry of relatedResource (VC Data Model 2.0 section 5.3): a URL and
// what the issuer saw there.
type related struct {
	id      string
	digests []digest
}

// digest is a hash that an entry states.
type digest struct {
	name string
	sum  []byte
}

// hashes are the hash functions that a digest may be of: the name that Subresource
// Integrity gives it, and its code in a multihash.
var hashes = []struct {
	name string
	code byte
	size int
	sum  func(data []byte) []byte
}{
	{"sha256", 0x12, sha256.Size, func(d []byte) []byte { h := sha256.Sum256(d); return h[:] }},
	{"sha384", 0x20, sha512.Size384, func(d []byte) []byte { h := sha512.Sum384(d); return h[:] }},
	{"sha512", 0x13, sha512.Size, func(d []byte) []byte { h := sha512.Sum512(d); return h[:] }},
}

// readRelated reads a relatedResource: an object or a non-empty array of them, no
// two about one URL.
func readRelated(raw []byte) (out []related, err error) {
	err = strictjson.Read(raw, len(raw), func(r *strictjson.Reader) error {
		return readEach(r, "relatedResource", func() error {
			var e related
			if err := r.Object(func(name string) error { return e.readMember(r, name) }); err != nil {
				return err
			}
			for _, other := range out {
				if other.id == e.id {
					return fmt.Errorf("%w: two digests of %.80q in relatedResource", ErrModel, e.id)
				}
			}
			out = append(out, e)
			return e.check()
		})
	})
	return out, err
}

func (e *related) readMember(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "id":
		e.id, err = readURL(r, "relatedResource.id")
		return err
	case "digestSRI", "digestMultibase", "mediaType":
	default:
		return r.Skip()
	}
	text, err := r.String()
	if err != nil || name == "mediaType" {
		return err
	}
	read := readSRI
	if name == "digestMultibase" {
		read = readDigestMultibase
	}
	d, err := read(text)
	if err != nil {
		return fmt.Errorf("%w: %s of relatedResource: %.100q", ErrModel, name, text)
	}
	e.digests = append(e.digests, d)
	return nil
}

func (e *related) check() error {
	switch {
	case e.id == "":
		return fmt.Errorf("%w: relatedResource without id", ErrModel)
	case len(e.digests) == 0:
		return fmt.Errorf("%w: relatedResource %.80q without a digest", ErrModel, e.id)
	}
	return nil
}

// readSRI reads the text of one hash as Subresource Integrity has it.
func readSRI(text string) (digest, error) {
	name, encoded, _ := strings.Cut(text, "-")
	sum, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return digest{}, err
	}
	for _, h := range hashes {
		if h.name == name && h.size == len(sum) && base64.StdEncoding.EncodeToString(sum) == encoded {
			return digest{name, sum}, nil
		}
	}
	return digest{}, ErrModel
}

// readDigestMultibase reads a multihash in base64url or base58. A bare SHA-256 is
// taken too: the W3C suite for the data model has it.
func readDigestMultibase(text string) (digest, error) {
	sum, err := decodeMultibase(text)
	if err != nil {
		return digest{}, err
	}
	if len(sum) == sha256.Size {
		return digest{"sha256", sum}, nil
	}
	for _, h := range hashes {
		if len(sum) == 2+h.size && sum[0] == h.code && int(sum[1]) == h.size {
			return digest{h.name, sum[2:]}, nil
		}
	}
	return digest{}, ErrModel
}

func decodeMultibase(text string) ([]byte, error) {
	if encoded, ok := strings.CutPrefix(text, "u"); ok {
		sum, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
		if err == nil && base64.RawURLEncoding.EncodeToString(sum) != encoded {
			err = ErrModel // line ends
		}
		return sum, err
	}
	for _, size := range []int{sha256.Size, 2 + sha256.Size, 2 + sha512.Size384, 2 + sha512.Size} {
		if sum, err := multikey.DecodeBase58(text, size); err == nil {
			return sum, nil
		}
	}
	return nil, ErrModel
}

// former has texts that a URL had before the present one, which credentials of
// then name: their SHA-256 and SHA-384. What they define is the same.
var former = map[string][][2]string{
	// The Candidate Recommendation of 2024-07-20, which the W3C suite for the data
	// model names.
	ContextV2: {{
		"24a18c90e9856d526111f29376e302d970b2bd10182e33959995b0207d7043b9",
		"35239c36999d2155312091af194a1edb61634d6ad789a5e5b19f2aebdd762dd9d1dcaada40eda7ef921c6b8c0ae107a0",
	}},
}

// fits reports whether d is the hash of text.
func (d digest) fits(text []byte) bool {
	for _, h := range hashes {
		if h.name == d.name {
			return bytes.Equal(h.sum(text), d.sum)
		}
	}
	return false
}

// checkRelated compares the digests of the resources that are at hand: the
// contexts, and those that the caller hands in.
func checkRelated(c *Credential, contexts *Contexts, resources map[string][]byte) error {
	raw, ok := c.More["relatedResource"]
	if !ok || c.IsV1() {
		return nil
	}
	entries, err := readRelated(raw)
	if err != nil {
		return jsonError(err)
	}
	for _, e := range entries {
		text, ok := resources[e.id]
		if !ok {
			text, ok = contexts.text(e.id)
		}
		for _, d := range e.digests {
			if ok && !d.fits(text) && !d.isFormer(e.id) {
				return fmt.Errorf("%w: %s of %.80q", ErrRelated, d.name, e.id)
			}
		}
	}
	return nil
}

func (d digest) isFormer(id string) bool {
	for _, sums := range former[id] {
		if s := hex.EncodeToString(d.sum); s == sums[0] || s == sums[1] {
			return true
		}
	}
	return false
}
