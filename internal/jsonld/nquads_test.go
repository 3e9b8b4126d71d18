package jsonld

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// parseNQuads reads N-Quads (RDF 1.1): the tests of the standard are written in
// them, and what this package writes must be read back as it was.
func parseNQuads(text string) (quads []quad, err error) {
	for n, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		l := &lexer{rest: line}
		l.space()
		if l.rest == "" || l.rest[0] == '#' {
			continue
		}
		q, err := l.quad()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		quads = append(quads, q)
	}
	return quads, nil
}

var errNQuads = errors.New("not N-Quads")

type lexer struct{ rest string }

func (l *lexer) space() { l.rest = strings.TrimLeft(l.rest, " \t") }

func (l *lexer) quad() (q quad, err error) {
	if q.subject, err = l.term(); err != nil || q.subject.kind == literal {
		return q, errNQuads
	}
	p, err := l.term()
	if err != nil || p.kind != iri {
		return q, errNQuads
	}
	q.predicate = p.value
	if q.object, err = l.term(); err != nil {
		return q, err
	}
	if !strings.HasPrefix(l.rest, ".") {
		if q.graph, err = l.term(); err != nil || q.graph.kind == literal {
			return q, errNQuads
		}
	}
	if !strings.HasPrefix(l.rest, ".") {
		return q, errNQuads
	}
	l.rest = l.rest[1:]
	if l.space(); l.rest != "" && l.rest[0] != '#' {
		return q, errNQuads
	}
	return q, nil
}

func (l *lexer) term() (t term, err error) {
	switch {
	case strings.HasPrefix(l.rest, "<"):
		t.kind = iri
		t.value, err = l.iri()
	case strings.HasPrefix(l.rest, "_:"):
		n := 2 + strings.IndexAny(l.rest[2:]+" ", " \t<\"")
		t = term{kind: blank, value: strings.TrimRight(l.rest[2:n], ".")}
		l.rest = l.rest[2+len(t.value):]
		if !isLabel(t.value) {
			err = errNQuads
		}
	case strings.HasPrefix(l.rest, `"`):
		t, err = l.literal()
	default:
		err = errNQuads
	}
	l.space()
	return t, err
}

func (l *lexer) iri() (string, error) {
	end := strings.IndexByte(l.rest, '>')
	if end < 0 {
		return "", errNQuads
	}
	s, err := unescape(l.rest[1:end], false)
	l.rest = l.rest[end+1:]
	if err != nil || strings.ContainsAny(s, "<>\"{}|^`\\") || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' }) ||
		strings.IndexByte(s, ':') < 1 {
		return "", errNQuads
	}
	return s, nil
}

func (l *lexer) literal() (t term, err error) {
	end := 1
	for end < len(l.rest) && l.rest[end] != '"' {
		if l.rest[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(l.rest) {
		return t, errNQuads
	}
	t.kind = literal
	if t.value, err = unescape(l.rest[1:end], true); err != nil {
		return t, err
	}
	switch l.rest = l.rest[end+1:]; {
	case strings.HasPrefix(l.rest, "@"):
		n := 1 + strings.IndexAny(l.rest[1:]+" ", " \t.<_")
		if t.language = l.rest[1:n]; !isLanguage(t.language) {
			return t, errNQuads
		}
		l.rest = l.rest[n:]
	case strings.HasPrefix(l.rest, "^^<"):
		l.rest = l.rest[2:]
		if t.datatype, err = l.iri(); t.datatype == xsdString {
			t.datatype = ""
		}
	}
	return t, err
}

func unescape(s string, named bool) (string, error) {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", errNQuads
		}
		if n := strings.IndexByte(`btnfr"'\`, s[i]); n >= 0 && named {
			out = append(out, "\b\t\n\f\r\"'\\"[n])
			continue
		}
		digits := map[byte]int{'u': 4, 'U': 8}[s[i]]
		if digits == 0 || i+digits >= len(s) {
			return "", errNQuads
		}
		r, err := strconv.ParseUint(s[i+1:i+1+digits], 16, 32)
		if err != nil || !utf8.ValidRune(rune(r)) {
			return "", errNQuads
		}
		out = utf8.AppendRune(out, rune(r))
		i += digits
	}
	if !utf8.Valid(out) {
		return "", errNQuads
	}
	return string(out), nil
}

func writeNQuads(quads []quad) string {
	var out []byte
	for i := range quads {
		out = appendQuad(out, &quads[i], nil)
	}
	return string(out)
}

func TestNQuadsEscapes(t *testing.T) {
	var all strings.Builder
	for r := rune(0); r <= 0x100; r++ {
		all.WriteRune(r)
	}
	q := quad{term{kind: iri, value: "a:b"}, "a:p", term{kind: literal, value: all.String()}, term{}}
	text := writeNQuads([]quad{q})
	require.Contains(t, text, `\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000B\f\r\u000E\u000F`)
	require.Contains(t, text, `\u001F !\"#`)
	require.Contains(t, text, `[\\]`)
	require.Contains(t, text, "~\\u007F\u0080")
	back, err := parseNQuads(text)
	require.NoError(t, err)
	require.Equal(t, []quad{q}, back)
}

// What is read is written so that it is read again, and then written alike.
func FuzzNQuads(f *testing.F) {
	f.Add("_:a <x:p> \"l\\u00e9\"@en-GB _:g .\n# none\n<a:b> <c:d> \"1\"^^<e:f> .")
	f.Add(`<a:b> <c:\u0041> "\t\\" .`)
	f.Fuzz(func(t *testing.T, text string) {
		quads, err := parseNQuads(text)
		if err != nil {
			return
		}
		written := writeNQuads(quads)
		again, err := parseNQuads(written)
		require.NoError(t, err, "%q", written)
		require.Equal(t, quads, again)
		require.Equal(t, written, writeNQuads(again))
	})
}
