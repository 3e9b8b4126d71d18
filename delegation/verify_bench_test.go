package delegation_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// The floor of every figure: bare Ed25519 signatures over 600 bytes.
var floorMessage = bytes.Repeat([]byte("x"), 600)

// BenchmarkFloor verifies N bare signatures.
func BenchmarkFloor(b *testing.B) {
	for _, n := range []int{1, 2, 4, 6, 11} {
		b.Run(fmt.Sprintf("verifies=%d", n), func(b *testing.B) {
			verify := floor()
			for b.Loop() {
				verify(n)
			}
		})
	}
}

// floor verifies n bare signatures, each by a key of its own as those of a chain are:
// one and the same over and over would be learnt by the processor.
func floor() func(n int) {
	const most = 11
	var pubs [most]ed25519.PublicKey
	var sigs [most][]byte
	for i := range most {
		pub, priv, _ := ed25519.GenerateKey(nil)
		pubs[i], sigs[i] = pub, ed25519.Sign(priv, floorMessage)
	}
	return func(n int) {
		for i := range n {
			if !ed25519.Verify(pubs[i%most], floorMessage, sigs[i%most]) {
				panic("floor")
			}
		}
	}
}

// ratio alternates what is measured with its floor, a round each, so that both
// see the same machine, and reports the quotient of their median times: what else
// the machine does falls on some rounds and not on most. It does not stop the
// benchmark's timer, since that stops the world, and so reports ns/op itself.
func ratio(b *testing.B, prepare func(), measured, floor func()) {
	var m, f []time.Duration
	for b.Loop() {
		prepare()
		start := time.Now()
		floor()
		middle := time.Now()
		measured()
		m, f = append(m, time.Since(middle)), append(f, middle.Sub(start))
	}
	b.ReportMetric(float64(median(m))/float64(median(f)), "x-floor")
	b.ReportMetric(float64(median(m)), "ns/op")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// benchChain is a chain of depth links of the size that facts.md calls realistic,
// with a status on the root, and its leaf's holder.
func benchChain(b *testing.B, depth int, status []vc.StatusEntry) *delegation.Holder {
	terms := benchTerms(depth - 1)
	chain, err := delegation.Root(alice, personas.New("agent 0").DID(), authority(b, terms), delegation.Issue{
		Task:      delegation.Task{ID: "urn:uuid:7b0e5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b12", Purpose: "quarterly-report"},
		ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour), Status: status,
	})
	require.NoError(b, err)
	agent := personas.New("agent 0")
	for i := 1; i < depth; i++ {
		next := personas.New(fmt.Sprintf("agent %d", i))
		chain, err = chain.Extend(agent, next.DID(), authority(b, benchTerms(depth-1-i)), delegation.Issue{})
		require.NoError(b, err)
		agent = next
	}
	h, err := delegation.NewHolder(agent, chain)
	require.NoError(b, err)
	return h
}

func benchTerms(depth int) delegation.Terms {
	return delegation.Terms{
		Grants: []delegation.Grant{{
			Actions: []string{"mcp/tools/call/query"}, Resources: []string{"https://db.example.com/sales/**"},
			Except: []string{"https://db.example.com/sales/pii/**"},
			Args: map[string]delegation.Constraint{
				"table": delegation.In("orders", "refunds"),
				"limit": delegation.Range(1, 100),
			},
			Optional: map[string]delegation.Constraint{"where": delegation.Any()}, Closed: true,
		}, {
			Actions: []string{"http/get"}, Resources: []string{"https://*.arxiv.org/**"},
		}},
		Audience: []string{"did:web:db.example.com", service}, Depth: depth,
		Guarded: &delegation.Overlay{Actions: []string{"http/get"}}, MaxStatusAge: 600,
	}
}

var benchRequest = delegation.Request{
	Action: "mcp/tools/call/query", Resource: "https://db.example.com/sales/2026", Audience: service,
	Arguments: []byte(`{"table":"orders","limit":10}`),
}

// benchStatus is an entry in a list of alice's, and a checker that holds the list.
func benchStatus(b *testing.B) ([]vc.StatusEntry, *revocation.Checker) {
	issuer, err := revocation.NewIssuer(alice, "https://status.example.com/lists", revocation.IssuerOptions{})
	require.NoError(b, err)
	entries, err := issuer.Allocate(b.Context(), time.Time{}, revocation.Revocation)
	require.NoError(b, err)
	lists, err := issuer.Publish(b.Context(), noon)
	require.NoError(b, err)
	checker, err := revocation.NewChecker(lists, revocation.Policy{MaxStaleness: time.Minute})
	require.NoError(b, err)
	return entries, checker
}

// BenchmarkVerifyChain verifies a chain of D links, its root's status in a list that
// is held, and one invocation: D+1 signatures. Cold is a verifier that never saw the
// chain, warm one that keeps its links.
func BenchmarkVerifyChain(b *testing.B) {
	entries, checker := benchStatus(b)
	for _, depth := range []int{1, 3, 5, 10} {
		h := benchChain(b, depth, entries)
		for _, warm := range []bool{false, true} {
			name := fmt.Sprintf("depth=%d/%s", depth, map[bool]string{false: "cold", true: "warm"}[warm])
			b.Run(name, func(b *testing.B) { benchVerify(b, h, checker, depth, warm) })
		}
	}
}

func benchVerify(b *testing.B, h *delegation.Holder, status vc.StatusChecker, depth int, warm bool) {
	w := &scene{tb: b, now: noon}
	var v *delegation.Verifier
	renew := func() {
		c := config(w)
		c.Status = status
		var err error
		v, err = delegation.NewVerifier(c)
		require.NoError(b, err)
	}
	renew()
	var tok string
	verify := floor()
	ctx := context.Background()
	prepare := func() {
		var err error
		if !warm {
			renew()
		}
		tok, err = h.Invoke(benchRequest, delegation.Invoke{Now: noon})
		require.NoError(b, err)
	}
	run := func() {
		if _, err := v.Verify(ctx, h.ChainJSON(), tok, benchRequest); err != nil {
			b.Fatal(err)
		}
	}
	prepare()
	run() // a warm verifier has seen the chain once
	n := 0
	ratio(b, func() {
		if n++; n%4000 == 0 {
			renew() // the replay store holds 4096 of one agent, as it should
			prepare()
			run()
		}
		prepare()
	}, run, func() { verify(depth + 1) })
	b.ReportMetric(float64(len(h.ChainJSON())+len(tok)), "wire-B")
}

// BenchmarkSpawn makes a sub-agent: key, narrowed authority, signed link. Its floor
// is one bare signature over as many bytes as the link's; making the key alone is
// most of another.
func BenchmarkSpawn(b *testing.B) {
	h := benchChain(b, 1, nil)
	root, err := delegation.Root(alice, h.DID(), authority(b, benchTerms(1)), delegation.Issue{
		Task: delegation.Task{ID: "t"}, ValidFrom: noon, ValidUntil: noon.Add(time.Hour),
	})
	require.NoError(b, err)
	h, err = delegation.NewHolder(h.Signer(), root)
	require.NoError(b, err)
	wish := delegation.Terms{Grants: benchTerms(0).Grants[:1]}
	child, err := h.Spawn(wish, delegation.Issue{})
	require.NoError(b, err)
	message := make([]byte, len(child.ChainJSON())-len(h.ChainJSON()))
	_, priv, _ := ed25519.GenerateKey(nil)
	ratio(b, func() {}, func() {
		if _, err := h.Spawn(wish, delegation.Issue{}); err != nil {
			b.Fatal(err)
		}
	}, func() { ed25519.Sign(priv, message) })
}
