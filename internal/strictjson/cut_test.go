package strictjson_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/strictjson"
)

func TestCut(t *testing.T) {
	for _, c := range []struct{ object, name, value, rest string }{
		{`{}`, "a", "", `{}`},
		{`{"a":1}`, "a", "1", `{}`},
		{`{"a":1}`, "b", "", `{"a":1}`},
		{`{"a":1,"b":2}`, "a", "1", `{"b":2}`},
		{`{"a":1,"b":2}`, "b", "2", `{"a":1}`},
		{`{"a":1,"b":2,"c":3}`, "b", "2", `{"a":1,"c":3}`},
		{`{"a":{"b":1},"b":[{"b":2},"]}"],"c":null}`, "b", `[{"b":2},"]}"]`, `{"a":{"b":1},"c":null}`},
		{`{"a":"b\":1,\"b","b":"\\"}`, "b", `"\\"`, `{"a":"b\":1,\"b"}`},
		{`{"a\"b":1,"b":{}}`, "b", `{}`, `{"a\"b":1}`},
		{`{"":1}`, "", "1", `{}`},
		{`[1]`, "a", "", `[1]`},
		{`"a"`, "a", "", `"a"`},
		{`1`, "a", "", `1`},
	} {
		value, rest := strictjson.Cut([]byte(c.object), c.name)
		require.Equal(t, c.value, string(value), c.object)
		require.Equal(t, c.value == "", value == nil, c.object)
		require.Equal(t, c.rest, string(rest), c.object)
	}
}

func TestPut(t *testing.T) {
	for _, c := range []struct{ object, want string }{
		{`{}`, `{"n":0}`},
		{`{"a":1}`, `{"a":1,"n":0}`},
		{`{"z":1}`, `{"n":0,"z":1}`},
		{`{"a":1,"m":{"x":[]},"na":2,"z":3}`, `{"a":1,"m":{"x":[]},"n":0,"na":2,"z":3}`},
		{`{"\"":1,"\\":2,"é":3}`, `{"\"":1,"\\":2,"n":0,"é":3}`},
		{`{"\u0000n":1,"😀":2}`, `{"\u0000n":1,"n":0,"😀":2}`},
	} {
		canonical, err := strictjson.Canonical([]byte(c.object), len(c.object))
		require.NoError(t, err)
		require.Equal(t, c.object, string(canonical), "the case is in canonical form")
		require.Equal(t, c.want, string(strictjson.Put([]byte(c.object), "n", []byte("0"))))
	}
}

func TestClosed(t *testing.T) {
	for _, text := range []string{`1`, `"a"`, `{}`, ` [1,2] `, `{"a":{"b":["}"]}}`, `"\","`, `"\\"`, `x`} {
		require.True(t, strictjson.Closed([]byte(text)), text)
	}
	for _, text := range []string{``, `1,"a":2`, `1}`, `]`, `{`, `{"a":1}}`, `}{`, `"a`, `"a\"`, `[1`, `{},{}`} {
		require.False(t, strictjson.Closed([]byte(text)), text)
	}
}

// FuzzClosed puts a text where a value stands.
func FuzzClosed(f *testing.F) {
	f.Add(`1`)
	f.Add(`1,"b":2`)
	f.Add(`{}},{"a":{}`)
	f.Fuzz(func(t *testing.T, text string) {
		if !strictjson.Closed([]byte(text)) {
			return
		}
		whole := []byte(`{"a":` + text + `}`)
		if strictjson.Check(whole, len(whole)) == nil {
			require.NoError(t, strictjson.Check([]byte(text), len(text)))
		}
	})
}

func FuzzCut(f *testing.F) {
	f.Add([]byte(`{"a":1,"proof":{"x":[1,"}"]},"z":2}`))
	f.Add([]byte(`{"proof":"\"\\"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		object, err := strictjson.Canonical(data, 1<<16)
		if err != nil {
			return
		}
		value, rest := strictjson.Cut(object, "proof")
		if value == nil {
			require.Equal(t, object, rest)
			return
		}
		require.NoError(t, strictjson.Check(value, len(value)))
		again, err := strictjson.Canonical(rest, len(rest))
		require.NoError(t, err)
		require.Equal(t, rest, again)
		require.Equal(t, object, strictjson.Put(rest, "proof", value))
	})
}
