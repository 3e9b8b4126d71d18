package jsonld

import (
	"fmt"
	"maps"
	"strings"
)

// context is an active context (JSON-LD 1.1 API section 4.1): what names mean at
// some place of a document. It does not change once made.
type context struct {
	terms     map[string]*definition
	vocab     vocabulary
	language  string
	direction string
	previous  *context // to go back to in nested nodes, from a type-scoped context
	// names has, for each IRI and keyword that is the meaning of a term, that term.
	// Of several it has one that no document brought along, if there is one.
	names   map[string]string
	longest int  // IRI that a name may be put behind
	cost    int  // of making it
	passing bool // not to be kept beyond its document
}

// vocabulary is what is put before a name that is no term.
type vocabulary struct {
	iri     string
	foreign bool // brought along by a document
}

func (v vocabulary) isKnown() bool { return v.iri != "" && !v.foreign }

// nothing is the active context outside every context.
var nothing = &context{}

// definition is what a term means.
type definition struct {
	iri       string // an absolute IRI or a keyword; empty where the term means nothing
	typ       string // @id, @vocab, @json, @none, an absolute IRI, or empty
	container container
	language  setting
	direction setting
	prefix    bool
	protected bool
	foreign   bool // brought along by a document
	scoped    *local
	refused   string
}

// maxContextWork bounds the terms that are defined, and copied, for the contexts
// of one document, each context counted once. A credential takes about a thousand.
const maxContextWork = 1 << 16

// maxInclusion is how deep contexts may refer to others by URL. It makes an end
// of a context that includes itself.
const maxInclusion = 8

// processor makes active contexts (section 4.1.2).
type processor struct {
	set      map[string]*local
	override bool // protected terms may be redefined: a property-scoped context
	depth    int
	cost     int
}

// spend takes n units of work, or refuses.
func (p *processor) spend(n int) error {
	if p.cost += n; p.cost > maxContextWork {
		return fmt.Errorf("%w: its contexts define too many terms", ErrWork)
	}
	return nil
}

// process applies a local context to an active one.
func (p *processor) process(active *context, l *local, propagate bool) (*context, error) {
	if len(l.parts) > 0 && l.parts[0].words != nil && l.parts[0].words.propagate != nil {
		propagate = *l.parts[0].words.propagate
	}
	result := &context{
		terms: make(map[string]*definition, len(active.terms)), vocab: active.vocab,
		language: active.language, direction: active.direction, previous: active.previous,
	}
	maps.Copy(result.terms, active.terms)
	if !propagate && result.previous == nil {
		result.previous = active
	}
	for i := range l.parts {
		if err := p.part(result, &l.parts[i], l.foreign); err != nil {
			return nil, err
		}
	}
	if err := p.spend(len(result.terms)); err != nil {
		return nil, err
	}
	result.name()
	result.cost = p.cost
	return result, nil
}

// part applies a part of a local context to the context that is being made.
func (p *processor) part(result *context, part *part, foreign bool) error {
	if err := p.spend(1); err != nil {
		return err
	}
	switch {
	case part.words != nil:
		d := definer{processor: p, context: result, words: part.words, foreign: foreign}
		return d.define()
	case part.url != "":
		return p.include(result, part.url)
	}
	for _, d := range result.terms {
		if d.protected && !p.override || foreign && !d.foreign {
			return fmt.Errorf("%w: null would drop it", ErrProtected)
		}
	}
	if foreign && result.vocab.isKnown() {
		return fmt.Errorf("%w: null would drop its vocabulary", ErrProtected)
	}
	*result = context{terms: map[string]*definition{}, previous: result.previous}
	return nil
}

// include applies the context that a URL names.
func (p *processor) include(result *context, url string) error {
	l, ok := p.set[url]
	if !ok {
		return fmt.Errorf("%w: %.200q is not among the known ones, and nothing is fetched", ErrContext, url)
	}
	if p.depth++; p.depth > maxInclusion {
		return fmt.Errorf("%w: %.200q is included by too many others, or by itself", ErrContext, url)
	}
	defer func() { p.depth-- }()
	for i := range l.parts {
		if err := p.part(result, &l.parts[i], l.foreign); err != nil {
			return err
		}
	}
	return nil
}

// name fills names and longest.
func (c *context) name() {
	c.names, c.longest = make(map[string]string, len(c.terms)), len(c.vocab.iri)
	for term, d := range c.terms {
		if d.iri == "" {
			continue
		}
		if d.prefix {
			c.longest = max(c.longest, len(d.iri))
		}
		other, ok := c.names[d.iri]
		if !ok || c.terms[other].foreign && !d.foreign || c.terms[other].foreign == d.foreign && term < other {
			c.names[d.iri] = term
		}
	}
}

// expand returns what a name means where a term, a compact IRI or an absolute IRI
// may stand (section 5.2, with vocab): an IRI, a keyword, or nothing.
func (c *context) expand(name string) string {
	if d, ok := c.terms[name]; ok {
		return d.iri
	}
	if isKeyword(name) {
		return name
	}
	if looksKeyword(name) {
		return ""
	}
	if whole, ok := c.expandCompact(name); ok {
		return whole
	}
	if c.vocab.iri != "" {
		return c.vocab.iri + name
	}
	return ""
}

// expandCompact returns the meaning of a name that has a colon: the meaning of
// its prefix and the rest, or itself.
func (c *context) expandCompact(name string) (string, bool) {
	colon := strings.IndexByte(name, ':')
	if colon < 1 {
		return "", false
	}
	prefix, suffix := name[:colon], name[colon+1:]
	if prefix == "_" || strings.HasPrefix(suffix, "//") {
		return name, true
	}
	if d, ok := c.terms[prefix]; ok && d.prefix && d.iri != "" {
		return d.iri + suffix, true
	}
	return name, isScheme(prefix)
}
