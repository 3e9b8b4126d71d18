package vc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
)

// maxParts bounds the arrays of a credential.
const maxParts = 100

// readContext reads an @context: a string, or an array of strings and objects.
func readContext(r *strictjson.Reader) ([]string, error) {
	if r.Kind() == '"' {
		s, err := r.String()
		return []string{s}, err
	}
	var out []string
	_, err := r.Array(maxParts, func(int) error {
		if r.Kind() == '"' {
			s, err := r.String()
			out = append(out, s)
			return err
		}
		raw, err := readInlineContext(r, len(out) > 0 && out[0] == ContextV1)
		out = append(out, string(raw))
		return err
	})
	if err != nil {
		return nil, wrap(ErrContext, err)
	}
	return out, nil
}

// readInlineContext reads a context object. It may define terms of its own; it
// may not define those of the data model again, nor give every other word a
// meaning, since a reader of the JSON alone would then read another credential.
func readInlineContext(r *strictjson.Reader, v1 bool) ([]byte, error) {
	return r.Text(func() error { return checkInlineContext(r, v1) })
}

func checkInlineContext(r *strictjson.Reader, v1 bool) error {
	return r.Object(func(name string) error {
		known, ok := credentialMembers[fold(name)]
		keyword := strings.HasPrefix(name, "@") && name != "@version" && name != "@protected"
		switch {
		case name == "@context" && r.Kind() == '{': // one more layer around it
			return checkInlineContext(r, v1)
		case ok && !(v1 && name == known && slices.Contains(addedInV2, name)), keyword:
			return fmt.Errorf("%w: inline context defines %.40q", ErrContext, name)
		}
		return r.Skip()
	})
}

// addedInV2 are names that the data model has from 2.0 on. In 1.1 they mean what a
// context says.
var addedInV2 = []string{"name", "description", "relatedResource"}

// checkContext demands one base context, first.
func (c *Credential) checkContext() error {
	if len(c.Context) == 0 {
		return fmt.Errorf("%w: missing", ErrContext)
	}
	return checkContext(c.Context)
}

func checkContext(context []string) error {
	if context[0] != ContextV1 && context[0] != ContextV2 {
		return fmt.Errorf("%w: %.80q is first, want %q", ErrContext, context[0], ContextV2)
	}
	for i, u := range context {
		switch {
		case i > 0 && (u == ContextV1 || u == ContextV2):
			return fmt.Errorf("%w: a second base context", ErrContext)
		case !strings.HasPrefix(u, "{") && !isURL(u):
			return fmt.Errorf("%w: %.80q is not a URL", ErrContext, u)
		}
	}
	return nil
}

// readStrings reads a string or a non-empty array of strings, none twice.
func readStrings(r *strictjson.Reader, sentinel error) ([]string, error) {
	var out []string
	add := func(int) error {
		s, err := r.String()
		if err == nil && (s == "" || slices.Contains(out, s)) {
			err = fmt.Errorf("%w: %.40q is empty or there twice", sentinel, s)
		}
		out = append(out, s)
		return err
	}
	var err error
	if r.Kind() == '"' {
		err = add(0)
	} else {
		_, err = r.Array(maxParts, add)
	}
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%w: empty", sentinel)
	}
	if err != nil {
		return nil, wrap(sentinel, err)
	}
	return out, nil
}

// readURL reads a string that is an absolute URI.
func readURL(r *strictjson.Reader, name string) (string, error) {
	s, err := r.String()
	if err != nil {
		return "", err
	}
	if !isURL(s) {
		return "", fmt.Errorf("%w: %s %.80q is not a URL", ErrModel, name, s)
	}
	return s, nil
}

// issuer is who issued a credential, or holds a presentation, as far as reading
// tells.
type issuer struct {
	did did.DID
	url string          // where it is another URL than a DID
	raw json.RawMessage // the object, where it is one
	key did.Key         // of a did:key
}

// readIssuer reads an issuer or a holder: a DID, or an object whose id is one, and
// where anyURL says so any other URL. With unproven nobody has checked that a
// did:key is one until a signature by it has verified, or prove has.
func readIssuer(r *strictjson.Reader, name string, anyURL, unproven bool) (i issuer, err error) {
	id, raw, err := readIDOrObject(r, name)
	if err != nil {
		return issuer{}, err
	}
	i.raw = raw
	if anyURL && isURL(id) && !strings.HasPrefix(id, "did:") {
		i.url = id
		return i, nil
	}
	parse := did.ParseWithKey
	if unproven {
		parse = did.ParseUnproven
	}
	if i.did, i.key, err = parse(id); err != nil {
		return issuer{}, fmt.Errorf("%w: %s: %w", ErrModel, name, err)
	}
	return i, nil
}

// prove makes sure that a did:key which signed nothing is one.
func (i *issuer) prove() error {
	if i.key.Type() == "" {
		return nil
	}
	if err := i.key.Prove(); err != nil {
		return fmt.Errorf("%w: %w", ErrModel, err)
	}
	return nil
}

// readIDOrObject reads a string, or an object that must have a string id; raw is
// the object.
func readIDOrObject(r *strictjson.Reader, name string) (id string, raw json.RawMessage, err error) {
	if r.Kind() == '"' {
		id, err = r.String()
		return id, nil, err
	}
	if r.Kind() != '{' {
		return "", nil, fmt.Errorf("%w: %s is neither a URL nor an object", ErrModel, name)
	}
	if raw, err = r.Raw(); err != nil {
		return "", nil, err
	}
	id, err = idOf(raw, name)
	if err == nil && id == "" {
		err = fmt.Errorf("%w: %s has no id", ErrModel, name)
	}
	return id, raw, err
}

// idOf returns the id of an object, empty where it has none.
func idOf(raw []byte, name string) (id string, err error) {
	err = strictjson.Read(raw, len(raw), func(r *strictjson.Reader) error {
		return r.Object(func(member string) error { return readID(r, member, name, &id) })
	})
	return id, err
}

// readID reads the member of an object called name, of which only the id is
// wanted.
func readID(r *strictjson.Reader, member, name string, id *string) (err error) {
	switch {
	case member == "id":
		*id, err = readURL(r, name+".id")
		return err
	case strings.EqualFold(member, "id"):
		return fmt.Errorf("%w: member %q of %s, want id", ErrModel, member, name)
	}
	return r.Skip()
}

// readSubjects reads an object or a non-empty array of objects, each saying
// something.
func readSubjects(r *strictjson.Reader) (out []Subject, err error) {
	err = readEach(r, "credentialSubject", func() error {
		var s Subject
		empty := true
		s.Claims, err = r.Text(func() error {
			return r.Object(func(member string) error {
				empty = false
				return readID(r, member, "credentialSubject", &s.ID)
			})
		})
		if err == nil && empty {
			err = fmt.Errorf("%w: credentialSubject without claims", ErrModel)
		}
		out = append(out, s)
		return err
	})
	return out, err
}

// readObjects reads an object or a non-empty array of objects.
func readObjects(r *strictjson.Reader, name string, each func(raw []byte) error) error {
	return readEach(r, name, func() error {
		raw, err := r.Raw()
		if err != nil {
			return err
		}
		return each(raw)
	})
}

// readEach calls each for an object, or for each of a non-empty array of objects.
func readEach(r *strictjson.Reader, name string, each func() error) error {
	one := func(int) error {
		if r.Kind() != '{' {
			return fmt.Errorf("%w: %s is not an object", ErrModel, name)
		}
		return each()
	}
	if r.Kind() != '[' {
		return one(0)
	}
	n, err := r.Array(maxParts, one)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: %s is an empty array", ErrModel, name)
	}
	return err
}

// checkPart checks the members that this package does not interpret but whose
// shape the data model states.
func (c *Credential) checkPart(name string, raw []byte) error {
	switch name {
	case "credentialSchema", "refreshService", "termsOfUse", "evidence":
		return checkObjects(name, raw)
	case "name", "description":
		if c.IsV1() {
			return nil
		}
		return strictjson.Read(raw, len(raw), func(r *strictjson.Reader) error { return checkLanguage(r, name) })
	case "relatedResource":
		if c.IsV1() {
			return nil
		}
		_, err := readRelated(raw)
		return err
	case "proof":
		return checkProofs(raw)
	case "holder", "verifiableCredential", "vc", "vp":
		return fmt.Errorf("%w: %s in a credential", ErrModel, name)
	}
	return nil
}

// checkObjects checks objects that must have a type, and an id that is a URL.
func checkObjects(name string, raw []byte) error {
	return strictjson.Read(raw, len(raw), func(r *strictjson.Reader) error {
		return readObjects(r, name, func(raw []byte) error {
			id, err := idOf(raw, name)
			if err != nil {
				return err
			}
			if name == "credentialSchema" && id == "" {
				return fmt.Errorf("%w: credentialSchema has no id", ErrModel)
			}
			_, err = typesOf(raw, name)
			return err
		})
	})
}

// checkProofs checks a proof that nothing here verifies, such as one inside a
// token: it must at least have a type.
func checkProofs(raw []byte) error {
	return strictjson.Read(raw, len(raw), func(r *strictjson.Reader) error {
		return readObjects(r, "proof", func(raw []byte) error {
			_, err := typesOf(raw, "proof")
			return err
		})
	})
}

// typesOf returns the types of an object, which must have one.
func typesOf(raw []byte, name string) (types []string, err error) {
	err = strictjson.Read(raw, len(raw), func(r *strictjson.Reader) error {
		return r.Object(func(member string) (err error) {
			if member != "type" {
				return r.Skip()
			}
			types, err = readStrings(r, ErrType)
			return err
		})
	})
	if err == nil && len(types) == 0 {
		err = fmt.Errorf("%w: %s has none", ErrType, name)
	}
	return types, err
}

func isEmptyObject(raw []byte) bool {
	return len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0
}

// fold maps a name to the one that stands for all that are equal to it under
// simple case folding.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		low := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			low = min(low, f)
		}
		return low
	}, s)
}

func foldSet(names ...string) map[string]string {
	m := make(map[string]string, len(names))
	for _, n := range names {
		m[fold(n)] = n
	}
	return m
}

// wrap gives err a sentinel of this package unless it has one.
func wrap(sentinel, err error) error {
	if errors.Is(err, sentinel) {
		return err
	}
	return fmt.Errorf("%w: %w", sentinel, err)
}

// jsonError gives errors of the JSON reader a sentinel of this package.
func jsonError(err error) error {
	switch {
	case errors.Is(err, strictjson.ErrSize):
		return wrap(ErrSize, err)
	case errors.Is(err, strictjson.ErrSyntax), errors.Is(err, strictjson.ErrDepth):
		return wrap(ErrMalformed, err)
	case errors.Is(err, strictjson.ErrShape):
		for _, s := range []error{ErrContext, ErrType, ErrTime, ErrStatusEntry, ErrClaims} {
			if errors.Is(err, s) {
				return err
			}
		}
		return wrap(ErrModel, err)
	}
	return err
}
