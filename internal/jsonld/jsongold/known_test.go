package jsongold_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/jsonld"
)

// Why json-gold is the judge here and not the worker there: what it gets wrong in
// a document that somebody hostile wrote. Each case says what this library makes
// of it: the statements, or a refusal.
func TestWhatJSONGoldGetsWrong(t *testing.T) {
	o := newOffline(t)
	c, err := jsonld.NewContexts(nil)
	require.NoError(t, err)
	const terms = `{"id":"@id","a":"https://example.org/a","ref":{"@id":"https://example.org/ref","@type":"@id"},` +
		`"json":{"@id":"https://example.org/json","@type":"@json"}}`
	doc := func(members string) string {
		return fmt.Sprintf(`{"@context":%s,"id":"urn:x","a":"b",%s}`, terms, members)
	}
	const double = `^^<http://www.w3.org/2001/XMLSchema#double> .` + "\n"
	long := strings.Repeat("a", 2064)
	const b = `<urn:x> <https://example.org/a> "b" .` + "\n"
	for _, test := range []struct {
		name, doc, theirs string
		ours              string
		err               error
	}{
		{"drops an undefined term", doc(`"undefined":"lost"`), b, "", jsonld.ErrUndefined},
		{"drops null", doc(`"ref":null`), b, "", jsonld.ErrDropped},
		{"drops a relative reference", doc(`"ref":"relative"`), b, "", jsonld.ErrIRI},
		{
			"drops a host that it does not like", doc(`"ref":"https://*.example/finance/"`), b,
			b + "<urn:x> <https://example.org/ref> <https://*.example/finance/> .\n", nil,
		},
		{
			"drops a long IRI", doc(`"ref":"https://example.org/` + long + `"`), b,
			b + "<urn:x> <https://example.org/ref> <https://example.org/" + long + "> .\n", nil,
		},
		{
			"writes control characters", doc(`"https://example.org/c":"\u0007"`), b + "<urn:x> <https://example.org/c> \"\a\" .\n",
			b + "<urn:x> <https://example.org/c> \"\\u0007\" .\n", nil,
		},
		{
			"signs one constant for every JSON array", doc(`"json":[1,2]`),
			b + `<urn:x> <https://example.org/json> "JSON Canonicalization error Unexpected EOF reached"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON> .` + "\n",
			"", jsonld.ErrValue,
		},
		{
			"takes an integer for a double", doc(`"https://example.org/n":1e20`), b + `<urn:x> <https://example.org/n> "1.0E20"` + double,
			b + `<urn:x> <https://example.org/n> "100000000000000000000"^^<http://www.w3.org/2001/XMLSchema#integer> .` + "\n", nil,
		},
		{
			"signs one double for two", doc(`"https://example.org/n":1.0000000000000002`), b + `<urn:x> <https://example.org/n> "1.0E0"` + double,
			"", jsonld.ErrValue,
		},
		{"panics over a container", doc(`"ref":{"@context":{"c":{"@id":"x:c","@container":1}},"c":1}`), "panics", "", jsonld.ErrContext},
		{
			"panics over a prefix", doc(`"ref":{"@context":{"p":null},"p:c":1}`), "panics",
			b + "<urn:x> <https://example.org/ref> _:c14n0 .\n_:c14n0 <p:c> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n", nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			theirs, err := gold(o, test.doc)
			if test.theirs == "panics" {
				require.ErrorIs(t, err, errPanic)
			} else {
				require.NoError(t, err)
				require.Equal(t, test.theirs, theirs)
			}
			got, err := ours(t, c, test.doc)
			require.ErrorIs(t, err, test.err)
			require.Equal(t, test.ours, got)
		})
	}
}
