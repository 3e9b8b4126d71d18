package vc_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// benchKeys is how many keys a benchmark goes through: one and the same over and
// over would be learnt by the processor.
const benchKeys = 16

// bare is a key of the standard library, and what it signs and verifies with.
type bare struct {
	signer *did.Signer
	sign   func()
	verify func()
}

// newBare returns a new key, whose bare signatures are over size bytes.
func newBare(tb testing.TB, typ did.KeyType, size int) bare {
	message := bytes.Repeat([]byte("x"), size)
	seed := make([]byte, map[did.KeyType]int{did.Ed25519: 32, did.P256: 32, did.P384: 48}[typ])
	rand.Read(seed[1:])
	s, err := did.NewSignerFromSeed(typ, seed)
	require.NoError(tb, err)
	b := bare{signer: s}
	switch typ {
	case did.Ed25519:
		priv := ed25519.NewKeyFromSeed(seed)
		sig := ed25519.Sign(priv, message)
		pub := priv.Public().(ed25519.PublicKey)
		b.sign = func() { ed25519.Sign(priv, message) }
		b.verify = func() { must(ed25519.Verify(pub, message, sig)) }
	default:
		pub := s.Key().Public().(*ecdsa.PublicKey)
		priv, err := ecdsa.ParseRawPrivateKey(pub.Curve, seed)
		require.NoError(tb, err)
		hash := func() []byte { h := sha256.Sum256(message); return h[:] }
		opts := crypto.SHA256
		if typ == did.P384 {
			hash = func() []byte { h := sha512.Sum384(message); return h[:] }
			opts = crypto.SHA384
		}
		sig, err := priv.Sign(rand.Reader, hash(), opts)
		require.NoError(tb, err)
		b.sign = func() {
			_, err := priv.Sign(rand.Reader, hash(), opts)
			must(err == nil)
		}
		b.verify = func() { must(ecdsa.VerifyASN1(pub, hash(), sig)) }
	}
	return b
}

func must(ok bool) {
	if !ok {
		panic("the floor gave way")
	}
}

// ratio alternates what is measured with its floor, so that both see the same
// machine, and reports the quotient of their median times: a mean would have in it
// what else the machine did. The allocations are those of what is measured alone.
func ratio(b *testing.B, measured, floor func(i int)) {
	const rounds = 256
	b.ReportAllocs()
	var before, after runtime.MemStats
	measured(0)
	runtime.ReadMemStats(&before)
	for i := range rounds {
		measured(i % benchKeys)
	}
	runtime.ReadMemStats(&after)
	var m, f []time.Duration
	for b.Loop() {
		i := len(m) % benchKeys
		start := time.Now()
		floor(i)
		middle := time.Now()
		measured(i)
		m = append(m, time.Since(middle))
		f = append(f, middle.Sub(start))
	}
	b.ReportMetric(float64(median(m))/float64(median(f)), "x-floor")
	b.ReportMetric(float64(median(m)), "ns/op")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/rounds, "B/op")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/rounds, "allocs/op")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

const benchContext = "https://example.com/contexts/task/v1"

// benchCredential is a credential of 1.2 kB, whose terms its second context
// defines.
func benchCredential(v1 bool) vc.Credential {
	c := vc.Credential{
		Context: []string{vc.ContextV2, benchContext}, Type: []string{"VerifiableCredential", "TaskCredential"},
		ID: "urn:uuid:7b0e5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b11", ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour),
		Subject: []vc.Subject{{Claims: json.RawMessage(`{
			"id":"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp","type":"Agent",
			"agent":{"kind":"worker","instance":"urn:uuid:0b8a5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b12","manifest":"uEiBhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NQ"},
			"task":{"id":"urn:uuid:1c8a5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b13","purpose":"quarterly-report","step":"collect",
				"actions":["mcp/tools/call/query","http/get"],"maxCalls":25,"until":"2026-12-24T12:00:00Z",
				"resources":["https://db.example.com/sales/2026","https://db.example.com/sales/2025","https://fetch.example.com/papers"],
				"note":"Collect the figures of all four quarters, and the papers that they rest on, and nothing else at all."}}`)}},
	}
	if v1 {
		c.Context[0] = vc.ContextV1
	}
	return c
}

var benchTerms = []byte(`{"@context":{"@version":1.1,
	"TaskCredential":"https://example.com/ns#TaskCredential","Agent":"https://example.com/ns#Agent",
	"agent":{"@id":"https://example.com/ns#agent","@context":{"kind":"https://example.com/ns#kind",
		"instance":{"@id":"https://example.com/ns#instance","@type":"@id"},"manifest":"https://example.com/ns#manifest"}},
	"task":{"@id":"https://example.com/ns#task","@context":{"purpose":"https://example.com/ns#purpose",
		"step":"https://example.com/ns#step","actions":"https://example.com/ns#action","note":"https://example.com/ns#note",
		"maxCalls":"https://example.com/ns#maxCalls",
		"until":{"@id":"https://example.com/ns#until","@type":"http://www.w3.org/2001/XMLSchema#dateTime"},
		"resources":{"@id":"https://example.com/ns#resource","@type":"@id"}}}}}`)

// securings are the rows of the benchmark, with the size of what is signed: the
// signing input of a JWS, two hashes for a Data Integrity proof.
var securings = []struct {
	format vc.Format
	key    did.KeyType
	size   int
}{
	{vc.JWT, did.Ed25519, 1577},
	{vc.JWT, did.P256, 1581},
	{vc.JWTv1, did.Ed25519, 1908},
	{vc.EdDSAJCS, did.Ed25519, 64},
	{vc.ECDSAJCS, did.P256, 64},
	{vc.ECDSAJCS, did.P384, 96},
	{vc.EdDSARDFC, did.Ed25519, 64},
	{vc.ECDSARDFC, did.P256, 64},
	{vc.ECDSARDFC, did.P384, 96},
	{vc.Ed25519Signature2020, did.Ed25519, 64},
}

// BenchmarkCredential verifies and signs a credential in every securing, beside the
// bare signature that it cannot do without.
func BenchmarkCredential(b *testing.B) {
	contexts, err := vc.NewContexts(map[string][]byte{benchContext: benchTerms})
	require.NoError(b, err)
	for _, s := range securings {
		var keys [benchKeys]bare
		var data [benchKeys][]byte
		opts := vc.SignOptions{Format: s.format, Contexts: contexts}
		c := benchCredential(s.format == vc.JWTv1)
		for i := range keys {
			keys[i] = newBare(b, s.key, s.size)
			data[i] = signed(b, c, keys[i].signer, opts)
		}
		name := fmt.Sprintf("%s/%s", s.format, s.key)
		b.Run("verify/"+name, func(b *testing.B) {
			var opts [benchKeys]vc.VerifyOptions
			for i := range opts {
				opts[i] = vc.VerifyOptions{Issuers: []did.DID{keys[i].signer.DID()}, Now: noon, Contexts: contexts}
			}
			ctx := context.Background()
			ratio(b, func(i int) {
				if _, err := vc.Verify(ctx, data[i], opts[i]); err != nil {
					b.Fatal(err)
				}
			}, func(i int) { keys[i].verify() })
			b.ReportMetric(float64(len(data[0])), "bytes")
		})
		b.Run("sign/"+name, func(b *testing.B) {
			ratio(b, func(i int) {
				if _, err := vc.Sign(c, keys[i].signer, opts); err != nil {
					b.Fatal(err)
				}
			}, func(i int) { keys[i].sign() })
		})
	}
}
