package jsonld

import (
	"fmt"
	"strings"
)

// definer creates the terms of one context definition in the context that is
// being made of it (section 4.2).
type definer struct {
	*processor
	*context
	words   *words
	foreign bool
	state   map[string]bool // false while a term is being defined, then true
}

func (d *definer) define() error {
	if err := d.settings(); err != nil {
		return err
	}
	d.state = make(map[string]bool, len(d.words.terms))
	if err := d.spend(1 + len(d.words.terms)); err != nil {
		return err
	}
	for i := range d.words.terms {
		if err := d.term(&d.words.terms[i]); err != nil {
			return err
		}
	}
	return nil
}

// settings applies what is no term.
func (d *definer) settings() error {
	w := d.words
	if w.vocab.set {
		before := d.vocab
		d.vocab = vocabulary{foreign: d.foreign}
		if !w.vocab.null {
			d.vocab.iri = d.context.expand(w.vocab.text)
			if err := d.spend(len(d.vocab.iri) / 64); err != nil {
				return err
			}
			if !isIRI(d.vocab.iri) {
				return fmt.Errorf("%w: @vocab %.200q is not absolute", ErrIRI, w.vocab.text)
			}
		}
		if d.foreign && before.isKnown() && d.vocab.iri != before.iri {
			return fmt.Errorf("%w: @vocab", ErrProtected)
		}
	}
	if w.language.set {
		d.language = w.language.text
	}
	if w.direction.set {
		d.direction = w.direction.text
	}
	return nil
}

// term creates the definition of a term, after those that it needs.
func (d *definer) term(w *wording) error {
	if done, begun := d.state[w.term]; begun {
		if !done {
			return fmt.Errorf("%w: %.100q is defined by itself", ErrContext, w.term)
		}
		return nil
	}
	d.state[w.term] = false
	before := d.terms[w.term]
	delete(d.terms, w.term)
	made := &definition{
		container: w.container, language: w.language, direction: w.direction,
		scoped: w.scoped, foreign: d.foreign, refused: w.refused,
		protected: d.words.protected,
	}
	if w.protected != nil {
		made.protected = *w.protected
	}
	if err := d.meaning(made, w); err != nil {
		return err
	}
	if err := d.coercion(made, w); err != nil {
		return err
	}
	if before != nil && (before.protected && !d.override || d.foreign && !before.foreign) {
		if !before.equal(made) {
			return fmt.Errorf("%w: %.100q", ErrProtected, w.term)
		}
		made = before
	}
	d.terms[w.term] = made
	d.state[w.term] = true
	return nil
}

// meaning finds the IRI or keyword of a term.
func (d *definer) meaning(made *definition, w *wording) (err error) {
	switch {
	case w.null:
		return nil
	case w.refused == "@reverse":
		// The property of another node: never used, so it needs no meaning.
		return nil
	case w.id != "" && w.id != w.term:
		if made.iri, err = d.expand(w.id); err != nil {
			return err
		}
		if strings.ContainsAny(w.term[1:], ":/") {
			d.state[w.term] = true
			again, err := d.expand(w.term)
			if err != nil || again != made.iri {
				return fmt.Errorf("%w: %.100q would mean another IRI", ErrContext, w.term)
			}
			d.state[w.term] = false
		} else if w.simple && endsLikePrefix(made.iri) {
			made.prefix = true
		}
	default:
		if err := d.need(prefixOf(w.term)); err != nil {
			return err
		}
		made.iri = d.context.expand(w.term)
	}
	return d.checkMeaning(made, w)
}

func (d *definer) checkMeaning(made *definition, w *wording) error {
	if err := d.spend(len(made.iri) / 64); err != nil {
		return err
	}
	switch {
	case isKeyword(made.iri):
		if made.iri == "@context" || w.prefix != nil && *w.prefix {
			return fmt.Errorf("%w: %.100q cannot stand for a keyword like that", ErrContext, w.term)
		}
	case !isIRI(made.iri):
		return fmt.Errorf("%w: %.100q means %.200q, which is not absolute", ErrIRI, w.term, made.iri)
	}
	if w.prefix != nil {
		if strings.ContainsAny(w.term, ":/") {
			return fmt.Errorf("%w: %.100q cannot be a prefix", ErrContext, w.term)
		}
		made.prefix = *w.prefix
	}
	return nil
}

// coercion finds the type that the values of a term are given.
func (d *definer) coercion(made *definition, w *wording) (err error) {
	switch w.typ {
	case "", "@id", "@vocab", "@json", "@none":
		made.typ = w.typ
		return nil
	}
	if made.typ, err = d.expand(w.typ); err != nil {
		return err
	}
	if err := d.spend(len(made.typ) / 64); err != nil {
		return err
	}
	if !isIRI(made.typ) {
		return fmt.Errorf("%w: the type %.200q of %.100q is not absolute", ErrIRI, w.typ, w.term)
	}
	return nil
}

// expand is expand of the context that is being made, with the terms that it
// needs created first.
func (d *definer) expand(name string) (string, error) {
	if err := d.need(name); err != nil {
		return "", err
	}
	if err := d.need(prefixOf(name)); err != nil {
		return "", err
	}
	return d.context.expand(name), nil
}

// need makes sure that a term is created, if this definition has it.
func (d *definer) need(term string) error {
	if i, ok := d.words.index[term]; ok && !d.state[term] {
		return d.term(&d.words.terms[i])
	}
	return nil
}

// prefixOf returns what may be a prefix of a name.
func prefixOf(name string) string {
	prefix, suffix, ok := strings.Cut(name, ":")
	if !ok || strings.HasPrefix(suffix, "//") {
		return ""
	}
	return prefix
}

// endsLikePrefix reports whether an IRI ends in a character that makes a term
// for it a prefix without being called one.
func endsLikePrefix(iri string) bool {
	return iri != "" && strings.IndexByte(":/?#[]@", iri[len(iri)-1]) >= 0
}

// equal reports whether two definitions mean the same, protection aside.
func (d *definition) equal(other *definition) bool {
	return d.iri == other.iri && d.typ == other.typ && d.container == other.container &&
		d.language == other.language && d.direction == other.direction && d.prefix == other.prefix &&
		d.refused == other.refused && d.scoped.equal(other.scoped)
}
