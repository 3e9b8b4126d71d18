package jsonld_test

import (
	"crypto"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jsonld"
)

// many joins n texts with commas.
func many(n int, text func(i int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = text(i)
	}
	return strings.Join(parts, ",")
}

func numbered(format string) func(int) string {
	return func(i int) string {
		return strings.ReplaceAll(format, "#", fmt.Sprint(i))
	}
}

func requireBounded(t *testing.T, c *jsonld.Contexts, doc string, want error) {
	t.Helper()
	require.LessOrEqual(t, len(doc), jsonld.MaxSize)
	_, err := c.Canonicalize([]byte(doc), crypto.SHA256)
	require.ErrorIs(t, err, want)
}

// long makes what stands in front of others long, so that it is long many times.
var long = strings.Repeat("y", 50_000)

func TestContextsAreBounded(t *testing.T) {
	extra := map[string][]byte{
		"x:self": []byte(`{"@context":"x:self"}`),
		"x:one":  []byte(`{"@context":["x:two","x:two","x:two","x:two"]}`),
		"x:two":  []byte(`{"@context":["x:one","x:one","x:one","x:one"]}`),
		// Nine levels of nine: 43 million definitions, without a cycle.
		"x:wide0": []byte(`{"@context":[` + many(9, numbered(`{"a#":"x:a"}`)) + `]}`),
		"x:wide1": []byte(`{"@context":[` + many(9, numbered(`"x:wide0"`)) + `]}`),
		"x:wide2": []byte(`{"@context":[` + many(9, numbered(`"x:wide1"`)) + `]}`),
		"x:wide3": []byte(`{"@context":[` + many(9, numbered(`"x:wide2"`)) + `]}`),
		"x:wide4": []byte(`{"@context":[` + many(9, numbered(`"x:wide3"`)) + `]}`),
		"x:wide5": []byte(`{"@context":[` + many(9, numbered(`"x:wide4"`)) + `]}`),
	}
	set := func() *jsonld.Contexts {
		c, err := jsonld.NewContexts(extra)
		require.NoError(t, err)
		return c
	}
	for _, test := range []struct {
		name, context, members string
		want                   error
	}{
		{"itself", `"x:self"`, `"x:a":1`, jsonld.ErrContext},
		{"each other", `"x:one"`, `"x:a":1`, jsonld.ErrContext},
		{"many inside many", `"x:wide5"`, `"x:a":1`, jsonld.ErrWork},
		{"one many times", `[` + many(5000, numbered(`"https://www.w3.org/ns/credentials/v2"`)) + `]`, `"x:a":1`, jsonld.ErrWork},
		{"many", `[` + many(70_000, numbered(`{}`)) + `]`, `"x:a":1`, jsonld.ErrWork},
		{"many terms", `[` + many(40_000, numbered(`{"a#":"x:a"}`)) + `]`, `"x:a":1`, jsonld.ErrWork},
		{"many of a long prefix", `{"p":"x:` + long + `:",` + many(1000, numbered(`"t#":"p:x"`)) + `}`, `"x:a":1`, jsonld.ErrWork},
		{"many of a long type", `{"p":"x:` + long + `:",` + many(1000, numbered(`"t#":{"@id":"x:t","@type":"p:x"}`)) + `}`, `"x:a":1`, jsonld.ErrWork},
		{"each longer than the last", `{"p0":"x:y:",` + many(5000, func(i int) string { return fmt.Sprintf(`"p%d":"p%d:b:"`, i+1, i) }) + `}`, `"x:a":1`, jsonld.ErrWork},
		{"one a node, above many terms", `{` + many(600, numbered(`"a#":"x:a"`)) + `}`, `"x:b":[` + many(200, numbered(`{"@context":{"b":"x:#"},"x:c":1}`)) + `]`, jsonld.ErrWork},
		{"one a type, above many terms", `{"@vocab":"x:",` + many(1000, numbered(`"t#":{"@context":{}}`)) + `}`, `"@type":[` + many(1000, numbered(`"t#"`)) + `]`, jsonld.ErrWork},
	} {
		t.Run(test.name, func(t *testing.T) {
			// Again with what the set has kept, and without.
			c := set()
			for _, c := range []*jsonld.Contexts{c, c, set()} {
				requireBounded(t, c, with(test.context, test.members), test.want)
			}
		})
	}
}

func TestStatementsAreBounded(t *testing.T) {
	for name, doc := range map[string]string{
		"many values":                with(`{}`, `"x:a":[`+many(33_000, numbered(`#`))+`]`),
		"many nodes":                 with(`{}`, `"x:a":[`+many(33_000, numbered(`{}`))+`]`),
		"many members":               `{` + many(33_000, numbered(`"x:#":1`)) + `}`,
		"many types":                 `{"@type":[` + many(33_000, numbered(`"x:#"`)) + `]}`,
		"long list":                  with(`{"l":{"@id":"x:l","@container":"@list"}}`, `"l":[`+many(17_000, numbered(`#`))+`]`),
		"many lists":                 with(`{"l":{"@id":"x:l","@container":"@list"}}`, `"x:a":[`+many(11_000, numbered(`{"l":1}`))+`]`),
		"many languages":             with(`{"l":{"@id":"x:l","@container":"@language"}}`, `"l":{`+many(33_000, numbered(`"a-#":"x"`))+`}`),
		"long subject":               `{"@id":"x:` + long + `",` + many(200, numbered(`"x:#":1`)) + `}`,
		"long vocabulary":            `{"@context":{"@vocab":"x:` + long + `"},` + many(200, numbered(`"a#":1`)) + `}`,
		"long vocabulary, types":     `{"@context":{"@vocab":"x:` + long + `"},"@type":[` + many(200, numbered(`"a#"`)) + `]}`,
		"long vocabulary, values":    `{"@context":{"@vocab":"x:` + long + `","v":{"@id":"x:v","@type":"@vocab"}},"v":[` + many(200, numbered(`"a#"`)) + `]}`,
		"long vocabulary, languages": `{"@context":{"@vocab":"x:` + long + `","v":{"@id":"x:v","@container":"@language"}},"v":{` + many(200, numbered(`"a-#":"x"`)) + `}}`,
		"long prefix":                `{"@context":{"p":"x:` + long + `:"},` + many(200, numbered(`"p:a#":1`)) + `}`,
		"long vocabulary of a type":  `{"@context":{"T":{"@id":"x:T","@context":{"@vocab":"x:` + long + `"}}},"@type":"T",` + many(200, numbered(`"a#":1`)) + `}`,
		"long vocabulary left":       `{"@context":{"T":{"@id":"x:T","@context":{"@vocab":"x:` + long + `"}}},"@type":"T","x:n":{` + many(200, numbered(`"x:a#":1`)) + `}}`,
		"long language":              `{"@context":{"@language":"` + strings.Repeat("a-", 25_000) + `a"},` + many(200, numbered(`"x:#":"1"`)) + `}`,
		"long type":                  `{"@context":{"t":{"@id":"x:t","@type":"x:` + long + `"}},"t":[` + many(200, numbered(`"#"`)) + `]}`,
	} {
		t.Run(name, func(t *testing.T) { requireBounded(t, contexts(t), doc, jsonld.ErrWork) })
	}
}

func TestBlankNodesAreBounded(t *testing.T) {
	const n = `{"n":{"@id":"x:n","@type":"@id"}}`
	all := func(k int) string { return many(k, numbered(`"_:n#"`)) }
	for name, members := range map[string]string{
		"clique":         `"x:a":[` + many(50, func(i int) string { return fmt.Sprintf(`{"@id":"_:n%d","n":[%s]}`, i, all(50)) }) + `]`,
		"small clique":   `"x:a":[` + many(9, func(i int) string { return fmt.Sprintf(`{"@id":"_:n%d","n":[%s]}`, i, all(9)) }) + `]`,
		"cycle":          `"x:a":[` + many(1000, func(i int) string { return fmt.Sprintf(`{"@id":"_:n%d","n":"_:n%d"}`, i, (i+1)%1000) }) + `]`,
		"two hubs":       `"x:a":[{"n":[` + all(5000) + `]},{"n":[` + all(5000) + `]}]`,
		"two small hubs": `"x:a":[{"n":[` + all(9) + `]},{"n":[` + all(9) + `]}]`,
	} {
		t.Run(name, func(t *testing.T) { requireBounded(t, contexts(t), with(n, members), jsonld.ErrWork) })
	}
}

// What no bound is for, so that none is too narrow.
func TestLargeDocumentsAreNotRefused(t *testing.T) {
	for name, doc := range map[string]string{
		"10,000 subjects": `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],` +
			`"type":"VerifiableCredential","credentialSubject":[` + many(10_000, numbered(`{"id":"did:example:#","name":"#"}`)) + `]}`,
		"1,000 like blank nodes": `{"@context":{},"x:a":[` + many(1000, numbered(`{"x:b":{"x:c":1}}`)) + `]}`,
		"900 KB of text":         `{"x:a":"` + strings.Repeat("a", 900_000) + `"}`,
		"900 KB of an IRI":       `{"@id":"data:,` + strings.Repeat("a", 900_000) + `","x:a":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := contexts(t).Canonicalize([]byte(doc), crypto.SHA256)
			require.NoError(t, err)
		})
	}
}
