package jsonld

import "strings"

// appendQuad writes q as a line of canonical N-Quads. Its blank nodes get the
// labels given, for subject, object and graph, or with none their own.
func appendQuad(dst []byte, q *quad, labels *[3]string) []byte {
	if labels == nil {
		labels = &[3]string{q.subject.value, q.object.value, q.graph.value}
	}
	dst = appendTerm(dst, &q.subject, labels[0])
	dst = append(dst, ' ', '<')
	dst = append(dst, q.predicate...)
	dst = append(dst, '>', ' ')
	dst = appendTerm(dst, &q.object, labels[1])
	if q.graph.kind != 0 {
		dst = append(dst, ' ')
		dst = appendTerm(dst, &q.graph, labels[2])
	}
	return append(dst, " .\n"...)
}

func appendTerm(dst []byte, t *term, label string) []byte {
	switch t.kind {
	case iri:
		return appendIRI(dst, t.value)
	case blank:
		dst = append(dst, '_', ':')
		return append(dst, label...)
	default:
		dst = append(dst, '"')
		dst = appendEscaped(dst, t.value)
		dst = append(dst, '"')
		switch {
		case t.language != "":
			dst = append(dst, '@')
			dst = append(dst, t.language...)
		case t.datatype != "":
			dst = append(dst, '^', '^')
			dst = appendIRI(dst, t.datatype)
		}
		return dst
	}
}

func appendIRI(dst []byte, s string) []byte {
	dst = append(dst, '<')
	dst = append(dst, s...)
	return append(dst, '>')
}

// appendEscaped writes the text of a literal as canonical N-Quads has it: seven
// characters by name, the other controls and DEL by number, all else as it is
// (RDF Dataset Canonicalization 1.0 section 5).
func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		if n := strings.IndexByte("\b\t\n\f\r\"\\", c); n >= 0 {
			dst = append(dst, '\\', `btnfr"\`[n])
		} else {
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, s[from:]...)
}
