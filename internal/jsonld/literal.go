package jsonld

import (
	"math"
	"strconv"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
)

// scalar returns what a string, number or boolean means as the value of a term
// (JSON-LD 1.1 API section 5.3.2).
func (w *walker) scalar(ctx *context, property string, v *value) (term, error) {
	if d := ctx.terms[property]; d != nil && d.scoped != nil {
		var err error
		if ctx, err = w.apply(step{ctx, d.scoped, true, true}); err != nil {
			return term{}, err
		}
	}
	d := ctx.terms[property]
	if d == nil {
		d = &definition{}
	}
	switch d.typ {
	case "@id", "@vocab":
		if v.kind == '"' {
			if d.typ == "@id" {
				return w.reference(ctx, v.text)
			}
			return w.vocabulary(ctx, v.text)
		}
		fallthrough
	case "", "@none":
		t, err := w.literal(v, "")
		if err == nil && v.kind == '"' && (d.typ == "" || d.typ == "@none") {
			language, direction := ctx.language, ctx.direction
			if d.language.set {
				language = d.language.text
			}
			if d.direction.set {
				direction = d.direction.text
			}
			tag(&t, language, direction)
		}
		return t, err
	}
	return w.literal(v, d.typ)
}

// literal returns a scalar as a literal of a datatype, or of the one of its kind
// (section 8.2.2).
func (w *walker) literal(v *value, datatype string) (term, error) {
	if datatype == rdfJSON || datatype == rdfLangString {
		return term{}, w.fail(ErrValue, "a value of type %s", datatype)
	}
	t := term{kind: literal, datatype: datatype}
	native := xsdBoolean
	switch v.kind {
	case '"':
		t.value, native = v.text, ""
	case 't':
		t.value = "true"
	case 'f':
		t.value = "false"
	case '0':
		var err error
		if t.value, native, err = w.number(v, datatype == xsdDouble); err != nil {
			return term{}, err
		}
	default:
		return term{}, w.fail(ErrDropped, "null")
	}
	switch t.datatype {
	case "":
		t.datatype = native
	case xsdString:
		t.datatype = ""
	}
	return t, nil
}

// number returns the lexical form of a number and its datatype: an integer in
// full, or a double with sixteen digits. What that form would not hold is
// refused: it would let one signature cover two numbers.
func (w *walker) number(v *value, double bool) (text, datatype string, err error) {
	f := v.number
	if f == 0 {
		f = 0 // and not minus zero
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e21 && !double {
		return strconv.FormatFloat(f, 'f', 0, 64), xsdInteger, nil
	}
	text = strconv.FormatFloat(f, 'E', 15, 64)
	if again, err := strconv.ParseFloat(text, 64); err != nil || again != f {
		return "", "", w.fail(ErrValue, "number %s needs more than 16 digits, write it as a string", v.text)
	}
	mantissa, exponent, _ := strings.Cut(text, "E")
	mantissa = strings.TrimRight(mantissa, "0")
	if strings.HasSuffix(mantissa, ".") {
		mantissa += "0"
	}
	e, err := strconv.Atoi(exponent)
	return mantissa + "E" + strconv.Itoa(e), xsdDouble, err
}

// json returns the literal of a value of type @json: an object, in the form of
// RFC 8785.
func (w *walker) json(v *value) (term, error) {
	if v.kind != '{' {
		return term{}, w.fail(ErrValue, "a value of type @json is an object")
	}
	text, err := strictjson.Canonical(v.appendJSON(nil), MaxSize)
	if err == nil && v.holdsContext() {
		_, err = parse(text, true)
	}
	if err != nil {
		return term{}, w.fail(err, "a value of type @json")
	}
	return term{kind: literal, value: string(text), datatype: rdfJSON}, nil
}

// valueObject returns the literal of a value object (section 8.2.2).
func (w *walker) valueObject(o *object) (term, error) {
	for i, n := range o.names {
		switch n {
		case "", "@value", "@type", "@language", "@direction":
		default:
			return term{}, w.fail(ErrUnsupported, "%q beside @value", o.members[i].name)
		}
	}
	v, typ := o.keyword("@value"), o.keyword("@type")
	language, err := w.setting(o, "@language", isLanguage)
	if err != nil {
		return term{}, err
	}
	direction, err := w.setting(o, "@direction", func(s string) bool { return s == "ltr" || s == "rtl" })
	if err != nil {
		return term{}, err
	}
	tagged := language != "" || direction != ""
	switch {
	case typ != nil && (typ.kind != '"' || tagged), tagged && v.kind != '"':
		return term{}, w.fail(ErrValue, "a value object whose members do not go together")
	case typ == nil:
		t, err := w.literal(v, "")
		if tagged {
			tag(&t, strings.ToLower(language), direction)
		}
		return t, err
	}
	if o.types.expand(typ.text) == "@json" {
		return w.json(v)
	}
	datatype, err := w.vocabulary(o.types, typ.text)
	if err != nil {
		return term{}, err
	}
	if datatype.kind != iri {
		return term{}, w.fail(ErrIRI, "datatype %q", typ.text)
	}
	return w.literal(v, datatype.value)
}

// setting returns a member of a value object that is a string of some form.
func (w *walker) setting(o *object, keyword string, ok func(string) bool) (string, error) {
	v := o.keyword(keyword)
	if v == nil {
		return "", nil
	}
	if v.kind != '"' || !ok(v.text) {
		return "", w.fail(ErrValue, "%s", keyword)
	}
	return v.text, nil
}

// tag gives a literal a language and a direction. RDF has no direction, so a
// datatype stands for both (JSON-LD 1.1 section 4.2.4.1, i18n-datatype).
func tag(t *term, language, direction string) {
	if direction == "" {
		t.language = language
		return
	}
	t.datatype = i18n + language + "_" + direction
}

// languageMap makes the statements of an object that maps languages to strings.
func (w *walker) languageMap(v *value, d *definition, ctx *context, say func(term, error) error) error {
	if len(v.members) == 0 {
		return w.fail(ErrDropped, "an empty object")
	}
	if err := w.spend(len(v.members) * ctx.longest); err != nil {
		return err
	}
	direction := ctx.direction
	if d.direction.set {
		direction = d.direction.text
	}
	for i := range v.members {
		language := v.members[i].name
		if ctx.expand(language) == "@none" {
			language = ""
		} else if !isLanguage(language) {
			return w.fail(ErrValue, "%q is no language tag", language)
		}
		err := w.each(&v.members[i].value, func(v *value) error {
			if v.kind != '"' {
				return w.fail(ErrValue, "a text of a language is not a string")
			}
			t := term{kind: literal, value: v.text}
			tag(&t, strings.ToLower(language), direction)
			return say(t, nil)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
