package delegation_test

import (
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
)

const fanout = 1000

// BenchmarkFanout is an orchestrator with 1,000 sub-agents: mint makes them (a key,
// a narrowed authority, a signed link each; its floor is 1,000 bare keys and
// signatures), and call verifies the first call of
// one after the other at one verifier, where the orchestrator's own link is kept
// and each sub-agent's is new: two signatures a call, which are its floor.
func BenchmarkFanout(b *testing.B) {
	orchestrator := benchOrchestrator(b)
	wish := delegation.Terms{Grants: benchTerms(0).Grants[:1]}
	b.Run("mint", func(b *testing.B) {
		ratio(b, func() {}, func() { mintAll(b, orchestrator, wish) }, func() {
			for range fanout {
				_, priv, _ := ed25519.GenerateKey(nil)
				ed25519.Sign(priv, floorMessage)
			}
		})
	})
	b.Run("call", func(b *testing.B) {
		agents := mintAll(b, orchestrator, wish)
		var v *delegation.Verifier
		var agent *delegation.Holder
		var token string
		verify, i := floor(), 0
		ratio(b, func() {
			var err error
			if i%fanout == 0 { // all have called: begin anew
				v = newBenchVerifier(b, func(*delegation.Config) {})
				_, err = v.VerifyChain(context.Background(), orchestrator.ChainJSON())
				require.NoError(b, err)
			}
			agent = agents[i%fanout]
			i++
			token, err = agent.Invoke(benchRequest, delegation.Invoke{Now: noon})
			require.NoError(b, err)
		}, func() {
			if _, err := v.Verify(context.Background(), agent.ChainJSON(), token, benchRequest); err != nil {
				b.Fatal(err)
			}
		}, func() { verify(2) })
	})
}

func mintAll(b *testing.B, h *delegation.Holder, wish delegation.Terms) []*delegation.Holder {
	agents := make([]*delegation.Holder, fanout)
	for i := range agents {
		var err error
		if agents[i], err = h.Spawn(wish, delegation.Issue{}); err != nil {
			b.Fatal(err)
		}
	}
	return agents
}

func benchOrchestrator(b *testing.B) *delegation.Holder {
	root, err := delegation.Root(alice, bob.DID(), authority(b, benchTerms(1)), delegation.Issue{
		Task: delegation.Task{ID: "urn:example:task"}, ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour), Status: entry("7"),
	})
	require.NoError(b, err)
	h, err := delegation.NewHolder(bob, root)
	require.NoError(b, err)
	return h
}

func newBenchVerifier(b *testing.B, configure func(*delegation.Config)) *delegation.Verifier {
	w := &scene{tb: b, now: noon, lists: modes{"7": 1}}
	c := config(w)
	configure(&c)
	v, err := delegation.NewVerifier(c)
	require.NoError(b, err)
	return v
}

// BenchmarkVerifyAll verifies, warm, a chain of three links with every dimension in
// use: limits of two units, one approval and one statement of an attester beside
// the invocation. Its floor is the three signatures of what is new.
func BenchmarkVerifyAll(b *testing.B) {
	full := func(t *delegation.Terms) {
		t.Limits = map[string]delegation.Limit{
			"calls": {Unit: "count", Max: 1 << 50, Per: 3600}, "usd": {Unit: "USD/100", Max: 1 << 50},
		}
		paying(1, frank)(t)
		t.Requires.Attestation = []string{manifestA}
	}
	terms := rootTerms()
	full(&terms)
	h := spawn(b, spawn(b, rootOf(b, terms), delegation.Terms{Depth: 1}), delegation.Terms{})
	var v *delegation.Verifier
	renew := func() {
		v = newBenchVerifier(b, func(c *delegation.Config) {
			withAttester(b)(c)
			c.Attestors = c.Attestors[1:]
			c.Ledger = delegation.NewVolatileLedger()
		})
		_, err := v.VerifyChain(context.Background(), h.ChainJSON())
		require.NoError(b, err)
	}
	renew()
	shown := delegation.Shown{Evidence: []string{state(b, h.DID(), service, manifestA, noon)}}
	var tok string
	n := 0
	verify := floor()
	ratio(b, func() {
		if n++; n%4000 == 0 {
			renew()
		}
		asked, in, err := delegation.ApprovalRequest{
			Agent: h.DID(), Leaf: h.Chain().Digest(), Audience: service, Action: write.Action, Resource: write.Resource,
			Arguments: write.Arguments, Amounts: write.Amounts,
		}.Bind(delegation.Invoke{Now: noon})
		require.NoError(b, err)
		approval, err := delegation.Approve(frank, asked, delegation.Approving{Now: noon})
		require.NoError(b, err)
		shown.Approvals = []string{approval}
		tok, err = h.Invoke(write, in)
		require.NoError(b, err)
	}, func() {
		a, err := v.VerifyWith(context.Background(), h.ChainJSON(), tok, shown, write)
		if err != nil {
			b.Fatal(err)
		}
		if err := a.Commit(context.Background()); err != nil {
			b.Fatal(err)
		}
	}, func() { verify(3) })
}
