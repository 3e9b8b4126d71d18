// Package schema checks credentials against the JSON Schemas that they name in
// credentialSchema (Verifiable Credentials JSON Schema Specification), of the types
// JsonSchema and JsonSchemaCredential.
//
// It is a module of its own, so that nobody has its dependencies who does not ask
// for it. It opens no connection: every schema is handed in, by its id, and what a
// schema refers to must be handed in too. A credential that was not verified cannot
// be checked, since a schema says nothing about who made it.
//
// The work is bounded by count, before any of it is done: schemas can be written
// that take a number of steps exponential in their length. Patterns are RE2, which
// has no such ones; a schema with a pattern that RE2 lacks is refused, and so is
// one with $dynamicRef or $recursiveRef.
package schema

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/taperid/taper/vc"
)

// Sentinels: what was wrong.
var (
	// ErrNone is returned for a credential that names no schema.
	ErrNone = errors.New("schema: the credential names none")
	// ErrAbsent is returned for a schema that was not handed in.
	ErrAbsent = errors.New("schema: not at hand")
	// ErrUnsupported is returned for a credentialSchema of another type, and a schema
	// of another dialect.
	ErrUnsupported = errors.New("schema: unsupported")
	// ErrMalformed is returned for a credentialSchema, a schema or a credential of a
	// schema that is not well formed.
	ErrMalformed = errors.New("schema: malformed")
	// ErrDigest is returned for a schema that is not the one whose digest the
	// credential states.
	ErrDigest = errors.New("schema: digest")
	// ErrWork is returned where the check could take more steps than are allowed.
	ErrWork = errors.New("schema: too much work")
	// ErrInvalid is returned for a credential that does not fit its schema.
	ErrInvalid = errors.New("schema: the credential does not fit")
)

// MaxBytes is the longest schema, MaxSchemas the most of them.
const (
	MaxBytes   = 256 << 10
	MaxSchemas = 100
)

// Config says which schemas are at hand.
type Config struct {
	Schemas map[string][]byte // JSON Schemas by id, an absolute URL

	// Credentials are secured credentials of type JsonSchemaCredential, each known by
	// its own id, and Verify says whom to believe them from.
	Credentials [][]byte
	Verify      vc.VerifyOptions
}

// Set is the schemas at hand. It is safe for concurrent use; the zero Set has none.
type Set struct {
	entries map[string]*entry
}

// entry is a schema under the id that credentials name it by.
type entry struct {
	typ    string // of the credentialSchema that may name it
	text   []byte // that a digest is over
	schema *jsonschema.Schema
}

// The types of credentialSchema.
const (
	typeSchema     = "JsonSchema"
	typeCredential = "JsonSchemaCredential"
)

// New compiles the schemas and verifies the credentials of schemas.
func New(ctx context.Context, c Config) (*Set, error) {
	if n := len(c.Schemas) + len(c.Credentials); n > MaxSchemas {
		return nil, fmt.Errorf("%w: %d schemas, at most %d", ErrMalformed, n, MaxSchemas)
	}
	b := newBuilder()
	for id, text := range c.Schemas {
		if err := b.add(id, typeSchema, text, text); err != nil {
			return nil, err
		}
	}
	for _, text := range c.Credentials {
		id, inner, err := open(ctx, text, c.Verify)
		if err != nil {
			return nil, err
		}
		if err := b.add(id, typeCredential, inner, text); err != nil {
			return nil, err
		}
	}
	return b.compile()
}

// Check reports whether a credential fits every schema that it names.
func (s *Set) Check(v *vc.Verified) error {
	c := v.Credential()
	refs, err := readReferences(c.More["credentialSchema"])
	if err != nil {
		return err
	}
	instance, err := decode(v.Document())
	if err != nil {
		return err
	}
	for _, r := range refs {
		if err := s.check(r, instance); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) check(r reference, instance *node) error {
	if r.typ != typeSchema && r.typ != typeCredential {
		return fmt.Errorf("%w: credentialSchema of type %.80q", ErrUnsupported, r.typ)
	}
	e := s.entries[r.id]
	if e == nil || e.typ != r.typ {
		return fmt.Errorf("%w: %s %.200q", ErrAbsent, r.typ, r.id)
	}
	if err := r.checkDigests(e.text); err != nil {
		return err
	}
	if err := checkWork(e.schema, instance); err != nil {
		return err
	}
	if err := e.schema.Validate(instance.value); err != nil {
		return fmt.Errorf("%w: %.200q: %.1000s", ErrInvalid, r.id, err.Error())
	}
	return nil
}

// isID reports whether a schema may have this id.
func isID(id string) bool {
	u, err := url.Parse(id)
	return err == nil && u.IsAbs() && u.Scheme != "file" && u.Fragment == "" && len(id) <= 2048
}
