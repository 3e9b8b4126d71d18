package dataintegrity_test

import (
	"bytes"
	"crypto"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/strictjson"
)

const content = `{"@context":"https://a.example","a":1}`

func assertion(id string, previous ...string) dataintegrity.Proof {
	return dataintegrity.Proof{Cryptosuite: "eddsa-jcs-2022", Purpose: "assertionMethod", ID: id, Previous: previous}
}

func TestSignWritesOneText(t *testing.T) {
	alice := personas.New("alice")
	p := assertion("urn:a:1")
	p.Created, p.Expires, p.Challenge, p.Nonce, p.Domain = "then", "later", "c", "n", []string{"d"}
	out := sign(t, content, p, alice)
	canonical, err := strictjson.Canonical(out, len(out))
	require.NoError(t, err)
	require.Equal(t, string(canonical), string(out))
	d, err := dataintegrity.Parse(out, len(out))
	require.NoError(t, err)
	require.False(t, d.Set)
	require.Equal(t, content, string(d.Content))
	require.Len(t, d.Proofs, 1)
	got := d.Proofs[0]
	require.Equal(t, "eddsa-jcs-2022", got.Suite())
	require.Equal(t, `"https://a.example"`, string(got.Context))
	require.Equal(t, alice.Method(), got.Method)
	require.Equal(t, []string{"then", "later", "c", "n"}, []string{got.Created, got.Expires, got.Challenge, got.Nonce})
	require.Equal(t, []string{"d"}, got.Domain)
	require.NoError(t, d.Verify(0, alice.Key(), nil))
	require.ErrorIs(t, d.Verify(0, personas.New("bob").Key(), nil), dataintegrity.ErrSignature)
	require.ErrorIs(t, d.Verify(0, personas.NewP256("bob").Key(), nil), dataintegrity.ErrKey)
	require.ErrorIs(t, d.Verify(0, did.Key{}, nil), dataintegrity.ErrKey)
}

func TestSignRefuses(t *testing.T) {
	alice := personas.New("alice")
	one := string(sign(t, content, assertion("urn:a:1"), alice))
	full := content
	for i := range dataintegrity.MaxProofs {
		full = string(sign(t, full, assertion(fmt.Sprintf("urn:a:%d", i)), alice))
	}
	bad := assertion("")
	bad.Challenge = "\xff"
	for name, c := range map[string]struct {
		doc  string
		p    dataintegrity.Proof
		want error
	}{
		"an unknown suite":      {content, dataintegrity.Proof{Cryptosuite: "x", Purpose: "p"}, dataintegrity.ErrSuite},
		"no suite":              {content, dataintegrity.Proof{Purpose: "p"}, dataintegrity.ErrSuite},
		"no purpose":            {content, dataintegrity.Proof{Cryptosuite: "eddsa-jcs-2022"}, dataintegrity.ErrForm},
		"another key's suite":   {content, dataintegrity.Proof{Cryptosuite: "ecdsa-jcs-2019", Purpose: "p"}, dataintegrity.ErrKey},
		"RDF without JSON-LD":   {content, dataintegrity.Proof{Cryptosuite: "eddsa-rdfc-2022", Purpose: "p"}, dataintegrity.ErrSuite},
		"an id that is there":   {one, assertion("urn:a:1"), dataintegrity.ErrForm},
		"no such previous":      {one, assertion("urn:a:2", "urn:a:3"), dataintegrity.ErrPrevious},
		"itself previous":       {one, assertion("urn:a:2", "urn:a:2"), dataintegrity.ErrPrevious},
		"one previous twice":    {one, assertion("urn:a:2", "urn:a:1", "urn:a:1"), dataintegrity.ErrForm},
		"what is not UTF-8":     {content, bad, dataintegrity.ErrForm},
		"a malformed proof":     {`{"a":1,"proof":{}}`, assertion(""), dataintegrity.ErrForm},
		"an empty set":          {`{"a":1,"proof":[]}`, assertion(""), dataintegrity.ErrForm},
		"what is not an object": {`[]`, assertion(""), strictjson.ErrShape},
		"what is not JSON":      {`{`, assertion(""), strictjson.ErrSyntax},
		"too many proofs":       {full, assertion("urn:a:x"), dataintegrity.ErrForm},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := dataintegrity.Sign([]byte(c.doc), 1<<16, c.p, alice, nil)
			require.ErrorIs(t, err, c.want)
			require.Nil(t, out)
		})
	}
	_, err := dataintegrity.Sign([]byte(content), 4, assertion(""), alice, nil)
	require.ErrorIs(t, err, strictjson.ErrSize)
	_, err = dataintegrity.Sign([]byte(content), 1<<16, assertion(""), nil, nil)
	require.Error(t, err)
}

// TestChain makes a set of two, a proof over both, and one over that; then takes
// parts away.
func TestChain(t *testing.T) {
	people := []*did.Signer{personas.New("alice"), personas.New("bob"), personas.New("carol"), personas.New("dave")}
	doc := content
	for i, p := range []dataintegrity.Proof{
		assertion("urn:a:1"), assertion("urn:a:2"), assertion("urn:a:3", "urn:a:2", "urn:a:1"), assertion("", "urn:a:3"),
	} {
		doc = string(sign(t, doc, p, people[i]))
	}
	check := func(doc string) (failed []int, err error) {
		d, err := dataintegrity.Parse([]byte(doc), 1<<16)
		if err != nil {
			return nil, err
		}
		require.True(t, d.Set)
		for i := range d.Proofs {
			for _, s := range people {
				if s.Method() == d.Proofs[i].Method && d.Verify(i, s.Key(), nil) != nil {
					failed = append(failed, i)
				}
			}
		}
		return failed, nil
	}
	failed, err := check(doc)
	require.NoError(t, err)
	require.Empty(t, failed)

	edit := func(edit func(proofs []map[string]any) any) (failed []int, err error) {
		var m map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(doc), &m))
		var proofs []map[string]any
		require.NoError(t, json.Unmarshal(m["proof"], &proofs))
		m["proof"], _ = json.Marshal(edit(proofs))
		out, err := json.Marshal(m)
		require.NoError(t, err)
		return check(string(out))
	}
	failed, err = edit(func(p []map[string]any) any { return []any{p[3], p[2], p[1], p[0]} })
	require.NoError(t, err, "a set has no order")
	require.Empty(t, failed)
	_, err = edit(func(p []map[string]any) any { return p[1:] })
	require.ErrorIs(t, err, dataintegrity.ErrPrevious)
	failed, err = edit(func(p []map[string]any) any {
		p[0]["created"] = "now"
		return p
	})
	require.NoError(t, err)
	require.Equal(t, []int{0, 2}, failed, "what is over the altered proof fails with it")
	failed, err = edit(func(p []map[string]any) any {
		delete(p[2], "previousProof")
		return p
	})
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, failed)
	failed, err = edit(func(p []map[string]any) any {
		p[2]["previousProof"] = []string{"urn:a:1", "urn:a:2"}
		return p
	})
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, failed, "the order of previousProof is signed")
	_, err = edit(func(p []map[string]any) any {
		p[0]["previousProof"] = "urn:a:3"
		return p
	})
	require.ErrorIs(t, err, dataintegrity.ErrPrevious, "a cycle")
	_, err = edit(func(p []map[string]any) any {
		p[0]["previousProof"] = "urn:a:1"
		return p
	})
	require.ErrorIs(t, err, dataintegrity.ErrPrevious, "a cycle of one")
	_, err = edit(func(p []map[string]any) any {
		p[1]["id"] = "urn:a:1"
		return p
	})
	require.ErrorIs(t, err, dataintegrity.ErrForm)
}

func TestParseRefuses(t *testing.T) {
	proof := func(members string) string {
		return `{"a":1,"proof":{"type":"DataIntegrityProof","cryptosuite":"x","verificationMethod":"m","proofPurpose":"p","proofValue":"z"` + members + `}}`
	}
	_, err := dataintegrity.Parse([]byte(proof("")), 1<<16)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		doc  string
		want error
	}{
		"no proof":                 {`{"a":1}`, dataintegrity.ErrMissing},
		"an array":                 {`[{"proof":{}}]`, strictjson.ErrShape},
		"a string":                 {`"proof"`, strictjson.ErrShape},
		"two proof members":        {`{"proof":{},"proof":{}}`, strictjson.ErrSyntax},
		"two spellings of proof":   {`{"proof":{},"\u0070roof":{}}`, strictjson.ErrSyntax},
		"a number beyond a double": {`{"a":1e999,"proof":{}}`, strictjson.ErrShape},
		"too many proofs":          {`{"proof":[` + strings.TrimSuffix(strings.Repeat(`{},`, 17), ",") + `]}`, dataintegrity.ErrForm},
		"an unknown member":        {proof(`,"x":1`), dataintegrity.ErrForm},
		"a member twice":           {proof(`,"type":"x"`), strictjson.ErrSyntax},
		"a cryptosuite of an older type": {
			`{"proof":{"type":"Ed25519Signature2020","cryptosuite":"x","verificationMethod":"m","proofPurpose":"p","proofValue":"z"}}`, dataintegrity.ErrForm,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dataintegrity.Parse([]byte(c.doc), 1<<16)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// TestTypeAndSuite names a suite by the wrong member.
func TestTypeAndSuite(t *testing.T) {
	for _, members := range []string{
		`"type":"DataIntegrityProof","cryptosuite":"Ed25519Signature2020"`, `"type":"eddsa-jcs-2022"`, `"type":"dataIntegrityProof"`,
	} {
		d, err := dataintegrity.Parse([]byte(`{"proof":{`+members+`,"verificationMethod":"m","proofPurpose":"p","proofValue":"z"}}`), 1<<16)
		require.NoError(t, err)
		require.ErrorIs(t, d.Verify(0, personas.New("alice").Key(), nil), dataintegrity.ErrSuite)
	}
}

// TestRDF hands in a stand-in for canonicalisation: what it is given, what it
// refuses.
func TestRDF(t *testing.T) {
	alice := personas.New("alice")
	var seen []string
	rdf := func(doc []byte, hash crypto.Hash) ([]byte, error) {
		require.Equal(t, crypto.SHA256, hash)
		seen = append(seen, string(doc))
		return doc, nil
	}
	p := dataintegrity.Proof{Cryptosuite: "Ed25519Signature2020", Purpose: "assertionMethod"}
	out, err := dataintegrity.Sign([]byte(content), 1<<16, p, alice, rdf)
	require.NoError(t, err)
	options := `{"@context":"https://a.example","proofPurpose":"assertionMethod","type":"Ed25519Signature2020","verificationMethod":"` + alice.Method() + `"}`
	require.Equal(t, []string{options, content}, seen)
	d, err := dataintegrity.Parse(out, 1<<16)
	require.NoError(t, err)
	require.Equal(t, "Ed25519Signature2020", d.Proofs[0].Suite())
	require.NoError(t, d.Verify(0, alice.Key(), rdf))
	require.ErrorIs(t, d.Verify(0, alice.Key(), nil), dataintegrity.ErrSuite)

	// A proof may bring its suite's context, and no other.
	for value, want := range map[string]struct {
		context string
		err     error
	}{
		`"https://a.example"`: {`"https://a.example"`, nil},
		`["https://w3id.org/security/suites/ed25519-2020/v1"]`: {
			`["https://a.example","https://w3id.org/security/suites/ed25519-2020/v1"]`, nil,
		},
		`"https://w3id.org/security/suites/ed25519-2020/v1"`: {
			`["https://a.example","https://w3id.org/security/suites/ed25519-2020/v1"]`, nil,
		},
		`"https://w3id.org/security/data-integrity/v2"`: {"", dataintegrity.ErrContext},
		`["https://a.example"]`:                         {"", dataintegrity.ErrContext},
		`[]`:                                            {"", dataintegrity.ErrContext},
		`null`:                                          {"", dataintegrity.ErrContext},
	} {
		brought := strings.Replace(string(out), `"proof":{`, `"proof":{"@context":`+value+`,`, 1)
		d, err := dataintegrity.Parse([]byte(brought), 1<<16)
		require.NoError(t, err)
		seen = nil
		err = d.Verify(0, alice.Key(), rdf)
		if want.err != nil {
			require.ErrorIs(t, err, want.err, value)
			continue
		}
		require.Contains(t, seen[0], `"@context":`+want.context+`,`)
	}

	refuse := func([]byte, crypto.Hash) ([]byte, error) { return nil, strictjson.ErrShape }
	require.ErrorIs(t, d.Verify(0, alice.Key(), refuse), strictjson.ErrShape)
	_, err = dataintegrity.Sign([]byte(content), 1<<16, p, alice, refuse)
	require.ErrorIs(t, err, strictjson.ErrShape)
}

// TestStatementsAreMadeOnce: what a set of proofs is over is canonicalised once for
// each hash, however many they are, and what chained ones are over each time.
func TestStatementsAreMadeOnce(t *testing.T) {
	docs := 0
	rdf := func(doc []byte, hash crypto.Hash) ([]byte, error) {
		if bytes.Contains(doc, []byte(`"a":1`)) {
			docs++
		}
		return append([]byte(hash.String()), doc...), nil
	}
	small, large := personas.New("alice"), personas.NewP256("alice")
	seed := bytes.Repeat([]byte{7}, 48)
	third, err := did.NewSignerFromSeed(did.P384, seed)
	require.NoError(t, err)
	doc := []byte(content)
	for i, s := range []*did.Signer{small, large, third, small, small} {
		p := dataintegrity.Proof{Cryptosuite: "ecdsa-rdfc-2019", Purpose: "p", ID: fmt.Sprintf("urn:a:%d", i)}
		if s == small {
			p.Cryptosuite = "eddsa-rdfc-2022"
		}
		if i == 4 {
			p.Previous = []string{"urn:a:0"}
		}
		doc, err = dataintegrity.Sign(doc, 1<<16, p, s, rdf)
		require.NoError(t, err)
	}
	d, err := dataintegrity.Parse(doc, 1<<16)
	require.NoError(t, err)
	docs = 0
	for i, s := range []*did.Signer{small, large, third, small, small} {
		require.NoError(t, d.Verify(i, s.Key(), rdf))
	}
	require.Equal(t, 3, docs, "SHA-256, SHA-384, and the chained one")
}

func TestContext(t *testing.T) {
	context, ok := dataintegrity.Context("Ed25519Signature2020")
	require.True(t, ok)
	require.Equal(t, "https://w3id.org/security/suites/ed25519-2020/v1", context)
	_, ok = dataintegrity.Context("DataIntegrityProof")
	require.False(t, ok)
}
