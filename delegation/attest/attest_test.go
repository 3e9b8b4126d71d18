package attest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/attest"
	"github.com/taperid/taper/delegation/attest/self"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

const service = "https://db.example.com"

var (
	attester, agent, mallory = personas.New("attester"), personas.New("bob"), personas.New("mallory")
	appraiser                = personas.NewP256("appraiser")
	noon                     = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	weights                  = attest.Digest([]byte("weights"))
)

func manifest() attest.Manifest {
	return attest.Manifest{
		Model:  attest.Model{Provider: "example", Name: "m", Version: "1", Digest: weights},
		Code:   attest.Code{Module: "example.com/agent", Version: "v1.2.3", Revision: "abc", Executable: attest.Digest([]byte("exe"))},
		Prompt: attest.Digest([]byte("be careful")),
		Tools:  map[string]string{"query": attest.Digest([]byte("{}")), "fetch": attest.Digest([]byte("x"))},
	}
}

func digest(tb testing.TB) string {
	d, err := manifest().Digest()
	require.NoError(tb, err)
	return d
}

// TestManifestDigest: the digest is that of the canonical form, however the JSON
// was written, and every part of the manifest counts.
func TestManifestDigest(t *testing.T) {
	data, err := json.Marshal(manifest())
	require.NoError(t, err)
	require.Equal(t, digest(t), attest.Digest(data))
	var members map[string]any
	require.NoError(t, json.Unmarshal(data, &members))
	spaced, err := json.MarshalIndent(members, "", "  ")
	require.NoError(t, err)
	read, err := attest.ParseManifest(spaced)
	require.NoError(t, err)
	require.Equal(t, manifest(), read)
	seen := map[string]bool{digest(t): true}
	for _, change := range []func(*attest.Manifest){
		func(m *attest.Manifest) { m.Model.Provider = "x" }, func(m *attest.Manifest) { m.Model.Name = "x" },
		func(m *attest.Manifest) { m.Model.Version = "x" }, func(m *attest.Manifest) { m.Model.Digest = attest.Digest(nil) },
		func(m *attest.Manifest) { m.Code.Module = "x" }, func(m *attest.Manifest) { m.Code.Version = "x" },
		func(m *attest.Manifest) { m.Code.Revision = "x" }, func(m *attest.Manifest) { m.Code.Executable = attest.Digest(nil) },
		func(m *attest.Manifest) { m.Prompt = attest.Digest(nil) }, func(m *attest.Manifest) { delete(m.Tools, "query") },
		func(m *attest.Manifest) { m.Tools["query"] = attest.Digest(nil) }, func(m *attest.Manifest) { m.Model = attest.Model{} },
	} {
		m := manifest()
		change(&m)
		d, err := m.Digest()
		require.NoError(t, err)
		require.False(t, seen[d])
		seen[d] = true
	}
}

func TestManifestRefuses(t *testing.T) {
	for _, m := range []attest.Manifest{
		{},
		{Prompt: "be careful"},
		{Code: attest.Code{Executable: "sha256:00"}},
		{Model: attest.Model{Name: "\xff"}},
		{Model: attest.Model{Name: strings.Repeat("x", 1025)}},
		{Tools: map[string]string{"": weights}},
		{Tools: map[string]string{"a": ""}},
	} {
		_, err := m.Digest()
		require.ErrorIs(t, err, attest.ErrManifest)
	}
	for _, text := range []string{
		``, `{}`, `[]`, `{"model":{}}`, `{"tools":{}}`, `{"prompt":""}`, `{"prompt":null}`, `{"x":1,"prompt":"` + weights + `"}`,
		`{"model":{"name":"a","name":"b"}}`, `{"model":{"Name":"a"}}`, `{"prompt":"` + weights + `x"}`,
	} {
		_, err := attest.ParseManifest([]byte(text))
		require.Error(t, err, text)
	}
}

func FuzzParseManifest(f *testing.F) {
	data, err := json.Marshal(manifest())
	require.NoError(f, err)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := attest.ParseManifest(data)
		if err != nil {
			return
		}
		again, err := m.MarshalJSON()
		require.NoError(t, err)
		n, err := attest.ParseManifest(again)
		require.NoError(t, err)
		require.Equal(t, m, n)
	})
}

func TestFromBuild(t *testing.T) {
	require.Equal(t, attest.Code{}, attest.FromBuild(nil))
	info := &debug.BuildInfo{
		Path: "example.com/agent/cmd", Main: debug.Module{Path: "example.com/agent", Version: "v1.2.3"},
		Settings: []debug.BuildSetting{{Key: "vcs.modified", Value: "true"}, {Key: "vcs.revision", Value: "abc"}},
	}
	require.Equal(t, attest.Code{Module: "example.com/agent", Version: "v1.2.3", Revision: "abc+modified"}, attest.FromBuild(info))
	got, err := attest.DigestReader(strings.NewReader("exe"))
	require.NoError(t, err)
	require.Equal(t, attest.Digest([]byte("exe")), got)
}

func TestSelf(t *testing.T) {
	c, err := self.Code()
	require.NoError(t, err)
	require.NotEmpty(t, c.Module)
	d, err := attest.Manifest{Code: c}.Digest()
	require.NoError(t, err)
	require.NotEmpty(t, d)
	_, err = self.File("does not exist")
	require.Error(t, err)
}

func evidence(token string) delegation.Evidence {
	return delegation.Evidence{Token: token, Agent: agent.DID(), Key: agent.Key(), Audience: service, Now: noon, Skew: 5 * time.Second}
}

func TestStatement(t *testing.T) {
	s, err := attest.NewStatements([]did.DID{mallory.DID(), attester.DID()}, nil)
	require.NoError(t, err)
	token, err := attest.State(attester, agent.DID(), service, digest(t), noon)
	require.NoError(t, err)
	got, err := s.Attest(context.Background(), evidence(token))
	require.NoError(t, err)
	require.Equal(t, digest(t), got.Manifest)
	require.True(t, noon.Equal(got.At))
}

// TestStatementRefuses changes one thing of a good statement at a time.
func TestStatementRefuses(t *testing.T) {
	s, err := attest.NewStatements([]did.DID{attester.DID(), agent.DID()}, nil)
	require.NoError(t, err)
	good := map[string]any{
		"iss": attester.DID().String(), "sub": agent.DID().String(), "aud": service, "manifest": digest(t), "iat": noon.Unix(),
	}
	for name, tt := range map[string]struct {
		by     *did.Signer
		typ    string
		change func(map[string]any)
		want   error
	}{
		"good":              {attester, "agent-manifest+jwt", func(map[string]any) {}, nil},
		"another typ":       {attester, "JWT", func(map[string]any) {}, attest.ErrStatement},
		"a link's typ":      {attester, "vc+jwt", func(map[string]any) {}, attest.ErrStatement},
		"self-reported":     {agent, "agent-manifest+jwt", func(p map[string]any) { p["iss"] = agent.DID().String() }, attest.ErrAttester},
		"of a stranger":     {mallory, "agent-manifest+jwt", func(p map[string]any) { p["iss"] = mallory.DID().String() }, attest.ErrAttester},
		"signed by another": {mallory, "agent-manifest+jwt", func(map[string]any) {}, did.ErrNotFound},
		"another agent":     {attester, "agent-manifest+jwt", func(p map[string]any) { p["sub"] = mallory.DID().String() }, attest.ErrStatement},
		"another audience":  {attester, "agent-manifest+jwt", func(p map[string]any) { p["aud"] = service + "/" }, attest.ErrStatement},
		"no digest":         {attester, "agent-manifest+jwt", func(p map[string]any) { p["manifest"] = "abc" }, attest.ErrStatement},
		"a claim more":      {attester, "agent-manifest+jwt", func(p map[string]any) { p["exp"] = noon.Unix() + 9 }, attest.ErrStatement},
		"a claim less":      {attester, "agent-manifest+jwt", func(p map[string]any) { delete(p, "iat") }, attest.ErrStatement},
		"a time in quotes":  {attester, "agent-manifest+jwt", func(p map[string]any) { p["iat"] = "1" }, attest.ErrStatement},
	} {
		t.Run(name, func(t *testing.T) {
			p := map[string]any{}
			for k, v := range good {
				p[k] = v
			}
			tt.change(p)
			_, err := s.Attest(context.Background(), evidence(sign(t, tt.by, map[string]any{"typ": tt.typ, "kid": tt.by.Method()}, p)))
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, tt.want)
		})
	}
	token := sign(t, attester, map[string]any{"typ": "agent-manifest+jwt", "kid": attester.Method()}, good)
	for _, bad := range []string{"", "a.b.c", token + "x", token[:len(token)-2] + "AA"} {
		_, err := s.Attest(context.Background(), evidence(bad))
		require.Error(t, err)
	}
	_, err = attest.State(agent, agent.DID(), service, digest(t), noon)
	require.ErrorIs(t, err, attest.ErrAttester)
	_, err = attest.State(attester, agent.DID(), service, "x", noon)
	require.ErrorIs(t, err, attest.ErrStatement)
	for _, attesters := range [][]did.DID{nil, {{}}} {
		_, err = attest.NewStatements(attesters, nil)
		require.ErrorIs(t, err, attest.ErrConfig)
	}
}

// sign makes a JWT of any header and claims.
func sign(tb testing.TB, by *did.Signer, header map[string]any, claims any) string {
	b64 := base64.RawURLEncoding
	header["alg"] = by.Key().Algorithm()
	h, err := json.Marshal(header)
	require.NoError(tb, err)
	p, err := json.Marshal(claims)
	require.NoError(tb, err)
	input := b64.EncodeToString(h) + "." + b64.EncodeToString(p)
	sig, err := by.Sign([]byte(input))
	require.NoError(tb, err)
	return input + "." + b64.EncodeToString(sig)
}

func FuzzStatement(f *testing.F) {
	s, err := attest.NewStatements([]did.DID{attester.DID()}, nil)
	require.NoError(f, err)
	good, err := attest.State(attester, agent.DID(), service, digest(f), noon) // Ed25519: no second signature that is right
	require.NoError(f, err)
	f.Add(good)
	f.Fuzz(func(t *testing.T, token string) {
		_, err := s.Attest(context.Background(), evidence(token))
		require.Equal(t, token == good, err == nil) // nothing else verifies
	})
}
