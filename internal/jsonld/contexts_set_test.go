package jsonld

import (
	"crypto"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/strictjson"
)

func TestContextsOfTheCaller(t *testing.T) {
	v2 := read(t, "https://www.w3.org/ns/credentials/v2")
	for _, c := range []struct {
		name, url, text string
		want            error
	}{
		{"a context", "https://example.org/c", `{"@context":{"a":"x:a"},"else":[1]}`, nil},
		{"an array", "https://example.org/c", `{"@context":["https://www.w3.org/ns/credentials/v2",{"a":"x:a"}]}`, nil},
		{"an embedded one again", "https://www.w3.org/ns/credentials/v2", string(v2), nil},
		{"an embedded one with other space", "https://www.w3.org/ns/credentials/v2", string(v2) + " ", nil},
		{"another text for an embedded one", "https://www.w3.org/ns/credentials/v2", `{"@context":{"id":"@id"}}`, ErrContext},
		{"no JSON for an embedded one", "https://www.w3.org/ns/credentials/v2", `{`, ErrContext},
		{"another text for undefined terms", UndefinedTerms, `{"@context":{"@vocab":"x:"}}`, ErrContext},
		{"a relative URL", "c", `{"@context":{}}`, ErrIRI},
		{"no JSON", "x:c", `{`, strictjson.ErrSyntax},
		{"no JSON, a context", "x:c", `{`, ErrContext},
		{"an array of contexts", "x:c", `[{"@context":{}}]`, ErrContext},
		{"no context", "x:c", `{"context":{}}`, ErrContext},
		{"a number", "x:c", `{"@context":1}`, ErrContext},
		{"what a context cannot have", "x:c", `{"@context":{"@base":"x:"}}`, ErrContext},
		{"two members of one name", "x:c", `{"@context":{"a":"x:a","a":"x:b"}}`, strictjson.ErrSyntax},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, err := NewContexts(map[string][]byte{c.url: []byte(c.text)})
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.want == nil, set != nil)
			if set != nil && strings.HasPrefix(c.url, "https://www.w3.org/") {
				text, _ := set.Text(c.url)
				require.Equal(t, string(v2), string(text))
			}
		})
	}
}

func TestUndefinedTermsCountIfHandedIn(t *testing.T) {
	doc := []byte(`{"@context":["https://www.w3.org/ns/credentials/v2","` + UndefinedTerms + `"],"id":"urn:x","whatever":"1"}`)
	c, err := NewContexts(nil)
	require.NoError(t, err)
	_, err = c.Canonicalize(doc, crypto.SHA256)
	require.ErrorIs(t, err, ErrContext)
	c, err = NewContexts(map[string][]byte{UndefinedTerms: read(t, UndefinedTerms)})
	require.NoError(t, err)
	out, err := c.Canonicalize(doc, crypto.SHA256)
	require.NoError(t, err)
	require.Equal(t, "<urn:x> <https://www.w3.org/ns/credentials/undefined-term#whatever> \"1\" .\n", string(out))
}

// The caller's bytes are the caller's, and the document's too.
func TestNothingOfTheCallersIsKept(t *testing.T) {
	text := []byte(`{"@context":{"a":"x:a"}}`)
	c, err := NewContexts(map[string][]byte{"x:c": text})
	require.NoError(t, err)
	clear(text)
	kept, ok := c.Text("x:c")
	require.True(t, ok)
	require.Equal(t, `{"@context":{"a":"x:a"}}`, string(kept))
	doc := []byte(`{"@context":["x:c",{"b":"x:b"}],"@id":"x:y","a":"1","b":"2"}`)
	want, err := c.Canonicalize(doc, crypto.SHA256)
	require.NoError(t, err)
	again := []byte(string(doc))
	clear(doc)
	out, err := c.Canonicalize(again, crypto.SHA256)
	require.NoError(t, err)
	require.Equal(t, string(want), string(out))
}

// What is kept of documents has a bound, and what is let go makes no difference.
func TestWhatIsKeptIsBounded(t *testing.T) {
	c, err := NewContexts(nil)
	require.NoError(t, err)
	terms := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"t%d":"x:t"`, i)
		}
		return b.String()
	}
	for _, more := range []string{"", terms(200), terms(1000)} {
		for i := range 3 * maxKept {
			doc := fmt.Sprintf(`{"@context":["https://w3id.org/security/jwk/v1",{"a":"x:%d"%s}],"id":"x:y","a":"1"}`, i, more)
			out, err := c.Canonicalize([]byte(doc), crypto.SHA256)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("<x:y> <x:%d> \"1\" .\n", i), string(out))
			require.LessOrEqual(t, len(c.read), maxKept)
			require.LessOrEqual(t, len(c.made), maxKept)
			require.Less(t, c.size, maxKeptSize+maxContextWork)
			if len(more) > maxKeptText {
				break // too long to be kept at all
			}
		}
	}
	before := len(c.made)
	_, err = c.Canonicalize([]byte(`{"@context":{"a":{"@id":"x:a","@context":{"b":"x:b"}}`+terms(1000)+`},"a":{"b":1}}`), crypto.SHA256)
	require.NoError(t, err)
	require.Len(t, c.made, before)
}

func TestConcurrentUse(t *testing.T) {
	c, err := NewContexts(nil)
	require.NoError(t, err)
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wait.Go(func() {
			for j := range 50 {
				doc := fmt.Sprintf(`{"@context":["https://www.w3.org/ns/credentials/v2",{"a":"x:%d"}],"type":"VerifiableCredential","a":"1"}`, j)
				out, err := c.Canonicalize([]byte(doc), crypto.SHA256)
				if err == nil && !strings.Contains(string(out), fmt.Sprintf("<x:%d> \"1\"", j)) {
					err = fmt.Errorf("lost: %s", out)
				}
				if err != nil {
					errs[i] = err
				}
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}
