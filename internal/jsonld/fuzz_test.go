package jsonld

import (
	"crypto"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fuzzed has a term for each kind of value.
const fuzzed = `{"id":"@id","type":"@type","a":"x:a","ref":{"@id":"x:ref","@type":"@id"},"when":{"@id":"x:when","@type":"x:t"},` +
	`"voc":{"@id":"x:voc","@type":"@vocab"},"json":{"@id":"x:json","@type":"@json"},"list":{"@id":"x:list","@container":"@list"},` +
	`"g":{"@id":"x:g","@container":"@graph"},"lang":{"@id":"x:lang","@container":"@language"},"T":{"@id":"x:T","@context":{"a":"x:ta"}},` +
	`"p":{"@id":"x:p","@context":{"a":"x:pa","q":"x:q"}}}`

var fuzzValues = []string{
	`"text"`, `{"a":["x",true,1.5,{"a":{}}],"when":"w"}`, `{"id":"_:b","ref":["_:b","x:y"],"type":"T","a":"t"}`,
	`{"list":["1",["2"],{"@list":[]}],"g":[{"a":"1"},{"a":"2"}]}`, `{"json":{"@context":"v","b":["\u0000",null]},"lang":{"en":["1"],"@none":"2"}}`,
	`{"@value":"v","@language":"en"}`, `{"@value":"v","@type":"x:u"}`, `{"@value":"v","@direction":"ltr"}`, `{"voc":"T","p":{"a":"1","q":"2"}}`,
	`[{"ref":"https://*.example/"},{"ref":"did:a:b"}]`, `{"@context":{"z":"x:z"},"z":"1"}`,
}

// What a document says is read back as itself, at any time and by any set.
func FuzzCanonicalize(f *testing.F) {
	for _, v := range fuzzValues {
		f.Add([]byte(`{"@context":` + fuzzed + `,"id":"urn:x","a":` + v + `}`))
	}
	f.Add([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2",{"@vocab":"x:"}],"type":"VerifiableCredential","issuer":"did:a:b"}`))
	f.Add([]byte(`{"@context":["https://www.w3.org/2018/credentials/v1",null],"@id":"x:y"}`))
	kept, err := NewContexts(nil)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, doc []byte) {
		out, err := kept.Canonicalize(doc, crypto.SHA256)
		fresh := &Contexts{set: kept.set}
		again, err2 := fresh.Canonicalize(doc, crypto.SHA256)
		require.Equal(t, err, err2)
		require.Equal(t, out, again)
		if err != nil {
			require.Nil(t, out)
			return
		}
		quads, err := parseNQuads(string(out))
		require.NoError(t, err)
		again, err = canonicalize(quads, crypto.SHA256)
		require.NoError(t, err)
		require.Equal(t, string(out), string(again))
	})
}

// Nothing that a document holds is missing in what it says: every text and every
// property is there, and no other text says the same.
func FuzzNothingIsLost(f *testing.F) {
	for _, v := range fuzzValues {
		f.Add([]byte(v))
	}
	c, err := NewContexts(nil)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text []byte) {
		var v any
		if json.Unmarshal(text, &v) != nil || strings.Contains(string(text), "@context") {
			return
		}
		say := func() (string, error) {
			text, err := json.Marshal(v)
			require.NoError(t, err)
			out, err := c.Canonicalize([]byte(`{"@context":`+fuzzed+`,"id":"urn:x","a":`+string(text)+`}`), crypto.SHA256)
			return string(out), err
		}
		said, err := say()
		if err != nil {
			return
		}
		l := &loss{T: t, said: said, say: say}
		l.value("a", &v, func(other any) { v = other })
	})
}

// loss looks for what is lost of a document.
type loss struct {
	*testing.T
	said    string
	say     func() (string, error)
	changes int
}

// value looks at a value under a name; set puts another in its place.
func (l *loss) value(name string, v *any, set func(any)) {
	switch x := (*v).(type) {
	case map[string]any:
		for member, inner := range x {
			if name != "lang" && !strings.HasPrefix(member, "@") && member != "id" && member != "type" {
				l.property(member)
			}
			if name == "json" {
				require.Contains(l, l.said, jsonText(member))
			} else {
				l.value(member, &inner, func(other any) { x[member] = other })
			}
		}
	case []any:
		for i := range x {
			l.value(name, &x[i], func(other any) { x[i] = other })
		}
	case string:
		l.text(name, x)
		if l.changes++; l.changes > 8 || strings.HasPrefix(x, "_:") {
			return
		}
		set(x + "x")
		other, err := l.say()
		set(x)
		if err == nil {
			require.NotEqual(l, l.said, other, "%q", x)
		}
	}
}

func (l *loss) property(member string) {
	if strings.Contains(member, ":") {
		require.Contains(l, l.said, "<"+member+">")
		return
	}
	require.Contains(l, l.said, " <x:")
}

// text looks for a string: as a literal, an IRI, a part of JSON, or a term.
func (l *loss) text(name, s string) {
	switch {
	case strings.HasPrefix(s, "_:"):
		require.True(l, strings.Contains(l.said, "_:c14n") || strings.Contains(l.said, literalText(s)))
	case name == "@language":
		require.Contains(l, strings.ToLower(l.said), strings.ToLower(s))
	case name == "@direction":
		require.Contains(l, l.said, "_"+s+">")
	case name == "type", name == "@type", name == "voc":
		require.True(l, strings.Contains(l.said, "<"+s+">") || strings.Contains(l.said, "<x:"), "%q", s)
	default:
		require.True(l, strings.Contains(l.said, "<"+s+">") || strings.Contains(l.said, literalText(s)), "%q", s)
	}
}

func literalText(s string) string { return `"` + string(appendEscaped(nil, s)) + `"` }

// jsonText is a string as a JSON literal has it, inside a statement.
func jsonText(s string) string {
	text, _ := json.Marshal(s)
	if strings.ContainsAny(s, "<>&\u2028\u2029") || !json.Valid(text) {
		return ""
	}
	return string(appendEscaped(nil, string(text)))
}
