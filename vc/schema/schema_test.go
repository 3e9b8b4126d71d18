package schema_test

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/schema"
)

var (
	alice = personas.New("alice")
	noon  = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	trust = vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, Now: noon}
)

const (
	id      = "https://example.com/schemas/email.json"
	dialect = `"$schema":"https://json-schema.org/draft/2020-12/schema"`
	email   = `{` + dialect + `,"type":"object","properties":{"credentialSubject":{"type":"object",
		"properties":{"email":{"type":"string","format":"email"},"age":{"type":"integer","minimum":18}},"required":["email"]}}}`
)

// sign returns a verified credential with these claims and this credentialSchema.
func sign(t testing.TB, f vc.Format, claims, schemas string) *vc.Verified {
	c := vc.Credential{ValidFrom: noon, Subject: []vc.Subject{{Claims: json.RawMessage(claims)}}}
	if f == vc.JWTv1 {
		c.Context = []string{vc.ContextV1}
	}
	if schemas != "" {
		c.More = map[string]json.RawMessage{"credentialSchema": json.RawMessage(schemas)}
	}
	text, err := vc.Sign(c, alice, vc.SignOptions{Format: f})
	require.NoError(t, err)
	v, err := vc.Verify(context.Background(), []byte(text), trust)
	require.NoError(t, err)
	return v
}

func set(t testing.TB, texts map[string]string) *schema.Set {
	s, err := build(texts)
	require.NoError(t, err)
	return s
}

func build(texts map[string]string) (*schema.Set, error) {
	c := schema.Config{Schemas: make(map[string][]byte)}
	for id, text := range texts {
		c.Schemas[id] = []byte(text)
	}
	return schema.New(context.Background(), c)
}

func ref(more string) string { return `{"id":"` + id + `","type":"JsonSchema"` + more + `}` }

func TestCheck(t *testing.T) {
	sum := sha512.Sum384([]byte(email))
	sri := `,"digestSRI":"sha384-` + base64.StdEncoding.EncodeToString(sum[:]) + `"`
	const good, bad = `{"email":"a@example.com","age":30}`, `{"email":1}`
	for _, c := range []struct {
		name, claims, schemas string
		want                  error
	}{
		{"fits", good, ref(""), nil},
		{"fits, array of one", good, `[` + ref("") + `]`, nil},
		{"wrong type", bad, ref(""), schema.ErrInvalid},
		{"wrong format", `{"email":"nobody"}`, ref(""), schema.ErrInvalid},
		{"missing", `{"age":30}`, ref(""), schema.ErrInvalid},
		{"too small", `{"email":"a@example.com","age":17}`, ref(""), schema.ErrInvalid},
		{"not an integer", `{"email":"a@example.com","age":18.5}`, ref(""), schema.ErrInvalid},
		{"an integer of many digits", `{"email":"a@example.com","age":1e300}`, ref(""), nil},
		{"one of two does not fit", bad, `[{"id":"https://example.com/any","type":"JsonSchema"},` + ref("") + `]`, schema.ErrInvalid},
		{"digestSRI", good, ref(sri), nil},
		{"digestSRI of another", good, ref(strings.Replace(sri, "-", "-A", 1)), schema.ErrDigest},
		{"digestSRI by a hash that is weak", good, ref(`,"digestSRI":"sha1-AAAA"`), schema.ErrDigest},
		{"digestSRI sha256 of another", good, ref(`,"digestSRI":"sha256-AAAA"`), schema.ErrDigest},
		{"digestSRI sha512 of another", good, ref(`,"digestSRI":"sha512-AAAA"`), schema.ErrDigest},
		{"digestMultibase", good, ref(`,"digestMultibase":"` + multikey.Digest([]byte(email)) + `"`), nil},
		{"digestMultibase of another", good, ref(`,"digestMultibase":"` + multikey.Digest([]byte("x")) + `"`), schema.ErrDigest},
		{"no schema", good, "", schema.ErrNone},
		{"a schema that is not at hand", good, `{"id":"https://example.com/other","type":"JsonSchema"}`, schema.ErrAbsent},
		{"a schema by the other type", good, `{"id":"` + id + `","type":"JsonSchemaCredential"}`, schema.ErrAbsent},
		{"another type", good, `{"id":"` + id + `","type":"ShExValidator2025"}`, schema.ErrUnsupported},
		{"two types", good, `{"id":"` + id + `","type":["JsonSchema","x"]}`, schema.ErrMalformed},
		{"a digest with another case", good, ref(`,"DigestSRI":"sha1-AAAA"`), schema.ErrMalformed},
		{"too many", good, `[` + strings.Repeat(ref("")+",", 16) + ref("") + `]`, schema.ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := set(t, map[string]string{id: email, "https://example.com/any": `{` + dialect + `}`})
			for _, f := range []vc.Format{vc.JWT, vc.JWTv1, vc.EdDSAJCS} {
				require.ErrorIs(t, s.Check(sign(t, f, c.claims, c.schemas)), c.want, f)
			}
		})
	}
	require.ErrorIs(t, new(schema.Set).Check(sign(t, vc.JWT, good, ref(""))), schema.ErrAbsent)
	require.ErrorIs(t, new(schema.Set).Check(new(vc.Verified)), schema.ErrNone)
}

func TestNewRefusals(t *testing.T) {
	many := make(map[string]string)
	for i := range schema.MaxSchemas + 1 {
		many[fmt.Sprintf("https://example.com/%d", i)] = `{` + dialect + `}`
	}
	for _, c := range []struct {
		name  string
		texts map[string]string
		want  error
	}{
		{"no dialect", map[string]string{id: `{}`}, schema.ErrUnsupported},
		{"unknown dialect", map[string]string{id: `{"$schema":"https://example.com/mine"}`}, schema.ErrUnsupported},
		{"draft 4", map[string]string{id: `{"$schema":"http://json-schema.org/draft-04/schema#"}`}, schema.ErrUnsupported},
		{"a boolean", map[string]string{id: `true`}, schema.ErrUnsupported},
		{"not JSON", map[string]string{id: `x`}, schema.ErrMalformed},
		{"member twice", map[string]string{id: `{` + dialect + `,"type":"string","type":"object"}`}, schema.ErrMalformed},
		{"wrong keyword", map[string]string{id: `{` + dialect + `,"type":"text"}`}, schema.ErrMalformed},
		{"too deep", map[string]string{id: `{` + dialect + `,"not":` + strings.Repeat(`{"not":`, 32) + `{}` + strings.Repeat(`}`, 33)}, schema.ErrMalformed},
		{"too long", map[string]string{id: `{` + dialect + `,"title":"` + strings.Repeat("x", schema.MaxBytes) + `"}`}, schema.ErrMalformed},
		{"too many", many, schema.ErrMalformed},
		{"pattern with a look-ahead", map[string]string{id: `{` + dialect + `,"pattern":"(?=a)"}`}, schema.ErrMalformed},
		{"pattern that repeats repeats", map[string]string{id: `{` + dialect + `,"pattern":"((a{100}){100}){100}"}`}, schema.ErrMalformed},
		{"reference to the network", map[string]string{id: `{` + dialect + `,"$ref":"https://example.com/other"}`}, schema.ErrMalformed},
		{"reference to a file", map[string]string{id: `{` + dialect + `,"$ref":"file:///etc/passwd"}`}, schema.ErrMalformed},
		{"dynamic reference", map[string]string{id: `{` + dialect + `,"$dynamicAnchor":"a","items":{"$dynamicRef":"#a"}}`}, schema.ErrUnsupported},
		{"recursive reference", map[string]string{id: `{"$schema":"https://json-schema.org/draft/2019-09/schema","items":{"$recursiveRef":"#"}}`}, schema.ErrUnsupported},
		{"dynamic reference by the dialect", map[string]string{id: `{` + dialect + `,"$ref":"https://json-schema.org/draft/2020-12/schema"}`}, schema.ErrUnsupported},
		{"relative id", map[string]string{"email.json": email}, schema.ErrMalformed},
		{"id is a file", map[string]string{"file:///email.json": email}, schema.ErrMalformed},
		{"id with a fragment", map[string]string{id + "#a": email}, schema.ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := build(c.texts)
			require.ErrorIs(t, err, c.want)
			require.Nil(t, s)
		})
	}
}

func TestReferencesAmongThoseAtHand(t *testing.T) {
	s := set(t, map[string]string{
		id:                                     `{` + dialect + `,"properties":{"credentialSubject":{"$ref":"age.json#/$defs/adult"}}}`,
		"https://example.com/schemas/age.json": `{` + dialect + `,"$defs":{"adult":{"properties":{"age":{"minimum":18}}}}}`,
	})
	require.NoError(t, s.Check(sign(t, vc.JWT, `{"age":18}`, ref(""))))
	require.ErrorIs(t, s.Check(sign(t, vc.JWT, `{"age":17}`, ref(""))), schema.ErrInvalid)
}

func TestEveryDialect(t *testing.T) {
	for _, d := range []string{
		"https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2019-09/schema",
		"http://json-schema.org/draft-07/schema#",
	} {
		s := set(t, map[string]string{id: `{"$schema":"` + d + `","properties":{"credentialSubject":{"properties":{"n":{"const":1}}}}}`})
		require.NoError(t, s.Check(sign(t, vc.JWT, `{"n":1}`, ref(""))))
		require.ErrorIs(t, s.Check(sign(t, vc.JWT, `{"n":2}`, ref(""))), schema.ErrInvalid)
	}
}

// bomb is a schema whose check takes two steps to the power of levels.
func bomb(levels int, keyword, end string) string {
	defs := `"d0":` + end
	for i := 1; i <= levels; i++ {
		defs += fmt.Sprintf(`,"d%d":{"%s":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`, i, keyword, i-1, i-1)
	}
	return fmt.Sprintf(`{%s,"$defs":{%s},"$ref":"#/$defs/d%d"}`, dialect, defs, levels)
}

func TestWorkIsBoundedBeforeItIsDone(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 26) + `{}` + strings.Repeat(`}`, 26)
	for _, c := range []struct {
		name, schema, claims string
		want                 error
	}{
		{"allOf", bomb(8, "allOf", `{}`), `{"a":1}`, nil},
		{"allOf that explodes", bomb(30, "allOf", `{}`), `{"a":1}`, schema.ErrWork},
		{"anyOf that explodes and fails", bomb(30, "anyOf", `false`), `{"a":1}`, schema.ErrWork},
		{"oneOf that explodes", bomb(30, "oneOf", `{"type":"array"}`), `{"a":1}`, schema.ErrWork},
		{
			"two ways down at every level", `{` + dialect + `,"allOf":[{"additionalProperties":{"$ref":"#"}},{"patternProperties":{"":{"$ref":"#"}}}]}`,
			deep, schema.ErrWork,
		},
		{"one way down", `{` + dialect + `,"additionalProperties":{"$ref":"#"}}`, deep, nil},
		{
			"comes back to itself", `{` + dialect + `,"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`,
			`{"a":1}`, schema.ErrInvalid,
		},
		{"many values, many names", `{` + dialect + `,"propertyNames":{"maxLength":99},"if":true,"then":true,"else":true,"not":false,
			"dependentSchemas":{"a":{}},"unevaluatedProperties":true}`, `{"a":[1,2,3]}`, nil},
		{"draft 7", `{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"],"c":{}},"properties":{"credentialSubject":
			{"properties":{"a":{"items":[{"const":1},{}],"additionalItems":{"const":3},"contains":{}}}}}}`, `{"a":[1,2,3]}`, nil},
		{
			"tuples", `{` + dialect + `,"properties":{"credentialSubject":{"properties":{"a":{"prefixItems":[{"const":1}],"items":{"minimum":2}}}}}}`,
			`{"a":[1,2,3]}`, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := set(t, map[string]string{id: c.schema})
			require.ErrorIs(t, s.Check(sign(t, vc.JWT, c.claims, ref(""))), c.want)
		})
	}
}

// TestPairsAreBounded has more pairs of schema and value than may be looked at.
func TestPairsAreBounded(t *testing.T) {
	schemas := strings.Repeat(`{"maximum":1},`, 200) + `{}`
	s := set(t, map[string]string{id: `{` + dialect + `,"properties":{"credentialSubject":{"properties":{"a":{"items":{"allOf":[` + schemas + `]}}}}}}`})
	require.ErrorIs(t, s.Check(sign(t, vc.JWT, `{"a":[`+strings.Repeat("1,", 6000)+`1]}`, ref(""))), schema.ErrWork)
}

func TestNumbersAreBounded(t *testing.T) {
	s := set(t, map[string]string{id: `{` + dialect + `,"properties":{"credentialSubject":{"properties":{"n":{"multipleOf":2}}}}}`})
	require.NoError(t, s.Check(sign(t, vc.JWT, `{"n":1e308}`, ref(""))))
	require.NoError(t, s.Check(sign(t, vc.JWT, `{"n":9007199254740994}`, ref(""))))
	require.ErrorIs(t, s.Check(sign(t, vc.JWT, `{"n":9007199254740993}`, ref(""))), schema.ErrInvalid)
	require.NoError(t, s.Check(sign(t, vc.JWT, `{"n":`+strings.Repeat("2", 100)+`}`, ref(""))))
	_, err := build(map[string]string{id: `{` + dialect + `,"maximum":1e999}`})
	require.ErrorIs(t, err, schema.ErrMalformed)
}

func schemaCredential(t testing.TB, typ, subject string) string {
	text, err := vc.Sign(vc.Credential{
		ID: id, Type: []string{"VerifiableCredential", typ}, ValidFrom: noon,
		Subject: []vc.Subject{{Claims: json.RawMessage(subject)}},
	}, alice, vc.SignOptions{})
	require.NoError(t, err)
	return text
}

func TestCredentialOfASchema(t *testing.T) {
	text := schemaCredential(t, "JsonSchemaCredential", `{"id":"urn:uuid:1","type":"JsonSchema","jsonSchema":`+email+`}`)
	s, err := schema.New(context.Background(), schema.Config{Credentials: [][]byte{[]byte(text)}, Verify: trust})
	require.NoError(t, err)
	named := `{"id":"` + id + `","type":"JsonSchemaCredential","digestMultibase":"` + multikey.Digest([]byte(text)) + `"}`
	require.NoError(t, s.Check(sign(t, vc.JWT, `{"email":"a@example.com"}`, named)))
	require.ErrorIs(t, s.Check(sign(t, vc.JWT, `{"email":1}`, named)), schema.ErrInvalid)
	require.ErrorIs(t, s.Check(sign(t, vc.JWT, `{"email":1}`, ref(""))), schema.ErrAbsent)

	bob := vc.VerifyOptions{Issuers: []did.DID{personas.New("bob").DID()}, Now: noon}
	_, err = schema.New(context.Background(), schema.Config{Credentials: [][]byte{[]byte(text)}, Verify: bob})
	require.ErrorIs(t, err, vc.ErrUntrusted)
	_, err = schema.New(context.Background(), schema.Config{Credentials: [][]byte{[]byte(text), []byte(text)}, Verify: trust})
	require.ErrorIs(t, err, schema.ErrMalformed, "twice")
	for _, c := range []struct{ name, typ, subject string }{
		{"another type", "Other", `{"type":"JsonSchema","jsonSchema":` + email + `}`},
		{"subject of another type", "JsonSchemaCredential", `{"type":"Schema","jsonSchema":` + email + `}`},
		{"no schema", "JsonSchemaCredential", `{"type":"JsonSchema"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := schema.New(context.Background(), schema.Config{Credentials: [][]byte{[]byte(schemaCredential(t, c.typ, c.subject))}, Verify: trust})
			require.ErrorIs(t, err, schema.ErrMalformed)
		})
	}
}

// FuzzCheck: no schema and no claims make a check panic or run on.
func FuzzCheck(f *testing.F) {
	f.Add(email, `{"email":"a@example.com"}`)
	f.Add(bomb(5, "anyOf", "false"), `{"a":[1,{"b":null}]}`)
	f.Fuzz(func(t *testing.T, text, claims string) {
		s, err := build(map[string]string{id: text})
		if err != nil || !strings.HasPrefix(claims, "{") {
			return
		}
		c := vc.Credential{
			ValidFrom: noon, Subject: []vc.Subject{{Claims: json.RawMessage(claims)}},
			More: map[string]json.RawMessage{"credentialSchema": json.RawMessage(ref(""))},
		}
		token, err := vc.Sign(c, alice, vc.SignOptions{})
		if err != nil {
			return
		}
		v, err := vc.Verify(context.Background(), []byte(token), trust)
		require.NoError(t, err)
		_ = s.Check(v)
	})
}

func Example() {
	// The verifier has the schema at hand; nothing is fetched.
	s, err := schema.New(context.Background(), schema.Config{Schemas: map[string][]byte{
		"https://example.com/email.json": []byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema",
			"properties":{"credentialSubject":{"required":["email"]}}}`),
	}})
	if err != nil {
		panic(err)
	}
	issuer, _ := did.GenerateKey(did.Ed25519)
	text, _ := vc.Sign(vc.Credential{
		Subject: []vc.Subject{{Claims: json.RawMessage(`{"name":"Carol"}`)}},
		More:    map[string]json.RawMessage{"credentialSchema": json.RawMessage(`{"id":"https://example.com/email.json","type":"JsonSchema"}`)},
	}, issuer, vc.SignOptions{})
	v, _ := vc.Verify(context.Background(), []byte(text), vc.VerifyOptions{Issuers: []did.DID{issuer.DID()}})
	fmt.Println(s.Check(v) != nil)
	// Output: true
}
