package jsonld

import (
	"fmt"
	"slices"
	"strings"
)

// local is a local context as it is written: what an @context member holds. It
// does not change once read, so that what was made of it may be kept.
type local struct {
	parts   []part
	foreign bool // written in a document, and not in a context of the set
	passing bool // too long to be kept beyond its document
}

// part is an element of a local context: null if it has neither url nor words.
type part struct {
	url   string
	words *words
}

// words is a context definition: terms and the settings beside them.
type words struct {
	vocab     setting
	language  setting
	direction setting
	protected bool
	propagate *bool
	terms     []wording
	index     map[string]int // of terms
}

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

// readLocal reads the value of an @context member.
func readLocal(v *value, foreign bool) (*local, error) {
	l := &local{foreign: foreign}
	parts := []value{*v}
	if v.kind == '[' {
		parts = v.array
	}
	for i := range parts {
		p := &parts[i]
		// Inside an array an object may have a context instead of being one, which
		// processors allow and vectors of proof chains use.
		if inner := p.get("@context"); v.kind == '[' && inner != nil && inner.kind == '{' && len(p.members) == 1 {
			p = inner
		}
		switch p.kind {
		case 'n':
			l.parts = append(l.parts, part{})
		case '"':
			l.parts = append(l.parts, part{url: p.text})
		case '{':
			w, err := readWords(p, foreign)
			if err != nil {
				return nil, err
			}
			l.parts = append(l.parts, part{words: w})
		default:
			return nil, fmt.Errorf("%w: neither a URL nor an object nor null", ErrContext)
		}
	}
	return l, nil
}

// readWords reads a context definition. Members that change how everything else
// is read, and that no context needs, are refused: @base because a relative IRI
// would then mean something, @import because it would bring another context in.
func readWords(v *value, foreign bool) (w *words, err error) {
	w = &words{index: make(map[string]int, len(v.members))}
	for i := range v.members {
		name, v := v.members[i].name, &v.members[i].value
		switch name {
		case "@version":
			if v.kind != '0' || v.number != 1.1 {
				err = fmt.Errorf("%w: @version is not 1.1", ErrContext)
			}
		case "@vocab":
			w.vocab, err = readSetting(name, v)
		case "@language":
			w.language, err = readLanguage(v)
		case "@direction":
			w.direction, err = readDirection(v)
		case "@protected":
			w.protected, err = readBool(name, v)
		case "@propagate":
			w.propagate = new(bool)
			*w.propagate, err = readBool(name, v)
		default:
			err = w.read(name, v, foreign)
		}
		if err != nil {
			return nil, err
		}
	}
	return w, nil
}

// read reads the definition of a term.
func (w *words) read(term string, v *value, foreign bool) error {
	if term == "" || term != "@type" && looksKeyword(term) {
		return fmt.Errorf("%w: %.100q cannot be defined", ErrContext, term)
	}
	d, err := readWording(v, foreign)
	if err != nil {
		return fmt.Errorf("%w, of %.100q", err, term)
	}
	d.term = term
	if term == "@type" && (d.null || d.simple || d.id != "" || d.typ != "" || d.scoped != nil || d.container&^asSet != 0) {
		return fmt.Errorf("%w: @type cannot be redefined", ErrContext)
	}
	w.index[term] = len(w.terms)
	w.terms = append(w.terms, d)
	return nil
}

func readWording(v *value, foreign bool) (d wording, err error) {
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
		if err := d.member(v.members[i].name, &v.members[i].value, foreign); err != nil {
			return d, err
		}
	}
	return d, nil
}

// member reads a member of an expanded term definition.
func (d *wording) member(name string, v *value, foreign bool) (err error) {
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
		d.scoped, err = readLocal(v, foreign)
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

// keywords are those of JSON-LD 1.1 section 1.7, all of them.
var keywords = []string{
	"@base", "@container", "@context", "@direction", "@graph", "@id", "@import", "@included",
	"@index", "@json", "@language", "@list", "@nest", "@none", "@prefix", "@propagate",
	"@protected", "@reverse", "@set", "@type", "@value", "@version", "@vocab",
}

func isKeyword(s string) bool { return strings.HasPrefix(s, "@") && slices.Contains(keywords, s) }

// looksKeyword reports whether s has the form of a keyword, which the standard
// keeps for itself and has processors ignore.
func looksKeyword(s string) bool {
	if len(s) < 2 || s[0] != '@' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// equal reports whether two local contexts say the same, in the same order of
// parts and any order of terms.
func (l *local) equal(other *local) bool {
	if l == other || l == nil || other == nil {
		return l == other
	}
	return slices.EqualFunc(l.parts, other.parts, func(a, b part) bool {
		return a.url == b.url && a.words.equal(b.words)
	})
}

func (w *words) equal(other *words) bool {
	if w == other || w == nil || other == nil {
		return w == other
	}
	if w.vocab != other.vocab || w.language != other.language || w.direction != other.direction ||
		w.protected != other.protected || !same(w.propagate, other.propagate) || len(w.terms) != len(other.terms) {
		return false
	}
	for i := range w.terms {
		j, ok := other.index[w.terms[i].term]
		if !ok || !w.terms[i].equal(&other.terms[j]) {
			return false
		}
	}
	return true
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
