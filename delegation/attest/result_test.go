package attest_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation/attest"
	"github.com/taperid/taper/did"
)

const policy = "https://appraiser.example/policy/1"

// earClaims is a result as an appraiser writes it, with one attester.
func earClaims() map[string]any {
	return map[string]any{
		"eat_profile": "tag:ietf.org,2026:rats/ear#05", "iat": noon.Unix() - 20, "exp": noon.Unix() + 600,
		"ear_verifier_id": map[string]any{"developer": "https://appraiser.example", "build": "1.0"},
		"eat_nonce":       attest.Nonce(agent.DID(), service, noon.Add(-time.Minute)), "ear_status": "affirming",
		"submods": map[string]any{"cvm": map[string]any{
			"ear_status": "affirming", "ear_trustworthiness_vector": map[string]any{"executables": 2, "hardware": 2, "file-system": 0},
			"ear_appraisal_policy_ids": []any{policy}, "ear_attester_claims": map[string]any{"x": 1},
		}},
	}
}

func cvm(p map[string]any) map[string]any {
	return p["submods"].(map[string]any)["cvm"].(map[string]any)
}

func results(tb testing.TB) *attest.Results {
	s, err := attest.NewResults([]did.Key{attester.Key(), appraiser.Key()}, map[string]string{policy: digest(tb), "other": weights})
	require.NoError(tb, err)
	return s
}

func TestResult(t *testing.T) {
	for name, header := range map[string]map[string]any{
		"bare": {}, "JWT": {"typ": "JWT"}, "eat+jwt": {"typ": "eat+jwt", "kid": "any"},
	} {
		got, err := results(t).Attest(context.Background(), evidence(sign(t, appraiser, header, earClaims())))
		require.NoError(t, err, name)
		require.Equal(t, digest(t), got.Manifest)
		require.True(t, noon.Add(-time.Minute).Equal(got.At), "of the minute that was measured, not of the appraisal")
	}
}

// TestResultRefuses changes one thing of a good result at a time.
func TestResultRefuses(t *testing.T) {
	set := func(name string, value any) func(map[string]any) {
		return func(p map[string]any) { p[name] = value }
	}
	nonce := func(p map[string]any, agent did.DID, audience string, ago time.Duration) {
		p["eat_nonce"] = attest.Nonce(agent, audience, noon.Add(-ago))
	}
	for name, change := range map[string]func(map[string]any){
		"no profile":             func(p map[string]any) { delete(p, "eat_profile") },
		"another profile":        set("eat_profile", "tag:example.com,2026:other"),
		"no nonce":               func(p map[string]any) { delete(p, "eat_nonce") },
		"two nonces":             set("eat_nonce", []any{attest.Nonce(agent.DID(), service, noon)}),
		"another agent's nonce":  func(p map[string]any) { nonce(p, mallory.DID(), service, 0) },
		"another audience's":     func(p map[string]any) { nonce(p, agent.DID(), "https://other.example", 0) },
		"an old nonce":           func(p map[string]any) { nonce(p, agent.DID(), service, 7*time.Minute) },
		"a nonce of the future":  func(p map[string]any) { nonce(p, agent.DID(), service, -3*time.Minute) },
		"no time":                func(p map[string]any) { delete(p, "iat") },
		"issued in the future":   set("iat", noon.Unix()+6),
		"a time of a fraction":   set("iat", 1.5),
		"expired":                set("exp", noon.Unix()-5),
		"not valid yet":          set("nbf", noon.Unix()+6),
		"warning as a whole":     set("ear_status", "warning"),
		"contraindicated":        func(p map[string]any) { cvm(p)["ear_status"] = "contraindicated" },
		"no status":              func(p map[string]any) { delete(cvm(p), "ear_status") },
		"status none":            func(p map[string]any) { cvm(p)["ear_status"] = "none" },
		"a number for status":    func(p map[string]any) { cvm(p)["ear_status"] = 2 },
		"a claim of the vector":  func(p map[string]any) { cvm(p)["ear_trustworthiness_vector"] = map[string]any{"executables": 96} },
		"a claim below":          func(p map[string]any) { cvm(p)["ear_trustworthiness_vector"] = map[string]any{"executables": -33} },
		"no policy":              func(p map[string]any) { delete(cvm(p), "ear_appraisal_policy_ids") },
		"an unknown policy":      func(p map[string]any) { cvm(p)["ear_appraisal_policy_ids"] = []any{policy, "x"} },
		"policies of two":        func(p map[string]any) { cvm(p)["ear_appraisal_policy_ids"] = []any{policy, "other"} },
		"no submodule":           set("submods", map[string]any{}),
		"a detached submodule":   func(p map[string]any) { p["submods"].(map[string]any)["gpu"] = []any{"JWT", "x.y.z"} },
		"a nested result":        func(p map[string]any) { cvm(p)["submods"] = map[string]any{} },
		"one bad among two":      func(p map[string]any) { p["submods"].(map[string]any)["gpu"] = map[string]any{"ear_status": "warning"} },
		"nobody appraised":       func(p map[string]any) { delete(p, "ear_verifier_id") },
		"names of an older kind": func(p map[string]any) { cvm(p)["ear.status"] = cvm(p)["ear_status"]; delete(cvm(p), "ear_status") },
	} {
		t.Run(name, func(t *testing.T) {
			p := maps.Clone(earClaims())
			change(p)
			_, err := results(t).Attest(context.Background(), evidence(sign(t, appraiser, map[string]any{"typ": "JWT"}, p)))
			require.ErrorIs(t, err, attest.ErrResult)
		})
	}
	_, err := results(t).Attest(context.Background(), evidence(sign(t, mallory, map[string]any{}, earClaims())))
	require.ErrorIs(t, err, did.ErrSignature)
	for _, header := range []map[string]any{{"typ": "vc+jwt"}, {"crit": []any{"x"}}, {"jwk": map[string]any{}}} {
		_, err = results(t).Attest(context.Background(), evidence(sign(t, appraiser, header, earClaims())))
		require.ErrorIs(t, err, attest.ErrResult)
	}
	for _, bad := range []string{"", "a.b.c", "eyJhbGciOiJub25lIn0.e30."} {
		_, err = results(t).Attest(context.Background(), evidence(bad))
		require.Error(t, err)
	}
}

func TestResultsConfig(t *testing.T) {
	key := []did.Key{appraiser.Key()}
	for name, c := range map[string]struct {
		keys     []did.Key
		policies map[string]string
	}{
		"nobody": {nil, map[string]string{policy: weights}}, "nothing": {key, nil}, "no key": {[]did.Key{{}}, map[string]string{policy: weights}},
		"no digest": {key, map[string]string{policy: "x"}}, "no policy": {key, map[string]string{"": weights}},
	} {
		_, err := attest.NewResults(c.keys, c.policies)
		require.ErrorIs(t, err, attest.ErrConfig, name)
	}
}

func FuzzResult(f *testing.F) {
	good := sign(f, attester, map[string]any{"typ": "JWT"}, earClaims()) // Ed25519: no second signature that is right
	f.Add(good)
	f.Fuzz(func(t *testing.T, token string) {
		_, err := results(t).Attest(context.Background(), evidence(token))
		require.Equal(t, token == good, err == nil) // nothing else verifies
	})
}
