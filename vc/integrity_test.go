package vc_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// embedded are the formats of embedded proofs, each with a signer that can make
// them.
var embedded = []struct {
	name   string
	format vc.Format
	signer *did.Signer
}{
	{"eddsa-jcs-2022", vc.EdDSAJCS, personas.New("alice")},
	{"ecdsa-jcs-2019 P-256", vc.ECDSAJCS, personas.NewP256("alice")},
	{"ecdsa-jcs-2019 P-384", vc.ECDSAJCS, newP384()},
	{"eddsa-rdfc-2022", vc.EdDSARDFC, personas.New("alice")},
	{"ecdsa-rdfc-2019 P-256", vc.ECDSARDFC, personas.NewP256("alice")},
	{"ecdsa-rdfc-2019 P-384", vc.ECDSARDFC, newP384()},
	{"Ed25519Signature2020", vc.Ed25519Signature2020, personas.New("alice")},
}

func newP384() *did.Signer {
	s, err := did.NewSignerFromSeed(did.P384, []byte(strings.Repeat("k", 48)))
	if err != nil {
		panic(err)
	}
	return s
}

func sample() vc.Credential {
	return vc.Credential{
		ID: "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33", ValidFrom: noon, ValidUntil: noon.Add(time.Hour),
		Subject: []vc.Subject{{ID: "did:example:abc", Claims: json.RawMessage(`{"name":"Abc"}`)}},
	}
}

func signed(t testing.TB, c vc.Credential, s *did.Signer, opts vc.SignOptions) []byte {
	t.Helper()
	data, err := vc.Sign(c, s, opts)
	require.NoError(t, err)
	return []byte(data)
}

func verify(data []byte, s *did.Signer) (*vc.Verified, error) {
	return vc.Verify(context.Background(), data, vc.VerifyOptions{Issuers: []did.DID{s.DID()}, Now: noon})
}

func TestEmbeddedProofs(t *testing.T) {
	for _, e := range embedded {
		t.Run(e.name, func(t *testing.T) {
			opts := vc.SignOptions{
				Format: e.format, Created: noon, Expires: noon.Add(time.Minute), ProofID: "urn:uuid:1",
			}
			data := signed(t, sample(), e.signer, opts)
			v, err := verify(data, e.signer)
			require.NoError(t, err)
			require.Equal(t, e.signer.DID(), v.Issuer())
			want := sample()
			require.Equal(t, want.Subject[0].ID, v.Credential().Subject[0].ID)
			p := v.Proof()
			require.Equal(t, e.format, p.Format)
			require.Equal(t, e.signer.Method(), p.Method)
			require.Equal(t, e.signer.DID(), p.Signer)
			require.Equal(t, e.signer.Key().Multibase(), p.Key.Multibase())
			require.Equal(t, "urn:uuid:1", p.ID)
			require.Equal(t, noon, p.Created)
			require.Equal(t, noon.Add(time.Minute), p.Expires)
			require.Equal(t, noon.Add(time.Minute), v.Expires())
			require.Equal(t, []vc.Proof{p}, v.Proofs())

			proof, err := vc.VerifyProof(context.Background(), data, vc.VerifyOptions{Now: noon})
			require.NoError(t, err)
			require.Equal(t, p, *proof)
		})
	}
}

// TestProofTwice: a set that has one proof twice says nothing new, and the official
// suites want it verified. With an id it would name two proofs.
func TestProofTwice(t *testing.T) {
	alice := personas.New("alice")
	twice := func(d map[string]any) { d["proof"] = []any{d["proof"], d["proof"]} }
	v, err := verify(with(t, signed(t, sample(), alice, vc.SignOptions{Format: vc.EdDSAJCS}), twice), alice)
	require.NoError(t, err)
	require.Len(t, v.Proofs(), 2)
	_, err = verify(with(t, signed(t, sample(), alice, vc.SignOptions{Format: vc.EdDSAJCS, ProofID: "urn:x:y"}), twice), alice)
	require.ErrorIs(t, err, vc.ErrProof)
}

// TestOneDocumentOneDigest spells a document in another way: the digest is that
// of its RFC 8785 form, and what is signed is named without the proof.
func TestOneDocumentOneDigest(t *testing.T) {
	alice := personas.New("alice")
	data := signed(t, sample(), alice, vc.SignOptions{Format: vc.EdDSAJCS})
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &members))
	spelled, err := json.MarshalIndent(members, " ", "\t")
	require.NoError(t, err)
	spelled = []byte(strings.ReplaceAll(" \n"+string(spelled), "Abc", `\u0041bc`))
	require.NotEqual(t, data, spelled)
	one, err := verify(data, alice)
	require.NoError(t, err)
	two, err := verify(spelled, alice)
	require.NoError(t, err)
	require.Equal(t, one.Digest(), two.Digest())
	require.Equal(t, one.Content(), two.Content())
	require.NotEqual(t, one.Digest(), one.Content())

	again := signed(t, sample(), alice, vc.SignOptions{Format: vc.EdDSAJCS, Created: noon})
	three, err := verify(again, alice)
	require.NoError(t, err)
	require.Equal(t, one.Content(), three.Content(), "another proof of the same content")
	require.NotEqual(t, one.Digest(), three.Digest())
}

// with returns a document with one change made by edit.
func with(t testing.TB, data []byte, edit func(doc map[string]any)) []byte {
	t.Helper()
	var doc map[string]any
	require.NoError(t, json.Unmarshal(data, &doc))
	edit(doc)
	out, err := json.Marshal(doc)
	require.NoError(t, err)
	return out
}

func TestAlteredProofsAreRefused(t *testing.T) {
	alice, mallory := personas.New("alice"), personas.New("mallory")
	proof := func(edit func(p map[string]any)) func(map[string]any) {
		return func(doc map[string]any) { edit(doc["proof"].(map[string]any)) }
	}
	set := func(name string, value any) func(map[string]any) {
		return proof(func(p map[string]any) { p[name] = value })
	}
	drop := func(name string) func(map[string]any) {
		return proof(func(p map[string]any) { delete(p, name) })
	}
	other := signed(t, vc.Credential{Subject: []vc.Subject{{Claims: json.RawMessage(`{"a":1}`)}}}, alice, vc.SignOptions{Format: vc.EdDSAJCS})
	for _, e := range embedded {
		good := signed(t, sample(), e.signer, vc.SignOptions{Format: e.format, Created: noon})
		value := valueOf(t, good)
		rdf := !strings.Contains(string(e.format), "jcs")
		// either is the error of a suite that signs JSON, and of one that signs RDF.
		either := func(json, linked error) error {
			if rdf {
				return linked
			}
			return json
		}
		for name, c := range map[string]struct {
			edit func(doc map[string]any)
			want error
		}{
			"a claim":      {func(d map[string]any) { d["credentialSubject"].(map[string]any)["name"] = "Eve" }, vc.ErrSignature},
			"a new member": {func(d map[string]any) { d["extra"] = 1 }, either(vc.ErrSignature, vc.ErrJSONLD)},
			"a new type":   {func(d map[string]any) { d["type"] = append(d["type"].([]any), "X") }, either(vc.ErrSignature, vc.ErrJSONLD)},
			"the end gone": {func(d map[string]any) { delete(d, "validUntil") }, vc.ErrSignature},
			"the issuer":   {func(d map[string]any) { d["issuer"] = mallory.DID().String() }, vc.ErrSignature},
			"a context appended": {func(d map[string]any) {
				d["@context"] = append(d["@context"].([]any), "https://evil.example/v1")
			}, vc.ErrContext},
			"an inline context appended": {func(d map[string]any) {
				d["@context"] = append(d["@context"].([]any), map[string]any{"pay": "https://evil.example/pay"})
				d["pay"] = "mallory"
			}, either(vc.ErrContext, vc.ErrSignature)},
			"an inline context that redefines": {func(d map[string]any) {
				d["@context"] = append(d["@context"].([]any), map[string]any{"digestSRI": "https://evil.example/pay"})
			}, vc.ErrContext},
			"a context appended, none in the proof": {func(d map[string]any) {
				d["@context"] = append(d["@context"].([]any), "https://evil.example/v1")
				delete(d["proof"].(map[string]any), "@context")
			}, either(vc.ErrSignature, vc.ErrContext)},
			"another context in the proof": {set("@context", "https://evil.example/v1"), vc.ErrContext},
			"a null context in the proof":  {set("@context", nil), vc.ErrContext},
			"no proof":                     {func(d map[string]any) { delete(d, "proof") }, vc.ErrFormat},
			"a null proof":                 {func(d map[string]any) { d["proof"] = nil }, vc.ErrProof},
			"an empty array":               {func(d map[string]any) { d["proof"] = []any{} }, vc.ErrProof},
			"an array with null":           {func(d map[string]any) { d["proof"] = []any{nil} }, vc.ErrProof},
			"a string":                     {func(d map[string]any) { d["proof"] = "x" }, vc.ErrProof},
			"an empty object":              {func(d map[string]any) { d["proof"] = map[string]any{} }, vc.ErrProof},
			"an array in an array":         {func(d map[string]any) { d["proof"] = []any{[]any{d["proof"]}} }, vc.ErrProof},
			"Proof beside it":              {func(d map[string]any) { d["Proof"] = d["proof"] }, vc.ErrModel},
			"proof in the proof":           {set("proof", map[string]any{}), vc.ErrProof},
			"an unknown member":            {set("note", "x"), vc.ErrProof},
			"jws":                          {set("jws", "x"), vc.ErrProof},
			"a folded member":              {set("Expires", "2026-01-01T00:00:00Z"), vc.ErrProof},
			"@type beside type":            {set("@type", "DataIntegrityProof"), vc.ErrProof},
			"no type":                      {drop("type"), vc.ErrProof},
			"@base": {func(d map[string]any) {
				d["@context"] = append(d["@context"].([]any), map[string]any{"@base": "https://a.example/"})
			}, vc.ErrContext},
			"@vocab": {func(d map[string]any) {
				d["@context"] = append(d["@context"].([]any), map[string]any{"@vocab": "https://a.example/"})
			}, vc.ErrContext},
			"a relative type":               {func(d map[string]any) { d["type"] = append(d["type"].([]any), "../x") }, either(vc.ErrSignature, vc.ErrJSONLD)},
			"a prototype term":              {func(d map[string]any) { d["__proto__"] = map[string]any{"a": 1} }, either(vc.ErrSignature, vc.ErrJSONLD)},
			"another prototype term":        {func(d map[string]any) { d["constructor"] = "x" }, either(vc.ErrSignature, vc.ErrJSONLD)},
			"a null member":                 {func(d map[string]any) { d["name"] = nil }, nil},
			"an empty member":               {func(d map[string]any) { d["evidence"] = []any{} }, nil},
			"@graph":                        {func(d map[string]any) { d["@graph"] = []any{} }, either(vc.ErrSignature, vc.ErrJSONLD)},
			"@id beside id":                 {func(d map[string]any) { d["@id"] = d["id"] }, either(vc.ErrSignature, vc.ErrJSONLD)},
			"@type beside type, above":      {func(d map[string]any) { d["@type"] = "VerifiableCredential" }, either(vc.ErrSignature, vc.ErrJSONLD)},
			"type in an array":              {set("type", []any{"DataIntegrityProof"}), vc.ErrProof},
			"another type":                  {set("type", "Ed25519Signature2018"), nil},
			"no cryptosuite":                {drop("cryptosuite"), vc.ErrProof},
			"an unknown cryptosuite":        {set("cryptosuite", "eddsa-jcs-2023"), vc.ErrFormat},
			"a type as cryptosuite":         {set("cryptosuite", "Ed25519Signature2020"), vc.ErrFormat},
			"a suite that is out of scope":  {set("cryptosuite", "bbs-2023"), vc.ErrFormat},
			"no method":                     {drop("verificationMethod"), vc.ErrProof},
			"a method without fragment":     {set("verificationMethod", e.signer.DID().String()), vc.ErrKey},
			"a method that is a URL":        {set("verificationMethod", "https://a.example/#k"), vc.ErrKey},
			"a method that is an object":    {set("verificationMethod", map[string]any{"id": e.signer.Method()}), vc.ErrProof},
			"another's method":              {set("verificationMethod", mallory.Method()), nil},
			"the right key, a wrong method": {set("verificationMethod", e.signer.Method()+"x"), vc.ErrKey},
			"no purpose":                    {drop("proofPurpose"), vc.ErrProof},
			"another purpose":               {set("proofPurpose", "authentication"), vc.ErrPurpose},
			"a purpose that is none":        {set("proofPurpose", "AssertionMethod"), vc.ErrPurpose},
			"created":                       {set("created", "2026-11-24T12:00:01Z"), vc.ErrSignature},
			"created gone":                  {drop("created"), vc.ErrSignature},
			"created is no time":            {set("created", "yesterday"), vc.ErrTime},
			"created without zone":          {set("created", "2026-11-24T12:00:00"), vc.ErrTime},
			"created is empty":              {set("created", ""), vc.ErrProof},
			"created is null":               {set("created", nil), vc.ErrProof},
			"expires before created":        {set("expires", "2026-11-24T11:00:00Z"), vc.ErrTime},
			"expires added":                 {set("expires", "2027-11-24T11:00:00Z"), vc.ErrSignature},
			"an id that is no URL":          {set("id", "x"), vc.ErrProof},
			"an id":                         {set("id", "urn:x:y"), vc.ErrSignature},
			"previousProof of nothing":      {set("previousProof", "urn:x:y"), vc.ErrProof},
			"previousProof is empty":        {set("previousProof", []any{}), vc.ErrProof},
			"a challenge":                   {set("challenge", "x"), vc.ErrSignature},
			"a domain":                      {set("domain", []any{"x"}), vc.ErrSignature},
			"a domain twice":                {set("domain", []any{"x", "x"}), vc.ErrProof},
			"a domain that is a number":     {set("domain", 1), vc.ErrProof},
			"no value":                      {drop("proofValue"), vc.ErrProof},
			"a null value":                  {set("proofValue", nil), vc.ErrProof},
			"an empty value":                {set("proofValue", ""), vc.ErrSignature},
			"a value without base":          {set("proofValue", value[1:]), vc.ErrSignature},
			"a value in base64url":          {set("proofValue", "u"+value[1:]), vc.ErrSignature},
			"a value that is short":         {set("proofValue", value[:len(value)-1]), vc.ErrSignature},
			"a value that is long":          {set("proofValue", value+"1"), vc.ErrSignature},
			"a value with a leading zero":   {set("proofValue", "z1"+value[1:]), vc.ErrSignature},
			"a value that is huge":          {set("proofValue", "z"+strings.Repeat("2", 100_000)), vc.ErrSignature},
			"a value with a space":          {set("proofValue", value+" "), vc.ErrSignature},
			"another document's proof": {func(d map[string]any) {
				var o map[string]any
				require.NoError(t, json.Unmarshal(other, &o))
				d["proof"] = o["proof"]
			}, nil},
		} {
			if strings.Contains(name, "suite") && e.format == vc.Ed25519Signature2020 {
				continue // it names none
			}
			t.Run(e.name+": "+name, func(t *testing.T) {
				v, err := verify(with(t, good, c.edit), e.signer)
				require.Error(t, err)
				if c.want != nil {
					require.ErrorIs(t, err, c.want)
				}
				require.Nil(t, v)
			})
		}
	}
}

// valueOf returns the proofValue of a document with one proof.
func valueOf(t testing.TB, data []byte) string {
	var doc struct{ Proof struct{ ProofValue string } }
	require.NoError(t, json.Unmarshal(data, &doc))
	return doc.Proof.ProofValue
}
