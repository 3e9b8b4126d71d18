package revocation_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// The simulation: an issuer revokes at some time and publishes now and then; a
// verifier checks now and then; their clocks are wrong by up to skew, each its own
// way. Lists reach the verifier through an adversary who holds the credential:
// pushes get lost, are repeated and change places, and what the verifier fetches is
// the oldest list that it still accepts. Wanted is that no check from
// t + MaxStaleness + both skews on succeeds, t being when the revocation was
// published.

const (
	simStaleness = 300 * time.Second
	simSkew      = 30 * time.Second
)

// simVerifier is a verifier under attack: a list is handed to it, and it is asked.
type simVerifier interface {
	offer(list []byte, received time.Time)
	// honours reports whether, fetching list at time now, the verifier lets the
	// credential through.
	honours(list []byte, now time.Time) bool
}

// realVerifier is the Checker.
type realVerifier struct {
	t      *testing.T
	k      *revocation.Checker
	source *revocation.Bundle
	req    vc.StatusRequest
}

func (v *realVerifier) offer(list []byte, _ time.Time) { _ = v.k.Offer(ctx, list) }

func (v *realVerifier) honours(list []byte, now time.Time) bool {
	require.NoError(v.t, v.source.Add(v.req.Entries[0].List, list))
	req := v.req
	req.Now = now
	s, err := v.k.CheckStatus(ctx, req)
	return err == nil && s.Mode == vc.Normal
}

// receiptVerifier is a wrong one: it counts the age of a list from when it first
// got it, as a time-to-live does, and keeps all else right.
type receiptVerifier struct {
	entry vc.StatusEntry
	first map[string]time.Time
}

func (v *receiptVerifier) offer(list []byte, received time.Time) {
	if _, ok := v.first[string(list)]; !ok {
		v.first[string(list)] = received
	}
}

func (v *receiptVerifier) honours(list []byte, now time.Time) bool {
	v.offer(list, now)
	l, err := revocation.VerifyList(ctx, list, []did.DID{alice.DID()}, nil)
	if err != nil || now.Sub(v.first[string(list)]) > simStaleness {
		return false
	}
	index, _ := revocation.ParseIndex(v.entry.Index)
	bit, err := l.Bits().At(index)
	return err == nil && bit == 0
}

// world is one issuer's history: what it published, when by true time.
type world struct {
	entry   vc.StatusEntry
	lists   [][]byte
	at      []time.Time // true time
	revoked time.Time   // true time of the first list with the revocation
}

// history publishes about every period for an hour and revokes somewhere.
func history(t *testing.T, r *rand.Rand) (w world) {
	s := issuer(t, revocation.IssuerOptions{})
	e, err := s.Allocate(ctx, time.Time{}, "revocation")
	require.NoError(t, err)
	w.entry = e[0]
	clock := time.Duration(r.Int64N(int64(2*simSkew))) - simSkew // how wrong the issuer's is
	set := 1 + r.IntN(8)
	at := noon
	for i := range 12 {
		if i == set {
			require.NoError(t, s.Set(ctx, 1, w.entry))
		}
		b, err := s.Publish(ctx, at.Add(clock))
		require.NoError(t, err)
		list, err := b.List(ctx, w.entry.List)
		require.NoError(t, err)
		w.lists, w.at = append(w.lists, list), append(w.at, at)
		if i == set {
			w.revoked = at
		}
		at = at.Add(time.Duration(5+r.IntN(120)) * time.Second)
	}
	return w
}

// attack runs one verifier through a history and returns how long after the
// revocation was published it last let the credential through; never: below 0.
func (w *world) attack(r *rand.Rand, v simVerifier) (late time.Duration) {
	late = -1
	clock := time.Duration(r.Int64N(int64(2*simSkew))) - simSkew // how wrong the verifier's is
	lossy := r.IntN(3)                                           // 0: no push arrives at all
	oldest := 0                                                  // that may still work: what is stale stays so
	for now := w.revoked.Add(-3 * time.Minute); now.Before(w.revoked.Add(8 * time.Minute)); now = now.Add(time.Duration(1+r.IntN(40)) * time.Second) {
		n := 0
		for n < len(w.at) && !w.at[n].After(now) {
			n++
		}
		for i := n - 1; i >= 0 && lossy > 0; i-- { // newest first: reordered
			if r.IntN(1+8/lossy) == 0 {
				v.offer(w.lists[i], now.Add(clock))
			}
		}
		for i := oldest; i < n; i++ {
			if v.honours(w.lists[i], now.Add(clock)) {
				late = max(late, now.Sub(w.revoked))
				break
			}
			if i == oldest && now.Sub(w.at[i]) > 2*simSkew {
				oldest++
			}
		}
	}
	return late
}

func simulate(t *testing.T, runs int, create func(w *world) simVerifier) (worst time.Duration, violations int) {
	const perHistory = 20
	for h := range runs / perHistory {
		r := rand.New(rand.NewPCG(uint64(h), 7))
		w := history(t, r)
		for range perHistory {
			late := w.attack(r, create(&w))
			worst = max(worst, late)
			if late >= simStaleness+2*simSkew {
				violations++
			}
		}
	}
	return worst, violations
}

var simRuns = flag.Int("sim", 500, "runs of the freshness simulation")

// TestRule12Promise: the bound holds, and is nearly reached, so the adversary does
// what it can.
func TestRule12Promise(t *testing.T) {
	worst, violations := simulate(t, *simRuns, func(w *world) simVerifier {
		b := revocation.NewBundle()
		return &realVerifier{t, checker(t, b, revocation.Policy{MaxStaleness: simStaleness}), b, vc.StatusRequest{
			Credential: "uEiLink", Issuer: alice.DID(), Signers: []did.DID{alice.DID()}, Skew: simSkew,
			Entries: []vc.StatusEntry{w.entry},
		}}
	})
	require.Zero(t, violations)
	require.Less(t, worst, simStaleness+2*simSkew)
	require.Greater(t, worst, simStaleness/2, fmt.Sprint("the adversary is too weak: ", worst))
	t.Logf("%d runs, a revocation was ignored for %s at most, promised are %s", *simRuns, worst, simStaleness+2*simSkew)
}

// TestRule12AgeFromReceiptBreaksThePromise: the simulation tells a wrong rule from
// the right one.
func TestRule12AgeFromReceiptBreaksThePromise(t *testing.T) {
	const n = 100
	_, violations := simulate(t, n, func(w *world) simVerifier {
		return &receiptVerifier{w.entry, map[string]time.Time{}}
	})
	require.Greater(t, violations, n/2)
	t.Logf("%d of %d runs", violations, n)
}
