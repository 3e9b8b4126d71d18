package sdjwt

import (
	"fmt"
	"slices"

	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// blinder writes claims with digests in the place of those that may be left out.
type blinder struct {
	open        []string // the pointers to them; each is used once
	decoys      int
	added       []byte // members for the top, each with its comma
	disclosures []string
	out         []byte
}

// blind returns the payload and keeps the disclosures.
func (b *blinder) blind(f vc.Format, claims []byte) ([]byte, error) {
	err := strictjson.Read(claims, len(claims), func(r *strictjson.Reader) error { return b.object(r, top(f)) })
	switch {
	case err != nil:
		return nil, jsonError(err)
	case len(b.open) > 0:
		return nil, fmt.Errorf("%w: %.80q", ErrPath, b.open)
	}
	return b.out, nil
}

func (b *blinder) value(r *strictjson.Reader, p *place) error {
	switch r.Kind() {
	case '{':
		return b.object(r, p)
	case '[':
		return b.array(r, p)
	}
	raw, err := r.Raw()
	b.out = append(b.out, raw...)
	return err
}

// object writes an object, its digests first and in an order that says nothing of
// the claims'.
func (b *blinder) object(r *strictjson.Reader, p *place) error {
	var members []byte
	var digests []string
	err := r.Object(func(name string) error {
		if isReserved(name) {
			return fmt.Errorf("%w: %q in %.80q", ErrReserved, name, p.path())
		}
		value, hidden, err := b.part(r, p.member(name))
		if err != nil {
			return err
		}
		if hidden {
			digests = append(digests, b.disclose(&name, value))
			return nil
		}
		members = append(append(strictjson.AppendString(members, name), ':'), value...)
		members = append(members, ',')
		return nil
	})
	if err != nil {
		return err
	}
	b.out = append(b.out, '{')
	if p.isTop() {
		b.out = append(b.out, b.added...)
	}
	b.writeDigests(digests, p)
	b.out = append(b.out, members...)
	if n := len(b.out) - 1; b.out[n] == ',' {
		b.out = b.out[:n]
	}
	b.out = append(b.out, '}')
	return nil
}

// writeDigests writes the digests of an object's members and the decoys. The hash
// is named even where nothing is hidden, since some readers want it.
func (b *blinder) writeDigests(digests []string, p *place) {
	if p.isTop() {
		b.out = append(b.out, `"`+nameAlg+`":"`+hashName+`",`...)
	}
	if len(digests) == 0 {
		return
	}
	for range b.decoys {
		digests = append(digests, digestOf(salt()))
	}
	slices.Sort(digests)
	b.out = append(b.out, `"`+nameDigests+`":[`...)
	for i, d := range digests {
		if i > 0 {
			b.out = append(b.out, ',')
		}
		b.out = strictjson.AppendString(b.out, d)
	}
	b.out = append(b.out, `],`...)
}

// array writes an array. Decoys follow its elements.
func (b *blinder) array(r *strictjson.Reader, p *place) error {
	var elements []byte
	blinded := false
	n, err := r.Array(maxDigests, func(i int) error {
		value, hidden, err := b.part(r, p.element(i))
		if err != nil {
			return err
		}
		if hidden {
			blinded = true
			value = elementDigest(b.disclose(nil, value))
		}
		if i > 0 {
			elements = append(elements, ',')
		}
		elements = append(elements, value...)
		return nil
	})
	if err != nil {
		return err
	}
	for i := 0; blinded && n > 0 && i < b.decoys; i++ {
		elements = append(append(elements, ','), elementDigest(digestOf(salt()))...)
	}
	b.out = append(append(append(b.out, '['), elements...), ']')
	return nil
}

func elementDigest(digest string) []byte { return []byte(`{"` + nameElement + `":"` + digest + `"}`) }

// part reads a value, with what is hidden in it, and reports whether all of it is
// hidden.
func (b *blinder) part(r *strictjson.Reader, p *place) (value []byte, hidden bool, err error) {
	start := len(b.out)
	if err := b.value(r, p); err != nil {
		return nil, false, err
	}
	value = slices.Clone(b.out[start:])
	b.out = b.out[:start]
	if len(b.open) == 0 {
		return value, false, nil
	}
	i := slices.Index(b.open, p.path())
	if i < 0 {
		return value, false, nil
	}
	b.open = slices.Delete(b.open, i, i+1)
	if p.fixed {
		return nil, false, fmt.Errorf("%w: %.80q", ErrAlwaysShown, p.path())
	}
	return value, true, nil
}

// disclose keeps a disclosure and returns its digest.
func (b *blinder) disclose(member *string, value []byte) string {
	d := newDisclosure(member, value)
	b.disclosures = append(b.disclosures, d)
	return digestOf(d)
}
