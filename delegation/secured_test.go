package delegation_test

import (
	"context"
	"crypto/elliptic"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/packed"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

var erika, fred = personas.NewP256("erika"), personas.NewP256("fred")

// jcs is the Data Integrity format that goes with a key.
func jcs(s *did.Signer) vc.Format {
	if s.Key().Type() == did.P256 {
		return vc.ECDSAJCS
	}
	return vc.EdDSAJCS
}

// secured issues a chain that goes from one of the people to the next; document
// tells which links are documents.
func securedChain(tb testing.TB, document func(i int) bool, people ...*did.Signer) delegation.Chain {
	var c delegation.Chain
	for i := range len(people) - 1 {
		terms := rootTerms()
		terms.Depth = len(people) - 2 - i
		is := delegation.Issue{
			Task: delegation.Task{ID: "urn:example:task"}, ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour),
		}
		if document(i) {
			is.Format = jcs(people[i])
		}
		var err error
		if i == 0 {
			is.Status = entry("7")
			c, err = delegation.Root(people[i], people[i+1].DID(), authority(tb, terms), is)
		} else {
			c, err = c.Extend(people[i], people[i+1].DID(), authority(tb, terms), is)
		}
		require.NoError(tb, err)
	}
	return c
}

// TestMixedChains mixes both formats and both kinds of keys, in every order.
func TestMixedChains(t *testing.T) {
	people := [][]*did.Signer{
		{alice, bob, carol, dave}, {alice, erika, bob, fred}, {erika, alice, fred, dave}, {erika, fred, erika, fred},
	}
	for p, who := range people {
		for mix := range 8 {
			t.Run(fmt.Sprintf("people %d mix %03b", p, mix), func(t *testing.T) {
				w := newScene(t)
				c := config(w)
				c.Anchors[0].DID = who[0].DID()
				v, err := delegation.NewVerifier(c)
				require.NoError(t, err)
				w.verifier = v
				w.chain = securedChain(t, func(i int) bool { return mix>>i&1 == 1 }, who...)
				w.holder, err = delegation.NewHolder(who[3], w.chain)
				require.NoError(t, err)
				_, err = w.verify(read)
				require.NoError(t, err)
				_, err = w.present().Verify(context.Background(), nil, nothing, read) // kept
				require.NoError(t, err)

				text, err := w.chain.Pack()
				require.NoError(t, err)
				again := parseChain(t, []byte(text))
				require.Equal(t, w.chain.Digest(), again.Digest())
				repacked, err := again.Pack()
				require.NoError(t, err)
				require.Equal(t, text, repacked)
				_, err = w.verifier.VerifyChain(context.Background(), []byte(text))
				require.NoError(t, err)
			})
		}
	}
}

// documents is a chain of documents alone, alice -> bob -> erika, as its elements.
func documents(tb testing.TB) []json.RawMessage {
	data, err := securedChain(tb, func(int) bool { return true }, alice, bob, erika).MarshalJSON()
	require.NoError(tb, err)
	var raws []json.RawMessage
	require.NoError(tb, json.Unmarshal(data, &raws))
	return raws
}

// Every spelling of a document is one link: what is digested is its canonical form.
func TestDocumentsInOtherSpellings(t *testing.T) {
	w := newScene(t)
	raws := documents(t)
	want, err := w.verifier.VerifyChain(context.Background(), mustJSON(t, raws))
	require.NoError(t, err)
	var v any
	require.NoError(t, json.Unmarshal(raws[1], &v))
	indented, err := json.MarshalIndent([]any{raws[0], v}, " ", "\t")
	require.NoError(t, err)
	escaped := strings.Replace(string(indented), "urn:example:task", `urn:ex\u0061mple:task`, 1)
	for range 2 {
		got, err := w.verifier.VerifyChain(context.Background(), []byte(escaped))
		require.NoError(t, err)
		require.Equal(t, want.Chain().Digest(), got.Chain().Digest())
	}
	// A number has one spelling, in documents too.
	last := string(raws[0])
	require.Contains(t, last, `"depth":1,`)
	for _, number := range []string{"1.0", "1e0", "0.1e1", "-0", "1.2"} {
		_, err := w.verifier.VerifyChain(context.Background(), []byte("["+strings.Replace(last, `"depth":1,`, `"depth":`+number+`,`, 1)+"]"))
		refused(t, err, delegation.ErrLink, 0)
	}
	// But it is packed in one.
	text, err := packed.Pack([]string{string(raws[0]), " " + string(raws[1])})
	require.Error(t, err)
	require.Empty(t, text)
	text, err = packed.Pack([]string{string(raws[0]), strings.Replace(string(raws[1]), "{", "{ ", 1)})
	require.NoError(t, err)
	_, err = w.verifier.VerifyChain(context.Background(), []byte(text))
	refused(t, err, delegation.ErrChain, -1)
	// And the text of an object in a string is no link.
	_, err = w.verifier.VerifyChain(context.Background(), mustJSON(t, []any{string(raws[0])}))
	refused(t, err, delegation.ErrLink, 0)
}

func mustJSON(tb testing.TB, v any) []byte {
	data, err := json.Marshal(v)
	require.NoError(tb, err)
	return data
}

// resealed is link 1 of documents, signed again by bob with another proof.
func resealed(tb testing.TB, raw json.RawMessage, signer *did.Signer, p dataintegrity.Proof, change func(doc map[string]any)) map[string]any {
	var doc map[string]any
	require.NoError(tb, json.Unmarshal(raw, &doc))
	delete(doc, "proof")
	change(doc)
	signed, err := dataintegrity.Sign(mustJSON(tb, doc), 1<<20, p, signer, nil)
	require.NoError(tb, err)
	var out map[string]any
	require.NoError(tb, json.Unmarshal(signed, &out))
	return out
}

func TestDocumentLinks(t *testing.T) {
	good := dataintegrity.Proof{Cryptosuite: "eddsa-jcs-2022", Purpose: "assertionMethod"}
	with := func(change func(p *dataintegrity.Proof)) dataintegrity.Proof {
		p := good
		change(&p)
		return p
	}
	none := func(map[string]any) {}
	for name, tt := range map[string]struct {
		proof  dataintegrity.Proof // what is signed
		sign   func(doc map[string]any)
		change func(doc, proof map[string]any) // afterwards
		rule   delegation.Rule                 // 0: accepted
	}{
		"as it is":             {good, none, func(_, _ map[string]any) {}, 0},
		"created":              {with(func(p *dataintegrity.Proof) { p.Created = "2026-11-23T11:59:00Z" }), none, nil, 0},
		"created, a fraction":  {with(func(p *dataintegrity.Proof) { p.Created = "2026-11-23T11:59:00.5Z" }), none, nil, delegation.ErrLink},
		"expires":              {with(func(p *dataintegrity.Proof) { p.Expires = "2027-11-23T11:59:00Z" }), none, nil, delegation.ErrLink},
		"id":                   {with(func(p *dataintegrity.Proof) { p.ID = "urn:example:proof" }), none, nil, delegation.ErrLink},
		"nonce":                {with(func(p *dataintegrity.Proof) { p.Nonce = "x" }), none, nil, delegation.ErrLink},
		"challenge":            {with(func(p *dataintegrity.Proof) { p.Challenge = "x" }), none, nil, delegation.ErrLink},
		"domain":               {with(func(p *dataintegrity.Proof) { p.Domain = []string{"x"} }), none, nil, delegation.ErrLink},
		"an unknown member":    {good, none, func(_, p map[string]any) { p["x"] = 1 }, delegation.ErrLink},
		"null":                 {good, none, func(_, p map[string]any) { p["created"] = nil }, delegation.ErrLink},
		"an array":             {good, none, func(d, p map[string]any) { d["proof"] = []any{p} }, delegation.ErrLink},
		"no proof":             {good, none, func(d, _ map[string]any) { delete(d, "proof") }, delegation.ErrLink},
		"a proof that is text": {good, none, func(d, _ map[string]any) { d["proof"] = "x" }, delegation.ErrLink},
		"no suite":             {good, none, func(_, p map[string]any) { delete(p, "cryptosuite") }, delegation.ErrLink},
		"no method":            {good, none, func(_, p map[string]any) { delete(p, "verificationMethod") }, delegation.ErrLink},
		"no purpose":           {good, none, func(_, p map[string]any) { delete(p, "proofPurpose") }, delegation.ErrLink},
		"no value":             {good, none, func(_, p map[string]any) { delete(p, "proofValue") }, delegation.ErrLink},
		"another type":         {good, none, func(_, p map[string]any) { p["type"] = "Ed25519Signature2020" }, delegation.ErrLink},
		"another type, alone":  {good, none, func(_, p map[string]any) { p["type"] = "Ed25519Signature2020"; delete(p, "cryptosuite") }, delegation.ErrLink},
		"another context":      {good, none, func(_, p map[string]any) { p["@context"] = []string{vc.ContextV2} }, delegation.ErrLink},
		"a member of the link": {good, func(d map[string]any) { d["name"] = "x" }, nil, delegation.ErrLink},
		"a claim":              {good, func(d map[string]any) { d["exp"] = 1 }, nil, delegation.ErrLink},
		"another suite":        {good, none, func(_, p map[string]any) { p["cryptosuite"] = "eddsa-rdfc-2022" }, delegation.ErrSignature},
		"a suite of others":    {good, none, func(_, p map[string]any) { p["cryptosuite"] = "ecdsa-jcs-2019" }, delegation.ErrSignature},
		"an unknown suite":     {good, none, func(_, p map[string]any) { p["cryptosuite"] = "x" }, delegation.ErrSignature},
		"another's method":     {good, none, func(_, p map[string]any) { p["verificationMethod"] = mallory.Method() }, delegation.ErrSignature},
		"a method without key": {good, none, func(_, p map[string]any) { p["verificationMethod"] = bob.DID().String() }, delegation.ErrSignature},
		"another purpose":      {with(func(p *dataintegrity.Proof) { p.Purpose = "authentication" }), none, nil, delegation.ErrSignature},
		"an empty value":       {good, none, func(_, p map[string]any) { p["proofValue"] = "" }, delegation.ErrSignature},
		"a value in base64":    {good, none, func(_, p map[string]any) { p["proofValue"] = "u" + strings.Repeat("A", 86) }, delegation.ErrSignature},
		"a value of one byte":  {good, none, func(_, p map[string]any) { p["proofValue"] = "z2" }, delegation.ErrSignature},
		"changed afterwards":   {good, none, func(d, _ map[string]any) { d["validUntil"] = "2026-11-23T12:59:00Z" }, delegation.ErrSignature},
		"created afterwards":   {good, none, func(_, p map[string]any) { p["created"] = "2026-11-23T11:59:00Z" }, delegation.ErrSignature},
		"another parent digest": {good, func(d map[string]any) {
			subject(d)["parent"].(map[string]any)["digestMultibase"] = multikey.Digest(nil)
		}, nil, delegation.ErrParent},
	} {
		t.Run(name, func(t *testing.T) {
			w := newScene(t)
			raws := documents(t)
			doc := resealed(t, raws[1], bob, tt.proof, tt.sign)
			if tt.change != nil {
				tt.change(doc, doc["proof"].(map[string]any))
			}
			_, err := w.verifier.VerifyChain(context.Background(), mustJSON(t, []any{raws[0], doc}))
			if tt.rule == 0 {
				require.NoError(t, err)
				return
			}
			refused(t, err, tt.rule, 1)
		})
	}
	t.Run("signed by another", func(t *testing.T) {
		w := newScene(t)
		raws := documents(t)
		doc := resealed(t, raws[1], mallory, good, none)
		doc["proof"].(map[string]any)["verificationMethod"] = bob.Method()
		_, err := w.verifier.VerifyChain(context.Background(), mustJSON(t, []any{raws[0], doc}))
		refused(t, err, delegation.ErrSignature, 1)
	})
	t.Run("nested too deeply", func(t *testing.T) {
		w := newScene(t)
		raws := documents(t)
		deep := strings.Replace(string(raws[1]), `"step"`, strings.Repeat(`"a":{`, 40)+strings.Repeat(`}`, 40)+`,"step"`, 1)
		deep = strings.Replace(deep, `"type":"Agent"`, `"type":`+strings.Repeat("[", 40)+strings.Repeat("]", 40), 1)
		_, err := w.verifier.VerifyChain(context.Background(), []byte(`[`+string(raws[0])+`,`+deep+`]`))
		refused(t, err, delegation.ErrChain, -1) // the array is JSON that nests too deeply
		text, err := packed.Pack([]string{string(raws[0]), deep})
		require.NoError(t, err)
		_, err = w.verifier.VerifyChain(context.Background(), []byte(text))
		refused(t, err, delegation.ErrChain, 1)
	})
}

// The other S of a P-256 proof verifies and would be a second name of the link.
func TestDocumentHighS(t *testing.T) {
	w := newScene(t)
	c := config(w)
	c.Anchors[0].DID = erika.DID()
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	data, err := securedChain(t, func(int) bool { return true }, erika, bob).MarshalJSON()
	require.NoError(t, err)
	_, err = v.VerifyChain(context.Background(), data)
	require.NoError(t, err)
	var docs []map[string]any
	require.NoError(t, json.Unmarshal(data, &docs))
	proof := docs[0]["proof"].(map[string]any)
	sig, err := multikey.DecodeBase58(proof["proofValue"].(string), 64)
	require.NoError(t, err)
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	proof["proofValue"] = multikey.EncodeBase58(sig)
	_, err = v.VerifyChain(context.Background(), mustJSON(t, docs))
	refused(t, err, delegation.ErrSignature, 0)
}

// A second proof over the same document is no second budget.
func TestDocumentsShareABudget(t *testing.T) {
	w := newScene(t)
	c := config(w)
	c.Ledger = delegation.NewVolatileLedger()
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	terms := rootTerms()
	terms.Depth, terms.Limits = 0, map[string]delegation.Limit{"calls": {Unit: "count", Max: 1}}
	chain, err := delegation.Root(alice, dave.DID(), authority(t, terms), delegation.Issue{
		Task: delegation.Task{ID: "t"}, ValidFrom: noon, ValidUntil: noon.Add(time.Minute), Format: vc.EdDSAJCS,
	})
	require.NoError(t, err)
	data, err := chain.MarshalJSON()
	require.NoError(t, err)
	var raws []json.RawMessage
	require.NoError(t, json.Unmarshal(data, &raws))
	other := resealed(t, raws[0], alice, dataintegrity.Proof{Cryptosuite: "eddsa-jcs-2022", Purpose: "assertionMethod", Created: "2026-11-23T11:59:00Z"}, func(map[string]any) {})
	for i, wire := range [][]byte{data, mustJSON(t, []any{other})} {
		h, err := delegation.NewHolder(dave, parseChain(t, wire))
		require.NoError(t, err)
		tok, err := h.Invoke(read, delegation.Invoke{Now: noon})
		require.NoError(t, err)
		_, err = v.Verify(context.Background(), wire, tok, read)
		if i == 0 {
			require.NoError(t, err)
			continue
		}
		refused(t, err, delegation.ErrBudget, -1)
	}
}

func TestIssueRefusesFormats(t *testing.T) {
	for name, tt := range map[string]struct {
		signer *did.Signer
		format vc.Format
	}{
		"the suite of another key": {alice, vc.ECDSAJCS}, "and the other way": {erika, vc.EdDSAJCS},
		"a suite that signs RDF": {alice, vc.EdDSARDFC}, "1.1": {alice, vc.JWTv1}, "none": {alice, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := delegation.Root(tt.signer, bob.DID(), authority(t, rootTerms()), delegation.Issue{
				Task: delegation.Task{ID: "t"}, ValidFrom: noon, ValidUntil: noon.Add(time.Hour), Format: tt.format,
			})
			require.Error(t, err)
		})
	}
}
