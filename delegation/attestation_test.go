package delegation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/attest"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

var (
	attester           = personas.New("attester")
	manifestA          = attest.Digest([]byte("manifest a"))
	manifestB          = attest.Digest([]byte("manifest b"))
	manifestC          = attest.Digest([]byte("manifest c"))
	errAttestorOffline = errors.New("offline")
)

func attesting(manifests ...string) func(*delegation.Terms) {
	return func(t *delegation.Terms) { t.Requires = &delegation.Requires{Attestation: manifests} }
}

func withAttester(tb testing.TB) func(*delegation.Config) {
	s, err := attest.NewStatements([]did.DID{attester.DID()}, nil)
	require.NoError(tb, err)
	return func(c *delegation.Config) { c.Attestors = []delegation.Attestor{answers{err: errAttestorOffline}, s} }
}

// answers is an attestor of a fixed answer, for what a broken one may say.
type answers struct {
	delegation.Attested
	err error
}

func (a answers) Attest(context.Context, delegation.Evidence) (delegation.Attested, error) {
	return a.Attested, a.err
}

func (w *scene) attested(h *delegation.Holder, evidence ...string) (*delegation.Authorization, error) {
	tok, err := h.Invoke(read, delegation.Invoke{Now: w.now})
	require.NoError(w.tb, err)
	return w.verifier.VerifyWith(context.Background(), h.ChainJSON(), tok, delegation.Shown{Evidence: evidence}, read)
}

func state(tb testing.TB, of did.DID, audience, manifest string, at time.Time) string {
	token, err := attest.State(attester, of, audience, manifest, at)
	require.NoError(tb, err)
	return token
}

// TestRule16Attestation: the evidence is for the leaf's key, this audience and now,
// of a manifest that every link has.
func TestRule16Attestation(t *testing.T) {
	w := newBudget(t, attesting(manifestA, manifestB), withAttester(t))
	sub := spawn(t, w.bob, delegation.Terms{Requires: &delegation.Requires{Attestation: []string{manifestB}}})
	good := func(h *delegation.Holder, manifest string) string { return state(t, h.DID(), service, manifest, noon) }
	for name, tt := range map[string]struct {
		by       *delegation.Holder
		evidence []string
		ok       bool
	}{
		"one of the root's set":        {w.bob, []string{good(w.bob, manifestA)}, true},
		"of every link's set":          {sub, []string{good(sub, manifestB)}, true},
		"of the root's set alone":      {sub, []string{good(sub, manifestA)}, false},
		"of nobody's set":              {w.bob, []string{good(w.bob, manifestC)}, false},
		"none":                         {w.bob, nil, false},
		"nonsense":                     {w.bob, []string{"x"}, false},
		"of another agent":             {sub, []string{good(w.bob, manifestB)}, false},
		"for another audience":         {w.bob, []string{state(t, bob.DID(), "https://other.example", manifestA, noon)}, false},
		"300 s old":                    {w.bob, []string{state(t, bob.DID(), service, manifestA, noon.Add(-300*time.Second))}, true},
		"301 s old":                    {w.bob, []string{state(t, bob.DID(), service, manifestA, noon.Add(-301*time.Second))}, false},
		"5 s ahead":                    {w.bob, []string{state(t, bob.DID(), service, manifestA, noon.Add(5*time.Second))}, true},
		"6 s ahead":                    {w.bob, []string{state(t, bob.DID(), service, manifestA, noon.Add(6*time.Second))}, false},
		"a bad one beside a good one":  {w.bob, []string{good(w.bob, manifestA), good(w.bob, manifestC)}, false},
		"two that fit":                 {w.bob, []string{good(w.bob, manifestA), good(w.bob, manifestB)}, true},
		"more than anyone has to show": {w.bob, make([]string, 9), false},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := w.attested(tt.by, tt.evidence...)
			if tt.ok {
				require.NoError(t, err)
				require.Contains(t, []string{manifestA, manifestB}, a.Manifest())
				return
			}
			r := refused(t, err, delegation.ErrRequires, -1)
			require.Equal(t, delegation.Dimension("requires"), r.Dimension)
		})
	}
}

// TestRule16NoAttestor: without one, and by one that says nothing, or nonsense, all
// is refused.
func TestRule16NoAttestor(t *testing.T) {
	for name, list := range map[string][]delegation.Attestor{
		"none":              nil,
		"one that fails":    {answers{err: errAttestorOffline}},
		"nothing":           {answers{}},
		"no manifest":       {answers{Attested: delegation.Attested{At: noon}}},
		"no time":           {answers{Attested: delegation.Attested{Manifest: manifestA}}},
		"a text for digest": {answers{Attested: delegation.Attested{Manifest: "a", At: noon}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newBudget(t, attesting(manifestA), func(c *delegation.Config) { c.Attestors = list })
			_, err := w.attested(w.bob, state(t, bob.DID(), service, manifestA, noon))
			refused(t, err, delegation.ErrRequires, -1)
		})
	}
	c := config(newScene(t))
	c.Attestors = []delegation.Attestor{nil}
	_, err := delegation.NewVerifier(c)
	require.ErrorIs(t, err, delegation.ErrConfig)
}

// TestRule16StatedManifest: a leaf that states its manifest proves that one.
func TestRule16StatedManifest(t *testing.T) {
	w := newBudget(t, attesting(manifestA, manifestB), withAttester(t))
	terms := rootTerms()
	terms.Depth = 0
	attesting(manifestA, manifestB)(&terms)
	chain, err := w.bob.Chain().Extend(bob, carol.DID(), authority(t, terms), delegation.Issue{Agent: delegation.Agent{Manifest: manifestB}})
	require.NoError(t, err)
	h, err := delegation.NewHolder(carol, chain)
	require.NoError(t, err)
	_, err = w.attested(h, state(t, carol.DID(), service, manifestA, noon))
	refused(t, err, delegation.ErrRequires, -1)
	_, err = w.attested(h, state(t, carol.DID(), service, manifestB, noon))
	require.NoError(t, err)
}

// TestRule16UnaskedEvidence is not looked at.
func TestRule16UnaskedEvidence(t *testing.T) {
	w := newBudget(t, func(*delegation.Terms) {}, withAttester(t))
	a, err := w.attested(w.bob, "x")
	require.NoError(t, err)
	require.Empty(t, a.Manifest())
	require.Equal(t, vc.Normal, a.Mode())
}
