package sdjwt

import (
	"fmt"

	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// walk writes a payload with every disclosure in the place of its digest and no
// digest left (RFC 9901 section 7.1 step 3). Its work is bounded by the bytes
// of the token: every value is written at most once, since no digest stands twice.
type walk struct {
	byDigest map[string]*disclosure
	seen     map[string]bool // the digests met
	within   *disclosure     // whose value is being read
	out      []byte
}

// unfold returns the claims that a payload and disclosures make. Every disclosure
// must have its place; of one that is there twice the first has none.
func unfold(f vc.Format, payload []byte, disclosures []*disclosure) ([]byte, error) {
	w := &walk{byDigest: make(map[string]*disclosure, len(disclosures)), seen: make(map[string]bool)}
	for _, d := range disclosures {
		w.byDigest[digestOf(d.text)] = d
	}
	w.out = make([]byte, 0, len(payload))
	err := strictjson.Read(payload, len(payload), func(r *strictjson.Reader) error {
		_, err := w.object(r, top(f), false)
		return err
	})
	if err != nil {
		return nil, jsonError(err)
	}
	for i, d := range disclosures {
		if !d.used {
			return nil, fmt.Errorf("%w: disclosure %d has no place", ErrDisclosure, i)
		}
	}
	return w.out, nil
}

func (w *walk) value(r *strictjson.Reader, p *place) error {
	switch r.Kind() {
	case '{':
		_, err := w.object(r, p, false)
		return err
	case '[':
		return w.array(r, p)
	}
	raw, err := r.Raw()
	w.out = append(w.out, raw...)
	return err
}

// object reads an object. One that is an element of an array may be no more than
// the digest of one, which is returned.
func (w *walk) object(r *strictjson.Reader, p *place, element bool) (digest string, err error) {
	if err := p.checkDepth(); err != nil {
		return "", err
	}
	o := objectWalk{walk: w, place: p, names: make(map[string]bool), element: element}
	w.out = append(w.out, '{')
	if err := r.Object(func(name string) error { return o.read(r, name) }); err != nil {
		return "", err
	}
	if o.digest != "" && (len(o.names) > 0 || o.digests != nil) {
		return "", fmt.Errorf("%w: %q beside other members", ErrReserved, nameElement)
	}
	for _, digest := range o.digests {
		if err := o.disclose(digest); err != nil {
			return "", err
		}
	}
	w.out = append(w.out, '}')
	return o.digest, nil
}

// objectWalk is an object being read.
type objectWalk struct {
	*walk
	place   *place
	names   map[string]bool
	digests []string
	element bool   // whether it may be the digest of an element
	digest  string // of the element that it stands for
}

// read reads a member of the payload.
func (o *objectWalk) read(r *strictjson.Reader, name string) (err error) {
	switch {
	case name == nameDigests:
		o.digests, err = o.readDigests(r)
		return err
	case name == nameElement && o.element:
		o.digest, err = o.readDigest(r, o.place)
		return err
	case name == nameAlg && o.place.isTop():
		return readAlg(r)
	case isReserved(name):
		return fmt.Errorf("%w: %q in %.80q", ErrReserved, name, o.place.path())
	}
	return o.member(name, func(p *place) error { return o.value(r, p) })
}

// member writes a member, whose value is written by value.
func (o *objectWalk) member(name string, value func(*place) error) error {
	if len(o.names) > 0 {
		o.out = append(o.out, ',')
	}
	o.names[name] = true
	o.out = append(strictjson.AppendString(o.out, name), ':')
	return value(o.place.member(name))
}

// disclose writes the member that a digest stands for, if it was disclosed.
func (o *objectWalk) disclose(digest string) error {
	d := o.byDigest[digest]
	switch {
	case d == nil:
		return nil
	case !d.member:
		return fmt.Errorf("%w: an array's element is disclosed in an object", ErrDisclosure)
	case o.names[d.name]:
		return fmt.Errorf("%w: %.80q", ErrOverwrite, d.name)
	}
	return o.member(d.name, func(p *place) error {
		if p.fixed {
			return fmt.Errorf("%w: %.80q", ErrAlwaysShown, d.name)
		}
		return o.disclosed(d, p)
	})
}

func (o *objectWalk) readDigests(r *strictjson.Reader) ([]string, error) {
	out := []string{} // not nil: it was there
	_, err := r.Array(maxDigests, func(int) error {
		digest, err := o.readDigest(r, o.place)
		out = append(out, digest)
		return err
	})
	return out, err
}

// maxDigests is more than fit into a token.
const maxDigests = 1 << 20

func (w *walk) array(r *strictjson.Reader, p *place) error {
	if err := p.checkDepth(); err != nil {
		return err
	}
	w.out = append(w.out, '[')
	n := 0
	_, err := r.Array(maxDigests, func(int) error {
		start := len(w.out)
		if n > 0 {
			w.out = append(w.out, ',')
		}
		at := p.element(n)
		shown, err := w.element(r, at)
		if !shown {
			w.out = w.out[:start]
			return err
		}
		n++
		return err
	})
	w.out = append(w.out, ']')
	return err
}

// element writes an element of an array and reports whether there is one to show.
func (w *walk) element(r *strictjson.Reader, p *place) (shown bool, err error) {
	if r.Kind() != '{' {
		return true, w.value(r, p)
	}
	start := len(w.out)
	digest, err := w.object(r, p, true)
	if err != nil || digest == "" {
		return true, err
	}
	w.out = w.out[:start]
	d := w.byDigest[digest]
	switch {
	case d == nil:
		return false, nil
	case d.member:
		return false, fmt.Errorf("%w: an object's member is disclosed in an array", ErrDisclosure)
	}
	return true, w.disclosed(d, p)
}

// disclosed writes the value of a disclosure, which may have digests of its own.
func (w *walk) disclosed(d *disclosure, p *place) error {
	d.used, d.at, d.within = true, p, w.within
	outer := w.within
	w.within = d
	err := strictjson.Read(d.value, len(d.value), func(r *strictjson.Reader) error { return w.value(r, p) })
	w.within = outer
	return err
}

// readDigest reads a digest, which may stand in one place of a token alone.
func (w *walk) readDigest(r *strictjson.Reader, p *place) (string, error) {
	digest, err := r.String()
	switch {
	case err != nil:
		return "", err
	case !isDigest(digest):
		return "", fmt.Errorf("%w: %.80q is not one of %s", ErrDigest, digest, hashName)
	case w.seen[digest]:
		return "", fmt.Errorf("%w: %s stands twice", ErrDigest, digest)
	case p.fixed:
		return "", fmt.Errorf("%w: inside %.80q", ErrAlwaysShown, p.path())
	}
	w.seen[digest] = true
	return digest, nil
}

// readAlg reads _sd_alg (RFC 9901 section 4.1.1).
func readAlg(r *strictjson.Reader) error {
	alg, err := r.String()
	if err == nil && alg != hashName {
		err = fmt.Errorf("%w: %.40q, want %s", ErrHash, alg, hashName)
	}
	return err
}
