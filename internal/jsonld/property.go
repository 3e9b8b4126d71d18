package jsonld

// property makes the statements of a member whose name means an IRI.
func (w *walker) property(o *object, subject term, predicate string, m *member, graph term) error {
	d := o.context.terms[m.name]
	if d == nil {
		d = &definition{}
	}
	say := func(object term, err error) error {
		if err != nil {
			return err
		}
		return w.say(subject, predicate, object, graph)
	}
	v := &m.value
	switch {
	case d.typ == "@json" && d.container&^asSet != 0:
		return w.fail(ErrUnsupported, "@json in a container")
	case d.typ == "@json":
		return say(w.json(v))
	case d.container&asLanguage != 0 && v.kind == '{':
		return w.languageMap(v, d, o.context, say)
	case d.container&asList != 0:
		return say(w.listTerm(o.context, m.name, v, graph))
	}
	return w.each(v, func(v *value) error {
		if d.container&asGraph != 0 {
			return say(w.graph(o.context, m.name, v))
		}
		return say(w.object(o.context, m.name, v, graph))
	})
}

// each calls one with every element of an array, or with what is no array. An
// array in an array would be flattened, and an empty one would not be signed.
func (w *walker) each(v *value, one func(*value) error) error {
	if v.kind != '[' {
		return one(v)
	}
	if len(v.array) == 0 {
		return w.fail(ErrDropped, "an empty array")
	}
	for i := range v.array {
		if v.array[i].kind == '[' {
			return w.fail(ErrUnsupported, "an array in an array")
		}
		if err := one(&v.array[i]); err != nil {
			return err
		}
	}
	return nil
}

// object returns the object of a statement: that which a value of a property is.
func (w *walker) object(ctx *context, property string, v *value, graph term) (term, error) {
	if v.kind != '{' {
		return w.scalar(ctx, property, v)
	}
	o, err := w.open(ctx, property, v)
	if err != nil {
		return term{}, err
	}
	return w.opened(&o, property, graph)
}

// opened is object for an object that is open.
func (w *walker) opened(o *object, property string, graph term) (term, error) {
	switch {
	case o.keyword("@value") != nil:
		return w.valueObject(o)
	case o.keyword("@list") != nil:
		return w.listObject(o, property, graph)
	}
	return w.node(o, graph, false)
}

// graph makes the statements of a node object in a graph of their own, whose name
// it returns. A node that says nothing about itself would leave nothing in the
// graph, not even its name.
func (w *walker) graph(ctx *context, property string, v *value) (term, error) {
	if v.kind != '{' {
		return term{}, w.fail(ErrDropped, "a graph is an object")
	}
	o, err := w.open(ctx, property, v)
	if err != nil {
		return term{}, err
	}
	name, before := w.blank(), len(w.quads)
	if _, err := w.node(&o, name, true); err != nil {
		return term{}, err
	}
	if len(w.quads) == before {
		return term{}, w.fail(ErrDropped, "an object that says nothing about itself")
	}
	return name, nil
}

// listTerm makes the statements of the value of a term whose container is @list:
// an array of the elements, a list object, or one element.
func (w *walker) listTerm(ctx *context, property string, v *value, graph term) (term, error) {
	switch v.kind {
	case '[':
		return w.list(ctx, property, v.array, graph, true)
	case '{':
		o, err := w.open(ctx, property, v)
		if err != nil {
			return term{}, err
		}
		element, err := w.opened(&o, property, graph)
		if err != nil || o.keyword("@list") != nil {
			return element, err
		}
		return w.cell(element, term{kind: iri, value: rdfNil}, graph)
	}
	return w.list(ctx, property, []value{*v}, graph, true)
}

// listObject makes the statements of a list object.
func (w *walker) listObject(o *object, property string, graph term) (term, error) {
	for i, n := range o.names {
		if n != "@list" && n != "" {
			return term{}, w.fail(ErrUnsupported, "%q beside @list", o.members[i].name)
		}
	}
	elements := []value{*o.keyword("@list")}
	if elements[0].kind == '[' {
		elements = elements[0].array
	}
	d := o.context.terms[property]
	return w.list(o.context, property, elements, graph, d != nil && d.container&asList != 0)
}

// list makes the statements of a list and returns its first node. nested says
// that an array in it is a list too.
func (w *walker) list(ctx *context, property string, elements []value, graph term, nested bool) (term, error) {
	first := term{kind: iri, value: rdfNil}
	for i := len(elements) - 1; i >= 0; i-- {
		var element term
		var err error
		switch v := &elements[i]; {
		case v.kind != '[':
			element, err = w.object(ctx, property, v, graph)
		case nested:
			element, err = w.list(ctx, property, v.array, graph, true)
		default:
			err = w.fail(ErrUnsupported, "an array in an array")
		}
		if err == nil {
			first, err = w.cell(element, first, graph)
		}
		if err != nil {
			return term{}, err
		}
	}
	return first, nil
}

// cell makes the statements of a node of a list.
func (w *walker) cell(element, rest, graph term) (term, error) {
	cell := w.blank()
	if err := w.say(cell, rdfFirst, element, graph); err != nil {
		return term{}, err
	}
	return cell, w.say(cell, rdfRest, rest, graph)
}
