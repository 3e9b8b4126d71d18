package jsonld

import (
	"fmt"
	"strings"
)

// wording is a term and its definition, null if the definition or its @id is.
type wording struct {
	term      string
	null      bool
	simple    bool // written as a string
	id        string
	typ       string
	container container
	language  setting
	direction setting
	protected *bool
	prefix    *bool
	scoped    *local
	refused   string // a keyword by which the term cannot be used here
}

// setting is a member that may be absent, null or a string.
type setting struct {
	set  bool
	null bool
	text string
}

// container is the set of containers of a term.
type container uint8

const (
	asList container = 1 << iota
	asSet
	asGraph
	asLanguage
	asMap // @index, @id or @type
)

func readWording(v *value, from origin) (d wording, err error) {
	switch v.kind {
	case 'n':
		d.null = true
		return d, nil
	case '"':
		d.simple, d.id = true, v.text
		return d, nil
	case '{':
	default:
		return d, fmt.Errorf("%w: a definition is a string or an object", ErrContext)
	}
	for i := range v.members {
		if err := d.member(v.members[i].name, &v.members[i].value, from); err != nil {
			return d, err
		}
	}
	return d, nil
}

// member reads a member of an expanded term definition.
func (d *wording) member(name string, v *value, from origin) (err error) {
	switch name {
	case "@id":
		var id setting
		id, err = readSetting(name, v)
		d.id, d.null = id.text, id.null
		if !id.null && id.text == "" {
			err = fmt.Errorf("%w: an empty @id", ErrContext)
		}
	case "@type":
		var typ setting
		if typ, err = readSetting(name, v); err == nil && typ.text == "" {
			err = fmt.Errorf("%w: @type is not an IRI", ErrContext)
		}
		d.typ = typ.text
	case "@container":
		err = d.readContainer(v)
	case "@language":
		d.language, err = readLanguage(v)
	case "@direction":
		d.direction, err = readDirection(v)
	case "@protected":
		d.protected = new(bool)
		*d.protected, err = readBool(name, v)
	case "@prefix":
		d.prefix = new(bool)
		*d.prefix, err = readBool(name, v)
	case "@context":
		d.scoped, err = readLocal(v, from)
	case "@reverse", "@nest", "@index":
		d.refused = name
	default:
		err = fmt.Errorf("%w: unknown %.100q in a definition", ErrContext, name)
	}
	return err
}

// readContainer reads one of the combinations of containers that the standard
// allows.
func (d *wording) readContainer(v *value) error {
	parts := []value{*v}
	if v.kind == '[' {
		parts = v.array
	}
	for i := range parts {
		c, ok := containers[parts[i].text]
		if parts[i].kind != '"' || !ok || d.container&c != 0 {
			return fmt.Errorf("%w: a container that is none", ErrContext)
		}
		d.container |= c
		if c == asMap {
			d.refused = parts[i].text + " container"
		}
	}
	c := d.container &^ asSet
	one := c&(c-1) == 0 && d.container != 0
	if one && d.container != asList|asSet || c == asGraph|asMap {
		return nil
	}
	return fmt.Errorf("%w: containers that do not go together", ErrContext)
}

var containers = map[string]container{
	"@list": asList, "@set": asSet, "@graph": asGraph, "@language": asLanguage,
	"@index": asMap, "@id": asMap, "@type": asMap,
}

func readSetting(name string, v *value) (setting, error) {
	switch v.kind {
	case 'n':
		return setting{set: true, null: true}, nil
	case '"':
		return setting{set: true, text: v.text}, nil
	}
	return setting{}, fmt.Errorf("%w: %s is not a string", ErrContext, name)
}

// readLanguage reads a language, which is one in any case and is kept in lower
// case.
func readLanguage(v *value) (setting, error) {
	s, err := readSetting("@language", v)
	if err == nil && !s.null && !isLanguage(s.text) {
		err = fmt.Errorf("%w: @language %.100q is no language tag", ErrContext, s.text)
	}
	s.text = strings.ToLower(s.text)
	return s, err
}

func readDirection(v *value) (setting, error) {
	s, err := readSetting("@direction", v)
	if err == nil && !s.null && s.text != "ltr" && s.text != "rtl" {
		err = fmt.Errorf("%w: @direction %.100q", ErrContext, s.text)
	}
	return s, err
}

func readBool(name string, v *value) (bool, error) {
	if v.kind != 't' && v.kind != 'f' {
		return false, fmt.Errorf("%w: %s is not a boolean", ErrContext, name)
	}
	return v.kind == 't', nil
}

func (d *wording) equal(other *wording) bool {
	a, b := *d, *other
	a.protected, b.protected, a.prefix, b.prefix, a.scoped, b.scoped = nil, nil, nil, nil, nil, nil
	return a == b && same(d.protected, other.protected) && same(d.prefix, other.prefix) && d.scoped.equal(other.scoped)
}

func same(a, b *bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
