package delegation_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

// keeping is a scene whose verifier keeps as little as it can.
func keeping(tb testing.TB) (*scene, *delegation.ChainStore) {
	w := newScene(tb)
	c := config(w)
	c.Chains = delegation.NewChainStore(1)
	v, err := delegation.NewVerifier(c)
	require.NoError(tb, err)
	w.verifier = v
	return w, c.Chains
}

// principalRoot issues a root link of principal to agent.
func principalRoot(tb testing.TB, principal *did.Signer, agent did.DID, until time.Time) delegation.Chain {
	c, err := delegation.Root(principal, agent, authority(tb, rootTerms()), delegation.Issue{
		Task: delegation.Task{ID: "urn:example:task"}, ValidFrom: noon.Add(-time.Minute), ValidUntil: until, Status: entry("7"),
	})
	require.NoError(tb, err)
	return c
}

// below issues a link from agent to another one that may delegate further.
func below(tb testing.TB, c delegation.Chain, agent *did.Signer, to did.DID, depth int) delegation.Chain {
	terms := rootTerms()
	terms.Depth = depth
	c, err := c.Extend(agent, to, authority(tb, terms), delegation.Issue{})
	require.NoError(tb, err)
	return c
}

func (w *scene) show(c delegation.Chain) error {
	data, err := c.MarshalJSON()
	require.NoError(w.tb, err)
	_, err = w.verifier.VerifyChain(context.Background(), data)
	return err
}

func kept(store *delegation.ChainStore, c delegation.Chain) bool {
	got, ok := store.Find(c.Digest())
	return ok && got.Digest() == c.Digest() && got.Len() == c.Len()
}

func TestChainStoreKeepsWhatWasVerified(t *testing.T) {
	w, store := keeping(t)
	require.False(t, kept(store, w.chain))
	require.NoError(t, w.show(w.chain))
	require.True(t, kept(store, w.chain))
	require.True(t, kept(store, rootChain(t, w))) // its prefixes too
	require.Equal(t, 3, store.Len())

	for _, digest := range []string{"", "u", w.chain.Digest() + "x", "uEi" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		_, ok := store.Find(digest)
		require.False(t, ok)
	}
}

// A status that refuses does not keep a link from being kept, since nothing of it
// is: a form or a signature that is wrong does.
func TestChainStoreKeepsNothingOfStrangers(t *testing.T) {
	w, store := keeping(t)
	for i := range 50 {
		stranger := personas.New(fmt.Sprint("stranger ", i))
		c := below(t, principalRoot(t, stranger, mallory.DID(), noon.Add(time.Hour)), mallory, bob.DID(), 2)
		refused(t, w.show(c), delegation.ErrRoot, 0)
	}
	widened := forge(t, w.chain, 2, signers, func(p map[string]any) { grantOf(p)["actions"] = []string{"**"} })
	_, err := w.verifier.VerifyChain(context.Background(), widened)
	refused(t, err, delegation.ErrWidened, 2)
	require.Zero(t, store.Len())
}

// TestChainStoreFlood lets one agent mint without end, at each place of a tree.
func TestChainStoreFlood(t *testing.T) {
	for name, flood := range map[string]func(*scene, delegation.Chain){
		"siblings": func(w *scene, c delegation.Chain) {
			for i := range 300 {
				require.NoError(w.tb, w.show(below(w.tb, c, bob, personas.New(fmt.Sprint("child ", i)).DID(), 0)))
			}
		},
		"deep": func(w *scene, c delegation.Chain) {
			for i := range 150 {
				child := personas.New(fmt.Sprint("child ", i))
				sub := below(w.tb, c, bob, child.DID(), 1)
				require.NoError(w.tb, w.show(below(w.tb, sub, child, mallory.DID(), 0)))
			}
		},
		"below one child": func(w *scene, c delegation.Chain) {
			sub := below(w.tb, c, bob, mallory.DID(), 1)
			for i := range 300 {
				require.NoError(w.tb, w.show(below(w.tb, sub, mallory, personas.New(fmt.Sprint("child ", i)).DID(), 0)))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, store := keeping(t)
			// Below alice: bob, who floods, and carol. Below bob: dave, an older child.
			of := principalRoot(t, alice, bob.DID(), noon.Add(time.Hour))
			other := below(t, principalRoot(t, alice, carol.DID(), noon.Add(time.Hour)), carol, dave.DID(), 2)
			require.NoError(t, w.show(other))
			older := below(t, of, bob, dave.DID(), 2)
			require.NoError(t, w.show(older))
			flood(w, of)
			require.True(t, kept(store, other))
			require.True(t, kept(store, of))
			if name == "below one child" { // mallory's flood drives out no other child of bob
				require.True(t, kept(store, older))
			}
			require.Less(t, store.Len(), 256) // of more than a kilobyte each
			// Who comes later finds room as well.
			later := below(t, principalRoot(t, alice, mallory.DID(), noon.Add(time.Hour)), mallory, dave.DID(), 2)
			require.NoError(t, w.show(later))
			require.True(t, kept(store, later))
			require.True(t, kept(store, other))
		})
	}
}

func TestChainStoreIsOfEachRoot(t *testing.T) {
	w := newScene(t)
	c := config(w)
	c.Chains = delegation.NewChainStore(1)
	c.Anchors = append(c.Anchors, delegation.Anchor{DID: mallory.DID(), Unlimited: true, ListSigners: []did.DID{alice.DID()}})
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	w.verifier = v
	require.NoError(t, w.show(w.chain))
	for i := range 300 {
		require.NoError(t, w.show(principalRoot(t, mallory, personas.New(fmt.Sprint("agent ", i)).DID(), noon.Add(time.Hour))))
	}
	require.True(t, kept(c.Chains, w.chain))
	require.Less(t, c.Chains.Len(), 256)
}

func TestChainStoreForgetsTheExpired(t *testing.T) {
	w, store := keeping(t)
	require.NoError(t, w.show(w.chain)) // until one o'clock
	old := principalRoot(t, alice, carol.DID(), noon.Add(time.Minute))
	sub := below(t, old, carol, dave.DID(), 0)
	require.NoError(t, w.show(sub))
	require.True(t, kept(store, sub))
	w.now = noon.Add(2 * time.Minute)
	for i := range 300 {
		require.NoError(t, w.show(below(t, w.chain, dave, personas.New(fmt.Sprint("child ", i)).DID(), 0)))
	}
	require.False(t, kept(store, old))
	require.False(t, kept(store, sub))
	require.True(t, kept(store, w.chain))
}

func TestChainStoreOfTwoVerifiers(t *testing.T) {
	c := config(newScene(t))
	c.Chains = delegation.NewChainStore(0)
	_, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	_, err = delegation.NewVerifier(c)
	require.ErrorIs(t, err, delegation.ErrConfig)
}

func TestChainStoreConcurrent(t *testing.T) {
	w, store := keeping(t)
	chains := make([]delegation.Chain, 64)
	for i := range chains {
		chains[i] = below(t, w.chain, dave, personas.New(fmt.Sprint("child ", i)).DID(), 0)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				c := chains[(i*7+g*13)%len(chains)]
				if err := w.show(c); err != nil {
					t.Error(err)
				}
				store.Find(c.Digest())
			}
		})
	}
	wg.Wait()
	require.Equal(t, 3+len(chains), store.Len())
}

var nothing delegation.Shown

// present is an invocation of read by dave, checked before any chain.
func (w *scene) present() *delegation.Presented {
	p, err := w.verifier.Present(w.invoke(read))
	require.NoError(w.tb, err)
	return p
}

func TestVerifyByDigest(t *testing.T) {
	w := newScene(t)
	ctx := context.Background()
	_, err := w.present().Verify(ctx, nil, nothing, read)
	r := refused(t, err, delegation.ErrChain, -1)
	require.ErrorIs(t, err, delegation.ErrUnknownChain)
	require.False(t, r.Proven())

	require.True(t, w.verifier.IsName(service))
	require.False(t, w.verifier.IsName("https://other.example.com"))
	p := w.present()
	require.False(t, p.Known())
	require.Equal(t, w.chain.Digest(), p.Invocation().Leaf)
	require.Equal(t, dave.DID(), p.Invocation().Agent)
	_, err = p.Verify(ctx, w.wire(), nothing, read)
	require.NoError(t, err)
	_, err = p.Verify(ctx, w.wire(), nothing, read)
	require.ErrorIs(t, err, delegation.ErrReplayed)
	require.True(t, w.present().Known())
	require.False(t, new(delegation.Presented).Known())
	a, err := w.present().Verify(ctx, nil, nothing, read)
	require.NoError(t, err)
	require.Equal(t, w.chain.Digest(), a.Chain().Digest())
	require.Equal(t, 3, a.Chain().Len())

	// What changes is looked at, however well the chain is known.
	w.lists["7"] = vc.Revoked
	_, err = w.present().Verify(ctx, nil, nothing, read)
	require.True(t, refused(t, err, delegation.ErrStatus, 0).Proven())
	w.lists["7"] = vc.Normal
	w.now = noon.Add(2 * time.Hour)
	_, err = w.present().Verify(ctx, nil, nothing, read)
	require.True(t, refused(t, err, delegation.ErrTime, 0).Proven())
}

// Somebody else's chain is unknown to who does not hold it.
func TestVerifyByDigestOfAnother(t *testing.T) {
	w := newScene(t)
	require.NoError(t, w.show(w.chain))
	p := payloadOf(t, w.invoke(read))
	p["iss"] = mallory.DID().String()
	presented, err := w.verifier.Present(token(t, mallory, "agent-invocation+jwt", p))
	require.NoError(t, err)
	_, err = presented.Verify(context.Background(), nil, nothing, read)
	require.ErrorIs(t, err, delegation.ErrUnknownChain)
	_, err = presented.Verify(context.Background(), w.wire(), nothing, read)
	require.False(t, refused(t, err, delegation.ErrInvocation, -1).Proven())
	_, err = w.verifier.Verify(context.Background(), nil, w.invoke(read), read) // nil is no chain here
	refused(t, err, delegation.ErrChain, -1)
	require.NotErrorIs(t, err, delegation.ErrUnknownChain)
	_, err = new(delegation.Presented).Verify(context.Background(), nil, nothing, read)
	refused(t, err, delegation.ErrInvocation, -1)
	require.Zero(t, new(delegation.Presented).Invocation())
}

func TestPresentRefuses(t *testing.T) {
	w := newScene(t)
	for name, change := range map[string]func(p map[string]any){
		"aud":     func(p map[string]any) { p["aud"] = "https://other.example.com" },
		"expired": func(p map[string]any) { p["iat"], p["exp"] = p["iat"].(float64)-120, p["iat"].(float64)-60 },
		"future":  func(p map[string]any) { p["iat"], p["exp"] = p["iat"].(float64)+6, p["iat"].(float64)+10 },
		"iss":     func(p map[string]any) { p["iss"] = carol.DID().String() },
		"no DID":  func(p map[string]any) { p["iss"] = "x" },
		"web":     func(p map[string]any) { p["iss"] = "did:web:example.com" },
		"P-384":   func(p map[string]any) { p["iss"] = p384(t).DID().String() },
		"claim":   func(p map[string]any) { p["sub"] = "x" },
	} {
		t.Run(name, func(t *testing.T) {
			p := payloadOf(t, w.invoke(read))
			change(p)
			_, err := w.verifier.Present(token(t, dave, "agent-invocation+jwt", p))
			require.False(t, refused(t, err, delegation.ErrInvocation, -1).Proven())
		})
	}
	_, err := w.verifier.Present(flipSignature(w.invoke(read)))
	refused(t, err, delegation.ErrInvocation, -1)
	w.present()
	w.now = noon.Add(-time.Hour)
	_, err = w.verifier.Present(w.invoke(read))
	refused(t, err, delegation.ErrTime, -1)
}

// Who is proven to be an agent of a root is told why; a stranger with a chain of
// its own is not, nor a chain that is wrong before rule 7.
func TestProven(t *testing.T) {
	w := newScene(t)
	denied := request("fs/read", read.Resource)
	_, err := w.verify(denied)
	require.True(t, refused(t, err, delegation.ErrNotAllowed, 0).Proven())

	c := principalRoot(t, mallory, dave.DID(), noon.Add(time.Hour))
	h, err := delegation.NewHolder(dave, c)
	require.NoError(t, err)
	tok, err := h.Invoke(read, delegation.Invoke{Now: noon})
	require.NoError(t, err)
	p, err := w.verifier.Present(tok)
	require.NoError(t, err)
	_, err = p.Verify(context.Background(), h.ChainJSON(), nothing, read)
	require.False(t, refused(t, err, delegation.ErrRoot, 0).Proven())

	widened := forge(t, w.chain, 1, signers, func(p map[string]any) { grantOf(p)["actions"] = []string{"**"} })
	_, err = w.present().Verify(context.Background(), widened, nothing, read) // another leaf than signed for
	require.False(t, refused(t, err, delegation.ErrWidened, 1).Proven())
	leaf := parseChain(t, widened)
	h, err = delegation.NewHolder(dave, leaf)
	require.NoError(t, err)
	tok, err = h.Invoke(read, delegation.Invoke{Now: noon})
	require.NoError(t, err)
	p, err = w.verifier.Present(tok)
	require.NoError(t, err)
	_, err = p.Verify(context.Background(), widened, nothing, read)
	require.True(t, refused(t, err, delegation.ErrWidened, 1).Proven())
}

func TestUntil(t *testing.T) {
	w := newScene(t)
	a, err := w.verify(read)
	require.NoError(t, err)
	require.Equal(t, noon.Add(time.Minute), a.Until()) // the list, a minute old at most
	c, err := delegation.Root(alice, bob.DID(), authority(t, rootTerms()), delegation.Issue{
		Task: delegation.Task{ID: "t"}, ValidFrom: noon.Add(-30 * time.Second), ValidUntil: noon.Add(30 * time.Second),
	})
	require.NoError(t, err)
	data, err := c.MarshalJSON()
	require.NoError(t, err)
	v, err := w.verifier.VerifyChain(context.Background(), data)
	require.NoError(t, err)
	require.Equal(t, noon.Add(30*time.Second), v.Until())
}

// BenchmarkVerifyParallel verifies known chains from 8 goroutines. The floor is one
// bare signature a verification.
func BenchmarkVerifyParallel(b *testing.B) {
	const agents, goroutines = 64, 8
	w := &scene{tb: b, now: noon, lists: modes{"7": vc.Normal}}
	holders := make([]*delegation.Holder, agents)
	for i := range holders {
		agent := personas.New(fmt.Sprint("agent ", i))
		c, err := delegation.Root(alice, agent.DID(), authority(b, benchTerms(0)), delegation.Issue{
			Task: delegation.Task{ID: "urn:example:task"}, ValidFrom: noon, ValidUntil: noon.Add(time.Hour), Status: entry("7"),
		})
		require.NoError(b, err)
		holders[i], err = delegation.NewHolder(agent, c)
		require.NoError(b, err)
	}
	v, err := delegation.NewVerifier(config(w))
	require.NoError(b, err)
	const each = 32
	var tokens [goroutines * each]string
	prepare := func() {
		for i := range tokens {
			tok, err := holders[i%agents].Invoke(benchRequest, delegation.Invoke{Now: noon})
			require.NoError(b, err)
			tokens[i] = tok
		}
		if v, err = delegation.NewVerifier(config(w)); err != nil { // with an empty replay store
			b.Fatal(err)
		}
		for _, h := range holders {
			if _, err := v.VerifyChain(context.Background(), h.ChainJSON()); err != nil {
				b.Fatal(err)
			}
		}
	}
	parallel := func(work func(i int)) {
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				for i := range each {
					work(g*each + i)
				}
			})
		}
		wg.Wait()
	}
	verify := floor()
	ratio(b, prepare, func() {
		parallel(func(i int) {
			if _, err := v.Verify(context.Background(), holders[i%agents].ChainJSON(), tokens[i], benchRequest); err != nil {
				b.Error(err)
			}
		})
	}, func() { parallel(func(int) { verify(1) }) })
}
