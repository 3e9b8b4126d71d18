package delegation_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

// The people and the moment of these tests: alice is the principal; bob, carol
// and dave are agents, each held by the one before; mallory is nobody's.
var (
	alice, bob, carol = personas.New("alice"), personas.New("bob"), personas.New("carol")
	dave, mallory     = personas.New("dave"), personas.New("mallory")
	noon              = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

const service = "https://db.example.com"

// scene is a verifier at noon and a chain alice -> bob -> carol -> dave.
type scene struct {
	tb       testing.TB
	now      time.Time
	lists    modes
	verifier *delegation.Verifier
	chain    delegation.Chain
	holder   *delegation.Holder
}

// modes is a status checker that is told its answers, by index of the entry.
type modes map[string]vc.Mode

func (m modes) CheckStatus(_ context.Context, q vc.StatusRequest) (vc.Status, error) {
	worst := vc.Normal
	for _, e := range q.Entries {
		mode, ok := m[e.Index]
		if !ok {
			return vc.Status{}, errors.New("no list")
		}
		worst = max(worst, mode)
	}
	return vc.Status{Mode: worst, AsOf: q.Now}, nil
}

func entry(index string) []vc.StatusEntry {
	return []vc.StatusEntry{{
		Type: "BitstringStatusListEntry", Purpose: "revocation", Index: index, List: "https://status.example.com/1",
	}}
}

// rootTerms are those of alice's links unless a test says otherwise.
func rootTerms() delegation.Terms {
	return delegation.Terms{
		Grants: []delegation.Grant{{
			Actions:   []string{"db/**"},
			Resources: []string{"https://db.example.com/sales/**"},
			Except:    []string{"https://db.example.com/sales/pii/**"},
		}},
		Audience: []string{service},
		Depth:    3,
		Guarded:  &delegation.Overlay{Actions: []string{"db/read"}},
	}
}

func authority(tb testing.TB, t delegation.Terms) delegation.Authority {
	a, err := delegation.NewAuthority(t)
	require.NoError(tb, err)
	return a
}

func config(w *scene) delegation.Config {
	return delegation.Config{
		Names: []string{service}, Anchors: []delegation.Anchor{{DID: alice.DID(), Unlimited: true}},
		Status: w.lists, MaxStaleness: time.Minute, Now: func() time.Time { return w.now },
		Replay: delegation.NewVolatileReplay(noon.Add(-time.Hour), 0),
	}
}

func newScene(tb testing.TB) *scene {
	w := &scene{tb: tb, now: noon, lists: modes{"7": vc.Normal}}
	var err error
	w.verifier, err = delegation.NewVerifier(config(w))
	require.NoError(tb, err)
	w.chain, err = delegation.Root(alice, bob.DID(), authority(tb, rootTerms()), delegation.Issue{
		ID: "urn:example:0", Task: delegation.Task{ID: "urn:example:task"},
		ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour), Status: entry("7"),
	})
	require.NoError(tb, err)
	for i, step := range []struct{ from, to *did.Signer }{{bob, carol}, {carol, dave}} {
		t := rootTerms()
		t.Depth = 2 - i
		w.chain, err = w.chain.Extend(step.from, step.to.DID(), authority(tb, t), delegation.Issue{})
		require.NoError(tb, err)
	}
	w.holder, err = delegation.NewHolder(dave, w.chain)
	require.NoError(tb, err)
	return w
}

func (w *scene) wire() []byte {
	data, err := w.chain.MarshalJSON()
	require.NoError(w.tb, err)
	return data
}

func request(action, resource string) delegation.Request {
	return delegation.Request{Action: action, Resource: resource, Audience: service, Arguments: []byte(`{"limit":10}`)}
}

var read = request("db/read", "https://db.example.com/sales/2026")

// invoke signs req as dave at the present moment.
func (w *scene) invoke(req delegation.Request) string {
	token, err := w.holder.Invoke(req, delegation.Invoke{Now: w.now})
	require.NoError(w.tb, err)
	return token
}

// verify lets dave do req.
func (w *scene) verify(req delegation.Request) (*delegation.Authorization, error) {
	return w.verifier.Verify(context.Background(), w.wire(), w.invoke(req), req)
}

// refused asserts which rule and which link refuses.
func refused(tb testing.TB, err error, rule delegation.Rule, link int) *delegation.Refusal {
	tb.Helper()
	require.ErrorIs(tb, err, rule)
	var r *delegation.Refusal
	require.ErrorAs(tb, err, &r)
	require.Equal(tb, link, r.Link, r.Error())
	return r
}

// token signs any payload as a link or an invocation, the way a hostile holder
// would, without any check.
func token(tb testing.TB, signer *did.Signer, typ string, payload any) string {
	tb.Helper()
	body, err := json.Marshal(payload)
	require.NoError(tb, err)
	return tokenOf(tb, signer, map[string]any{"alg": signer.Key().Algorithm(), "typ": typ, "kid": signer.Method()}, body)
}
