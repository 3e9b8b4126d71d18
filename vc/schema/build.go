package schema

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// builder collects the schemas before any is compiled, since they may refer to
// each other.
type builder struct {
	compiler *jsonschema.Compiler
	entries  map[string]*entry
}

func newBuilder() *builder {
	c := jsonschema.NewCompiler()
	c.UseLoader(nothing{})
	c.AssertFormat()
	return &builder{c, make(map[string]*entry)}
}

// nothing is the loader of what was not handed in.
type nothing struct{}

// Load implements jsonschema.URLLoader.
func (nothing) Load(url string) (any, error) {
	return nil, fmt.Errorf("%w: %.200q", ErrAbsent, url)
}

// dialects are the values of $schema: 2020-12, which the specification demands,
// and the two that it allows.
var dialects = []string{
	"https://json-schema.org/draft/2020-12/schema",
	"https://json-schema.org/draft/2019-09/schema",
	"http://json-schema.org/draft-07/schema#",
}

func (b *builder) add(id, typ string, text, digested []byte) error {
	if !isID(id) {
		return fmt.Errorf("%w: id %.200q is not an absolute URL without fragment", ErrMalformed, id)
	}
	if b.entries[id] != nil {
		return fmt.Errorf("%w: %.200q is there twice", ErrMalformed, id)
	}
	if len(text) > MaxBytes {
		return fmt.Errorf("%w: %.200q has %d bytes, at most %d", ErrMalformed, id, len(text), MaxBytes)
	}
	n, err := decode(text)
	if err != nil {
		return fmt.Errorf("%.200q: %w", id, err)
	}
	if d := n.members["$schema"]; d == nil || !slices.ContainsFunc(dialects, func(s string) bool { return d.value == s }) {
		return fmt.Errorf("%w: %.200q: $schema, want such as %s", ErrUnsupported, id, dialects[0])
	}
	if err := b.compiler.AddResource(id, n.value); err != nil {
		return fmt.Errorf("%w: %.200q: %v", ErrMalformed, id, err)
	}
	b.entries[id] = &entry{typ: typ, text: digested}
	return nil
}

func (b *builder) compile() (*Set, error) {
	for id, e := range b.entries {
		var err error
		if e.schema, err = b.compiler.Compile(id); err != nil {
			return nil, fmt.Errorf("%w: %.200q: %.1000s", ErrMalformed, id, err.Error())
		}
		if err := refuseDynamic(e.schema); err != nil {
			return nil, fmt.Errorf("%.200q: %w", id, err)
		}
	}
	return &Set{b.entries}, nil
}

// open verifies a credential of a schema and returns its id and the schema.
func open(ctx context.Context, text []byte, opts vc.VerifyOptions) (id string, schema []byte, err error) {
	v, err := vc.Verify(ctx, text, opts)
	if err != nil {
		return "", nil, fmt.Errorf("schema: credential of a schema: %w", err)
	}
	c := v.Credential()
	if !c.HasType(typeCredential) || len(c.Subject) != 1 {
		return "", nil, fmt.Errorf("%w: want a %s of one subject", ErrMalformed, typeCredential)
	}
	typ := ""
	err = strictjson.Read(c.Subject[0].Claims, vc.MaxBytes, func(r *strictjson.Reader) error {
		return r.Object(func(name string) (err error) {
			switch name {
			case "type":
				typ, err = r.String()
			case "jsonSchema":
				schema, err = r.Raw()
			default:
				err = r.Skip()
			}
			return err
		})
	})
	if err != nil || typ != typeSchema || schema == nil {
		return "", nil, fmt.Errorf("%w: the subject of %.200q is no %s with a jsonSchema", ErrMalformed, c.ID, typeSchema)
	}
	return c.ID, schema, nil
}

// node is a JSON value, with its parts apart so that each has one address.
type node struct {
	value   any
	members map[string]*node
	items   []*node
}

// decode reads strict JSON.
func decode(data []byte) (n *node, err error) {
	err = strictjson.Read(data, vc.MaxBytes, func(r *strictjson.Reader) error {
		n, err = decodeValue(r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return n, nil
}

func decodeValue(r *strictjson.Reader) (*node, error) {
	n := new(node)
	var err error
	switch r.Kind() {
	case '{':
		err = n.decodeObject(r)
	case '[':
		err = n.decodeArray(r)
	case '"':
		n.value, err = r.String()
	case 't', 'f':
		n.value, err = r.Bool()
	case 'n':
		err = r.Null()
	default:
		n.value, err = decodeNumber(r)
	}
	return n, err
}

func (n *node) decodeObject(r *strictjson.Reader) error {
	n.members = make(map[string]*node)
	values := make(map[string]any)
	n.value = values
	return r.Object(func(name string) error {
		member, err := decodeValue(r)
		if err != nil {
			return err
		}
		n.members[name], values[name] = member, member.value
		return nil
	})
}

func (n *node) decodeArray(r *strictjson.Reader) error {
	values := []any{}
	_, err := r.Array(vc.MaxBytes, func(int) error {
		item, err := decodeValue(r)
		if err != nil {
			return err
		}
		n.items, values = append(n.items, item), append(values, item.value)
		return nil
	})
	n.value = values
	return err
}

// decodeNumber reads a number exactly where it is short, and as its double where
// it has an exponent: the exact value of 1e999999999 has as many digits.
func decodeNumber(r *strictjson.Reader) (any, error) {
	f, text, err := r.Number()
	if err != nil {
		return nil, err
	}
	const exact = 40
	for i := range len(text) {
		if i == exact || text[i] == 'e' || text[i] == 'E' {
			return f, nil
		}
	}
	return json.Number(text), nil
}
