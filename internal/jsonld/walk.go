package jsonld

import (
	"fmt"
	"slices"
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
	where := strings.Join(w.path, "/")
	if where == "" {
		where = "the document"
	}
	return fmt.Errorf("%w: %s: %.300s", sentinel, tail(where), fmt.Sprintf(format, args...))
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

// object is a JSON object with what its names mean.
type object struct {
	*value
	context *context // what its properties mean
	types   *context // what its types mean: context before type-scoped contexts
	names   []string // the IRI or keyword of each member
}

// open finds the active context inside an object (section 5.1.2 steps 7 to 11).
// property is the term by which it was reached, in the active context outside.
func (w *walker) open(active *context, property string, v *value) (o object, err error) {
	if err = w.spend(len(v.members) * active.longest); err != nil {
		return o, err
	}
	ctx := active
	if active.previous != nil && !w.staysInside(active, v) {
		ctx = active.previous
	}
	if d := active.terms[property]; d != nil && d.scoped != nil {
		if ctx, err = w.apply(step{ctx, d.scoped, true, true}); err != nil {
			return o, err
		}
	}
	if inner := v.get("@context"); inner != nil {
		if ctx, err = w.context(ctx, inner.text); err != nil {
			return o, err
		}
	}
	o = object{value: v, types: ctx}
	if o.context, err = w.scopeByType(ctx, v); err != nil {
		return o, err
	}
	return o, w.nameMembers(&o)
}

// nameMembers finds what each member of an object means. In a value object the
// keywords may stand for themselves.
func (w *walker) nameMembers(o *object) (err error) {
	o.names = make([]string, len(o.members))
	if err := w.spend(len(o.members) * o.context.longest); err != nil {
		return err
	}
	for i := range o.members {
		if name := o.members[i].name; name != "@context" {
			if o.names[i], err = w.name(o.context, name); err != nil {
				return err
			}
		}
	}
	isValue := slices.Contains(o.names, "@value")
	for i, n := range o.names {
		name := o.members[i].name
		if n == "" || isValue && n == name {
			continue
		}
		if err := w.onlyName(o.context, name, n); err != nil {
			return err
		}
		if n[0] == '@' && slices.Contains(o.names[:i], n) {
			return w.fail(ErrName, "%s occurs twice, as %q too", n, name)
		}
	}
	return nil
}

// staysInside reports whether a type-scoped context goes on inside an object: a
// value object or a reference by nothing but @id.
func (w *walker) staysInside(active *context, v *value) bool {
	for i := range v.members {
		switch active.expand(v.members[i].name) {
		case "@value":
			return true
		case "@id":
			if len(v.members) == 1 {
				return true
			}
		}
	}
	return false
}

// scopeByType applies the contexts of the types of an object, in the order of
// their names.
func (w *walker) scopeByType(ctx *context, v *value) (*context, error) {
	if err := w.spend(len(v.members) * ctx.longest); err != nil {
		return nil, err
	}
	var types []string
	for i := range v.members {
		if ctx.expand(v.members[i].name) != "@type" {
			continue
		}
		given := []value{v.members[i].value}
		if given[0].kind == '[' {
			given = given[0].array
		}
		for j := range given {
			if given[j].kind == '"' {
				types = append(types, given[j].text)
			}
		}
	}
	slices.Sort(types)
	result := ctx
	for _, t := range types {
		if d := ctx.terms[t]; d != nil && d.scoped != nil {
			var err error
			if result, err = w.apply(step{result, d.scoped, false, false}); err != nil {
				return nil, err
			}
		}
	}
	return result, nil
}

// context applies a context that the document holds.
func (w *walker) context(active *context, text string) (*context, error) {
	l, ok := w.locals[text]
	if !ok {
		var err error
		if l, err = w.contexts.local(text); err != nil {
			return nil, w.fail(err, "@context")
		}
		if w.locals == nil {
			w.locals = map[string]*local{}
		}
		w.locals[text] = l
	}
	return w.apply(step{active, l, true, false})
}

// apply applies a local context, and has the document pay for it once.
func (w *walker) apply(s step) (*context, error) {
	if made, ok := w.applied[s]; ok {
		return made, nil
	}
	made, err := w.contexts.apply(s)
	if err == nil {
		if w.work += made.cost; w.work > maxContextWork {
			err = ErrWork
		}
	}
	if err != nil {
		return nil, w.fail(err, "@context")
	}
	if w.applied == nil {
		w.applied = map[step]*context{}
	}
	w.applied[s] = made
	return made, nil
}

// name returns what a member name means.
func (w *walker) name(ctx *context, name string) (string, error) {
	meaning := ctx.expand(name)
	switch d := ctx.terms[name]; {
	case d != nil && d.refused != "":
		return "", w.fail(ErrUnsupported, "%s of %q", d.refused, name)
	case meaning == "" || strings.HasPrefix(meaning, "_:"):
		return "", w.fail(ErrUndefined, "member %q", name)
	case !isKeyword(meaning) && !isIRI(meaning):
		return "", w.fail(ErrIRI, "member %q is %q", name, meaning)
	}
	return meaning, nil
}

// onlyName refuses a name for what a term of a known context has as its meaning,
// unless it is that term or another of the known contexts, and likewise for the
// vocabulary of a known context. A document can bring a context of its own along,
// unsigned, and must not hide a property behind it.
func (w *walker) onlyName(ctx *context, name, meaning string) error {
	d := ctx.terms[name]
	if d != nil && !d.foreign {
		return nil
	}
	if term, ok := ctx.names[meaning]; ok && term != name && (d == nil || !ctx.terms[term].foreign) {
		return w.fail(ErrName, "%q stands for what %q names", name, term)
	}
	rest, ok := strings.CutPrefix(meaning, ctx.vocab.iri)
	if ok && ctx.vocab.isKnown() && rest != name && !strings.Contains(rest, ":") {
		return w.fail(ErrName, "%q stands for what %q names", name, rest)
	}
	return nil
}

// keyword returns the value of the member that means a keyword.
func (o *object) keyword(name string) *value {
	if i := slices.Index(o.names, name); i >= 0 {
		return &o.members[i].value
	}
	return nil
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
