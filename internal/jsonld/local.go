package jsonld

import (
	"fmt"
	"slices"
)

// local is a local context as it is written: what an @context member holds. It
// does not change once read, so that what was made of it may be kept.
type local struct {
	parts []part
	origin
}

// origin says where a local context is from.
type origin struct {
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

// readLocal reads the value of an @context member.
func readLocal(v *value, from origin) (*local, error) {
	l := &local{origin: from}
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
			w, err := readWords(p, from)
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
func readWords(v *value, from origin) (w *words, err error) {
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
			err = w.read(name, v, from)
		}
		if err != nil {
			return nil, err
		}
	}
	return w, nil
}

// read reads the definition of a term.
func (w *words) read(term string, v *value, from origin) error {
	if term == "" || term != "@type" && looksKeyword(term) {
		return fmt.Errorf("%w: %.100q cannot be defined", ErrContext, term)
	}
	d, err := readWording(v, from)
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
