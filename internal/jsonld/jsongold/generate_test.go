package jsongold_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jsonld"
)

// vocabulary has a term for every feature that both libraries understand.
const vocabulary = `{
	"@version": 1.1,
	"id": "@id", "type": "@type", "ex": "https://example.org/v#",
	"plain": "ex:plain",
	"other": {"@id": "ex:other"},
	"ref": {"@id": "ex:ref", "@type": "@id"},
	"choice": {"@id": "ex:choice", "@type": "@vocab"},
	"when": {"@id": "ex:when", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
	"double": {"@id": "ex:double", "@type": "http://www.w3.org/2001/XMLSchema#double"},
	"german": {"@id": "ex:german", "@language": "DE"},
	"bare": {"@id": "ex:bare", "@language": null},
	"none": {"@id": "ex:none", "@type": "@none"},
	"list": {"@id": "ex:list", "@container": "@list"},
	"refs": {"@id": "ex:refs", "@type": "@id", "@container": "@list"},
	"set": {"@id": "ex:set", "@container": "@set"},
	"words": {"@id": "ex:words", "@container": "@language"},
	"graph": {"@id": "ex:graph", "@type": "@id", "@container": "@graph"},
	"json": {"@id": "ex:json", "@type": "@json"},
	"inner": {"@id": "ex:inner", "@context": {"plain": "ex:innerPlain", "scoped": {"@id": "ex:scoped", "@type": "@id"}}},
	"cleared": {"@id": "ex:cleared", "@context": null},
	"Thing": "ex:Thing",
	"Special": {"@id": "ex:Special", "@context": {"plain": {"@id": "ex:specialPlain", "@type": "@id"}, "special": "ex:special"}},
	"Lasting": {"@id": "ex:Lasting", "@context": {"@propagate": true, "plain": "ex:lastingPlain"}}
}`

// generator makes documents at random, of what the vocabulary offers.
type generator struct{ *rand.Rand }

func (g generator) pick(texts ...string) string { return texts[g.IntN(len(texts))] }

func (g generator) text() string {
	return g.pick("", "a", "é€😀", "line\nbreak\ttab\r", `"quoted" \ back`, "_:b0", "https://example.org/", " ", "@id", "\u00a0\u0085", "x-y")
}

func (g generator) iri() string {
	return g.pick("urn:a", "urn:b", "https://example.org/a?b#c", "did:example:1", "_:x", "_:y", "_:z", "tag:a,2026:b")
}

func (g generator) number() any {
	switch g.IntN(5) {
	case 0:
		return json.Number(fmt.Sprint(g.IntN(1<<53-1) - 1<<52))
	case 1:
		return json.Number(fmt.Sprint(g.IntN(2000) - 1000))
	case 2:
		return json.Number(g.pick("0", "1e3", "1E21", "5e-324", "1.7976931348623157e308", "0.1", "-0.5e-7", "123456789012345.6", "-1.0", "0.0"))
	default:
		return json.Number(fmt.Sprintf("%d.%02d", g.IntN(1e6), g.IntN(100)))
	}
}

func (g generator) scalar() any {
	switch g.IntN(4) {
	case 0:
		return g.number()
	case 1:
		return g.IntN(2) == 0
	default:
		return g.text()
	}
}

func (g generator) value(depth int) any {
	switch g.IntN(9) {
	case 0:
		return map[string]any{"@value": g.text(), "@language": g.pick("en", "de-AT", "EN-gb")}
	case 1:
		return map[string]any{"@value": g.scalar(), "@type": g.pick("ex:T", "https://example.org/t", "http://www.w3.org/2001/XMLSchema#string")}
	case 2:
		return map[string]any{"@list": []any{g.scalar(), g.value(depth + 1)}}
	case 3, 4:
		if depth < 5 {
			return g.node(depth+1, depth > 0 && g.IntN(3) > 0)
		}
	}
	return g.scalar()
}

// many is one value, or an array.
func (g generator) many(one func() any) any {
	if g.IntN(3) > 0 {
		return one()
	}
	values := make([]any, 1+g.IntN(3))
	for i := range values {
		values[i] = one()
	}
	return values
}

func (g generator) json(depth int) any {
	if depth > 2 || g.IntN(3) == 0 {
		return g.scalar()
	}
	return map[string]any{g.text(): g.json(depth + 1), "k": []any{g.json(depth + 1), nil}, "\ufb33": 1, "\U0001f600": json.Number("1.50")}
}

func (g generator) node(depth int, anonymous bool) map[string]any {
	n := map[string]any{}
	if !anonymous {
		n["id"] = g.iri()
	}
	if g.IntN(2) == 0 {
		n["type"] = g.many(func() any { return g.pick("Thing", "Special", "Lasting", "ex:Unnamed", "https://example.org/T") })
	}
	for range 1 + g.IntN(4) {
		g.member(n, depth)
	}
	return n
}

func (g generator) member(n map[string]any, depth int) {
	value := func() any { return g.value(depth) }
	node := func() any { return g.node(depth+1, g.IntN(2) == 0) }
	reference := func() any { return g.iri() }
	switch name := g.pick("plain", "other", "ref", "choice", "when", "double", "german", "bare", "none", "list", "refs",
		"set", "words", "graph", "json", "inner", "cleared", "special", "scoped", "ex:unnamed", "https://example.org/p"); name {
	case "ref", "scoped":
		n[name] = g.many(reference)
	case "refs":
		n[name] = []any{g.iri(), g.iri()}
	case "choice":
		n[name] = g.many(func() any { return g.pick("Thing", "plain", "ex:x", "https://example.org/c") })
	case "when", "german", "bare":
		n[name] = g.many(func() any { return g.text() })
	case "double":
		n[name] = g.many(g.number)
	case "none":
		n[name] = g.many(g.scalar)
	case "list":
		n[name] = g.many(func() any { return g.many(value) })
	case "words":
		n[name] = map[string]any{"en": g.text(), "fr-FR": []any{g.text(), g.text()}, "@none": g.text()}
	case "json":
		n[name] = map[string]any{"a": g.json(0)}
	case "graph", "inner":
		if depth < 5 {
			n[name] = g.many(node)
		}
	case "cleared":
		n[name] = map[string]any{"@id": g.iri(), "https://example.org/p": g.scalar()}
	default:
		n[name] = g.many(value)
	}
}

// twice reports whether a statement mentions a blank node twice. json-gold counts
// such a statement twice in its hashes, and so labels blank nodes as no other
// library does.
func twice(statements string) bool {
	for line := range strings.Lines(statements) {
		seen := map[string]bool{}
		for _, field := range strings.Fields(line) {
			if strings.HasPrefix(field, "_:c14n") && seen[field] {
				return true
			}
			seen[field] = true
		}
	}
	return false
}

// repeats reports whether a statement stands there twice, though a data set is a
// set: json-gold does not see that a text and one of type xsd:string are the same.
func repeats(statements string) bool {
	seen := map[string]bool{}
	for line := range strings.Lines(statements) {
		if seen[line] {
			return true
		}
		seen[line] = true
	}
	return false
}

// What both accept is the same statements, in the same order and with the same
// labels. The generator leaves out what json-gold gets wrong: control characters
// in literals, integers from 1e20 on, and IRIs that its expression does not match;
// the test, statements that json-gold says or counts twice.
func TestSameAsJSONGold(t *testing.T) {
	o := newOffline(t)
	c, err := jsonld.NewContexts(nil)
	require.NoError(t, err)
	var context any
	require.NoError(t, json.Unmarshal([]byte(vocabulary), &context))
	defaults := []any{map[string]any{}, map[string]any{"@language": "FR-ca"}, map[string]any{"@vocab": "https://example.org/v#"}}
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	accepted := 0
	for seed := range uint64(rounds) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		n := g.node(0, g.IntN(4) == 0)
		n["@context"] = []any{context, defaults[seed%uint64(len(defaults))]}
		doc, err := json.Marshal(n)
		require.NoError(t, err)
		got, err := ours(t, c, string(doc))
		if err != nil || twice(got) {
			continue
		}
		want, err := gold(o, string(doc))
		require.NoError(t, err, "%s", doc)
		if repeats(want) {
			continue
		}
		accepted++
		require.Equal(t, want, got, "seed %d: %s", seed, doc)
	}
	require.Greater(t, accepted, rounds/2)
}
