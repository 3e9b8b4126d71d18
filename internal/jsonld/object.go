package jsonld

import (
	"slices"
	"strings"
)

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
