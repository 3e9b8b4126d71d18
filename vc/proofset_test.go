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

func added(t testing.TB, data []byte, s *did.Signer, opts vc.SignOptions) []byte {
	t.Helper()
	out, err := vc.AddProof(data, s, opts)
	require.NoError(t, err)
	return out
}

// chainOf is a credential by alice with a proof of bob's beside hers, and one of
// carol's over both.
func chainOf(t testing.TB) []byte {
	data := signed(t, sample(), personas.New("alice"), vc.SignOptions{Format: vc.EdDSAJCS, ProofID: "urn:x:alice"})
	data = added(t, data, personas.NewP256("bob"), vc.SignOptions{Format: vc.ECDSAJCS, ProofID: "urn:x:bob"})
	return added(t, data, newP384(), vc.SignOptions{Format: vc.ECDSAJCS, Previous: []string{"urn:x:alice", "urn:x:bob"}})
}

func TestProofSetsAndChains(t *testing.T) {
	alice := personas.New("alice")
	data := chainOf(t)
	v, err := verify(data, alice)
	require.NoError(t, err)
	require.Equal(t, alice.DID(), v.Proof().Signer)
	require.Len(t, v.Proofs(), 3)
	require.Equal(t, personas.NewP256("bob").DID(), v.Proofs()[1].Signer)
	require.Equal(t, []string{"urn:x:alice", "urn:x:bob"}, v.Proofs()[2].Previous)

	proofs := func(edit func(p []any) any) func(map[string]any) {
		return func(doc map[string]any) { doc["proof"] = edit(doc["proof"].([]any)) }
	}
	set := func(i int, name string, value any) func(map[string]any) {
		return proofs(func(p []any) any {
			p[i].(map[string]any)[name] = value
			return p
		})
	}
	mallory := personas.New("mallory")
	for name, c := range map[string]struct {
		edit func(doc map[string]any)
		want error
	}{
		"the issuer's alone":             {proofs(func(p []any) any { return p[:1] }), nil},
		"the issuer's as an object":      {proofs(func(p []any) any { return p[0] }), nil},
		"a set without the chain":        {proofs(func(p []any) any { return p[:2] }), nil},
		"another order":                  {proofs(func(p []any) any { return []any{p[2], p[1], p[0]} }), nil},
		"without the issuer's":           {proofs(func(p []any) any { return p[1:2] }), vc.ErrIssuer},
		"without one that is named":      {proofs(func(p []any) any { return []any{p[0], p[2]} }), vc.ErrProof},
		"without both":                   {proofs(func(p []any) any { return p[2:] }), vc.ErrProof},
		"one proof broken":               {set(1, "proofValue", "z"+strings.Repeat("2", 87)), vc.ErrSignature},
		"the chained one broken":         {set(2, "created", "2026-11-24T12:00:00Z"), vc.ErrSignature},
		"an earlier one altered":         {set(0, "created", "2026-11-24T12:00:00Z"), vc.ErrSignature},
		"one of an unknown suite":        {set(1, "cryptosuite", "x"), vc.ErrFormat},
		"one for another purpose":        {set(1, "proofPurpose", "authentication"), vc.ErrPurpose},
		"one by another's method":        {set(1, "verificationMethod", mallory.Method()), vc.ErrAlg},
		"one that expired":               {set(1, "expires", "2026-11-24T11:00:00Z"), vc.ErrSignature},
		"an id twice":                    {set(1, "id", "urn:x:alice"), vc.ErrProof},
		"a cycle":                        {set(0, "previousProof", "urn:x:alice"), vc.ErrProof},
		"a null in the set":              {proofs(func(p []any) any { return append(p, nil) }), vc.ErrProof},
		"seventeen":                      {proofs(func(p []any) any { return seventeen(p[0]) }), vc.ErrProof},
		"previousProof of another order": {set(2, "previousProof", []any{"urn:x:bob", "urn:x:alice"}), vc.ErrSignature},
		"previousProof shorter":          {set(2, "previousProof", "urn:x:alice"), vc.ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verify(with(t, data, c.edit), alice)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func seventeen(proof any) (out []any) {
	for i := range 17 {
		p := map[string]any{}
		for k, v := range proof.(map[string]any) {
			p[k] = v
		}
		p["id"] = "urn:x:" + strings.Repeat("y", i+1)
		out = append(out, p)
	}
	return out
}

// TestEveryProofIsJudged gives a set one proof that has ended, or is to come.
func TestEveryProofIsJudged(t *testing.T) {
	alice, bob := personas.New("alice"), personas.New("bob")
	data := signed(t, sample(), alice, vc.SignOptions{Format: vc.EdDSAJCS})
	ended := added(t, data, bob, vc.SignOptions{Format: vc.EdDSAJCS, Expires: noon})
	_, err := verify(ended, alice)
	require.ErrorIs(t, err, vc.ErrExpired)
	_, err = vc.VerifyProof(context.Background(), ended, vc.VerifyOptions{Now: noon})
	require.ErrorIs(t, err, vc.ErrExpired)
	_, err = vc.VerifyProof(context.Background(), ended, vc.VerifyOptions{Now: noon.Add(-time.Second)})
	require.NoError(t, err)

	toCome := added(t, data, bob, vc.SignOptions{Format: vc.EdDSAJCS, Created: noon.Add(time.Second)})
	_, err = verify(toCome, alice)
	require.ErrorIs(t, err, vc.ErrNotYetValid)
	_, err = vc.Verify(context.Background(), toCome, vc.VerifyOptions{AnyIssuer: true, Now: noon, Skew: time.Second})
	require.NoError(t, err)

	opts := vc.VerifyOptions{AnyIssuer: true, IgnoreTime: true}
	v, err := vc.Verify(context.Background(), ended, opts)
	require.NoError(t, err)
	require.Equal(t, noon, v.Expires(), "who judges the time later has the proofs' ends")
	v, err = vc.Verify(context.Background(), data, opts)
	require.NoError(t, err)
	require.Equal(t, noon.Add(time.Hour), v.Expires())
	v, err = vc.Verify(context.Background(), signed(t, vc.Credential{Subject: sample().Subject}, alice, vc.SignOptions{}), opts)
	require.NoError(t, err)
	require.Zero(t, v.Expires())
}

func TestProofsOfOneIssuer(t *testing.T) {
	alice := personas.New("alice")
	web, err := did.Parse("did:web:alice.example")
	require.NoError(t, err)
	one, err := alice.As(web, "one")
	require.NoError(t, err)
	two, err := personas.NewP256("alice").As(web, "two")
	require.NoError(t, err)
	data := signed(t, sample(), one, vc.SignOptions{Format: vc.EdDSAJCS})
	data = added(t, data, two, vc.SignOptions{Format: vc.ECDSAJCS})
	doc := &did.Document{
		ID: web,
		Methods: []did.VerificationMethod{
			{ID: one.Method(), Controller: web, Key: one.Key()}, {ID: two.Method(), Controller: web, Key: two.Key()},
		},
		Uses: map[did.Relationship][]string{did.AssertionMethod: {one.Method(), two.Method()}},
	}
	opts := vc.VerifyOptions{Issuers: []did.DID{web}, Resolver: fixed{doc}, Now: noon}
	v, err := vc.Verify(context.Background(), data, opts)
	require.NoError(t, err)
	require.Equal(t, one.Method(), v.Proof().Method)
	require.Len(t, v.Proofs(), 2)

	doc.Uses[did.AssertionMethod] = []string{one.Method()}
	doc.Uses[did.Authentication] = []string{two.Method()}
	_, err = vc.Verify(context.Background(), data, opts)
	require.ErrorIs(t, err, vc.ErrKey, "the document gives the second key no assertionMethod")
	require.ErrorIs(t, err, did.ErrNotFound)
	opts.Resolver = nil
	_, err = vc.Verify(context.Background(), data, opts)
	require.ErrorIs(t, err, vc.ErrKey)
}

// fixed resolves one DID.
type fixed struct{ doc *did.Document }

func (f fixed) Resolve(context.Context, did.DID) (*did.Document, error) { return f.doc, nil }

func TestAddProofRefuses(t *testing.T) {
	alice := personas.New("alice")
	data := signed(t, sample(), alice, vc.SignOptions{Format: vc.EdDSAJCS, ProofID: "urn:x:1"})
	jcs := vc.SignOptions{Format: vc.EdDSAJCS}
	for name, c := range map[string]struct {
		data string
		opts vc.SignOptions
		want error
	}{
		"no format":              {string(data), vc.SignOptions{}, vc.ErrFormat},
		"a JWT":                  {string(data), vc.SignOptions{Format: vc.JWT}, vc.ErrFormat},
		"another key's format":   {string(data), vc.SignOptions{Format: vc.ECDSAJCS}, vc.ErrAlg},
		"an id that is there":    {string(data), vc.SignOptions{Format: vc.EdDSAJCS, ProofID: "urn:x:1"}, vc.ErrProof},
		"an id that is no URL":   {string(data), vc.SignOptions{Format: vc.EdDSAJCS, ProofID: "1"}, vc.ErrProof},
		"no such previous proof": {string(data), vc.SignOptions{Format: vc.EdDSAJCS, Previous: []string{"urn:x:2"}}, vc.ErrProof},
		"an end before the start": {
			string(data), vc.SignOptions{Format: vc.EdDSAJCS, Created: noon, Expires: noon}, vc.ErrTime,
		},
		"a null proof":       {`{"proof":null,` + string(with(t, data, func(d map[string]any) { delete(d, "proof") }))[1:], jcs, vc.ErrProof},
		"an empty set":       {string(with(t, data, func(d map[string]any) { d["proof"] = []any{} })), jcs, vc.ErrProof},
		"no credential":      {`{"a":1}`, jcs, vc.ErrContext},
		"a presentation":     {`{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiablePresentation"}`, jcs, vc.ErrType},
		"no JSON":            {`x`, jcs, vc.ErrMalformed},
		"an array":           {`[]`, jcs, vc.ErrModel},
		"something too long": {strings.Repeat(" ", vc.MaxBytes) + string(data), jcs, vc.ErrSize},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := vc.AddProof([]byte(c.data), alice, c.opts)
			require.ErrorIs(t, err, c.want)
			require.Nil(t, out)
		})
	}
	_, err := vc.AddProof(data, nil, jcs)
	require.ErrorIs(t, err, vc.ErrKey)

	big := sample()
	big.Subject[0].Claims = json.RawMessage(`{"a":"` + strings.Repeat("x", vc.MaxBytes-700) + `"}`)
	_, err = vc.Sign(big, alice, jcs)
	require.ErrorIs(t, err, vc.ErrSize, "what is too large with its proof is not signed")
}

// TestContextOfTheProof: the terms of a proof are defined where the base context
// does not define them, once.
func TestContextOfTheProof(t *testing.T) {
	alice := personas.New("alice")
	const di = "https://w3id.org/security/data-integrity/v2"
	c := sample()
	c.Context = []string{vc.ContextV1}
	v, err := verify(signed(t, c, alice, vc.SignOptions{Format: vc.EdDSAJCS}), alice)
	require.NoError(t, err)
	require.Equal(t, []string{vc.ContextV1, di}, v.Credential().Context)

	c.Context = []string{vc.ContextV1, di}
	data := signed(t, c, alice, vc.SignOptions{Format: vc.EdDSAJCS})
	v, err = verify(data, alice)
	require.NoError(t, err)
	require.Equal(t, c.Context, v.Credential().Context)
	v, err = verify(added(t, data, personas.New("bob"), vc.SignOptions{Format: vc.EdDSAJCS}), alice)
	require.NoError(t, err)
	require.Equal(t, c.Context, v.Credential().Context, "what is signed does not change")

	v, err = verify(signed(t, sample(), alice, vc.SignOptions{Format: vc.EdDSAJCS}), alice)
	require.NoError(t, err)
	require.Equal(t, []string{vc.ContextV2}, v.Credential().Context)
}

func TestSignOptionsFit(t *testing.T) {
	alice := personas.New("alice")
	for _, opts := range []vc.SignOptions{{Created: noon}, {Expires: noon}, {ProofID: "urn:x:y"}, {Previous: []string{"urn:x:y"}}} {
		_, err := vc.Sign(sample(), alice, opts)
		require.ErrorIs(t, err, vc.ErrOptions)
	}
	c := sample()
	c.Issuer = personas.New("bob").DID()
	_, err := vc.Sign(c, alice, vc.SignOptions{Format: vc.EdDSAJCS})
	require.ErrorIs(t, err, vc.ErrIssuer)
	c = sample()
	c.Subject = nil
	_, err = vc.Sign(c, alice, vc.SignOptions{Format: vc.EdDSAJCS})
	require.ErrorIs(t, err, vc.ErrModel)
	c.Subject = []vc.Subject{{Claims: json.RawMessage(`{`)}}
	_, err = vc.Sign(c, alice, vc.SignOptions{Format: vc.EdDSAJCS})
	require.ErrorIs(t, err, vc.ErrModel)
}
