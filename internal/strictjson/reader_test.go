package strictjson_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/strictjson"
)

type reader = strictjson.Reader

// methods are those that read one kind, and the texts of that kind.
var methods = []struct {
	name string
	read func(*reader) error
	takes,
	refuses []string
}{
	{
		"Object", func(r *reader) error { return r.Object(func(string) error { return r.Skip() }) },
		[]string{`{}`, `{"a":{"a":1}}`},
		[]string{`null`, `[]`, `""`, `0`, `true`},
	},
	{
		"Array", func(r *reader) error { _, err := r.Array(3, func(int) error { return r.Skip() }); return err },
		[]string{`[]`, `[1,2,3]`},
		[]string{`null`, `{}`, `""`, `0`, `false`, `[1,2,3,4]`},
	},
	{
		"String", func(r *reader) error { _, err := r.String(); return err },
		[]string{`""`, `"null"`},
		[]string{`null`, `{}`, `[]`, `0`, `true`},
	},
	{
		"Int", func(r *reader) error { _, err := r.Int(); return err },
		[]string{`0`, `-1`, `9007199254740991`, `-9007199254740991`},
		[]string{
			`null`, `"1"`, `true`, `[]`, `-0`, `1.0`, `1e0`, `1E2`, `0.0`,
			`9007199254740992`, `-9007199254740992`, `9223372036854775808`, `1` + strings.Repeat("0", 400),
		},
	},
	{
		"Number", func(r *reader) error { _, _, err := r.Number(); return err },
		[]string{`0`, `-0`, `1.5e3`, `1.7976931348623157e308`, `1e-400`},
		[]string{`null`, `"1"`, `1e309`, `-1e309`},
	},
	{
		"Bool", func(r *reader) error { _, err := r.Bool(); return err },
		[]string{`true`, `false`},
		[]string{`null`, `0`, `"true"`, `[]`},
	},
	{
		"True", (*reader).True,
		[]string{`true`},
		[]string{`false`, `null`, `1`, `"true"`},
	},
	{
		"Null", (*reader).Null,
		[]string{`null`},
		[]string{`0`, `""`, `false`, `{}`, `[]`},
	},
	{
		"Raw", func(r *reader) error { _, err := r.Raw(); return err },
		[]string{`null`, `{}`, `[1]`, `""`, `1`, `true`},
		nil,
	},
}

func TestReaderTakesOneKindAndNullIsNeverAbsence(t *testing.T) {
	for _, m := range methods {
		t.Run(m.name, func(t *testing.T) {
			for _, text := range m.takes {
				require.NoError(t, strictjson.Read([]byte(text), size, m.read), text)
			}
			for _, text := range m.refuses {
				require.ErrorIs(t, strictjson.Read([]byte(text), size, m.read), strictjson.ErrShape, text)
			}
		})
	}
}

func TestReaderTellsBrokenFromUnexpected(t *testing.T) {
	for _, m := range methods {
		t.Run(m.name, func(t *testing.T) {
			for _, text := range []string{"", "x", "]", "}", ",", "\"\xff\"", `{"a":1,}`, `[1,]`, `[1`, `nul`} {
				err := strictjson.Read([]byte(text), size, m.read)
				require.Error(t, err, text)
				if text == "" || strings.ContainsAny(text[:1], "x]},") {
					require.ErrorIs(t, err, strictjson.ErrSyntax, text)
				}
			}
			// In the place of an element and of a member's value.
			for _, text := range []string{`[,`, `[}`, `[x`, `[`} {
				err := strictjson.Read([]byte(text), size, func(r *reader) error {
					_, err := r.Array(5, func(int) error { return m.read(r) })
					return err
				})
				require.ErrorIs(t, err, strictjson.ErrSyntax, text)
			}
			for _, text := range []string{`{"a"}`, `{"a":}`, `{"a":]`, `{"a":x`, `{"a"`, `{"a":`} {
				err := strictjson.Read([]byte(text), size, func(r *reader) error {
					return r.Object(func(string) error { return m.read(r) })
				})
				require.ErrorIs(t, err, strictjson.ErrSyntax, text)
			}
		})
	}
}

func TestReaderRefusesToReadPastTheEnd(t *testing.T) {
	for _, m := range methods {
		err := strictjson.Read([]byte(`[[1]]`), size, func(r *reader) error {
			_, err := r.Array(5, func(int) error {
				_, err := r.Array(5, func(int) error {
					return errors.Join(r.Skip(), m.read(r)) // one value too many
				})
				return err
			})
			return err
		})
		require.Error(t, err, m.name)
	}
}

func TestReadDemandsThatEverythingIsRead(t *testing.T) {
	err := strictjson.Read([]byte(`{}`), size, func(*reader) error { return nil })
	require.ErrorIs(t, err, strictjson.ErrSyntax)
	// A value left behind never becomes a name.
	var names []string
	err = strictjson.Read([]byte(`{"a":"evil","c":"d"}`), size, func(r *reader) error {
		return r.Object(func(name string) error {
			names = append(names, name)
			return nil
		})
	})
	require.ErrorIs(t, err, strictjson.ErrShape)
	require.Equal(t, []string{"a"}, names)
}

func TestReaderValues(t *testing.T) {
	text := `{"s":"a\u00e9\"","i":-42,"n":1.50,"t":true,"f":false,"z":null,"a":["x",["y"]],"raw": { "k" : 1 }}`
	err := strictjson.Read([]byte(text), size, func(r *reader) error {
		require.Equal(t, byte('{'), r.Kind())
		return r.Object(func(name string) error {
			switch name {
			case "s":
				v, err := r.String()
				require.Equal(t, `aé"`, v)
				return err
			case "i":
				v, err := r.Int()
				require.EqualValues(t, -42, v)
				return err
			case "n":
				v, text, err := r.Number()
				require.InDelta(t, 1.5, v, 0)
				require.Equal(t, "1.50", text)
				return err
			case "t", "f":
				v, err := r.Bool()
				require.Equal(t, name == "t", v)
				return err
			case "z":
				return r.Null()
			case "a":
				n, err := r.Array(2, func(i int) error {
					if i == 0 {
						_, err := r.String()
						return err
					}
					return r.Skip()
				})
				require.Equal(t, 2, n)
				return err
			}
			v, err := r.Raw()
			require.Equal(t, `{ "k" : 1 }`, string(v))
			return err
		})
	})
	require.NoError(t, err)
}

func TestRawIsTheCallersToKeep(t *testing.T) {
	data := []byte(`[1]`)
	var kept []byte
	require.NoError(t, strictjson.Read(data, size, func(r *reader) (err error) {
		kept, err = r.Raw()
		return err
	}))
	clear(data)
	require.Equal(t, `[1]`, string(kept))
}

func TestErrorsOfTheCallerComeBackAsTheyAre(t *testing.T) {
	mine := errors.New("mine")
	require.Equal(t, mine, strictjson.Read([]byte(`{"a":[1]}`), size, func(r *reader) error {
		return r.Object(func(string) error {
			_, err := r.Array(1, func(int) error { return mine })
			return err
		})
	}))
}

func TestText(t *testing.T) {
	const doc = "{ \"a\" : [ {\"b\" : 1 } ,\n\t[ ]\r, \"x\" ] ,\"c\":null }"
	var got []string
	err := strictjson.Read([]byte(doc), len(doc), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			if name == "c" {
				text, err := r.Text(r.Null)
				got = append(got, string(text))
				return err
			}
			_, err := r.Array(3, func(int) error {
				_ = r.Kind()
				text, err := r.Text(r.Skip)
				got = append(got, string(text))
				return err
			})
			return err
		})
	})
	require.NoError(t, err)
	require.Equal(t, []string{`{"b" : 1 }`, `[ ]`, `"x"`, `null`}, got)
	err = strictjson.Read([]byte(`1`), 1, func(r *strictjson.Reader) error {
		_, err := r.Text(r.Null)
		return err
	})
	require.ErrorIs(t, err, strictjson.ErrShape)
}
