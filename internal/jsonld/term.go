package jsonld

import (
	"strings"
	"unicode/utf8"
)

// kind tells the three kinds of RDF term apart. The zero kind is no term: as the
// graph of a quad it stands for the default graph.
type kind uint8

const (
	iri kind = iota + 1
	blank
	literal
)

// term is an RDF term. value is the text of an IRI, the label of a blank node
// without its "_:", or the lexical form of a literal. A literal whose datatype is
// empty is an xsd:string, or a language-tagged string if it has a language.
type term struct {
	kind     kind
	value    string
	datatype string
	language string
}

// quad is a statement, in the default graph if graph has no kind. A predicate is
// always an IRI.
type quad struct {
	subject   term
	predicate string
	object    term
	graph     term
}

const (
	rdf  = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	xsd  = "http://www.w3.org/2001/XMLSchema#"
	i18n = "https://www.w3.org/ns/i18n#"
)

const (
	rdfType       = rdf + "type"
	rdfFirst      = rdf + "first"
	rdfRest       = rdf + "rest"
	rdfNil        = rdf + "nil"
	rdfJSON       = rdf + "JSON"
	rdfLangString = rdf + "langString"
	xsdString     = xsd + "string"
	xsdBoolean    = xsd + "boolean"
	xsdInteger    = xsd + "integer"
	xsdDouble     = xsd + "double"
)

// isIRI reports whether s is an absolute IRI in the characters of RFC 3987: a
// scheme, then percent escapes that are whole, at most one number sign, and
// beyond ASCII the characters of ucschar. It says nothing of the parts between,
// except that what it passes is written in N-Quads and read again as it is.
func isIRI(s string) bool {
	colon := strings.IndexByte(s, ':')
	if colon < 1 || !isScheme(s[:colon]) {
		return false
	}
	rest, fragments := s[colon+1:], 0
	for i, r := range rest {
		switch {
		case r == '%':
			if i+2 >= len(rest) || !isHex(rest[i+1]) || !isHex(rest[i+2]) {
				return false
			}
		case r == '#':
			if fragments++; fragments > 1 {
				return false
			}
		case r < utf8.RuneSelf:
			if r <= ' ' || r == 0x7f || strings.IndexByte("<>\"{}|\\^`", byte(r)) >= 0 {
				return false
			}
		case !isUCS(r):
			return false
		}
	}
	return true
}

// isUCS reports whether r is in ucschar of RFC 3987 section 2.2, which leaves out
// controls, surrogates, private use and what is no character.
func isUCS(r rune) bool {
	switch {
	case r < 0xa0, r >= 0xd800 && r < 0xf900, r >= 0xfdd0 && r < 0xfdf0, r >= 0xfff0 && r < 0x10000:
		return false
	case r >= 0xe0000 && r < 0xe1000, r >= 0xf0000, r&0xfffe == 0xfffe:
		return false
	}
	return true
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return s != ""
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// isLabel reports whether s, without its "_:", is a label of a blank node in the
// characters of ASCII that N-Quads allows.
func isLabel(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '_':
		case i > 0 && (c == '-' || c == '.' && i < len(s)-1):
		default:
			return false
		}
	}
	return s != ""
}

// isLanguage reports whether s has the form of a language tag of BCP 47.
func isLanguage(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if len(part) < 1 || len(part) > 8 {
			return false
		}
		for j := 0; j < len(part); j++ {
			c := part[j]
			if !(c|0x20 >= 'a' && c|0x20 <= 'z' || i > 0 && c >= '0' && c <= '9') {
				return false
			}
		}
	}
	return true
}
