package strictjson_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/internal/vectors"
)

const size = 1 << 20

// broken is what is not one strict JSON value, most of it accepted or repaired by
// encoding/json.
var broken = []struct{ name, text string }{
	{"nothing", ""},
	{"only space", " \t\r\n"},
	{"duplicate member", `{"iss":"a","iss":"b"}`},
	{"duplicate member, escaped", `{"iss":1,"\u0069ss":2}`},
	{"duplicate member, nested", `[{"x":{"a":1,"b":2,"a":1}}]`},
	{"duplicate member, empty name", `{"":1,"":1}`},
	{"duplicate member, surrogate pair escaped", `{"😀":1,"\ud83d\ude00":2}`},
	{"invalid UTF-8", "\"\xff\""},
	{"invalid UTF-8 in a name", "{\"\xff\":1}"},
	{"truncated UTF-8", "\"\xe2\x82\""},
	{"overlong UTF-8", "\"\xc0\xaf\""},
	{"overlong NUL", "\"\xc0\x80\""},
	{"surrogate in UTF-8", "\"\xed\xa0\x80\""},
	{"UTF-8 beyond U+10FFFF", "\"\xf4\x90\x80\x80\""},
	{"BOM", "\xef\xbb\xbf{}"},
	{"UTF-16", "\xff\xfe{\x00}\x00"},
	{"second value", `{}{}`},
	{"second value after a line end", "{}\n{}"},
	{"trailing letter", `{} x`},
	{"trailing NUL", "{}\x00"},
	{"trailing bracket", `{}]`},
	{"trailing comma in an array", `[1,]`},
	{"trailing comma in an object", `{"a":1,}`},
	{"leading comma", `[,1]`},
	{"two commas", `[1,,2]`},
	{"no comma", `[1 2]`},
	{"no comma between members", `{"a":1 "b":2}`},
	{"no colon", `{"a" 1}`},
	{"no value", `{"a":}`},
	{"name alone", `{"a"}`},
	{"name without quotes", `{a:1}`},
	{"number as name", `{1:1}`},
	{"unclosed array", `[1`},
	{"unclosed object", `{"a":1`},
	{"unclosed string", `"a`},
	{"wrong bracket", `[1}`},
	{"wrong bracket, empty", `{]`},
	{"wrong bracket at once", `[}`},
	{"NaN", `NaN`},
	{"Infinity", `[Infinity]`},
	{"minus Infinity", `[-Infinity]`},
	{"leading zero", `01`},
	{"minus leading zero", `-01`},
	{"leading plus", `+1`},
	{"hexadecimal", `0x1F`},
	{"octal", `0o7`},
	{"digit separator", `1_000`},
	{"no digit before the point", `.5`},
	{"no digit after the point", `1.`},
	{"no exponent", `1e`},
	{"minus alone", `-`},
	{"line comment", "//\n1"},
	{"block comment", "/**/1"},
	{"hash comment", "#\n1"},
	{"lone high surrogate", `"\ud800"`},
	{"lone low surrogate", `"\udc00"`},
	{"reversed surrogates", `"\udc00\ud800"`},
	{"high surrogate and letter", `"\ud800a"`},
	{"two high surrogates", `"\ud800\ud800"`},
	{"lone surrogate in a name", `{"\ud800":1}`},
	{"short escape", `"\u00e"`},
	{"hexadecimal escape", `"\x41"`},
	{"unknown escape", `"\a"`},
	{"escaped quote mark", `"\'"`},
	{"control character", "\"\x01\""},
	{"line end in a string", "\"\n\""},
	{"single quotes", `'a'`},
	{"True", `True`},
	{"TRUE", `TRUE`},
	{"truncated literal", `nul`},
	{"longer literal", `nulll`},
	{"undefined", `undefined`},
	{"NUL", "\x00"},
	{"no-break space", "\u00a01"},
	{"vertical tab", "\v1"},
	{"form feed", "\f1"},
}

func TestCheckRefusesWhatIsNotStrict(t *testing.T) {
	for _, c := range broken {
		t.Run(c.name, func(t *testing.T) {
			require.ErrorIs(t, strictjson.Check([]byte(c.text), size), strictjson.ErrSyntax)
			out, err := strictjson.Canonical([]byte(c.text), size)
			require.ErrorIs(t, err, strictjson.ErrSyntax)
			require.Nil(t, out)
		})
	}
}

func TestCheckAcceptsStrictJSON(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `null`, `true`, `0`, `-0`, `1e3`, `1E+3`, `0.5`, `""`, " {}\r\n\t", "\"\u2028\"", "\"\x7f\"",
		`"\ud83d\ude00"`, `"\u0000"`, `"\/"`, `{"a":1,"A":2}`, `[{"a":1},{"a":1}]`, `"\ufffd"`, "\"\ufeff\"",
	} {
		require.NoError(t, strictjson.Check([]byte(text), size), text)
	}
}

func TestMemberNamesAreComparedByteForByte(t *testing.T) {
	for _, name := range []string{"Kid", "KID", "\u212aid", "i\u017fs", "kid ", "kid\u0000", "\u043aid"} {
		var got []string
		err := strictjson.Read([]byte(`{"`+strings.ReplaceAll(name, "\x00", `\u0000`)+`":1}`), size, func(r *strictjson.Reader) error {
			return r.Object(func(name string) error {
				got = append(got, name)
				return r.Skip()
			})
		})
		require.NoError(t, err)
		require.Equal(t, []string{name}, got)
	}
}

func TestDepthIsAtMost32(t *testing.T) {
	for name, brackets := range map[string][2]string{
		"arrays": {"[", "]"}, "objects": {`{"a":`, "}"}, "mixed": {`[{"a":`, "}]"},
	} {
		t.Run(name, func(t *testing.T) {
			nest := func(levels int) []byte {
				n := levels / len(brackets[1])
				return []byte(strings.Repeat(brackets[0], n) + "1" + strings.Repeat(brackets[1], n))
			}
			require.NoError(t, strictjson.Check(nest(32), size))
			_, err := strictjson.Canonical(nest(32), size)
			require.NoError(t, err)
			deeper := append(append([]byte("["), nest(32)...), ']')
			require.ErrorIs(t, strictjson.Check(deeper, size), strictjson.ErrDepth)
			_, err = strictjson.Canonical(deeper, size)
			require.ErrorIs(t, err, strictjson.ErrDepth)
		})
	}
	require.ErrorIs(t, strictjson.Check(bytes.Repeat([]byte("["), size), size), strictjson.ErrDepth)
	// Brackets inside strings, and siblings, do not nest.
	require.NoError(t, strictjson.Check([]byte(`["`+strings.Repeat(`[\"{\\`, 100)+`"]`), size))
	require.NoError(t, strictjson.Check([]byte(`[`+strings.Repeat(`[],`, 100)+`{}]`), size))
	// Closing more than was opened buys no depth.
	require.Error(t, strictjson.Check([]byte(strings.Repeat("]", 100)+strings.Repeat("[", 100)), size))
}

func TestSizeIsChecked(t *testing.T) {
	require.NoError(t, strictjson.Check([]byte(`"1234"`), 6))
	require.ErrorIs(t, strictjson.Check([]byte(`"1234"`), 5), strictjson.ErrSize)
	_, err := strictjson.Canonical([]byte(`"1234"`), 5)
	require.ErrorIs(t, err, strictjson.ErrSize)
}

func TestErrorsAreShort(t *testing.T) {
	name := strings.Repeat("k", 100_000)
	for _, text := range []string{
		`{"` + name + `":1,"` + name + `":1}`, `{"` + name + `":{"a":tru}}`, `{"` + name + `":1`, `"` + name,
	} {
		err := strictjson.Check([]byte(text), size)
		require.ErrorIs(t, err, strictjson.ErrSyntax)
		require.Less(t, len(err.Error()), 1024)
	}
}

func TestCanonicalIsThatOfRFC8785(t *testing.T) {
	dir := vectors.Path(t, "jcs", "input")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 6)
	for _, f := range files {
		t.Run(f.Name(), func(t *testing.T) {
			got, err := strictjson.Canonical(vectors.Read(t, "jcs", "input", f.Name()), size)
			require.NoError(t, err)
			text := string(vectors.Read(t, "jcs", "outhex", strings.TrimSuffix(f.Name(), filepath.Ext(f.Name()))+".txt"))
			want, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
			require.Equal(t, string(vectors.Read(t, "jcs", "output", f.Name())), string(got))
		})
	}
}

func TestCanonicalNumbers(t *testing.T) {
	for in, want := range map[string]string{
		`-0`: `0`, `-0.0`: `0`, `1.0`: `1`, `1e2`: `100`, `1e21`: `1e+21`, `123456789012345678901`: `123456789012345680000`,
		`9007199254740993`: `9007199254740992`, `1e-7`: `1e-7`, `0.000001`: `0.000001`, `1e-400`: `0`,
		`5e-324`: `5e-324`, `1.7976931348623157e308`: `1.7976931348623157e+308`,
		`["1.7976931348623157e+308"]`: `["1.7976931348623157e+308"]`,
	} {
		got, err := strictjson.Canonical([]byte(in), size)
		require.NoError(t, err, in)
		require.Equal(t, want, string(got), in)
	}
}

func TestCanonicalRefusesNumbersBeyondADouble(t *testing.T) {
	for _, in := range []string{
		`1e400`, `-1e400`, `1e309`, `[1.7976931348623157e308,1e309]`, `{"a":{"b":-1E999}}`, `1` + strings.Repeat("0", 400),
	} {
		_, err := strictjson.Canonical([]byte(in), size)
		require.ErrorIs(t, err, strictjson.ErrShape, in)
	}
}

func TestCanonicalLeavesItsInputAlone(t *testing.T) {
	in := []byte(`{ "b" : 1.0, "a" : "\u0061" }`)
	before := bytes.Clone(in)
	out, err := strictjson.Canonical(in, size)
	require.NoError(t, err)
	require.Equal(t, `{"a":"a","b":1}`, string(out))
	require.Equal(t, before, in)
}

func FuzzCheck(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if strictjson.Check(data, size) != nil {
			return
		}
		// What is accepted can be walked to its end, and is what the reader saw.
		require.NoError(t, strictjson.Read(data, size, walk))
		require.NoError(t, strictjson.CheckDepth(data))
	})
}

func FuzzCanonical(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		once, err := strictjson.Canonical(data, size)
		if err != nil {
			return
		}
		require.NoError(t, strictjson.Check(data, size))
		twice, err := strictjson.Canonical(once, 2*size)
		require.NoError(t, err)
		require.Equal(t, string(once), string(twice))
	})
}

func seed(f *testing.F) {
	for _, c := range broken {
		f.Add([]byte(c.text))
	}
	f.Add([]byte(`{"a":[1,-0.5e3,"x\u00e9\ud83d\ude00",true,null,{"":{}}]}`))
}

// walk reads any value member by member.
func walk(r *strictjson.Reader) error {
	switch r.Kind() {
	case '{':
		return r.Object(func(string) error { return walk(r) })
	case '[':
		_, err := r.Array(size, func(int) error { return walk(r) })
		return err
	case '"':
		_, err := r.String()
		return err
	case 't', 'f':
		_, err := r.Bool()
		return err
	case 'n':
		return r.Null()
	}
	return r.Skip()
}

// TestDepthLooksPastEscapes: what stands in a string is not nesting, however it is
// escaped, and a string that never ends hides nothing that matters.
func TestDepthLooksPastEscapes(t *testing.T) {
	deep := strings.Repeat("[", 33)
	for text, tooDeep := range map[string]bool{
		`["` + deep + `"]`:              false,
		`["\"` + deep + `"]`:            false,
		`["\\",` + deep:                 true,
		`["\\\"` + deep + `"]`:          false,
		`["\\\\",` + deep:               true,
		`["\` + deep:                    false,
		`"\"`:                           false,
		`"` + strings.Repeat(`\n`, 1e5): false,
		`["\u005b",` + deep:             true,
	} {
		err := strictjson.CheckDepth([]byte(text))
		require.Equal(t, tooDeep, err != nil, text[:min(len(text), 50)])
	}
}
