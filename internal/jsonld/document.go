package jsonld

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
)

// value is a JSON value. The value of a member named @context is not read
// further: its text waits to be used as a context, or as JSON inside a JSON
// literal.
type value struct {
	kind    byte // as strictjson.Reader.Kind says, or 'c' for an unread context
	text    string
	number  float64
	members []member
	array   []value
}

type member struct {
	name  string
	value value
}

const unread = 'c'

// parse reads a document, and its @context members too if contexts is set.
func parse(doc []byte, contexts bool) (v value, err error) {
	err = strictjson.Read(doc, MaxSize, func(r *strictjson.Reader) error {
		p := parser{r, contexts}
		return p.value(&v)
	})
	return v, err
}

// parser reads JSON values, those of @context members only if contexts is set.
type parser struct {
	*strictjson.Reader
	contexts bool
}

func (p *parser) value(v *value) (err error) {
	v.kind = p.Kind()
	switch v.kind {
	case '{':
		return p.Object(func(name string) error {
			v.members = append(v.members, member{name: name})
			return p.member(&v.members[len(v.members)-1])
		})
	case '[':
		_, err = p.Array(math.MaxInt, func(int) error {
			v.array = append(v.array, value{})
			return p.value(&v.array[len(v.array)-1])
		})
	case '"':
		v.text, err = p.String()
	case '0':
		if v.number, v.text, err = p.Number(); err == nil && !isExact(v) {
			err = fmt.Errorf("%w: integer %.40s is beyond 2^53-1", ErrValue, v.text)
		}
	case 't', 'f':
		_, err = p.Bool()
	default:
		err = p.Null()
	}
	return err
}

// isExact reports whether a number, if it is written as an integer, is one that
// its double holds.
func isExact(v *value) bool {
	return strings.ContainsAny(v.text, ".eE") || v.number <= strictjson.MaxInt && v.number >= -strictjson.MaxInt
}

func (p *parser) member(m *member) error {
	if m.name != "@context" || p.contexts {
		return p.value(&m.value)
	}
	raw, err := p.Raw()
	m.value = value{kind: unread, text: string(raw)}
	return err
}

// get returns the member of an object by its name.
func (v *value) get(name string) *value {
	for i := range v.members {
		if v.members[i].name == name {
			return &v.members[i].value
		}
	}
	return nil
}

// holdsContext reports whether v has an @context member somewhere, which was not
// read.
func (v *value) holdsContext() bool {
	for i := range v.members {
		if m := &v.members[i].value; m.kind == unread || m.holdsContext() {
			return true
		}
	}
	return slices.ContainsFunc(v.array, func(e value) bool { return e.holdsContext() })
}

// appendJSON writes v as JSON.
func (v *value) appendJSON(dst []byte) []byte {
	switch v.kind {
	case '{':
		dst = append(dst, '{')
		for i := range v.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(strictjson.AppendString(dst, v.members[i].name), ':')
			dst = v.members[i].value.appendJSON(dst)
		}
		return append(dst, '}')
	case '[':
		dst = append(dst, '[')
		for i := range v.array {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = v.array[i].appendJSON(dst)
		}
		return append(dst, ']')
	case '"':
		return strictjson.AppendString(dst, v.text)
	case 't':
		return append(dst, "true"...)
	case 'f':
		return append(dst, "false"...)
	case 'n':
		return append(dst, "null"...)
	default:
		return append(dst, v.text...)
	}
}
