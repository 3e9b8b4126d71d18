package jsonld

import (
	"fmt"
	"strconv"
	"strings"
)

// walker makes the statements of one document: expansion (JSON-LD 1.1 API section
// 5.1) and conversion to RDF (section 8) in one walk, so that nothing lies between
// them in which a value could get lost.
type walker struct {
	contexts *Contexts
	quads    []quad
	blanks   int
	roots    map[term]term // the subject that a graph is about, by the graph
	path     []string      // of member names, for errors
	locals   map[string]*local
	applied  map[step]*context
	work     int // of contexts
	size     int // of statements, in bytes
}

// The bounds of what one document may say. A statement repeats the names of its
// subject and graph, so that a document could say a thousand times its own length.
const (
	maxStatements = 1 << 15
	maxSize       = 1 << 23
)

// say makes a statement.
func (w *walker) say(subject term, predicate string, object, graph term) error {
	w.quads = append(w.quads, quad{subject, predicate, object, graph})
	if len(w.quads) > maxStatements {
		return w.fail(ErrWork, "more than %d statements", maxStatements)
	}
	return w.spend(len(subject.value) + len(predicate) + len(graph.value) +
		len(object.value) + len(object.datatype) + len(object.language))
}

// spend counts bytes that are made of the document.
func (w *walker) spend(n int) error {
	if w.size += n; w.size > maxSize {
		return w.fail(ErrWork, "statements of more than %d bytes", maxSize)
	}
	return nil
}

// fail returns an error that says where in the document it arose.
func (w *walker) fail(sentinel error, format string, args ...any) error {
	return fmt.Errorf("%w: at %q: %.300s", sentinel, tail("/"+strings.Join(w.path, "/")), fmt.Sprintf(format, args...))
}

// tail keeps the end of a path that is too long to report.
func tail(s string) string {
	if len(s) > 200 {
		return "..." + s[len(s)-200:]
	}
	return s
}

// document makes the statements of a document.
func (w *walker) document(v *value) ([]quad, error) {
	if v.kind != '{' {
		return nil, w.fail(ErrValue, "not an object")
	}
	o, err := w.open(nothing, "", v)
	if err != nil {
		return nil, err
	}
	if _, err := w.node(&o, term{}, true); err != nil {
		return nil, err
	}
	if len(w.quads) == 0 {
		return nil, w.fail(ErrDropped, "no statement at all")
	}
	return w.quads, nil
}

// node makes the statements of a node object and returns its subject. root says
// that it is what its graph is about.
func (w *walker) node(o *object, graph term, root bool) (term, error) {
	subject, err := w.subject(o)
	if err != nil {
		return term{}, err
	}
	if root {
		w.roots[graph] = subject
	} else if w.roots[graph] == subject && len(o.names) > 1 {
		return term{}, w.fail(ErrName, "a second description of what the document is about")
	}
	for i, n := range o.names {
		m := &o.members[i]
		w.path = append(w.path, m.name)
		switch n {
		case "", "@id":
		case "@type":
			err = w.types(o, subject, &m.value, graph)
		default:
			if n[0] == '@' {
				return term{}, w.fail(ErrUnsupported, "%s", n)
			}
			err = w.property(o, subject, n, m, graph)
		}
		if err != nil {
			return term{}, err
		}
		w.path = w.path[:len(w.path)-1]
	}
	return subject, nil
}

// subject returns the name of a node: its @id, or a new blank node.
func (w *walker) subject(o *object) (term, error) {
	id := o.keyword("@id")
	if id == nil {
		return w.blank(), nil
	}
	if id.kind != '"' {
		return term{}, w.fail(ErrValue, "@id is not a string")
	}
	return w.reference(o.context, id.text)
}

// blank returns a new blank node. A document cannot name it, since labels in
// documents get a prefix of their own.
func (w *walker) blank() term {
	w.blanks++
	return term{kind: blank, value: "n" + strconv.Itoa(w.blanks)}
}

// reference returns the node that a string names. It is an IRI or a blank node as
// it stands; a compact IRI is refused, because who reads the JSON would take it
// for the IRI that it is not.
func (w *walker) reference(ctx *context, s string) (term, error) {
	if label, ok := strings.CutPrefix(s, "_:"); ok {
		if !isLabel(label) {
			return term{}, w.fail(ErrIRI, "blank node %q", s)
		}
		return term{kind: blank, value: "d" + label}, nil
	}
	if !isIRI(s) {
		return term{}, w.fail(ErrIRI, "%q", s)
	}
	if whole, _ := ctx.expandCompact(s); whole != s {
		return term{}, w.fail(ErrName, "%q is short for %q", s, whole)
	}
	return term{kind: iri, value: s}, nil
}

// types makes the statements of an @type member.
func (w *walker) types(o *object, subject term, v *value, graph term) error {
	given := []value{*v}
	if v.kind == '[' {
		given = v.array
	}
	if len(given) == 0 {
		return w.fail(ErrDropped, "an empty array")
	}
	for i := range given {
		if given[i].kind != '"' {
			return w.fail(ErrValue, "a type is not a string")
		}
		t, err := w.vocabulary(o.types, given[i].text)
		if err != nil {
			return err
		}
		if err := w.say(subject, rdfType, t, graph); err != nil {
			return err
		}
	}
	return nil
}

// vocabulary returns what a string means where terms are expected: a type, or a
// value of a property of type @vocab.
func (w *walker) vocabulary(ctx *context, s string) (term, error) {
	meaning := ctx.expand(s)
	if err := w.spend(len(meaning)); err != nil {
		return term{}, err
	}
	switch {
	case meaning == "", isKeyword(meaning):
		return term{}, w.fail(ErrUndefined, "%q", s)
	case strings.HasPrefix(meaning, "_:") && meaning == s:
		return w.reference(ctx, s)
	case !isIRI(meaning):
		return term{}, w.fail(ErrIRI, "%q is %q", s, meaning)
	}
	return term{kind: iri, value: meaning}, w.onlyName(ctx, s, meaning)
}
