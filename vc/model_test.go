package vc_test

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jsonld"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

// plain is a credential of either version with one member more.
func plain(v1 bool, member string) string {
	context, from := vc.ContextV2, `"validFrom"`
	if v1 {
		context, from = vc.ContextV1, `"issuanceDate"`
	}
	return `{"@context":["` + context + `"],"type":["VerifiableCredential"],"issuer":"did:example:a",` + from +
		`:"2026-11-24T12:00:00Z","credentialSubject":{"id":"did:example:b"},` + member + `}`
}

func TestParts(t *testing.T) {
	const en = `{"@value":"a","@language":"en"}`
	for _, c := range []struct {
		member string
		want   error // by 2.0
		v1     bool  // whether 1.1 takes it
	}{
		{`"name":"a"`, nil, true},
		{`"name":` + en, nil, true},
		{`"name":[` + en + `,{"@value":"b","@language":"de-Latn-DE-1996","@direction":"rtl"}]`, nil, true},
		{`"description":{"@value":"a"}`, nil, true},
		{`"name":1`, vc.ErrModel, true},
		{`"name":null`, vc.ErrModel, true},
		{`"name":[]`, vc.ErrModel, true},
		{`"name":[null]`, vc.ErrModel, true},
		{`"name":{}`, vc.ErrModel, true},
		{`"name":{"@language":"en"}`, vc.ErrModel, true},
		{`"name":{"@value":1}`, vc.ErrModel, true},
		{`"name":{"@value":"a","@language":""}`, vc.ErrModel, true},
		{`"name":{"@value":"a","@language":"en_US"}`, vc.ErrModel, true},
		{`"name":{"@value":"a","@language":"en-"}`, vc.ErrModel, true},
		{`"name":{"@value":"a","@language":"123"}`, vc.ErrModel, true},
		{`"name":{"@value":"a","@language":"abcdefghi"}`, vc.ErrModel, true},
		{`"description":{"@value":"a","@direction":"up"}`, vc.ErrModel, true},
		{`"description":{"@value":"a","url":"x"}`, vc.ErrModel, true},
		{`"description":{"@value":"a","@type":"x"}`, vc.ErrModel, true},
		{`"evidence":{"type":"A"}`, nil, true},
		{`"evidence":[]`, vc.ErrModel, false},
		{`"evidence":{"id":"urn:x:y"}`, vc.ErrType, false},
		{`"evidence":{"type":"A","id":"y"}`, vc.ErrModel, false},
		{`"credentialSchema":{"type":"A"}`, vc.ErrModel, false},
		{`"credentialSchema":{"type":"A","id":"urn:x:y"}`, nil, true},
		{`"termsOfUse":"x"`, vc.ErrModel, false},
		{`"refreshService":{"type":[]}`, vc.ErrType, false},
		{`"holder":"did:example:c"`, vc.ErrModel, false},
		{`"verifiableCredential":[]`, vc.ErrModel, false},
		{`"vc":{}`, vc.ErrModel, false},
		{`"proof":{"type":"A"}`, nil, true},
		{`"proof":{}`, vc.ErrType, false},
		{`"proof":null`, vc.ErrModel, false},
		{`"proof":[]`, vc.ErrModel, false},
		{`"Name":"x"`, vc.ErrModel, false},
		{`"expirationDate":"2026-11-24T12:00:00Z"`, vc.ErrModel, true},
		{`"other":[null]`, nil, true},
	} {
		t.Run(c.member, func(t *testing.T) {
			_, err := vc.ParseUnverified([]byte(plain(false, c.member)))
			require.ErrorIs(t, err, c.want)
			_, err = vc.ParseUnverified([]byte(plain(true, c.member)))
			require.Equal(t, c.v1, err == nil, "%v", err)
		})
	}
}

func TestIssuerObject(t *testing.T) {
	for _, c := range []struct {
		object string
		want   error
	}{
		{`{"id":"did:example:a"}`, nil},
		{`{"id":"did:example:a","name":"A","description":"B","x":{}}`, nil},
		{`{"id":"did:example:a","name":[{"@value":"A"}]}`, nil},
		{`{"id":"did:example:a","name":{"@value":"A","url":"x"}}`, vc.ErrModel},
		{`{"id":"did:example:a","description":1}`, vc.ErrModel},
		{`{"id":"did:example:a","ID":"did:example:b"}`, vc.ErrModel},
		{`{"name":"A"}`, vc.ErrModel},
		{`{"id":null}`, vc.ErrModel},
		{`"https://issuer.example"`, vc.ErrModel},
		{`"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWpp"`, vc.ErrModel},
		{`"did:key:z6Mkf5rGMoatrSj1f4CyvuHBeXJELe9RPdzo2PKGNCKVtZxP#a"`, vc.ErrModel},
		{`[]`, vc.ErrModel},
	} {
		text := `{"@context":"` + vc.ContextV2 + `","type":"VerifiableCredential","issuer":` + c.object + `,"credentialSubject":{"a":1}}`
		_, err := vc.ParseUnverified([]byte(text))
		require.ErrorIs(t, err, c.want, c.object)
	}
}

func TestInlineContexts(t *testing.T) {
	for _, c := range []struct {
		context string
		v1, v2  bool
	}{
		{`{"a":"https://a.example/a"}`, true, true},
		{`{"@context":{"a":"https://a.example/a"}}`, true, true},
		{`{"@context":{"@context":{"a":"https://a.example/a","@protected":true,"@version":1.1}}}`, true, true},
		{`{"@context":{"name":"https://schema.org/name","description":"https://schema.org/description"}}`, true, false},
		{`{"relatedResource":"https://a.example/a"}`, true, false},
		{`{"Name":"https://a.example/a"}`, false, false},
		{`{"@context":"https://a.example"}`, false, false},
		{`{"@context":[{}]}`, false, false},
		{`{"issuer":"https://a.example/a"}`, false, false},
		{`{"@context":{"issuer":"https://a.example/a"}}`, false, false},
		{`{"i\u017fsuer":"https://a.example/a"}`, false, false},
		{`{"@vocab":"https://a.example/"}`, false, false},
		{`{"@base":"https://a.example/"}`, false, false},
		{`{"@import":"https://a.example/"}`, false, false},
		{`{"@propagate":false}`, false, false},
		{`{"@language":"en"}`, false, false},
		{`null`, false, false},
		{`[]`, false, false},
	} {
		for version, base := range map[bool]string{true: vc.ContextV1, false: vc.ContextV2} {
			from := map[bool]string{true: "issuanceDate", false: "validFrom"}[version]
			text := `{"@context":["` + base + `",` + c.context + `],"type":"VerifiableCredential","issuer":"did:example:a","` + from +
				`":"2026-11-24T12:00:00Z","credentialSubject":{"a":1}}`
			_, err := vc.ParseUnverified([]byte(text))
			if want := map[bool]bool{true: c.v1, false: c.v2}[version]; want {
				require.NoError(t, err, text)
			} else {
				require.ErrorIs(t, err, vc.ErrContext, text)
			}
		}
	}
}

func TestRelatedResource(t *testing.T) {
	alice := personas.New("alice")
	image := []byte("an image")
	h256, h384, h512 := sha256.Sum256(image), sha512.Sum384(image), sha512.Sum512(image)
	std, raw := base64.StdEncoding, base64.RawURLEncoding
	entry := func(id, name, digest string) string {
		return `{"id":"` + id + `","mediaType":"image/png","` + name + `":"` + digest + `"}`
	}
	const url = "https://a.example/i.png"
	sri := "sha256-" + std.EncodeToString(h256[:])
	known, err := jsonld.NewContexts(nil)
	require.NoError(t, err)
	base, ok := known.Text(vc.ContextV2)
	require.True(t, ok)
	opts := vc.VerifyOptions{AnyIssuer: true, Now: noon, Resources: map[string][]byte{url: image}}
	for _, c := range []struct {
		related string
		want    error
	}{
		{entry(url, "digestSRI", sri), nil},
		{entry(url, "digestSRI", "sha384-"+std.EncodeToString(h384[:])), nil},
		{entry(url, "digestSRI", "sha512-"+std.EncodeToString(h512[:])), nil},
		{entry(url, "digestMultibase", multikey.Digest(image)), nil},
		{entry(url, "digestMultibase", "u"+raw.EncodeToString(h256[:])), nil},
		{entry(url, "digestMultibase", "u"+raw.EncodeToString(append([]byte{0x20, 48}, h384[:]...))), nil},
		{entry(url, "digestMultibase", multikey.EncodeBase58(append([]byte{0x12, 32}, h256[:]...))), nil},
		{entry(url, "digestMultibase", multikey.EncodeBase58(append([]byte{0x13, 64}, h512[:]...))), nil},
		{`[` + entry(url, "digestSRI", sri) + `,` + entry(url+"2", "digestSRI", sri) + `]`, nil},
		{`{"id":"` + url + `","digestSRI":"` + sri + `","digestMultibase":"` + multikey.Digest(image) + `"}`, nil},
		{`{"id":"` + url + `","digestSRI":"` + sri + `","digestMultibase":"` + multikey.Digest(nil) + `"}`, vc.ErrRelated},
		{entry(url, "digestMultibase", multikey.Digest(nil)), vc.ErrRelated},
		{entry(vc.ContextV2, "digestMultibase", multikey.Digest(nil)), vc.ErrRelated},
		{entry(vc.ContextV2, "digestMultibase", multikey.Digest(base)), nil},
		{entry(vc.ContextV2, "digestSRI", "sha384-NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg"), nil},
		{entry(vc.ContextV2, "digestMultibase", "uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k"), nil},
		{entry(url, "digestMultibase", "uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k"), vc.ErrRelated},
		{`"` + url + `"`, vc.ErrModel},
		{`[]`, vc.ErrModel},
		{`["` + url + `"]`, vc.ErrModel},
		{`{"id":"` + url + `"}`, vc.ErrModel},
		{`{"digestSRI":"` + sri + `"}`, vc.ErrModel},
		{entry("i.png", "digestSRI", sri), vc.ErrModel},
		{`[` + entry(url, "digestSRI", sri) + `,` + entry(url, "digestSRI", sri) + `]`, vc.ErrModel},
		{entry(url, "digestSRI", ""), vc.ErrModel},
		{entry(url, "digestSRI", "md5-"+std.EncodeToString(h256[:])), vc.ErrModel},
		{entry(url, "digestSRI", "sha512-"+std.EncodeToString(h256[:])), vc.ErrModel},
		{entry(url, "digestSRI", sri+" "+sri), vc.ErrModel},
		{entry(url, "digestSRI", sri+`\n`), vc.ErrModel},
		{entry(url, "digestSRI", "sha256-"+raw.EncodeToString(h256[:])), vc.ErrModel},
		{entry(url, "digestMultibase", "m"+multikey.Digest(image)[1:]), vc.ErrModel},
		{entry(url, "digestMultibase", multikey.Digest(image)+"="), vc.ErrModel},
		{entry(url, "digestMultibase", multikey.Digest(image)+`\n`), vc.ErrModel},
		{entry(url, "digestMultibase", "u"+raw.EncodeToString(h256[:20])), vc.ErrModel},
		{`{"id":"` + url + `","digestSRI":null}`, vc.ErrModel},
		{`{"id":"` + url + `","mediaType":1,"digestSRI":"` + sri + `"}`, vc.ErrModel},
	} {
		t.Run(c.related, func(t *testing.T) {
			text := plain(false, `"relatedResource":`+c.related)
			data, err := vc.AddProof([]byte(text), alice, vc.SignOptions{Format: vc.EdDSAJCS})
			if err == nil {
				_, err = vc.VerifyProof(context.Background(), data, opts)
			}
			require.ErrorIs(t, err, c.want)
			_, err = vc.ParseUnverified([]byte(plain(true, `"relatedResource":`+c.related)))
			require.NoError(t, err, "1.1 has no such member")
		})
	}

	// A token is judged alike, and what is not at hand is not compared.
	c := sample()
	c.More = map[string]json.RawMessage{"relatedResource": json.RawMessage(entry(url, "digestMultibase", multikey.Digest(nil)))}
	token := signed(t, c, alice, vc.SignOptions{})
	_, err = vc.Verify(context.Background(), token, opts)
	require.ErrorIs(t, err, vc.ErrRelated)
	_, err = verify(token, alice)
	require.NoError(t, err)
	c.More["relatedResource"] = json.RawMessage(entry(vc.ContextV1, "digestMultibase", multikey.Digest(nil)))
	_, err = vc.Sign(c, alice, vc.SignOptions{})
	require.ErrorIs(t, err, vc.ErrRelated)
}

// TestSignKeepsItsShape hands Sign pieces of JSON that would add members.
func TestSignKeepsItsShape(t *testing.T) {
	alice := personas.New("alice")
	for name, change := range map[string]func(c *vc.Credential){
		"claims":       func(c *vc.Credential) { c.Subject[0].Claims = json.RawMessage(`{"a":1},"evidence":{"type":"A"}`) },
		"claims twice": func(c *vc.Credential) { c.Subject[0].Claims = json.RawMessage(`{"a":1}{"b":1}`) },
		"broken":       func(c *vc.Credential) { c.Subject[0].Claims = json.RawMessage(`{"a":`) },
		"no object":    func(c *vc.Credential) { c.Subject[0].Claims = json.RawMessage(`["a"]`) },
		"more": func(c *vc.Credential) {
			c.More = map[string]json.RawMessage{"x": json.RawMessage(`1,"evidence":{"type":"A"}`)}
		},
		"more that closes": func(c *vc.Credential) {
			c.More = map[string]json.RawMessage{"x": json.RawMessage(`1},"y":{"z":1`)}
		},
		"context": func(c *vc.Credential) {
			c.Context = []string{vc.ContextV2, `{"a":"b:c"}],"evidence":[{"type":"A"}`}
		},
		"an id that is not UTF-8": func(c *vc.Credential) { c.ID = "urn:\xff:b" },
		"a typed name in More": func(c *vc.Credential) {
			c.More = map[string]json.RawMessage{"issuer": json.RawMessage(`"did:example:a"`)}
		},
		"two ids":    func(c *vc.Credential) { c.Subject[0].Claims = json.RawMessage(`{"\u0069d":"did:example:c"}`) },
		"another id": func(c *vc.Credential) { c.Subject[0].Claims = json.RawMessage(`{"id":"did:example:c"}`) },
	} {
		for _, f := range []vc.Format{vc.JWT, vc.EdDSAJCS} {
			c := sample()
			change(&c)
			out, err := vc.Sign(c, alice, vc.SignOptions{Format: f})
			require.Error(t, err, name)
			require.Empty(t, out)
		}
	}
	// An issuer that was read as an object is not another by its field.
	c, err := vc.ParseUnverified([]byte(`{"@context":"` + vc.ContextV2 +
		`","type":"VerifiableCredential","issuer":{"id":"did:example:a"},"credentialSubject":{"a":1}}`))
	require.NoError(t, err)
	c.Issuer = alice.DID()
	_, err = vc.Sign(*c, alice, vc.SignOptions{})
	require.ErrorIs(t, err, vc.ErrModel)
	c.Issuer = did.DID{}
	_, err = vc.Sign(*c, alice, vc.SignOptions{})
	require.ErrorIs(t, err, vc.ErrModel)
}
